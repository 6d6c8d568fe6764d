// SPDX-License-Identifier: MIT
// Invitations to groups that wait for an answer, and what the node tells of groups.

import { computed, signal } from "@preact/signals";

import type { Invitation, Message, ServerEventGroupsChanged, ServerEventGroupsInvited } from "../../sdk/src/index.ts";
import { t } from "../i18n.ts";
import { isGroup } from "../logic/address.ts";
import { nameOf } from "../logic/people.ts";
import { link } from "./link.ts";
import { toast } from "./live.ts";
import { asking, chatWith, me, nameOfAddress, order, sortChats, type Chat } from "./store.ts";

export const invitations = signal<readonly Invitation[]>([]);
/** How many people and groups wait for an answer. */
export const waiting = computed(() => asking.value.length + invitations.value.length);

export function titleOf(group: { title: string; names?: string[]; address: string }): string {
	return group.title || group.names?.join(", ") || group.address;
}

/** Asks for them all. A node without groups has none. */
export async function loadInvitations(): Promise<void> {
	const { invitations: all } = await link.request("groups.invitations").catch(() => ({ invitations: [] }));
	invitations.value = all;
}

/** Groups in the list of which only the address is known. */
export async function meetGroups(): Promise<void> {
	const unknown = (chat: Chat) => isGroup(chat.address) && !chat.group.peek() && !chat.gone.peek();
	if (order.peek().some(unknown)) {
		const { groups } = await link.request("groups.list").catch(() => ({ groups: [] }));
		groups.forEach((group) => (chatWith(group.address).group.value = group));
	}
}

export function dropInvitation(address: string): void {
	invitations.value = invitations.peek().filter(({ group }) => group.address !== address);
}

export function invited({ invitation }: ServerEventGroupsInvited): void {
	dropInvitation(invitation.group.address);
	invitations.value = [invitation, ...invitations.peek()];
	toast(t("groups.invitedBy", { name: nameOf(invitation.by), group: titleOf(invitation.group) }));
}

const JOINS: readonly string[] = ["added", "joined"];
const LEAVES: readonly string[] = ["removed", "banned", "left"];

/** Something happened in a group: how many are in it, and how it is called where its members give it its name. */
export function groupHappened(chat: Chat, { change }: Message): void {
	const group = chat.group.peek();
	const by = JOINS.includes(change!.kind) ? 1 : LEAVES.includes(change!.kind) ? -1 : 0;
	if (!group || (by === 0 && change!.kind !== "role")) {
		return;
	}
	chat.group.value = { ...group, members: Math.max(1, group.members + by) };
	if (!group.title && by !== 0) {
		link.request("groups.get", { group: chat.address }).then(
			({ group: now }) => (chat.group.value = now),
			() => undefined /* one is not in it any more */,
		);
	}
}

/** Where one stands in a group, or the group itself, has changed. */
export function groupChanged({ group, by }: ServerEventGroupsChanged): void {
	const chat = chatWith(group.address);
	const before = chat.group.peek()?.role;
	const wasIn = before !== undefined && !chat.gone.peek() && before !== "none" && before !== "banned";
	const isIn = group.role !== "none" && group.role !== "banned";
	chat.group.value = group;
	chat.gone.value = !isIn && (wasIn || chat.gone.peek());
	if (isIn) {
		chat.listed = true;
		chat.time ||= Date.now();
		dropInvitation(group.address);
	}
	sortChats();
	if (by && by !== me.peek() && wasIn !== isIn) {
		toast(t(isIn ? "groups.addedBy" : "groups.removedBy", { name: nameOfAddress(by), group: titleOf(group) }));
	}
}
