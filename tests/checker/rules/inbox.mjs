// SPDX-License-Identifier: MIT
// The inbox agrees with the chats: its rows are up to date, what is unread is counted rightly, and what was read stays read.

import { timeAt } from "../members.mjs";

export function inbox(facts, report) {
	const reads = readsOf(facts);
	for (const chat of facts.chats.values()) {
		for (const row of chat.rows) {
			newest(facts, chat, row, report);
			unread(facts, chat, row, report);
			position(chat, row, reads, report);
		}
	}
}

/** A row that tells of a chat tells of all that was acknowledged. */
function newest(facts, chat, { event, asked, who, row }, report) {
	chat.answers ??= [...facts.messages.values()].filter((message) => message.chat === chat).flatMap(({ answers }) => answers);
	const newer = chat.answers.find(({ at, seq }) => at < asked.at && seq > row.seq);
	if (newer && !row.gone) {
		report("lost", `the inbox of ${who} ends ${chat.key} at ${row.seq}, before place ${newer.seq}`, newer, event);
	}
}

/** Behind the position there are so many messages; where it is not known what is there, nothing can be said. */
function unread(facts, chat, { event, who, row }, report) {
	const time = timeAt(facts, chat, who, row.seq);
	let count = 0;
	for (let seq = Math.max(row.read + 1, time?.from ?? 1, row.begins ?? 1); seq <= row.seq; seq++) {
		const known = chat.bySeq.get(seq);
		if (known === undefined) {
			return;
		}
		count += known.message.change === undefined ? 1 : 0;
	}
	if (count !== row.unread && !row.gone) {
		report("wrong count", `${who} has ${count} unread in ${chat.key} from ${row.read} on, the inbox says ${row.unread}`, event);
	}
}

function position(chat, { event, asked, who, row }, reads, report) {
	const read = (reads.get(`${who} ${chat.key}`) ?? []).find(({ done, to }) => done.at < asked.at && to > row.read);
	if (read && !row.gone) {
		report("change undone", `${who} has read ${chat.key} to ${read.to}, the inbox says ${row.read}`, read.done, event);
	}
}

/** Positions that were acknowledged: "who chat" => [{ done, to }]. */
function readsOf(facts) {
	const reads = new Map();
	for (const { who, method, params, done } of facts.questions.values()) {
		if (method === "history.read" && done) {
			const key = `${who} ${facts.chat(who, params.chat).key}`;
			reads.set(key, [...(reads.get(key) ?? []), { done, to: done.result.read }]);
		}
	}
	return reads;
}
