// SPDX-License-Identifier: MIT
// Dialogs about messages: who has read one, what it said before, what is pinned, and another day.

import { useEffect, useId, useState } from "preact/hooks";

import type { Message, Result } from "../../sdk/src/index.ts";
import { t } from "../i18n.ts";
import { bare } from "../logic/address.ts";
import { plainText } from "../logic/markdown.ts";
import { may } from "../logic/rights.ts";
import { fullTime, mediumTime } from "../logic/time.ts";
import { errorText } from "../state/chats.ts";
import { loadPins } from "../state/copies.ts";
import { link } from "../state/link.ts";
import { meetMembers } from "../state/members.ts";
import { pin } from "../state/messages.ts";
import { account, chatWith, me, type Chat } from "../state/store.ts";
import { Dialog } from "./dialog.tsx";
import { jumpTo, jumpToDay } from "./jump.ts";
import { nameOrYou } from "./names.ts";
import { PersonLine } from "./parts.tsx";
import { Text } from "./text.tsx";

interface OfMessage {
	chat: Chat;
	message: Message;
	onClose(): void;
}

/** An answer of the node, or why there is none. */
function useAnswer<T>(ask: () => Promise<T>): { answer?: T; error?: string } {
	const [state, setState] = useState<{ answer?: T; error?: string }>({});
	useEffect(() => {
		let current = true;
		ask().then(
			(answer) => current && setState({ answer }),
			(error: unknown) => current && setState({ error: errorText(error) }),
		);
		return () => {
			current = false;
		};
	}, []);
	return state;
}

/** at: when they did what the heading says, where it is known. */
interface Listed {
	address: string;
	at?: string;
}

function PersonList({ heading, people }: { heading: string; people: readonly Listed[] }) {
	const id = useId();
	if (people.length === 0) {
		return null;
	}
	return (
		<section class="dialog-section" aria-labelledby={id}>
			<h3 id={id}>{heading}</h3>
			<ul>
				{people.map(({ address, at }) => (
					<li key={address} class="plain-person">
						<PersonLine
							person={chatWith(address).person.value}
							note={at && <time dateTime={at}>{mediumTime(Date.parse(at))}</time>}
						/>
					</li>
				))}
			</ul>
		</section>
	);
}

function Readers({ chat, answer }: { chat: Chat; answer: Result<"history.readers"> }) {
	const hidden = account.value?.privacy?.receipts === false;
	const nobody = answer.read.length + answer.delivered.length === 0;
	return (
		<>
			<PersonList heading={t("details.read", { n: answer.read.length })} people={answer.read} />
			<PersonList heading={t("details.delivered", { n: answer.delivered.length })} people={answer.delivered} />
			{nobody && <p class="muted">{t(chat.address === me.value ? "details.own" : "details.nobody")}</p>}
			{hidden && <p class="muted">{t("details.hidden")}</p>}
		</>
	);
}

export function Details({ chat, message, onClose }: OfMessage) {
	const own = bare(message.from) === me.value;
	const { answer, error } = useAnswer(async () => {
		if (chat.group.peek()) {
			await meetMembers(chat);
		}
		return own ? link.request("history.readers", { chat: chat.address, mid: message.mid }) : undefined;
	});
	return (
		<Dialog heading={t("message.details")} onClose={onClose} closes>
			<dl class="facts">
				<dt>{t("details.from")}</dt>
				<dd>{nameOrYou(bare(message.from))}</dd>
				<dt>{t("details.time")}</dt>
				<dd>{fullTime(Date.parse(message.time))}</dd>
				{message.edited && (
					<>
						<dt>{t("details.edited")}</dt>
						<dd>{fullTime(Date.parse(message.edited))}</dd>
					</>
				)}
			</dl>
			{message.reactions?.map(({ emoji, count, by }) => (
				<PersonList key={emoji} heading={t("details.reaction", { emoji, n: count })} people={by.map((address) => ({ address }))} />
			))}
			{answer && <Readers chat={chat} answer={answer} />}
			{error && <p class="field-error">{error}</p>}
		</Dialog>
	);
}

export function Versions({ chat, message, onClose }: OfMessage) {
	const { answer, error } = useAnswer(() => link.request("history.versions", { chat: chat.address, mid: message.mid }));
	return (
		<Dialog heading={t("versions.heading")} onClose={onClose} wide closes>
			{answer?.versions.length === 0 && <p class="muted">{t("versions.none")}</p>}
			<ol class="versions">
				{answer?.versions.map(({ text, time }, i) => (
					<li key={i}>
						<time dateTime={time}>{mediumTime(Date.parse(time))}</time>
						<div class="text" dir="auto">
							<Text text={text} />
						</div>
					</li>
				))}
			</ol>
			{error && <p class="field-error">{error}</p>}
		</Dialog>
	);
}

export function Pins({ chat, onClose }: { chat: Chat; onClose(): void }) {
	useEffect(() => void loadPins(chat), []);
	const pins = [...chat.pins.value].reverse();
	const can = may(chat.group.value, "pin");
	return (
		<Dialog heading={t("pins.heading")} onClose={onClose} wide closes>
			{pins.length === 0 && <p class="muted">{t("pins.none")}</p>}
			<ul class="pin-list">
				{pins.map((message) => (
					<li key={message.mid}>
						<p class="pin-by">
							<b>{nameOrYou(bare(message.from))}</b> <time dateTime={message.time}>{mediumTime(Date.parse(message.time))}</time>
						</p>
						<p dir="auto">{plainText(message.text ?? "", message.mentions)}</p>
						<div class="buttons">
							<button
								type="button"
								class="button"
								onClick={() => {
									onClose();
									void jumpTo(chat, message.mid);
								}}
							>
								{t("pins.show")}
							</button>
							{can && (
								<button type="button" class="button button-quiet" onClick={() => void pin(chat, message, false)}>
									{t("message.unpin")}
								</button>
							)}
						</div>
					</li>
				))}
			</ul>
		</Dialog>
	);
}

function today(): string {
	const date = new Date();
	return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
}

export function JumpToDate({ chat, onClose }: { chat: Chat; onClose(): void }) {
	const [day, setDay] = useState(today());
	const id = useId();
	return (
		<Dialog heading={t("date.heading")} onClose={onClose}>
			<form
				onSubmit={(event) => {
					event.preventDefault();
					onClose();
					void jumpToDay(chat, new Date(`${day}T00:00:00`));
				}}
			>
				<div class="field">
					<label for={id}>{t("date.day")}</label>
					<input id={id} type="date" required max={today()} value={day} onInput={(event) => setDay(event.currentTarget.value)} />
				</div>
				<div class="buttons buttons-end">
					<button type="button" class="button" onClick={onClose}>
						{t("action.cancel")}
					</button>
					<button type="submit" class="button button-primary">
						{t("date.go")}
					</button>
				</div>
			</form>
		</Dialog>
	);
}
