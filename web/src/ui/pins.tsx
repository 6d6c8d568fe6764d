// SPDX-License-Identifier: MIT
// What is pinned: the newest of it in a line under the head of the chat, all of it in a dialog.

import { useState } from "preact/hooks";

import { t } from "../i18n.ts";
import { plainText } from "../logic/markdown.ts";
import type { Chat } from "../state/store.ts";
import { Icon } from "./icons.tsx";
import { jumpTo } from "./jump.ts";
import { openOverlay } from "./overlay.ts";
import { IconButton } from "./parts.tsx";

const MOST = 200;

/** Each press leads to the next older one. */
export function PinBanner({ chat }: { chat: Chat }) {
	const [at, setAt] = useState(0);
	const pins = [...chat.pins.value].reverse();
	const pin = pins[at % Math.max(1, pins.length)];
	if (!pin) {
		return null;
	}
	return (
		<section class="pin-banner" aria-label={t("pins.heading")}>
			<button
				type="button"
				class="pin-jump"
				onClick={() => {
					setAt((at + 1) % pins.length);
					void jumpTo(chat, pin.mid);
				}}
			>
				<Icon name="pin" />
				<span class="pin-text">
					<b>{pins.length > 1 ? t("pins.nth", { n: pins.length - (at % pins.length), all: pins.length }) : t("pins.one")}</b>
					<span dir="auto">{plainText((pin.text ?? "").slice(0, MOST), [])}</span>
				</span>
			</button>
			<IconButton icon="list" label={t("pins.all")} onClick={() => openOverlay({ kind: "pins", chat })} />
		</section>
	);
}
