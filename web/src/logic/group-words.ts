// SPDX-License-Identifier: MIT
// Rights and rules of groups in plain words.

import type { Group, GroupPermissions, GroupRole } from "../../sdk/src/index.ts";
import { t } from "../i18n.ts";
import { LOWEST } from "./rights.ts";

export const ROLES: readonly GroupRole[] = ["member", "moderator", "admin", "owner"];
export const ACTS: readonly (keyof GroupPermissions)[] = ["post", "invite", "pin", "mention", "edit"];

export function lowestFor(group: Group, what: keyof GroupPermissions): GroupRole {
	return group.permissions[what] ?? LOWEST[what];
}

/** "Everybody may write." and so on; what is the same for several acts is told for each. */
export function plainRights(group: Group): string[] {
	const role = group.role;
	const own = role === "none" || role === "banned" ? [] : [t(`group.you.${role}`)];
	const acts = ACTS.map((act) => t(`group.who.${lowestFor(group, act)}`, { act: t(`group.act.${act}`) }));
	const slow = group.slow > 0 ? [t("group.slowIs", { time: slowText(group.slow) })] : [];
	return [...own, ...acts, ...slow, t(`group.history.${group.history}Is`)];
}

export const SLOWS: readonly number[] = [0, 5, 10, 30, 60, 300, 900, 3_600];

export function slowText(seconds: number): string {
	if (seconds === 0) {
		return t("group.slowOff");
	}
	if (seconds < 60) {
		return t("wait.seconds", { n: seconds });
	}
	return t("wait.minutes", { n: Math.round(seconds / 60) });
}

/** What leaving means; for an owner, also who owns the group then. */
export function leavingText(group: Group): string {
	const parts = [t(group.kind === "public" ? "groups.leavePublic" : "groups.leavePrivate")];
	if (group.members <= 1) {
		parts.push(t("groups.leaveLast"));
	} else if (group.role === "owner") {
		parts.push(t("groups.leaveOwner"));
	}
	return parts.join(" ");
}

/** The roles that one may give to others: owners all, admins those below their own. */
export function givableRoles(own: Group["role"]): readonly GroupRole[] {
	switch (own) {
		case "owner":
			return ROLES;
		case "admin":
			return ROLES.slice(0, 2);
		default:
			return [];
	}
}

const RANK: Record<string, number> = { owner: 4, admin: 3, moderator: 2, member: 1 };

function outranks(own: Group["role"], other: GroupRole): boolean {
	return own === "owner" || (RANK[own] ?? 0) > RANK[other]!;
}

export function mayChangeRole(own: Group["role"], other: GroupRole): boolean {
	return (own === "owner" || own === "admin") && outranks(own, other);
}

/** Moderators remove members; who may ban is an admin. */
export function mayRemove(own: Group["role"], other: GroupRole): boolean {
	return (RANK[own] ?? 0) >= RANK.moderator! && outranks(own, other);
}

export function mayBan(own: Group["role"], other: GroupRole): boolean {
	return mayChangeRole(own, other);
}
