// SPDX-License-Identifier: MIT
// Changing a group. Texts are saved by a button, choices at once.

import { useEffect, useState } from "preact/hooks";

import type { Group, GroupKind, GroupPermissions, GroupRole } from "../../sdk/src/index.ts";
import { t } from "../i18n.ts";
import { ACTS, lowestFor, ROLES, SLOWS, slowText } from "../logic/group-words.ts";
import { may } from "../logic/rights.ts";
import { update } from "../state/groups.ts";
import { toast } from "../state/live.ts";
import type { Chat } from "../state/store.ts";
import { Area, Choices, Select } from "./fields.tsx";
import { Field } from "./parts.tsx";

type Texts = Pick<Group, "title" | "about" | "topic">;

function TextForm({ chat, group }: { chat: Chat; group: Group }) {
	const [texts, setTexts] = useState<Texts>(group);
	const [busy, setBusy] = useState(false);
	const { title, about, topic } = texts;
	useEffect(() => setTexts(group), [group.title, group.about, group.topic]);
	const set = (change: Partial<Texts>) => setTexts({ title, about, topic, ...change });
	const changed = title.trim() !== group.title || about.trim() !== group.about || topic.trim() !== group.topic;
	const save = async (event: Event) => {
		event.preventDefault();
		if (changed && !busy) {
			setBusy(true);
			const change = {
				...(title.trim() !== group.title ? { title: title.trim() } : {}),
				...(about.trim() !== group.about ? { about: about.trim() } : {}),
				...(topic.trim() !== group.topic ? { topic: topic.trim() } : {}),
			};
			if (await update(chat, change)) {
				toast(t("profile.saved"));
			}
			setBusy(false);
		}
	};
	return (
		<form class="form" onSubmit={save}>
			<Field label={t("new.title")} name="title" value={title} onInput={(value) => set({ title: value })} maxLength={80} hint={t("new.titleHint")} spellcheck autoComplete="off" />
			<Field label={t("group.topic")} name="topic" value={topic} onInput={(value) => set({ topic: value })} maxLength={200} hint={t("group.topicHint")} spellcheck autoComplete="off" />
			<Area label={t("new.about")} value={about} onInput={(value) => set({ about: value })} maxLength={500} rows={3} />
			<button type="submit" class="button button-primary" disabled={!changed || busy}>
				{t("action.save")}
			</button>
		</form>
	);
}

/** What is chosen is shown at once, and taken back when the node refuses. */
function useSaving(chat: Chat, group: Group) {
	return async (change: Partial<Group>) => {
		chat.group.value = { ...group, ...change };
		if (await update(chat, change as never)) {
			toast(t("profile.saved"));
		} else {
			chat.group.value = group;
		}
	};
}

export function EditGroup({ chat, group }: { chat: Chat; group: Group }) {
	const save = useSaving(chat, group);
	const admin = group.role === "owner" || group.role === "admin";
	const permit = (act: keyof GroupPermissions, role: GroupRole) => void save({ permissions: { ...group.permissions, [act]: role } });
	return (
		<>
			{may(group, "edit") && <TextForm chat={chat} group={group} />}
			{admin && (
				<>
					<section class="info-section" aria-labelledby="edit-kind">
						<h3 id="edit-kind">{t("group.joining")}</h3>
						<Choices
							label={t("new.kind")}
							name="kind"
							value={group.kind}
							onChange={(kind: GroupKind) => void save({ kind })}
							options={[
								{ value: "private", text: t("group.kind.private"), hint: t("group.kind.privateHint") },
								{ value: "public", text: t("group.kind.public"), hint: t("group.kind.publicHint") },
							]}
						/>
						<Choices
							label={t("group.history")}
							name="history"
							value={group.history}
							onChange={(history: Group["history"]) => void save({ history })}
							options={[
								{ value: "joined", text: t("group.history.joined") },
								{ value: "all", text: t("group.history.all") },
							]}
						/>
					</section>
					<section class="info-section" aria-labelledby="edit-rights">
						<h3 id="edit-rights">{t("group.rights")}</h3>
						{ACTS.map((act) => (
							<Select
								key={act}
								label={t(`group.may.${act}`)}
								value={lowestFor(group, act)}
								options={ROLES.map((value) => ({ value, text: t(`group.from.${value}`) }))}
								onChange={(role) => permit(act, role)}
							/>
						))}
						<Select
							label={t("group.slow")}
							value={group.slow}
							options={(SLOWS.includes(group.slow) ? SLOWS : [...SLOWS, group.slow]).map((value) => ({ value, text: slowText(value) }))}
							onChange={(slow) => void save({ slow })}
						/>
						<p class="field-hint">{t("group.slowHint")}</p>
					</section>
				</>
			)}
		</>
	);
}
