export interface Announcement {
    /** Say this message. */
    say?: {
        sender: string;
        text: string;
    };
    /** Say how many arrived. */
    count?: number;
}
export declare class Announcer {
    #private;
    /** A message has arrived. What is to be said now, if anything; the rest is due after due() ms. */
    arrived(sender: string, text: string, now: number): Announcement | undefined;
    /** Milliseconds until flush has something to say; undefined when it has nothing. */
    due(now: number): number | undefined;
    flush(now: number): Announcement | undefined;
}
