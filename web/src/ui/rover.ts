// SPDX-License-Identifier: MIT
// The keys of the timeline: one message at a time is the way in for Tab, arrows walk from message to message and
// between what is in one.

import { focusComposer } from "./composer-focus.ts";

const STOPS = ":scope > .msg, .unread-line h2";
const INSIDE = "a[href], button:not(:disabled), input, .spoiler-open";

export class Rover {
	readonly #list: () => HTMLElement | null;
	#active = "";
	#wayIn?: HTMLElement;

	constructor(list: () => HTMLElement | null) {
		this.#list = list;
	}

	/** After drawing: the message that was active is the way in, else the last. */
	settle(): void {
		const list = this.#list();
		const chosen =
			this.#active === "unread"
				? list?.querySelector<HTMLElement>(".unread-line h2")
				: list?.querySelector<HTMLElement>(`:scope > .msg[data-key="${CSS.escape(this.#active)}"]`);
		const active = chosen ?? [...(list?.querySelectorAll<HTMLElement>(":scope > .msg") ?? [])].at(-1);
		if (active !== this.#wayIn) {
			if (this.#wayIn) {
				this.#wayIn.tabIndex = -1;
			}
			if (active) {
				active.tabIndex = 0;
			}
			this.#wayIn = active ?? undefined;
		}
	}

	/** The stop that has the focus, or has it inside. */
	focused(target: EventTarget | null): HTMLElement | undefined {
		const stop = (target as HTMLElement | null)?.closest<HTMLElement>(".msg, .unread-line h2") ?? undefined;
		if (stop) {
			this.#active = stop.dataset.key ?? "unread";
			this.settle();
		}
		return stop;
	}

	/** still: where it is on the screen is right. */
	focus(stop: HTMLElement | undefined, still = false): void {
		if (stop) {
			this.focused(stop);
			stop.focus({ preventScroll: true });
			if (!still) {
				stop.scrollIntoView({ block: "nearest" });
			}
		}
	}

	/** Handles a key; menu is called for the key that opens the menu of a message. */
	key(event: KeyboardEvent, menu: (stop: HTMLElement) => void): void {
		const target = event.target as HTMLElement;
		const all = [...(this.#list()?.querySelectorAll<HTMLElement>(STOPS) ?? [])];
		const at = all.findIndex((stop) => stop.contains(target));
		if (at < 0 || event.altKey || event.metaKey) {
			return;
		}
		const stop = all[at]!;
		const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: all.length - 1, PageUp: at - 10, PageDown: at + 10 }[event.key];
		if (to !== undefined) {
			event.preventDefault();
			this.focus(all[Math.min(all.length - 1, Math.max(0, to))]);
		} else if (event.key === "ContextMenu" || (event.key === "F10" && event.shiftKey)) {
			event.preventDefault();
			menu(stop);
		} else if (event.key === "Escape") {
			event.preventDefault();
			if (target === stop) {
				focusComposer();
			} else {
				stop.focus();
			}
		} else {
			this.#keyInside(event, stop, target);
		}
	}

	#keyInside(event: KeyboardEvent, stop: HTMLElement, target: HTMLElement): void {
		const parts = [...stop.querySelectorAll<HTMLElement>(INSIDE)];
		if (target === stop && event.key === " " && parts[0]?.matches(".chooser")) {
			event.preventDefault();
			parts[0].click();
			return;
		}
		const step = { ArrowRight: 1, ArrowLeft: -1, Enter: target === stop ? 1 : 0 }[event.key];
		if (!step) {
			return;
		}
		const to = parts.indexOf(target) + step;
		if (to >= 0 && to < parts.length) {
			event.preventDefault();
			parts[to]!.focus();
		} else if (to < 0 && target !== stop) {
			event.preventDefault();
			stop.focus();
		}
	}
}
