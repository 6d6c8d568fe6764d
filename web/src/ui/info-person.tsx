// SPDX-License-Identifier: MIT
// Who somebody is, and what can be done about them.

import { useState } from "preact/hooks";

import { t } from "../i18n.ts";
import { handleOf, nameOf } from "../logic/people.ts";
import { act } from "../state/chats.ts";
import { archive } from "../state/chat-settings.ts";
import { copyText } from "./text.tsx";
import { chatPath } from "../logic/routes.ts";
import { follow, goToPanel } from "../state/router.ts";
import { home, me, type Chat } from "../state/store.ts";
import { nameOfChat } from "./conversation.tsx";
import { focusComposer } from "./composer-focus.ts";
import { Confirm } from "./dialog.tsx";
import { Icon } from "./icons.tsx";
import { KeepSection } from "./info-keep.tsx";
import { ChatNotify } from "./info-notify.tsx";
import { SharedActs } from "./info-shared.tsx";
import { Avatar, GroupLine, presenceText } from "./parts.tsx";
import { useTogether } from "./use-together.ts";

type Asking = "block" | "remove";

function Relation({ chat, onAsk }: { chat: Chat; onAsk(what: Asking): void }) {
	const person = chat.person.value;
	return (
		<section class="info-section">
			<ul class="info-list">
				{person.relation === "contact" && (
					<li>
						<button type="button" class="info-act" onClick={() => archive(chat, !chat.archived.peek())}>
							<Icon name="archive" />
							{t(chat.archived.value ? "list.unarchive" : "list.archive")}
						</button>
					</li>
				)}
				{person.relation === "contact" && (
					<li>
						<button type="button" class="info-act" onClick={() => onAsk("remove")}>
							<Icon name="close" />
							{t("chat.remove")}
						</button>
					</li>
				)}
				<li>
					{person.relation === "blocked" ? (
						<button type="button" class="info-act" onClick={() => void act(person, "unblock")}>
							<Icon name="block" />
							{t("chat.unblock")}
						</button>
					) : (
						<button type="button" class="info-act info-danger" onClick={() => onAsk("block")}>
							<Icon name="block" />
							{t("chat.block")}
						</button>
					)}
				</li>
			</ul>
		</section>
	);
}

/** Groups in which both are. */
function Together({ chat }: { chat: Chat }) {
	const groups = useTogether(chat);
	return groups.length > 0 ? (
		<section class="info-section" aria-labelledby="info-together">
			<h3 id="info-together">{t("info.together", { n: groups.length })}</h3>
			<ul class="members">
				{groups.map((group) => (
					<li class="member" key={group.address}>
						<a class="person-link" href={chatPath(group.address, home.value)} onClick={follow}>
							<GroupLine group={group} note="" />
						</a>
					</li>
				))}
			</ul>
		</section>
	) : null;
}

export function PersonInfo({ chat }: { chat: Chat }) {
	const [asked, setAsked] = useState<Asking>();
	const person = chat.person.value;
	const own = chat.address === me.value;
	const contact = person.relation === "contact" && !own;
	const name = nameOf(person);
	return (
		<>
			<div class="info-top">
				<Avatar name={nameOfChat(chat)} address={chat.address} size="large" show={contact ? (chat.presence.value?.show ?? "offline") : undefined} />
				<p class="profile-name">{nameOfChat(chat)}</p>
				<p class="muted">{own ? t("chat.savedNote") : handleOf(person, home.value)}</p>
				{contact && <p>{presenceText(chat)}</p>}
				<div class="buttons">
					{contact && (
						<button
							type="button"
							class="button button-primary"
							onClick={() => {
								goToPanel(chat.address);
								focusComposer();
							}}
						>
							{t("relation.message")}
						</button>
					)}
					<button type="button" class="button" onClick={() => void copyText(chat.address)}>
						{t("info.copyAddress")}
					</button>
				</div>
			</div>
			{(contact || own) && (
				<section class="info-section">
					<ul class="info-list">
						<SharedActs chat={chat} />
					</ul>
				</section>
			)}
			{!own && <Together chat={chat} />}
			{contact && <ChatNotify chat={chat} />}
			{(contact || own) && <KeepSection chat={chat} />}
			{!own && <Relation chat={chat} onAsk={setAsked} />}
			{asked && (
				<Confirm
					heading={t(`${asked}.heading`, { name })}
					text={t(`${asked}.text`, { name })}
					action={t(`chat.${asked}`)}
					onConfirm={() => void act(chat.person.peek(), asked)}
					onClose={() => setAsked(undefined)}
				/>
			)}
		</>
	);
}
