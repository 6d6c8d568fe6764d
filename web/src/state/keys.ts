// SPDX-License-Identifier: MIT
// Whether single letters are shortcuts. Who talks to their computer, or shakes, can turn them off.

import { signal } from "@preact/signals";

const KEY = "parley.keys";

function kept(): boolean {
	try {
		return localStorage.getItem(KEY) !== "off";
	} catch {
		return true;
	}
}

export const singleKeys = signal(kept());

export function setSingleKeys(on: boolean): void {
	singleKeys.value = on;
	try {
		localStorage.setItem(KEY, on ? "on" : "off");
	} catch {
		/* Then it holds until the page is closed. */
	}
}
