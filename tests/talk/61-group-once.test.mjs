// SPDX-License-Identifier: MIT
// Who asks for a group or a link again, because the answer was lost, gets the same one: nothing is made twice.

import assert from "node:assert/strict";
import { it } from "node:test";

import { fail, faultyStore } from "./support/faulty.mjs";
import { circle, lines, newGroup, roles } from "./support/groups.mjs";
import { conversation } from "./support/talk.mjs";

const addresses = (people) => people.map(({ address }) => address);
const groupsOf = async (person) => addresses((await person.ask("groups.list")).groups);
const linksOf = async (person, { address }) => (await person.ask("groups.links", { group: address })).links;

/** The same question from several connections at once. */
async function atOnce(node, person, count, method, params) {
	const wires = await Promise.all(Array.from({ length: count }, () => node.wireOf(person.person)));
	const frames = await Promise.all(wires.map((wire) => wire.ask(method, params)));
	return frames.map(({ result }) => result);
}

const limits = { "module groups": { groups_owned: 3, links: 1, invitations_hour: 4 }, store: { backend: "sqlite" } };

conversation("a group that is to be made once", limits, (node) => {
	it("is made once, with the same answer each time, also when nothing more may be made", async () => {
		const [alice, bob, carol] = await circle(node, "alice", "bob", "carol");
		await carol.ask("account.update", { privacy: { groups: "nobody" } });
		const wish = {
			title: "The club",
			people: [...addresses([bob, carol, alice]), node.address("nobody_here")],
			once: "one",
		};
		const first = await alice.ask("groups.create", wish);
		assert.deepEqual([first.added, first.invited], [[bob.address], [carol.address]]);
		assert.deepEqual(first.refused.map(({ code }) => code), ["conflict", "not-found"]);
		assert.deepEqual(await alice.ask("groups.create", wish), first);
		assert.deepEqual(await groupsOf(alice), [first.group.address]);
		assert.equal((await lines(alice, first.group)).length, 2, "made, and bob added");

		await alice.ask("groups.create", { once: "two" });
		await alice.ask("groups.create", { once: "three" });
		await alice.refused("limit", "groups.create", { once: "four" });
		assert.deepEqual(await alice.ask("groups.create", wish), first);
		assert.equal((await groupsOf(alice)).length, 3);
		const theirs = await bob.ask("groups.create", { once: "one" });
		assert.notEqual(theirs.group.address, first.group.address, "somebody else's id is another");
	});

	it("is not made anew when it came to nothing since, and brings nobody back who left", async () => {
		const [alice, bob] = await circle(node, "alice", "bob");
		const wish = { people: [bob.address], once: "left" };
		const { group, ...rest } = await alice.ask("groups.create", wish);
		await bob.ask("groups.leave", { group: group.address });
		const again = await alice.ask("groups.create", wish);
		assert.deepEqual([again.group.address, again.group.members], [group.address, 1]);
		assert.deepEqual({ ...again, group: 0 }, { ...rest, group: 0 });
		await alice.ask("groups.leave", { group: group.address });
		await alice.refused("not-found", "groups.create", wish);
		assert.deepEqual(await groupsOf(alice), []);
	});

	it("is nobody's business who is no longer in it", async () => {
		const [alice, bob] = await circle(node, "alice", "bob");
		const { group } = await alice.ask("groups.create", { people: [bob.address], once: "gone" });
		await alice.ask("groups.role", { group: group.address, address: bob.address, role: "owner" });
		await alice.ask("groups.leave", { group: group.address });
		await alice.refused("not-found", "groups.create", { people: [bob.address], once: "gone" });
	});

	it("keeps the name that was chosen for it, and others are refused it", async () => {
		const [alice, bob] = await circle(node, "alice", "bob");
		const wish = { name: "Gardening", kind: "public", once: "named" };
		const first = await alice.ask("groups.create", wish);
		assert.deepEqual(await alice.ask("groups.create", wish), first);
		await alice.refused("conflict", "groups.create", { ...wish, once: "other" });
		await alice.refused("conflict", "groups.create", { name: "gardening" });
		await bob.refused("conflict", "groups.create", wish);
	});

	it("is made once by all that ask at the same time", async () => {
		const [alice, bob, carol] = await circle(node, "alice", "bob", "carol");
		for (const more of [{}, { name: "raced" }]) {
			const wish = { title: "Raced", people: addresses([bob, carol]), once: "race", ...more };
			const answers = await atOnce(node, alice, 5, "groups.create", wish);
			for (const answer of answers) {
				assert.deepEqual(answer, answers[0]);
			}
			assert.deepEqual(answers[0].added, addresses([bob, carol]));
			assert.deepEqual(
				(await lines(alice, answers[0].group)).map(([kind]) => kind),
				["created", "added", "added"],
			);
		}
		assert.equal((await groupsOf(alice)).length, 2);
	});

	it("is the same after a restart", async () => {
		const [alice, bob] = await circle(node, "alice", "bob");
		const wish = { title: "Kept", people: [bob.address], once: "kept" };
		const first = await alice.ask("groups.create", wish);
		const link = { group: first.group.address, uses: 2, once: "link" };
		const made = await alice.ask("groups.link", link);
		await node.closeClients();
		await node.stop();
		await node.restart();
		const back = await node.device(alice.person);
		assert.deepEqual(await back.ask("groups.create", wish), first);
		assert.deepEqual(await back.ask("groups.link", link), made);
	});

	it("a link is made once, too, and not again when it was ended", async () => {
		const [alice, bob, carol] = await circle(node, "alice", "bob", "carol");
		const group = await newGroup(alice, [bob]);
		const wish = { group: group.address, uses: 3, expires: 3600, once: "link" };
		const { link } = await alice.ask("groups.link", wish);
		assert.match(link.link, /^[a-z2-9]{26}$/);
		assert.deepEqual((await alice.ask("groups.link", wish)).link, link, "one is all that there may be");
		assert.deepEqual(await linksOf(alice, group), [link]);
		await bob.refused("limit", "groups.link", wish);
		await carol.ask("groups.join", { link: link.link });
		assert.deepEqual((await alice.ask("groups.link", wish)).link, { ...link, uses: 2 });

		await alice.ask("groups.revoke", { group: group.address, link: link.link });
		await alice.refused("not-found", "groups.link", wish);
		await alice.refused("not-found", "groups.revoke", { group: group.address, link: link.link });
		await alice.refused("not-found", "groups.peek", { link: link.link });
		await bob.ask("groups.leave", { group: group.address });
		await bob.refused("not-found", "groups.join", { link: link.link });
		assert.deepEqual(await linksOf(alice, group), []);
		const { link: next } = await alice.ask("groups.link", { ...wish, once: "next" });
		assert.notEqual(next.link, link.link);
		await alice.refused("not-found", "groups.link", wish);
		await alice.ask("groups.revoke", { group: group.address, link: next.link });
		assert.equal((await alice.ask("groups.link", { group: group.address, once: "one" })).link.uses, undefined);
	});

	it("and one link by all that ask at the same time", async () => {
		const alice = await node.newPerson("alice");
		const group = await newGroup(alice);
		const answers = await atOnce(node, alice, 5, "groups.link", { group: group.address, once: "race" });
		for (const { link } of answers) {
			assert.deepEqual(link, answers[0].link);
		}
		assert.deepEqual(await linksOf(alice, group), [answers[0].link]);
	});
});

conversation("a node that is killed while a group is made once", faultyStore(), (node) => {
	/* Where it dies: in front of this commit with that collection. */
	const places = [
		"kill groups 1",
		"kill messages 1",
		"kill groups 2",
		"kill group_members 1",
		"kill messages 2",
		"kill groups 3",
		"kill group_members 2",
		"kill group_invitations 2",
		"kill groups 4",
		"kill groups 5",
	];

	it("has it made whole, and once, for who asks again", async () => {
		const [alice, bob, carol, dave] = await circle(node, "alice", "bob", "carol", "dave");
		await dave.ask("account.update", { privacy: { groups: "nobody" } });
		let died = 0;
		for (const [n, place] of places.entries()) {
			const wish = {
				title: `Group ${n}`,
				people: addresses([bob, carol, dave]),
				once: `killed-${n}`,
				...(n % 2 ? { name: `killed${n}` } : {}),
			};
			await node.closeClients();
			const wire = await node.wireOf(alice.person);
			fail(node, place);
			const asked = wire.ask("groups.create", wish).catch((error) => error);
			const killed = node.killed().then(() => true);
			if (await Promise.race([killed, asked.then((answer) => answer.result === undefined && killed)])) {
				died++;
			} else {
				await node.kill9();
			}
			await asked;
			fail(node);
			await node.restart();
			const back = await node.device(alice.person);
			const made = await back.ask("groups.create", wish);
			assert.deepEqual([made.added, made.invited, made.refused], [addresses([bob, carol]), [dave.address], []], place);
			assert.deepEqual(await back.ask("groups.create", wish), made, place);
			assert.deepEqual(
				await roles(back, made.group),
				[[alice.name, "owner"], [bob.name, "member"], [carol.name, "member"]],
				place,
			);
			assert.deepEqual((await lines(back, made.group)).map(([kind]) => kind), ["created", "added", "added"], place);
			const groups = (await back.ask("groups.list")).groups.filter(({ title }) => title === wish.title);
			assert.equal(groups.length, 1, place);
		}
		assert.ok(died >= places.length - 2, `it was killed on the way ${died} times`);
	});
});
