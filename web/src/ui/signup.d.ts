export declare function SignUp(): import("preact").JSX.Element;
