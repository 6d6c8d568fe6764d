// SPDX-License-Identifier: MIT
// How long the messages of a chat are kept: what holds, who has said so, and the chat's own rule for those who make it.

import { useEffect, useState } from "preact/hooks";

import type { Keep } from "../../sdk/src/index.ts";
import { t } from "../i18n.ts";
import { isGroup } from "../logic/address.ts";
import { mediumTime } from "../logic/time.ts";
import { complain } from "../state/chats.ts";
import { link } from "../state/link.ts";
import { me, type Chat } from "../state/store.ts";
import { Select } from "./fields.tsx";

const DAYS = [0, 1, 7, 30, 90, 365];

function ruleText({ days, by, starts }: Keep): string {
	const rule = days === 0 ? t("keep.ever") : t("keep.days", { n: days });
	const who = by === "operator" ? t("keep.operator") : by === "node" && days > 0 ? t("keep.node") : "";
	return [rule, who, starts && t("keep.starts", { time: mediumTime(Date.parse(starts)) })].filter(Boolean).join(" ");
}

/** Who of those in the chat makes its rule. */
function mayRule(chat: Chat): boolean {
	const role = chat.group.value?.role;
	return isGroup(chat.address) ? role === "owner" || role === "admin" : chat.address === me.value || chat.person.value.relation === "contact";
}

export function KeepSection({ chat }: { chat: Chat }) {
	const [keep, setKeep] = useState<Keep>();
	const ask = (days?: number) =>
		link.request("history.keep", { chat: chat.address, ...(days === undefined ? {} : { days }) }).then(({ keep: now }) => setKeep(now));
	/* A node that keeps nothing has no rules. */
	useEffect(() => void ask().catch(() => setKeep(undefined)), [chat, chat.seq]);
	if (!keep) {
		return null;
	}
	const own = keep.own ?? 0;
	return (
		<section class="info-section" aria-labelledby="info-keep">
			<h3 id="info-keep">{t("keep.heading")}</h3>
			<p class="muted">{ruleText(keep)}</p>
			{mayRule(chat) && keep.by !== "operator" && (
				<Select
					label={t("keep.own")}
					value={own}
					options={(DAYS.includes(own) ? DAYS : [...DAYS, own]).map((value) => ({
						value,
						text: value === 0 ? t("keep.asNode") : t("keep.forDays", { n: value }),
					}))}
					onChange={(days) => {
						const before = keep;
						setKeep({ ...keep, own: days });
						ask(days).catch((error: unknown) => {
							setKeep(before);
							complain(error);
						});
					}}
				/>
			)}
		</section>
	);
}
