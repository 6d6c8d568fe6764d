// SPDX-License-Identifier: MIT
// What keys do in this browser, as far as it is chosen.

import { signal, type Signal } from "@preact/signals";

const KEYS = "parley.keys";
const ENTER = "parley.enter";

function kept(key: string): boolean {
	try {
		return localStorage.getItem(key) !== "off";
	} catch {
		return true;
	}
}

/** Whether single letters are shortcuts. Who talks to their computer, or shakes, can turn them off. */
export const singleKeys = signal(kept(KEYS));
/** Whether Enter sends; else it makes a line, and Ctrl-Enter sends. */
export const enterSends = signal(kept(ENTER));

function set(what: Signal<boolean>, key: string, on: boolean): void {
	what.value = on;
	try {
		localStorage.setItem(key, on ? "on" : "off");
	} catch {
		/* Then it holds until the page is closed. */
	}
}

export const setSingleKeys = (on: boolean) => set(singleKeys, KEYS, on);
export const setEnterSends = (on: boolean) => set(enterSends, ENTER, on);
