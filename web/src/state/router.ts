// SPDX-License-Identifier: MIT
// The address bar and the screen agree, always.

import { computed, signal } from "@preact/signals";

import { chatPath, parsePath, type Panel, type Route } from "../logic/routes.ts";
import { home } from "./store.ts";

const path = signal(location.pathname);

export const route = computed<Route>(() => parsePath(path.value, home.value || location.hostname));
/** Whether the last change came from within, so that the focus should follow it. */
export let moved = false;

addEventListener("popstate", () => {
	moved = true;
	path.value = location.pathname;
});

interface Mark {
	/** How many screens of this client are behind this one. */
	depth?: number;
}

function depth(): number {
	return (history.state as Mark | null)?.depth ?? 0;
}

export function go(to: string, options: { replace?: boolean } = {}): void {
	if (to === location.pathname) {
		return;
	}
	moved = true;
	if (options.replace) {
		history.replaceState({ depth: depth() }, "", to);
	} else {
		history.pushState({ depth: depth() + 1 }, "", to);
	}
	path.value = location.pathname;
}

/** The arrow in a header: as the browser's Back, but never out of the client. */
export function goBack(to = "/"): void {
	if (depth() > 0) {
		history.back();
	} else {
		go(to, { replace: true });
	}
}

export function goToChat(address: string): void {
	go(chatPath(address, home.peek()));
}

/** Opens a panel beside a chat, or closes it. Going from one to another is no step of its own. */
export function goToPanel(address: string, panel?: Panel): void {
	const here = route.peek();
	const replace = panel !== undefined && here.screen === "chat" && here.panel !== undefined;
	go(chatPath(address, home.peek(), panel ? { panel } : {}), { replace });
}

/** For links: a plain click stays in the page, anything else is the browser's. */
export function follow(event: MouseEvent): void {
	const link = event.currentTarget as HTMLAnchorElement;
	if (event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey) {
		event.preventDefault();
		go(link.pathname);
	}
}
