// SPDX-License-Identifier: MIT
// What one may do with a message and in a group; the node decides, this only spares people a refusal. Pure.

import type { Group, GroupPermissions, GroupRole, Message } from "../../sdk/src/index.ts";
import { bare } from "./address.ts";

const RANK: Record<string, number> = { owner: 4, admin: 3, moderator: 2, member: 1 };
export const LOWEST: Required<GroupPermissions> = { invite: "member", post: "member", pin: "moderator", edit: "admin", mention: "moderator" };

/** For how many seconds a message can be edited and deleted; 0: never. The node says it in hello. */
export interface Windows {
	edit: number;
	delete: number;
}
/** Before the node has said anything. */
export const USUAL_WINDOWS: Windows = { edit: 86_400, delete: 86_400 };

function atLeast(group: Group, role: GroupRole): boolean {
	return (RANK[group.role] ?? 0) >= RANK[role]!;
}

export function may(group: Group | undefined, what: keyof GroupPermissions): boolean {
	return !group || atLeast(group, group.permissions[what] ?? LOWEST[what]);
}

export function isModerator(group: Group | undefined): boolean {
	return group !== undefined && atLeast(group, "moderator");
}

export interface Look {
	me: string;
	now: number;
	windows: Windows;
	group?: Group;
}

/** Notes to oneself can always be changed, where anything can. */
function isYoung({ time, chat }: Message, { me, now }: Look, window: number): boolean {
	return window > 0 && (chat === me || now - Date.parse(time) < window * 1_000);
}

export function mayEdit(message: Message, look: Look): boolean {
	return bare(message.from) === look.me && !message.deleted && !message.forward && message.text !== undefined && isYoung(message, look, look.windows.edit);
}

export function mayDelete(message: Message, look: Look): boolean {
	const own = bare(message.from) === look.me && isYoung(message, look, look.windows.delete);
	return !message.deleted && (own || isModerator(look.group));
}

/** Milliseconds until the next message may be sent in a slow group. */
export function slowLeft(group: Group | undefined, last: number, now: number): number {
	return group && group.slow > 0 && !isModerator(group) ? Math.max(0, last + group.slow * 1_000 - now) : 0;
}
