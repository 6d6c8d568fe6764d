export type Day = {
    kind: "today";
} | {
    kind: "yesterday";
} | {
    kind: "date";
    text: string;
};
export declare function clockTime(time: number): string;
export declare function fullTime(time: number): string;
export declare function mediumTime(time: number): string;
export declare function mediumDate(time: number): string;
/** The heading of a day. */
export declare function dayOf(time: number, now: number): Day;
/** For the chat list: the time today, the weekday this week, else the date. */
export declare function listTime(time: number, now: number): string;
export type Ago = {
    unit: "now" | "minutes" | "hours" | "days";
    n: number;
};
export declare function ago(time: number, now: number): Ago;
