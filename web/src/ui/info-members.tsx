// SPDX-License-Identifier: MIT
// Who is in a group, page by page, and what can be done about each.

import { useEffect, useRef, useState } from "preact/hooks";

import type { Group, GroupMember, GroupRole } from "../../sdk/src/index.ts";
import { t } from "../i18n.ts";
import { givableRoles, mayBan, mayChangeRole, mayRemove } from "../logic/group-words.ts";
import { handleOf, nameOf } from "../logic/people.ts";
import { chatPath } from "../logic/routes.ts";
import { errorText } from "../state/chats.ts";
import { MEMBERS_PAGE, membersPage, removeMember, setRole } from "../state/groups.ts";
import { follow } from "../state/router.ts";
import { home, me, type Chat } from "../state/store.ts";
import { Confirm } from "./dialog.tsx";
import { Icon } from "./icons.tsx";
import { MenuButton, type MenuItem } from "./menu.tsx";
import { Avatar, Hidden } from "./parts.tsx";

interface Asked {
	member: GroupMember;
	what: "remove" | "ban" | GroupRole;
}

const SEARCH_MS = 200;

interface Page {
	members: readonly GroupMember[];
	cursor?: string;
	total: number;
}

/** Pages of members, searched by the node. Asked for again when the group changes. */
function useMembers(chat: Chat, text: string, group: Group) {
	const [page, setPage] = useState<Page>();
	const [failed, setFailed] = useState("");
	const asked = useRef(0);
	const load = (after?: string) => {
		const mine = ++asked.current;
		membersPage(chat.address, text, after).then(
			({ members, cursor, total }) => {
				if (asked.current === mine) {
					setPage((before) => ({ members: after && before ? [...before.members, ...members] : members, cursor, total }));
					setFailed("");
				}
			},
			(error: unknown) => asked.current === mine && setFailed(errorText(error)),
		);
	};
	useEffect(() => {
		const timer = setTimeout(() => load(), text ? SEARCH_MS : 0);
		return () => clearTimeout(timer);
	}, [chat, text]);
	/* Who has paged down is not thrown back to the top. */
	useEffect(() => {
		if (page && page.members.length <= MEMBERS_PAGE) {
			load();
		}
	}, [group]);
	return { page, failed, load };
}

function MemberRow({ member, items }: { member: GroupMember; items: readonly MenuItem[] }) {
	const { person, role, show } = member;
	const own = person.address === me.value;
	const name = own ? t("chat.you") : nameOf(person);
	return (
		<li class="member">
			<a class="person-link" href={chatPath(person.address, home.value)} onClick={follow}>
				<Avatar name={nameOf(person)} address={person.address} show={show} />
				<span class="person-text">
					<span class="person-name">
						{name}
						{show && <Hidden>, {t(`presence.${show}`)}</Hidden>}
					</span>
					<span class="person-note">{handleOf(person, home.value)}</span>
				</span>
				{role !== "member" && <span class="tag">{t(`group.role.${role}`)}</span>}
			</a>
			{items.length > 0 && <MenuButton label={t("groups.memberActions", { name: nameOf(person) })} items={items} />}
		</li>
	);
}

function itemsFor(group: Group, member: GroupMember, ask: (what: Asked["what"]) => void): MenuItem[] {
	if (member.person.address === me.value) {
		return [];
	}
	const items: MenuItem[] = [];
	if (mayChangeRole(group.role, member.role)) {
		for (const role of givableRoles(group.role)) {
			if (role !== member.role) {
				items.push({ icon: "shield", text: t(`groups.make.${role}`), act: () => ask(role) });
			}
		}
	}
	if (mayRemove(group.role, member.role)) {
		items.push({ icon: "close", text: t("groups.remove"), act: () => ask("remove") });
	}
	if (mayBan(group.role, member.role)) {
		items.push({ icon: "block", text: t("groups.ban"), danger: true, act: () => ask("ban") });
	}
	return items;
}

export function Members({ chat, group }: { chat: Chat; group: Group }) {
	const [text, setText] = useState("");
	const { page, failed, load } = useMembers(chat, text.trim(), group);
	const [asked, setAsked] = useState<Asked>();
	const root = useRef<HTMLElement>(null);
	const perform = async ({ member, what }: Asked) => {
		const done = what === "remove" || what === "ban" ? await removeMember(chat, member, what === "ban") : await setRole(chat, member, what);
		if (done) {
			load();
			root.current?.querySelector<HTMLElement>("h3")?.focus();
		}
	};
	/* Only what cannot be taken back in a moment is asked about. */
	const ask = (member: GroupMember) => (what: Asked["what"]) => {
		if (what === "member" || what === "moderator") {
			void perform({ member, what });
		} else {
			setAsked({ member, what });
		}
	};
	const confirm = asked && (asked.what === "remove" || asked.what === "ban" ? asked.what : "role");
	return (
		<section class="info-section" aria-labelledby="info-members" ref={root}>
			<h3 id="info-members" tabIndex={-1}>
				{t("group.members", { n: page?.total ?? group.members })}
			</h3>
			<div class="search info-search">
				<Icon name="search" />
				<input
					type="search"
					value={text}
					maxLength={64}
					autoComplete="off"
					placeholder={t("groups.findMember")}
					aria-label={t("groups.findMember")}
					onInput={(event) => setText(event.currentTarget.value)}
				/>
			</div>
			{failed && <p class="banner banner-bad">{failed}</p>}
			<ul class="members">
				{page?.members.map((member) => (
					<MemberRow key={member.person.address} member={member} items={itemsFor(group, member, ask(member))} />
				))}
			</ul>
			{page && page.members.length === 0 && <p class="muted">{t("groups.noMember")}</p>}
			{page?.cursor && (
				<button type="button" class="button" onClick={() => load(page.cursor)}>
					{t("groups.more")}
				</button>
			)}
			{asked && confirm && (
				<Confirm
					heading={t(`groups.${confirm}Heading`, { name: nameOf(asked.member.person), role: t(confirm === "role" ? `groups.make.${asked.what as GroupRole}` : "group.members", { n: 0 }) })}
					text={t(confirm === "role" ? `groups.${asked.what as "admin" | "owner"}Text` : `groups.${confirm}Text`, { name: nameOf(asked.member.person) })}
					action={confirm === "role" ? t(`groups.make.${asked.what as GroupRole}`) : t(`groups.${confirm}`)}
					onConfirm={() => void perform(asked)}
					onClose={() => setAsked(undefined)}
				/>
			)}
		</section>
	);
}
