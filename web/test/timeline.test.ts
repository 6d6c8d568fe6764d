// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { test } from "node:test";

import type { Message, Outgoing } from "../sdk/src/index.ts";
import {
	EMPTY, lastSeq, rowsOf, trimmed, WINDOW, withLive, withNewer, withNewest, withOlder, type Row, type Timeline,
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

test("the newest page replaces a run that it does not touch and joins one that it does", () => {
	const first = withNewest(EMPTY, run(10, 12), true);
	assert.deepEqual([seqs(first), first.atStart, first.atEnd], [[10, 11, 12], false, true]);
	assert.deepEqual(seqs(withNewest(first, run(12, 14), true)), [10, 11, 12, 13, 14]);
	assert.deepEqual(seqs(withNewest(first, run(13, 14), true)), [10, 11, 12, 13, 14]);
	assert.deepEqual(seqs(withNewest(first, run(20, 21), true)), [20, 21]);
});

test("a live message that overtook the newest page stays", () => {
	const live = withLive(withNewest(EMPTY, run(1, 3), false), message(4)).timeline;
	assert.deepEqual(seqs(withNewest(live, run(2, 3), true)), [1, 2, 3, 4]);
});

test("joining keeps knowing that the chat's start is there", () => {
	const whole = withNewest(EMPTY, run(1, 3), false);
	assert.equal(withNewest(whole, run(3, 5), true).atStart, true);
	assert.equal(withNewest(whole, run(1, 5), false).atStart, true);
});

test("pages join at both ends, without doubles", () => {
	let timeline = withNewest(EMPTY, run(50, 60), true);
	timeline = withOlder(timeline, run(40, 50), true);
	assert.equal(timeline.messages[0]!.seq, 40);
	assert.equal(timeline.messages.length, 21);
	timeline = withNewer({ ...timeline, atEnd: false }, run(60, 62), false);
	assert.equal(lastSeq(timeline), 62);
	assert.equal(timeline.atEnd, true);
});

test("a live message is added once, and one beyond a gap is not", () => {
	const timeline = withNewest(EMPTY, run(1, 2), false);
	const next = withLive(timeline, message(3));
	assert.deepEqual([seqs(next.timeline), next.gap], [[1, 2, 3], false]);
	assert.deepEqual(seqs(withLive(next.timeline, message(3)).timeline), [1, 2, 3]);
	const beyond = withLive(next.timeline, message(6));
	assert.deepEqual([seqs(beyond.timeline), beyond.gap, beyond.timeline.atEnd], [[1, 2, 3], true, false]);
});

test("a live message does not touch a window that is away from the end", () => {
	const away = { ...withNewest(EMPTY, run(1, 2), false), atEnd: false };
	assert.equal(withLive(away, message(3)).timeline, away);
});

test("a window that grows too large loses its far end and knows it", () => {
	const large = withNewest(EMPTY, run(1, WINDOW + 50), false);
	const up = trimmed(large, "start");
	assert.deepEqual([up.messages.length, up.messages[0]!.seq, up.atStart, up.atEnd], [WINDOW, 1, true, false]);
	const down = trimmed(large, "end");
	assert.deepEqual([down.messages.length, lastSeq(down), down.atStart, down.atEnd], [WINDOW, WINDOW + 50, false, true]);
	assert.equal(trimmed(up, "end"), up);
});

test("messages of one person within five minutes form a group", () => {
	const timeline = withNewest(
		EMPTY,
		[message(1, { minute: 0 }), message(2, { minute: 4 }), message(3, { minute: 9 }), message(4, { minute: 9, from: `${ME}/x` })],
		false,
	);
	const rows = rowsOf({ timeline, outgoing: [], me: ME }).filter((row) => row.kind === "message");
	assert.deepEqual(rows.map(({ opens, ends, own }) => [opens, ends, own]), [
		[true, false, false],
		[false, true, false],
		[true, true, false],
		[true, true, true],
	]);
});

test("each day has its heading, and the chat its start", () => {
	const timeline = withNewest(EMPTY, [message(1), message(2), message(3, { minute: 24 * 60 })], false);
	assert.deepEqual(kinds(rowsOf({ timeline, outgoing: [], me: ME })), ["start", "day", "1", "2", "day", "3"]);
});

test("midnight splits a group", () => {
	const late = (14 * 60 - 1);
	const timeline = withNewest(EMPTY, [message(1, { minute: late }), message(2, { minute: late + 2 })], false);
	const rows = rowsOf({ timeline, outgoing: [], me: ME });
	assert.deepEqual(kinds(rows), ["start", "day", "1", "day", "2"]);
	assert.ok(rows.every((row) => row.kind !== "message" || (row.opens && row.ends)));
});

test("the unread line stands before the first unread message of the other person", () => {
	const timeline = withNewest(EMPTY, [message(1), message(2, { from: `${ME}/x` }), message(3), message(4)], false);
	assert.deepEqual(kinds(rowsOf({ timeline, outgoing: [], me: ME, unreadAfter: 1 })), [
		"start", "day", "1", "2", "unread", "3", "4",
	]);
	assert.deepEqual(kinds(rowsOf({ timeline, outgoing: [], me: ME, unreadAfter: 4 })), [
		"start", "day", "1", "2", "3", "4",
	]);
});

const outgoing = (id: string, state: Outgoing["state"] = "waiting"): Outgoing => ({
	id,
	to: "alice@a.example",
	text: `text ${id}`,
	written: BASE + 30 * 60_000,
	state,
});

test("a message on its way has the key that it keeps when the node has it", () => {
	const timeline = withNewest(EMPTY, run(1, 2), false);
	const before = rowsOf({ timeline, outgoing: [outgoing("m-1")], me: ME }).at(-1)!;
	const arrived = withLive(timeline, message(3, { id: "m-1", from: `${ME}/x` })).timeline;
	const rows = rowsOf({ timeline: arrived, outgoing: [outgoing("m-1")], me: ME });
	assert.equal(before.key, "m-1");
	assert.equal(rows.at(-1)!.key, "m-1");
	assert.equal(rows.filter(({ key }) => key === "m-1").length, 1);
	assert.deepEqual(
		rows.filter((row) => row.kind === "message").map(({ state }) => state),
		["received", "received", "sent"],
	);
});

test("messages on their way are not shown away from the end", () => {
	const away = { ...withNewest(EMPTY, run(1, 2), false), atEnd: false };
	assert.deepEqual(kinds(rowsOf({ timeline: away, outgoing: [outgoing("m-1")], me: ME })), ["start", "day", "1", "2"]);
	assert.deepEqual(kinds(rowsOf({ timeline: EMPTY, outgoing: [outgoing("m-1")], me: ME })), ["day", "m-1"]);
});
