// SPDX-License-Identifier: MIT
// Making a group: with whom, and what it is called; and what became of everybody.

import { useLayoutEffect, useState } from "preact/hooks";

import type { Group, GroupKind } from "../../sdk/src/index.ts";
import { t } from "../i18n.ts";
import { Once } from "../logic/once.ts";
import { handleOf, nameOf } from "../logic/people.ts";
import { enter, tryGroup, type Outcome } from "../state/groups.ts";
import { titleOf } from "../state/invitations.ts";
import { toast } from "../state/live.ts";
import { goToChat } from "../state/router.ts";
import { chatWith, home } from "../state/store.ts";
import { Area, Choices } from "./fields.tsx";
import { OutcomeList, outcomeText } from "./outcome.tsx";
import { PaneHead, Waits } from "./pane.tsx";
import { Field } from "./parts.tsx";
import { PeoplePicker, type Choice } from "./people-picker.tsx";
import { usePeople } from "./use-people.ts";

export function choiceOfAddress(address: string): Choice {
	const person = chatWith(address).person.value;
	return { address, name: nameOf(person), note: handleOf(person, home.value) };
}

const NAME = /^[a-z0-9_]{3,15}$/;

function Done({ group, outcome }: { group: Group; outcome: Outcome }) {
	useLayoutEffect(() => document.querySelector<HTMLElement>("main h2")?.focus(), []);
	return (
		<div class="page-body">
			<h2 tabIndex={-1}>{t("new.done", { group: titleOf(group) })}</h2>
			<OutcomeList outcome={outcome} />
			<div class="buttons">
				<button type="button" class="button button-primary" onClick={() => goToChat(group.address)}>
					{t("new.open")}
				</button>
			</div>
		</div>
	);
}

function NewGroupForm({ onDone }: { onDone(group: Group, outcome: Outcome): void }) {
	const [text, setText] = useState("");
	const [chosen, setChosen] = useState<readonly Choice[]>([]);
	const [title, setTitle] = useState("");
	const [about, setAbout] = useState("");
	const [kind, setKind] = useState<GroupKind>("private");
	const [name, setName] = useState("");
	const [busy, setBusy] = useState(false);
	const [once] = useState(() => new Once());
	const found = usePeople(text);
	const badName = kind === "public" && name !== "" && !NAME.test(name);
	const submit = async (event: Event) => {
		event.preventDefault();
		if (busy || badName) {
			return;
		}
		setBusy(true);
		const wish = {
			kind,
			people: chosen.map(({ address }) => address),
			...(title.trim() ? { title: title.trim() } : {}),
			...(about.trim() ? { about: about.trim() } : {}),
			...(kind === "public" && name ? { name } : {}),
		};
		const answer = await tryGroup("groups.create", { ...wish, once: once.name(wish) });
		setBusy(false);
		if (answer) {
			const { group, added, invited, refused } = answer;
			enter(group);
			onDone(group, { added, invited, refused });
		}
	};
	return (
		<form class="page-body form" onSubmit={submit} noValidate>
			<PeoplePicker
				label={t("new.people")}
				found={found}
				text={text}
				onText={setText}
				chosen={chosen}
				onChosen={setChosen}
				none={text.trim() ? t("search.none", { text: text.trim() }) : t("new.nobody")}
			/>
			<Field label={t("new.title")} name="title" value={title} onInput={setTitle} maxLength={80} hint={t("new.titleHint")} spellcheck autoComplete="off" />
			<Area label={t("new.about")} value={about} onInput={setAbout} maxLength={500} rows={3} />
			<Choices
				label={t("new.kind")}
				name="kind"
				value={kind}
				onChange={(value: GroupKind) => setKind(value)}
				options={[
					{ value: "private", text: t("group.kind.private"), hint: t("group.kind.privateHint") },
					{ value: "public", text: t("group.kind.public"), hint: t("group.kind.publicHint") },
				]}
			/>
			{kind === "public" && (
				<Field
					label={t("new.name")}
					name="name"
					value={name}
					onInput={(value) => setName(value.trim().toLowerCase())}
					maxLength={15}
					autoComplete="off"
					hint={t("new.nameHint", { address: `${name || t("new.nameExample")}@rooms.${home.value}` })}
					error={badName ? t("new.nameBad") : undefined}
				/>
			)}
			<div class="buttons">
				<button type="submit" class="button button-primary" aria-disabled={busy}>
					{t("new.submit")}
				</button>
			</div>
			{busy && <Waits />}
		</form>
	);
}

export function NewGroup() {
	const [done, setDone] = useState<{ group: Group; outcome: Outcome }>();
	const finish = (group: Group, outcome: Outcome) => {
		if (outcome.invited.length + outcome.refused.length === 0) {
			toast(outcomeText(outcome) || t("new.done", { group: titleOf(group) }));
			goToChat(group.address);
		} else {
			setDone({ group, outcome });
		}
	};
	return (
		<div class="page">
			<PaneHead heading={t("nav.newGroup")} />
			{done ? <Done {...done} /> : <NewGroupForm onDone={finish} />}
		</div>
	);
}
