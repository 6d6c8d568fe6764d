// SPDX-License-Identifier: MIT
// What entries of a chat do to its messages (docs/protocol.md section 11). Pure.

import type { Change, Message, Reaction } from "../../sdk/src/index.ts";
import { bare } from "./address.ts";

const OF_MESSAGES: ReadonlySet<Change["kind"]> = new Set<Change["kind"]>(["edit", "delete", "react", "pin"]);
/** So many people of a reaction are told by name. */
const TOLD = 20;

/** An entry that changes another message; it has no row of its own. */
export function changesMessage({ change }: Message): boolean {
	return change !== undefined && OF_MESSAGES.has(change.kind);
}

function withReaction(reactions: readonly Reaction[], emoji: string, who: string, on: boolean, me: string): Reaction[] {
	const known = reactions.find((reaction) => reaction.emoji === emoji);
	const there = known !== undefined && (who === me ? known.own === true : known.by.includes(who));
	if (on === there && (on || known === undefined)) {
		return [...reactions];
	}
	if (on) {
		const before = known ?? { emoji, count: 0, by: [] };
		const next = {
			...before,
			count: before.count + 1,
			...(who === me ? { own: true as const } : {}),
			by: before.by.length < TOLD ? [...before.by, who] : before.by,
		};
		return known ? reactions.map((other) => (other === known ? next : other)) : [...reactions, next];
	}
	const count = there || known!.count > known!.by.length ? known!.count - 1 : known!.count;
	const { own, ...rest } = known!;
	const left: Reaction = { ...rest, ...(own && who !== me ? { own } : {}), count, by: rest.by.filter((other) => other !== who) };
	return reactions.flatMap((other) => (other !== known ? [other] : count > 0 ? [left] : []));
}

/** The message with a reaction put on or taken off. The same twice is the same. */
export function reacted(message: Message, emoji: string, who: string, on: boolean, me: string): Message {
	const { reactions: before = [], ...rest } = message;
	const reactions = withReaction(before, emoji, who, on, me);
	return reactions.length > 0 ? { ...rest, reactions } : rest;
}

export function pinned(message: Message, on: boolean): Message {
	const { pinned: _pinned, ...rest } = message;
	return on ? { ...rest, pinned: true } : rest;
}

function edited(message: Message, { time, change }: Message): Message {
	if (change!.text === undefined || message.deleted) {
		return message;
	}
	const { mentions: _mentions, ...rest } = message;
	return { ...rest, text: change!.text, ...(change!.mentions ? { mentions: change!.mentions } : {}), edited: time };
}

function deleted(message: Message, { from, time }: Message): Message {
	const { text: _text, mentions: _m, reply: _reply, forward: _forward, reactions: _r, pinned: _pinned, edited: _edited, ...rest } = message;
	return { ...rest, deleted: { by: bare(from), time } };
}

function done(message: Message, entry: Message, me: string): Message {
	const { kind, emoji, on } = entry.change!;
	switch (kind) {
		case "edit":
			return edited(message, entry);
		case "delete":
			return deleted(message, entry);
		case "react":
			return message.deleted || !emoji ? message : reacted(message, emoji, bare(entry.from), on === true, me);
		case "pin":
			return message.deleted ? message : pinned(message, on === true);
		default:
			return message;
	}
}

/** The message after an entry that changes it; the same object when that is in it already. */
export function changed(message: Message, entry: Message, me: string): Message {
	return entry.change?.mid !== message.mid || entry.seq <= (message.rev ?? 0) ? message : { ...done(message, entry, me), rev: entry.seq };
}

/** The same for a list of messages. */
export function withChange(messages: readonly Message[], entry: Message, me: string): readonly Message[] {
	const at = messages.findIndex(({ mid }) => mid === entry.change?.mid);
	const before = messages[at];
	const after = before && changed(before, entry, me);
	return after === before ? messages : messages.map((message, i) => (i === at ? after! : message));
}

/** Not all who reacted are told, and one of those who were has gone: only the node knows who is told now. */
export function unsure({ reactions = [] }: Message): boolean {
	return reactions.some(({ count, by }) => by.length < Math.min(count, TOLD));
}
