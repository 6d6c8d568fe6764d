import type { ComponentChildren } from "preact";
import { type Policy } from "../../sdk/src/index.ts";
export declare const nodeName: () => string;
/** The rules of the node, asked for once. */
export declare function getPolicy(): Promise<Policy>;
export declare function useHello(): void;
export declare function GuestFrame({ children, wide }: {
    children: ComponentChildren;
    wide?: boolean;
}): import("preact").JSX.Element;
export declare function Welcome(): import("preact").JSX.Element;
/** A text of the node, in paragraphs as it has them. */
export declare function LegalText({ text }: {
    text: string;
}): import("preact").JSX.Element;
export declare function Legal({ which }: {
    which: "terms" | "privacy";
}): import("preact").JSX.Element;
export declare function Login(): import("preact").JSX.Element;
