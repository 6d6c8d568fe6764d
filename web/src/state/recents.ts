// SPDX-License-Identifier: MIT
// The emoji that were used last in this browser.

import { signal } from "@preact/signals";

const KEY = "parley.emoji";
const MOST = 24;
const USUAL = ["👍", "❤️", "😂", "😮", "😢", "🎉"];

function read(): string[] {
	try {
		const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
		return Array.isArray(kept) ? kept.filter((emoji): emoji is string => typeof emoji === "string").slice(0, MOST) : [];
	} catch {
		return [];
	}
}

export const recents = signal<readonly string[]>(read());

export function usedEmoji(emoji: string): void {
	recents.value = [emoji, ...recents.peek().filter((other) => other !== emoji)].slice(0, MOST);
	try {
		localStorage.setItem(KEY, JSON.stringify(recents.peek()));
	} catch {
		/* Then they last as long as the page. */
	}
}

const TONE = "parley.tone";

/** The skin tone that was chosen; 0 for none. */
export const tone = signal(Number(localStorage.getItem(TONE)) || 0);

export function setTone(next: number): void {
	tone.value = next;
	localStorage.setItem(TONE, String(next));
}

/** The first n to offer at once. */
export function quickEmoji(n: number): string[] {
	return [...new Set([...recents.value, ...USUAL])].slice(0, n);
}
