// SPDX-License-Identifier: MIT
// What comes live comes once, in order, and nothing is left out as long as the session lasts.

import { timesOf } from "../members.mjs";

export function live(facts, report) {
	for (const session of facts.sessions) {
		const byChat = new Map();
		for (const sight of session.live) {
			const { chat, event } = sight;
			const seqs = byChat.get(chat) ?? byChat.set(chat, []).get(chat);
			const last = seqs.at(-1);
			if (last !== undefined && sight.message.seq <= last.message.seq) {
				const kind = sight.message.seq === last.message.seq ? "told twice" : "disorder";
				const text = `${session.device} was sent place ${sight.message.seq} of ${chat.key} after ${last.message.seq}`;
				report(kind, text, last.event, event);
			}
			seqs.push(sight);
		}
		for (const [chat, seqs] of byChat) {
			between(facts, session, chat, seqs, report);
		}
		delivered(facts, session, byChat, report);
	}
}

/** The sending device gets the answer, not the message. */
function isOwn(session, { message }) {
	return message.from === `${session.who}/${session.resource}`;
}

/** No gap between the first and the last that came. */
function between(facts, session, chat, seqs, report) {
	const seen = new Set(seqs.map(({ message }) => message.seq));
	const times = timesOf(facts, chat, session.who);
	for (let seq = seqs[0].message.seq; seq < seqs.at(-1).message.seq; seq++) {
		const known = full(chat, seq);
		const entitled = times.some(({ from, to }) => seq >= from && seq < to);
		if (!seen.has(seq) && known && entitled && !isOwn(session, known)) {
			report("not delivered", `${session.device} was not sent place ${seq} of ${chat.key}`, known.event, seqs.at(-1).event);
		}
	}
}

/** A sight that says which device wrote it: answers do not. */
function full(chat, seq) {
	chat.full ??= new Map(chat.sights.filter(({ how }) => how !== "answer").map((sight) => [sight.message.seq, sight]));
	return chat.full.get(seq);
}

/**
 * What was sent after the login, and acknowledged before the session asked something that was answered, came live
 * before that answer.
 */
function delivered(facts, session, byChat, report) {
	const asked = session.dones.at(-1)?.asked[0];
	if (asked === undefined) {
		return;
	}
	facts.answered ??= [...facts.messages.values()].filter(({ answers }) => answers.length > 0);
	for (const message of facts.answered) {
		const [answer, first] = [message.answers[0], message.attempts[0]];
		if (first.at < session.login.at || answer.at > asked.at) {
			continue;
		}
		const known = full(message.chat, answer.seq);
		const times = timesOf(facts, message.chat, session.who);
		const entitled = times.some(({ from, to }) => answer.seq >= from && answer.seq < to);
		const came = byChat.get(message.chat)?.some((sight) => sight.message.seq === answer.seq);
		if (known && entitled && !isOwn(session, known) && !came) {
			report("not delivered", `${session.device} was not sent ${message.who}'s ${message.id}`, answer, asked);
		}
	}
}
