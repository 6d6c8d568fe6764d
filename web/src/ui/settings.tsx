// SPDX-License-Identifier: MIT
// Settings: the own profile, the devices that are logged in, and who is blocked.

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

import type { AccountDevicesDevice } from "../../sdk/src/index.ts";
import { t } from "../i18n.ts";
import { TABS, type SettingsTab } from "../logic/routes.ts";
import { mediumDate, mediumTime } from "../logic/time.ts";
import { nameOf } from "../logic/people.ts";
import { act, complain } from "../state/chats.ts";
import { link } from "../state/link.ts";
import { toast } from "../state/live.ts";
import { saveAccount, type AccountChange } from "../state/saving.ts";
import { account, blocked, me } from "../state/store.ts";
import { Confirm } from "./dialog.tsx";
import { Icon } from "./icons.tsx";
import { PaneHead, Waits } from "./pane.tsx";
import { Avatar, Field, Go, PersonLine } from "./parts.tsx";
import { Notifications } from "./settings-notify.tsx";
import { PrivacySettings } from "./settings-privacy.tsx";
import { ShortcutSettings } from "./shortcuts.tsx";

function Profile() {
	const own = account.value!;
	const [display, setDisplay] = useState(own.display);
	const [saving, setSaving] = useState(false);
	useEffect(() => setDisplay(own.display), [own.display]);
	const save = async (change: AccountChange) => {
		setSaving(true);
		await saveAccount(change);
		setSaving(false);
	};
	const changed = display.trim() !== own.display;
	return (
		<section class="settings-section">
			<p class="muted">{t("profile.lead")}</p>
			<div class="profile-head">
				<Avatar name={display.trim() || own.shown} address={me.value} size="large" />
				<div>
					<p class="profile-name">{display.trim() || own.shown}</p>
					<p class="muted">{me.value}</p>
				</div>
			</div>
			<form
				onSubmit={(event) => {
					event.preventDefault();
					if (changed && !saving) {
						void save({ display: display.trim() });
					}
				}}
			>
				<Field
					label={t("profile.display")}
					name="display"
					value={display}
					onInput={setDisplay}
					hint={t("profile.displayHint", { name: own.shown })}
					autoComplete="name"
					maxLength={64}
				/>
				<button type="submit" class="button button-primary" disabled={!changed || saving}>
					{t("action.save")}
				</button>
			</form>
		</section>
	);
}

function Devices() {
	const [devices, setDevices] = useState<AccountDevicesDevice[]>();
	const [failed, setFailed] = useState(false);
	const [leaving, setLeaving] = useState<AccountDevicesDevice>();
	const load = () => {
		setFailed(false);
		link.request("account.devices").then(
			({ devices: all }) => setDevices(all.sort((a, b) => Number(b.current) - Number(a.current) || (a.seen < b.seen ? 1 : -1))),
			() => setFailed(true),
		);
	};
	useEffect(load, []);
	const name = (device: AccountDevicesDevice) => device.name || t("devices.unnamed");
	const signOut = async (device: AccountDevicesDevice) => {
		try {
			await link.request("account.revoke", { device: device.id });
			setDevices((all) => all?.filter(({ id }) => id !== device.id));
			toast(t("devices.done", { name: name(device) }));
		} catch (error) {
			complain(error);
		}
	};
	return (
		<section class="settings-section">
			<p class="muted">{t("devices.lead")}</p>
			{failed && (
				<p class="banner banner-bad">
					<span>{t("devices.failed")}</span>
					<button type="button" class="link-button" onClick={load}>
						{t("action.retry")}
					</button>
				</p>
			)}
			{!devices && !failed && <Waits />}
			<ul class="rows">
				{devices?.map((device) => (
					<li key={device.id} class="row">
						<span class="row-icon">
							<Icon name="device" />
						</span>
						<span class="row-text">
							<span class="row-head">
								<b>{name(device)}</b>
								{device.current && <span class="tag">{t("devices.current")}</span>}
							</span>
							<span class="row-note">
								<span>{t("devices.seen", { time: mediumTime(Date.parse(device.seen)) })}</span>
								<span>{t("devices.created", { time: mediumDate(Date.parse(device.created)) })}</span>
								{device.peer && <span>{t("devices.from", { peer: device.peer })}</span>}
							</span>
						</span>
						{!device.current && (
							<button
								type="button"
								class="button"
								aria-label={t("devices.signOutName", { name: name(device) })}
								onClick={() => setLeaving(device)}
							>
								{t("devices.signOut")}
							</button>
						)}
					</li>
				))}
			</ul>
			{leaving && (
				<Confirm
					heading={t("devices.confirm", { name: name(leaving) })}
					text={t("devices.confirmText")}
					action={t("devices.signOut")}
					onConfirm={() => void signOut(leaving)}
					onClose={() => setLeaving(undefined)}
				/>
			)}
		</section>
	);
}

function Blocked() {
	return (
		<section class="settings-section">
			<p class="muted">{t("blocked.lead")}</p>
			{blocked.value.length === 0 && <p>{t("blocked.none")}</p>}
			<ul class="rows">
				{blocked.value.map((person) => (
					<li key={person.address} class="row">
						<span class="person-link">
							<PersonLine person={person} />
						</span>
						<button
							type="button"
							class="button"
							aria-label={t("blocked.unblockName", { name: nameOf(person) })}
							onClick={() => void act(person, "unblock")}
						>
							{t("chat.unblock")}
						</button>
					</li>
				))}
			</ul>
		</section>
	);
}

export function Settings({ tab }: { tab: SettingsTab }) {
	const tabs = useRef<HTMLElement>(null);
	/* Not all of them fit a phone. */
	useLayoutEffect(() => tabs.current?.querySelector("[aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" }), [tab]);
	return (
		<div class="page">
			<PaneHead heading={t("settings.heading")} />
			<nav class="tabs" ref={tabs} aria-label={t("settings.sections")}>
				{TABS.map((name) => (
					<Go key={name} to={`/settings/${name}`} current={name === tab}>
						{t(`settings.${name}`)}
					</Go>
				))}
			</nav>
			<div class="page-body">
				<h2 class="visually-hidden">{t(`settings.${tab}`)}</h2>
				{tab === "profile" && account.value && <Profile />}
				{tab === "privacy" && account.value && <PrivacySettings />}
				{tab === "notifications" && <Notifications />}
				{tab === "shortcuts" && <ShortcutSettings />}
				{tab === "devices" && <Devices />}
				{tab === "blocked" && <Blocked />}
			</div>
		</div>
	);
}
