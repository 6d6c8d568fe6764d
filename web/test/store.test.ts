// SPDX-License-Identifier: MIT
// The list of chats: what comes live makes of it what the node's inbox says.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import type { Change, InboxChat, Message } from "../sdk/src/index.ts";
import { addMessage, chatWith, clearStore, hasChange, inboxRow, me, order, setInbox } from "../src/state/store.ts";

const ME = "carol@a.example";
const CLUB = "club@rooms.a.example";
const CHOIR = "choir@rooms.a.example";
const BASE = Date.parse("2026-11-22T10:00:00.000Z");

const at = (minute: number) => new Date(BASE + minute * 60_000).toISOString();

function message(chat: string, seq: number, minute: number): Message {
	return { type: "message", mid: `${chat}-${seq}`, from: "alice@a.example/dev", to: chat, chat, seq, time: at(minute), text: `text ${seq}` };
}

function entry(chat: string, seq: number, minute: number, change: Change): Message {
	const { text: _text, ...rest } = message(chat, seq, minute);
	return { ...rest, change };
}

/** A chat's row as the node makes it of its entries; one without a message stands where its reader joined. */
function row(entries: readonly Message[], joined = 0): InboxChat {
	const { chat, seq } = entries.at(-1)!;
	const last = entries.findLast(({ change }) => !change);
	return { chat, ...(last ? { last } : {}), seq, read: 0, unread: 0, time: last?.time ?? at(joined) };
}

/** What the list shows: the chats in order, what was said last in each, and when. */
const list = () => order.peek().map((chat) => [chat.address, chat.last.peek()?.text, chat.time, chat.seq]);

function both(entries: readonly Message[]): void {
	const chats = [...new Set(entries.map(({ chat }) => chat))];
	entries.forEach(addMessage);
	const live = list();
	const kept = chats.map((chat) => inboxRow(chatWith(chat)));
	setInbox(chats.map((chat) => row(entries.filter((other) => other.chat === chat))), true);
	assert.deepEqual(live, list(), "live and from the inbox");
	clearStore();
	setInbox(kept, true);
	assert.deepEqual(live, list(), "live and as it was kept");
}

beforeEach(() => {
	clearStore();
	me.value = ME;
});

test("only messages are said last and move a chat, live as from the inbox", () => {
	const said = message(CLUB, 2, 2);
	both([
		entry(CLUB, 1, 0, { kind: "created", text: "The club" }),
		said,
		message(CHOIR, 1, 3),
		entry(CLUB, 3, 4, { kind: "added", who: "dave@a.example" }),
		entry(CLUB, 4, 5, { kind: "title", text: "Another club" }),
		entry(CLUB, 5, 6, { kind: "keep", days: 7 }),
		entry(CLUB, 6, 7, { kind: "react", mid: said.mid, emoji: "👍", on: true }),
	]);
	assert.deepEqual(list(), [[CHOIR, "text 1", Date.parse(at(3)), 1], [CLUB, "text 2", Date.parse(at(2)), 6]]);
});

test("an edit is in what was said last, and moves nothing", () => {
	both([message(CLUB, 1, 0), message(CHOIR, 1, 1)]);
	addMessage(entry(CLUB, 2, 2, { kind: "edit", mid: `${CLUB}-1`, text: "better" }));
	assert.deepEqual(list(), [[CHOIR, "text 1", Date.parse(at(1)), 1], [CLUB, "better", Date.parse(at(0)), 2]]);
});

test("a group without a message has its place from its beginning; a chat of two with a rule alone has none", () => {
	both([message(CHOIR, 1, -1), entry(CLUB, 1, 0, { kind: "created", text: "The club" }), entry(CLUB, 2, 1, { kind: "role", who: ME, role: "admin" })]);
	assert.deepEqual(list(), [[CLUB, undefined, Date.parse(at(0)), 2], [CHOIR, "text 1", Date.parse(at(-1)), 1]]);
	addMessage(entry("alice@a.example", 1, 2, { kind: "keep", days: 7 }));
	assert.deepEqual(list().at(-1), ["alice@a.example", undefined, 0, 1]);
});

test("where the node says that a group stands, it stands", () => {
	addMessage(message(CHOIR, 1, 1));
	addMessage(entry(CLUB, 5, 0, { kind: "added", who: ME }));
	assert.equal(order.peek()[0]?.address, CHOIR);
	setInbox([row([entry(CLUB, 5, 0, { kind: "added", who: ME })], 2)], false);
	assert.equal(order.peek()[0]?.address, CLUB);
});

test("a change that overtakes the inbox, or a message, takes neither's last message away", () => {
	addMessage(message(CLUB, 1, 0));
	addMessage(entry(CLUB, 3, 2, { kind: "added", who: "dave@a.example" }));
	setInbox([row([message(CLUB, 1, 0), message(CLUB, 2, 1)])], false);
	assert.deepEqual(list(), [[CLUB, "text 2", Date.parse(at(1)), 3]]);
	addMessage(entry(CLUB, 5, 4, { kind: "left" }));
	addMessage(message(CLUB, 4, 3));
	assert.deepEqual(list(), [[CLUB, "text 4", Date.parse(at(3)), 5]]);
	/* An answer from before says nothing new. */
	setInbox([row([message(CLUB, 2, 1)])], false);
	assert.deepEqual(list(), [[CLUB, "text 4", Date.parse(at(3)), 5]]);
});

test("what a client of before kept as the last message of a group is not shown as one, and the node is asked", () => {
	const old: InboxChat = { ...row([message(CLUB, 1, 0)]), last: entry(CLUB, 2, 5, { kind: "added", who: ME }), seq: 2, time: at(5) };
	assert.equal(hasChange(old), true);
	setInbox([old], true);
	assert.equal(chatWith(CLUB).last.peek(), undefined);
	const now = { ...row([message(CLUB, 1, 0)]), seq: 2 };
	assert.equal(hasChange(now), false);
	setInbox([now], true);
	assert.deepEqual(list(), [[CLUB, "text 1", Date.parse(at(0)), 2]]);
});
