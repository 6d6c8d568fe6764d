// SPDX-License-Identifier: MIT
// The message that another one answers, in two lines.

import { t } from "../i18n.ts";
import { bare } from "../logic/address.ts";
import { plainText } from "../logic/markdown.ts";
import { copyOf } from "../state/copies.ts";
import type { Chat } from "../state/store.ts";
import { jumpTo } from "./jump.ts";
import { nameOrYou } from "./names.ts";
import { Hidden } from "./parts.tsx";

const MOST = 300;

/** Who said what: the inside of a quote. */
export function QuoteText({ chat, mid }: { chat: Chat; mid: string }) {
	const copy = copyOf(chat, mid).value;
	if (copy === "asked") {
		return <span class="quote-text quote-asked" />;
	}
	if (copy === "missing") {
		return <span class="quote-text">{t("quote.missing")}</span>;
	}
	return (
		<>
			<b class="quote-who">{nameOrYou(bare(copy.from))}</b>
			<span class="quote-text">{copy.deleted ? t("message.deleted") : plainText((copy.text ?? "").slice(0, MOST), [])}</span>
		</>
	);
}

export function Quote({ chat, mid, id }: { chat: Chat; mid: string; id: string }) {
	return (
		<button type="button" class="quote" id={id} dir="auto" tabIndex={-1} onClick={() => void jumpTo(chat, mid)}>
			<Hidden>{t("quote.label")} </Hidden>
			<QuoteText chat={chat} mid={mid} />
		</button>
	);
}
