// SPDX-License-Identifier: MIT
// A chat: who it is with, what was said, and the box to write in or what stands in its place.

import { useEffect, useLayoutEffect, useState } from "preact/hooks";

import { t } from "../i18n.ts";
import { handleOf } from "../logic/people.ts";
import { isGroup } from "../logic/address.ts";
import { may } from "../logic/rights.ts";
import { act, setMarked } from "../state/chats.ts";
import { invitations } from "../state/invitations.ts";
import { touch } from "../state/now.ts";
import { leaveChat, openChat } from "../state/pages.ts";
import { goBack, goToPanel, moved, route } from "../state/router.ts";
import { chatWith, home, loaded, me, synced, type Chat } from "../state/store.ts";
import { Composer } from "./composer.tsx";
import { focusComposer } from "./composer-focus.ts";
import { Confirm } from "./dialog.tsx";
import { MenuButton, type MenuItem } from "./menu.tsx";
import { jumpTo } from "./jump.ts";
import { lazy, pages } from "./lazy.tsx";
import { writable } from "./message-acts.ts";
import { openOverlay } from "./overlay.ts";
import { Avatar, Hidden, IconButton, presenceText } from "./parts.tsx";
import { searchIn } from "./search.tsx";
import { Timeline } from "./timeline.tsx";

const PinBanner = lazy(async () => (await pages()).PinBanner);
const SelectionBar = lazy(async () => (await pages()).SelectionBar);
const BigPerson = lazy(async () => (await pages()).BigPerson);
const RelationCard = lazy(async () => (await pages()).RelationCard);
const GroupDoor = lazy(async () => (await pages()).GroupDoor);

type Asking = "block" | "remove";

function menuItems(chat: Chat, onAsk: (what: Asking) => void): MenuItem[] {
	const person = chat.person.value;
	const items: MenuItem[] = [
		{ icon: "pin", text: t("pins.heading"), act: () => openOverlay({ kind: "pins", chat }) },
		{ icon: "search", text: t("search.inChat"), act: () => searchIn(chat.address) },
		{ icon: "calendar", text: t("date.heading"), act: () => openOverlay({ kind: "date", chat }) },
	];
	if (chat.address === me.value || chat.group.value) {
		return items;
	}
	if (person.relation === "contact") {
		items.push({ icon: "close", text: t("chat.remove"), act: () => onAsk("remove") });
	}
	items.push(
		person.relation === "blocked"
			? { icon: "block", text: t("chat.unblock"), act: () => void act(person, "unblock") }
			: { icon: "block", text: t("chat.block"), act: () => onAsk("block"), danger: true },
	);
	return items;
}

/** Under the name: who is there, or what the group talks about. */
function Note({ chat }: { chat: Chat }) {
	const person = chat.person.value;
	const group = chat.group.value;
	if (group) {
		return <>{[t("group.members", { n: group.members }), group.topic].filter(Boolean).join(" · ")}</>;
	}
	if (chat.address === me.value) {
		return <>{t("chat.savedNote")}</>;
	}
	if (person.relation !== "contact") {
		return <>{handleOf(person, home.value)}</>;
	}
	const show = chat.presence.value?.show ?? "offline";
	return (
		<>
			{chat.presence.value?.status && <Hidden>{t(`presence.${show}`)}, </Hidden>}
			{presenceText(chat)}
		</>
	);
}

function Head({ chat, onAsk }: { chat: Chat; onAsk(what: Asking): void }) {
	const name = nameOfChat(chat);
	const contact = chat.person.value.relation === "contact" && !chat.group.value;
	const here = route.value;
	const panel = here.screen === "chat" && here.panel !== undefined;
	return (
		<div class="chat-head">
			<IconButton icon="back" label={t("action.back")} onClick={() => goBack()} class="only-narrow" />
			<Avatar name={name} address={chat.address} show={contact ? (chat.presence.value?.show ?? "offline") : undefined} />
			<div class="person-text">
				<h1 tabIndex={-1}>{name}</h1>
				<p class="person-note">
					<Note chat={chat} />
				</p>
			</div>
			<IconButton
				icon="info"
				class="info-button"
				label={t(isGroup(chat.address) ? "info.group" : "info.person")}
				onClick={() => goToPanel(chat.address, panel ? undefined : "info")}
			/>
			<MenuButton label={t("chat.actions", { name })} items={menuItems(chat, onAsk)} />
		</div>
	);
}

/** What a chat is called; the one with oneself is for notes. */
export function nameOfChat(chat: Chat): string {
	return chat.address === me.value ? t("chat.saved") : chat.title.value;
}

/** What stands in the place of the message box in a group where one may not write. */
function GroupNotice({ chat }: { chat: Chat }) {
	const group = chat.group.value;
	if (!group && !chat.gone.value) {
		return null; /* it is being asked for */
	}
	const out = chat.gone.value || !group || group.role === "none" || group.role === "banned";
	if (!out) {
		return <p class="no-post">{t(may(group, "post") ? "group.gone" : `group.post.${group.permissions.post ?? "member"}`)}</p>;
	}
	const open = group?.kind === "public" || invitations.value.some((invitation) => invitation.group.address === chat.address);
	if (open && group?.role === "none") {
		return <GroupDoor chat={chat} />;
	}
	return <p class="no-post">{t(group?.role === "banned" ? "group.banned" : "group.gone")}</p>;
}

/** Where one writes, or why one does not. */
function Foot({ chat, ready, onBlock }: { chat: Chat; ready: boolean; onBlock(): void }) {
	if (chat.chosen.value) {
		return <SelectionBar chat={chat} />;
	}
	if (writable(chat)) {
		return <Composer chat={chat} name={nameOfChat(chat)} />;
	}
	if (!ready) {
		return null;
	}
	return isGroup(chat.address) ? <GroupNotice chat={chat} /> : <RelationCard chat={chat} onBlock={onBlock} />;
}

/** message: the one to show first. */
export function Conversation({ address, message }: { address: string; message?: string }) {
	const chat = chatWith(address);
	const [asked, setAsked] = useState<Asking>();
	const name = nameOfChat(chat);
	const ready = loaded.value;
	const readable = writable(chat) || isGroup(address) || chat.timeline.value.messages.length + chat.outgoing.value.length > 0;
	useEffect(() => {
		if (ready) {
			void openChat(chat);
			void setMarked(chat, false);
		}
		return () => leaveChat(chat);
	}, [chat, ready]);
	useEffect(() => {
		if (ready && message && synced.peek()) {
			void jumpTo(chat, message);
		}
	}, [chat, ready, message, synced.value]);
	useLayoutEffect(() => {
		if (moved && !touch.matches && !focusComposer()) {
			document.querySelector<HTMLElement>(".chat-head h1")?.focus();
		}
	}, [chat]);
	const confirmed = async () => {
		await act(chat.person.peek(), asked!);
		document.querySelector<HTMLElement>(".chat-head h1")?.focus();
	};
	return (
		<div class="chat">
			<Head chat={chat} onAsk={setAsked} />
			<PinBanner chat={chat} />
			{readable ? <Timeline chat={chat} /> : <BigPerson chat={chat} />}
			<Foot chat={chat} ready={ready} onBlock={() => setAsked("block")} />
			{asked && (
				<Confirm
					heading={t(`${asked}.heading`, { name })}
					text={t(`${asked}.text`, { name })}
					action={t(`chat.${asked}`)}
					onConfirm={() => void confirmed()}
					onClose={() => setAsked(undefined)}
				/>
			)}
		</div>
	);
}
