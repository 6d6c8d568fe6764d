// SPDX-License-Identifier: MIT
// One id and one place for ever: no mid moves, no place is used twice, and who wrote when is told alike to all.

const bare = (address) => address.split("/")[0];

export function identity(facts, report) {
	for (const chat of facts.chats.values()) {
		for (const sight of chat.sights) {
			compare(chat, sight, report);
		}
	}
	elsewhere(facts, report);
}

function compare(chat, { event, message }, report) {
	const { mid, seq, time, from } = message;
	const there = chat.bySeq.get(seq);
	const same = chat.byMid.get(mid);
	if (there.message.mid !== mid) {
		report("reused", `place ${seq} of ${chat.key} was given to two entries`, there.event, event);
	}
	if (same.message.seq !== seq) {
		report("moved", `${mid} was at ${same.message.seq} of ${chat.key} and then at ${seq}`, same.event, event);
	}
	if (same.message.time !== time || bare(same.message.from) !== bare(from)) {
		report("altered", `who wrote ${mid} in ${chat.key}, or when, is told in two ways`, same.event, event);
	}
}

/** The same mid in two chats. */
function elsewhere(facts, report) {
	const known = new Map();
	for (const chat of facts.chats.values()) {
		for (const [mid, { event }] of chat.byMid) {
			const other = known.get(mid);
			if (other) {
				report("moved", `${mid} is in ${other.chat.key} and in ${chat.key}`, other.event, event);
			}
			known.set(mid, { chat, event });
		}
	}
}
