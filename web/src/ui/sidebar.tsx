// SPDX-License-Identifier: MIT
// The left pane: oneself, the search, and the list of chats.

import { useComputed } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { t } from "../i18n.ts";
import { nameOf } from "../logic/people.ts";
import { chatPath } from "../logic/routes.ts";
import { listTime } from "../logic/time.ts";
import { bare } from "../logic/address.ts";
import { plainText } from "../logic/markdown.ts";
import { narrow, now } from "../state/now.ts";
import { follow, route } from "../state/router.ts";
import { account, asking, home, loaded, me, nameOfAddress, order, type Chat } from "../state/store.ts";
import { AccountMenu, accountOpen } from "./account.tsx";
import { nameOfChat } from "./conversation.tsx";
import { Icon } from "./icons.tsx";
import { Overlays } from "./overlays.tsx";
import { Avatar, Go, Hidden, presenceLabel } from "./parts.tsx";
import { entryText } from "./system.tsx";
import { Search, SearchResults, searchText, walkRows } from "./search.tsx";

/** One line about what was said last, or what is being written. */
function Preview({ chat, open }: { chat: Chat; open: boolean }) {
	const failed = chat.outgoing.value.find(({ state }) => state === "failed");
	const waiting = chat.outgoing.value.at(-1);
	const last = chat.last.value;
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
				<b class="preview-failed">{t("list.failed")}</b> {failed.text}
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
	if (!last) {
		return <span class="preview preview-none">{t("list.noMessages")}</span>;
	}
	return (
		<span class="preview">
			{!last.change && <Sender chat={chat} from={bare(last.from)} />}
			{last.change ? entryText(last) : last.deleted ? t("message.deleted") : plainText((last.text ?? "").slice(0, 300), last.mentions)}
		</span>
	);
}

function Sender({ chat, from }: { chat: Chat; from: string }) {
	if (from === me.value) {
		return <span class="preview-you">{t("list.you")} </span>;
	}
	return chat.group.value ? <span class="preview-you">{t("list.sender", { name: nameOfAddress(from) })} </span> : null;
}

function ChatRow({ chat }: { chat: Chat }) {
	const open = useComputed(() => route.value.screen === "chat" && route.value.address === chat.address).value;
	const unread = chat.unread.value;
	const marked = chat.marked.value;
	const last = chat.last.value;
	const name = nameOfChat(chat);
	const time = chat.outgoing.value.at(-1)?.written ?? (last ? Date.parse(last.time) : 0);
	const show = chat.person.value.relation === "contact" && !chat.group.value ? (chat.presence.value?.show ?? "offline") : undefined;
	return (
		<li>
			<a
				class={`chat-row ${unread > 0 || marked ? "chat-row-unread" : ""}`}
				href={chatPath(chat.address, home.value)}
				data-chat={chat.address}
				onClick={follow}
				aria-current={open ? "page" : undefined}
			>
				<Avatar name={name} address={chat.address} show={show} />
				<span class="chat-row-name">
					{name}
					{show && <Hidden>, {presenceLabel(chat)}</Hidden>}
				</span>
				{unread === 0 && marked && (
					<span class="badge badge-dot">
						<Hidden>, {t("list.marked")}</Hidden>
					</span>
				)}
				{unread > 0 && (
					<span class="badge">
						<span aria-hidden="true">{unread > 99 ? "99+" : unread}</span>
						<Hidden>, {t("list.unread", { n: unread })}</Hidden>
					</span>
				)}
				<Preview chat={chat} open={open} />
				{time > 0 && (
					<time class="chat-row-time" dateTime={new Date(time).toISOString()}>
						{listTime(time, now.value)}
					</time>
				)}
			</a>
		</li>
	);
}

function Skeletons() {
	return (
		<div class="skeletons" aria-hidden="true">
			{[0, 1, 2, 3, 4].map((i) => (
				<div class="skeleton-row" key={i}>
					<span class="skeleton skeleton-round" />
					<span class="skeleton skeleton-line" />
					<span class="skeleton skeleton-line skeleton-short" />
				</div>
			))}
		</div>
	);
}

function ChatList() {
	const list = order.value;
	if (list.length === 0) {
		return loaded.value ? (
			<div class="list-empty">
				<p>
					<b>{t("list.empty")}</b>
				</p>
				<p>{t("list.emptyText")}</p>
				<Go to="/people" class="button button-primary">
					{t("list.emptyAction")}
				</Go>
			</div>
		) : (
			<Skeletons />
		);
	}
	return (
		<ul class="chat-list" onKeyDown={walkRows}>
			{list.map((chat) => (
				<ChatRow key={chat.address} chat={chat} />
			))}
		</ul>
	);
}

function RequestsRow() {
	const n = asking.value.length;
	if (n === 0) {
		return null;
	}
	return (
		<Go to="/people" class="requests-row">
			<span class="requests-icon">
				<Icon name="people" />
			</span>
			<span class="requests-text">
				<b>{t("requests.heading")}</b>
				<span class="requests-names">{asking.value.map(nameOf).join(", ")}</span>
			</span>
			<span class="badge" aria-hidden="true">
				{n}
			</span>
		</Go>
	);
}

export function Sidebar({ alone }: { alone: boolean }) {
	const here = route.value;
	const requests = asking.value.length;
	/* On a narrow screen the page for finding people has the search. */
	const shown = alone || !narrow.value;
	/* Somebody was picked: the list comes back. */
	useEffect(() => {
		if (here.screen === "chat") {
			searchText.value = "";
		}
	}, [here]);
	return (
		<div class="sidebar" role={alone ? "main" : undefined} id="chats">
			<div class="side-head" role={alone ? undefined : "banner"}>
				{account.value && <AccountMenu account={account.value} />}
				<Go
					to="/people"
					class="icon-button"
					label={requests > 0 ? t("nav.peopleRequests", { n: requests }) : t("nav.people")}
					current={here.screen === "people"}
				>
					<Icon name="people" />
				</Go>
				<Go to="/settings" class="icon-button" label={t("nav.settings")} current={here.screen === "settings"}>
					<Icon name="settings" />
				</Go>
			</div>
			{alone && (
				<h1 class="visually-hidden" tabIndex={-1}>
					{t("nav.chats")}
				</h1>
			)}
			{shown && <Search />}
			<nav class="side-list" aria-label={t("nav.chats")} inert={accountOpen.value}>
				{shown && searchText.value.trim() ? (
					<SearchResults text={searchText.value.trim()} />
				) : (
					<>
						<RequestsRow />
						<ChatList />
					</>
				)}
			</nav>
			{alone && <Overlays />}
		</div>
	);
}
