// SPDX-License-Identifier: MIT
// Who is typing. Nobody for longer than a few seconds, unless it is said again.

import type { Chat } from "./store.ts";

const SHOWN_MS = 6_000;

const ends = new Map<string, ReturnType<typeof setTimeout>>();

export function setTyping(chat: Chat, from: string, on: boolean): void {
	const key = `${chat.address} ${from}`;
	const others = chat.typing.peek().filter((address) => address !== from);
	clearTimeout(ends.get(key));
	ends.delete(key);
	if (on) {
		ends.set(key, setTimeout(() => setTyping(chat, from, false), SHOWN_MS));
	}
	if (on !== chat.typing.peek().includes(from)) {
		chat.typing.value = on ? [...others, from] : others;
	}
}
