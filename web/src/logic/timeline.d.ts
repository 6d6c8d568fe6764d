import type { Message, Outgoing } from "../../sdk/src/index.ts";
/** A gapless run of a chat's messages, in order of seq. */
export interface Timeline {
    readonly messages: readonly Message[];
    /** The first message is the chat's first. */
    readonly atStart: boolean;
    /** The last message is the chat's last, as far as is known. */
    readonly atEnd: boolean;
}
export declare const EMPTY: Timeline;
/** How many rows the page holds at most; what is far away is dropped and fetched again. */
export declare const WINDOW = 400;
export declare function lastSeq(timeline: Timeline): number;
export declare function firstSeq(timeline: Timeline): number;
/** The chat's newest messages: joined to what there is when they touch, else in its place. */
export declare function withNewest(timeline: Timeline, messages: readonly Message[], more: boolean): Timeline;
/** The messages just before the first. */
export declare function withOlder(timeline: Timeline, messages: readonly Message[], more: boolean): Timeline;
/** The messages just after the last. */
export declare function withNewer(timeline: Timeline, messages: readonly Message[], more: boolean): Timeline;
/** One message, as it arrives. gap: something before it is missing, ask for what comes after the last. */
export declare function withLive(timeline: Timeline, message: Message): {
    timeline: Timeline;
    gap: boolean;
};
/** Drops what is furthest from the end that is being read. */
export declare function trimmed(timeline: Timeline, keep: "start" | "end"): Timeline;
export type SendState = "received" | "waiting" | "sent" | "failed";
export type Row = {
    kind: "start";
    key: string;
} | {
    kind: "day";
    key: string;
    time: number;
} | {
    kind: "unread";
    key: string;
} | {
    kind: "message";
    key: string;
    own: boolean;
    text: string;
    time: number;
    state: SendState;
    /** Opens, or ends, a run of messages by one person. */
    opens: boolean;
    ends: boolean;
    /** Of a message that the node does not have. */
    outgoing?: Outgoing;
    seq?: number;
};
export declare function bare(address: string): string;
/** The local day that a time falls on, as a key. */
export declare function dayKey(time: number): string;
export interface RowInput {
    timeline: Timeline;
    outgoing: readonly Outgoing[];
    /** The own bare address. */
    me: string;
    /** The read position when the chat was opened, if something was unread: the line is behind it. */
    unreadAfter?: number;
}
/** The rows of a chat, top to bottom. */
export declare function rowsOf({ timeline, outgoing, me, unreadAfter }: RowInput): Row[];
