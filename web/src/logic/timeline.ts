// SPDX-License-Identifier: MIT
// What of a chat is at hand: a gapless part of it, kept true while pages and live entries come. Pure.

import type { HistoryPageResult, Message } from "../../sdk/src/index.ts";
import { changesMessage, withChange } from "./changes.ts";

/** A part of a chat: its messages, and what happened to the group, in order of seq. */
export interface Timeline {
	readonly messages: readonly Message[];
	/** It tells everything from this place to that one; changes of messages are in them and have no place here. */
	readonly first: number;
	readonly last: number;
	/** Nothing comes before it. */
	readonly atStart: boolean;
	/** Nothing comes after it, as far as is known. */
	readonly atEnd: boolean;
}

export type Page = HistoryPageResult;

export const EMPTY: Timeline = { messages: [], first: 0, last: 0, atStart: false, atEnd: false };

/** How many rows the page holds at most; what is far away is dropped and fetched again. */
export const WINDOW = 400;

function isEmpty({ first, last }: Timeline): boolean {
	return first === 0 && last === 0;
}

/** A page in place of what there was. */
export function onlyPage({ messages, first, last, more, later }: Page): Timeline {
	return { messages, first, last, atStart: !more, atEnd: !later };
}

/** The chat's newest messages. What was there before stays only if nothing happened in between. */
export function withNewest(timeline: Timeline, page: Page): Timeline {
	if (isEmpty(timeline) || timeline.last < page.last || timeline.last < page.first - 1) {
		return onlyPage({ ...page, later: false });
	}
	if (isEmpty(onlyPage(page))) {
		return { ...timeline, atStart: timeline.atStart || !page.more, atEnd: true };
	}
	const older = timeline.messages.filter(({ seq }) => seq < page.first);
	/* Live entries may have overtaken the page. */
	const newer = timeline.messages.filter(({ seq }) => seq > page.last);
	const longer = timeline.first < page.first;
	return {
		messages: [...older, ...page.messages, ...newer],
		first: longer ? timeline.first : page.first,
		last: timeline.last,
		atStart: longer ? timeline.atStart : !page.more,
		atEnd: true,
	};
}

/** The page just before the first message. */
export function withOlder(timeline: Timeline, { messages, first, more }: Page): Timeline {
	const older = messages.filter(({ seq }) => seq < timeline.first);
	return {
		...timeline,
		messages: [...older, ...timeline.messages],
		first: first > 0 ? Math.min(first, timeline.first) : timeline.first,
		atStart: !more,
	};
}

function withEntry(messages: readonly Message[], entry: Message, me: string): readonly Message[] {
	return changesMessage(entry) ? withChange(messages, entry, me) : [...messages, entry];
}

/** What happened just after the last place. */
export function withNewer(timeline: Timeline, { messages, last, more }: Page, me: string): Timeline {
	let all = timeline.messages;
	for (const entry of messages.filter(({ seq }) => seq > timeline.last)) {
		all = withEntry(all, entry, me);
	}
	return {
		...timeline,
		messages: all,
		first: timeline.first || Math.min(1, last),
		last: Math.max(timeline.last, last),
		atEnd: !more,
	};
}

/** One entry, as it arrives. gap: something before it is missing, ask for what comes after the last. */
export function withLive(timeline: Timeline, entry: Message, me: string): { timeline: Timeline; gap: boolean } {
	if (timeline.atEnd && entry.seq === timeline.last + 1) {
		const messages = withEntry(timeline.messages, entry, me);
		return { timeline: { ...timeline, messages, first: timeline.first || entry.seq, last: entry.seq }, gap: false };
	}
	/* A change belongs to its message, wherever the window is. */
	const messages = changesMessage(entry) ? withChange(timeline.messages, entry, me) : timeline.messages;
	const gap = timeline.atEnd && entry.seq > timeline.last;
	return { timeline: messages === timeline.messages && !gap ? timeline : { ...timeline, messages, atEnd: timeline.atEnd && !gap }, gap };
}

/** Changes that were missed, for a window that does not reach the chat's end. */
export function withMissed(timeline: Timeline, { messages }: Page, me: string): Timeline {
	let all = timeline.messages;
	for (const entry of messages.filter(changesMessage)) {
		all = withChange(all, entry, me);
	}
	return all === timeline.messages ? timeline : { ...timeline, messages: all };
}

/** One message as the node has it now. */
export function withMessage(timeline: Timeline, message: Message): Timeline {
	const before = timeline.messages.find(({ mid }) => mid === message.mid);
	if (!before || (before.rev ?? 0) > (message.rev ?? 0)) {
		return timeline;
	}
	return { ...timeline, messages: timeline.messages.map((other) => (other === before ? message : other)) };
}

/** What is before a place was removed: the chat begins there. */
export function beginningAt(timeline: Timeline, begins: number): Timeline {
	const { messages, first, last, atEnd } = timeline;
	if (begins < first || (isEmpty(timeline) && !atEnd) || (begins === first && timeline.atStart)) {
		return timeline;
	}
	return { messages: messages.filter(({ seq }) => seq >= begins), first: begins, last: Math.max(last, begins - 1), atStart: true, atEnd };
}

/** Drops what is furthest from the end that is being read. */
export function trimmed(timeline: Timeline, keep: "start" | "end"): Timeline {
	if (timeline.messages.length <= WINDOW) {
		return timeline;
	}
	if (keep === "start") {
		const messages = timeline.messages.slice(0, WINDOW);
		return { ...timeline, messages, last: messages.at(-1)!.seq, atEnd: false };
	}
	const messages = timeline.messages.slice(-WINDOW);
	return { ...timeline, messages, first: messages[0]!.seq, atStart: false };
}
