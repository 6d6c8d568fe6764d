// SPDX-License-Identifier: MIT
// A group never stands without an owner, whoever goes and however; and one in which nobody is left is over.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, it } from "node:test";

import { fail, faultyStore } from "./support/faulty.mjs";
import { circle, hearsRole, lines, newGroup, roles } from "./support/groups.mjs";
import { good } from "./support/parleyctl.mjs";
import { modules, root, schemas } from "./support/places.mjs";
import { addMethods } from "./support/schemas.mjs";
import { conversation } from "./support/talk.mjs";

const leave = (person, group) => person.ask("groups.leave", { group: group.address });
const give = (owner, group, person, role) =>
	owner.ask("groups.role", { group: group.address, address: person.address, role });

conversation("the owner of a group", {}, (node) => {
	it("who leaves hands it to the longest-serving of the highest role", async () => {
		const [alice, bob, carol, dave] = await circle(node, "alice", "bob", "carol", "dave");
		const group = await newGroup(alice, [bob, carol, dave]);
		await give(alice, group, dave, "admin");
		await give(alice, group, carol, "admin");
		await leave(alice, group);
		const event = await hearsRole(carol, group, "owner");
		assert.equal(event.by, alice.address);
		const line = await bob.hears({ change: { kind: "role", who: carol.address, role: "owner" } });
		assert.equal(line.from, alice.address, "the node did it, not a device");
		await leave(carol, group);
		await hearsRole(dave, group, "owner");
		await leave(dave, group);
		await hearsRole(bob, group, "owner");
		assert.deepEqual(await roles(bob, group), [[bob.name, "owner"]]);
		assert.deepEqual((await lines(bob, group)).slice(-6), [
			["role", alice.name, carol.name],
			["left", alice.name],
			["role", carol.name, dave.name],
			["left", carol.name],
			["role", dave.name, bob.name],
			["left", dave.name],
		]);
	});

	it("who is not the only one leaves without more ado", async () => {
		const [alice, bob] = await circle(node, "alice", "bob");
		const group = await newGroup(alice, [bob]);
		await give(alice, group, bob, "owner");
		await leave(alice, group);
		assert.deepEqual((await lines(bob, group)).slice(-2), [
			["role", alice.name, bob.name],
			["left", alice.name],
		]);
	});

	it("who is the last in it ends it, and its name is not given again", async () => {
		const [alice, bob] = await circle(node, "alice", "bob");
		const stranger = await node.newPerson("stranger");
		const group = await newGroup(alice, [bob], { name: "shortlived", kind: "public", history: "all" });
		await alice.says(group, "secret");
		await alice.ask("groups.invite", { group: group.address, people: [stranger.address] });
		await stranger.hears({ name: "groups.invited" });
		const { link } = await alice.ask("groups.link", { group: group.address });
		await leave(bob, group);
		await leave(alice, group);
		await stranger.hears({ name: "groups.answered", group: group.address });
		assert.deepEqual((await stranger.ask("groups.invitations")).invitations, []);
		assert.deepEqual((await stranger.ask("groups.search", { text: "short" })).groups, []);
		await stranger.refused("not-found", "groups.join", { group: group.address });
		await stranger.refused("not-found", "groups.join", { link: link.link });
		await stranger.refused("not-found", "groups.peek", { link: link.link });
		await alice.refused("not-found", "groups.get", { group: group.address });
		await alice.cannotSay("not-found", group, "echo?");
		await stranger.refused("conflict", "groups.create", { name: "shortlived" });
	});

	it("and all others may leave at once", async () => {
		const people = await circle(node, ...Array(6).fill("person"));
		const group = await newGroup(people[0], people.slice(1));
		await Promise.all(people.map((person) => leave(person, group)));
		await people[0].refused("not-found", "groups.get", { group: group.address });
		for (const person of people) {
			assert.deepEqual((await person.ask("groups.list")).groups, []);
		}
	});
});

conversation("an account that is disabled", { store: { backend: "sqlite" } }, (node) => {
	const disable = (operator, { name }, disabled = true) => operator.get("account.change", { name, disabled });

	it("hands on the groups that it owns alone, to who can log in", async () => {
		const people = await circle(node, "alice", "absent", "adele", "later", "bob");
		const [alice, absent, adele, later, bob] = people;
		const group = await newGroup(alice, [bob, absent, adele, later]);
		for (const person of [absent, adele, later]) {
			await give(alice, group, person, "admin");
		}
		const shared = await newGroup(alice, [bob, adele]);
		await give(alice, shared, bob, "owner");
		const operator = await node.operator();
		await disable(operator, absent);
		await good(node, ["account", "change", "--disabled", "yes", alice.name]);
		const event = await hearsRole(adele, group, "owner");
		assert.equal(event.by, alice.address);
		const line = await bob.hears({ change: { kind: "role", who: adele.address, role: "owner" } });
		assert.equal(line.from, alice.address, "the node did it, not a device");
		assert.deepEqual(await roles(bob, group), [
			[adele.name, "owner"],
			[alice.name, "owner"],
			[absent.name, "admin"],
			[later.name, "admin"],
			[bob.name, "member"],
		]);
		const left = [[alice.name, "owner"], [bob.name, "owner"], [adele.name, "member"]];
		assert.deepEqual(await roles(bob, shared), left, "which has another owner");
		await disable(operator, alice);
		await disable(operator, alice, false);
		assert.equal((await lines(bob, group)).filter(([kind]) => kind === "role").length, 4, "once is enough");
	});

	it("hands them to a moderator, or a member, where there is no admin; and of owners those count who can log in", async () => {
		const [alice, bob, carol] = await circle(node, "alice", "bob", "carol");
		const group = await newGroup(alice, [bob, carol]);
		await give(alice, group, carol, "moderator");
		const operator = await node.operator();
		await disable(operator, alice);
		await hearsRole(carol, group, "owner");
		assert.equal(
			(await carol.refused("not-allowed", "groups.role", { group: group.address, address: carol.address, role: "member" }))
				.message,
			"you are the only owner: make somebody else an owner first",
		);
		await disable(operator, carol);
		await hearsRole(bob, group, "owner");
		await leave(bob, group);
		await disable(operator, alice, false);
		const back = await node.device(alice.person);
		assert.deepEqual((await roles(back, group)).map(([, role]) => role), ["owner", "owner"]);
		await back.close();
	});

	it("hands the group to whoever joins, when nobody else in it can log in", async () => {
		const [alice, bob, carol, dave] = await circle(node, "alice", "bob", "carol", "dave");
		const open = await newGroup(alice, [bob], { kind: "public", name: "abandoned" });
		const closed = await newGroup(alice);
		const { link } = await alice.ask("groups.link", { group: closed.address });
		const operator = await node.operator();
		await disable(operator, bob);
		await disable(operator, alice);
		const { group } = await carol.ask("groups.join", { group: open.address });
		assert.equal(group.role, "owner");
		assert.deepEqual(await roles(carol, open), [[alice.name, "owner"], [carol.name, "owner"], [bob.name, "member"]]);
		assert.deepEqual((await carol.ask("groups.join", { link: link.link })).group.role, "owner");
		assert.deepEqual((await dave.ask("groups.join", { group: open.address })).group.role, "member", "there is one now");
		await carol.ask("groups.update", { group: open.address, title: "Mine" });
		const line = await dave.ask("history.page", { chat: open.address, limit: 200 });
		assert.equal(line.messages.at(-1).change.kind, "title");
	});

	it("hands it to whoever can log in again", async () => {
		const [alice, bob, carol] = await circle(node, "alice", "bob", "carol");
		const group = await newGroup(alice, [bob, carol]);
		const operator = await node.operator();
		for (const person of [carol, bob, alice]) {
			await disable(operator, person);
		}
		await disable(operator, carol, false);
		const back = await node.device(carol.person);
		assert.deepEqual((await roles(back, group)).filter(([, role]) => role === "owner").map(([name]) => name).sort(),
			[alice.name, carol.name].sort());
		await back.close();
	});
});

/* Where the node dies: in front of this commit with that collection. */
const places = ["kill messages 1", "kill group_members 1", "kill groups 1", "kill messages 2", "kill group_members 2"];

conversation("a node that is killed while an account is disabled", faultyStore(), (node) => {
	it("hands on what that owns alone when it is used next", async () => {
		for (const place of places) {
			const [alice, bob] = await circle(node, "alice", "bob");
			const groups = [await newGroup(alice, [bob]), await newGroup(alice, [bob]), await newGroup(alice, [bob])];
			const operator = await node.operator();
			fail(node, place);
			const asked = operator.get("account.change", { name: alice.name, disabled: true }).catch(() => undefined);
			await node.killed();
			await asked;
			fail(node);
			await node.restart();
			const back = await node.device(bob.person);
			await back.says(groups[0], "anybody here?");
			const { group: now } = await back.ask("groups.get", { group: groups[0].address });
			if (now.role !== "owner") { /* else the journal said so already */
				await hearsRole(back, groups[0], "owner");
			}
			await back.ask("groups.update", { group: groups[1].address, kind: "public" });
			for (const group of groups) {
				assert.deepEqual(await roles(back, group), [[alice.name, "owner"], [bob.name, "owner"]], place);
				assert.equal((await lines(back, group)).filter(([kind]) => kind === "role").length, 1, place);
			}
			await node.closeClients();
		}
	});
});

/* A module as whoever erases accounts would be: it takes an account out of all its groups. */
const eraser = `
#include <parley/groups.h>

static void
eraser_forget(void *self, struct parley_request *r)
{
	const char *name = parley_json_string(parley_json_get(parley_request_params(r), "name"));
	struct parley_error err = { 0 };
	const struct parley_groups_1 *groups;
	void *groups_self;

	groups = parley_service_find("groups/1", &groups_self);
	if (groups->forget(groups_self, name, &err) != 0)
		parley_refuse_error(r, &err);
}

static const struct parley_method methods[] = {
	{ "eraser.forget", PARLEY_ROLE_OPERATOR, eraser_forget },
	{ 0 },
};
static const char *const needs[] = { "groups", NULL };

PARLEY_MODULE = {
	PARLEY_ABI,
	.name = "eraser",
	.summary = "takes accounts out of their groups",
	.needs = needs,
	.methods = methods,
};
`;

const eraserSchema = {
	$schema: "https://json-schema.org/draft/2020-12/schema",
	title: "eraser.forget",
	description: "Takes an account out of its groups.",
	$comment: "who: operator",
	$defs: {
		params: { type: "object", properties: { name: { type: "string" } }, required: ["name"], examples: [{ name: "bob" }] },
		result: { type: "object", properties: {}, examples: [{}] },
	},
};

const work = mkdtempSync(join(tmpdir(), "parley-eraser-"));
after(() => rmSync(work, { recursive: true, force: true }));
mkdirSync(join(work, "schemas/methods"), { recursive: true });
writeFileSync(join(work, "eraser.c"), eraser);
writeFileSync(join(work, "schemas/methods/eraser.forget.json"), JSON.stringify(eraserSchema));
execFileSync(
	"cc",
	[..."-std=gnu17 -fPIC -shared -Werror -o eraser.so eraser.c -I".split(" "), join(root, "include")],
	{ cwd: work, stdio: ["ignore", "ignore", "inherit"] },
);
addMethods(join(work, "schemas"));

const withEraser = {
	node: {
		more_modules: "eraser",
		module_path: `${modules} ${work}`,
		schemas: `${schemas} ${join(work, "schemas")}`,
	},
};

conversation("an account that goes away", withEraser, (node) => {
	it("leaves all its groups, and hands on those that it owns alone", async () => {
		const [alice, bob, carol] = await circle(node, "alice", "bob", "carol");
		const mine = await newGroup(alice, [bob, carol]);
		const shared = await newGroup(alice, [bob]);
		await give(alice, shared, bob, "owner");
		const alone = await newGroup(alice, [], { name: "alone", kind: "public" });
		const theirs = await newGroup(bob);
		await alice.ask("groups.get", { group: alone.address });
		const operator = await node.operator();
		await operator.get("eraser.forget", { name: alice.name });
		assert.deepEqual((await alice.ask("groups.list")).groups, []);
		const heir = (await bob.ask("groups.get", { group: mine.address })).group.role;
		assert.equal(heir, "owner");
		assert.deepEqual(await roles(bob, shared), [[bob.name, "owner"]]);
		await carol.refused("not-found", "groups.join", { group: alone.address });
		assert.equal((await bob.ask("groups.get", { group: theirs.address })).group.members, 1);
		await operator.get("eraser.forget", { name: alice.name });
	});
});
