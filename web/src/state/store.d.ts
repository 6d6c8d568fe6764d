import { type Signal } from "@preact/signals";
import type { Account, InboxChat, Message, Outgoing, Person, Presence, Sent } from "../../sdk/src/index.ts";
import { type Timeline } from "../logic/timeline.ts";
/** Where the reader was in a chat, for the way back to it. */
export interface Place {
    atEnd: boolean;
    key?: string;
    offset?: number;
}
export declare class Chat {
    readonly address: string;
    readonly person: Signal<Person>;
    readonly last: Signal<Message | undefined>;
    readonly unread: Signal<number>;
    readonly outgoing: Signal<readonly Outgoing[]>;
    readonly presence: Signal<Presence | undefined>;
    readonly draft: Signal<string>;
    readonly timeline: Signal<Timeline>;
    readonly loading: Signal<"failed" | "newer" | "newest" | "no" | "older">;
    /** Behind this seq the line "new messages" stands, until the chat is left. */
    readonly unreadAfter: Signal<number | undefined>;
    /** The read position and the last seq, as the node told them. */
    read: number;
    seq: number;
    time: number;
    /** It is in the inbox: somebody wrote something. */
    listed: boolean;
    /** The timeline is as new as the connection. */
    fresh: boolean;
    place?: Place;
    constructor(person: Person);
    get name(): string;
}
export declare const account: Signal<Account | undefined>;
/** The own bare address. */
export declare const me: Signal<string>;
export declare const home: import("@preact/signals-core").ReadonlySignal<string>;
/** Everybody to whom there is a relation. */
export declare const people: Signal<ReadonlyMap<string, Person>>;
/** Chats for the list, newest first. */
export declare const order: Signal<readonly Chat[]>;
/** There is something to show: from the cache or from the node. */
export declare const loaded: Signal<boolean>;
export declare const asking: import("@preact/signals-core").ReadonlySignal<Person[]>;
export declare const requested: import("@preact/signals-core").ReadonlySignal<Person[]>;
export declare const blocked: import("@preact/signals-core").ReadonlySignal<Person[]>;
export declare const totalUnread: import("@preact/signals-core").ReadonlySignal<number>;
export declare function chatWith(address: string): Chat;
export declare function allChats(): Iterable<Chat>;
export declare function getCursor(): string | undefined;
export declare function setCursor(value: string | undefined): void;
/** Called at events, so that drawing never sorts. */
export declare function sortChats(): void;
export declare function setPerson(person: Person): void;
/** People that were come across: their names are known now, even where there is no relation. */
export declare function meetPeople(met: readonly Person[]): void;
export declare function setPeople(all: readonly Person[]): void;
/** Rows of the inbox; with full, there are no others. */
export declare function setInbox(rows: readonly InboxChat[], full: boolean): void;
export declare function inboxRow(chat: Chat): InboxChat;
/** A message of either side has a place in its chat now. Tells whether messages before it are missing. */
export declare function addMessage(message: Message): {
    chat: Chat;
    gap: boolean;
};
/** The node has a message of ours. */
export declare function addSent(sent: Sent): {
    chat: Chat;
    gap: boolean;
};
export declare function putOutgoing(message: Outgoing): void;
export declare function dropOutgoing(chat: Chat, id: string): void;
export declare function setRead(address: string, seq: number, unread: number): void;
export declare function setPresence(presence: Presence): void;
/** All timelines may have missed something. */
export declare function makeStale(): void;
export declare function timelineEnd(chat: Chat): number;
/** As before the first login. */
export declare function clearStore(): void;
