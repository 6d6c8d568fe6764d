// SPDX-License-Identifier: MIT
// What became of everybody who was to be in a group.

import { t } from "../i18n.ts";
import type { Outcome } from "../state/groups.ts";
import { nameOfAddress } from "../state/store.ts";
import { Icon } from "./icons.tsx";
import { namesOf } from "./names.ts";

const NAMED = 5;

/** In one sentence or three. */
export function outcomeText({ added, invited, refused }: Outcome): string {
	const parts = [
		added.length > 0 && t("outcome.added", { names: namesOf(added, NAMED) }),
		invited.length > 0 && t("outcome.invited", { names: namesOf(invited, NAMED) }),
		refused.length > 0 && t("outcome.refused", { names: namesOf(refused.map(({ address }) => address), NAMED) }),
	];
	return parts.filter(Boolean).join(" ");
}

export function OutcomeList({ outcome: { added, invited, refused } }: { outcome: Outcome }) {
	return (
		<ul class="outcome">
			{added.length > 0 && (
				<li>
					<Icon name="tick" />
					{t("outcome.added", { names: namesOf(added, NAMED) })}
				</li>
			)}
			{invited.length > 0 && (
				<li>
					<Icon name="clock" />
					<span>
						{t("outcome.invited", { names: namesOf(invited, NAMED) })} {t("outcome.invitedWhy")}
					</span>
				</li>
			)}
			{refused.map(({ address, text }) => (
				<li key={address}>
					<Icon name="warning" />
					{t("outcome.refusedOne", { name: nameOfAddress(address), text })}
				</li>
			))}
		</ul>
	);
}
