// SPDX-License-Identifier: MIT
// Names, letters and colours of people, and who matches a search. Pure.

import type { Person } from "../../sdk/src/index.ts";
import { domainOf } from "./address.ts";

interface Named {
	name: string;
	shown: string;
	display: string;
}

/** What a person is called in the client. */
export function nameOf(person: Named): string {
	return person.display.trim() || person.shown || person.name;
}

/** "@alice", with the node when it is not ours. */
export function handleOf(person: Pick<Person, "address" | "shown">, home: string): string {
	const domain = domainOf(person.address);
	return domain === home ? `@${person.shown}` : `@${person.shown}@${domain}`;
}

/** The letter on an avatar: the first that is one, whatever the script. */
export function letterOf(name: string): string {
	const letter = /[\p{L}\p{N}]/u.exec(name)?.[0] ?? "?";
	return letter.toLocaleUpperCase();
}

export const HUES = 12;

/** One of HUES colours, the same for an address everywhere and always (FNV-1a). */
export function hueOf(address: string): number {
	let hash = 0x811c9dc5;
	for (const byte of new TextEncoder().encode(address.toLowerCase())) {
		hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
	}
	return hash % HUES;
}

/** The place in text where a word begins with what is sought, or else where it is at all; -1 for nowhere. */
export function matchAt(text: string, sought: string): number {
	const lower = text.toLowerCase();
	const want = sought.toLowerCase();
	for (let at = lower.indexOf(want); at >= 0; at = lower.indexOf(want, at + 1)) {
		if (at === 0 || !/[\p{L}\p{N}]/u.test(lower[at - 1]!)) {
			return at;
		}
	}
	return lower.indexOf(want);
}

/** Whether a person fits what somebody types; the better, the lower. -1: not at all. */
export function rank(person: Named, sought: string): number {
	const want = sought.trim().replace(/^@/, "");
	if (!want) {
		return -1;
	}
	const ranks = [person.shown, person.display].map((text) => {
		const at = matchAt(text, want);
		return at < 0 ? Number.POSITIVE_INFINITY : at === 0 ? 0 : /\W/.test(text[at - 1]!) ? 1 : 2;
	});
	const best = Math.min(...ranks);
	return Number.isFinite(best) ? best : -1;
}
