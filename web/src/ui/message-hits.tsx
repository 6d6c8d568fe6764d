// SPDX-License-Identifier: MIT
// Messages that were found: where, by whom, when, and the words that fit. A press shows one in its chat.

import { useState } from "preact/hooks";

import { asParleyError, type Message, type Params, type Result } from "../../sdk/src/index.ts";
import { t } from "../i18n.ts";
import { bare } from "../logic/address.ts";
import { piecesOf } from "../logic/found.ts";
import { plainText } from "../logic/markdown.ts";
import { chatPath } from "../logic/routes.ts";
import { fullTime, listTime } from "../logic/time.ts";
import { link } from "../state/link.ts";
import { today } from "../state/now.ts";
import { follow } from "../state/router.ts";
import { chatWith, home } from "../state/store.ts";
import { complain } from "../state/chats.ts";
import { nameOfChat } from "./conversation.tsx";
import { nameOrYou } from "./names.ts";
import { Avatar } from "./parts.tsx";

export type FoundMessages = Pick<Result<"history.search">, "messages" | "cursor" | "partial">;

export const NO_MESSAGES: FoundMessages = { messages: [] };

export type MessageQuery = Params<"history.search">;

/** A node that keeps no archive finds nothing. */
export async function findMessages(query: MessageQuery): Promise<FoundMessages> {
	try {
		return await link.request("history.search", query);
	} catch (error) {
		if (asParleyError(error).code === "not-implemented") {
			return NO_MESSAGES;
		}
		throw error;
	}
}

function Hit({ message, text }: { message: Message; text: string }) {
	const chat = chatWith(message.chat);
	const time = Date.parse(message.time);
	return (
		<li>
			<a class="chat-row hit message-hit" href={chatPath(message.chat, home.value, { message: message.mid })} onClick={follow}>
				<Avatar name={nameOfChat(chat)} address={chat.address} />
				<span class="person-text">
					<span class="message-hit-head">
						<span class="person-name">{nameOfChat(chat)}</span>
						<time dateTime={message.time} title={fullTime(time)}>
							{listTime(time, today.value)}
						</time>
					</span>
					<span class="person-note" dir="auto">
						{nameOrYou(bare(message.from))}:{" "}
						{piecesOf(plainText(message.text ?? "", message.mentions), text).map((piece) => (piece.hit ? <mark>{piece.text}</mark> : piece.text))}
					</span>
				</span>
			</a>
		</li>
	);
}

/** The first of them, and more when they are asked for. */
export function MessageHits({ found, query }: { found: FoundMessages; query: MessageQuery }) {
	const [more, setMore] = useState<FoundMessages>();
	const [busy, setBusy] = useState(false);
	const all = [...found.messages, ...(more?.messages ?? [])].filter(({ chat, seq }) => seq >= chatWith(chat).begins.value);
	const { cursor, partial } = more ?? found;
	const load = async () => {
		setBusy(true);
		try {
			const next = await findMessages({ ...query, cursor });
			setMore({ ...next, messages: [...(more?.messages ?? []), ...next.messages] });
		} catch (error) {
			complain(error);
		}
		setBusy(false);
	};
	return (
		<>
			<ul class="chat-list">
				{all.map((message) => (
					<Hit key={message.mid} message={message} text={query.text ?? ""} />
				))}
			</ul>
			{partial && <p class="list-empty">{t("search.partial")}</p>}
			{cursor && (
				<button type="button" class="button search-more" disabled={busy} onClick={() => void load()}>
					{t("search.more")}
				</button>
			)}
		</>
	);
}
