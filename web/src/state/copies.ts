// SPDX-License-Identifier: MIT
// Messages that are shown outside of their place: those that others answer, and those that are pinned.

import { signal, type ReadonlySignal } from "@preact/signals";

import { asParleyError, type Message } from "../../sdk/src/index.ts";
import { link } from "./link.ts";
import type { Chat, Copy } from "./store.ts";

/** What history.get takes at once. */
const AT_ONCE = 50;
const GATHER_MS = 10;

const wanted = new Map<Chat, Set<string>>();

/** A message of a chat by its mid; it is asked for when it is not at hand. */
export function copyOf(chat: Chat, mid: string): ReadonlySignal<Copy> {
	let copy = chat.copies.get(mid);
	if (!copy) {
		const here = chat.timeline.peek().messages.find((message) => message.mid === mid);
		copy = signal<Copy>(here ?? "asked");
		chat.copies.set(mid, copy);
		if (!here) {
			want(chat, [mid]);
		}
	}
	return copy;
}

function want(chat: Chat, mids: Iterable<string>): void {
	const waiting = wanted.get(chat);
	const set = waiting ?? new Set<string>();
	for (const mid of mids) {
		set.add(mid);
	}
	if (!waiting && set.size > 0) {
		wanted.set(chat, set);
		setTimeout(() => {
			wanted.delete(chat);
			void ask(chat, [...set]);
		}, GATHER_MS);
	}
}

async function ask(chat: Chat, mids: string[]): Promise<void> {
	for (let from = 0; from < mids.length; from += AT_ONCE) {
		const part = mids.slice(from, from + AT_ONCE);
		try {
			const { messages } = await link.request("history.get", { chat: chat.address, mids: part });
			const found = new Map(messages.map((message) => [message.mid, message]));
			part.forEach((mid) => put(chat, mid, found.get(mid)));
		} catch (error) {
			console.warn("not found:", asParleyError(error).message);
			part.forEach((mid) => put(chat, mid, undefined));
		}
	}
}

function put(chat: Chat, mid: string, message: Message | undefined): void {
	const copy = chat.copies.get(mid);
	const before = copy?.peek();
	const newer = typeof before !== "object" || (message?.rev ?? 0) >= (before.rev ?? 0);
	if (copy && (message ? newer : before === "asked")) {
		copy.value = message ?? "missing";
	}
}

const loadingPins = new Set<Chat>();

/** Asks what is pinned. */
export async function loadPins(chat: Chat): Promise<void> {
	if (loadingPins.has(chat)) {
		return;
	}
	loadingPins.add(chat);
	try {
		const { messages } = await link.request("history.pins", { chat: chat.address });
		chat.pins.value = messages;
	} catch (error) {
		console.warn("what is pinned is not known:", asParleyError(error).message);
	} finally {
		loadingPins.delete(chat);
	}
}

/** After an absence: asks for all of them again. */
export async function refreshCopies(chat: Chat): Promise<void> {
	want(chat, chat.copies.keys());
	await loadPins(chat);
}
