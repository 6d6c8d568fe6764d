// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { test } from "node:test";

import type { Change, Message, Outgoing } from "../sdk/src/index.ts";
import { rowsOf, type Row } from "../src/logic/rows.ts";
import {
	beginningAt, EMPTY, onlyPage, trimmed, WINDOW, withLive, withMissed, withNewer, withNewest, withOlder, type Page, type Timeline,
} from "../src/logic/timeline.ts";

const ME = "carol@a.example";
const BASE = new Date(2026, 10, 22, 10, 0, 0).getTime();

function message(seq: number, more: Partial<Message> & { minute?: number } = {}): Message {
	const { minute = seq, ...rest } = more;
	return {
		type: "message",
		mid: `mid-${seq}`,
		from: "alice@a.example/dev",
		to: ME,
		chat: "alice@a.example",
		seq,
		time: new Date(BASE + minute * 60_000).toISOString(),
		text: `text ${seq}`,
		...rest,
	};
}

const run = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => message(from + i));
const seqs = (timeline: Timeline) => timeline.messages.map(({ seq }) => seq);
const kinds = (rows: Row[]) => rows.map((row) => (row.kind === "message" ? row.text.slice(5) : row.kind));

/** A page as the node gives it: all of a part of the chat. */
function page(messages: Message[], more = false, to = messages.at(-1)?.seq ?? 0): Page {
	return { messages, first: messages[0]?.seq ?? 0, last: to, more };
}

function entry(seq: number, change: Change, more: Partial<Message> = {}): Message {
	const { text: _text, ...rest } = message(seq, more);
	return { ...rest, change };
}

const live = (timeline: Timeline, one: Message) => withLive(timeline, one, ME);

test("the newest page replaces a part that ends before it, and leaves one that does not", () => {
	const first = withNewest(EMPTY, page(run(10, 12), true));
	assert.deepEqual([seqs(first), first.atStart, first.atEnd], [[10, 11, 12], false, true]);
	assert.deepEqual(seqs(withNewest(first, page(run(12, 14), true))), [12, 13, 14]);
	assert.deepEqual(seqs(withNewest(first, page(run(20, 21), true))), [20, 21]);
	assert.deepEqual(seqs(withNewest(first, page(run(11, 12), true))), [10, 11, 12]);
});

test("a live message that overtook the newest page stays", () => {
	const overtaken = live(withNewest(EMPTY, page(run(1, 3))), message(4)).timeline;
	assert.deepEqual(seqs(withNewest(overtaken, page(run(2, 3), true))), [1, 2, 3, 4]);
});

test("joining keeps knowing that the chat's start is there", () => {
	const whole = withNewest(EMPTY, page(run(1, 3)));
	assert.equal(withNewest(whole, page(run(3, 3), true)).atStart, true);
	assert.equal(withNewest(whole, page(run(1, 5))).atStart, true);
});

test("pages join at both ends, without doubles", () => {
	let timeline = withNewest(EMPTY, page(run(50, 60), true));
	timeline = withOlder(timeline, page(run(40, 50), true));
	assert.equal(timeline.messages[0]!.seq, 40);
	assert.equal(timeline.messages.length, 21);
	timeline = withNewer({ ...timeline, atEnd: false }, page(run(60, 62)), ME);
	assert.deepEqual([timeline.last, timeline.atEnd], [62, true]);
});

test("places that only changes have are no gaps", () => {
	let timeline = withNewest(EMPTY, { messages: run(1, 3), first: 1, last: 7, more: false });
	assert.deepEqual([timeline.last, live(timeline, message(8)).gap], [7, false]);
	timeline = withOlder({ ...timeline, first: 30, atStart: false }, { messages: [], first: 20, last: 29, more: true });
	assert.deepEqual([timeline.first, timeline.atStart], [20, false]);
});

test("a live message is added once, and one beyond a gap is not", () => {
	const timeline = withNewest(EMPTY, page(run(1, 2)));
	const next = live(timeline, message(3));
	assert.deepEqual([seqs(next.timeline), next.gap], [[1, 2, 3], false]);
	assert.deepEqual(seqs(live(next.timeline, message(3)).timeline), [1, 2, 3]);
	const beyond = live(next.timeline, message(6));
	assert.deepEqual([seqs(beyond.timeline), beyond.gap, beyond.timeline.atEnd], [[1, 2, 3], true, false]);
});

test("a live message does not touch a window that is away from the end; a change does", () => {
	const away = { ...withNewest(EMPTY, page(run(1, 2))), atEnd: false };
	assert.equal(live(away, message(3)).timeline, away);
	const changed = live(away, entry(9, { kind: "edit", mid: "mid-2", text: "new" })).timeline;
	assert.deepEqual([changed.messages[1]!.text, changed.messages[1]!.rev, changed.last], ["new", 9, 2]);
});

test("a change has its place, and a gap before it is noticed though it is done", () => {
	const timeline = withNewest(EMPTY, page(run(1, 3)));
	const next = live(timeline, entry(4, { kind: "delete", mid: "mid-1" }));
	assert.deepEqual([next.gap, next.timeline.last, seqs(next.timeline)], [false, 4, [1, 2, 3]]);
	assert.equal(next.timeline.messages[0]!.deleted?.by, "alice@a.example");
	const beyond = live(timeline, entry(6, { kind: "pin", mid: "mid-2", on: true }));
	assert.deepEqual([beyond.gap, beyond.timeline.messages[1]!.pinned], [true, true]);
});

test("what was missed is done to a window that stays where it is", () => {
	const away = { ...withNewest(EMPTY, page(run(1, 2))), atEnd: false };
	const missed = page([message(30), entry(31, { kind: "react", mid: "mid-1", emoji: "👍", on: true })]);
	const after = withMissed(away, missed, ME);
	assert.deepEqual(after.messages[0]!.reactions, [{ emoji: "👍", count: 1, by: ["alice@a.example"] }]);
	assert.deepEqual(seqs(after), [1, 2]);
});

test("a window that grows too large loses its far end and knows it", () => {
	const large = withNewest(EMPTY, page(run(1, WINDOW + 50)));
	const up = trimmed(large, "start");
	assert.deepEqual([up.messages.length, up.first, up.last, up.atStart, up.atEnd], [WINDOW, 1, WINDOW, true, false]);
	const down = trimmed(large, "end");
	assert.deepEqual([down.messages.length, down.first, down.last, down.atStart, down.atEnd], [WINDOW, 51, WINDOW + 50, false, true]);
	assert.equal(trimmed(up, "end"), up);
});

test("a page around a message knows whether there is more on either side", () => {
	const around = onlyPage({ ...page(run(10, 20), true), later: true });
	assert.deepEqual([around.atStart, around.atEnd], [false, false]);
});

const rowsFrom = (messages: Message[], more: object = {}) => rowsOf({ timeline: withNewest(EMPTY, page(messages)), outgoing: [], me: ME, ...more });

test("messages of one person within five minutes form a group", () => {
	const rows = rowsFrom([
		message(1, { minute: 0 }), message(2, { minute: 4 }), message(3, { minute: 9 }), message(4, { minute: 9, from: `${ME}/x` }),
	]).filter((row) => row.kind === "message");
	assert.deepEqual(rows.map(({ opens, ends }) => [opens, ends]), [[true, false], [false, true], [true, true], [true, true]]);
});

test("other people, deleted messages, replies and forwards begin anew", () => {
	const rows = rowsFrom([
		message(1, { minute: 0 }), message(2, { minute: 0, from: "bob@a.example/x" }), message(3, { minute: 0, from: "bob@a.example/x", reply: "mid-1" }),
		message(4, { minute: 0, from: "bob@a.example/x", text: undefined, deleted: { by: "bob@a.example", time: "" } }),
		message(5, { minute: 0, from: "bob@a.example/x" }),
	]).filter((row) => row.kind === "message");
	assert.ok(rows.every(({ opens }) => opens));
});

test("each day begins with its heading", () => {
	const rows = rowsFrom([message(1), message(2), message(3, { minute: 24 * 60 })]);
	assert.deepEqual(kinds(rows), ["start", "day", "1", "2", "day", "3"]);
});

test("midnight splits a group", () => {
	const late = 14 * 60 - 1;
	const rows = rowsFrom([message(1, { minute: late }), message(2, { minute: late + 2 })]);
	assert.deepEqual(kinds(rows), ["start", "day", "1", "day", "2"]);
	assert.ok(rows.every((row) => row.kind !== "message" || (row.opens && row.ends)));
});

test("the unread line stands before the first unread message of the other person", () => {
	const messages = [message(1), message(2, { from: `${ME}/x` }), message(3), message(4)];
	assert.deepEqual(kinds(rowsFrom(messages, { unreadAfter: 1 })), ["start", "day", "1", "2", "unread", "3", "4"]);
	assert.deepEqual(kinds(rowsFrom(messages, { unreadAfter: 4 })), ["start", "day", "1", "2", "3", "4"]);
});

test("what happened to a group makes one row where nothing was said in between", () => {
	const rows = rowsFrom([message(1), entry(2, { kind: "joined" }), entry(3, { kind: "left" }), message(4), entry(5, { kind: "title", text: "x" })]);
	assert.deepEqual(kinds(rows), ["start", "day", "1", "system", "4", "system"]);
});

test("messages of blocked people are gathered where they follow one another", () => {
	const messages = [message(1), message(2, { from: "bob@a.example/x" }), message(3, { from: "bob@a.example/x" }), message(4)];
	assert.deepEqual(kinds(rowsFrom(messages, { blocked: new Set(["bob@a.example"]) })), ["start", "day", "1", "blocked", "4"]);
});

test("ticks tell how far the other has come", () => {
	const mine = [1, 2, 3].map((seq) => message(seq, { from: `${ME}/x` }));
	const states = rowsFrom(mine, { delivered: 2, seen: 1 }).flatMap((row) => (row.kind === "message" ? [row.state] : []));
	assert.deepEqual(states, ["read", "delivered", "sent"]);
});

const outgoing = (id: string, state: Outgoing["state"] = "waiting"): Outgoing => ({
	id,
	to: "alice@a.example",
	text: `text ${id}`,
	written: BASE + 30 * 60_000,
	state,
});

test("a message on its way has the key that it keeps when the node has it", () => {
	const timeline = withNewest(EMPTY, page(run(1, 2)));
	const before = rowsOf({ timeline, outgoing: [outgoing("m-1")], me: ME }).at(-1)!;
	const arrived = live(timeline, message(3, { id: "m-1", from: `${ME}/x` })).timeline;
	const rows = rowsOf({ timeline: arrived, outgoing: [outgoing("m-1")], me: ME });
	assert.equal(before.key, "m-1");
	assert.equal(rows.at(-1)!.key, "m-1");
	assert.equal(rows.filter(({ key }) => key === "m-1").length, 1);
	assert.deepEqual(rows.flatMap((row) => (row.kind === "message" ? [row.state] : [])), ["received", "received", "sent"]);
});

test("messages on their way are not shown away from the end", () => {
	const away = { ...withNewest(EMPTY, page(run(1, 2))), atEnd: false };
	assert.deepEqual(kinds(rowsOf({ timeline: away, outgoing: [outgoing("m-1")], me: ME })), ["start", "day", "1", "2"]);
	assert.deepEqual(kinds(rowsOf({ timeline: EMPTY, outgoing: [outgoing("m-1")], me: ME })), ["day", "m-1"]);
});

test("a chat whose older messages were removed begins behind them", () => {
	const whole = withNewest(EMPTY, page(run(1, 6)));
	const part = beginningAt(whole, 4);
	assert.deepEqual([seqs(part), part.first, part.last, part.atStart, part.atEnd], [[4, 5, 6], 4, 6, true, true]);
	assert.equal(beginningAt(part, 4), part);
	assert.equal(beginningAt(part, 3), part);
	const later = withNewest(EMPTY, page(run(10, 12), true));
	assert.equal(beginningAt(later, 4), later, "its beginning is not here");
	assert.equal(beginningAt(later, 10).atStart, true, "now it is");
	assert.equal(beginningAt(EMPTY, 4), EMPTY, "nothing is known of it yet");
});

test("a chat of which everything was removed goes on with the next place", () => {
	const gone = beginningAt(withNewest(EMPTY, page(run(1, 3))), 4);
	assert.deepEqual([seqs(gone), gone.atStart, gone.atEnd], [[], true, true]);
	const { timeline, gap } = live(gone, message(4));
	assert.deepEqual([seqs(timeline), gap], [[4], false]);
	const fresh = beginningAt(withNewest(EMPTY, page([])), 4);
	assert.equal(live(fresh, message(4)).gap, false);
	const middle = beginningAt(trimmed(withNewest(EMPTY, page(run(1, WINDOW + 9))), "start"), WINDOW + 5);
	assert.deepEqual([seqs(middle), middle.atEnd, middle.last], [[], false, WINDOW + 4], "what comes after is loaded");
});
