// SPDX-License-Identifier: MIT
// The search, and what is found while somebody types: chats at once, people as soon as the node answers.

import { signal } from "@preact/signals";
import { useEffect, useId, useRef, useState } from "preact/hooks";

import type { Person } from "../../sdk/src/index.ts";
import { t } from "../i18n.ts";
import { nameOf, rank } from "../logic/people.ts";
import { chatPath } from "../logic/routes.ts";
import { link } from "../state/link.ts";
import { say } from "../state/live.ts";
import { follow, go } from "../state/router.ts";
import { home, meetPeople, order, people, type Chat } from "../state/store.ts";
import { Icon } from "./icons.tsx";
import { IconButton, PersonLine } from "./parts.tsx";

const SEARCH_MS = 200;
const MOST = 20;

export const searchText = signal("");

/** Goes to the search; where there is none on the screen, to the page that has it. */
export function focusSearch(): void {
	const input = document.querySelector<HTMLInputElement>(".search input");
	if (input) {
		input.focus();
	} else {
		go("/people");
	}
}

/** What a click will do. */
function promise({ relation }: Person): string {
	switch (relation) {
		case "contact":
			return t("relation.message");
		case "none":
			return t("relation.ask");
		default:
			return t(`relation.${relation}`);
	}
}

function Hit({ person, text }: { person: Person; text: string }) {
	const known = people.value.get(person.address) ?? person;
	return (
		<li>
			<a class="chat-row hit" href={chatPath(person.address, home.value)} onClick={follow}>
				<PersonLine person={{ ...person, relation: known.relation }} mark={text} />
				<span class="hit-act">{promise(known)}</span>
			</a>
		</li>
	);
}

function chatHits(chats: readonly Chat[], text: string): Person[] {
	return chats
		.map((chat) => ({ person: chat.person.value, rank: rank(chat.person.value, text) }))
		.filter((hit) => hit.rank >= 0)
		.sort((a, b) => a.rank - b.rank || nameOf(a.person).localeCompare(nameOf(b.person)))
		.slice(0, MOST)
		.map(({ person }) => person);
}

export function SearchResults({ text }: { text: string }) {
	const [found, setFound] = useState<{ text: string; people: Person[] }>();
	const [failed, setFailed] = useState(false);
	const id = useId();
	const mine = chatHits(order.value, text);
	const known = new Set(mine.map(({ address }) => address));
	const others = (found?.people ?? []).filter(({ address, relation }) => !known.has(address) && relation !== "blocked");
	useEffect(() => {
		let current = true;
		setFailed(false);
		const timer = setTimeout(async () => {
			try {
				const { people: hits } = await link.request("roster.search", { text, limit: MOST });
				if (current) {
					setFound({ text, people: hits });
					meetPeople(hits);
					const n = mine.length + hits.filter(({ address }) => !known.has(address)).length;
					say("polite", n > 0 ? t("search.count", { n }) : t("search.none", { text }));
				}
			} catch {
				if (current) {
					setFailed(true);
				}
			}
		}, SEARCH_MS);
		return () => {
			current = false;
			clearTimeout(timer);
		};
	}, [text]);
	const settled = found?.text === text;
	return (
		<div class="results" onKeyDown={walkRows}>
			{mine.length > 0 && (
				<section aria-labelledby={`${id}-chats`}>
					<h2 id={`${id}-chats`}>{t("search.chats")}</h2>
					<ul class="chat-list">
						{mine.map((person) => (
							<Hit key={person.address} person={person} text={text} />
						))}
					</ul>
				</section>
			)}
			{others.length > 0 && (
				<section aria-labelledby={`${id}-people`}>
					<h2 id={`${id}-people`}>{t("search.people")}</h2>
					<ul class="chat-list">
						{others.map((person) => (
							<Hit key={person.address} person={person} text={text} />
						))}
					</ul>
				</section>
			)}
			{settled && mine.length + others.length === 0 && <p class="list-empty">{t("search.none", { text })}</p>}
			{failed && <p class="list-empty">{t("search.failed")}</p>}
		</div>
	);
}

/** Up and Down go from row to row; from the first, Up goes to the search. */
export function walkRows(event: KeyboardEvent): void {
	const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
	if (!step || event.ctrlKey || event.altKey || event.metaKey) {
		return;
	}
	const pane = (event.target as HTMLElement).closest(".sidebar, .page");
	const rows = [...(pane?.querySelectorAll<HTMLElement>(".chat-row") ?? [])];
	const at = rows.indexOf(document.activeElement as HTMLElement);
	const to = rows[at + step];
	event.preventDefault();
	if (to && at + step >= 0) {
		to.focus();
	} else if (at === 0) {
		focusSearch();
	}
}

/** The first row below the search. */
function firstRow(from: Element | null): HTMLElement | null | undefined {
	return from?.closest(".sidebar, .page")?.querySelector<HTMLElement>(".chat-row");
}

export function Search() {
	const input = useRef<HTMLInputElement>(null);
	const clear = () => {
		searchText.value = "";
		input.current?.focus();
	};
	const keys = (event: KeyboardEvent) => {
		if (event.key === "Escape" && searchText.peek()) {
			event.preventDefault();
			searchText.value = "";
		} else if (event.key === "ArrowDown") {
			event.preventDefault();
			firstRow(input.current)?.focus();
		} else if (event.key === "Enter" && searchText.peek().trim() && !event.isComposing) {
			event.preventDefault();
			firstRow(input.current)?.click();
		}
	};
	return (
		<div class="search" role="search">
			<Icon name="search" />
			<input
				ref={input}
				type="search"
				value={searchText.value}
				onInput={(event) => (searchText.value = event.currentTarget.value)}
				onKeyDown={keys}
				placeholder={t("search.placeholder")}
				aria-label={t("search.label")}
				autoComplete="off"
				autoCapitalize="none"
				spellcheck={false}
				maxLength={64}
				enterkeyhint="search"
			/>
			{searchText.value && <IconButton icon="close" label={t("search.clear")} onClick={clear} />}
		</div>
	);
}
