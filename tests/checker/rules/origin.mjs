// SPDX-License-Identifier: MIT
// Nothing unsent appears, and what was sent is there once.

import { Facts } from "../facts.mjs";

export function origin(facts, report) {
	for (const event of facts.strays) {
		report("unsent", `${event.who} was given an answer to ${event.id}, which was not sent`, event);
	}
	const stored = new Map(); /* message => the first sight of it, to find a second one of another mid */
	for (const chat of facts.chats.values()) {
		for (const sight of chat.sights) {
			if (sight.message.text !== undefined && sight.message.change === undefined) {
				text(facts, chat, sight, stored, report);
			} else if (sight.message.change?.mid !== undefined) {
				change(facts, chat, sight, report);
			}
		}
	}
}

function text(facts, chat, sight, stored, report) {
	const { event, message } = sight;
	const by = Facts.by(message);
	if (message.edited !== undefined) {
		const edit = facts.edits.get(message.text);
		if (edit?.who !== by || edit.params.mid !== message.mid) {
			report("unsent", `nobody has edited ${message.mid} in ${chat.key} to "${message.text}"`, event);
		}
		return;
	}
	const sent = facts.texts.get(message.text);
	if (sent?.who !== by || sent.chat !== chat || sent.attempts[0].at > event.at) {
		report("unsent", `${by} has not written "${message.text}" in ${chat.key}`, event);
		return;
	}
	const first = stored.get(sent);
	if (first === undefined) {
		stored.set(sent, sight);
	} else if (first.message.mid !== message.mid) {
		report("twice", `${sent.who}'s ${sent.id} is stored as ${first.message.mid} and as ${message.mid}`, first.event, event);
	}
}

const METHODS = { edit: "history.edit", delete: "history.delete", react: "history.react", pin: "history.pin" };

/** Somebody asked for it, before it was seen. */
function change(facts, chat, { event, message }, report) {
	facts.asked ??= questionsByMid(facts);
	const { kind, mid } = message.change;
	const by = Facts.by(message);
	const asked = (facts.asked.get(mid) ?? []).some(
		(question) =>
			question.method === METHODS[kind] &&
			question.who === by &&
			question.asked[0].at < event.at &&
			fits(message.change, question.params),
	);
	if (!asked) {
		report("unsent", `${by} has not asked for this ${kind} of ${mid} in ${chat.key}`, event);
	}
}

function fits(change, params) {
	return ["text", "emoji", "on"].every((name) => change[name] === undefined || change[name] === params[name]);
}

function questionsByMid(facts) {
	const byMid = new Map();
	for (const question of facts.questions.values()) {
		const mid = question.params?.mid;
		if (mid !== undefined) {
			byMid.set(mid, [...(byMid.get(mid) ?? []), question]);
		}
	}
	return byMid;
}
