import type { Person } from "../../sdk/src/index.ts";
interface Named {
    name: string;
    shown: string;
    display: string;
}
/** What a person is called in the client. */
export declare function nameOf(person: Named): string;
export declare function domainOf(address: string): string;
/** "@alice", with the node when it is not ours. */
export declare function handleOf(person: Pick<Person, "address" | "shown">, home: string): string;
/** The letter on an avatar: the first that is one, whatever the script. */
export declare function letterOf(name: string): string;
export declare const HUES = 12;
/** One of HUES colours, the same for an address everywhere and always (FNV-1a). */
export declare function hueOf(address: string): number;
/** The place in text where a word begins with what is sought, or else where it is at all; -1 for nowhere. */
export declare function matchAt(text: string, sought: string): number;
/** Whether a person fits what somebody types; the better, the lower. -1: not at all. */
export declare function rank(person: Named, sought: string): number;
export {};
