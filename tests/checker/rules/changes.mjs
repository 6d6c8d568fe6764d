// SPDX-License-Identifier: MIT
// Changes that were acknowledged stay: they are entries of the chat, and in force in what is read from then on.

import { Facts } from "../facts.mjs";

const CHANGES = /^history\.(edit|delete|react|pin)$/;

export function changes(facts, report) {
	const acknowledged = [...facts.questions.values()].filter(({ method, done }) => CHANGES.test(method) && done);
	const byMid = new Map();
	for (const question of acknowledged) {
		entry(facts, question, report);
		const { mid } = question.params;
		byMid.set(mid, [...(byMid.get(mid) ?? []), question]);
	}
	for (const chat of facts.chats.values()) {
		const told = toldOf(chat);
		for (const sight of chat.sights) {
			if (sight.since !== undefined && sight.message.change === undefined) {
				inForce(chat, sight, byMid.get(sight.message.mid) ?? [], report);
				applied(chat, sight, told.get(sight.message.mid) ?? [], report);
			}
		}
	}
}

/** Changes that somebody has seen in the chat, acknowledged or not: mid => [the first sight of each]. */
function toldOf(chat) {
	const told = new Map();
	for (const sight of chat.bySeq.values()) {
		const mid = sight.message.change?.mid;
		if (mid !== undefined) {
			told.set(mid, [...(told.get(mid) ?? []), sight]);
		}
	}
	return told;
}

/** What the chat tells of is so in what is read from then on. */
function applied(chat, { event, since, message }, told, report) {
	for (const change of told) {
		if (change.event.at < since && (message.rev ?? 0) < change.message.seq) {
			report("change undone", `place ${change.message.seq} of ${chat.key} changes ${message.mid}, which is not changed`, change.event, event);
		}
	}
}

/** Its place holds this change and no other. */
function entry(facts, { who, method, params, done }, report) {
	const { seq } = done.result;
	if (seq === undefined) {
		return; /* it was so already */
	}
	const known = facts.chat(who, params.chat).bySeq.get(seq);
	if (known === undefined) {
		return; /* nobody has read so far: the rule about proof says so */
	}
	const { change } = known.message;
	if (`history.${change?.kind}` !== method || change.mid !== params.mid || Facts.by(known.message) !== who) {
		report("change lost", `${who}'s ${method} was acknowledged as place ${seq}, where something else is`, done, known.event);
	}
}

/** Who reads the message after the acknowledgement reads it changed. */
function inForce(chat, { event, since, message }, questions, report) {
	for (const { who, method, done } of questions) {
		if (done.at > since) {
			continue;
		}
		if (done.result.seq !== undefined && (message.rev ?? 0) < done.result.seq) {
			report("change undone", `${who}'s ${method} of ${message.mid} in ${chat.key} is not in force`, done, event);
		}
		if (method === "history.delete" && message.deleted === undefined) {
			report("change undone", `${message.mid} in ${chat.key} was deleted by ${who}, and is there`, done, event);
		}
	}
}
