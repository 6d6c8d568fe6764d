// SPDX-License-Identifier: MIT
// What somebody sets for a chat in the list. It is shown at once, and taken back when the node refuses.

import type { Effective, LevelOrDefault } from "../../sdk/src/index.ts";
import { t } from "../i18n.ts";
import { complain, markRead } from "./chats.ts";
import { link } from "./link.ts";
import { toast } from "./live.ts";
import { loadNotify, notifySettings } from "./notify.ts";
import { sortChats, type Chat } from "./store.ts";

type Setting = "archived" | "pinned" | "marked";

async function set(chat: Chat, what: Setting, on: boolean): Promise<boolean> {
	const before = chat[what].peek();
	chat[what].value = on;
	sortChats();
	try {
		await link.request("history.set", { chat: chat.address, [what]: on });
		/* An inbox that was asked for before may have come meanwhile. */
		chat[what].value = on;
		sortChats();
		return true;
	} catch (error) {
		chat[what].value = before;
		sortChats();
		complain(error);
		return false;
	}
}

function undoable(text: string, undo: () => void): void {
	toast(text, false, { text: t("action.undo"), act: undo });
}

export function archive(chat: Chat, on: boolean): void {
	const name = chat.name;
	void set(chat, "archived", on);
	undoable(t(on ? "list.archivedNow" : "list.unarchivedNow", { name }), () => void set(chat, "archived", !on));
}

export function pinChat(chat: Chat, on: boolean): void {
	void set(chat, "pinned", on);
}

/** Read up to its end, or shown as unread. */
export function markChat(chat: Chat, unread: boolean): void {
	if (unread) {
		void set(chat, "marked", true);
		return;
	}
	if (chat.marked.peek()) {
		void set(chat, "marked", false);
	}
	if (chat.unread.peek() > 0) {
		chat.held = 0;
		markRead(chat, chat.seq);
	}
}

async function tell(chat: Chat, params: { level?: LevelOrDefault; mute?: number; everybody?: boolean }): Promise<boolean> {
	try {
		const { effective } = await link.request("notify.chat", { chat: chat.address, ...params });
		chat.notify.value = effective;
		if (notifySettings.peek()) {
			void loadNotify(true);
		}
		return true;
	} catch (error) {
		complain(error);
		return false;
	}
}

export function setLevel(chat: Chat, level: LevelOrDefault): Promise<boolean> {
	return tell(chat, { level });
}

/** Whether @all and @here mean the reader, too, in this group. */
export function setEverybody(chat: Chat, everybody: boolean): Promise<boolean> {
	return tell(chat, { everybody });
}

/** For so many seconds; 0 for no longer, -1 until it is switched on. */
export async function mute(chat: Chat, seconds: number): Promise<void> {
	const before = chat.notify.peek();
	const silent: Effective = { level: "nothing", reason: "muted" };
	if (seconds !== 0) {
		chat.notify.value = silent;
	}
	if (!(await tell(chat, { mute: seconds }))) {
		chat.notify.value = before;
	} else if (seconds !== 0) {
		undoable(t("list.mutedNow", { name: chat.name }), () => void mute(chat, 0));
	} else {
		toast(t("list.unmutedNow", { name: chat.name }));
	}
}
