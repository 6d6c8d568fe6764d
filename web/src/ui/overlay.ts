// SPDX-License-Identifier: MIT
// What lies over the page: one menu, picker or dialog at a time.

import { signal } from "@preact/signals";

import type { Message } from "../../sdk/src/index.ts";
import type { Anchor } from "./floating.tsx";
import type { MenuItem } from "./menu.tsx";
import type { Chat } from "../state/store.ts";

export type Overlay =
	| { kind: "menu"; at: Anchor; label: string; items: readonly MenuItem[]; quick?: (emoji: string) => void }
	| { kind: "emoji"; at: Anchor; pick(emoji: string): void }
	| { kind: "forward"; messages: readonly Message[] }
	| { kind: "details" | "versions"; chat: Chat; message: Message }
	| { kind: "delete"; chat: Chat; messages: readonly Message[] }
	| { kind: "pins" | "date"; chat: Chat }
	| { kind: "everyone"; n: number; send(): void };

export const overlay = signal<Overlay | undefined>(undefined);

let opener: Element | null = null;

export function openOverlay(next: Overlay): void {
	if (!overlay.peek()) {
		opener = document.activeElement;
	}
	overlay.value = next;
}

/** refocus: the focus goes back to where it was. Dialogs see to that themselves. */
export function closeOverlay(refocus = true): void {
	overlay.value = undefined;
	if (refocus && opener instanceof HTMLElement && opener.isConnected) {
		opener.focus({ preventScroll: true });
	}
}
