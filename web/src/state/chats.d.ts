import { type Person } from "../../sdk/src/index.ts";
import { type Chat } from "./store.ts";
/** The chat that is on the screen. */
export declare const openAddress: import("@preact/signals-core").Signal<string | undefined>;
/** Counts own sends, so that the timeline goes down with them. */
export declare const sends: import("@preact/signals-core").Signal<number>;
/** Shows what is at hand, then what the node has. */
export declare function openChat(chat: Chat): Promise<void>;
export declare function leaveChat(chat: Chat): void;
/** Loads what is newest, unless it is here already or the reader is far from it. */
export declare function catchUpChat(chat: Chat): Promise<void>;
export declare function loadNewest(chat: Chat): Promise<void>;
export declare function loadOlder(chat: Chat): Promise<void>;
export declare function loadNewer(chat: Chat): Promise<void>;
export declare function sendText(chat: Chat, text: string): void;
/** Everything up to seq has been seen. Told to the node a moment later. */
export declare function markRead(chat: Chat, seq: number): void;
export declare function setDraft(chat: Chat, text: string): void;
export declare function errorText(error: unknown): string;
export type RosterAct = "accept" | "decline" | "withdraw" | "remove" | "block" | "unblock";
/** Changes the relation to somebody; says so when it does not work. */
export declare function act(person: Person, what: RosterAct | "request", text?: string): Promise<boolean>;
/** The screen's title. */
export declare function chatTitle(address: string): string;
