// SPDX-License-Identifier: MIT
// What one may do with a message and in a group; the node decides, this only spares people a refusal. Pure.

import type { Group, GroupPermissions, GroupRole, Message } from "../../sdk/src/index.ts";
import { bare } from "./address.ts";

const RANK: Record<string, number> = { owner: 4, admin: 3, moderator: 2, member: 1 };
export const LOWEST: Required<GroupPermissions> = { invite: "member", post: "member", pin: "moderator", edit: "admin", mention: "moderator" };
/** For so long a message can be edited or deleted where nothing else is configured. */
const WINDOW_MS = 24 * 3_600_000;

function atLeast(group: Group, role: GroupRole): boolean {
	return (RANK[group.role] ?? 0) >= RANK[role]!;
}

export function may(group: Group | undefined, what: keyof GroupPermissions): boolean {
	return !group || atLeast(group, group.permissions[what] ?? LOWEST[what]);
}

export function isModerator(group: Group | undefined): boolean {
	return group !== undefined && atLeast(group, "moderator");
}

interface Look {
	me: string;
	now: number;
	group?: Group;
}

/** Notes to oneself can always be changed. */
function isYoung({ time, chat }: Message, { me, now }: Look): boolean {
	return chat === me || now - Date.parse(time) < WINDOW_MS;
}

export function mayEdit(message: Message, look: Look): boolean {
	return bare(message.from) === look.me && !message.deleted && !message.forward && message.text !== undefined && isYoung(message, look);
}

export function mayDelete(message: Message, look: Look): boolean {
	const own = bare(message.from) === look.me && isYoung(message, look);
	return !message.deleted && (own || isModerator(look.group));
}

/** Milliseconds until the next message may be sent in a slow group. */
export function slowLeft(group: Group | undefined, last: number, now: number): number {
	return group && group.slow > 0 && !isModerator(group) ? Math.max(0, last + group.slow * 1_000 - now) : 0;
}
