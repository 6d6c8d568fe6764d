// SPDX-License-Identifier: MIT
// A retry with the same id gets the same answer.

/** What passes: the node asked to come again later. */
const LATER = new Set(["busy", "limit", "internal"]);

/** Who was refused in a group and had sent it twice may have come into the group in between. */
function mayFollow({ chat, attempts }, answer, refusal) {
	return chat.group && attempts.length > 1 && refusal.at < answer.at;
}

export function answers(facts, report) {
	for (const message of facts.messages.values()) {
		const [first, ...others] = message.answers;
		for (const answer of others) {
			if (["mid", "seq", "time"].some((name) => answer[name] !== first[name])) {
				report("two answers", `${message.who}'s ${message.id} was answered in two ways`, first, answer);
			}
		}
		const refusal = message.refusals.find(({ code }) => !LATER.has(code));
		if (first && refusal && !mayFollow(message, first, refusal)) {
			report("two answers", `${message.who}'s ${message.id} was acknowledged and refused`, first, refusal);
		}
		if (facts.settledAt !== undefined && !first && !refusal) {
			report("unanswered", `${message.who}'s ${message.id} has no answer`, message.attempts.at(-1));
		}
	}
}
