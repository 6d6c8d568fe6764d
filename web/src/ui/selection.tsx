// SPDX-License-Identifier: MIT
// In place of the box to write in while messages are chosen: what can be done with all of them.

import { useLayoutEffect } from "preact/hooks";

import type { Message } from "../../sdk/src/index.ts";
import { t } from "../i18n.ts";
import { mayDelete } from "../logic/rights.ts";
import { asText } from "../state/messages.ts";
import { nameOfAddress, type Chat } from "../state/store.ts";
import { focusComposer } from "./composer-focus.ts";
import { Icon, type IconName } from "./icons.tsx";
import { lookOn } from "./message-acts.ts";
import { openOverlay } from "./overlay.ts";
import { IconButton } from "./parts.tsx";
import { copyText } from "./text.tsx";

function Act({ icon, text, disabled, onClick }: { icon: IconName; text: string; disabled: boolean; onClick(): void }) {
	return (
		<button type="button" class="button" disabled={disabled} onClick={onClick}>
			<Icon name={icon} />
			<span>{text}</span>
		</button>
	);
}

export function SelectionBar({ chat }: { chat: Chat }) {
	const chosen = chat.chosen.value!;
	const messages: Message[] = chat.timeline.value.messages.filter(({ mid }) => chosen.has(mid));
	const said = messages.filter(({ text }) => text !== undefined);
	const look = lookOn(chat);
	const end = () => {
		chat.chosen.value = undefined;
		setTimeout(focusComposer);
	};
	useLayoutEffect(() => {
		const keys = (event: KeyboardEvent) => {
			if (event.key === "Escape" && !document.querySelector("dialog[open], .floating")) {
				event.preventDefault();
				event.stopPropagation();
				end();
			}
		};
		document.addEventListener("keydown", keys, true);
		return () => document.removeEventListener("keydown", keys, true);
	}, []);
	return (
		<div class="selection" role="toolbar" aria-label={t("select.tools")}>
			<IconButton icon="close" label={t("select.end")} onClick={end} />
			<span class="selection-count" aria-live="off">
				{t("select.count", { n: messages.length })}
			</span>
			<Act
				icon="copy"
				text={t("chat.copy")}
				disabled={said.length === 0}
				onClick={() => {
					void copyText(asText(said, nameOfAddress));
					end();
				}}
			/>
			<Act icon="forward" text={t("message.forward")} disabled={said.length === 0} onClick={() => openOverlay({ kind: "forward", messages: said })} />
			<Act
				icon="trash"
				text={t("chat.delete")}
				disabled={messages.length === 0 || !messages.every((message) => mayDelete(message, look))}
				onClick={() => openOverlay({ kind: "delete", chat, messages })}
			/>
		</div>
	);
}
