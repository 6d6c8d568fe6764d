// SPDX-License-Identifier: MIT
// What is being written, kept in this browser at once and on the node a moment later; and that it is being written.

import { cache, type KeptDraft } from "./cache.ts";
import { lastMessages, lastWords } from "./device.ts";
import { link } from "./link.ts";
import { account, allChats, type Chat } from "./store.ts";

const KEEP_MS = 250;
const TELL_MS = 900;
const MOST = 10_000;

const unkept = new Map<Chat, ReturnType<typeof setTimeout>>();
const untold = new Map<Chat, ReturnType<typeof setTimeout>>();

export function setDraft(chat: Chat, text: string): void {
	chat.draft.value = text;
	changed(chat);
}

/** The message that what is being written answers. */
export function setReply(chat: Chat, mid: string | undefined): void {
	chat.reply.value = mid;
	changed(chat);
}

function changed(chat: Chat): void {
	chat.draftUnsaved = true;
	if (!unkept.has(chat)) {
		unkept.set(chat, setTimeout(() => keep(chat), KEEP_MS));
	}
	clearTimeout(untold.get(chat));
	untold.set(chat, setTimeout(() => void tell(chat), TELL_MS));
}

function draftOf(chat: Chat): KeptDraft {
	const reply = chat.reply.peek();
	return { chat: chat.address, text: chat.draft.peek(), ...(reply ? { reply } : {}), unsaved: chat.draftUnsaved };
}

function keep(chat: Chat): void {
	clearTimeout(unkept.get(chat));
	unkept.delete(chat);
	cache.draft(draftOf(chat));
}

async function tell(chat: Chat): Promise<void> {
	clearTimeout(untold.get(chat));
	untold.delete(chat);
	const text = chat.draft.peek();
	const reply = chat.reply.peek();
	if (!chat.draftUnsaved || text.length > MOST || link.state.peek().phase !== "live") {
		return;
	}
	try {
		await link.request("history.set", { chat: chat.address, draft: { text, ...(reply ? { reply } : {}) } });
		if (chat.draft.peek() === text && chat.reply.peek() === reply) {
			chat.draftUnsaved = false;
			keep(chat);
		}
	} catch (error) {
		console.warn("the draft is kept here only:", error);
	}
}

/** The box is left: others devices may know at once. */
export function leaveDraft(chat: Chat): void {
	if (unkept.has(chat)) {
		keep(chat);
	}
	void tell(chat);
	stopTyping(chat);
}

/** Tells what could not be told before. */
export function tellDrafts(): void {
	for (const chat of allChats()) {
		void tell(chat);
	}
}

addEventListener("pagehide", () => {
	if (unkept.size > 0) {
		lastWords.put([...unkept.keys()].map(draftOf));
	}
});
/* It was only put aside, and goes on: what it keeps from now on is newer. */
addEventListener("pageshow", ({ persisted }) => void (persisted && [lastWords.take(), lastMessages.take()]));

/** While keys come, this is said again. */
const TYPING_EVERY_MS = 4_000;
const IDLE_MS = 5_000;

let typing: { chat: Chat; told: number; idle: ReturnType<typeof setTimeout> } | undefined;

/** Whether it could be said. */
function sayTyping(chat: Chat, on: boolean): boolean {
	if (link.state.peek().phase !== "live" || account.peek()?.privacy?.typing === false) {
		return false;
	}
	link.request("history.typing", { chat: chat.address, on }).catch(() => undefined); /* nobody misses it */
	return true;
}

/** A key was pressed in the box. */
export function startTyping(chat: Chat): void {
	const now = Date.now();
	if (typing && typing.chat !== chat) {
		stopTyping(typing.chat);
	}
	clearTimeout(typing?.idle);
	const idle = setTimeout(() => stopTyping(chat), IDLE_MS);
	const last = typing?.told ?? 0;
	const told = now - last >= TYPING_EVERY_MS && sayTyping(chat, true) ? now : last;
	typing = { chat, told, idle };
}

/** sent: the message says it. */
export function stopTyping(chat: Chat, sent = false): void {
	if (typing?.chat === chat) {
		clearTimeout(typing.idle);
		typing = undefined;
		if (!sent) {
			sayTyping(chat, false);
		}
	}
}
