// SPDX-License-Identifier: MIT
// The map of keys, and the switch for those that are single letters.

import { t, type Key } from "../i18n.ts";
import { enterSends, setEnterSends, setSingleKeys, singleKeys } from "../state/keys.ts";
import { Dialog } from "./dialog.tsx";
import { Switch } from "./fields.tsx";

const MAC = /Mac|iPhone|iPad/.test(navigator.userAgent);

interface Group {
	heading: Key;
	/** Of each: the ways to press it, and what it does. "Mod" is Ctrl, or Cmd on a Mac. */
	keys: readonly (readonly [ways: readonly string[], does: Key])[];
}

const GROUPS: readonly Group[] = [
	{
		heading: "keys.anywhere",
		keys: [
			[["Mod K"], "keys.switcher"],
			[["Mod /", "?"], "keys.map"],
			[["/"], "keys.search"],
			[["Mod Shift F"], "keys.searchIn"],
			[["n"], "keys.new"],
			[["i"], "keys.info"],
			[["Alt ↑", "Alt ↓"], "keys.chat"],
			[["Alt Shift ↑", "Alt Shift ↓"], "keys.unread"],
			[["Mod F6"], "keys.regions"],
			[["Esc"], "keys.close"],
		],
	},
	{
		heading: "keys.list",
		keys: [
			[["↑", "↓"], "keys.rows"],
			[["Shift F10"], "keys.menu"],
		],
	},
	{
		heading: "keys.messages",
		keys: [
			[["↑", "↓", "Home", "End", "Page ↑", "Page ↓"], "keys.walk"],
			[["Enter", "→"], "keys.into"],
			[["Shift F10"], "keys.menu"],
		],
	},
	{
		heading: "keys.box",
		keys: [
			[["Enter", "Mod Enter"], "keys.send"],
			[["Shift Enter"], "keys.line"],
			[["↑"], "keys.edit"],
			[["Esc"], "keys.cancel"],
			[["@"], "keys.mention"],
		],
	},
];

function isSingle(way: string): boolean {
	return way.length === 1 && /[a-z?/]/.test(way);
}

function Way({ way }: { way: string }) {
	const parts = way.split(" ").map((part) => (part === "Mod" ? (MAC ? "⌘" : "Ctrl") : part));
	return (
		<span class={`way ${isSingle(way) && !singleKeys.value ? "way-off" : ""}`}>
			{parts.map((part) => (
				<kbd key={part}>{part}</kbd>
			))}
		</span>
	);
}

function KeyMap() {
	return (
		<div class="keymap">
			{GROUPS.map(({ heading, keys }) => (
				<section key={heading} aria-label={t(heading)}>
					<h3>{t(heading)}</h3>
					<dl>
						{keys.map(([ways, does]) => (
							<div key={does}>
								<dt>{t(does)}</dt>
								<dd>
									{ways.map((way) => (
										<Way key={way} way={way} />
									))}
								</dd>
							</div>
						))}
					</dl>
				</section>
			))}
		</div>
	);
}

function SingleKeys() {
	return <Switch label={t("keys.single")} hint={t("keys.singleHint")} checked={singleKeys.value} onChange={setSingleKeys} />;
}

export function Shortcuts({ onClose }: { onClose(): void }) {
	return (
		<Dialog heading={t("keys.heading")} onClose={onClose} wide closes>
			<KeyMap />
			<SingleKeys />
		</Dialog>
	);
}

export function ShortcutSettings() {
	return (
		<section class="settings-section">
			<SingleKeys />
			<Switch label={t("keys.enter")} hint={t("keys.enterHint")} checked={enterSends.value} onChange={setEnterSends} />
			<div class="settings-box">
				<KeyMap />
			</div>
		</section>
	);
}
