// SPDX-License-Identifier: MIT
// How people come into a group: added, invited, by a link, or by themselves; and what they can refuse.

import assert from "node:assert/strict";
import { it } from "node:test";

import { circle, hearsRole, lines, newGroup, roles } from "./support/groups.mjs";
import { conversation } from "./support/talk.mjs";

const create = (person, people, more) =>
	person.ask("groups.create", { title: "The club", people: people.map(({ address }) => address), ...more });
const invite = (person, group, ...people) =>
	person.ask("groups.invite", { group: group.address, people: people.map(({ address }) => address) });
const invitations = async (person) =>
	(await person.ask("groups.invitations")).invitations.map(({ group, by }) => [group.address, by.name]);

conversation("people", {}, (node) => {
	it("who do not know one are invited, and accept", async () => {
		const [alice, bob] = await circle(node, "alice", "bob");
		const stranger = await node.newPerson("stranger");
		const tablet = await stranger.another();
		const { group, added, invited } = await create(alice, [bob, stranger]);
		assert.deepEqual([added, invited], [[bob.address], [stranger.address]]);
		assert.equal(group.members, 2);
		const { invitation, notify } = await stranger.hears({ name: "groups.invited" });
		assert.deepEqual(invitation.by.name, alice.name);
		assert.deepEqual(invitation.group, { ...group, role: "none" });
		assert.equal(notify, true);
		assert.deepEqual(await invitations(stranger), [[group.address, alice.name]]);
		assert.equal((await stranger.ask("groups.get", { group: group.address })).group.role, "none");
		await stranger.cannotSay("not-found", group, "not yet");
		await stranger.refused("not-found", "groups.members", { group: group.address });
		const joined = await stranger.ask("groups.join", { group: group.address });
		assert.deepEqual([joined.group.role, joined.group.members], ["member", 3]);
		await tablet.hears({ name: "groups.answered", group: group.address });
		await hearsRole(tablet, group, "member");
		await bob.hears({ change: { kind: "joined" }, from: stranger.fullAddress });
		assert.deepEqual(await invitations(stranger), []);
		await stranger.says(group, "thanks");
		await bob.hearsSaid("thanks");
		assert.deepEqual(await stranger.ask("groups.join", { group: group.address }), joined, "joining twice does no harm");
	});

	it("who were asked decline, or the invitation is taken back", async () => {
		const [alice, bob] = await circle(node, "alice", "bob");
		const strangers = await node.newPeople("stan", "sue", "sam");
		const group = await newGroup(alice, [bob]);
		await invite(alice, group, strangers[0]);
		await invite(bob, group, strangers[1], strangers[2]);
		const tablet = await strangers[0].another();
		await strangers[0].ask("groups.decline", { group: group.address });
		await tablet.hears({ name: "groups.answered", group: group.address });
		await strangers[0].refused("not-found", "groups.join", { group: group.address });
		await strangers[0].ask("groups.decline", { group: group.address });
		const withdraw = { group: group.address, address: strangers[1].address };
		const carol = await node.newPerson("carol");
		await node.befriend(alice, carol);
		await invite(alice, group, carol);
		await carol.refused("not-allowed", "groups.withdraw", withdraw);
		await strangers[2].refused("not-found", "groups.withdraw", withdraw);
		await bob.ask("groups.withdraw", withdraw);
		await strangers[1].hears({ name: "groups.answered", group: group.address });
		await strangers[1].refused("not-found", "groups.join", { group: group.address });
		await alice.ask("groups.withdraw", { ...withdraw, address: strangers[2].address });
		assert.deepEqual(await invitations(strangers[2]), []);
		await bob.ask("groups.withdraw", withdraw);
	});

	it("are added, asked or left alone as their privacy says", async () => {
		const [alice, open, closed, usual] = await circle(node, "alice", "open", "closed", "usual");
		const anybody = await node.newPerson("anybody");
		const privacy = (person, groups) => person.ask("account.update", { privacy: { groups } });
		await privacy(open, "everyone");
		await privacy(anybody, "everyone");
		await privacy(closed, "nobody");
		const { added, invited } = await create(alice, [open, closed, usual, anybody]);
		assert.deepEqual(
			[added.sort(), invited],
			[[open.address, usual.address, anybody.address].sort(), [closed.address]],
		);
	});

	it("who have blocked one are told nothing, and it looks as if they were asked", async () => {
		const [alice, bob] = await circle(node, "alice", "bob");
		const [enemy, stranger] = await node.newPeople("enemy", "stranger");
		await enemy.ask("account.update", { privacy: { groups: "everyone" } });
		await enemy.ask("roster.block", { address: alice.address });
		const { group, added, invited, refused } = await create(alice, [enemy, stranger]);
		assert.deepEqual([added, invited, refused], [[], [enemy.address, stranger.address], []]);
		assert.deepEqual((await invite(alice, group, enemy, stranger)).invited, [enemy.address, stranger.address]);
		await enemy.settled();
		assert.deepEqual(enemy.heard({ type: "event", name: /^groups/ }), []);
		assert.deepEqual(await invitations(enemy), []);
		await alice.ask("groups.withdraw", { group: group.address, address: enemy.address });
		await alice.ask("groups.withdraw", { group: group.address, address: stranger.address });
		await alice.ask("roster.block", { address: bob.address });
		const mine = await invite(alice, group, bob);
		assert.deepEqual([mine.refused[0].address, mine.refused[0].code], [bob.address, "not-allowed"]);
	});

	it("who cannot come are told of one by one", async () => {
		const [alice, bob] = await circle(node, "alice", "bob");
		const group = await newGroup(alice, [bob]);
		const { refused } = await alice.ask("groups.invite", {
			group: group.address,
			people: [bob.address, alice.address, node.address("nobody"), "bob@elsewhere.example"],
		});
		assert.deepEqual(
			refused.map(({ address, code }) => [address, code]),
			[
				[bob.address, "conflict"],
				[alice.address, "conflict"],
				[node.address("nobody"), "not-found"],
				["bob@elsewhere.example", "not-implemented"],
			],
		);
		await alice.refused("bad-request", "groups.invite", { group: group.address, people: [] });
		await alice.refused("not-found", "groups.invite", { group: node.address("bob"), people: [bob.address] });
	});

	it("find public groups by a part of address or title, and join them", async () => {
		const [alice, bob] = await circle(node, "alice", "bob");
		const carol = await node.newPerson("carol");
		const small = await newGroup(alice, [], { name: "gardening", title: "Roses & Ärger", kind: "public" });
		const large = await newGroup(alice, [bob], { name: "rosebuds", title: "Other", kind: "public" });
		await newGroup(alice, [bob], { name: "roses_secret", title: "Roses" });
		const find = async (text) =>
			(await carol.ask("groups.search", { text })).groups.map(({ address }) => address);
		assert.deepEqual(await find("ROSE"), [large.address, small.address]);
		assert.deepEqual(await find("gard"), [small.address]);
		assert.deepEqual(await find("ärg"), [small.address]);
		assert.deepEqual(await find("ening"), [small.address]);
		assert.deepEqual(await find("nothing"), []);
		assert.equal((await carol.ask("groups.search", {})).groups[0].address, large.address);
		const { group } = await carol.ask("groups.join", { group: small.address });
		assert.deepEqual([group.role, group.members], ["member", 2]);
		await carol.ask("groups.join", { group: large.address });
		assert.deepEqual(await find("rose"), [large.address, small.address]);
		await alice.ask("groups.update", { group: large.address, title: "Tulips" });
		assert.deepEqual([await find("other"), await find("tulip")], [[], [large.address]]);
		await alice.ask("groups.update", { group: large.address, kind: "private" });
		assert.deepEqual([await find("rose"), await find("tulip")], [[small.address], []]);
		const dave = await node.newPerson("dave");
		await dave.refused("not-found", "groups.join", { group: large.address });
		await dave.refused("not-allowed", "groups.members", { group: small.address });
		await dave.cannotSay("not-allowed", small, "hi");
		await dave.refused("bad-request", "groups.join", {});
	});

	it("come by a link, as long as it lasts and as often as it may be used", async () => {
		const [alice, bob] = await circle(node, "alice", "bob");
		const [carol, dave, eve] = await node.newPeople("carol", "dave", "eve");
		const group = await newGroup(alice, [bob]);
		const make = async (by, more) => (await by.ask("groups.link", { group: group.address, ...more })).link;
		const twice = await make(bob, { uses: 2, expires: 3600 });
		assert.match(twice.link, /^[a-z2-9]{26}$/);
		assert.deepEqual([twice.by, twice.uses], [bob.address, 2]);
		const peek = { title: "The club", about: "", members: 2, by: bob.name };
		assert.deepEqual(await carol.ask("groups.peek", { link: twice.link }), peek);
		await carol.ask("groups.join", { link: twice.link });
		await carol.ask("groups.join", { link: twice.link });
		const left = async (by) => (await by.ask("groups.links", { group: group.address })).links;
		assert.deepEqual((await left(bob))[0], { ...twice, uses: 1 });
		await dave.ask("groups.join", { link: twice.link });
		await eve.refused("not-found", "groups.join", { link: twice.link });
		await eve.refused("not-found", "groups.peek", { link: twice.link });
		assert.deepEqual(await left(alice), []);
		const short = await make(alice, { expires: 60 });
		assert.ok(Math.abs(Date.parse(short.expires) - node.now() - 60_000) < 10_000);
		node.pass(61);
		await eve.refused("not-found", "groups.join", { link: short.link });
		assert.deepEqual(await left(alice), []);
		const [mine, hers] = [await make(alice), await make(bob)];
		assert.deepEqual(
			(await left(alice)).map(({ link }) => link).sort(),
			[mine.link, hers.link].sort(),
			"admins see all",
		);
		assert.deepEqual(await left(bob), [hers], "others what they have made");
		await bob.refused("not-allowed", "groups.revoke", { group: group.address, link: mine.link });
		await bob.refused("not-found", "groups.revoke", { group: group.address, link: "nothing" });
		await alice.ask("groups.revoke", { group: group.address, link: mine.link });
		await eve.refused("not-found", "groups.join", { link: mine.link });
		await alice.ask("groups.remove", { group: group.address, address: bob.address });
		await eve.refused("not-found", "groups.join", { link: hers.link });
		const other = await newGroup(carol);
		const elsewhere = await make(alice);
		await carol.refused("not-found", "groups.revoke", { group: other.address, link: elsewhere.link });
		await alice.ask("groups.remove", { group: group.address, address: eve.address, ban: true });
		await eve.refused("not-found", "groups.join", { link: elsewhere.link });
		assert.deepEqual((await lines(alice, group)).slice(2, 4), [
			["joined", carol.name],
			["joined", dave.name],
		]);
	});

	it("who have yet to sign up see where a link leads, sign up and come", async () => {
		const alice = await node.newPerson("alice", { display: "Alice A." });
		const group = await newGroup(alice, [], { about: "Everything" });
		const { link } = await alice.ask("groups.link", { group: group.address });
		const guest = await node.wire();
		assert.deepEqual(await guest.get("groups.peek", { link: link.link }), {
			title: "The club",
			about: "Everything",
			members: 1,
			by: "Alice A.",
		});
		await guest.refused("not-authorized", "groups.join", { link: link.link });
		await guest.refused("not-authorized", "groups.search", {});
		const newcomer = await node.newPerson("newcomer");
		await newcomer.ask("groups.join", { link: link.link });
		await newcomer.says(group, "here I am");
		await alice.hearsSaid("here I am");
		assert.deepEqual(await roles(alice, group), [
			[alice.name, "owner"],
			[newcomer.name, "member"],
		]);
	});
});

const tight = {
	"module groups": {
		members: 3,
		groups_per_account: 3,
		groups_owned: 2,
		invitations_hour: 5,
		invitations_waiting: 2,
		links: 2,
		bans: 1,
		peeks_minute: 5,
	},
};

conversation("limits of groups", tight, (node) => {
	it("of members, groups, links and bans are told as such", async () => {
		const [alice, bob, carol, dave] = await circle(node, "alice", "bob", "carol", "dave");
		const group = await newGroup(alice, [bob, carol], { kind: "public" });
		const { refused } = await invite(alice, group, dave);
		assert.deepEqual([refused[0].code], ["limit"]);
		await dave.refused("limit", "groups.join", { group: group.address });
		await newGroup(alice);
		const error = await alice.refused("limit", "groups.create", {});
		assert.match(error.message, /own 2/);
		for (let n = 0; n < 2; n++) {
			await alice.ask("groups.link", { group: group.address });
		}
		await alice.refused("limit", "groups.link", { group: group.address });
		await alice.ask("groups.remove", { group: group.address, address: carol.address, ban: true });
		await alice.refused("limit", "groups.remove", { group: group.address, address: bob.address, ban: true });
		await newGroup(bob);
		await newGroup(bob);
		await bob.refused("limit", "groups.create", {});
		const public2 = await newGroup(carol, [], { kind: "public" });
		await bob.refused("limit", "groups.join", { group: public2.address });
		const full = await invite(carol, public2, bob);
		assert.deepEqual(full.invited, [bob.address], "bob is asked, and could not come");
	});

	it("of invitations hold for the hour, and for those who are asked", async () => {
		const [alice, bob] = await node.newPeople("alice", "bob");
		const target = await node.newPerson("target");
		const ask = async (person, count) => {
			const group = await newGroup(person);
			return invite(person, group, ...(await node.newPeople(...Array(count).fill("someone"))));
		};
		await ask(alice, 4);
		const group = (await alice.ask("groups.list")).groups[0];
		const people = (await node.newPeople("x_one", "x_two")).map(({ address }) => address);
		const error = await alice.refused("limit", "groups.invite", { group: group.address, people });
		assert.ok(error.retryAfter > 3500 && error.retryAfter <= 3600, `${error.retryAfter}`);
		assert.equal((await invite(alice, group, { address: people[0] })).invited.length, 1);
		await alice.refused("limit", "groups.create", { people: [bob.address] });
		for (const someone of await node.newPeople("inviter", "inviter")) {
			await create(someone, [target]);
		}
		const { refused } = await create(bob, [target]);
		assert.deepEqual([refused[0].code, await invitations(target).then(({ length }) => length)], ["limit", 2]);
	});

	it("of looks at links hold for a network", async () => {
		const guest = await node.wire();
		let answer;
		for (let n = 0; n < 6; n++) {
			answer = await guest.ask("groups.peek", { link: `guess-${n}` });
			assert.equal(answer.code, n < 5 ? "not-found" : "limit");
		}
		assert.ok(answer.retry_after > 50 && answer.retry_after <= 60, `${answer.retry_after}`);
	});
});
