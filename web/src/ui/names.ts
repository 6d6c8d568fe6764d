// SPDX-License-Identifier: MIT
// People as sentences name them.

import { t } from "../i18n.ts";
import { me, nameOfAddress } from "../state/store.ts";

/** "You", or what somebody is called. */
export function nameOrYou(address: string): string {
	return address === me.value ? t("chat.you") : nameOfAddress(address);
}

/** "Ann", "Ann and Bob", "Ann, Bob and 3 others". total: how many there are, when not all are told; you: the reader. */
export function namesOf(addresses: readonly string[], most: number, total = addresses.length, you = t("chat.you")): string {
	const mine = addresses.filter((address) => address === me.value);
	const shown = [...mine, ...addresses.filter((address) => address !== me.value)].slice(0, most).map((address) => (address === me.value ? you : nameOfAddress(address)));
	const others = total - shown.length;
	if (others > 0) {
		return t("names.others", { names: shown.join(", "), n: others });
	}
	return shown.length > 1 ? t("names.and", { names: shown.slice(0, -1).join(", "), last: shown.at(-1)! }) : (shown[0] ?? "");
}
