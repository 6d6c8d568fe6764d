// SPDX-License-Identifier: MIT
// Who is in a group: names for those who write, and people to mention.

import { asParleyError, type GroupMember } from "../../sdk/src/index.ts";
import { bare, localOf } from "../logic/address.ts";
import { rank } from "../logic/people.ts";
import { link } from "./link.ts";
import { me, meetPeople, people, type Chat } from "./store.ts";

const FIRST = 200;

/** Groups whose first members have been asked for since the page was opened, and whoever was met in them since. */
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

const sought = new WeakMap<Chat, Set<string>>();

/** Who is named in the timeline and is not among the first members, or joined later, is asked for: once, by name. */
export async function meetAuthors(chat: Chat): Promise<void> {
	const first = await meetMembers(chat);
	const known = sought.get(chat) ?? new Set([me.peek(), ...first.map(({ person }) => person.address)]);
	sought.set(chat, known);
	const named = chat.timeline.peek().messages.flatMap(({ from, change }) => [bare(from), change?.who ?? me.peek()]);
	for (const address of new Set(named)) {
		if (!known.has(address)) {
			known.add(address);
			const found = (await askMembers(chat, localOf(address))).filter(({ person }) => person.address === address);
			const all = (await met.get(chat)) ?? [];
			met.set(chat, Promise.resolve([...all, ...found]));
		}
	}
}

const asked = new Set<string>();

/** Somebody in a group that is not open, who has yet to be asked for. */
export function isStranger(address: string): boolean {
	return address !== me.peek() && !people.peek().has(address) && !asked.has(address);
}

/** Asks for them: once, by name. */
export function meetStranger(chat: Chat, address: string): void {
	if (isStranger(address)) {
		asked.add(address);
		void askMembers(chat, localOf(address));
	}
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
