// SPDX-License-Identifier: MIT
// What this browser calls itself, and what it remembers without secrets.

import type { Account, Outgoing } from "../../sdk/src/index.ts";
import { t } from "../i18n.ts";
import type { KeptDraft } from "./cache.ts";

const ACCOUNT = "parley.account";
const RESUME = "parley.resume";
const DRAFTS = "parley.drafts";
const MESSAGES = "parley.messages";

export interface Remembered {
	address: string;
	device: string;
	account: Account;
}

function read<T>(key: string): T | undefined {
	try {
		return (JSON.parse(localStorage.getItem(key) ?? "null") as T | null) ?? undefined;
	} catch {
		return undefined;
	}
}

function write(key: string, value: unknown): void {
	try {
		if (value === undefined) {
			localStorage.removeItem(key);
		} else {
			localStorage.setItem(key, JSON.stringify(value));
		}
	} catch {
		/* A browser that stores nothing asks for the password each time. */
	}
}

/** Who is logged in here. The token is in a cookie that no script can read. */
export const remembered = {
	get: () => read<Remembered>(ACCOUNT),
	set: (value: Remembered) => write(ACCOUNT, value),
	clear: () => [ACCOUNT, RESUME, DRAFTS, MESSAGES].forEach((key) => write(key, undefined)),
};

/** What was typed in the last moment before the page was left, when the database takes nothing more; [] for nothing. */
export const lastWords = {
	take: () => {
		const drafts = read<KeptDraft[]>(DRAFTS) ?? [];
		write(DRAFTS, undefined);
		return drafts;
	},
	put: (drafts: KeptDraft[]) => write(DRAFTS, drafts),
};

/** The same for what was sent in the last moment, by this tab or by others. */
export const lastMessages = {
	take: () => {
		const messages = read<Outgoing[]>(MESSAGES) ?? [];
		write(MESSAGES, undefined);
		return messages;
	},
	add: (messages: Outgoing[]) => messages.length > 0 && write(MESSAGES, [...(read<Outgoing[]>(MESSAGES) ?? []), ...messages]),
};

export interface ResumePoint {
	id: string;
	count: number;
}

/** Where the next page, or the next tab, goes on with the session. */
export const resumePoint = {
	get: () => read<ResumePoint>(RESUME),
	set: (value: ResumePoint | undefined) => write(RESUME, value),
};

function firstMatch(text: string, names: [RegExp, string][]): string | undefined {
	return names.find(([pattern]) => pattern.test(text))?.[1];
}

/** "Firefox on Linux": how the owner knows this device in a list. */
export function deviceName(agent = navigator.userAgent): string {
	const browser = firstMatch(agent, [
		[/Firefox\//, "Firefox"], [/Edg\//, "Edge"], [/OPR\//, "Opera"], [/Chrom(?:e|ium)\//, "Chrome"], [/Safari\//, "Safari"],
	]);
	const system = firstMatch(agent, [
		[/Android/, "Android"], [/iPhone|iPad/, "iOS"], [/Windows/, "Windows"], [/Mac OS/, "macOS"], [/CrOS/, "ChromeOS"], [/Linux/, "Linux"],
	]);
	return browser && system ? t("device.name", { browser, system }) : (browser ?? system ?? t("devices.unnamed"));
}
