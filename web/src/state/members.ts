// SPDX-License-Identifier: MIT
// Who is in a group: names for those who write, and people to mention.

import { asParleyError, type GroupMember } from "../../sdk/src/index.ts";
import { bare } from "../logic/address.ts";
import { rank } from "../logic/people.ts";
import { link } from "./link.ts";
import { me, meetPeople, type Chat } from "./store.ts";

const FIRST = 200;

/** Groups whose first members have been asked for since the page was opened. */
const met = new WeakMap<Chat, Promise<readonly GroupMember[]>>();

/** The first members of a group; their names are known from then on. */
export function meetMembers(chat: Chat): Promise<readonly GroupMember[]> {
	let asked = met.get(chat);
	if (!asked) {
		asked = askMembers(chat);
		met.set(chat, asked);
	}
	return asked;
}

export function forgetMembers(chat: Chat): void {
	met.delete(chat);
}

async function askMembers(chat: Chat, text?: string): Promise<readonly GroupMember[]> {
	try {
		const { members } = await link.request("groups.members", { group: chat.address, limit: FIRST, ...(text ? { text } : {}) });
		meetPeople(members.map(({ person }) => person));
		return members;
	} catch (error) {
		console.warn("members are not known:", asParleyError(error).message);
		met.delete(chat);
		return [];
	}
}

/** Who wrote last comes first. */
function recency(chat: Chat): Map<string, number> {
	const seen = new Map<string, number>();
	for (const { from, seq } of chat.timeline.peek().messages) {
		seen.set(bare(from), seq);
	}
	return seen;
}

/** Members whose name begins with a text, those who wrote lately first. */
export async function findMembers(chat: Chat, text: string): Promise<GroupMember[]> {
	const first = await meetMembers(chat);
	const large = first.length >= FIRST;
	const found = large && text ? await askMembers(chat, text) : first;
	const last = recency(chat);
	const score = ({ person }: GroupMember) => last.get(person.address) ?? 0;
	return found
		.filter(({ person }) => person.address !== me.peek() && (!text || [0, 1].includes(rank(person, text))))
		.sort((a, b) => score(b) - score(a) || rank(a.person, text) - rank(b.person, text))
		.slice(0, 8);
}
