// SPDX-License-Identifier: MIT
// What can be done in a chat: open it, page through it, write, mark as read; and with people.

import { batch, effect, signal } from "@preact/signals";

import { asParleyError, idMaker, type Outgoing, type Person, type Result } from "../../sdk/src/index.ts";
import { t, waitTime } from "../i18n.ts";
import { nameOf } from "../logic/people.ts";
import { firstSeq, lastSeq, trimmed, withNewer, withNewest, withOlder } from "../logic/timeline.ts";
import { cache } from "./cache.ts";
import { link } from "./link.ts";
import { toast } from "./live.ts";
import { chatWith, me, meetPeople, putOutgoing, setPerson, setRead, synced, type Chat } from "./store.ts";

/** The chat that is on the screen. */
export const openAddress = signal<string | undefined>(undefined);
/** Counts own sends, so that the timeline goes down with them. */
export const sends = signal(0);

const PAGE = 50;
/** With more unread than this, a chat opens at its unread line and not at its end. */
const FAR = 40;
const nextId = idMaker("m");

/** Shows what is at hand, then what the node has. */
export async function openChat(chat: Chat): Promise<void> {
	batch(() => {
		openAddress.value = chat.address;
		chat.unreadAfter.value = chat.unread.peek() > 0 ? chat.read : undefined;
	});
	if (chat.timeline.peek().messages.length === 0) {
		const kept = await cache.timeline(chat.address).catch(() => undefined);
		if (kept && chat.timeline.peek().messages.length === 0) {
			chat.timeline.value = { messages: kept.messages, atStart: kept.atStart, atEnd: true };
		}
	}
	/* Before the inbox is there, what is unread is not known; then this chat is asked for too. */
	if (synced.peek()) {
		await Promise.all([catchUpChat(chat), meet(chat)]);
	}
}

/** Asks who that is, of whom only the address is known. */
export async function meet(chat: Chat): Promise<void> {
	const { address, name, relation, display, shown } = chat.person.peek();
	if (relation === "none" && !display && shown === name) {
		const { people: found } = await link.request("roster.search", { text: name }).catch(() => ({ people: [] }));
		meetPeople(found.filter((person) => person.address === address));
	}
}

export function leaveChat(chat: Chat): void {
	chat.unreadAfter.value = undefined;
	if (openAddress.peek() === chat.address) {
		openAddress.value = undefined;
	}
}

/** Loads what is newest, unless it is here already or the reader is far from it. */
export async function catchUpChat(chat: Chat): Promise<void> {
	const { atEnd, messages } = chat.timeline.peek();
	if (chat.loading.peek() === "newest" || (chat.fresh && atEnd && lastSeq(chat.timeline.peek()) >= chat.seq)) {
		return;
	}
	if (!atEnd && messages.length > 0) {
		chat.fresh = true;
		await loadNewer(chat);
	} else if (chat.unreadAfter.peek() !== undefined && chat.unread.peek() > FAR && chat.read >= lastSeq(chat.timeline.peek())) {
		await loadAtUnread(chat);
	} else {
		await loadNewest(chat);
	}
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

export function loadNewest(chat: Chat): Promise<void> {
	return load(chat, "newest", async () => {
		const { messages, more } = await newestPage(chat);
		batch(() => {
			chat.timeline.value = trimmed(withNewest(chat.timeline.peek(), messages, more), "end");
			chat.fresh = true;
		});
		cache.keepTimeline(chat.address, chat.timeline.peek().messages, chat.timeline.peek().atStart);
	});
}

/** With somebody one never wrote with there is nothing, however the node says that. */
async function newestPage(chat: Chat): Promise<Result<"history.page">> {
	try {
		return await link.request("history.page", { chat: chat.address, limit: PAGE });
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
		const { messages, more } = await link.request("history.page", { chat: chat.address, after, limit: PAGE * 2 });
		chat.timeline.value = { messages, atStart: after === 0, atEnd: !more };
		chat.fresh = true;
	});
}

export async function loadOlder(chat: Chat): Promise<void> {
	const { atStart } = chat.timeline.peek();
	if (atStart || chat.loading.peek() !== "no" || firstSeq(chat.timeline.peek()) === 0) {
		return;
	}
	await load(chat, "older", async () => {
		const before = firstSeq(chat.timeline.peek());
		const { messages, more } = await link.request("history.page", { chat: chat.address, before, limit: PAGE });
		chat.timeline.value = trimmed(withOlder(chat.timeline.peek(), messages, more), "start");
	});
}

export async function loadNewer(chat: Chat): Promise<void> {
	if (chat.timeline.peek().atEnd || chat.loading.peek() !== "no") {
		return;
	}
	await load(chat, "newer", async () => {
		const after = lastSeq(chat.timeline.peek());
		const { messages, more } = await link.request("history.page", { chat: chat.address, after, limit: PAGE });
		chat.timeline.value = trimmed(withNewer(chat.timeline.peek(), messages, more), "end");
		if (!more && messages.length === 0) {
			chat.seq = Math.min(chat.seq, after);
		}
	});
	/* What came live while the page was on its way. */
	const timeline = chat.timeline.peek();
	if (timeline.atEnd && lastSeq(timeline) < chat.seq && chat.loading.peek() === "no") {
		chat.timeline.value = { ...timeline, atEnd: false };
		await loadNewer(chat);
	}
}

export function sendText(chat: Chat, text: string): void {
	const message: Outgoing = { id: nextId(), to: chat.address, text, written: Date.now(), state: "waiting" };
	putOutgoing(message);
	link.send(message);
	if (!chat.timeline.peek().atEnd) {
		void loadNewest(chat);
	}
	sends.value++;
}

const reading = new Map<Chat, number>();

/** Everything up to seq has been seen. Told to the node a moment later. */
export function markRead(chat: Chat, seq: number): void {
	if (seq <= Math.max(chat.read, reading.get(chat) ?? 0)) {
		return;
	}
	const due = reading.has(chat);
	reading.set(chat, seq);
	if (!due) {
		setTimeout(() => void tellRead(chat), 250);
	}
}

async function tellRead(chat: Chat): Promise<void> {
	const seq = reading.get(chat) ?? 0;
	reading.delete(chat);
	try {
		const { read, unread } = await link.request("history.read", { chat: chat.address, seq });
		setRead(chat.address, read, unread);
	} catch (error) {
		console.warn("not marked as read:", asParleyError(error).message);
	}
}

const DRAFT_MS = 250;
const unsaved = new Map<Chat, ReturnType<typeof setTimeout>>();

export function setDraft(chat: Chat, text: string): void {
	chat.draft.value = text;
	if (!unsaved.has(chat)) {
		unsaved.set(chat, setTimeout(() => saveDraft(chat), DRAFT_MS));
	}
}

function saveDraft(chat: Chat): void {
	clearTimeout(unsaved.get(chat));
	unsaved.delete(chat);
	cache.draft(chat.address, chat.draft.peek());
}

addEventListener("pagehide", () => [...unsaved.keys()].forEach(saveDraft));

export function errorText(error: unknown): string {
	const { code, message, retryAfter } = asParleyError(error);
	if (code === "closed" || code === "timeout") {
		return t("error.closed");
	}
	return code === "limit" && retryAfter ? t("error.limit", { wait: waitTime(retryAfter) }) : t("error.general", { text: message });
}

export type RosterAct = "accept" | "decline" | "withdraw" | "remove" | "block" | "unblock";

/** Changes the relation to somebody; says so when it does not work. */
export async function act(person: Person, what: RosterAct | "request", text = ""): Promise<boolean> {
	const { address } = person;
	try {
		const { relation } =
			what === "request"
				? await link.request("roster.request", { address, ...(text ? { text } : {}) })
				: await link.request(`roster.${what}`, { address });
		setPerson({ ...chatWith(address).person.peek(), ...bareOf(person), relation });
		return true;
	} catch (error) {
		toast(errorText(error), true);
		return false;
	}
}

function bareOf({ address, name, shown, display }: Person): Omit<Person, "relation"> {
	return { address, name, shown, display };
}

/** The screen's title. */
export function chatTitle(address: string): string {
	return nameOf(chatWith(address).person.value);
}

/* A new login means new people: nothing of before is open. */
effect(() => {
	if (!me.value) {
		openAddress.value = undefined;
		reading.clear();
	}
});
