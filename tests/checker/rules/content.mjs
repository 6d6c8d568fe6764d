// SPDX-License-Identifier: MIT
// All see the same: a message says what its sender wrote, with its changes up to its rev applied, and nothing else.

import { changesOf, stateAt, stateOf } from "../state.mjs";

export function content(facts, report) {
	for (const chat of facts.chats.values()) {
		const changes = changesOf(facts, chat);
		const originals = originalsOf(facts, chat);
		for (const sight of chat.sights) {
			const { mid, change } = sight.message;
			const judged = change === undefined && sight.how !== "answer" && originals.has(mid);
			if (judged && isKnown(chat, sight.message)) {
				compare(chat, sight, originals.get(mid), changes.get(mid) ?? [], report);
			}
		}
	}
}

/** Changes that were removed before anybody saw them cannot be known: they may be of this message. */
function isKnown(chat, { seq, rev = 0 }) {
	chat.begins ??= Math.max(1, ...chat.pages.map(({ result }) => result.begins ?? 1));
	for (let place = seq + 1; place <= rev && place < chat.begins; place++) {
		if (!chat.bySeq.has(place)) {
			return false;
		}
	}
	return true;
}

/** What messages said at first: mid => text. */
function originalsOf(facts, chat) {
	const originals = new Map();
	for (const { message } of chat.sights) {
		const sent = message.edited === undefined && facts.texts.get(message.text);
		if (sent) {
			originals.set(message.mid, sent.text);
		}
	}
	return originals;
}

function compare(chat, { event, how, message }, original, changes, report) {
	const should = stateAt(original, changes, message.rev ?? 0);
	const is = stateOf(message);
	for (const name of Object.keys(should)) {
		const unknown = should[name] === undefined && name !== "text";
		if (!unknown && should[name] !== is[name] && !(name === "text" && unreadable(changes, message))) {
			report(
				"wrong content",
				`${message.mid} in ${chat.key} (${how}, rev ${message.rev ?? 0}): ${name} is ${is[name]}, not ${should[name]}`,
				event,
			);
		}
	}
}

/** Its text came with an edit that nobody can read any more. */
function unreadable(changes, { rev = 0, deleted }) {
	const edit = changes.filter(({ seq, kind }) => seq <= rev && kind === "edit").at(-1);
	return deleted === undefined && edit !== undefined && edit.text === undefined;
}
