// SPDX-License-Identifier: MIT
// What people put under a message.

import type { Message, Reaction } from "../../sdk/src/index.ts";
import { t } from "../i18n.ts";
import { usedEmoji } from "../state/recents.ts";
import { react } from "../state/messages.ts";
import type { Chat } from "../state/store.ts";
import { namesOf } from "./names.ts";

const NAMED = 8;

function Chip({ chat, message, reaction }: { chat: Chat; message: Message; reaction: Reaction }) {
	const { emoji, count, own, by } = reaction;
	const names = namesOf(by, NAMED, count);
	return (
		<button
			type="button"
			class="reaction"
			tabIndex={-1}
			aria-pressed={own === true}
			aria-label={t("reaction.label", { emoji, n: count, names })}
			data-tip={names}
			onClick={() => {
				usedEmoji(emoji);
				void react(chat, message, emoji);
			}}
		>
			<span aria-hidden="true">{emoji}</span>
			<span aria-hidden="true">{count}</span>
		</button>
	);
}

export function Reactions({ chat, message, id }: { chat: Chat; message: Message; id: string }) {
	if (!message.reactions?.length) {
		return null;
	}
	return (
		<div class="reactions" role="group" id={id} aria-label={t("reaction.group")}>
			{message.reactions.map((reaction) => (
				<Chip key={reaction.emoji} chat={chat} message={message} reaction={reaction} />
			))}
		</div>
	);
}
