import type { Row } from "../logic/timeline.ts";
type MessageRow = Extract<Row, {
    kind: "message";
}>;
/** name: of the other person. */
export declare function MessageItem({ row, name }: {
    row: MessageRow;
    name: string;
}): import("preact").JSX.Element;
export {};
