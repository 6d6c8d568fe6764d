export declare function Sidebar({ alone }: {
    alone: boolean;
}): import("preact").JSX.Element;
