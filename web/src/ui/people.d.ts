import type { ComponentChildren } from "preact";
/** A title bar with the way back where there is room for one pane only. */
export declare function PaneHead({ heading, children }: {
    heading: string;
    children?: ComponentChildren;
}): import("preact").JSX.Element;
export declare function People(): import("preact").JSX.Element;
