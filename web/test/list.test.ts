// SPDX-License-Identifier: MIT
// The list of chats and the words for groups: what is shown, in which order, and how it is said.
import assert from "node:assert/strict";
import { test } from "node:test";

import type { Group } from "../sdk/src/index.ts";
import { addTexts } from "../src/i18n.ts";
import { givableRoles, leavingText, mayBan, mayChangeRole, mayRemove, plainRights, slowText } from "../src/logic/group-words.ts";
import { badgeOf, countOf, FILTERS, fuzzy, heldOrder, passes, type Listed } from "../src/logic/list.ts";
import { chatPath, parsePath } from "../src/logic/routes.ts";
import { later } from "../src/messages.later.en.ts";

addTexts(later);

const QUIET: Listed = { group: false, unread: 0, mentions: 0, marked: false, muted: false, archived: false, gone: false, open: false };
const GROUP: Group = {
	address: "abc@rooms.here", title: "The club", about: "", topic: "", kind: "private", role: "member", members: 3,
	created: "2026-01-01T00:00:00.000Z", history: "joined", slow: 0, permissions: { post: "admin" },
};

test("a row has one badge: being named, else a number, else a dot", () => {
	assert.equal(badgeOf(QUIET), undefined);
	assert.deepEqual(badgeOf({ ...QUIET, unread: 3 }), { kind: "count", n: 3 });
	assert.deepEqual(badgeOf({ ...QUIET, unread: 3, mentions: 1 }), { kind: "mention", n: 1 });
	assert.deepEqual(badgeOf({ ...QUIET, unread: 3, muted: true }), { kind: "dot" });
	assert.deepEqual(badgeOf({ ...QUIET, unread: 3, mentions: 1, muted: true }), { kind: "mention", n: 1 });
	assert.deepEqual(badgeOf({ ...QUIET, marked: true }), { kind: "dot" });
});

test("the title counts what the rows show", () => {
	assert.equal(countOf({ ...QUIET, unread: 3 }), 3);
	assert.equal(countOf({ ...QUIET, unread: 3, muted: true }), 0);
	assert.equal(countOf({ ...QUIET, unread: 3, mentions: 2, muted: true }), 2);
});

test("each filter shows what it says, and what is open stays in sight", () => {
	const shown = (chat: Listed) => FILTERS.filter((filter) => passes(chat, filter));
	assert.deepEqual(shown(QUIET), ["all", "people"]);
	assert.deepEqual(shown({ ...QUIET, unread: 1 }), ["all", "unread", "people"]);
	assert.deepEqual(shown({ ...QUIET, group: true, marked: true }), ["all", "unread", "groups"]);
	assert.deepEqual(shown({ ...QUIET, archived: true, unread: 1 }), ["archived"]);
	assert.deepEqual(shown({ ...QUIET, group: true, gone: true }), ["archived"]);
	assert.deepEqual(shown({ ...QUIET, group: true, archived: true, open: true }), ["all", "unread", "groups", "archived"]);
});

test("while the list is held, rows stay where they are and new ones come below", () => {
	assert.deepEqual(heldOrder(["a", "b", "c"], ["c", "a", "b"]), ["a", "b", "c"]);
	assert.deepEqual(heldOrder(["a", "b", "c"], ["d", "c", "a"]), ["a", "c", "d"]);
	assert.deepEqual(heldOrder([], ["b", "a"]), ["b", "a"]);
});

test("a few letters find a name: its beginning best, then a word's, then anything in order", () => {
	const best = (want: string, ...names: string[]) =>
		names.filter((name) => fuzzy(name, want) >= 0).sort((a, b) => fuzzy(a, want) - fuzzy(b, want));
	assert.deepEqual(best("ga", "Olga", "Garden club", "The garden", "Great apes", "Bob"), ["Garden club", "The garden", "Olga", "Great apes"]);
	assert.deepEqual(best("gclub", "Garden club", "Book club"), ["Garden club"]);
	assert.equal(fuzzy("Bob", "bobby"), -1);
});

test("a chat, its panel and a message in it have addresses", () => {
	for (const more of [{}, { panel: "info" }, { panel: "links" }, { message: "01a2043e-2066-7000-ad58-b0e318299738" }] as const) {
		for (const address of ["alice@here", "abc@rooms.here", "bob@other.example"]) {
			assert.deepEqual(parsePath(chatPath(address, "here", more), "here"), { screen: "chat", address, ...more });
		}
	}
	for (const path of ["/chat/alice/nothing", "/chat/alice/info/more", "/chat/alice/at", "/chat/alice/at/x/y", "/join/x", "/new/x"]) {
		assert.deepEqual(parsePath(path, "here"), { screen: "unknown" }, path);
	}
	assert.deepEqual(parsePath("/join", "here"), { screen: "join" });
});

test("rights are said in words", () => {
	const lines = plainRights({ ...GROUP, slow: 30 });
	assert.ok(lines.includes("Admins and owners may write."));
	assert.ok(lines.includes("Everybody may invite people."));
	assert.ok(lines.includes("Slow mode: members wait 30 seconds between two messages."));
	assert.ok(lines.every((line) => !line.includes("{")));
	assert.equal(slowText(300), "5 minutes");
});

test("who leaves is told what that means, an owner also who owns the group then", () => {
	assert.doesNotMatch(leavingText(GROUP), /owner/);
	assert.match(leavingText({ ...GROUP, role: "owner" }), /longest-serving admin becomes owner/);
	assert.match(leavingText({ ...GROUP, role: "owner", members: 1 }), /ends with you/);
	assert.match(leavingText({ ...GROUP, kind: "public" }), /join again/);
});

test("only what the node would allow is offered", () => {
	assert.deepEqual(givableRoles("admin"), ["member", "moderator"]);
	assert.equal(givableRoles("owner").length, 4);
	assert.deepEqual(givableRoles("moderator"), []);
	assert.ok(mayChangeRole("owner", "owner") && mayChangeRole("admin", "moderator") && !mayChangeRole("admin", "admin"));
	assert.ok(mayRemove("moderator", "member") && !mayRemove("moderator", "moderator") && !mayRemove("member", "member"));
	assert.ok(mayBan("admin", "member") && !mayBan("moderator", "member"));
});
