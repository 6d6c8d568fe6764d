export declare function StatusBar(): import("preact").JSX.Element | null;
