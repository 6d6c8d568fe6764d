export declare function Conversation({ address }: {
    address: string;
}): import("preact").JSX.Element;
