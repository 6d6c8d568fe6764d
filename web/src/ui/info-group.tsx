// SPDX-License-Identifier: MIT
// What a group is: its name, what it is for, how one is notified, who is in it, and the way out.

import { useState } from "preact/hooks";

import type { Group } from "../../sdk/src/index.ts";
import { t } from "../i18n.ts";
import { leavingText, plainRights } from "../logic/group-words.ts";
import { isModerator, may } from "../logic/rights.ts";
import { archive } from "../state/chat-settings.ts";
import { join, leave } from "../state/groups.ts";
import { goToPanel } from "../state/router.ts";
import { type Chat } from "../state/store.ts";
import { Confirm } from "./dialog.tsx";
import { KeepSection } from "./info-keep.tsx";
import { Members } from "./info-members.tsx";
import { ChatNotify } from "./info-notify.tsx";
import { InfoAct, SharedActs } from "./info-shared.tsx";
import { Avatar } from "./parts.tsx";
import { copyText, Text } from "./text.tsx";

function Top({ chat, group }: { chat: Chat; group: Group }) {
	return (
		<div class="info-top">
			<Avatar name={chat.name} address={chat.address} size="large" />
			<p class="profile-name">{chat.name}</p>
			<p class="muted">
				{[t(`group.kind.${group.kind}`), t("group.members", { n: group.members })].join(" · ")}
			</p>
			{group.kind === "public" && (
				<button type="button" class="link-button" onClick={() => void copyText(group.address)}>
					{group.address}
				</button>
			)}
			{group.topic && (
				<p dir="auto">
					<b>{t("group.topic")}:</b> {group.topic}
				</p>
			)}
			{group.about && (
				<div class="info-about" dir="auto">
					<Text text={group.about} />
				</div>
			)}
		</div>
	);
}

/** In plain words: what one may do here, and what others may. */
function Rights({ group }: { group: Group }) {
	return (
		<section class="info-section" aria-labelledby="info-rights">
			<h3 id="info-rights">{t("group.rights")}</h3>
			<ul class="plain-list">
				{plainRights(group).map((line) => (
					<li key={line}>{line}</li>
				))}
			</ul>
		</section>
	);
}

export function GroupInfo({ chat, group }: { chat: Chat; group: Group }) {
	const [leaving, setLeaving] = useState(false);
	const open = (panel: "add" | "edit" | "links" | "banned") => () => goToPanel(chat.address, panel);
	const member = !chat.gone.value && group.role !== "none" && group.role !== "banned";
	if (!member) {
		return (
			<>
				<Top chat={chat} group={group} />
				{group.kind === "public" && group.role === "none" && (
					<button type="button" class="button button-primary" onClick={() => void join({ group: chat.address })}>
						{t("groups.join")}
					</button>
				)}
			</>
		);
	}
	const mayEditText = may(group, "edit");
	const admin = group.role === "owner" || group.role === "admin";
	return (
		<>
			<Top chat={chat} group={group} />
			<section class="info-section">
				<ul class="info-list">
					{may(group, "invite") && <InfoAct icon="people" text={t("info.add")} onClick={open("add")} />}
					{may(group, "invite") && <InfoAct icon="link" text={t("info.links")} onClick={open("links")} />}
					{(mayEditText || admin) && <InfoAct icon="edit" text={t("info.edit")} onClick={open("edit")} />}
					{isModerator(group) && admin && <InfoAct icon="block" text={t("info.banned")} onClick={open("banned")} />}
					<SharedActs chat={chat} />
				</ul>
			</section>
			<ChatNotify chat={chat} />
			<Members chat={chat} group={group} />
			<Rights group={group} />
			<KeepSection chat={chat} />
			<section class="info-section">
				<ul class="info-list">
					<InfoAct icon="archive" text={t(chat.archived.value ? "list.unarchive" : "list.archive")} onClick={() => archive(chat, !chat.archived.peek())} />
					<InfoAct icon="leave" text={t("groups.leave")} danger onClick={() => setLeaving(true)} />
				</ul>
			</section>
			{leaving && (
				<Confirm
					heading={t("groups.leaveHeading", { group: chat.name })}
					text={leavingText(group)}
					action={t("groups.leave")}
					onConfirm={() => void leave(chat)}
					onClose={() => setLeaving(false)}
				/>
			)}
		</>
	);
}
