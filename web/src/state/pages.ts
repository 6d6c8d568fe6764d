// SPDX-License-Identifier: MIT
// Opening a chat, and paging through it.

import { batch, effect } from "@preact/signals";

import { asParleyError, type Params, type Result } from "../../sdk/src/index.ts";
import { isGroup } from "../logic/address.ts";
import { beginningAt, onlyPage, trimmed, withMissed, withNewer, withNewest, withOlder, type Timeline } from "../logic/timeline.ts";
import { cache } from "./cache.ts";
import { refreshCopies } from "./copies.ts";
import { link } from "./link.ts";
import { me, meetPeople, openAddress, synced, type Chat } from "./store.ts";

export { openAddress };

const PAGE = 50;
const MOST = 200;
/** Fewer messages than these do not fill a screen. */
const FEW = 15;
/** With more unread than this, a chat opens at its unread line and not at its end. */
const FAR = 40;

/** Shows what is at hand, then what the node has. */
export async function openChat(chat: Chat): Promise<void> {
	batch(() => {
		openAddress.value = chat.address;
		chat.held = 0;
		chat.unreadAfter.value = chat.unread.peek() > 0 ? chat.read : undefined;
	});
	if (chat.timeline.peek().messages.length === 0) {
		const kept = await cache.timeline(chat.address).catch(() => undefined);
		if (kept && chat.timeline.peek().messages.length === 0) {
			const { messages, first, last, atStart } = kept;
			chat.timeline.value = beginningAt({ messages, first, last, atStart, atEnd: true }, chat.begins.peek());
		}
	}
	/* Before the inbox is there, what is unread is not known; then this chat is asked for too. */
	if (synced.peek()) {
		await catchUpOpen(chat);
	}
}

/** Everything that the screen of a chat shows is as new as the connection. */
export async function catchUpOpen(chat: Chat): Promise<void> {
	const stale = !chat.fresh;
	await Promise.all([catchUpChat(chat), meet(chat), stale && refreshCopies(chat)]);
}

/** Asks who that is, of whom only the address is known. */
async function meet(chat: Chat): Promise<void> {
	const { address, name, relation, display, shown } = chat.person.peek();
	if (isGroup(address)) {
		await meetGroup(chat);
	} else if (relation === "none" && !display && shown === name) {
		const { people: found } = await link.request("roster.search", { text: name }).catch(() => ({ people: [] }));
		meetPeople(found.filter((person) => person.address === address));
	}
}

async function meetGroup(chat: Chat): Promise<void> {
	if (!chat.group.peek() && !chat.gone.peek()) {
		try {
			const { group } = await link.request("groups.get", { group: chat.address });
			chat.group.value ??= group;
		} catch (error) {
			chat.gone.value ||= asParleyError(error).code === "not-found";
		}
	}
}

export function leaveChat(chat: Chat): void {
	chat.unreadAfter.value = undefined;
	chat.chosen.value = undefined;
	if (openAddress.peek() === chat.address) {
		openAddress.value = undefined;
	}
}

/** Loads what is newest, unless it is here already or the reader is far from it. */
export async function catchUpChat(chat: Chat): Promise<void> {
	const { atEnd, messages, last } = chat.timeline.peek();
	if (chat.loading.peek() === "newest" || (chat.fresh && atEnd && last >= chat.seq)) {
		return;
	}
	const behind = chat.seq - last;
	const unreadAway = chat.unreadAfter.peek() !== undefined && chat.unread.peek() > FAR && chat.read >= last;
	if (!atEnd && messages.length > 0) {
		await loadMissed(chat);
		await loadNewer(chat);
	} else if (messages.length > 0 && behind <= (unreadAway ? FAR : MOST)) {
		await loadToEnd(chat);
	} else if (unreadAway) {
		await loadAtUnread(chat);
	} else {
		await loadNewest(chat);
	}
}

/** A part of a chat as the node has it; with it comes from where on there is something. */
async function ask(chat: Chat, where: Omit<Params<"history.page">, "chat">): Promise<Result<"history.page">> {
	const page = await link.request("history.page", { chat: chat.address, ...where });
	chat.beginAt(page.begins ?? 0);
	return page;
}

async function load(chat: Chat, what: "newest" | "older" | "newer", work: () => Promise<void>): Promise<void> {
	chat.loading.value = what;
	try {
		await work();
		chat.loading.value = "no";
	} catch (error) {
		console.warn("messages not loaded:", asParleyError(error).message);
		chat.loading.value = "failed";
	}
}

/** Another part of the chat in place of what there was; how often that happened tells whether it did since. */
function show(chat: Chat, timeline: Timeline): void {
	batch(() => {
		chat.timeline.value = timeline;
		chat.fresh = true;
	});
	chat.taken++;
}

export function loadNewest(chat: Chat): Promise<void> {
	return load(chat, "newest", async () => {
		const { taken } = chat;
		const page = await newestPage(chat);
		if (chat.taken !== taken) {
			return; /* the reader was taken to another place meanwhile, by a link to a message */
		}
		batch(() => {
			chat.timeline.value = trimmed(beginningAt(withNewest(chat.timeline.peek(), page), chat.begins.peek()), "end");
			chat.fresh = true;
		});
		/* Where there are many changes, a page has few messages. */
		for (let pages = 0; pages < 4 && chat.timeline.peek().messages.length < FEW && !chat.timeline.peek().atStart; pages++) {
			await lead(chat);
		}
		cache.keepTimeline(chat.address, chat.timeline.peek());
	});
}

/** With somebody one never wrote with there is nothing, however the node says that. */
async function newestPage(chat: Chat): Promise<Result<"history.page">> {
	try {
		return await ask(chat, { limit: PAGE });
	} catch (error) {
		if (asParleyError(error).code === "not-found") {
			return { messages: [], first: 0, last: 0, more: false };
		}
		throw error;
	}
}

function loadAtUnread(chat: Chat): Promise<void> {
	return load(chat, "newest", async () => {
		const after = Math.max(0, chat.read - FAR / 2);
		show(chat, await pageAfter(chat, after, PAGE * 2));
	});
}

/** The part of the chat behind a place. */
async function pageAfter(chat: Chat, after: number, limit: number): Promise<Timeline> {
	const page = await ask(chat, { after, limit });
	const from = { messages: [], first: after + 1, last: after, atStart: after === 0, atEnd: false };
	return beginningAt(withNewer(from, page, me.peek()), chat.begins.peek());
}

/** Takes one page of what comes after the last. Tells whether there may be more. */
async function follow(chat: Chat, limit: number): Promise<boolean> {
	const after = chat.timeline.peek().last;
	const page = await ask(chat, { after, limit });
	const { first, last } = chat.timeline.peek();
	const from = Math.max(after, chat.begins.peek() - 1);
	if (first > from + 1 || last < from) {
		return false; /* another part of the chat is shown now, to which this is no neighbour */
	}
	chat.timeline.value = trimmed(withNewer(chat.timeline.peek(), page, me.peek()), "end");
	if (!page.more && page.messages.length === 0) {
		chat.seq = Math.min(chat.seq, after);
	}
	return page.last > after && (page.more || page.last < chat.seq);
}

/** What is here is old, but not by much: goes on from there, so that nothing on the screen moves. */
async function loadToEnd(chat: Chat): Promise<void> {
	await load(chat, "newer", async () => {
		while (await follow(chat, MOST));
		chat.fresh = true;
	});
	cache.keepTimeline(chat.address, chat.timeline.peek());
}

/** Changes that were missed in a window that is away from the end; it is loaded again where there are too many. */
async function loadMissed(chat: Chat): Promise<void> {
	if (chat.fresh) {
		return;
	}
	await load(chat, "newer", async () => {
		for (let pages = 0; pages < 3 && chat.known < chat.seq; pages++) {
			const page = await ask(chat, { after: chat.known, limit: MOST });
			chat.timeline.value = withMissed(chat.timeline.peek(), page, me.peek());
			chat.known = Math.max(page.last, chat.known + 1);
			if (!page.more) {
				chat.fresh = true;
				return;
			}
		}
		if (chat.known < chat.seq) {
			const { messages } = chat.timeline.peek();
			show(chat, onlyPage(await pageAround(chat, messages[messages.length >> 1]!.mid)));
		}
		chat.fresh = true;
	});
}

function pageAround(chat: Chat, mid: string): Promise<Result<"history.page">> {
	return ask(chat, { around: mid, limit: PAGE });
}

/** Loads the part of the chat around a message, if it is not here. Rejects with what the node said. */
export async function loadAround(chat: Chat, mid: string): Promise<void> {
	if (!chat.timeline.peek().messages.some((message) => message.mid === mid)) {
		show(chat, onlyPage(await pageAround(chat, mid)));
	}
}

/** Loads the part of the chat that begins behind a place. Rejects with what the node said. */
export async function loadAfter(chat: Chat, after: number): Promise<void> {
	const { first, last } = chat.timeline.peek();
	if (after + 1 < first || after + 1 > last) {
		show(chat, await pageAfter(chat, after, PAGE));
	}
}

export async function loadOlder(chat: Chat): Promise<void> {
	const { atStart, first } = chat.timeline.peek();
	if (atStart || chat.loading.peek() !== "no" || first === 0) {
		return;
	}
	await load(chat, "older", async () => {
		await lead(chat);
	});
}

/** Takes one page of what comes before the first. */
async function lead(chat: Chat): Promise<void> {
	const before = chat.timeline.peek().first;
	const page = await ask(chat, { before, limit: PAGE });
	if (chat.timeline.peek().first === before) {
		chat.timeline.value = trimmed(withOlder(chat.timeline.peek(), page), "start");
	}
}

export async function loadNewer(chat: Chat): Promise<void> {
	if (chat.timeline.peek().atEnd || chat.loading.peek() !== "no") {
		return;
	}
	await load(chat, "newer", async () => void (await follow(chat, PAGE)));
	/* What came live while the page was on its way. */
	const timeline = chat.timeline.peek();
	if (timeline.atEnd && timeline.last < chat.seq && chat.loading.peek() === "no") {
		chat.timeline.value = { ...timeline, atEnd: false };
		await loadNewer(chat);
	}
}

/* A new login means new people: nothing of before is open. */
effect(() => {
	if (!me.value) {
		openAddress.value = undefined;
	}
});
