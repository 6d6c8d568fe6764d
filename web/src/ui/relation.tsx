// SPDX-License-Identifier: MIT
// Somebody to whom one may not write: who it is, and what can be done about that.

import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";

import { t } from "../i18n.ts";
import { handleOf, nameOf } from "../logic/people.ts";
import { act } from "../state/chats.ts";
import { home, type Chat } from "../state/store.ts";
import { focusComposer } from "./composer-focus.ts";
import { Avatar } from "./parts.tsx";
import { togetherText, useTogether } from "./use-together.ts";

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
				<b>{t("card.none", { name })}</b> {t("card.noneText", { name })} <Together address={chat.address} />
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

/** How one may know somebody. */
function Together({ address }: { address: string }) {
	return <>{togetherText(useTogether({ address }))}</>;
}

/** What stands in the place of the message box while one may not write. */
export function RelationCard({ chat, onBlock }: { chat: Chat; onBlock(): void }) {
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
						<b>{t("card.asks", { name })}</b> <Together address={chat.address} />
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
export function BigPerson({ chat }: { chat: Chat }) {
	const person = chat.person.value;
	return (
		<div class="big-person">
			<Avatar name={nameOf(person)} address={chat.address} size="large" />
			<p class="profile-name">{nameOf(person)}</p>
			<p class="muted">{handleOf(person, home.value)}</p>
		</div>
	);
}
