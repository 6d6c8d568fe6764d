// SPDX-License-Identifier: MIT
// Everything that a group refuses: who asks, for what, with which code and in which words.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { circle, hearsRole, newGroup } from "./support/groups.mjs";
import { refuses, refusesMessage, wired } from "./support/refusals.mjs";
import { conversation, DOMAIN } from "./support/talk.mjs";

const ROOMS = `rooms.${DOMAIN}`;
const NO_GROUP = "there is no such group";
const NO_LINK = "this link does not work, or no longer";
const NO_ACCOUNT = "there is no such account";
const ELSEWHERE = `this node serves only ${DOMAIN} so far`;

/** Everything that can be asked about a group, with parameters that fit. */
const about = (group, address) => [
	["groups.update", { group, title: "x" }],
	["groups.update", { group, slow: 1 }],
	["groups.members", { group }],
	["groups.invite", { group, people: [address] }],
	["groups.withdraw", { group, address }],
	["groups.leave", { group }],
	["groups.remove", { group, address }],
	["groups.remove", { group, address, ban: true }],
	["groups.unban", { group, address }],
	["groups.banned", { group }],
	["groups.role", { group, address, role: "member" }],
	["groups.link", { group }],
	["groups.links", { group }],
	["groups.revoke", { group, link: "nonesuch" }],
];
const joining = (group) => [
	["groups.get", { group }],
	["groups.join", { group }],
];

/** A group with somebody of each role. */
async function cast(node, more) {
	const people = await wired(node, await circle(node, "owner", "amy", "moe", "meg", "ned"));
	const [owner, amy, moe, meg, ned] = people;
	const group = await newGroup(owner, [amy, moe, meg, ned], more);
	await owner.ask("groups.role", { group: group.address, address: amy.address, role: "admin" });
	await owner.ask("groups.role", { group: group.address, address: moe.address, role: "moderator" });
	return { owner, amy, moe, meg, ned, group };
}

const someone = async (node, name) => (await wired(node, [await node.newPerson(name)]))[0];

conversation("refused about groups", {}, (node) => {
	it("whatever it is: a private group to who is not in it, was in it or is banned; one that is not there; one that ended", async () => {
		const { owner, moe, meg, ned, group } = await cast(node);
		const outsider = await someone(node, "outsider");
		await owner.ask("groups.remove", { group: group.address, address: meg.address });
		await owner.ask("groups.remove", { group: group.address, address: ned.address, ban: true });
		await moe.ask("groups.leave", { group: group.address });
		for (const [method, params] of [...about(group.address, owner.address), ...joining(group.address)]) {
			await refuses(outsider, method, params, "not-found", NO_GROUP);
			await refuses(meg, method, params, "not-found", NO_GROUP);
			await refuses(moe, method, params, "not-found", NO_GROUP);
			/* who was banned may know it, from the list of what happened; but there is nothing to do there */
			if (method !== "groups.get") {
				await refuses(ned, method, params, "not-found", NO_GROUP);
			}
		}
		const nowhere = `nonesuch@${ROOMS}`;
		for (const [method, params] of [...about(nowhere, owner.address), ...joining(nowhere)]) {
			await refuses(owner, method, params, "not-found", NO_GROUP);
		}
		const over = await newGroup(owner, [], { name: "over", kind: "public" });
		await owner.ask("groups.leave", { group: over.address });
		for (const [method, params] of [...about(over.address, moe.address), ...joining(over.address)]) {
			await refuses(owner, method, params, "not-found", NO_GROUP);
		}
		for (const who of [outsider, meg, moe, ned]) {
			await refusesMessage(who, group, { text: "x" }, "not-found", NO_GROUP);
		}
		await refusesMessage(owner, nowhere, { text: "x" }, "not-found", NO_GROUP);
		await refusesMessage(owner, over, { text: "x" }, "not-found", NO_GROUP);
	});

	it("a public group to who is not in it, or is banned", async () => {
		const { owner, ned, group } = await cast(node, { kind: "public", name: "fair" });
		const outsider = await someone(node, "outsider");
		await owner.ask("groups.remove", { group: group.address, address: ned.address, ban: true });
		for (const [method, params] of about(group.address, owner.address)) {
			await refuses(outsider, method, params, "not-allowed", "you are not in this group: join it");
			await refuses(ned, method, params, "not-allowed", "you were banned from this group");
		}
		await refuses(ned, "groups.join", { group: group.address }, "not-allowed", "you were banned from this group");
		const { link } = await owner.ask("groups.link", { group: group.address });
		await refuses(ned, "groups.join", { link: link.link }, "not-allowed", "you were banned from this group");
		await refusesMessage(outsider, group, { text: "x" }, "not-allowed", "you are not in this group: join it");
		await refusesMessage(ned, group, { text: "x" }, "not-allowed", "you were banned from this group");
	});

	it("addresses that are none, or of another kind or node", async () => {
		const { owner, group } = await cast(node);
		for (const [method, params] of [...about(owner.address, owner.address), ...joining(owner.address)]) {
			await refuses(owner, method, params, "not-found", NO_GROUP, "/params/group");
		}
		for (const [method, params] of about("club@rooms.elsewhere.example", owner.address)) {
			await refuses(owner, method, params, "not-found", NO_GROUP, "/params/group");
		}
		for (const address of [group.address, "bob@elsewhere.example"]) {
			for (const [method, params] of about(group.address, address).filter(([, { address: has }]) => has)) {
				await refuses(owner, method, params, "not-implemented", ELSEWHERE, "/params/address");
			}
		}
		for (const [method, params] of about(group.address, "no address").filter(([, { address: has }]) => has)) {
			await refuses(owner, method, params, "bad-request", /./, "/params/address");
		}
		await refuses(owner, "groups.decline", { group: owner.address }, "not-found", NO_GROUP, "/params/group");
		await refuses(owner, "groups.join", {}, "bad-request", "a group or a link is required", "/params/group");
	});

	it("what takes a higher role", async () => {
		const { owner, amy, moe, meg, ned, group } = await cast(node);
		const at = { group: group.address };
		const who = { ...at, address: ned.address };
		const needs = (by, method, params, what, role) =>
			refuses(by, method, params, "not-allowed", `you may not ${what}: it takes ${role}`);
		for (const by of [moe, meg]) {
			for (const what of [{ title: "x" }, { about: "x" }, { topic: "x" }]) {
				await needs(by, "groups.update", { ...at, ...what }, "edit this group", "an admin");
			}
			for (const what of [{ kind: "public" }, { history: "all" }, { slow: 1 }, { permissions: { post: "admin" } }]) {
				await needs(by, "groups.update", { ...at, ...what }, "change the settings of this group", "an admin");
			}
			await needs(by, "groups.role", { ...who, role: "moderator" }, "give roles", "an admin");
			await needs(by, "groups.remove", { ...who, ban: true }, "ban people", "an admin");
			await needs(by, "groups.unban", who, "let people in again", "an admin");
			await needs(by, "groups.banned", at, "see who is banned", "an admin");
		}
		await needs(meg, "groups.remove", who, "remove people", "a moderator");
		for (const role of ["moderator", "admin", "owner"]) {
			const a = role === "moderator" ? "a moderator" : `an ${role}`;
			await owner.ask("groups.update", { ...at, permissions: { invite: role, edit: role } });
			await needs(meg, "groups.invite", { ...at, people: [ned.address] }, "invite people to this group", a);
			await needs(meg, "groups.link", at, "make links to this group", a);
			await needs(meg, "groups.links", at, "see the links to this group", a);
			await needs(meg, "groups.update", { ...at, title: "x" }, "edit this group", a);
		}
		await needs(amy, "groups.update", { ...at, title: "x" }, "edit this group", "an owner");
	});

	it("to act on those of the same role or a higher one", async () => {
		const { owner, amy, moe, meg, ned, group } = await cast(node);
		const of = ({ address }) => ({ group: group.address, address });
		const above = (by, method, params, whom) =>
			refuses(by, method, params, "not-allowed", `you may not do this to somebody who is ${whom}`, "/params/address");
		await above(moe, "groups.remove", of(amy), "an admin");
		await above(moe, "groups.remove", of(owner), "an owner");
		await above(amy, "groups.remove", of(owner), "an owner");
		await above(amy, "groups.remove", { ...of(owner), ban: true }, "an owner");
		await above(amy, "groups.role", { ...of(owner), role: "member" }, "an owner");
		await owner.ask("groups.role", { ...of(ned), role: "admin" });
		await above(amy, "groups.remove", { ...of(ned), ban: true }, "an admin");
		await above(amy, "groups.role", { ...of(ned), role: "member" }, "an admin");
		await owner.ask("groups.role", { ...of(ned), role: "moderator" });
		await above(moe, "groups.remove", of(ned), "a moderator");
		const roles = (by, whom, role, text) =>
			refuses(by, "groups.role", { ...of(whom), role }, "not-allowed", text, "/params/role");
		for (const role of ["admin", "owner"]) {
			await roles(amy, meg, role, "you may only give roles below your own");
		}
		await roles(amy, amy, "owner", "you may not raise your own role");
		await roles(meg, meg, "moderator", "you may not raise your own role");
		await roles(owner, owner, "admin", "you are the only owner: make somebody else an owner first");
	});

	it("to act on who is not in it, or on oneself", async () => {
		const { owner, amy, moe, meg, group } = await cast(node);
		const stranger = await someone(node, "stranger");
		const of = (address) => ({ group: group.address, address });
		const nobody = node.address("nobody");
		for (const address of [stranger.address, nobody]) {
			await refuses(owner, "groups.role", { ...of(address), role: "member" }, "not-found", "this person is not in the group", "/params/address");
			await refuses(moe, "groups.remove", of(address), "not-found", "this person is not in the group", "/params/address");
			await refuses(amy, "groups.unban", of(address), "not-found", "this person is not banned", "/params/address");
		}
		await refuses(amy, "groups.unban", of(meg.address), "not-found", "this person is not banned", "/params/address");
		await refuses(amy, "groups.remove", { ...of(nobody), ban: true }, "not-found", NO_ACCOUNT);
		for (const ban of [false, true]) {
			await refuses(
				amy, "groups.remove", { ...of(amy.address), ban },
				"bad-request", "is your own: leave the group instead", "/params/address",
			);
		}
	});

	it("names that are taken or reserved, and what the schema does not allow", async () => {
		const { owner, group } = await cast(node, { name: "taken" });
		const make = (params, code, text, where) => refuses(owner, "groups.create", params, code, text, where);
		await make({ name: "Taken" }, "conflict", "this name is taken", "/params/name");
		await make({ name: "Admin" }, "conflict", "this name is reserved", "/params/name");
		const over = await newGroup(owner, [], { name: "gone" });
		await owner.ask("groups.leave", { group: over.address });
		await make({ name: "gone" }, "conflict", "this name is taken", "/params/name");
		const at = { group: group.address };
		for (const [more, where, code = "bad-request"] of [
			[{ title: "a".repeat(81) }, "/params/title", "too-large"],
			[{ about: "a".repeat(501) }, "/params/about", "too-large"],
			[{ topic: "a".repeat(201) }, "/params/topic", "too-large"],
			[{ kind: "secret" }, "/params/kind"],
			[{ history: "some" }, "/params/history"],
			[{ slow: 3601 }, "/params/slow"],
			[{ slow: -1 }, "/params/slow"],
			[{ permissions: { post: "king" } }, "/params/permissions/post"],
			[{ permissions: { dance: "member" } }, "/params/permissions/dance"],
		]) {
			await make(more, code, /./, where);
			await refuses(owner, "groups.update", { ...at, ...more }, code, /./, where);
		}
		await make({ name: "ab" }, "bad-request", /./, "/params/name");
		await make({ people: Array(101).fill(node.address("x")) }, "too-large", /./, "/params/people");
		await refuses(owner, "groups.invite", { ...at, people: [] }, "bad-request", /./, "/params/people");
		await refuses(owner, "groups.invite", { ...at, people: Array(101).fill(node.address("x")) }, "too-large", /./, "/params/people");
		for (const bad of [{ expires: 59 }, { expires: 31_536_001 }, { uses: 0 }, { uses: 10_001 }]) {
			await refuses(owner, "groups.link", { ...at, ...bad }, "bad-request", /./, `/params/${Object.keys(bad)[0]}`);
		}
		await refuses(owner, "groups.role", { ...at, address: owner.address, role: "banned" }, "bad-request", /./, "/params/role");
		await refuses(owner, "groups.members", { ...at, limit: 201 }, "bad-request", /./, "/params/limit");
		await refuses(owner, "groups.members", { ...at, text: "" }, "bad-request", /./, "/params/text");
		await refuses(owner, "groups.search", { text: "a".repeat(65) }, "too-large", /./, "/params/text");
	});

	describe("people who are to be brought in", () => {
		/** How bringing this person is refused. */
		async function brings(by, group, address, code, text) {
			const { result } = await by.wire.ask("groups.invite", { group: group.address, people: [address] });
			assert.deepEqual(result, { added: [], invited: [], refused: [{ address, code, text }] });
		}

		it("are refused one by one, in words", async () => {
			const { owner, amy, meg, ned, group } = await cast(node);
			const blocked = await someone(node, "blocked");
			const off = await someone(node, "off");
			await owner.ask("groups.remove", { group: group.address, address: ned.address, ban: true });
			await owner.ask("roster.block", { address: blocked.address });
			await (await node.operator()).get("account.change", { name: off.name, disabled: true });
			await brings(owner, group, node.address("nobody"), "not-found", NO_ACCOUNT);
			await brings(owner, group, off.address, "not-found", NO_ACCOUNT);
			await brings(owner, group, owner.address, "conflict", "this is you");
			await brings(owner, group, blocked.address, "not-allowed", "you have blocked this person");
			await brings(owner, group, meg.address, "conflict", "is in this group already");
			await brings(amy, group, ned.address, "not-allowed", "was banned from this group");
			await brings(owner, group, "bob@elsewhere.example", "not-implemented", ELSEWHERE);
			const { refused } = await owner.ask("groups.create", { people: [node.address("nobody"), blocked.address] });
			assert.deepEqual(refused.map(({ code, text }) => [code, text]), [
				["not-found", NO_ACCOUNT],
				["not-allowed", "you have blocked this person"],
			]);
		});

		it("are let be by who did not ask them", async () => {
			const { owner, amy, meg, moe, group } = await cast(node);
			const guest = await someone(node, "gabi");
			await guest.ask("account.update", { privacy: { groups: "nobody" } });
			await meg.ask("groups.invite", { group: group.address, people: [guest.address] });
			const of = { group: group.address, address: guest.address };
			await refuses(moe, "groups.withdraw", of, "not-allowed", "somebody else has invited this person");
			await amy.ask("groups.withdraw", of);
			await refuses(guest, "groups.join", { group: group.address }, "not-found", NO_GROUP);
			assert.deepEqual(await guest.ask("groups.decline", { group: group.address }), {});
			await owner.settled();
		});
	});

	describe("a link", () => {
		const dead = async (who, link) => {
			await refuses(who, "groups.peek", { link }, "not-found", NO_LINK, "/params/link");
			await refuses(who, "groups.join", { link }, "not-found", NO_LINK, "/params/link");
		};

		it("that never was, has expired, is used up or revoked, or whose group has ended", async () => {
			const { owner, meg, moe, group } = await cast(node);
			const [one, two] = [await someone(node, "one"), await someone(node, "two")];
			const make = async (by, more) => (await by.ask("groups.link", { group: group.address, ...more })).link.link;
			await dead(one, "abcdefghijkmnpqrstuvwxyz");
			const [short, once, mine] = [await make(owner, { expires: 60 }), await make(owner, { uses: 1 }), await make(meg)];
			node.pass(61);
			await dead(one, short);
			await one.ask("groups.join", { link: once });
			await dead(two, once);
			const revoke = { group: group.address, link: mine };
			await refuses(
				moe, "groups.revoke", revoke,
				"not-allowed", "you may only end links that you have made", "/params/link",
			);
			await refuses(owner, "groups.revoke", { ...revoke, link: "nonesuch" }, "not-found", NO_LINK, "/params/link");
			const other = await newGroup(owner);
			await refuses(owner, "groups.revoke", { ...revoke, group: other.address }, "not-found", NO_LINK, "/params/link");
			await meg.ask("groups.revoke", revoke);
			await dead(two, mine);
			await refuses(owner, "groups.revoke", revoke, "not-found", NO_LINK, "/params/link");
			const gone = await make(meg);
			await owner.ask("groups.remove", { group: group.address, address: meg.address });
			await dead(two, gone);
			const last = (await owner.ask("groups.link", { group: other.address })).link.link;
			await owner.ask("groups.leave", { group: other.address });
			await dead(two, last);
			const guest = await node.wire();
			await refuses(guest, "groups.peek", { link: last }, "not-found", NO_LINK, "/params/link");
			await refuses(guest, "groups.join", { link: last }, "not-authorized", "log in first");
		});
	});

	describe("to write", () => {
		it("where only others may", async () => {
			const { owner, amy, moe, meg, group } = await cast(node);
			for (const [role, by] of [
				["moderator", meg],
				["admin", moe],
				["owner", amy],
			]) {
				await owner.ask("groups.update", { group: group.address, permissions: { post: role } });
				await refusesMessage(by, group, { text: "x" }, "not-allowed", `only ${role}s may write in this group`);
			}
		});

		it("too soon, in slow mode", async () => {
			const { owner, moe, meg, group } = await cast(node, { slow: 600 });
			await meg.says(group, "one");
			const error = await refusesMessage(meg, group, { text: "two" }, "limit", "in this group you may write every 600 seconds");
			assert.ok(error.retry_after > 0 && error.retry_after <= 600);
			node.pass(601);
			await meg.says(group, "two");
			await moe.says(group, "three");
			await moe.says(group, "four");
			await owner.settled();
		});

		it("too much, or nothing", async () => {
			const { meg, group } = await cast(node);
			await refusesMessage(meg, group, { text: "a".repeat(10_001) }, "too-large", "must be 1 to 10000 characters", "/text");
			await refusesMessage(meg, group, {}, "bad-request", "is required", "/text");
		});
	});
});

const small = {
	members: 3,
	groups_per_account: 3,
	groups_owned: 2,
	invitations_hour: 7,
	invitations_waiting: 1,
	links: 2,
	bans: 1,
	peeks_minute: 5,
};

conversation("refused because there are too many", { "module groups": small }, (node) => {
	const text = ({ refused }) => refused.map(({ code, text: words }) => [code, words]);

	it("members", async () => {
		const [owner, amy, meg, ned] = await wired(node, await circle(node, "owner", "amy", "meg", "ned"));
		const group = await newGroup(owner, [amy, meg], { kind: "public", name: "full" });
		const answer = await owner.ask("groups.invite", { group: group.address, people: [ned.address] });
		assert.deepEqual(text(answer), [["limit", "this group has 3 members already"]]);
		await refuses(ned, "groups.join", { group: group.address }, "limit", "this group has 3 members already");
		const { link } = await owner.ask("groups.link", { group: group.address });
		await refuses(ned, "groups.join", { link: link.link }, "limit", "this group has 3 members already");
	});

	it("groups that one owns, and is in", async () => {
		const [owner, amy, meg] = await wired(node, await circle(node, "owner", "amy", "meg"));
		await newGroup(owner, [amy]);
		await newGroup(owner, [amy]);
		await refuses(owner, "groups.create", { title: "x" }, "limit", "you own 2 groups already");
		await newGroup(amy);
		await refuses(amy, "groups.create", { title: "x" }, "limit", "you are in 3 groups already");
		const open = await newGroup(meg, [], { kind: "public", name: "open" });
		await refuses(amy, "groups.join", { group: open.address }, "limit", "you are in 3 groups already");
		await node.befriend(meg, amy);
		const answer = await meg.ask("groups.invite", { group: open.address, people: [amy.address] });
		assert.deepEqual(text(answer), [["limit", "is in too many groups already"]]);
	});

	it("invitations: in an hour, and waiting for somebody", async () => {
		const [owner, guest] = await wired(node, await circle(node, "owner", "gabi"));
		await guest.ask("account.update", { privacy: { groups: "nobody" } });
		const [one, two] = [await newGroup(owner), await newGroup(owner)];
		assert.deepEqual((await owner.ask("groups.invite", { group: one.address, people: [guest.address] })).invited, [guest.address]);
		const answer = await owner.ask("groups.invite", { group: two.address, people: [guest.address] });
		assert.deepEqual(text(answer), [["limit", "has too many invitations already"]]);
		const rest = Array.from({ length: 6 }, (_, n) => node.address(`nobody${n}`));
		const error = await refuses(
			owner, "groups.invite", { group: one.address, people: rest },
			"limit", "you have invited many people: at most 7 in an hour",
		);
		assert.ok(error.retry_after > 3000 && error.retry_after <= 3600);
		await refuses(
			owner, "groups.create", { title: "x", people: rest },
			"limit", "you have invited many people: at most 7 in an hour",
		);
	});

	it("links, and looks at them; bans", async () => {
		const [owner, amy, meg] = await wired(node, await circle(node, "owner", "amy", "meg"));
		const group = await newGroup(owner, [amy, meg]);
		const at = { group: group.address };
		await owner.ask("groups.link", at);
		await owner.ask("groups.link", at);
		await refuses(owner, "groups.link", at, "limit", "this group has 2 links already: end one first");
		await owner.ask("groups.remove", { ...at, address: amy.address, ban: true });
		await refuses(
			owner, "groups.remove", { ...at, address: meg.address, ban: true },
			"limit", "at most 1 people can be banned",
		);
		const guest = await node.wire();
		let answer;
		for (let n = 0; n < 10 && answer?.code !== "limit"; n++) {
			answer = await guest.ask("groups.peek", { link: "abcdefghijkmnpqrstuvwxyz" });
		}
		assert.deepEqual([answer.code, answer.text], ["limit", "you have tried many links: at most 5 in a minute"]);
		assert.ok(answer.retry_after > 0 && answer.retry_after <= 60);
		await refuses(owner, "groups.join", { link: "abc" }, "limit", "you have tried many links: at most 5 in a minute");
	});
});
