// SPDX-License-Identifier: MIT
// What stands above the box to write in: what is being answered or edited, and who is typing.

import { t } from "../i18n.ts";
import { setReply } from "../state/drafts.ts";
import type { Chat } from "../state/store.ts";
import { focusComposer } from "./composer-focus.ts";
import { Icon } from "./icons.tsx";
import { namesOf } from "./names.ts";
import { IconButton } from "./parts.tsx";
import { QuoteText } from "./quote.tsx";

/** The edit is given up; what was being written before is there again. */
export function cancelBar(chat: Chat): boolean {
	if (chat.editing.peek()) {
		chat.editing.value = undefined;
		return true;
	}
	if (chat.reply.peek()) {
		setReply(chat, undefined);
		return true;
	}
	return false;
}

export function ComposerBar({ chat }: { chat: Chat }) {
	const editing = chat.editing.value;
	const reply = chat.reply.value;
	if (!editing && !reply) {
		return null;
	}
	const cancel = () => {
		cancelBar(chat);
		focusComposer();
	};
	return (
		<div class="composer-bar">
			<Icon name={editing ? "edit" : "reply"} />
			<div class="quote" dir="auto">
				{editing ? (
					<>
						<b class="quote-who">{t("composer.editing")}</b>
						<span class="quote-text">{editing.before}</span>
					</>
				) : (
					<QuoteText chat={chat} mid={reply!} />
				)}
			</div>
			<IconButton icon="close" label={t(editing ? "composer.cancelEdit" : "composer.cancelReply")} onClick={cancel} />
		</div>
	);
}

/** Never read aloud by itself. */
export function Typing({ chat }: { chat: Chat }) {
	const who = chat.typing.value;
	if (who.length === 0) {
		return null;
	}
	return (
		<p class="typing">
			<span class="typing-dots" aria-hidden="true">
				<i />
				<i />
				<i />
			</span>
			{who.length > 2 ? t("typing.many") : t("typing.some", { n: who.length, names: namesOf(who, 2) })}
		</p>
	);
}
