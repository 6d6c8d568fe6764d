export type Piece = {
    kind: "text";
    text: string;
} | {
    kind: "link";
    text: string;
    href: string;
};
/** The text in pieces; joined together they are the text. */
export declare function findLinks(text: string): Piece[];
