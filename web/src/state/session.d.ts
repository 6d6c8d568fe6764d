import { type Show } from "../../sdk/src/index.ts";
import { type SignedOut } from "./link.ts";
import { account } from "./store.ts";
/** Which half of the client is shown. */
export declare const signedIn: import("@preact/signals-core").Signal<boolean>;
/** Why the log-in form is shown, when it was not asked for. */
export declare const notice: import("@preact/signals-core").Signal<SignedOut | undefined>;
export interface OwnPresence {
    show: Show;
    status: string;
}
export declare const ownPresence: import("@preact/signals-core").Signal<OwnPresence>;
/** Starts with what this browser remembers; the node is asked at the same time. */
export declare function boot(): Promise<void>;
/** Rejects with what the node said. */
export declare function logIn(user: string, password: string): Promise<void>;
export declare function logOut(): Promise<void>;
export declare function unsent(): number;
export declare function choosePresence(choice: OwnPresence): void;
export declare function accountChanged(changed: NonNullable<typeof account.value>): void;
