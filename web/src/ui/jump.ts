// SPDX-License-Identifier: MIT
// Going to a message that may be far away, and back again.

import { signal } from "@preact/signals";

import { asParleyError, type Message } from "../../sdk/src/index.ts";
import { t } from "../i18n.ts";
import { keyOf } from "../logic/rows.ts";
import { complain } from "../state/chats.ts";
import { link } from "../state/link.ts";
import { toast } from "../state/live.ts";
import { loadAfter, loadAround, loadNewest } from "../state/pages.ts";
import { me, type Chat, type Place } from "../state/store.ts";

/** Where the timeline is to go; each is another object. */
export interface Jump {
	chat: Chat;
	key?: string;
	/** Pixels from the top of the view; undefined: in the middle, with a flash. */
	offset?: number;
}

export const jump = signal<Jump | undefined>(undefined);
/** The ways back, the last one last. */
export const ways = signal<readonly { chat: Chat; place: Place }[]>([]);

/** Goes to a row, and remembers where the reader was. */
function goTo(chat: Chat, message: Message, from: Place | undefined): void {
	if (from) {
		ways.value = [...ways.peek().filter((way) => way.chat === chat), { chat, place: from }].slice(-20);
	}
	jump.value = { chat, key: keyOf(message, me.peek()) };
}

export function forgetWays(): void {
	if (ways.peek().length > 0) {
		ways.value = [];
	}
}

async function attempt(work: () => Promise<void>): Promise<void> {
	try {
		await work();
	} catch (error) {
		if (["not-found", "gone"].includes(asParleyError(error).code)) {
			toast(t("quote.missing"), true);
		} else {
			complain(error);
		}
	}
}

/** Shows a message and flashes it. */
export function jumpTo(chat: Chat, mid: string): Promise<void> {
	const from = chat.place && { ...chat.place };
	return attempt(async () => {
		await loadAround(chat, mid);
		const message = chat.timeline.peek().messages.find((other) => other.mid === mid);
		if (message) {
			goTo(chat, message, from);
		}
	});
}

/** Shows the first message of a day, or the first after it. */
export function jumpToDay(chat: Chat, day: Date): Promise<void> {
	const from = chat.place && { ...chat.place };
	return attempt(async () => {
		const { seq } = await link.request("history.date", { chat: chat.address, time: day.toISOString() });
		if (seq === 0) {
			toast(t("date.none"));
			return;
		}
		await loadAfter(chat, seq - 1);
		const message = chat.timeline.peek().messages.find((other) => other.seq >= seq);
		if (message) {
			goTo(chat, message, from);
		}
	});
}

/** Back to where one was before the last jump. */
export function goBackInChat(chat: Chat): Promise<void> {
	const way = ways.peek().findLast((other) => other.chat === chat);
	ways.value = ways.peek().filter((other) => other !== way);
	return attempt(async () => {
		if (!way || way.place.atEnd || !way.place.key) {
			if (!chat.timeline.peek().atEnd) {
				await loadNewest(chat);
			}
			jump.value = { chat };
			return;
		}
		if (way.place.mid) {
			await loadAround(chat, way.place.mid);
		}
		jump.value = { chat, key: way.place.key, offset: way.place.offset ?? 0 };
	});
}
