// SPDX-License-Identifier: MIT
// Nobody reads what is not theirs, and nobody is shut out: groups whose members come and go.

import { Facts } from "../facts.mjs";
import { mayRead, timesOf } from "../members.mjs";

const COMES = /^groups\.(join|invite|create)$/;
const GOES = /^groups\.(leave|remove)$/;

export function entitled(facts, report) {
	for (const chat of facts.chats.values()) {
		for (const { event, who, how, message } of chat.sights) {
			if (how !== "answer" && !mayRead(facts, chat, who, message.seq)) {
				report("not entitled", `${who} was shown place ${message.seq} of ${chat.key}`, event);
			}
		}
		if (chat.group) {
			doers(facts, chat, report);
			const moves = movesOf(facts, chat);
			journal(facts, chat, moves, report);
			access(facts, chat, moves, report);
		}
	}
}

/** Who does something in a group is in it; what an operator does is by the group itself. */
function doers(facts, chat, report) {
	for (const { event, message } of chat.bySeq.values()) {
		const by = Facts.by(message);
		const isIn = ({ from, to }) => message.seq >= from && message.seq <= to;
		if (by !== chat.key && !timesOf(facts, chat, by).some(isIn)) {
			report("not entitled", `place ${message.seq} of ${chat.key} is by ${by}, who was not in it`, event);
		}
	}
}

/** Who asked to come or go, or was made to: [{ who, comes, question }]. */
function movesOf(facts, chat) {
	const moves = [];
	for (const question of facts.questions.values()) {
		const { who, method, params, done } = question;
		const group = method === "groups.create" ? done?.result?.group.address : params?.group;
		if (group === chat.key && (COMES.test(method) || GOES.test(method))) {
			const others = params.people ?? (params.address ? [params.address] : []);
			const all = method === "groups.create" ? [who, ...others] : others.length > 0 ? others : [who];
			moves.push(...all.map((subject) => ({ who: subject, comes: COMES.test(method), question: ofOne(question, subject) })));
		}
	}
	return moves;
}

/** Who was not brought with the others may come or not, as far as this tells; a conflict is that they are in already. */
function ofOne(question, subject) {
	const { invited = [], refused = [] } = question.done?.result ?? {};
	const came = !invited.includes(subject) && !refused.some(({ address, code }) => address === subject && code !== "conflict");
	return came ? question : { ...question, done: undefined };
}

/** Every leave that was acknowledged is in the journal. */
function journal(facts, chat, moves, report) {
	for (const who of new Set(moves.map((move) => move.who))) {
		const left = moves.filter((move) => move.who === who && !move.comes && move.question.done);
		const ends = timesOf(facts, chat, who).filter(({ to }) => to !== Infinity);
		if (facts.settledAt !== undefined && left.length > ends.length) {
			report("change lost", `${who} left ${chat.key} ${left.length} times, its journal says ${ends.length}`, left.at(-1).question.done);
		}
	}
}

/** A page is given to members, and only to them. */
function access(facts, chat, moves, report) {
	for (const question of facts.questions.values()) {
		const { who, method, params, done, denied } = question;
		if (method !== "history.page" || params.chat !== chat.key || question.asked.length > 1) {
			continue;
		}
		const standing = standingAt(moves, who, question.asked[0].at, (done ?? denied)?.at);
		if (done && standing === "out") {
			report("not entitled", `${who} read ${chat.key} after leaving it`, question.asked[0], done);
		} else if (denied && denied.code === "not-found" && standing === "in") {
			report("shut out", `${who} is in ${chat.key} and could not read it`, question.asked[0], denied);
		}
	}
}

/** "in" or "out" when that is certain between two moments, by what was acknowledged and what was under way. */
function standingAt(moves, who, from, to) {
	const mine = moves.filter((move) => move.who === who && move.question.asked[0].at < to);
	const last = mine.filter(({ question }) => question.done?.at < from).sort((a, b) => endOf(a) - endOf(b)).at(-1);
	const isOpen = (move) => move !== last && endOf(move) > (last ? endOf(last) : 0) && mayHaveHappened(move);
	return last === undefined || mine.some(isOpen) ? undefined : last.comes ? "in" : "out";
}

const endOf = ({ question: { done, denied } }) => (done ?? denied)?.at ?? Infinity;

/** What was asked twice may have been done at first, and refused then; who is told "busy" is not told whether it was. */
function mayHaveHappened({ question: { asked, denied } }) {
	return denied === undefined || denied.code === "busy" || asked.length > 1;
}
