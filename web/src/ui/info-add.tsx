// SPDX-License-Identifier: MIT
// Adding people to a group, and what became of each.

import { useEffect, useState } from "preact/hooks";

import { t } from "../i18n.ts";
import { tryGroup, type Outcome } from "../state/groups.ts";
import { forgetMembers, meetMembers } from "../state/members.ts";
import { me, type Chat } from "../state/store.ts";
import { OutcomeList } from "./outcome.tsx";
import { PeoplePicker, type Choice } from "./people-picker.tsx";
import { usePeople } from "./use-people.ts";

export function AddPeople({ chat }: { chat: Chat }) {
	const [text, setText] = useState("");
	const [chosen, setChosen] = useState<readonly Choice[]>([]);
	const [outcome, setOutcome] = useState<Outcome>();
	const [busy, setBusy] = useState(false);
	const [inside, setInside] = useState<ReadonlySet<string>>(new Set());
	const found = usePeople(text, (address) => address === me.peek() || inside.has(address));
	/* Who is in the group already; of a large one the first, the node knows the others. */
	useEffect(() => {
		forgetMembers(chat);
		void meetMembers(chat).then((members) => setInside(new Set(members.map(({ person }) => person.address))));
	}, [chat, outcome]);
	const submit = async (event: Event) => {
		event.preventDefault();
		if (busy || chosen.length === 0) {
			return;
		}
		setBusy(true);
		const answer = await tryGroup("groups.invite", { group: chat.address, people: chosen.map(({ address }) => address) });
		setBusy(false);
		if (answer) {
			setOutcome(answer);
			setChosen([]);
		}
	};
	return (
		<form class="form" onSubmit={submit}>
			{outcome && (
				<div role="status">
					<OutcomeList outcome={outcome} />
				</div>
			)}
			<PeoplePicker
				label={t("new.people")}
				found={found}
				text={text}
				onText={setText}
				chosen={chosen}
				onChosen={setChosen}
				none={text.trim() ? t("search.none", { text: text.trim() }) : t("new.nobody")}
			/>
			<p class="field-hint">{t("groups.addHint")}</p>
			<button type="submit" class="button button-primary" disabled={chosen.length === 0} aria-disabled={busy}>
				{t("groups.add")}
			</button>
		</form>
	);
}
