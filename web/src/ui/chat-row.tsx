// SPDX-License-Identifier: MIT
// A chat in the list: who, what was said last, and what of it is new.

import { useComputed } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

import type { Message } from "../../sdk/src/index.ts";
import { t } from "../i18n.ts";
import { bare } from "../logic/address.ts";
import { badgeOf } from "../logic/list.ts";
import { plainText } from "../logic/markdown.ts";
import { chatPath } from "../logic/routes.ts";
import { listTime } from "../logic/time.ts";
import { isStranger, meetStranger } from "../state/members.ts";
import { today } from "../state/now.ts";
import { follow } from "../state/router.ts";
import { home, listed, me, nameOfAddress, openAddress, type Chat } from "../state/store.ts";
import { nameOfChat } from "./conversation.tsx";
import { Icon } from "./icons.tsx";
import { Avatar, Hidden, IconButton } from "./parts.tsx";
import { openRowMenu } from "./row-events.ts";

/** Who said something in a group is asked for when the line is in sight. */
function useSender(chat: Chat, last: Message | undefined) {
	const line = useRef<HTMLSpanElement>(null);
	const from = last && bare(last.from);
	useEffect(() => {
		if (!line.current || !from || !chat.group.peek() || !isStranger(from)) {
			return undefined;
		}
		const observer = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && meetStranger(chat, from));
		observer.observe(line.current);
		return () => observer.disconnect();
	}, [last]);
	return line;
}

/** One line about what was said last, or what is being written. */
function Preview({ chat, open }: { chat: Chat; open: boolean }) {
	const failed = chat.outgoing.value.find(({ state }) => state === "failed");
	const waiting = chat.outgoing.value.at(-1);
	const last = chat.last.value;
	const line = useSender(chat, last);
	if (chat.typing.value.length > 0) {
		return <span class="preview preview-typing">{t("list.typing")}</span>;
	}
	if (chat.draft.value.trim() && !open) {
		return (
			<span class="preview">
				<b class="preview-draft">{t("list.draft")}</b> {chat.draft.value}
			</span>
		);
	}
	if (failed) {
		return (
			<span class="preview">
				<Icon name="warning" className="preview-failed" /> <b class="preview-failed">{t("list.failed")}</b> {failed.text}
			</span>
		);
	}
	if (waiting) {
		return (
			<span class="preview">
				<Icon name="clock" /> {waiting.text}
			</span>
		);
	}
	if (chat.gone.value) {
		return <span class="preview preview-none">{t("list.gone")}</span>;
	}
	if (!last) {
		return <span class="preview preview-none">{t(chat.begins.value > 0 ? "list.nothingLeft" : "list.noMessages")}</span>;
	}
	return (
		<span class="preview" ref={line}>
			<Sender chat={chat} from={bare(last.from)} />
			{last.deleted ? t("message.deleted") : plainText((last.text ?? "").slice(0, 300), last.mentions)}
		</span>
	);
}

function Sender({ chat, from }: { chat: Chat; from: string }) {
	if (from === me.value) {
		return chat.address === from ? null : <span class="preview-you">{t("list.you")} </span>;
	}
	return chat.group.value ? <span class="preview-you">{t("list.sender", { name: nameOfAddress(from) })} </span> : null;
}

function Badge({ chat }: { chat: Chat }) {
	const { unread, mentions, muted, marked } = listed(chat);
	const badge = badgeOf(listed(chat));
	if (!badge) {
		return null;
	}
	const words = [
		unread > 0 && t("list.unread", { n: unread }),
		mentions > 0 && t("list.mentions", { n: mentions }),
		unread === 0 && marked && t("list.marked"),
	];
	const number = badge.kind === "dot" ? "" : badge.n > 99 ? "99+" : String(badge.n);
	return (
		<span class={`badge badge-${badge.kind} ${muted ? "badge-muted" : ""}`}>
			<span aria-hidden="true">
				{badge.kind === "mention" && "@"}
				{number}
			</span>
			<Hidden>, {words.filter(Boolean).join(", ")}</Hidden>
		</span>
	);
}

/** Small signs behind the name, with a word for each. */
function Signs({ chat }: { chat: Chat }) {
	const { muted } = listed(chat);
	return (
		<>
			{chat.pinned.value && (
				<>
					<Icon name="pin" className="row-sign" />
					<Hidden>, {t("list.pinned")}</Hidden>
				</>
			)}
			{muted && (
				<>
					<Icon name="bellOff" className="row-sign" />
					<Hidden>, {t("list.muted")}</Hidden>
				</>
			)}
		</>
	);
}

/** "Available", or "Busy, Fighting the printer". How long ago somebody was seen is told in the chat. */
function presenceWords(chat: Chat): string {
	const presence = chat.presence.value;
	const show = presence?.show ?? "offline";
	return [t(`presence.${show}`), show !== "offline" && presence?.status].filter(Boolean).join(", ");
}

export function ChatRow({ chat }: { chat: Chat }) {
	const open = useComputed(() => openAddress.value === chat.address).value;
	const isNew = chat.unread.value > 0 || chat.marked.value;
	const last = chat.last.value;
	const name = nameOfChat(chat);
	const time = chat.outgoing.value.at(-1)?.written ?? (last ? Date.parse(last.time) : 0);
	const contact = chat.person.value.relation === "contact" && !chat.group.value && chat.address !== me.value;
	const show = contact ? (chat.presence.value?.show ?? "offline") : undefined;
	return (
		<li class="chat-item">
			<a
				class={`chat-row ${isNew ? "chat-row-unread" : ""}`}
				href={chatPath(chat.address, home.value)}
				data-chat={chat.address}
				onClick={follow}
				aria-current={open ? "page" : undefined}
				aria-keyshortcuts="Shift+F10"
			>
				<Avatar name={name} address={chat.address} show={show} />
				<span class="chat-row-name">
					<span class="row-title">{name}</span>
					{contact && <Hidden>, {presenceWords(chat)}</Hidden>}
					<Signs chat={chat} />
				</span>
				<Badge chat={chat} />
				<Preview chat={chat} open={open} />
				{time > 0 && (
					<time class="chat-row-time" dateTime={new Date(time).toISOString()}>
						{listTime(time, today.value)}
					</time>
				)}
			</a>
			<IconButton
				icon="more"
				class="row-more"
				label={t("list.actions", { name })}
				onClick={(event) => openRowMenu(chat, event.currentTarget as HTMLElement)}
			/>
		</li>
	);
}
