// SPDX-License-Identifier: MIT
// What the screens show: people, chats and their messages, each in a signal of its own.

import { batch, computed, signal } from "@preact/signals";

import type { Account, Draft, InboxChat, Message, Outgoing, Person, Presence, Sent } from "../../sdk/src/index.ts";
import { bare, isGroup } from "../logic/address.ts";
import { countOf, type Listed } from "../logic/list.ts";
import { nameOf } from "../logic/people.ts";
import { withLive } from "../logic/timeline.ts";
import { Chat } from "./chat.ts";

export { Chat } from "./chat.ts";
export type { Copy, Editing, Place } from "./chat.ts";

/** A person of whom only the address is known. */
function stranger(address: string): Person {
	const name = address.slice(0, address.indexOf("@"));
	return { address, name, shown: name, display: "", relation: "none" };
}

export const account = signal<Account | undefined>(undefined);
/** The own bare address. */
export const me = signal("");
export const home = computed(() => me.value.slice(me.value.indexOf("@") + 1));
/** Everybody to whom there is a relation. */
export const people = signal<ReadonlyMap<string, Person>>(new Map());
/** Chats for the list, newest first. */
export const order = signal<readonly Chat[]>([]);
/** The chat that is on the screen. */
export const openAddress = signal<string | undefined>(undefined);
/** There is something to show: from the cache or from the node. */
export const loaded = signal(false);

/** The inbox has been asked for since the page was opened; before that nobody knows what is unread. */
export const synced = signal(false);

const chats = new Map<string, Chat>();
let cursor: string | undefined;

function peopleWith(relation: Person["relation"]) {
	return computed(() => [...people.value.values()].filter((person) => person.relation === relation));
}

export const asking = peopleWith("asks");
export const requested = peopleWith("requested");
export const blocked = peopleWith("blocked");
export const totalUnread = computed(() => order.value.reduce((sum, chat) => sum + countOf(listed(chat)), 0));

/** What the list needs to know of a chat. */
export function listed(chat: Chat): Listed {
	return {
		group: chat.group.value !== undefined || isGroup(chat.address),
		unread: chat.unread.value,
		mentions: chat.mentions.value,
		marked: chat.marked.value,
		muted: chat.notify.value?.reason === "muted",
		archived: chat.archived.value,
		gone: chat.gone.value,
		open: openAddress.value === chat.address,
	};
}

export function chatWith(address: string): Chat {
	let chat = chats.get(address);
	if (!chat) {
		chat = new Chat(people.peek().get(address) ?? stranger(address));
		chats.set(address, chat);
	}
	return chat;
}

/** What somebody is called, as far as that is known. */
export function nameOfAddress(address: string): string {
	if (address === me.value && account.value) {
		return nameOf(account.value);
	}
	return nameOf(chatWith(address).person.value);
}

export function allChats(): Iterable<Chat> {
	return chats.values();
}

export function getCursor(): string | undefined {
	return cursor;
}

export function setCursor(value: string | undefined): void {
	cursor = value;
}

const collator = new Intl.Collator();

function activity(chat: Chat): number {
	return Math.max(chat.time, chat.outgoing.peek().at(-1)?.written ?? 0);
}

/** Called at events, so that drawing never sorts. */
export function sortChats(): void {
	const shown = [...chats.values()].filter((chat) => {
		const { relation } = chat.person.peek();
		return relation === "contact" || (relation !== "blocked" && (chat.listed || chat.outgoing.peek().length > 0));
	});
	shown.sort((a, b) => Number(b.pinned.peek()) - Number(a.pinned.peek()) || activity(b) - activity(a) || collator.compare(a.name, b.name));
	const before = order.peek();
	if (shown.length !== before.length || shown.some((chat, i) => chat !== before[i])) {
		order.value = shown;
	}
}

export function setPerson(person: Person): void {
	batch(() => {
		const next = new Map(people.peek());
		if (person.relation === "none") {
			next.delete(person.address);
		} else {
			next.set(person.address, person);
		}
		people.value = next;
		chatWith(person.address).person.value = person;
		sortChats();
	});
}

/** People that were come across: their names are known now, even where there is no relation. */
export function meetPeople(met: readonly Person[]): void {
	for (const person of met) {
		if (!people.peek().has(person.address)) {
			const { address, name, shown, display, relation } = person;
			chatWith(address).person.value = { address, name, shown, display, relation };
		}
	}
}

export function setPeople(all: readonly Person[]): void {
	batch(() => {
		people.value = new Map(all.map((person) => [person.address, person]));
		for (const chat of chats.values()) {
			const person = people.peek().get(chat.address);
			chat.person.value = person ?? { ...chat.person.peek(), relation: "none" };
		}
		all.forEach((person) => chatWith(person.address));
		sortChats();
	});
}

/** Rows of the inbox; with full, there are no others. */
export function setInbox(rows: readonly InboxChat[], full: boolean): void {
	batch(() => {
		if (full) {
			const listed = new Set(rows.map(({ chat }) => chat));
			for (const chat of chats.values()) {
				chat.listed = listed.has(chat.address);
			}
		}
		rows.forEach(setInboxRow);
		sortChats();
	});
}

/** A client of before kept what happened to a group as its last message; what was, only the node knows. */
export function hasChange({ last }: InboxChat): boolean {
	return last?.change !== undefined;
}

function setInboxRow(row: InboxChat): void {
	const chat = chatWith(row.chat);
	if (row.group) {
		chat.group.value = row.group;
	} else if (!row.gone) {
		chat.person.value = people.peek().get(row.chat) ?? row.person ?? stranger(row.chat);
	}
	chat.gone.value = row.gone === true;
	chat.keep.value = row.keep;
	chat.listed = true;
	/* What came live may have overtaken this answer; a change that did says nothing of the last message. */
	if (row.seq >= chat.seq || (row.last?.seq ?? 0) > (chat.last.peek()?.seq ?? 0)) {
		chat.seq = Math.max(row.seq, chat.seq);
		chat.last.value = hasChange(row) ? undefined : row.last;
		chat.beginAt(row.begins ?? 0);
		/* A group has its place in the list from its beginning, and a chat keeps it when its messages are gone. */
		chat.time = row.last || row.begins || isGroup(row.chat) ? Date.parse(row.time) : 0;
	}
	if (row.read >= chat.read) {
		setStart(chat, row.unread_from ?? row.read + 1);
		const seen = chat.reading >= row.seq;
		chat.unread.value = seen ? 0 : row.unread;
		chat.mentions.value = seen ? 0 : (row.mentions ?? 0);
	}
	chat.delivered.value = Math.max(chat.delivered.peek(), row.delivered ?? 0);
	chat.seen.value = Math.max(chat.seen.peek(), row.seen ?? 0);
	setChatSettings(chat, row);
	chat.notify.value = row.notify;
}

interface ChatSettings {
	archived?: boolean;
	pinned?: boolean;
	marked?: boolean;
	draft?: Draft;
}

/** What its owner set for a chat, on whichever device. */
export function setChatSettings(chat: Chat, { archived, pinned, marked, draft }: ChatSettings): void {
	const moved = chat.pinned.peek() !== (pinned === true);
	chat.archived.value = archived === true;
	chat.pinned.value = pinned === true;
	chat.marked.value = marked === true;
	if (moved) {
		sortChats();
	}
	if (!chat.draftUnsaved) {
		chat.draft.value = draft?.text ?? "";
		chat.reply.value = draft?.reply;
	}
}

/** What "value" says if it is not the usual. */
function only<K extends string, V>(key: K, value: V | undefined, unless?: V): { [k in K]?: V } {
	return (value === undefined || value === unless ? {} : { [key]: value }) as { [k in K]?: V };
}

export function inboxRow(chat: Chat): InboxChat {
	const group = chat.group.peek();
	const text = chat.draft.peek();
	const yes = (is: boolean) => is || undefined;
	return {
		chat: chat.address,
		...(group ? { group } : { person: chat.person.peek() }),
		...only("last", chat.last.peek()),
		seq: chat.seq,
		read: chat.read,
		unread: chat.unread.peek(),
		...only("mentions", chat.mentions.peek(), 0),
		...only("delivered", chat.delivered.peek(), 0),
		...only("seen", chat.seen.peek(), 0),
		...(only("archived", yes(chat.archived.peek())) as { archived?: true }),
		...(only("pinned", yes(chat.pinned.peek())) as { pinned?: true }),
		...(only("marked", yes(chat.marked.peek())) as { marked?: true }),
		...(text || chat.reply.peek() ? { draft: { text, ...only("reply", chat.reply.peek()) } } : {}),
		...only("notify", chat.notify.peek()),
		...only("keep", chat.keep.peek()),
		...only("begins", chat.begins.peek(), 0),
		...(only("gone", yes(chat.gone.peek())) as { gone?: true }),
		time: new Date(chat.time).toISOString(),
	};
}

/** In the list, as in the node's inbox, only messages are said last and move their chat. */
function setLast(chat: Chat, message: Message): void {
	const time = Date.parse(message.time);
	if (!message.change && message.seq > (chat.last.peek()?.seq ?? 0)) {
		chat.last.value = message;
		chat.time = time;
	} else if (isGroup(chat.address)) {
		chat.time ||= time;
	}
}

/** A message, or a change, has a place in its chat now. Tells whether something before it is missing. */
export function addMessage(message: Message): { chat: Chat; gap: boolean } {
	const chat = chatWith(message.chat);
	return batch(() => {
		const { timeline, gap } = withLive(chat.timeline.peek(), message, me.peek());
		chat.timeline.value = timeline;
		chat.applyToCopies(message, me.peek());
		chat.listed = true;
		chat.seq = Math.max(chat.seq, message.seq);
		setLast(chat, message);
		if (message.id) {
			dropOutgoing(chat, message.id);
		}
		sortChats();
		return { chat, gap };
	});
}

/** The node has a message of ours. */
export function addSent(sent: Sent): { chat: Chat; gap: boolean } {
	const { to, forward, ...rest } = sent;
	const source = forward?.source && forward.from ? { from: forward.from } : {};
	return addMessage({
		type: "message", ...rest, ...(forward ? { forward: source } : {}), from: `${me.peek()}/here`, to, chat: bare(to),
	});
}

export function putOutgoing(message: Outgoing): void {
	const chat = chatWith(message.to);
	if (chat.timeline.peek().messages.some(({ id }) => id === message.id)) {
		return;
	}
	batch(() => {
		const others = chat.outgoing.peek().filter(({ id }) => id !== message.id);
		chat.outgoing.value = [...others, message].sort((a, b) => a.written - b.written);
		sortChats();
	});
}

export function dropOutgoing(chat: Chat, id: string): void {
	const rest = chat.outgoing.peek().filter((message) => message.id !== id);
	if (rest.length !== chat.outgoing.peek().length) {
		chat.outgoing.value = rest;
	}
}

/** Somebody else has come so far. */
export function setReceipt(chat: Chat, kind: "delivered" | "read", seq: number): void {
	chat.delivered.value = Math.max(chat.delivered.peek(), seq);
	if (kind === "read") {
		chat.seen.value = Math.max(chat.seen.peek(), seq);
	}
}

/** What is unread begins here: behind what was read, or where it was marked as unread. */
function setStart(chat: Chat, from: number): void {
	if (from <= chat.read) {
		chat.held = chat.seq;
	}
	chat.read = from - 1;
}

export function setRead(address: string, seq: number, unread: number, from = seq + 1): void {
	const chat = chatWith(address);
	if (unread === 0) {
		chat.mentions.value = 0;
	}
	if (seq >= chat.read) {
		setStart(chat, from);
		chat.unread.value = seq < chat.reading ? chat.unread.peek() : unread;
	}
}

export function setPresence(presence: Presence): void {
	chatWith(presence.address).presence.value = presence;
}

/** All timelines may have missed something. */
export function makeStale(): void {
	for (const chat of chats.values()) {
		if (chat.fresh) {
			chat.known = chat.seq;
		}
		chat.fresh = false;
	}
}

/** As before the first login. */
export function clearStore(): void {
	chats.clear();
	cursor = undefined;
	batch(() => {
		account.value = undefined;
		me.value = "";
		people.value = new Map();
		order.value = [];
		loaded.value = false;
		synced.value = false;
	});
}
