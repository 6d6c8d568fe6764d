// SPDX-License-Identifier: MIT
// What of a chat is at hand, and the rows that it makes. Pure.

import type { Message, Outgoing } from "../../sdk/src/index.ts";

/** A gapless run of a chat's messages, in order of seq. */
export interface Timeline {
	readonly messages: readonly Message[];
	/** The first message is the chat's first. */
	readonly atStart: boolean;
	/** The last message is the chat's last, as far as is known. */
	readonly atEnd: boolean;
}

export const EMPTY: Timeline = { messages: [], atStart: false, atEnd: false };

/** How many rows the page holds at most; what is far away is dropped and fetched again. */
export const WINDOW = 400;
const GROUP_MS = 5 * 60_000;

function first(timeline: Timeline): number {
	return timeline.messages[0]?.seq ?? 0;
}

export function lastSeq(timeline: Timeline): number {
	return timeline.messages.at(-1)?.seq ?? 0;
}

export function firstSeq(timeline: Timeline): number {
	return first(timeline);
}

/** The chat's newest messages: joined to what there is when they touch, else in its place. */
export function withNewest(timeline: Timeline, messages: readonly Message[], more: boolean): Timeline {
	const from = messages[0]?.seq;
	if (from === undefined) {
		return { messages: [], atStart: true, atEnd: true };
	}
	if (timeline.messages.length === 0 || from > lastSeq(timeline) + 1) {
		return { messages, atStart: !more, atEnd: true };
	}
	const to = messages.at(-1)!.seq;
	const older = timeline.messages.filter((message) => message.seq < from);
	/* Live messages may have overtaken the page. */
	const newer = timeline.messages.filter((message) => message.seq > to);
	return {
		messages: [...older, ...messages, ...newer],
		atStart: older.length > 0 ? timeline.atStart : !more,
		atEnd: true,
	};
}

/** The messages just before the first. */
export function withOlder(timeline: Timeline, messages: readonly Message[], more: boolean): Timeline {
	const before = first(timeline);
	const older = messages.filter((message) => message.seq < before);
	return { ...timeline, messages: [...older, ...timeline.messages], atStart: !more };
}

/** The messages just after the last. */
export function withNewer(timeline: Timeline, messages: readonly Message[], more: boolean): Timeline {
	const after = lastSeq(timeline);
	const newer = messages.filter((message) => message.seq > after);
	return { ...timeline, messages: [...timeline.messages, ...newer], atEnd: !more };
}

/** One message, as it arrives. gap: something before it is missing, ask for what comes after the last. */
export function withLive(timeline: Timeline, message: Message): { timeline: Timeline; gap: boolean } {
	const last = lastSeq(timeline);
	if (!timeline.atEnd) {
		return { timeline, gap: false };
	}
	if (message.seq > last + 1 && timeline.messages.length > 0) {
		return { timeline: { ...timeline, atEnd: false }, gap: true };
	}
	if (message.seq <= last) {
		return { timeline, gap: false };
	}
	return { timeline: { ...timeline, messages: [...timeline.messages, message] }, gap: false };
}

/** Drops what is furthest from the end that is being read. */
export function trimmed(timeline: Timeline, keep: "start" | "end"): Timeline {
	const { messages } = timeline;
	if (messages.length <= WINDOW) {
		return timeline;
	}
	return keep === "start"
		? { ...timeline, messages: messages.slice(0, WINDOW), atEnd: false }
		: { ...timeline, messages: messages.slice(-WINDOW), atStart: false };
}

export type SendState = "received" | "waiting" | "sent" | "failed";

export type Row =
	| { kind: "start"; key: string }
	| { kind: "day"; key: string; time: number }
	| { kind: "unread"; key: string }
	| {
			kind: "message";
			key: string;
			own: boolean;
			text: string;
			time: number;
			state: SendState;
			/** Opens, or ends, a run of messages by one person. */
			opens: boolean;
			ends: boolean;
			/** Of a message that the node does not have. */
			outgoing?: Outgoing;
			seq?: number;
	  };

type MessageRow = Extract<Row, { kind: "message" }>;

export function bare(address: string): string {
	const slash = address.indexOf("/");
	return slash < 0 ? address : address.slice(0, slash);
}

/** Rows as they are without their neighbours; messages do not change. */
const bases = new WeakMap<Message, MessageRow>();

function storedRow(message: Message, me: string): MessageRow {
	let base = bases.get(message);
	if (!base) {
		base = makeRow(message, me);
		bases.set(message, base);
	}
	return { ...base };
}

function makeRow(message: Message, me: string): MessageRow {
	const own = bare(message.from) === me;
	return {
		kind: "message",
		/* An own message keeps the key that it had while it was on its way. */
		key: own && message.id ? message.id : message.mid,
		own,
		text: message.text ?? "",
		time: Date.parse(message.time),
		state: own ? "sent" : "received",
		opens: true,
		ends: true,
		seq: message.seq,
	};
}

function outgoingRow(outgoing: Outgoing): MessageRow {
	return {
		kind: "message",
		key: outgoing.id,
		own: true,
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

function joins(a: MessageRow, b: MessageRow): boolean {
	return a.own === b.own && b.time - a.time < GROUP_MS && dayKey(a.time) === dayKey(b.time);
}

export interface RowInput {
	timeline: Timeline;
	outgoing: readonly Outgoing[];
	/** The own bare address. */
	me: string;
	/** The read position when the chat was opened, if something was unread: the line is behind it. */
	unreadAfter?: number;
}

/** The rows of a chat, top to bottom. */
export function rowsOf({ timeline, outgoing, me, unreadAfter }: RowInput): Row[] {
	const known = new Set(timeline.messages.map((message) => message.id).filter(Boolean));
	const messages = timeline.messages.map((message) => storedRow(message, me));
	const waiting = timeline.atEnd || messages.length === 0 ? outgoing.filter(({ id }) => !known.has(id)).map(outgoingRow) : [];
	const rows: Row[] = timeline.atStart ? [{ kind: "start", key: "start" }] : [];
	let previous: MessageRow | undefined;
	let lineDue = unreadAfter !== undefined;
	for (const row of [...messages, ...waiting]) {
		if (!previous || dayKey(previous.time) !== dayKey(row.time)) {
			rows.push({ kind: "day", key: `day-${dayKey(row.time)}-${row.key}`, time: row.time });
		}
		let line = false;
		if (lineDue && !row.own && row.seq !== undefined && row.seq > unreadAfter!) {
			rows.push({ kind: "unread", key: "unread" });
			lineDue = false;
			line = true;
		}
		if (previous && !line && joins(previous, row)) {
			previous.ends = false;
			row.opens = false;
		}
		rows.push(row);
		previous = row;
	}
	return rows;
}
