// SPDX-License-Identifier: MIT
// What one is notified of in a chat: what holds, why, and how to change it.

import { useEffect, useState } from "preact/hooks";

import type { Effective, LevelOrDefault } from "../../sdk/src/index.ts";
import { t } from "../i18n.ts";
import { isGroup } from "../logic/address.ts";
import { clockTime, mediumTime } from "../logic/time.ts";
import { dayKey } from "../logic/rows.ts";
import { mute, setEverybody, setLevel } from "../state/chat-settings.ts";
import { loadNotify, notifySettings } from "../state/notify.ts";
import { now } from "../state/now.ts";
import { listed, type Chat } from "../state/store.ts";
import { Select, Switch } from "./fields.tsx";
import { Icon } from "./icons.tsx";
import { HOUR } from "./row-menu.ts";

export const LEVELS: readonly LevelOrDefault[] = ["default", "all", "mentions", "nothing"];

/** "Every message, as you set it for groups." */
export function effectiveText({ level, reason, until }: Effective): string {
	const time = until && Date.parse(until);
	if (reason === "muted" && !time) {
		return t("notify.mutedOn");
	}
	if (time && (reason === "muted" || reason === "quiet")) {
		const text = dayKey(time) === dayKey(now.value) ? clockTime(time) : mediumTime(time);
		return t(`notify.${reason}Until`, { time: text });
	}
	return [t(`notify.is.${level}`), t(`notify.why.${reason}`)].join(" ");
}

/** Whether @all and @here mean one, too. */
function Everybody({ chat }: { chat: Chat }) {
	const on = chat.notify.value?.everybody !== false;
	const [shown, setShown] = useState(on);
	useEffect(() => setShown(on), [on]);
	const change = async (next: boolean) => {
		setShown(next);
		if (!(await setEverybody(chat, next))) {
			setShown(!next);
		}
	};
	return <Switch label={t("notify.everybody")} hint={t("notify.everybodyHint")} checked={shown} onChange={(next) => void change(next)} />;
}

export function ChatNotify({ chat }: { chat: Chat }) {
	const settings = notifySettings.value;
	const [level, setShown] = useState<LevelOrDefault>("default");
	const set = settings?.chats.find((other) => other.chat === chat.address)?.level ?? "default";
	useEffect(() => void loadNotify(), []);
	useEffect(() => setShown(set), [set]);
	const effective = chat.notify.value;
	const kind = isGroup(chat.address) ? "group" : "direct";
	const change = async (next: LevelOrDefault) => {
		const before = level;
		setShown(next);
		if (!(await setLevel(chat, next))) {
			setShown(before);
		}
	};
	const usual = settings?.[kind];
	return (
		<section class="info-section" aria-labelledby="info-notify">
			<h3 id="info-notify">{t("settings.notifications")}</h3>
			{effective && (
				<p class="muted info-effective">
					<Icon name={effective.level === "nothing" ? "bellOff" : "bell"} />
					{effectiveText(effective)}
				</p>
			)}
			<Select
				label={t("notify.here")}
				value={level}
				options={LEVELS.map((value) => ({
					value,
					text: value === "default" && usual ? t("notify.defaultIs", { level: t(`notify.level.${usual}`) }) : t(`notify.level.${value}`),
				}))}
				onChange={(next) => void change(next)}
			/>
			{kind === "group" && <Everybody chat={chat} />}
			<div class="buttons">
				{listed(chat).muted ? (
					<button type="button" class="button" onClick={() => void mute(chat, 0)}>
						{t("mute.off")}
					</button>
				) : (
					<>
						<button type="button" class="button button-small" onClick={() => void mute(chat, HOUR)}>
							{t("mute.hour")}
						</button>
						<button type="button" class="button button-small" onClick={() => void mute(chat, 8 * HOUR)}>
							{t("mute.hours")}
						</button>
						<button type="button" class="button button-small" onClick={() => void mute(chat, -1)}>
							{t("mute.on")}
						</button>
					</>
				)}
			</div>
		</section>
	);
}
