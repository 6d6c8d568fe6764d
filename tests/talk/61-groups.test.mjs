// SPDX-License-Identifier: MIT
// Groups: who is in them, what they are told, and that what is written reaches all of them.

import assert from "node:assert/strict";
import { it } from "node:test";

import { circle, lines, newGroup } from "./support/groups.mjs";
import { conversation } from "./support/talk.mjs";

conversation("a group", {}, (node) => {
	it("is made with people, who are told that they were added and by whom", async () => {
		const [alice, bob, carol] = await circle(node, "alice", "bob", "carol");
		const phone = await alice.another();
		const { group, added, invited, refused } = await alice.ask("groups.create", {
			title: "The club",
			about: "Everything about the club",
			people: [bob.address, carol.address, bob.address],
		});
		assert.match(group.address, /^[a-z0-9]{10}@rooms\.talk\.example$/);
		assert.deepEqual([added, invited, refused], [[bob.address, carol.address], [], []]);
		assert.deepEqual(
			{ ...group, address: "", created: "" },
			{
				address: "",
				title: "The club",
				about: "Everything about the club",
				topic: "",
				kind: "private",
				role: "owner",
				members: 3,
				created: "",
				history: "joined",
				slow: 0,
				permissions: { invite: "member", post: "member", pin: "moderator", edit: "admin", mention: "moderator" },
			},
		);
		for (const [someone, role] of [
			[bob, "member"],
			[carol, "member"],
			[phone, "owner"],
		]) {
			const event = await someone.hears({ name: "groups.changed" });
			assert.deepEqual([event.group.role, event.group.address], [role, group.address]);
			assert.equal(event.by, someone === phone ? undefined : alice.address);
		}
		await carol.hears({ type: "message", chat: group.address, change: { kind: "added", who: carol.address } });
		assert.deepEqual(await lines(alice, group), [
			["created", alice.name],
			["added", alice.name, bob.name],
			["added", alice.name, carol.name],
		]);
		assert.deepEqual((await bob.ask("groups.list")).groups, [{ ...group, role: "member" }]);
		assert.deepEqual((await bob.ask("groups.get", { group: group.address })).group, { ...group, role: "member" });
	});

	it("tells which groups one shares with somebody, and none of theirs", async () => {
		const [alice, bob, carol] = await circle(node, "alice", "bob", "carol");
		const both = await newGroup(alice, [bob, carol]);
		await newGroup(alice, [carol]);
		await newGroup(bob, [alice]).then((group) => alice.ask("groups.leave", { group: group.address }));
		const left = await newGroup(alice, [bob, carol]);
		await bob.ask("groups.leave", { group: left.address });
		const shared = async (one, other) => (await one.ask("groups.list", { with: other.address })).groups.map(({ address }) => address);
		assert.deepEqual(await shared(alice, bob), [both.address]);
		assert.deepEqual(await shared(bob, alice), [both.address]);
		assert.equal((await shared(alice, carol)).length, 3);
		assert.deepEqual(await shared(alice, { address: `nobody_here@${node.domain}` }), []);
		await alice.refused("bad-request", "groups.list", { with: "no address" });
		await alice.refused("not-implemented", "groups.list", { with: "alice@elsewhere.example" });
	});

	it("carries messages to everybody in it, in one order, once", async () => {
		const [alice, bob, carol] = await circle(node, "alice", "bob", "carol");
		const laptop = await bob.another();
		const group = await newGroup(alice, [bob, carol]);
		const said = await Promise.all([alice.says(group, "one"), bob.says(group, "two"), carol.says(group, "three")]);
		assert.deepEqual(said.map(({ seq }) => seq).sort(), [4, 5, 6]);
		for (const [someone, own] of [
			[alice, "one"],
			[bob, "two"],
			[carol, "three"],
			[laptop, undefined],
		]) {
			for (const text of ["one", "two", "three"].filter((text) => text !== own)) {
				const message = await someone.hearsSaid(text);
				assert.deepEqual([message.chat, message.to], [group.address, group.address]);
				assert.equal(message.id === undefined, !(someone === laptop && text === "two"));
			}
			await someone.settled();
			assert.deepEqual(someone.heard({ type: "message", text: /one|two|three/ }), []);
		}
		const page = await carol.ask("history.page", { chat: group.address, limit: 3 });
		assert.deepEqual(
			page.messages.map(({ seq, chat }) => [seq, chat]),
			[4, 5, 6].map((seq) => [seq, group.address]),
		);
	});

	it("without a title is shown by the others' names", async () => {
		const [alice, bob, carol] = await circle(node, "alice", "bob", "carol");
		await carol.ask("account.update", { display: "Carol C." });
		const group = await newGroup(alice, [bob, carol], { title: undefined });
		assert.deepEqual([group.title, group.names], ["", [bob.name, "Carol C."]]);
		const theirs = (await carol.ask("groups.get", { group: group.address })).group;
		assert.deepEqual(theirs.names, [alice.name, bob.name]);
	});

	it("has an address of one's choice, once", async () => {
		const [alice, bob] = await circle(node, "alice", "bob");
		const group = await newGroup(alice, [bob], { name: "Gardening" });
		assert.equal(group.address, "gardening@rooms.talk.example");
		const error = await bob.refused("conflict", "groups.create", { name: "gardening" });
		assert.equal(error.where, "/params/name");
		await bob.refused("conflict", "groups.create", { name: "admin" });
		await bob.refused("bad-request", "groups.create", { name: "no" });
	});

	it("is not known to strangers when it is private", async () => {
		const [alice, bob] = await circle(node, "alice", "bob");
		const stranger = await node.newPerson("stranger");
		const group = await newGroup(alice, [bob]);
		const nobody = { group: "nosuchgroup@rooms.talk.example" };
		const asks = [
			["groups.get", {}],
			["groups.members", {}],
			["groups.update", { title: "Mine" }],
			["groups.invite", { people: [stranger.address] }],
			["groups.join", {}],
			["groups.leave", {}],
			["groups.remove", { address: bob.address }],
			["groups.role", { address: bob.address, role: "admin" }],
			["groups.unban", { address: bob.address }],
			["groups.banned", {}],
			["groups.link", {}],
			["groups.links", {}],
			["groups.revoke", { link: "abc" }],
			["groups.withdraw", { address: bob.address }],
		];
		for (const [method, params] of asks) {
			const [one, two] = [
				await stranger.refused("not-found", method, { group: group.address, ...params }),
				await stranger.refused("not-found", method, { ...nobody, ...params }),
			];
			assert.equal(one.message, two.message, method);
		}
		const [one, two] = [
			await stranger.cannotSay("not-found", group, "hi"),
			await stranger.cannotSay("not-found", { address: nobody.group }, "hi"),
		];
		assert.deepEqual(one, two);
		await stranger.refused("not-found", "history.page", { chat: group.address });
	});

	it("is renamed, and told to everybody", async () => {
		const [alice, bob] = await circle(node, "alice", "bob");
		const group = await newGroup(alice, [bob]);
		await bob.settled();
		bob.heard({ name: "groups.changed" });
		const { group: after } = await alice.ask("groups.update", {
			group: group.address,
			title: "The new club",
			about: "New",
			topic: "Today",
			slow: 5,
			permissions: { post: "moderator" },
		});
		assert.deepEqual(after, {
			...group,
			title: "The new club",
			about: "New",
			topic: "Today",
			slow: 5,
			permissions: { ...group.permissions, post: "moderator" },
		});
		const { group: theirs } = await bob.hears({ name: "groups.changed" });
		assert.deepEqual(theirs, { ...after, role: "member" });
		const title = await bob.hears({ type: "message", change: { kind: "title" } });
		assert.deepEqual([title.change.text, title.from], ["The new club", alice.fullAddress]);
		await bob.hears({ change: { kind: "settings" } });
		assert.deepEqual((await lines(bob, group)).slice(1), [
			["title", alice.name],
			["about", alice.name],
			["topic", alice.name],
			["settings", alice.name],
		]);
		const again = await alice.ask("groups.update", { group: group.address, title: "The new club", slow: 5 });
		assert.deepEqual(again.group, after);
		await alice.ask("groups.update", { group: group.address, topic: "" });
		const { messages } = await bob.ask("history.page", { chat: group.address, after: 6 });
		assert.deepEqual(
			messages.map(({ change }) => change),
			[{ kind: "topic" }],
			"what changed nothing left no line",
		);
	});

	it("is left, and those who have left neither read nor write", async () => {
		const [alice, bob, carol] = await circle(node, "alice", "bob", "carol");
		const laptop = await bob.another();
		const group = await newGroup(alice, [bob, carol]);
		await alice.says(group, "before");
		await bob.hearsSaid("before");
		await laptop.hearsSaid("before");
		await bob.ask("groups.leave", { group: group.address });
		assert.equal((await laptop.hears({ name: "groups.changed", group: { role: "none" } })).by, undefined);
		await carol.hears({ change: { kind: "left" }, from: bob.fullAddress });
		await alice.says(group, "after");
		await carol.hearsSaid("after");
		await bob.settled();
		await laptop.settled();
		assert.deepEqual([...bob.heard({ text: "after" }), ...laptop.heard({ text: "after" })], []);
		await bob.cannotSay("not-found", group, "hello?");
		await bob.refused("not-found", "history.page", { chat: group.address });
		await bob.refused("not-found", "groups.get", { group: group.address });
		assert.deepEqual((await bob.ask("groups.list")).groups, []);
		assert.equal((await alice.ask("groups.get", { group: group.address })).group.members, 2);
	});

	it("shows new members what is written from then on, or everything", async () => {
		const [alice, bob, carol] = await circle(node, "alice", "bob", "carol");
		const group = await newGroup(alice);
		await alice.says(group, "early");
		await alice.ask("groups.invite", { group: group.address, people: [bob.address] });
		await alice.ask("groups.update", { group: group.address, history: "all" });
		await alice.ask("groups.invite", { group: group.address, people: [carol.address] });
		assert.deepEqual(await lines(bob, group), [
			["added", alice.name, bob.name],
			["settings", alice.name],
			["added", alice.name, carol.name],
		]);
		assert.deepEqual((await lines(carol, group)).slice(0, 2), [
			["created", alice.name],
			["early", alice.name],
		]);
	});

	it("tells members in pages by role and name, with presence of contacts", async () => {
		const [alice, bob, carol, dave] = await circle(node, "alice", "bob", "carol", "dave");
		await dave.ask("account.update", { display: "Zoë D." });
		const group = await newGroup(alice, [bob, carol, dave]);
		await alice.ask("groups.role", { group: group.address, address: carol.address, role: "moderator" });
		const first = await alice.ask("groups.members", { group: group.address, limit: 3 });
		assert.deepEqual(
			first.members.map(({ person, role }) => [person.name, role]),
			[
				[alice.name, "owner"],
				[carol.name, "moderator"],
				[bob.name, "member"],
			],
		);
		assert.equal(first.total, 4);
		assert.ok(first.members.every(({ show }) => show !== undefined));
		const second = await alice.ask("groups.members", { group: group.address, after: first.cursor });
		assert.deepEqual(
			second.members.map(({ person }) => [person.name, person.display]),
			[[dave.name, "Zoë D."]],
		);
		assert.equal(second.cursor, undefined);
		const theirs = await bob.ask("groups.members", { group: group.address });
		const shows = Object.fromEntries(theirs.members.map(({ person, show }) => [person.name, show]));
		assert.deepEqual(
			[shows[alice.name], shows[bob.name], shows[carol.name]],
			["available", "available", undefined],
			"presence of contacts only",
		);
		const names = async (text) =>
			(await bob.ask("groups.members", { group: group.address, text })).members.map(({ person }) => person.name);
		assert.deepEqual(await names("CAR"), [carol.name]);
		assert.deepEqual(await names("zoë"), [dave.name]);
		await dave.ask("account.update", { display: "Other" });
		assert.deepEqual([await names("zoë"), await names("oth")], [[], [dave.name]]);
		assert.deepEqual(await names("nobody"), []);
	});

	it("counts for the inbox as a chat", async () => {
		const [alice, bob] = await circle(node, "alice", "bob");
		const group = await newGroup(alice, [bob]);
		await alice.says(group, "one");
		await alice.says(group, "two");
		const { chats } = await bob.ask("history.inbox", {});
		const row = chats.find(({ chat }) => chat === group.address);
		assert.equal(row.unread, 2);
		assert.equal(row.last.text, "two");
		assert.deepEqual(row.group, { ...group, role: "member" });
	});

	it("works for a device that was away, in order", async () => {
		const [alice, bob] = await circle(node, "alice", "bob");
		const group = await newGroup(alice, [bob]);
		await bob.close();
		await alice.says(group, "while away");
		await alice.ask("groups.update", { group: group.address, title: "Renamed" });
		const back = await node.wireOf(bob.person, { missed: true, device: { id: "new" } });
		const missed = [];
		while (missed.length < 2) {
			missed.push(await back.next({ type: "message", chat: group.address }));
		}
		assert.deepEqual(
			missed.map(({ text, change, missed }) => [text ?? change.kind, missed]),
			[
				["while away", true],
				["title", true],
			],
		);
	});
});
