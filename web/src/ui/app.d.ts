export declare function NotFound(): import("preact").JSX.Element;
export declare function App(): import("preact").JSX.Element;
