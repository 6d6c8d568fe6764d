// SPDX-License-Identifier: MIT
// Notifications of the system: what this browser may show, and whether it shows what was written.

import { signal } from "@preact/signals";

const KEY = "parley.desktop";

export interface Desktop {
	on: boolean;
	/** Show what was written, and not only by whom. */
	content: boolean;
}

function kept(): Desktop {
	try {
		return { on: true, content: true, ...(JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Desktop>) };
	} catch {
		return { on: true, content: true };
	}
}

export const desktop = signal(kept());

export function setDesktop(change: Partial<Desktop>): void {
	desktop.value = { ...desktop.peek(), ...change };
	try {
		localStorage.setItem(KEY, JSON.stringify(desktop.peek()));
	} catch {
		/* Then it holds until the page is closed. */
	}
}

export type Permission = NotificationPermission | "none";

function current(): Permission {
	return typeof Notification === "function" ? Notification.permission : "none";
}

export const permission = signal<Permission>(current());

/** Only after somebody asked for it: browsers refuse a page for ever that asks by itself. */
export async function askPermission(): Promise<void> {
	if (typeof Notification === "function") {
		await Notification.requestPermission();
		permission.value = current();
	}
}

export function maySee(): boolean {
	permission.value = current();
	return permission.value === "granted" && desktop.peek().on;
}
