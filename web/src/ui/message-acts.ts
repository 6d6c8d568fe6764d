// SPDX-License-Identifier: MIT
// What the toolbar and the menu of a message offer.

import type { Message } from "../../sdk/src/index.ts";
import { t } from "../i18n.ts";
import { bare } from "../logic/address.ts";
import { may, mayDelete, mayEdit, USUAL_WINDOWS, type Look } from "../logic/rights.ts";
import { setReply } from "../state/drafts.ts";
import { link } from "../state/link.ts";
import { markUnread, pin, react } from "../state/messages.ts";
import { usedEmoji } from "../state/recents.ts";
import { me, type Chat } from "../state/store.ts";
import { focusComposer } from "./composer-focus.ts";
import type { Anchor } from "./floating.tsx";
import type { MenuItem } from "./menu.tsx";
import { nameOrYou } from "./names.ts";
import { openOverlay } from "./overlay.ts";
import { copyText } from "./text.tsx";

/** One may write in the chat, so one may also react and answer. */
export function writable(chat: Chat): boolean {
	const group = chat.group.value;
	if (group) {
		return !chat.gone.value && group.role !== "none" && group.role !== "banned" && may(group, "post");
	}
	return chat.address === me.value || chat.person.value.relation === "contact";
}

/** What decides which messages of the chat may be edited and deleted now. A node that names no time archives nothing. */
export function lookOn(chat: Chat): Look {
	const limits = link.hello.value?.limits;
	const windows = limits ? { edit: limits.edit ?? 0, delete: limits.delete ?? 0 } : USUAL_WINDOWS;
	return { me: me.value, now: Date.now(), windows, group: chat.group.value };
}

export function replyTo(chat: Chat, { mid }: Message): void {
	chat.editing.value = undefined;
	setReply(chat, mid);
	focusComposer();
}

export function startEdit(chat: Chat, message: Message): void {
	chat.editing.value = { mid: message.mid, seq: message.seq, before: message.text ?? "", text: message.text ?? "" };
	focusComposer();
}

export function choose(chat: Chat, mid: string): void {
	const chosen = new Set(chat.chosen.peek());
	if (!chosen.delete(mid)) {
		chosen.add(mid);
	}
	chat.chosen.value = chosen;
}

function putReaction(chat: Chat, message: Message): (emoji: string) => void {
	return (emoji) => {
		usedEmoji(emoji);
		void react(chat, message, emoji);
	};
}

export function pickReaction(chat: Chat, message: Message, at: Anchor): void {
	openOverlay({ kind: "emoji", at, pick: putReaction(chat, message) });
}

function menuItems(chat: Chat, message: Message, at: Anchor): MenuItem[] {
	const group = chat.group.peek();
	const look = lookOn(chat);
	const items: MenuItem[] = [];
	const add = (when: boolean, item: MenuItem) => when && items.push(item);
	const can = writable(chat);
	const said = message.text !== undefined;
	add(can && said, { icon: "reply", text: t("message.reply"), act: () => replyTo(chat, message) });
	add(can && said, { icon: "smile", text: t("message.react"), act: () => pickReaction(chat, message, at) });
	add(can && mayEdit(message, look), { icon: "edit", text: t("message.edit"), act: () => startEdit(chat, message) });
	add(said, { icon: "copy", text: t("chat.copy"), act: () => void copyText(message.text!) });
	add(said, { icon: "forward", text: t("message.forward"), act: () => openOverlay({ kind: "forward", messages: [message] }) });
	add(said && can && may(group, "pin"), {
		icon: "pin",
		text: t(message.pinned ? "message.unpin" : "message.pin"),
		act: () => void pin(chat, message, !message.pinned),
	});
	add(true, { icon: "check", text: t("message.select"), act: () => choose(chat, message.mid) });
	add(bare(message.from) !== me.peek(), { icon: "unread", text: t("message.unread"), act: () => void markUnread(chat, message) });
	add(true, { icon: "info", text: t("message.details"), act: () => openOverlay({ kind: "details", chat, message }) });
	add(mayDelete(message, look), { icon: "trash", text: t("chat.delete"), danger: true, act: () => openOverlay({ kind: "delete", chat, messages: [message] }) });
	return items;
}

/** quick: with reactions above the items, where there is no toolbar. */
export function openMessageMenu(chat: Chat, message: Message, at: Anchor, quick: boolean): void {
	const label = t("message.actions", { name: nameOrYou(bare(message.from)) });
	const reacts = quick && writable(chat) && message.text !== undefined;
	openOverlay({ kind: "menu", at, label, items: menuItems(chat, message, at), ...(reacts ? { quick: putReaction(chat, message) } : {}) });
}
