// SPDX-License-Identifier: MIT
// A history that says that it is complete has to be: every reader has read all of every chat, after the last
// acknowledgement. Without that the other rules would pass over what nobody looked for.

import { readersNow, timesOf } from "../members.mjs";

export function proof(facts, report) {
	if (facts.settledAt === undefined) {
		return;
	}
	const lastAnswers = lastAnswerByChat(facts);
	for (const chat of facts.chats.values()) {
		for (const who of readersNow(facts, chat)) {
			const since = lastAnswers.get(chat) ?? -1;
			const reads = timesOf(facts, chat, who).at(-1).reads;
			if (!readAll(chat, who, since, reads)) {
				report("not proven", `${who} has not read all of ${chat.key} at the end`);
			}
		}
	}
}

/** Pages of one reader, asked after that moment, that follow one another from the first place to the last. */
function readAll(chat, who, since, reads) {
	let next = reads;
	for (const page of chat.pages) {
		if (page.who !== who || page.how !== "after" || page.asked.at < since) {
			continue;
		}
		next = Math.max(next, page.result.begins ?? 1);
		if (page.params.after + 1 <= next) {
			next = Math.max(next, page.result.last + 1);
		}
		if (!page.result.more && next > chat.last) {
			return true;
		}
	}
	return false;
}

function lastAnswerByChat(facts) {
	const last = new Map();
	const note = (chat, at) => last.set(chat, Math.max(last.get(chat) ?? -1, at));
	for (const { chat, answers } of facts.messages.values()) {
		note(chat, answers[0]?.at ?? -1);
	}
	for (const { who, params, done } of facts.questions.values()) {
		if (done?.result?.seq > 0) {
			note(facts.chat(who, params.chat), done.at);
		}
	}
	return last;
}
