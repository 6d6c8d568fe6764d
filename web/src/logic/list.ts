// SPDX-License-Identifier: MIT
// The list of chats: which are shown, in what order, and what stands beside a name. Pure.

export const FILTERS = ["all", "unread", "people", "groups", "requests", "archived"] as const;
export type Filter = (typeof FILTERS)[number];

/** What the list needs to know of a chat. */
export interface Listed {
	group: boolean;
	unread: number;
	mentions: number;
	marked: boolean;
	muted: boolean;
	archived: boolean;
	/** One is no longer in the group. */
	gone: boolean;
	/** It is on the screen. */
	open: boolean;
}

export type Badge = { kind: "mention" | "count"; n: number } | { kind: "dot" } | undefined;

/** One badge at most: being named counts more than a number, and that more than a dot. */
export function badgeOf({ unread, mentions, marked, muted }: Listed): Badge {
	if (mentions > 0) {
		return { kind: "mention", n: mentions };
	}
	if (unread > 0) {
		return muted ? { kind: "dot" } : { kind: "count", n: unread };
	}
	return marked ? { kind: "dot" } : undefined;
}

/** What a chat adds to the number in the title: of a muted one, only what names the reader. */
export function countOf({ unread, mentions, muted }: Pick<Listed, "unread" | "mentions" | "muted">): number {
	return muted ? mentions : unread;
}

function isUnread({ unread, marked }: Listed): boolean {
	return unread > 0 || marked;
}

/** Whether a chat is in the list under a filter. What is open stays in sight. */
export function passes(chat: Listed, filter: Filter): boolean {
	if (filter === "archived") {
		return chat.archived || chat.gone;
	}
	if (chat.open && filter !== "requests") {
		return filter === "all" || filter === "unread" || (filter === "groups") === chat.group;
	}
	if (chat.archived || chat.gone) {
		return false;
	}
	switch (filter) {
		case "unread":
			return isUnread(chat);
		case "people":
			return !chat.group;
		case "groups":
			return chat.group;
		case "requests":
			return false;
		default:
			return true;
	}
}

/**
 * The order while somebody points at the list or walks through it: what was there stays where it was, what is new
 * comes below.
 */
export function heldOrder<T>(held: readonly T[], next: readonly T[]): readonly T[] {
	const wanted = new Set(next);
	const before = new Set(held);
	return [...held.filter((item) => wanted.has(item)), ...next.filter((item) => !before.has(item))];
}

/** How well a text fits what was typed, its letters in order and perhaps others between them: the lower, the better; -1 for not. */
export function fuzzy(text: string, sought: string): number {
	const all = text.toLocaleLowerCase();
	const want = sought.trim().toLocaleLowerCase();
	const whole = all.indexOf(want);
	if (whole >= 0) {
		return whole === 0 ? 0 : /[^\p{L}\p{N}]/u.test(all[whole - 1]!) ? 1 : 2 + whole / 1000;
	}
	let at = -1;
	let gaps = 0;
	for (const letter of want.replace(/\s+/g, "")) {
		const next = all.indexOf(letter, at + 1);
		if (next < 0) {
			return -1;
		}
		gaps += next - at - 1;
		at = next;
	}
	return 10 + gaps;
}
