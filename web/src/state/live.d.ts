export type Region = "polite" | "assertive" | "status";
/** Has a text read aloud. Texts that come together are read one after the other. */
export declare function say(region: Region, text: string): void;
export interface Toast {
    id: number;
    text: string;
    bad: boolean;
}
export declare const toasts: import("@preact/signals-core").Signal<readonly Toast[]>;
/** A short note at the foot of the page, also read aloud. */
export declare function toast(text: string, bad?: boolean): void;
export declare function dismissToast(id: number): void;
