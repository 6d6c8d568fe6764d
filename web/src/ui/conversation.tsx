// SPDX-License-Identifier: MIT
// A chat: who it is with, what was said, and the box to write in or what stands in its place.

import type { ComponentChildren } from "preact";
import { useEffect, useId, useState } from "preact/hooks";

import { t } from "../i18n.ts";
import { handleOf, nameOf } from "../logic/people.ts";
import { act, leaveChat, openChat } from "../state/chats.ts";
import { touch } from "../state/now.ts";
import { goBack, moved } from "../state/router.ts";
import { chatWith, home, loaded, type Chat } from "../state/store.ts";
import { Composer, focusComposer } from "./composer.tsx";
import { Avatar, Confirm, Hidden, IconButton, MenuButton, presenceText, type MenuItem } from "./parts.tsx";
import { Timeline } from "./timeline.tsx";

type Asking = "block" | "remove";

function Head({ chat, onAsk }: { chat: Chat; onAsk(what: Asking): void }) {
	const person = chat.person.value;
	const name = nameOf(person);
	const contact = person.relation === "contact";
	const show = chat.presence.value?.show ?? "offline";
	const items: MenuItem[] = [];
	if (contact) {
		items.push({ icon: "close", text: t("chat.remove"), act: () => onAsk("remove") });
	}
	items.push(
		person.relation === "blocked"
			? { icon: "block", text: t("chat.unblock"), act: () => void act(person, "unblock") }
			: { icon: "block", text: t("chat.block"), act: () => onAsk("block"), danger: true },
	);
	return (
		<div class="chat-head">
			<IconButton icon="back" label={t("action.back")} onClick={() => goBack()} class="only-narrow" />
			<Avatar name={name} address={chat.address} show={contact ? show : undefined} />
			<div class="person-text">
				<h1 tabIndex={-1}>{name}</h1>
				<p class="person-note">
					{contact && chat.presence.value?.status && <Hidden>{t(`presence.${show}`)}, </Hidden>}
					{contact ? presenceText(chat) : handleOf(person, home.value)}
				</p>
			</div>
			<MenuButton label={t("chat.actions", { name })} items={items} />
		</div>
	);
}

function RequestForm({ chat }: { chat: Chat }) {
	const [text, setText] = useState("");
	const [busy, setBusy] = useState(false);
	const id = useId();
	const person = chat.person.value;
	const name = nameOf(person);
	const send = async (event: Event) => {
		event.preventDefault();
		if (!busy) {
			setBusy(true);
			await act(person, "request", text.trim());
			setBusy(false);
		}
	};
	return (
		<form class="request-form" onSubmit={send}>
			<p>
				<b>{t("card.none", { name })}</b> {t("card.noneText", { name })}
			</p>
			<div class="field">
				<label for={id}>{t("card.text")}</label>
				<textarea id={id} rows={2} maxLength={200} value={text} onInput={(event) => setText(event.currentTarget.value)} />
			</div>
			<button type="submit" class="button button-primary" aria-disabled={busy}>
				{t("card.send")}
			</button>
		</form>
	);
}

interface NoticeProps {
	heading: string;
	text?: string;
	children: ComponentChildren;
}

function Notice({ heading, text, children }: NoticeProps) {
	return (
		<div class="request-form">
			<p>
				<b>{heading}</b> {text}
			</p>
			<div class="buttons">{children}</div>
		</div>
	);
}

/** What stands in the place of the message box while one may not write. */
function RelationCard({ chat, onBlock }: { chat: Chat; onBlock(): void }) {
	const person = chat.person.value;
	const name = nameOf(person);
	switch (person.relation) {
		case "requested":
			return (
				<Notice heading={t("card.requested", { name })} text={t("card.requestedText")}>
					<button type="button" class="button" onClick={() => void act(person, "withdraw")}>
						{t("requests.withdraw")}
					</button>
				</Notice>
			);
		case "asks":
			return (
				<div class="request-form">
					<p>
						<b>{t("card.asks", { name })}</b>
					</p>
					{person.text && <blockquote dir="auto">{person.text}</blockquote>}
					<div class="buttons">
						<button type="button" class="button button-primary" onClick={() => void act(person, "accept").then(focusComposer)}>
							{t("requests.accept")}
						</button>
						<button type="button" class="button" onClick={() => void act(person, "decline")}>
							{t("requests.decline")}
						</button>
						<button type="button" class="button button-quiet" onClick={onBlock}>
							{t("chat.block")}
						</button>
					</div>
				</div>
			);
		case "blocked":
			return (
				<Notice heading={t("card.blocked", { name })} text={t("card.blockedText", { name })}>
					<button type="button" class="button" onClick={() => void act(person, "unblock")}>
						{t("chat.unblock")}
					</button>
				</Notice>
			);
		default:
			return <RequestForm chat={chat} />;
	}
}

/** Who this is, large, where there is nothing to read yet. */
function BigPerson({ chat }: { chat: Chat }) {
	const person = chat.person.value;
	return (
		<div class="big-person">
			<Avatar name={nameOf(person)} address={chat.address} size="large" />
			<p class="profile-name">{nameOf(person)}</p>
			<p class="muted">{handleOf(person, home.value)}</p>
		</div>
	);
}

export function Conversation({ address }: { address: string }) {
	const chat = chatWith(address);
	const [asked, setAsked] = useState<Asking>();
	const { relation } = chat.person.value;
	const contact = relation === "contact";
	const name = nameOf(chat.person.value);
	const ready = loaded.value;
	const readable = contact || chat.timeline.value.messages.length + chat.outgoing.value.length > 0;
	useEffect(() => {
		if (ready) {
			void openChat(chat);
		}
		return () => leaveChat(chat);
	}, [chat, ready]);
	useEffect(() => {
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
			{readable ? <Timeline chat={chat} name={name} /> : <BigPerson chat={chat} />}
			{contact ? <Composer chat={chat} name={name} /> : ready && <RelationCard chat={chat} onBlock={() => setAsked("block")} />}
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

