// SPDX-License-Identifier: MIT
// The quick way to any chat: a few letters and Enter. Empty, it offers the chats of late.

import { useId, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";

import { t } from "../i18n.ts";
import { badgeOf, fuzzy } from "../logic/list.ts";
import { handleOf } from "../logic/people.ts";
import { chatWith, home, listed, me, openAddress, order, synced, type Chat } from "../state/store.ts";
import { goToChat } from "../state/router.ts";
import { nameOfChat } from "./conversation.tsx";
import { Dialog } from "./dialog.tsx";
import { Icon } from "./icons.tsx";
import { Avatar, Hidden } from "./parts.tsx";
import { focusSearch, searchText } from "./search.tsx";

const SHOWN = 10;

interface Hit {
	chat: Chat;
	score: number;
}

function noteOf(chat: Chat): string {
	return chat.group.value ? t("forward.group") : chat.address === me.value ? t("chat.savedNote") : handleOf(chat.person.value, home.value);
}

function score(chat: Chat, want: string): number {
	const scores = [nameOfChat(chat), chat.group.peek() ? "" : chat.person.peek().shown].map((text) => fuzzy(text, want)).filter((n) => n >= 0);
	return scores.length > 0 ? Math.min(...scores) : -1;
}

/** Unread chats first, then those of late, but the one that is open last; with a text, what fits it best. */
function hits(text: string): Chat[] {
	const own = chatWith(me.value);
	const all = [...order.value, ...(order.value.includes(own) ? [] : [own])];
	if (!text) {
		const unread = (chat: Chat) => Number(badgeOf(listed(chat)) !== undefined);
		const open = (chat: Chat) => Number(chat.address === openAddress.value);
		return all
			.filter((chat) => !chat.gone.value && !chat.archived.value)
			.sort((a, b) => open(a) - open(b) || unread(b) - unread(a))
			.slice(0, SHOWN);
	}
	return all
		.map((chat): Hit => ({ chat, score: score(chat, text) }))
		.filter((hit) => hit.score >= 0)
		.sort((a, b) => a.score - b.score)
		.slice(0, SHOWN)
		.map(({ chat }) => chat);
}

function HitBadge({ chat }: { chat: Chat }) {
	const { unread } = listed(chat);
	const badge = badgeOf(listed(chat));
	return badge ? (
		<span class={`badge badge-${badge.kind}`}>
			<span aria-hidden="true">{badge.kind === "dot" ? "" : badge.kind === "mention" ? `@${badge.n}` : badge.n}</span>
			<Hidden>{t("list.unread", { n: unread })}</Hidden>
		</span>
	) : null;
}

export function Switcher({ onClose }: { onClose(): void }) {
	const [text, setText] = useState("");
	const [at, setAt] = useState(0);
	const input = useRef<HTMLInputElement>(null);
	const id = useId();
	const want = text.trim();
	useLayoutEffect(() => input.current?.focus(), []);
	const found = useMemo(() => hits(want), [want, synced.value]);
	/* The last option hands what was typed to the search. */
	const options = found.length + (want ? 1 : 0);
	const active = Math.min(at, options - 1);
	const choose = (i: number) => {
		onClose();
		const chat = found[i];
		if (chat) {
			goToChat(chat.address);
		} else if (want) {
			searchText.value = want;
			setTimeout(focusSearch);
		}
	};
	const keys = (event: KeyboardEvent) => {
		const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
		if (step && options > 0) {
			event.preventDefault();
			const next = (active + step + options) % options;
			setAt(next);
			document.getElementById(`${id}-${next}`)?.scrollIntoView({ block: "nearest" });
		} else if (event.key === "Enter" && options > 0 && !event.isComposing) {
			event.preventDefault();
			choose(active);
		}
	};
	return (
		<Dialog heading={t("switcher.heading")} onClose={onClose}>
			<div class="search">
				<Icon name="search" />
				<input
					ref={input}
					type="text"
					role="combobox"
					value={text}
					maxLength={64}
					autoComplete="off"
					autoCapitalize="none"
					spellcheck={false}
					placeholder={t("switcher.placeholder")}
					aria-label={t("switcher.placeholder")}
					aria-autocomplete="list"
					aria-expanded={options > 0}
					aria-controls={`${id}-list`}
					aria-activedescendant={options > 0 ? `${id}-${active}` : undefined}
					onInput={(event) => {
						setText(event.currentTarget.value);
						setAt(0);
					}}
					onKeyDown={keys}
				/>
			</div>
			<div class="picker-list switcher-list" role="listbox" id={`${id}-list`} aria-label={t(want ? "search.chats" : "switcher.recent")}>
				{found.map((chat, i) => (
					<div
						key={chat.address}
						id={`${id}-${i}`}
						role="option"
						class={`mention-option ${i === active ? "option-active" : ""}`}
						aria-selected={i === active}
						onClick={() => choose(i)}
					>
						<Avatar name={nameOfChat(chat)} address={chat.address} size="small" />
						<span class="person-text">
							<span class="person-name">{nameOfChat(chat)}</span>
							<span class="person-note">{noteOf(chat)}</span>
						</span>
						<HitBadge chat={chat} />
					</div>
				))}
				{want && (
					<div
						id={`${id}-${found.length}`}
						role="option"
						class={`mention-option ${active === found.length ? "option-active" : ""}`}
						aria-selected={active === found.length}
						onClick={() => choose(found.length)}
					>
						<Icon name="search" />
						<span class="person-name">{t("switcher.search", { text: want })}</span>
					</div>
				)}
			</div>
		</Dialog>
	);
}
