import { type Route } from "../logic/routes.ts";
export declare const route: import("@preact/signals-core").ReadonlySignal<Route>;
/** Whether the last change came from within, so that the focus should follow it. */
export declare let moved: boolean;
export declare function go(to: string, options?: {
    replace?: boolean;
}): void;
/** The arrow in a header: as the browser's Back, but never out of the client. */
export declare function goBack(to?: string): void;
export declare function goToChat(address: string): void;
/** For links: a plain click stays in the page, anything else is the browser's. */
export declare function follow(event: MouseEvent): void;
