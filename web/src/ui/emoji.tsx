// SPDX-License-Identifier: MIT
// The emoji picker: a grid to walk with the arrows, a search above it, and those that were used last on top.

import { EMOJI } from "parley:emoji";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";

import { t } from "../i18n.ts";
import { recents, setTone, tone } from "../state/recents.ts";

type Group = keyof typeof EMOJI;

interface Emoji {
	emoji: string;
	name: string;
	words: string;
	/** It has skin tones. */
	toned: boolean;
}

const ICONS: Record<Group, string> = {
	people: "😀", nature: "🌿", food: "🍎", travel: "🚲", activities: "⚽", objects: "💡", symbols: "💜", flags: "🏁",
};
const COLUMNS = 8;
const FOUND = 80;

let parsed: Map<Group, Emoji[]> | undefined;

function all(): Map<Group, Emoji[]> {
	parsed ??= new Map(
		(Object.keys(EMOJI) as Group[]).map((group) => [
			group,
			EMOJI[group].split("\n").map((line) => {
				const [emoji = "", name = "", more = "", tones] = line.split("\t");
				return { emoji, name, words: ` ${name} ${more}`.toLowerCase(), toned: tones === "t" };
			}),
		]),
	);
	return parsed;
}

const TONES = ["✋", "✋🏻", "✋🏼", "✋🏽", "✋🏾", "✋🏿"];

/** With the skin tone that was chosen, in place of the mark for a coloured picture. */
function withTone({ emoji, toned }: Emoji): string {
	const [first = "", ...rest] = emoji;
	if (!toned || tone.value === 0) {
		return emoji;
	}
	return first + String.fromCodePoint(0x1f3fa + tone.value) + (rest[0] === "\ufe0f" ? rest.slice(1) : rest).join("");
}

/** Names that begin so come first, then words that begin so. */
export function find(text: string): Emoji[] {
	const want = text.trim().toLowerCase();
	const fits = [...all().values()].flat().filter(({ words, emoji }) => words.includes(` ${want}`) || emoji === want);
	return fits.sort((a, b) => Number(b.name.startsWith(want)) - Number(a.name.startsWith(want))).slice(0, FOUND);
}

function named(emoji: string): Emoji {
	const known = [...all().values()].flat().find((other) => other.emoji === emoji);
	return known ?? { emoji, name: emoji, words: "", toned: false };
}

interface GridProps {
	emoji: readonly Emoji[];
	label: string;
	onPick(emoji: string): void;
}

/** Rows of a grid; the one cell that Tab reaches is the one that was walked to last. */
function Grid({ emoji, label, onPick }: GridProps) {
	const grid = useRef<HTMLDivElement>(null);
	const [at, setAt] = useState(0);
	useEffect(() => setAt(0), [emoji]);
	const walk = (event: KeyboardEvent) => {
		const rtl = getComputedStyle(grid.current!).direction === "rtl" ? -1 : 1;
		const row = at - (at % COLUMNS);
		const to = {
			ArrowRight: at + rtl, ArrowLeft: at - rtl, ArrowDown: at + COLUMNS, ArrowUp: at - COLUMNS,
			Home: row, End: Math.min(row + COLUMNS, emoji.length) - 1,
		}[event.key];
		if (to !== undefined) {
			event.preventDefault();
			event.stopPropagation();
			const next = Math.min(Math.max(0, to), emoji.length - 1);
			setAt(next);
			grid.current?.querySelectorAll<HTMLElement>("button")[next]?.focus();
		}
	};
	const rows = Array.from({ length: Math.ceil(emoji.length / COLUMNS) }, (_, i) => emoji.slice(i * COLUMNS, (i + 1) * COLUMNS));
	return (
		<div class="emoji-grid" role="grid" aria-label={label} ref={grid} onKeyDown={walk}>
			{rows.map((row, y) => (
				<div role="row" class="emoji-row" key={y}>
					{row.map((one, x) => (
						<div role="gridcell" key={one.emoji}>
							<button
								type="button"
								tabIndex={y * COLUMNS + x === at ? 0 : -1}
								aria-label={one.name}
								title={one.name}
								onFocus={() => setAt(y * COLUMNS + x)}
								onClick={() => onPick(withTone(one))}
							>
								{withTone(one)}
							</button>
						</div>
					))}
				</div>
			))}
		</div>
	);
}

function Tones() {
	return (
		<div class="emoji-groups emoji-tones" role="group" aria-label={t("emoji.tone")}>
			{TONES.map((hand, i) => (
				<button
					type="button"
					key={hand}
					aria-pressed={i === tone.value}
					aria-label={t(`emoji.tone.${i as 0 | 1 | 2 | 3 | 4 | 5}`)}
					title={t(`emoji.tone.${i as 0 | 1 | 2 | 3 | 4 | 5}`)}
					onClick={() => setTone(i)}
				>
					{hand}
				</button>
			))}
		</div>
	);
}

interface PickerProps {
	onPick(emoji: string): void;
	onClose(): void;
}

export function EmojiPicker({ onPick, onClose }: PickerProps) {
	const [text, setText] = useState("");
	const [group, setGroup] = useState<Group>("people");
	const input = useRef<HTMLInputElement>(null);
	const shown = useMemo(() => (text.trim() ? find(text) : all().get(group)!), [text, group]);
	const last = useMemo(() => recents.peek().slice(0, COLUMNS * 2).map(named), []);
	useLayoutEffect(() => input.current?.focus(), []);
	const keys = (event: KeyboardEvent) => {
		if (event.key === "Escape") {
			event.stopPropagation();
			onClose();
		}
	};
	const searchKeys = (event: KeyboardEvent) => {
		if (event.key === "Enter" && !event.isComposing && text.trim() && shown[0]) {
			event.preventDefault();
			onPick(withTone(shown[0]));
		} else if (event.key === "ArrowDown") {
			event.preventDefault();
			input.current?.closest(".emoji")?.querySelector<HTMLElement>('.emoji-grid [tabindex="0"]')?.focus();
		}
	};
	return (
		<div class="emoji" role="dialog" aria-label={t("emoji.heading")} onKeyDown={keys}>
			<input
				ref={input}
				type="search"
				class="emoji-search"
				value={text}
				onInput={(event) => setText(event.currentTarget.value)}
				onKeyDown={searchKeys}
				placeholder={t("emoji.search")}
				aria-label={t("emoji.search")}
				autoComplete="off"
			/>
			<div class="emoji-groups" role="group" aria-label={t("emoji.groups")}>
				{(Object.keys(ICONS) as Group[]).map((name) => (
					<button
						type="button"
						key={name}
						aria-pressed={!text && name === group}
						aria-label={t(`emoji.${name}`)}
						title={t(`emoji.${name}`)}
						onClick={() => {
							setText("");
							setGroup(name);
						}}
					>
						{ICONS[name]}
					</button>
				))}
			</div>
			<div class="emoji-scroll" tabIndex={-1}>
				{!text && last.length > 0 && (
					<>
						<h3>{t("emoji.recent")}</h3>
						<Grid emoji={last} label={t("emoji.recent")} onPick={onPick} />
					</>
				)}
				<h3>{text ? t("emoji.found", { n: shown.length }) : t(`emoji.${group}`)}</h3>
				<Grid emoji={shown} label={text ? t("emoji.heading") : t(`emoji.${group}`)} onPick={onPick} />
			</div>
			<Tones />
		</div>
	);
}
