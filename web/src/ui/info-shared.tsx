// SPDX-License-Identifier: MIT
// What was gathered in a chat: messages with links in them, and the ways to what is pinned.

import { useEffect, useState } from "preact/hooks";

import type { Message } from "../../sdk/src/index.ts";
import { t } from "../i18n.ts";
import { goToPanel } from "../state/router.ts";
import { type Chat } from "../state/store.ts";
import { errorText } from "../state/chats.ts";
import { Icon, type IconName } from "./icons.tsx";
import { findMessages, MessageHits, type FoundMessages } from "./message-hits.tsx";
import { openOverlay } from "./overlay.ts";

interface ActProps {
	icon: IconName;
	text: string;
	danger?: boolean;
	onClick(): void;
}

/** A line of the panel that can be pressed. */
export function InfoAct({ icon, text, danger, onClick }: ActProps) {
	return (
		<li>
			<button type="button" class={`info-act ${danger ? "info-danger" : ""}`} onClick={onClick}>
				<Icon name={icon} />
				{text}
			</button>
		</li>
	);
}

/** Of every chat: what is pinned, and links. */
export function SharedActs({ chat }: { chat: Chat }) {
	const pins = chat.pins.value.length;
	return (
		<>
			<InfoAct
				icon="pin"
				text={pins > 0 ? t("info.pins", { n: pins }) : t("pins.heading")}
				onClick={() => openOverlay({ kind: "pins", chat })}
			/>
			<InfoAct icon="globe" text={t("info.shared")} onClick={() => goToPanel(chat.address, "shared")} />
		</>
	);
}

function hasText({ text }: Message): boolean {
	return text !== undefined;
}

/** Messages with links in them, the last first. */
export function SharedLinks({ chat }: { chat: Chat }) {
	const [found, setFound] = useState<FoundMessages>();
	const [failed, setFailed] = useState("");
	const query = { chat: chat.address, has: "link" } as const;
	useEffect(() => {
		findMessages(query).then(
			(answer) => setFound({ ...answer, messages: answer.messages.filter(hasText) }),
			(error: unknown) => setFailed(errorText(error)),
		);
	}, [chat]);
	return (
		<>
			{failed && <p class="banner banner-bad">{failed}</p>}
			{found?.messages.length === 0 && <p class="muted">{t("info.noLinks")}</p>}
			{found && <MessageHits found={found} query={query} />}
		</>
	);
}
