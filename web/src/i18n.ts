// SPDX-License-Identifier: MIT
// Texts from the catalogue, with values and elements put in.

import type { ComponentChild } from "preact";

import { en } from "./messages.en.ts";
import type { later } from "./messages.later.en.ts";

export type Key = keyof typeof en | keyof typeof later;

type Entry = string | { one: string; other: string };

const texts: Partial<Record<Key, Entry>> = { ...en };

/** The part of the catalogue that comes with the screens that need it. */
export function addTexts(more: Partial<Record<Key, Entry>>): void {
	Object.assign(texts, more);
}

const plurals = new Intl.PluralRules("en");
const numbers = new Intl.NumberFormat("en");

function pattern(key: Key, n: unknown): string {
	const entry = texts[key] ?? key;
	if (typeof entry === "string") {
		return entry;
	}
	return entry[plurals.select(Number(n)) === "one" ? "one" : "other"];
}

function shown(value: string | number): string {
	return typeof value === "number" ? numbers.format(value) : value;
}

/** The text of a key. A value that is missing stays visible as {name}. */
export function t(key: Key, values: object = {}): string {
	const known = values as Record<string, string | number | undefined>;
	return pattern(key, known.n).replace(/\{(\w+)\}/g, (hole, name: string) => {
		const value = known[name];
		return value === undefined ? hole : shown(value);
	});
}

/** How long to wait, as a person would say it. */
export function waitTime(seconds: number): string {
	return seconds < 120 ? t("wait.seconds", { n: seconds }) : t("wait.minutes", { n: Math.ceil(seconds / 60) });
}

/** A text of the node's, which begins small and has no full stop, where it stands alone. */
export function sentence(text: string): string {
	return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** The text of a key with elements in place of values. */
export function tx(key: Key, values: Record<string, ComponentChild>): ComponentChild[] {
	return pattern(key, values.n)
		.split(/\{(\w+)\}/)
		.map((part, i) => (i % 2 ? values[part] : part));
}
