export declare const now: import("@preact/signals-core").Signal<number>;
export declare const narrow: import("@preact/signals-core").Signal<boolean>;
/** A keyboard on the screen: Enter makes a new line there. */
export declare const touch: MediaQueryList;
