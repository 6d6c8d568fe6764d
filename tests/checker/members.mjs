// SPDX-License-Identifier: MIT
// Who may read what: the two of a chat everything, members of a group what was written while they were in it, or
// before that as well where the group says so. What the journal of the group says is so.

import { Facts } from "./facts.mjs";

const IN = new Set(["created", "added", "joined"]);
const OUT = new Set(["left", "removed", "banned"]);

/** The times of everybody in a group, in places of its chat: who => [{ from, to, reads }]. */
export function membership(facts, chat) {
	const times = new Map();
	const entries = [...chat.bySeq.entries()].sort(([a], [b]) => a - b);
	for (const [seq, { message }] of entries) {
		const { kind, who } = message.change ?? {};
		const subject = who ?? Facts.by(message);
		const mine = times.get(subject) ?? [];
		if (IN.has(kind) && mine.at(-1)?.to !== Infinity) {
			const reads = facts.whole.get(chat.key) ? 1 : seq;
			times.set(subject, [...mine, { from: seq, to: Infinity, reads }]);
		} else if (OUT.has(kind) && mine.at(-1)?.to === Infinity) {
			mine.at(-1).to = seq;
		}
	}
	return times;
}

/** Of one person: [{ from, to, reads }]; from and to are places, reads is the first that they may read. */
export function timesOf(facts, chat, who) {
	if (!chat.group) {
		return chat.people.includes(who) ? [{ from: 1, to: Infinity, reads: 1 }] : [];
	}
	chat.membership ??= membership(facts, chat);
	return chat.membership.get(who) ?? [];
}

/** The time in which a page that ends at this place was read. */
export function timeAt(facts, chat, who, seq) {
	return timesOf(facts, chat, who).filter(({ from }) => from <= seq).at(-1);
}

export function mayRead(facts, chat, who, seq) {
	return timesOf(facts, chat, who).some(({ reads, to }) => seq >= reads && seq <= to);
}

/** Who may read all of it now. */
export function readersNow(facts, chat) {
	const everybody = chat.group ? [...facts.people] : chat.people.filter((who) => facts.people.has(who));
	return [...new Set(everybody)].filter((who) => timesOf(facts, chat, who).at(-1)?.to === Infinity);
}
