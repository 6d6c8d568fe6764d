// SPDX-License-Identifier: MIT
// Settings: what one is notified of, when not, and by this browser.

import { useEffect, useId, useState } from "preact/hooks";

import type { ChatSetting, Level, NotifySettings, Quiet } from "../../sdk/src/index.ts";
import { t } from "../i18n.ts";
import { isGroup } from "../logic/address.ts";
import { chatPath } from "../logic/routes.ts";
import { mediumTime } from "../logic/time.ts";
import { attendTest } from "../state/attention.ts";
import { mute, setEverybody, setLevel } from "../state/chat-settings.ts";
import { askPermission, desktop, permission, setDesktop } from "../state/desktop.ts";
import { loadNotify, localOffset, notifySettings } from "../state/notify.ts";
import { follow } from "../state/router.ts";
import { saveNotify } from "../state/saving.ts";
import { chatWith, home } from "../state/store.ts";
import { nameOfChat } from "./conversation.tsx";
import { Choices, Select, Switch } from "./fields.tsx";
import { LEVELS } from "./info-notify.tsx";
import { Avatar } from "./parts.tsx";

const KINDS: readonly Level[] = ["all", "mentions", "nothing"];

function LevelChoice({ kind, settings }: { kind: "direct" | "group"; settings: NotifySettings }) {
	return (
		<Choices
			label={t(`notify.for.${kind}`)}
			name={kind}
			value={settings[kind]}
			onChange={(level: Level) => void saveNotify({ [kind]: level })}
			options={KINDS.map((value) => ({ value, text: t(`notify.level.${value}`) }))}
		/>
	);
}

function clock(minutes: number): string {
	return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
}

function minutesOf(text: string): number | undefined {
	const match = /^(\d{2}):(\d{2})/.exec(text);
	return match ? Number(match[1]) * 60 + Number(match[2]) : undefined;
}

function Hour({ label, value, onChange }: { label: string; value: number; onChange(value: number): void }) {
	const id = useId();
	return (
		<div class="field">
			<label for={id}>{label}</label>
			<input
				id={id}
				type="time"
				value={clock(value)}
				onChange={(event) => {
					const minutes = minutesOf(event.currentTarget.value);
					if (minutes !== undefined) {
						onChange(minutes);
					}
				}}
			/>
		</div>
	);
}

function QuietHours({ quiet }: { quiet: Quiet }) {
	const set = (change: Partial<Quiet>) => void saveNotify({ quiet: { ...quiet, offset: localOffset(), ...change } });
	return (
		<div class="settings-box">
			<Switch label={t("notify.quiet")} hint={t("notify.quietHint")} checked={quiet.on} onChange={(on) => set({ on })} />
			{quiet.on && (
				<div class="hours">
					<Hour label={t("notify.quietFrom")} value={quiet.start} onChange={(start) => set({ start })} />
					<Hour label={t("notify.quietTo")} value={quiet.end} onChange={(end) => set({ end })} />
				</div>
			)}
		</div>
	);
}

function Browser() {
	const state = permission.value;
	return (
		<div class="settings-box">
			<h3>{t("notify.browser")}</h3>
			<p class="muted">{t(`notify.permission.${state}`)}</p>
			{state === "default" && (
				<button type="button" class="button button-primary" onClick={() => void askPermission()}>
					{t("notify.allow")}
				</button>
			)}
			{state === "granted" && (
				<>
					<Switch label={t("notify.desktop")} hint={t("notify.desktopHint")} checked={desktop.value.on} onChange={(on) => setDesktop({ on })} />
					<Switch label={t("notify.content")} hint={t("notify.contentHint")} checked={desktop.value.content} onChange={(content) => setDesktop({ content })} />
					<button type="button" class="button" onClick={attendTest}>
						{t("notify.test")}
					</button>
				</>
			)}
		</div>
	);
}

function mutedText({ muted, until }: ChatSetting): string {
	const text = until ? t("notify.mutedUntil", { time: mediumTime(Date.parse(until)) }) : t("notify.mutedOn");
	return muted ? text : "";
}

/** In what a chat differs, besides its level. */
function noteOf(setting: ChatSetting): string {
	const notes = [mutedText(setting), setting.everybody === false && t("notify.noEverybody")].filter(Boolean);
	return notes.join(" ") || t(isGroup(setting.chat) ? "forward.group" : "notify.person");
}

function Exception({ setting }: { setting: ChatSetting }) {
	const chat = chatWith(setting.chat);
	const name = nameOfChat(chat);
	return (
		<li class="row">
			<a class="person-link" href={chatPath(chat.address, home.value)} onClick={follow}>
				<Avatar name={name} address={chat.address} />
				<span class="person-text">
					<span class="person-name">{name}</span>
					<span class="person-note">{noteOf(setting)}</span>
				</span>
			</a>
			<Select
				label={t("notify.levelFor", { name })}
				value={setting.level}
				options={LEVELS.map((value) => ({ value, text: t(`notify.level.${value}`) }))}
				onChange={(level) => void setLevel(chat, level)}
			/>
			{setting.muted && (
				<button type="button" class="button button-small" aria-label={t("mute.offName", { name })} onClick={() => void mute(chat, 0)}>
					{t("mute.off")}
				</button>
			)}
			{setting.everybody === false && (
				<button
					type="button"
					class="button button-small"
					aria-label={t("notify.everybodyAgainName", { name })}
					onClick={() => void setEverybody(chat, true)}
				>
					{t("notify.everybodyAgain")}
				</button>
			)}
		</li>
	);
}

function Exceptions({ chats }: { chats: readonly ChatSetting[] }) {
	const different = chats.filter(({ level, muted, everybody }) => level !== "default" || muted || everybody === false);
	return (
		<div class="settings-box exceptions">
			<h3>{t("notify.exceptions")}</h3>
			{different.length === 0 ? (
				<p class="muted">{t("notify.noExceptions")}</p>
			) : (
				<ul>
					{different.map((setting) => (
						<Exception key={setting.chat} setting={setting} />
					))}
				</ul>
			)}
		</div>
	);
}

export function Notifications() {
	const [failed, setFailed] = useState(false);
	const load = () => void loadNotify().then((there) => setFailed(!there));
	useEffect(load, []);
	const settings = notifySettings.value;
	return (
		<section class="settings-section">
			<p class="muted">{t("notify.lead")}</p>
			<Browser />
			{failed && !settings && (
				<p class="banner banner-bad">
					<span>{t("devices.failed")}</span>
					<button type="button" class="link-button" onClick={load}>
						{t("action.retry")}
					</button>
				</p>
			)}
			{settings && (
				<>
					<div class="settings-box">
						<LevelChoice kind="direct" settings={settings} />
						<LevelChoice kind="group" settings={settings} />
						<Switch
							label={t("notify.requests")}
							hint={t("notify.requestsHint")}
							checked={settings.requests}
							onChange={(requests) => void saveNotify({ requests })}
						/>
					</div>
					<QuietHours quiet={settings.quiet} />
					<Exceptions chats={settings.chats} />
				</>
			)}
		</section>
	);
}
