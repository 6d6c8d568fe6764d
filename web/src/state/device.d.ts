import type { Account } from "../../sdk/src/index.ts";
export interface Remembered {
    address: string;
    device: string;
    account: Account;
}
/** Who is logged in here. The token is in a cookie that no script can read. */
export declare const remembered: {
    get: () => Remembered | undefined;
    set: (value: Remembered) => void;
    clear: () => void;
};
export interface ResumePoint {
    id: string;
    count: number;
}
/** Where the next page, or the next tab, goes on with the session. */
export declare const resumePoint: {
    get: () => ResumePoint | undefined;
    set: (value: ResumePoint | undefined) => void;
};
/** "Firefox on Linux": how the owner knows this device in a list. */
export declare function deviceName(agent?: string): string;
