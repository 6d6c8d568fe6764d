// SPDX-License-Identifier: MIT
// Saving settings: shown at once, told to the node one after the other, and taken back where it refuses.

import type { Account, NotifySettings, Params, Privacy } from "../../sdk/src/index.ts";
import { t } from "../i18n.ts";
import { complain } from "./chats.ts";
import { link } from "./link.ts";
import { toast } from "./live.ts";
import { notifySettings } from "./notify.ts";
import { accountChanged } from "./session.ts";
import { account } from "./store.ts";

interface Kept<T, C> {
	/** As it is shown; nothing when nobody is logged in. */
	now(): T | undefined;
	show(value: T): void;
	/** What a change makes of it. */
	merge(value: T, change: C): T;
	/** Gives what the node has then. */
	tell(change: C): Promise<T>;
}

/** Changes that wait for the node lie over what it said last: its answer to the first does not take back the second. */
function saver<T, C>({ now, show, merge, tell }: Kept<T, C>): (change: C) => Promise<boolean> {
	const waiting: C[] = [];
	let told: T;
	let turn: Promise<unknown> = Promise.resolve();
	const save = async (change: C) => {
		let saved = true;
		try {
			told = await tell(change);
			toast(t("profile.saved"));
		} catch (error) {
			saved = false;
			complain(error);
		}
		waiting.shift();
		if (now()) {
			show(waiting.reduce(merge, told));
		}
		return saved;
	};
	return (change) => {
		const before = now()!;
		if (waiting.length === 0) {
			told = before;
		}
		waiting.push(change);
		show(merge(before, change));
		const saved = turn.then(() => save(change));
		turn = saved;
		return saved;
	};
}

export interface AccountChange {
	/** A name that is refused stays in its field as it was written; it is shown elsewhere once the node has it. */
	display?: string;
	hidden?: boolean;
	privacy?: Privacy;
}

export const saveAccount = saver<Account, AccountChange>({
	now: () => account.peek(),
	show: accountChanged,
	merge: (value, { hidden = value.hidden, privacy }) => ({ ...value, hidden, privacy: { ...value.privacy, ...privacy } }),
	tell: async (change) => (await link.request("account.update", change)).account,
});

export const saveNotify = saver<NotifySettings, Params<"notify.update">>({
	now: () => notifySettings.peek(),
	show: (value) => (notifySettings.value = value),
	merge: (value, change) => ({ ...value, ...change }) as NotifySettings,
	tell: async (change) => (await link.request("notify.update", change)).settings,
});
