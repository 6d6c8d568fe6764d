// SPDX-License-Identifier: MIT
// What a message is after each of its changes, from docs/protocol.md section 11 alone.

import { Facts } from "./facts.mjs";

/** The changes of each message of a chat, in order of seq: mid => [{ seq, by, kind, text, emoji, on }]. */
export function changesOf(facts, chat) {
	const bySeq = new Map();
	for (const { message } of chat.sights) {
		const { change, seq } = message;
		if (change?.mid !== undefined) {
			bySeq.set(seq, { ...change, ...bySeq.get(seq), seq, by: Facts.by(message) });
		}
	}
	for (const { who, method, params, done } of facts.questions.values()) {
		const known = done?.result?.seq && bySeq.get(done.result.seq);
		if (known && facts.chat(who, params.chat) === chat && method.startsWith("history.")) {
			known.text ??= params.text; /* what is no longer told, since the message was deleted */
			known.emoji ??= params.emoji;
		}
	}
	const byMid = new Map();
	for (const change of [...bySeq.values()].sort((a, b) => a.seq - b.seq)) {
		byMid.set(change.mid, [...(byMid.get(change.mid) ?? []), change]);
	}
	return byMid;
}

function react(reactions, { by, emoji, on }) {
	const those = (reactions.get(emoji) ?? []).filter((who) => who !== by);
	reactions.set(emoji, on ? [...those, by] : those);
}

/**
 * The message as it is after its changes up to rev: { text, edited, deleted, pinned, reactions }. A member is
 * undefined when it cannot be known.
 */
export function stateAt(original, changes, rev) {
	const state = { text: original, edited: false, deleted: false, pinned: false };
	const reactions = new Map();
	let readable = true;
	for (const change of changes.filter(({ seq }) => seq <= rev)) {
		if (change.kind === "edit") {
			Object.assign(state, { text: change.text, edited: true });
		} else if (change.kind === "delete") {
			return { text: undefined, edited: false, deleted: true, pinned: false, reactions: "" };
		} else if (change.kind === "pin") {
			state.pinned = change.on;
		} else if (change.kind === "react" && change.emoji === undefined) {
			readable = false;
		} else if (change.kind === "react") {
			react(reactions, change);
		}
	}
	return { ...state, reactions: readable ? written([...reactions]) : undefined };
}

/** Reactions as a text, so that they can be compared. */
function written(reactions) {
	return reactions
		.filter(([, by]) => by.length > 0)
		.map(([emoji, by]) => `${emoji} ${[...by].sort()}`)
		.sort()
		.join("; ");
}

/** The same of a message that was read. */
export function stateOf(message) {
	return {
		text: message.text,
		edited: message.edited !== undefined,
		deleted: message.deleted !== undefined,
		pinned: message.pinned ?? false,
		reactions: written((message.reactions ?? []).map(({ emoji, by }) => [emoji, by])),
	};
}
