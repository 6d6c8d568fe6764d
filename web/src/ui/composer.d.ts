import type { Chat } from "../state/store.ts";
/** Whether there was a box to go to. */
export declare function focusComposer(): boolean;
export declare function Composer({ chat, name }: {
    chat: Chat;
    name: string;
}): import("preact").JSX.Element;
