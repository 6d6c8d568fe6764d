// SPDX-License-Identifier: MIT
// What can be done with single messages. It is shown at once, and taken back when the node refuses; the change that
// comes from the node before its answer makes it lasting.

import { asParleyError, type Message } from "../../sdk/src/index.ts";
import { t } from "../i18n.ts";
import { bare } from "../logic/address.ts";
import { pinned, reacted } from "../logic/changes.ts";
import { withMessage } from "../logic/timeline.ts";
import { complain } from "./chats.ts";
import { loadPins } from "./copies.ts";
import { link } from "./link.ts";
import { toast } from "./live.ts";
import { me, setRead, type Chat } from "./store.ts";

/** Changes every copy of a message that is here, as if it had always been so. */
function show(chat: Chat, mid: string, look: (message: Message) => Message): void {
	const timeline = chat.timeline.peek();
	const before = timeline.messages.find((message) => message.mid === mid);
	if (before) {
		chat.timeline.value = { ...timeline, messages: timeline.messages.map((other) => (other === before ? look(before) : other)) };
	}
}

/** Takes a message as the node has it now. */
export async function refresh(chat: Chat, mid: string): Promise<void> {
	const { messages } = await link.request("history.get", { chat: chat.address, mids: [mid] });
	if (messages[0]) {
		chat.timeline.value = withMessage(chat.timeline.peek(), messages[0]);
		const last = chat.last.peek();
		if (last?.mid === mid) {
			chat.last.value = messages[0];
		}
	}
}

function failed(error: unknown): false {
	if (asParleyError(error).code === "not-allowed") {
		toast(t("message.notAllowed"), true);
	} else {
		complain(error);
	}
	return false;
}

export async function react(chat: Chat, { mid, reactions = [] }: Message, emoji: string): Promise<void> {
	const who = me.peek();
	const on = !reactions.some((reaction) => reaction.emoji === emoji && reaction.own);
	show(chat, mid, (message) => reacted(message, emoji, who, on, who));
	try {
		await link.request("history.react", { chat: chat.address, mid, emoji, on });
	} catch (error) {
		show(chat, mid, (message) => reacted(message, emoji, who, !on, who));
		failed(error);
	}
}

export async function pin(chat: Chat, { mid }: Message, on: boolean): Promise<void> {
	show(chat, mid, (message) => pinned(message, on));
	try {
		await link.request("history.pin", { chat: chat.address, mid, on });
		toast(t(on ? "message.pinned" : "message.unpinned"));
		await loadPins(chat);
	} catch (error) {
		show(chat, mid, (message) => pinned(message, !on));
		failed(error);
	}
}

/** Resolves false when the node refused, and what was said before stands. */
export async function edit(chat: Chat, { mid, text: before, mentions, edited }: Message, text: string): Promise<boolean> {
	show(chat, mid, (message) => ({ ...message, text, mentions: undefined, edited: new Date().toISOString() }));
	try {
		await link.request("history.edit", { chat: chat.address, mid, text });
		return true;
	} catch (error) {
		show(chat, mid, (message) => ({ ...message, text: before, mentions, edited }));
		return failed(error);
	}
}

export async function remove(chat: Chat, { mid }: Message): Promise<void> {
	try {
		await link.request("history.delete", { chat: chat.address, mid });
	} catch (error) {
		failed(error);
	}
}

/** The chat counts as unread from this message on, also while it is open. */
export async function markUnread(chat: Chat, { mid, seq }: Message): Promise<void> {
	chat.unreadAfter.value = seq - 1;
	chat.held = chat.seq;
	try {
		const { read, unread, unread_from: from } = await link.request("history.unread", { chat: chat.address, mid });
		setRead(chat.address, read, unread, from);
	} catch (error) {
		complain(error);
	}
}

/** What several messages say, to be pasted elsewhere. */
export function asText(messages: readonly Message[], nameOf: (address: string) => string): string {
	const said = messages.filter(({ text }) => text !== undefined);
	return said.length === 1 ? said[0]!.text! : said.map(({ from, text }) => `${nameOf(bare(from))}: ${text}`).join("\n");
}
