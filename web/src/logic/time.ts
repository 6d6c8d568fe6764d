// SPDX-License-Identifier: MIT
// Times as people read them, in the language of the catalogue. Pure but for the zone of the machine.

import { dayKey } from "./rows.ts";

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const weekday = new Intl.DateTimeFormat("en", { weekday: "short" });
const shortDate = new Intl.DateTimeFormat("en", { day: "numeric", month: "short" });
const longDate = new Intl.DateTimeFormat("en", { weekday: "long", day: "numeric", month: "long" });
const longDateYear = new Intl.DateTimeFormat("en", { weekday: "long", day: "numeric", month: "long", year: "numeric" });
const full = new Intl.DateTimeFormat("en", { dateStyle: "full", timeStyle: "short" });

const medium = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short" });
const date = new Intl.DateTimeFormat("en", { dateStyle: "medium" });

const DAY = 86_400_000;

export type Day = { kind: "today" } | { kind: "yesterday" } | { kind: "date"; text: string };

export function clockTime(time: number): string {
	return clock.format(time);
}

export function fullTime(time: number): string {
	return full.format(time);
}

export function mediumTime(time: number): string {
	return medium.format(time);
}

export function mediumDate(time: number): string {
	return date.format(time);
}

/** The heading of a day. */
export function dayOf(time: number, now: number): Day {
	if (dayKey(time) === dayKey(now)) {
		return { kind: "today" };
	}
	if (dayKey(time) === dayKey(now - DAY)) {
		return { kind: "yesterday" };
	}
	const sameYear = new Date(time).getFullYear() === new Date(now).getFullYear();
	return { kind: "date", text: (sameYear ? longDate : longDateYear).format(time) };
}

/** For the chat list: the time today, the weekday this week, else the date. */
export function listTime(time: number, now: number): string {
	if (dayKey(time) === dayKey(now)) {
		return clock.format(time);
	}
	return now - time < 6 * DAY ? weekday.format(time) : shortDate.format(time);
}

export type Ago = { unit: "now" | "minutes" | "hours" | "days"; n: number };

export function ago(time: number, now: number): Ago {
	const minutes = Math.floor(Math.max(0, now - time) / 60_000);
	if (minutes < 1) {
		return { unit: "now", n: 0 };
	}
	if (minutes < 60) {
		return { unit: "minutes", n: minutes };
	}
	const hours = Math.floor(minutes / 60);
	return hours < 24 ? { unit: "hours", n: hours } : { unit: "days", n: Math.floor(hours / 24) };
}
