// SPDX-License-Identifier: MIT
// What the reader wants to be notified of, as far as it has been asked for.

import { effect, signal } from "@preact/signals";

import { asParleyError, type NotifySettings } from "../../sdk/src/index.ts";
import { link } from "./link.ts";
import { me } from "./store.ts";

export const notifySettings = signal<NotifySettings | undefined>(undefined);

/** Asks for them, once, or again. Tells whether they are here. */
export async function loadNotify(again = false): Promise<boolean> {
	if (again || !notifySettings.peek()) {
		try {
			notifySettings.value = (await link.request("notify.get")).settings;
		} catch (error) {
			console.warn("notification settings are not known:", asParleyError(error).message);
			return false;
		}
	}
	return true;
}

/** Minutes that local time is ahead of UTC. */
export function localOffset(): number {
	return -new Date().getTimezoneOffset();
}

/** Quiet hours are hours of the reader's own clock, wherever they are now. */
export async function keepOffset(): Promise<void> {
	if ((await loadNotify()) && notifySettings.peek()!.quiet.on && notifySettings.peek()!.quiet.offset !== localOffset()) {
		const quiet = { ...notifySettings.peek()!.quiet, offset: localOffset() };
		await link.request("notify.update", { quiet }).catch((error: unknown) => console.warn("quiet hours not moved:", error));
	}
}

effect(() => {
	if (!me.value) {
		notifySettings.value = undefined;
	}
});
