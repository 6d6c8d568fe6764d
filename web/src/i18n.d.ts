import type { ComponentChild } from "preact";
import { en } from "./messages.en.ts";
export type Key = keyof typeof en;
/** The text of a key. A value that is missing stays visible as {name}. */
export declare function t(key: Key, values?: object): string;
/** The same with elements in place of values. */
export declare function tx(key: Key, values: Record<string, ComponentChild>): ComponentChild[];
