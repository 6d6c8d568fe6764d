import type { InboxChat, Message, Outgoing, OutboxKeeper, Person } from "../../sdk/src/index.ts";
/** Messages kept of each chat. */
export declare const KEPT = 200;
interface Stores {
    meta: {
        key: string;
        value: string;
    };
    people: Person;
    chats: InboxChat;
    timelines: {
        chat: string;
        messages: Message[];
        atStart: boolean;
    };
    outbox: Outgoing;
    drafts: {
        chat: string;
        text: string;
    };
}
export interface Kept {
    people: Person[];
    chats: InboxChat[];
    drafts: Map<string, string>;
    outgoing: Outgoing[];
    cursor?: string;
}
export declare const cache: {
    /** Somebody is logged in. */
    begin(): void;
    load(): Promise<Kept>;
    timeline(chat: string): Promise<Stores["timelines"] | undefined>;
    people: (people: Person[]) => void;
    person: (person: Person) => void;
    chats: (chats: InboxChat[], full: boolean) => void;
    keepTimeline: (chat: string, messages: readonly Message[], atStart: boolean) => void;
    cursor: (value: string) => void;
    draft: (chat: string, text: string) => void;
    /** Erases everything. */
    wipe(): Promise<void>;
};
/** Messages that wait survive a closed browser. */
export declare const outboxKeeper: OutboxKeeper;
export {};
