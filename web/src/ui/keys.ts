// SPDX-License-Identifier: MIT
// Keys that work on every screen.

import { signal } from "@preact/signals";

import { passes } from "../logic/list.ts";
import { singleKeys } from "../state/keys.ts";
import { go, goToChat, goToPanel, route } from "../state/router.ts";
import { listed, order } from "../state/store.ts";
import { isAwaited, openFetched } from "./dialog.tsx";
import { pages } from "./lazy.tsx";
import { overlay } from "./overlay.ts";
import { focusSearch, searchIn } from "./search.tsx";

type Sheet = "switcher" | "shortcuts";

/** What of the page's own dialogs is open. */
export const sheet = signal<Sheet | undefined>(undefined);

function open(which: Sheet): void {
	void openFetched(pages(), () => (sheet.value = which));
}

const REGIONS = [".sidebar input, .sidebar .chat-row", ".log [tabindex='0']", ".composer textarea", ".info h2, .info h1"];

/** Goes round the regions of the page. */
function nextRegion(back: boolean): void {
	const places = REGIONS.map((selector) => document.querySelector<HTMLElement>(selector)).filter((place) => place?.offsetParent);
	const at = places.findIndex((place) => place!.closest(".sidebar, .log, .composer, .info")?.contains(document.activeElement));
	places[(at + (back ? -1 : 1) + places.length) % places.length]?.focus();
}

/** The chat above or below the one that is open. */
function walkChats(step: number, unreadOnly: boolean): void {
	const here = route.peek();
	const open = here.screen === "chat" ? here.address : undefined;
	const all = order.peek().filter((chat) => chat.address === open || passes(listed(chat), "all"));
	const wanted = all.filter((chat) => chat.address === open || !unreadOnly || listed(chat).unread > 0 || listed(chat).marked);
	const at = wanted.findIndex(({ address }) => address === open);
	const next = wanted[at < 0 ? (step > 0 ? 0 : wanted.length - 1) : at + step];
	if (next) {
		goToChat(next.address);
	}
}

function writes(target: EventTarget | null): boolean {
	return target instanceof HTMLElement && (target.isContentEditable || target.matches("input, textarea, select"));
}

function single(event: KeyboardEvent): boolean {
	const here = route.peek();
	switch (event.key) {
		case "?":
			open("shortcuts");
			return true;
		case "/":
			focusSearch();
			return true;
		case "n":
			go("/new");
			return true;
		case "i":
			if (here.screen === "chat") {
				goToPanel(here.address, here.panel ? undefined : "info");
				return true;
			}
	}
	return false;
}

function controlled(event: KeyboardEvent): boolean {
	const here = route.peek();
	const key = event.key.toLowerCase();
	if (key === "k" && !event.shiftKey) {
		open("switcher");
	} else if (key === "/") {
		open("shortcuts");
	} else if (key === "f" && event.shiftKey && here.screen === "chat") {
		searchIn(here.address);
	} else if (key === "f6") {
		nextRegion(event.shiftKey);
	} else {
		return false;
	}
	return true;
}

export function shortcut(event: KeyboardEvent): void {
	const control = event.ctrlKey || event.metaKey;
	if (event.defaultPrevented || event.isComposing || isAwaited() || overlay.peek() || document.querySelector("dialog[open]")) {
		return;
	}
	const arrow = { ArrowUp: -1, ArrowDown: 1 }[event.key];
	let done = false;
	if (control && !event.altKey) {
		done = controlled(event);
	} else if (event.altKey && !control && arrow) {
		walkChats(arrow, event.shiftKey);
		done = true;
	} else if (!control && !event.altKey && singleKeys.peek() && !writes(event.target)) {
		done = single(event);
	}
	if (done) {
		event.preventDefault();
	}
}
