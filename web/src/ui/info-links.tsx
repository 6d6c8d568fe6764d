// SPDX-License-Identifier: MIT
// Links into a group, and who is kept out of it.

import { useEffect, useState } from "preact/hooks";

import type { GroupLink, Person } from "../../sdk/src/index.ts";
import { t } from "../i18n.ts";
import { bare } from "../logic/address.ts";
import { Once } from "../logic/once.ts";
import { nameOf } from "../logic/people.ts";
import { mediumTime } from "../logic/time.ts";
import { tryGroup } from "../state/groups.ts";
import { toast } from "../state/live.ts";
import { me, meetPeople, type Chat } from "../state/store.ts";
import { Select } from "./fields.tsx";
import { nameOrYou } from "./names.ts";
import { PersonLine } from "./parts.tsx";
import { copyText } from "./text.tsx";

const HOUR = 3_600;
const WEEK = 7 * 24 * HOUR;
const expiries = () => [
	{ value: HOUR, text: t("links.expires.hour") },
	{ value: 24 * HOUR, text: t("links.expires.day") },
	{ value: WEEK, text: t("links.expires.week") },
	{ value: 30 * 24 * HOUR, text: t("links.expires.month") },
	{ value: 0, text: t("links.expires.never") },
];
const USES = [1, 5, 25, 100, 0] as const;

export function linkUrl({ link }: GroupLink): string {
	return `${location.origin}/join#${link}`;
}

function LinkRow({ link, onRevoke }: { link: GroupLink; onRevoke(): void }) {
	const facts = [
		t("links.by", { name: bare(link.by) === me.value ? t("system.you") : nameOrYou(bare(link.by)) }),
		link.expires ? t("links.until", { time: mediumTime(Date.parse(link.expires)) }) : t("links.forever"),
		link.uses === undefined ? t("links.anyUses") : t("links.usesLeft", { n: link.uses }),
	];
	const url = linkUrl(link);
	return (
		<li class="link-row">
			<input class="link-text" type="text" readOnly value={url} aria-label={t("links.link")} onFocus={(event) => event.currentTarget.select()} />
			<p class="field-hint">{facts.join(" · ")}</p>
			<div class="buttons">
				<button type="button" class="button button-small" onClick={() => void copyText(url)}>
					{t("links.copy")}
				</button>
				<button type="button" class="button button-small" onClick={onRevoke}>
					{t("links.revoke")}
				</button>
			</div>
		</li>
	);
}

export function Links({ chat }: { chat: Chat }) {
	const [links, setLinks] = useState<readonly GroupLink[]>();
	const [expires, setExpires] = useState(WEEK);
	const [uses, setUses] = useState<number>(0);
	const [once] = useState(() => new Once());
	useEffect(() => {
		void tryGroup("groups.links", { group: chat.address }).then((answer) => setLinks(answer?.links ?? []));
	}, [chat]);
	const make = async (event: Event) => {
		event.preventDefault();
		const wish = { group: chat.address, ...(expires ? { expires } : {}), ...(uses ? { uses } : {}) };
		const answer = await tryGroup("groups.link", { ...wish, once: once.name(wish) });
		if (answer) {
			once.done();
			setLinks([answer.link, ...(links ?? []).filter(({ link }) => link !== answer.link.link)]);
			await copyText(linkUrl(answer.link));
		}
	};
	const revoke = async ({ link }: GroupLink) => {
		const before = links;
		setLinks(links?.filter((other) => other.link !== link));
		if (await tryGroup("groups.revoke", { group: chat.address, link })) {
			toast(t("links.revoked"));
		} else {
			setLinks(before);
		}
	};
	return (
		<>
			<p class="muted">{t("links.lead")}</p>
			<form class="form" onSubmit={make}>
				<Select
					label={t("links.expires")}
					value={expires}
					options={expiries()}
					onChange={(value: number) => setExpires(value)}
				/>
				<Select
					label={t("links.uses")}
					value={uses}
					options={USES.map((value) => ({ value, text: value === 0 ? t("links.uses.0") : t("links.usesN", { n: value }) }))}
					onChange={(value: number) => setUses(value)}
				/>
				<button type="submit" class="button button-primary">
					{t("links.make")}
				</button>
			</form>
			{links?.length === 0 && <p class="muted">{t("links.none")}</p>}
			<ul class="link-rows">
				{links?.map((link) => (
					<LinkRow key={link.link} link={link} onRevoke={() => void revoke(link)} />
				))}
			</ul>
		</>
	);
}

export function Banned({ chat }: { chat: Chat }) {
	const [people, setPeople] = useState<readonly Person[]>();
	useEffect(() => {
		void tryGroup("groups.banned", { group: chat.address }).then((answer) => {
			meetPeople(answer?.people ?? []);
			setPeople(answer?.people ?? []);
		});
	}, [chat]);
	const lift = async (person: Person) => {
		if (await tryGroup("groups.unban", { group: chat.address, address: person.address })) {
			setPeople(people?.filter(({ address }) => address !== person.address));
			toast(t("groups.unbannedNow", { name: nameOf(person) }));
		}
	};
	return (
		<>
			<p class="muted">{t("groups.bannedLead")}</p>
			{people?.length === 0 && <p>{t("groups.nobodyBanned")}</p>}
			<ul class="members">
				{people?.map((person) => (
					<li key={person.address} class="member">
						<span class="person-link">
							<PersonLine person={person} />
						</span>
						<button type="button" class="button button-small" aria-label={t("groups.unbanName", { name: nameOf(person) })} onClick={() => void lift(person)}>
							{t("groups.unban")}
						</button>
					</li>
				))}
			</ul>
		</>
	);
}
