// SPDX-License-Identifier: MIT
// Every acknowledged message is readable: pages are in order, without gaps, and up to date.

import { timeAt } from "../members.mjs";

export function pages(facts, report) {
	const acknowledged = acknowledgedByChat(facts);
	for (const chat of facts.chats.values()) {
		const messages = [...chat.bySeq.values()].filter(({ message }) => message.change?.mid === undefined);
		const places = messages.map(({ message }) => message.seq).sort((a, b) => a - b);
		for (const page of chat.pages) {
			ascends(chat, page, report);
			const low = lowest(facts, chat, page);
			if (page.how === "after") {
				whole(chat, page, low, report);
			} else {
				holds(chat, page, places, low, report);
			}
			if (!page.result.more && page.params.before === undefined) {
				upToDate(chat, page, acknowledged.get(chat) ?? [], report);
			}
		}
	}
}

function ascends(chat, { event, who, result }, report) {
	const seqs = result.messages.map(({ seq }) => seq);
	const wrong = seqs.findIndex((seq, n) => n > 0 && seq <= seqs[n - 1]);
	if (wrong > 0) {
		report("disorder", `a page of ${chat.key} shows ${who} place ${seqs[wrong]} behind ${seqs[wrong - 1]}`, event);
	}
}

/** The first place that the reader of a page may see in it. */
function lowest(facts, chat, { who, result }) {
	const reads = timeAt(facts, chat, who, result.last)?.reads ?? Infinity;
	return Math.max(reads, result.begins ?? 1); /* another rule says whether it may begin there */
}

/** Behind a place there is everything, up to the end of the page. */
function whole(chat, { event, who, params, result }, low, report) {
	let next = Math.max(params.after + 1, low);
	for (const { seq } of result.messages) {
		if (seq > next) {
			lost(chat, next, who, event, report);
		}
		next = seq + 1;
	}
	if (result.messages.length > 0 && result.last >= next) {
		lost(chat, result.last, who, event, report);
	}
}

/** Between its first and its last place a page has every message there is. */
function holds(chat, { event, who, result }, places, low, report) {
	const seen = new Set(result.messages.map(({ seq }) => seq));
	const from = Math.max(result.first, low);
	const missing = places.find((seq) => seq >= from && seq <= result.last && !seen.has(seq));
	if (missing !== undefined && result.first > 0) {
		lost(chat, missing, who, event, report);
	}
}

function lost(chat, seq, who, event, report) {
	const known = chat.bySeq.get(seq);
	report("lost", `place ${seq} of ${chat.key} is not in a page that ${who} read`, known?.event, event);
}

/** A page to the end shows what was acknowledged before it was asked for. */
function upToDate(chat, { event, asked, who, result, params }, answers, report) {
	const end = Math.max(result.last, params.after ?? 0, (result.begins ?? 1) - 1);
	const newer = answers.find(({ at, seq }) => at < asked.at && seq > end);
	if (newer) {
		report("lost", `${who} read ${chat.key} to its end, ${end}, and place ${newer.seq} was not there`, newer, event);
	}
}

/** What was acknowledged in each chat, messages and changes: { at, seq }. */
function acknowledgedByChat(facts) {
	const all = new Map([...facts.chats.values()].map((chat) => [chat, []]));
	for (const { chat, answers } of facts.messages.values()) {
		all.get(chat).push(...answers.slice(0, 1));
	}
	for (const { who, params, done } of facts.questions.values()) {
		if (done?.result?.seq > 0) {
			all.get(facts.chat(who, params.chat))?.push({ ...done, seq: done.result.seq });
		}
	}
	return all;
}
