// SPDX-License-Identifier: MIT
// Finding people: who asks, whom one may know, and who has not answered yet.

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";

import type { Group, Person, Suggestion } from "../../sdk/src/index.ts";
import { t } from "../i18n.ts";
import { nameOf } from "../logic/people.ts";
import { chatPath } from "../logic/routes.ts";
import { act, complain } from "../state/chats.ts";
import { declineInvitation, join } from "../state/groups.ts";
import { invitations, titleOf } from "../state/invitations.ts";
import { link } from "../state/link.ts";
import { narrow } from "../state/now.ts";
import { follow, goToChat } from "../state/router.ts";
import { asking, home, meetPeople, people, requested } from "../state/store.ts";
import { PaneHead } from "./pane.tsx";
import { GroupLine, PersonLine } from "./parts.tsx";
import { meetGroups, SearchResults } from "./search-results.tsx";
import { Search, searchText } from "./search.tsx";
import { togetherText, useTogether } from "./use-together.ts";

interface CardProps {
	person: Person;
	note?: ComponentChildren;
	quote?: string;
	children: ComponentChildren;
}

function PersonCard({ person, note, quote, children }: CardProps) {
	return (
		<li class="person-card">
			<a class="person-link" href={chatPath(person.address, home.value)} onClick={follow}>
				<PersonLine person={person} note={note} />
			</a>
			{quote && <blockquote dir="auto">{quote}</blockquote>}
			<div class="buttons">{children}</div>
		</li>
	);
}

interface ActProps {
	text: string;
	label: string;
	onClick(): void;
	primary?: boolean;
}

function Act({ text, label, onClick, primary }: ActProps) {
	return (
		<button type="button" class={`button ${primary ? "button-primary" : ""}`} aria-label={label} onClick={onClick}>
			{text}
		</button>
	);
}

async function accept(person: Person): Promise<void> {
	if (await act(person, "accept")) {
		goToChat(person.address);
	}
}

/** Somebody who asks: how one may know them, what they say, and the answers. */
function AskingCard({ person }: { person: Person }) {
	const together = togetherText(useTogether(person));
	return (
		<PersonCard person={person} note={together} quote={person.text}>
			<Act
				primary
				text={t("requests.accept")}
				label={t("requests.acceptFrom", { name: nameOf(person) })}
				onClick={() => void accept(person)}
			/>
			<Act
				text={t("requests.decline")}
				label={t("requests.declineFrom", { name: nameOf(person) })}
				onClick={() => void act(person, "decline")}
			/>
			<Act
				text={t("chat.block")}
				label={t("requests.blockFrom", { name: nameOf(person) })}
				onClick={() => void act(person, "block")}
			/>
		</PersonCard>
	);
}

function Requests() {
	return (
		<>
			{asking.value.length > 0 && (
				<section class="people-section" aria-labelledby="received">
					<h2 id="received">{t("requests.received")}</h2>
					<ul class="person-cards">
						{asking.value.map((person) => (
							<AskingCard key={person.address} person={person} />
						))}
					</ul>
				</section>
			)}
			{requested.value.length > 0 && (
				<section class="people-section" aria-labelledby="sent">
					<h2 id="sent">{t("requests.sent")}</h2>
					<ul class="person-cards">
						{requested.value.map((person) => (
							<PersonCard key={person.address} person={person}>
								<Act
									text={t("requests.withdraw")}
									label={t("requests.withdrawTo", { name: nameOf(person) })}
									onClick={() => void act(person, "withdraw")}
								/>
							</PersonCard>
						))}
					</ul>
				</section>
			)}
		</>
	);
}

function Suggestions() {
	const [all, setAll] = useState<Suggestion[]>();
	useEffect(() => {
		link.request("roster.suggestions").then(
			({ people: suggested }) => {
				setAll(suggested);
				meetPeople(suggested);
			},
			() => setAll([]),
		);
	}, []);
	const shown = all?.filter(({ address }) => !people.value.has(address));
	const dismiss = async (person: Suggestion) => {
		const before = all;
		setAll(all?.filter((other) => other !== person));
		try {
			await link.request("roster.dismiss", { address: person.address });
		} catch (error) {
			setAll(before);
			complain(error);
		}
	};
	return (
		<section class="people-section" aria-labelledby="suggested">
			<h2 id="suggested">{t("people.suggestions")}</h2>
			{shown?.length === 0 && <p class="muted">{t("people.noSuggestions")}</p>}
			<ul class="person-cards">
				{shown?.map((person) => (
					<PersonCard
						key={person.address}
						person={person}
						note={person.reason.kind === "mutual" ? t("people.mutual", { n: person.reason.count }) : t("people.recent")}
					>
						<Act
							primary
							text={t("relation.ask")}
							label={`${t("relation.ask")}: ${nameOf(person)}`}
							onClick={() => goToChat(person.address)}
						/>
						<Act
							text={t("people.dismiss")}
							label={t("people.dismissName", { name: nameOf(person) })}
							onClick={() => void dismiss(person)}
						/>
					</PersonCard>
				))}
			</ul>
		</section>
	);
}

function Invitations() {
	if (invitations.value.length === 0) {
		return null;
	}
	return (
		<section class="people-section" aria-labelledby="invited">
			<h2 id="invited">{t("groups.invitations")}</h2>
			<ul class="person-cards">
				{invitations.value.map(({ group, by }) => (
					<li class="person-card" key={group.address}>
						<span class="person-link">
							<GroupLine group={group} note={t("groups.invites", { name: nameOf(by) })} />
						</span>
						{group.about && <blockquote dir="auto">{group.about}</blockquote>}
						<div class="buttons">
							<Act
								primary
								text={t("requests.accept")}
								label={t("groups.acceptInto", { group: titleOf(group) })}
								onClick={() => void join({ group: group.address })}
							/>
							<Act
								text={t("requests.decline")}
								label={t("groups.declineInto", { group: titleOf(group) })}
								onClick={() => void declineInvitation(group.address)}
							/>
						</div>
					</li>
				))}
			</ul>
		</section>
	);
}

/** Public groups of this node that one is not in. */
function PublicGroups() {
	const [groups, setGroups] = useState<readonly Group[]>();
	useEffect(() => {
		link.request("groups.search", { limit: 20 }).then(
			({ groups: found }) => {
				meetGroups(found);
				setGroups(found.filter(({ role }) => role === "none"));
			},
			() => setGroups([]),
		);
	}, []);
	return groups && groups.length > 0 ? (
		<section class="people-section" aria-labelledby="public">
			<h2 id="public">{t("groups.public")}</h2>
			<ul class="person-cards">
				{groups.map((group) => (
					<li class="person-card" key={group.address}>
						<a class="person-link" href={chatPath(group.address, home.value)} onClick={follow}>
							<GroupLine group={group} />
						</a>
						<div class="buttons">
							<Act
								text={t("groups.join")}
								label={t("groups.joinName", { group: titleOf(group) })}
								onClick={() => void join({ group: group.address })}
							/>
						</div>
					</li>
				))}
			</ul>
		</section>
	) : null;
}

export function People() {
	const text = searchText.value.trim();
	return (
		<div class="page">
			<PaneHead heading={t("people.heading")} />
			<div class="page-body">
				{narrow.value && <Search />}
				{narrow.value && text ? (
					<SearchResults text={text} />
				) : (
					<>
						<p class="muted">{t("people.lead")}</p>
						<Requests />
						<Invitations />
						<Suggestions />
						<PublicGroups />
					</>
				)}
			</div>
		</div>
	);
}
