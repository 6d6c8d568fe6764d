// SPDX-License-Identifier: MIT
// The page's three live regions. They are in index.html, so that screen readers know them from the start.

import { signal } from "@preact/signals";

export type Region = "polite" | "assertive" | "status";

const GAP = 60;
const pending = new Map<Region, string[]>();

/** Has a text read aloud. Texts that come together are read one after the other. */
export function say(region: Region, text: string): void {
	const queue = pending.get(region);
	if (queue) {
		queue.push(text);
		return;
	}
	pending.set(region, [text]);
	const element = document.getElementById(`live-${region}`);
	if (element) {
		/* Emptied first: the same text twice is a change too. */
		element.textContent = "";
	}
	setTimeout(() => {
		if (element) {
			element.textContent = pending.get(region)!.join(" ");
		}
		pending.delete(region);
	}, GAP);
}

export interface Toast {
	id: number;
	text: string;
	bad: boolean;
	/** A way to take it back, or on from it. */
	action?: { text: string; act(): void };
}

export const toasts = signal<readonly Toast[]>([]);
let nextToast = 1;
const TOAST_MS = 6_000;

/** A short note at the foot of the page, also read aloud. */
export function toast(text: string, bad = false, action?: Toast["action"]): void {
	const id = nextToast++;
	toasts.value = [...toasts.value.slice(-2), { id, text, bad, ...(action ? { action } : {}) }];
	say(bad ? "assertive" : "polite", text);
	setTimeout(() => dismissToast(id), TOAST_MS);
}

export function dismissToast(id: number): void {
	toasts.value = toasts.value.filter((other) => other.id !== id);
}
