// SPDX-License-Identifier: MIT
// The menu of a chat in the list.

import { t } from "../i18n.ts";
import { isGroup } from "../logic/address.ts";
import { archive, markChat, mute, pinChat } from "../state/chat-settings.ts";
import { goToPanel } from "../state/router.ts";
import { listed, type Chat } from "../state/store.ts";
import { nameOfChat } from "./conversation.tsx";
import type { Anchor } from "./floating.tsx";
import type { MenuItem } from "./menu.tsx";
import { openOverlay } from "./overlay.ts";

export const HOUR = 3_600;

export function muteItems(chat: Chat): MenuItem[] {
	return listed(chat).muted
		? [{ icon: "bell", text: t("mute.off"), act: () => void mute(chat, 0) }]
		: [
				{ icon: "bellOff", text: t("mute.hour"), act: () => void mute(chat, HOUR) },
				{ icon: "bellOff", text: t("mute.hours"), act: () => void mute(chat, 8 * HOUR) },
				{ icon: "bellOff", text: t("mute.on"), act: () => void mute(chat, -1) },
			];
}

function items(chat: Chat): MenuItem[] {
	const { unread, marked, archived, gone } = listed(chat);
	const isNew = unread > 0 || marked;
	const pinned = chat.pinned.peek();
	const all: MenuItem[] = [
		{ icon: isNew ? "check" : "unread", text: t(isNew ? "list.read" : "list.unreadMark"), act: () => markChat(chat, !isNew) },
		{ icon: "pin", text: t(pinned ? "list.unpin" : "list.pin"), act: () => pinChat(chat, !pinned) },
		{ icon: "archive", text: t(archived ? "list.unarchive" : "list.archive"), act: () => archive(chat, !archived) },
	];
	if (gone) {
		return all.slice(2);
	}
	return [
		...all,
		...muteItems(chat),
		{ icon: "info", text: t(isGroup(chat.address) ? "info.group" : "info.person"), act: () => goToPanel(chat.address, "info") },
	];
}

export function openRowMenu(chat: Chat, at: Anchor): void {
	openOverlay({ kind: "menu", at, label: t("list.actions", { name: nameOfChat(chat) }), items: items(chat) });
}
