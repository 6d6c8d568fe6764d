import type { Account, Show } from "../../sdk/src/index.ts";
export declare function showText(show: Show): string;
/** While it is open, what it covers is out of reach. */
export declare const accountOpen: import("@preact/signals-core").Signal<boolean>;
export declare function AccountMenu({ account }: {
    account: Account;
}): import("preact").JSX.Element;
