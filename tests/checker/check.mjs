// SPDX-License-Identifier: MIT
// Judges a history: did the promise hold?

import { Facts } from "./facts.mjs";
import { told } from "./history.mjs";
import { answers } from "./rules/answers.mjs";
import { changes } from "./rules/changes.mjs";
import { content } from "./rules/content.mjs";
import { entitled } from "./rules/entitled.mjs";
import { identity } from "./rules/identity.mjs";
import { inbox } from "./rules/inbox.mjs";
import { live } from "./rules/live.mjs";
import { order } from "./rules/order.mjs";
import { origin } from "./rules/origin.mjs";
import { pages } from "./rules/pages.mjs";
import { proof } from "./rules/proof.mjs";
import { retention } from "./rules/retention.mjs";

const RULES = [identity, origin, answers, order, pages, live, changes, content, entitled, inbox, retention, proof];

/** Of each kind so many are told in full: one fault is often seen a thousand times. */
const TOLD_MAX = 5;

/**
 * Gives { violations: [{ kind, sentence, evidence }], counts, hidden }. hidden: how many more there are of kinds that
 * were told often enough.
 */
export function check(history) {
	const facts = new Facts(history);
	const violations = [];
	const kinds = new Map();
	const report = (kind, sentence, ...evidence) => {
		const count = (kinds.get(kind) ?? 0) + 1;
		kinds.set(kind, count);
		if (count <= TOLD_MAX) {
			violations.push({ kind, sentence, evidence: evidence.filter(Boolean) });
		}
	};
	for (const rule of RULES) {
		rule(facts, report);
	}
	const total = [...kinds.values()].reduce((sum, count) => sum + count, 0);
	return { violations, hidden: total - violations.length, counts: count(facts) };
}

/** How much was judged: a promise about nothing is easily kept. */
function count(facts) {
	const messages = [...facts.messages.values()];
	const chats = [...facts.chats.values()];
	const sum = (list, of) => list.reduce((all, one) => all + of(one), 0);
	return {
		chats: chats.length,
		messages: messages.length,
		acknowledged: messages.filter((message) => message.answers.length > 0).length,
		attempts: sum(messages, (message) => message.attempts.length),
		changes: [...facts.questions.values()].filter(({ done }) => done?.result?.seq > 0).length,
		sessions: facts.sessions.length,
		sights: sum(chats, (chat) => chat.sights.length),
		pages: sum(chats, (chat) => chat.pages.length),
	};
}

/** The verdict for a person to read. */
export function verdict({ violations, hidden, counts }) {
	const judged = Object.entries(counts)
		.map(([what, n]) => `${n} ${what}`)
		.join(", ");
	if (violations.length === 0) {
		return `The promise held (${judged}).`;
	}
	const lines = violations.map(({ kind, sentence, evidence }) =>
		[`${kind}: ${sentence}`, ...evidence.map((event) => `    ${told(event)}`)].join("\n"),
	);
	const more = hidden > 0 ? `\n... and ${hidden} more of these kinds` : "";
	return `THE PROMISE WAS BROKEN (${judged}):\n${lines.join("\n")}${more}`;
}
