// SPDX-License-Identifier: MIT
// The rows of a chat, top to bottom. Pure.

import type { Message, Outgoing } from "../../sdk/src/index.ts";
import { bare } from "./address.ts";
import { changesMessage } from "./changes.ts";
import type { Timeline } from "./timeline.ts";

const GROUP_MS = 5 * 60_000;

export type SendState = "received" | "waiting" | "sent" | "delivered" | "read" | "failed";

export interface MessageRow {
	kind: "message";
	key: string;
	own: boolean;
	/** Who wrote it. */
	from: string;
	text: string;
	time: number;
	state: SendState;
	/** Opens, or ends, a run of messages by one person. */
	opens: boolean;
	ends: boolean;
	/** As the node has it. */
	message?: Message;
	/** Of a message that the node does not have. */
	outgoing?: Outgoing;
	seq?: number;
}

export type Row =
	| { kind: "start"; key: string }
	| { kind: "day"; key: string; time: number }
	| { kind: "unread"; key: string }
	/** What happened to the group, one after the other. */
	| { kind: "system"; key: string; entries: readonly Message[]; seq: number }
	/** Of people whom the reader has blocked, one after the other. */
	| { kind: "blocked"; key: string; rows: readonly MessageRow[]; seq: number }
	| MessageRow;

/** Rows as they are without their neighbours; a message that changes is another object. */
const bases = new WeakMap<Message, MessageRow>();

/** An own message keeps the key that it had while it was on its way. */
export function keyOf(message: Message, me: string): string {
	return message.id && bare(message.from) === me ? message.id : message.mid;
}

function storedRow(message: Message, { me, delivered = 0, seen = 0 }: RowInput): MessageRow {
	let base = bases.get(message);
	if (!base) {
		base = makeRow(message, me);
		bases.set(message, base);
	}
	const state = !base.own ? "received" : message.seq <= seen ? "read" : message.seq <= delivered ? "delivered" : "sent";
	return { ...base, state };
}

function makeRow(message: Message, me: string): MessageRow {
	const from = bare(message.from);
	return {
		kind: "message",
		key: keyOf(message, me),
		own: from === me,
		from,
		text: message.text ?? "",
		time: Date.parse(message.time),
		state: "received",
		opens: true,
		ends: true,
		message,
		seq: message.seq,
	};
}

function outgoingRow(outgoing: Outgoing, me: string): MessageRow {
	return {
		kind: "message",
		key: outgoing.id,
		own: true,
		from: me,
		text: outgoing.text,
		time: outgoing.written,
		state: outgoing.state,
		opens: true,
		ends: true,
		outgoing,
	};
}

let lastDay = { from: 1, to: 0, key: "" };

/** The local day that a time falls on, as a key. Neighbours are mostly of one day. */
export function dayKey(time: number): string {
	if (time < lastDay.from || time >= lastDay.to) {
		const date = new Date(time);
		const [year, month, day] = [date.getFullYear(), date.getMonth(), date.getDate()];
		lastDay = {
			from: new Date(year, month, day).getTime(),
			to: new Date(year, month, day + 1).getTime(),
			key: `${year}-${month + 1}-${day}`,
		};
	}
	return lastDay.key;
}

/** Same person, soon after, same day; a deleted message, a reply and a forward stand for themselves. */
function joins(a: MessageRow, b: MessageRow): boolean {
	const apart = a.message?.deleted || b.message?.deleted || replyOf(b) || forwardOf(b);
	return !apart && a.from === b.from && b.time - a.time < GROUP_MS && sameDay(a.time, b.time);
}

export function replyOf({ message, outgoing }: MessageRow): string | undefined {
	return (message ?? outgoing)?.reply;
}

export function forwardOf({ message, outgoing }: MessageRow): boolean {
	return (message ?? outgoing)?.forward !== undefined;
}

export interface RowInput {
	timeline: Timeline;
	outgoing: readonly Outgoing[];
	/** The own bare address. */
	me: string;
	/** The read position when the chat was opened, if something was unread: the line is behind it. */
	unreadAfter?: number;
	/** How far the other has come. */
	delivered?: number;
	seen?: number;
	/** Whose messages in a group are not shown at once. */
	blocked?: ReadonlySet<string>;
}

type Part = MessageRow | Extract<Row, { kind: "system" | "blocked" }>;

function sameDay(a: number, b: number): boolean {
	return dayKey(a) === dayKey(b);
}

/** The parts with one more message; those of blocked people are gathered. */
function addRow(found: Part[], row: MessageRow, blocked: ReadonlySet<string> | undefined): void {
	const last = found.at(-1);
	if (!blocked?.has(row.from)) {
		found.push(row);
	} else if (last?.kind === "blocked" && sameDay(last.rows[0]!.time, row.time)) {
		found[found.length - 1] = { ...last, rows: [...last.rows, row], seq: row.seq! };
	} else {
		found.push({ kind: "blocked", key: `blocked-${row.key}`, rows: [row], seq: row.seq! });
	}
}

function parts(input: RowInput): Part[] {
	const { messages, atEnd } = input.timeline;
	const known = new Set(messages.map((message) => message.id).filter(Boolean));
	const found: Part[] = [];
	for (const message of messages.filter((other) => !changesMessage(other))) {
		const last = found.at(-1);
		if (!message.change) {
			addRow(found, storedRow(message, input), input.blocked);
		} else if (last?.kind === "system" && sameDay(Date.parse(last.entries[0]!.time), Date.parse(message.time))) {
			found[found.length - 1] = { ...last, entries: [...last.entries, message], seq: message.seq };
		} else {
			found.push({ kind: "system", key: message.mid, entries: [message], seq: message.seq });
		}
	}
	const waiting = atEnd || messages.length === 0 ? input.outgoing.filter(({ id }) => !known.has(id)) : [];
	return [...found, ...waiting.map((outgoing) => outgoingRow(outgoing, input.me))];
}

function timeOf(part: Part): number {
	switch (part.kind) {
		case "message":
			return part.time;
		case "blocked":
			return part.rows[0]!.time;
		case "system":
			return Date.parse(part.entries[0]!.time);
	}
}

/** The rows of a chat. */
export function rowsOf(input: RowInput): Row[] {
	const { timeline, unreadAfter } = input;
	const rows: Row[] = timeline.atStart ? [{ kind: "start", key: "start" }] : [];
	let previous: Part | undefined;
	let lineDue = unreadAfter !== undefined;
	for (const row of parts(input)) {
		const time = timeOf(row);
		if (!previous || dayKey(timeOf(previous)) !== dayKey(time)) {
			rows.push({ kind: "day", key: `day-${dayKey(time)}-${row.key}`, time });
		}
		let line = false;
		if (lineDue && row.kind === "message" && !row.own && row.seq !== undefined && row.seq > unreadAfter!) {
			rows.push({ kind: "unread", key: "unread" });
			lineDue = false;
			line = true;
		}
		if (previous?.kind === "message" && row.kind === "message" && !line && joins(previous, row)) {
			previous.ends = false;
			row.opens = false;
		}
		rows.push(row);
		previous = row;
	}
	return rows;
}
