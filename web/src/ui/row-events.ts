// SPDX-License-Identifier: MIT
// The ways to the menu of a chat in the list: its button, right click, long press and Shift-F10. The menu itself is fetched then.

import { chatWith, type Chat } from "../state/store.ts";
import { anchorAt, anchorOf, type Anchor } from "./floating.tsx";

export function openRowMenu(chat: Chat, at: HTMLElement | Anchor): void {
	const anchor = at instanceof HTMLElement ? anchorOf(at) : at;
	void import("../later/pages.ts").then((later) => later.openRowMenu(chat, anchor));
}

function rowOf(event: Event): HTMLElement | null | undefined {
	return (event.target as HTMLElement).closest?.<HTMLElement>(".chat-item")?.querySelector<HTMLElement>(".chat-row[data-chat]");
}

/** Right click, and on touch screens a long press. */
export function rowContextMenu(event: MouseEvent): void {
	const row = rowOf(event);
	if (row && !event.shiftKey) {
		event.preventDefault();
		const byKey = event.clientX === 0 && event.clientY === 0;
		openRowMenu(chatWith(row.dataset.chat!), byKey ? row : anchorAt(event.clientX, event.clientY));
	}
}

export function rowMenuKey(event: KeyboardEvent): void {
	const row = rowOf(event);
	if (row && (event.key === "ContextMenu" || (event.key === "F10" && event.shiftKey))) {
		event.preventDefault();
		openRowMenu(chatWith(row.dataset.chat!), row);
	}
}

const LONG_MS = 500;
const STILL = 10;

/** Where a long press makes no contextmenu event, as on iOS. Gives what ends the watch. */
export function watchLongPress(list: HTMLElement): () => void {
	let press: { x: number; y: number; timer: ReturnType<typeof setTimeout> } | undefined;
	let opened = false;
	const end = () => {
		clearTimeout(press?.timer);
		press = undefined;
	};
	const down = (event: PointerEvent) => {
		end();
		opened = false;
		const row = rowOf(event);
		if (event.pointerType === "touch" && row) {
			const { clientX: x, clientY: y } = event;
			const timer = setTimeout(() => {
				end();
				opened = true;
				openRowMenu(chatWith(row.dataset.chat!), anchorAt(x, y));
			}, LONG_MS);
			press = { x, y, timer };
		}
	};
	const move = (event: PointerEvent) => {
		if (press && Math.hypot(event.clientX - press.x, event.clientY - press.y) > STILL) {
			end();
		}
	};
	/* The finger that opened the menu does not open the chat. */
	const click = (event: MouseEvent) => {
		if (opened) {
			opened = false;
			event.preventDefault();
			event.stopPropagation();
		}
	};
	const handlers = { pointerdown: down, pointermove: move, pointerup: end, pointercancel: end } as Record<string, (event: never) => void>;
	for (const [name, handler] of Object.entries(handlers)) {
		list.addEventListener(name, handler as EventListener);
	}
	list.addEventListener("click", click, true);
	return () => {
		end();
		for (const [name, handler] of Object.entries(handlers)) {
			list.removeEventListener(name, handler as EventListener);
		}
		list.removeEventListener("click", click, true);
	};
}
