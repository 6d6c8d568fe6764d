// SPDX-License-Identifier: MIT
// Finding people: who asks, whom one may know, and who has not answered yet.

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";

import type { Person, Suggestion } from "../../sdk/src/index.ts";
import { t } from "../i18n.ts";
import { nameOf } from "../logic/people.ts";
import { chatPath } from "../logic/routes.ts";
import { act, errorText } from "../state/chats.ts";
import { link } from "../state/link.ts";
import { toast } from "../state/live.ts";
import { narrow } from "../state/now.ts";
import { follow, goToChat } from "../state/router.ts";
import { asking, home, meetPeople, people, requested } from "../state/store.ts";
import { PaneHead } from "./pane.tsx";
import { PersonLine } from "./parts.tsx";
import { Search, SearchResults, searchText } from "./search.tsx";

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

function Requests() {
	return (
		<>
			{asking.value.length > 0 && (
				<section class="people-section" aria-labelledby="received">
					<h2 id="received">{t("requests.received")}</h2>
					<ul class="person-cards">
						{asking.value.map((person) => (
							<PersonCard key={person.address} person={person} quote={person.text}>
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
							</PersonCard>
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
			toast(errorText(error), true);
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
						<Suggestions />
					</>
				)}
			</div>
		</div>
	);
}
