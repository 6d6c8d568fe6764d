// SPDX-License-Identifier: MIT
// What stands in a timeline besides messages.

import { t } from "../i18n.ts";
import { plainText } from "../logic/markdown.ts";
import { dayOf } from "../logic/time.ts";
import { today } from "../state/now.ts";
import { me, type Chat } from "../state/store.ts";
import { Icon } from "./icons.tsx";
import { openOverlay } from "./overlay.ts";
import { Avatar } from "./parts.tsx";

export function Start({ chat }: { chat: Chat }) {
	const name = chat.title.value;
	const group = chat.group.value;
	const own = chat.address === me.value;
	const keep = chat.keep.value;
	const whole = chat.begins.value === 0;
	return (
		<li class="chat-start">
			<Avatar name={name} address={chat.address} size="large" />
			<p>
				<b>{!whole ? t("chat.startGone") : own ? t("chat.startOwn") : t(group ? "chat.startGroup" : "chat.start", { name })}</b>
			</p>
			{whole && <p class="muted">{group ? plainText(group.about) || t("chat.startGroupHint") : t(own ? "chat.startOwnHint" : "chat.startHint")}</p>}
			{keep && (
				<p class="chat-keep">
					<Icon name="clock" /> {t("chat.keep", { n: keep.days })}
				</p>
			)}
		</li>
	);
}

/** Sticks to the top while its day is read; leads to other days. */
export function Day({ chat, time }: { chat: Chat; time: number }) {
	const day = dayOf(time, today.value);
	const text = day.kind === "date" ? day.text : t(`chat.${day.kind}`);
	return (
		<li class="day">
			<h2>
				<button type="button" tabIndex={-1} title={t("date.heading")} onClick={() => openOverlay({ kind: "date", chat })}>
					{text}
				</button>
			</h2>
		</li>
	);
}

export function UnreadLine() {
	return (
		<li class="unread-line">
			<h2 tabIndex={-1}>{t("chat.unread")}</h2>
		</li>
	);
}

interface PillProps {
	below: number;
	away: boolean;
	onClick(): void;
}

export function Pill({ below, away, onClick }: PillProps) {
	if (below === 0 && !away) {
		return null;
	}
	return (
		<button type="button" class={`pill ${below > 0 ? "pill-new" : ""}`} onClick={onClick} aria-label={below > 0 ? undefined : t("chat.latest")}>
			{below > 0 && <span>{t("chat.new", { n: below })}</span>}
			<Icon name="down" />
		</button>
	);
}

export function BackPill({ onClick }: { onClick(): void }) {
	return (
		<button type="button" class="pill pill-back" onClick={onClick}>
			<Icon name="back" />
			<span>{t("chat.wayBack")}</span>
		</button>
	);
}

export function Skeleton() {
	return (
		<div class="skeletons log-skeleton" aria-hidden="true">
			{[0, 1, 2, 3, 4, 5].map((i) => (
				<span key={i} class={`skeleton skeleton-bubble skeleton-bubble-${i % 3}`} />
			))}
		</div>
	);
}
