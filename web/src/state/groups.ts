// SPDX-License-Identifier: MIT
// What can be done with groups. Each tells when it did not work.

import type { Group, GroupMember, GroupRole, Method, Params, Result } from "../../sdk/src/index.ts";
import { t } from "../i18n.ts";
import { nameOf } from "../logic/people.ts";
import { complain } from "./chats.ts";
import { dropInvitation, titleOf } from "./invitations.ts";
import { link } from "./link.ts";
import { toast } from "./live.ts";
import { forgetMembers } from "./members.ts";
import { go, goToChat } from "./router.ts";
import { chatWith, meetPeople, sortChats, type Chat } from "./store.ts";

type GroupMethod = Extract<Method, `groups.${string}`>;

/** Asks; says so when it does not work. */
export async function tryGroup<M extends GroupMethod>(method: M, params: Params<M>): Promise<Result<M> | undefined> {
	try {
		return (await (link.request as (method: M, params: Params<M>) => Promise<unknown>).call(link, method, params)) as Result<M>;
	} catch (error) {
		complain(error);
		return undefined;
	}
}

/** One is in this group now. */
export function enter(group: Group): Chat {
	const chat = chatWith(group.address);
	chat.group.value = group;
	chat.gone.value = false;
	chat.listed = true;
	chat.time ||= Date.now();
	chat.fresh = false;
	dropInvitation(group.address);
	sortChats();
	return chat;
}

export async function join(params: { group: string } | { link: string }): Promise<boolean> {
	const answer = await tryGroup("groups.join", params);
	if (answer) {
		enter(answer.group);
		goToChat(answer.group.address);
	}
	return answer !== undefined;
}

export async function declineInvitation(address: string): Promise<void> {
	if (await tryGroup("groups.decline", { group: address })) {
		dropInvitation(address);
	}
}

/** A public group can be joined again, so that can be taken back. */
export async function leave(chat: Chat): Promise<void> {
	const group = chat.group.peek();
	if (!(await tryGroup("groups.leave", { group: chat.address }))) {
		return;
	}
	chat.gone.value = true;
	if (group) {
		chat.group.value = { ...group, role: "none" };
	}
	sortChats();
	go("/");
	const again = { text: t("action.undo"), act: () => void join({ group: chat.address }) };
	toast(t("groups.leftNow", { group: chat.name }), false, group?.kind === "public" ? again : undefined);
}

export async function update(chat: Chat, change: Omit<Params<"groups.update">, "group">): Promise<boolean> {
	const answer = await tryGroup("groups.update", { group: chat.address, ...change });
	if (answer) {
		chat.group.value = answer.group;
	}
	return answer !== undefined;
}

export async function setRole(chat: Chat, { person }: GroupMember, role: GroupRole): Promise<boolean> {
	const done = await tryGroup("groups.role", { group: chat.address, address: person.address, role });
	forgetMembers(chat);
	return done !== undefined;
}

export async function removeMember(chat: Chat, { person }: GroupMember, ban: boolean): Promise<boolean> {
	const done = await tryGroup("groups.remove", { group: chat.address, address: person.address, ...(ban ? { ban } : {}) });
	forgetMembers(chat);
	if (done) {
		toast(t(ban ? "groups.bannedNow" : "groups.removedNow", { name: nameOf(person) }));
	}
	return done !== undefined;
}

/** The last group that was asked about, for those who are not in it. */
export async function lookAt(chat: Chat): Promise<void> {
	const { group } = await link.request("groups.get", { group: chat.address });
	chat.group.value = group;
}

export const MEMBERS_PAGE = 50;

/** A part of the members; their names are known from then on. */
export async function membersPage(group: string, text: string, after?: string): Promise<Result<"groups.members">> {
	const page = await link.request("groups.members", {
		group, limit: MEMBERS_PAGE, ...(text ? { text } : {}), ...(after ? { after } : {}),
	});
	meetPeople(page.members.map(({ person }) => person));
	return page;
}

/** "Added: Ann. Invited: Bob. Not possible: Carl, why." as parts. */
export interface Outcome {
	added: readonly string[];
	invited: readonly string[];
	refused: readonly { address: string; code: string; text: string }[];
}

export { titleOf };
