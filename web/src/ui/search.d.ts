export declare const searchText: import("@preact/signals-core").Signal<string>;
/** Goes to the search; where there is none on the screen, to the page that has it. */
export declare function focusSearch(): void;
export declare function SearchResults({ text }: {
    text: string;
}): import("preact").JSX.Element;
/** Up and Down go from row to row; from the first, Up goes to the search. */
export declare function walkRows(event: KeyboardEvent): void;
export declare function Search(): import("preact").JSX.Element;
