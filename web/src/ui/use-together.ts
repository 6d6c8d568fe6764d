// SPDX-License-Identifier: MIT
// The groups that one shares with somebody.

import { useEffect, useState } from "preact/hooks";

import { asParleyError, type Group } from "../../sdk/src/index.ts";
import { link } from "../state/link.ts";
import { titleOf } from "../state/invitations.ts";
import { t } from "../i18n.ts";
import type { Chat } from "../state/store.ts";

const NAMED = 3;

export function useTogether({ address }: Pick<Chat, "address">): readonly Group[] {
	const [groups, setGroups] = useState<readonly Group[]>([]);
	useEffect(() => {
		let current = true;
		link.request("groups.list", { with: address }).then(
			({ groups: found }) => current && setGroups(found),
			(error: unknown) => console.warn("groups in common are not known:", asParleyError(error).message),
		);
		return () => {
			current = false;
		};
	}, [address]);
	return groups;
}

/** "You share 2 groups: Garden club, Chess."; nothing for none. */
export function togetherText(groups: readonly Group[]): string {
	const names = groups.slice(0, NAMED).map(titleOf).join(", ");
	return groups.length === 0 ? "" : t("card.together", { n: groups.length, names: groups.length > NAMED ? `${names} …` : names });
}
