// SPDX-License-Identifier: MIT
// What is found while somebody types: chats at once, people and public groups as soon as the node answers.

import type { ComponentChildren } from "preact";
import { useEffect, useId, useState } from "preact/hooks";

import type { Group, Person } from "../../sdk/src/index.ts";
import { t } from "../i18n.ts";
import { matchAt, rank } from "../logic/people.ts";
import { chatPath } from "../logic/routes.ts";
import { titleOf } from "../state/invitations.ts";
import { link } from "../state/link.ts";
import { say } from "../state/live.ts";
import { follow } from "../state/router.ts";
import { chatWith, home, meetPeople, order, people, type Chat } from "../state/store.ts";
import { nameOfChat } from "./conversation.tsx";
import { findMessages, MessageHits, NO_MESSAGES, type FoundMessages } from "./message-hits.tsx";
import { Waits } from "./pane.tsx";
import { GroupLine, PersonLine } from "./parts.tsx";
import { searchChat, walkRows } from "./search.tsx";

const SEARCH_MS = 200;
const MOST = 20;
/** Fewer letters are in too many messages. */
const FEW = 2;
/** Names are no longer. */
const NAME_MAX = 64;

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

function PersonHit({ person, text }: { person: Person; text: string }) {
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

/** Groups that are looked at before one is in them are known from then on. */
export function meetGroups(groups: readonly Group[]): void {
	for (const group of groups) {
		chatWith(group.address).group.value = group;
	}
}

export function GroupHit({ group, text, act }: { group: Group; text?: string; act: string }) {
	return (
		<li>
			<a class="chat-row hit" href={chatPath(group.address, home.value)} onClick={follow}>
				<GroupLine group={group} mark={text} />
				<span class="hit-act">{act}</span>
			</a>
		</li>
	);
}

function Section({ heading, children }: { heading: string; children: ComponentChildren }) {
	const id = useId();
	return (
		<section aria-labelledby={id}>
			<h2 id={id}>{heading}</h2>
			{children}
		</section>
	);
}

function List({ heading, children }: { heading: string; children: ComponentChildren }) {
	return (
		<Section heading={heading}>
			<ul class="chat-list">{children}</ul>
		</Section>
	);
}

function rankChat(chat: Chat, text: string): number {
	const group = chat.group.value;
	if (!group) {
		return rank(chat.person.value, text);
	}
	const at = matchAt(titleOf(group), text);
	return at < 0 ? -1 : Math.min(at, 2);
}

function chatHits(text: string): Chat[] {
	return order.value
		.map((chat) => ({ chat, rank: rankChat(chat, text) }))
		.filter((hit) => hit.rank >= 0)
		.sort((a, b) => a.rank - b.rank || nameOfChat(a.chat).localeCompare(nameOfChat(b.chat)))
		.slice(0, MOST)
		.map(({ chat }) => chat);
}

interface Found {
	text: string;
	chat?: string;
	messages: FoundMessages;
	people: Person[];
	groups: Group[];
}

async function ask(text: string, chat?: string): Promise<Found> {
	if (chat) {
		return { text, chat, people: [], groups: [], messages: await findMessages({ text, chat }) };
	}
	const [{ people: hits }, { groups }, messages] = await Promise.all([
		link.request("roster.search", { text: text.slice(0, NAME_MAX), limit: MOST }),
		link.request("groups.search", { text: text.slice(0, NAME_MAX), limit: MOST }).catch(() => ({ groups: [] })),
		text.length >= FEW ? findMessages({ text }) : NO_MESSAGES,
	]);
	meetPeople(hits);
	meetGroups(groups);
	return { text, people: hits, groups, messages };
}

export function SearchResults({ text }: { text: string }) {
	const [found, setFound] = useState<Found>();
	const [failed, setFailed] = useState(false);
	const scope = searchChat.value;
	const mine = scope ? [] : chatHits(text);
	const known = new Set(mine.map(({ address }) => address));
	const others = (scope ? [] : (found?.people ?? [])).filter(({ address, relation }) => !known.has(address) && relation !== "blocked");
	const groups = (scope ? [] : (found?.groups ?? [])).filter(({ address }) => !known.has(address));
	useEffect(() => {
		let current = true;
		setFailed(false);
		const timer = setTimeout(() => {
			ask(text, scope).then(
				(answer) => {
					if (current) {
						setFound(answer);
						const n = mine.length + answer.messages.messages.length + [...answer.people, ...answer.groups].filter(({ address }) => !known.has(address)).length;
						say("polite", n > 0 ? t("search.count", { n }) : t("search.none", { text }));
					}
				},
				() => current && setFailed(true),
			);
		}, SEARCH_MS);
		return () => {
			current = false;
			clearTimeout(timer);
		};
	}, [text, scope]);
	const here = found?.chat === scope ? found : undefined;
	const said = here?.messages ?? NO_MESSAGES;
	const none = here?.text === text && mine.length + others.length + groups.length + said.messages.length === 0;
	return (
		<div class="results" onKeyDown={walkRows}>
			{mine.length > 0 && (
				<List heading={t("search.chats")}>
					{mine.map((chat) =>
						chat.group.value ? (
							<GroupHit key={chat.address} group={chat.group.value} text={text} act={t("relation.message")} />
						) : (
							<PersonHit key={chat.address} person={chat.person.value} text={text} />
						),
					)}
				</List>
			)}
			{others.length > 0 && (
				<List heading={t("search.people")}>
					{others.map((person) => (
						<PersonHit key={person.address} person={person} text={text} />
					))}
				</List>
			)}
			{groups.length > 0 && (
				<List heading={t("search.groups")}>
					{groups.map((group) => (
						<GroupHit key={group.address} group={group} text={text} act={t("groups.look")} />
					))}
				</List>
			)}
			{here && said.messages.length > 0 && (
				<Section heading={scope ? t("search.messagesIn", { name: nameOfChat(chatWith(scope)) }) : t("search.messages")}>
					<MessageHits key={`${here.text} ${scope}`} found={said} query={{ text: here.text, ...(scope ? { chat: scope } : {}) }} />
				</Section>
			)}
			{none && <p class="list-empty">{t("search.none", { text })}</p>}
			{here?.text !== text && !failed && (
				<div class="list-empty">
					<Waits />
				</div>
			)}
			{failed && <p class="list-empty">{t("search.failed")}</p>}
		</div>
	);
}
