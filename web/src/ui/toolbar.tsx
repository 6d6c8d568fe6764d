// SPDX-License-Identifier: MIT
// The toolbar of the message that is pointed at or has the focus.

import { useComputed, type Signal } from "@preact/signals";

import type { Message } from "../../sdk/src/index.ts";
import { t } from "../i18n.ts";
import { react } from "../state/messages.ts";
import { quickEmoji, usedEmoji } from "../state/recents.ts";
import type { Chat } from "../state/store.ts";
import { anchorOf } from "./floating.tsx";
import { Icon, type IconName } from "./icons.tsx";
import { openMessageMenu, pickReaction, replyTo, writable } from "./message-acts.ts";

const QUICK = 3;

interface ToolProps {
	icon: IconName;
	label: string;
	first?: boolean;
	menu?: boolean;
	onClick(button: HTMLElement): void;
}

function Tool({ icon, label, first, menu, onClick }: ToolProps) {
	return (
		<button
			type="button"
			class="tool"
			tabIndex={first ? 0 : -1}
			aria-label={label}
			data-tip={label}
			aria-haspopup={menu ? "menu" : undefined}
			onClick={(event) => onClick(event.currentTarget)}
		>
			<Icon name={icon} />
		</button>
	);
}

interface ToolbarProps {
	chat: Chat;
	message: Message;
	rowKey: string;
	/** The key of the message that shows its toolbar. */
	active: Signal<string>;
}

export function Toolbar({ chat, message, rowKey, active }: ToolbarProps) {
	const shown = useComputed(() => active.value === rowKey).value;
	if (!shown || chat.chosen.value) {
		return null;
	}
	const can = writable(chat) && message.text !== undefined;
	return (
		<div class="toolbar" role="toolbar" aria-label={t("message.tools")}>
			{can &&
				quickEmoji(QUICK).map((emoji, i) => (
					<button
						type="button"
						class="tool tool-emoji"
						key={emoji}
						tabIndex={i === 0 ? 0 : -1}
						aria-label={t("message.reactWith", { emoji })}
						data-tip={t("message.reactWith", { emoji })}
						onClick={() => {
							usedEmoji(emoji);
							void react(chat, message, emoji);
						}}
					>
						{emoji}
					</button>
				))}
			{can && <Tool icon="smile" label={t("message.react")} onClick={(button) => pickReaction(chat, message, anchorOf(button))} />}
			{can && <Tool icon="reply" label={t("message.reply")} onClick={() => replyTo(chat, message)} />}
			<Tool
				icon="more"
				label={t("message.more")}
				first={!can}
				menu
				onClick={(button) => openMessageMenu(chat, message, anchorOf(button), false)}
			/>
		</div>
	);
}
