// SPDX-License-Identifier: MIT
// What can be done in a chat: write, mark as read; and with people.

import { signal } from "@preact/signals";

import { asParleyError, idMaker, type Message, type Outgoing, type Person } from "../../sdk/src/index.ts";
import { t, waitTime } from "../i18n.ts";
import { bare } from "../logic/address.ts";
import { setDraft, setReply, stopTyping } from "./drafts.ts";
import { link } from "./link.ts";
import { toast } from "./live.ts";
import { loadNewest } from "./pages.ts";
import { chatWith, putOutgoing, setPerson, setRead, type Chat } from "./store.ts";

/** Counts own sends, so that the timeline goes down with them. */
export const sends = signal(0);

const nextId = idMaker("m");

function send(chat: Chat, message: Omit<Outgoing, "id" | "to" | "written" | "state">): void {
	const outgoing: Outgoing = { ...message, id: nextId(), to: chat.address, written: Date.now(), state: "waiting" };
	putOutgoing(outgoing);
	link.send(outgoing);
	sends.value++;
}

/** Sends what is in the box. */
export function sendText(chat: Chat, text: string): void {
	const reply = chat.reply.peek();
	send(chat, { text, ...(reply ? { reply } : {}) });
	stopTyping(chat, true);
	setDraft(chat, "");
	setReply(chat, undefined);
	if (!chat.timeline.peek().atEnd) {
		void loadNewest(chat);
	}
}

/** Repeats a message in another chat. */
export function forward(chat: Chat, message: Message, source: boolean): void {
	const from = message.forward?.from ?? bare(message.from);
	send(chat, { text: message.text ?? "", forward: { chat: message.chat, mid: message.mid, source, from } });
}

/** Everything up to seq has been seen: shown at once, told to the node a moment later. */
export function markRead(chat: Chat, seq: number): void {
	if (seq <= Math.max(chat.read, chat.reading, chat.held)) {
		return;
	}
	const due = chat.reading > 0;
	const before = { unread: chat.unread.peek(), mentions: chat.mentions.peek() };
	chat.reading = seq;
	if (seq >= chat.seq) {
		chat.unread.value = 0;
		chat.mentions.value = 0;
	}
	if (!due) {
		setTimeout(() => void tellRead(chat, before), 250);
	}
}

/** before: what is shown again when the node refuses. */
async function tellRead(chat: Chat, before: { unread: number; mentions: number }): Promise<void> {
	const seq = chat.reading;
	try {
		if (seq > chat.held) {
			const { read, unread, unread_from: from } = await link.request("history.read", { chat: chat.address, seq });
			setRead(chat.address, read, unread, from);
			if (chat.reading > seq) {
				return await tellRead(chat, { unread, mentions: chat.mentions.peek() });
			}
		}
	} catch (error) {
		console.warn("not marked as read:", asParleyError(error).message);
		chat.unread.value = before.unread;
		chat.mentions.value = before.mentions;
	}
	chat.reading = 0;
}

/** Shown as unread, or no longer. */
export async function setMarked(chat: Chat, marked: boolean): Promise<void> {
	const before = chat.marked.peek();
	if (before !== marked) {
		chat.marked.value = marked;
		try {
			await link.request("history.set", { chat: chat.address, marked });
		} catch (error) {
			chat.marked.value = before;
			complain(error);
		}
	}
}

/** What the node could not do, or not in time: somebody who runs it may find out why. */
function reference(error: unknown): string | undefined {
	const { code, id } = asParleyError(error);
	return code === "internal" || code === "timeout" ? id : undefined;
}

/** What happened, and what to do. */
export function errorText(error: unknown): string {
	const { code, message, retryAfter } = asParleyError(error);
	const id = reference(error);
	if (code === "closed") {
		return t("error.closed");
	}
	if (id) {
		return t(code === "timeout" ? "error.timeout" : "error.node", { id });
	}
	return code === "limit" && retryAfter ? t("error.limit", { wait: waitTime(retryAfter) }) : t("error.general", { text: message });
}

/** Says that something did not work. */
export function complain(error: unknown): void {
	const id = reference(error);
	toast(errorText(error), true, id ? { text: t("error.copyId"), act: () => void navigator.clipboard?.writeText(id) } : undefined);
}

export type RosterAct = "accept" | "decline" | "withdraw" | "remove" | "block" | "unblock";

/** Changes the relation to somebody; says so when it does not work. */
export async function act(person: Person, what: RosterAct | "request", text = ""): Promise<boolean> {
	const { address } = person;
	try {
		const { relation } =
			what === "request"
				? await link.request("roster.request", { address, ...(text ? { text } : {}) })
				: await link.request(`roster.${what}`, { address });
		setPerson({ ...chatWith(address).person.peek(), ...bareOf(person), relation });
		return true;
	} catch (error) {
		complain(error);
		return false;
	}
}

function bareOf({ address, name, shown, display }: Person): Omit<Person, "relation"> {
	return { address, name, shown, display };
}
