// SPDX-License-Identifier: MIT
// What comes live comes once, in order, and nothing is left out as long as the session lasts; and who always asks for what
// it missed is told everything.

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
	for (const sessions of byDevice(facts)) {
		toldAll(facts, sessions, report);
	}
}

function byDevice(facts) {
	const devices = new Map();
	for (const session of facts.sessions) {
		devices.set(session.device, [...(devices.get(session.device) ?? []), session]);
	}
	return devices.values();
}

/**
 * What was sent after its first login, and acknowledged, is told to a device in one session or another. Of a group that is
 * what came since its owner is in it: who has left is told nothing more.
 */
function toldAll(facts, sessions, report) {
	if (facts.settledAt === undefined || !sessions.every(({ login }) => login.missed)) {
		return;
	}
	const [first] = sessions;
	const told = new Set(sessions.flatMap(({ live, missed }) => [...live, ...missed]).map(({ message }) => message.mid));
	for (const message of facts.messages.values()) {
		const [answer] = message.answers;
		if (answer === undefined || message.attempts[0].at < first.login.at || told.has(answer.mid)) {
			continue;
		}
		const known = full(message.chat, answer.seq);
		const now = timesOf(facts, message.chat, first.who).at(-1);
		if (known && now?.to === Infinity && answer.seq >= now.from && !isOwn(first, known)) {
			report("not delivered", `${first.device} was never told of ${message.who}'s ${message.id}`, answer, first.login);
		}
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
 * before that answer. Who is told what it missed first gets that, at its own pace.
 */
function delivered(facts, session, byChat, report) {
	const asked = session.dones.at(-1)?.asked[0];
	if (asked === undefined || session.login.missed) {
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
