// SPDX-License-Identifier: MIT
// Whom the node suggests, and why.

import assert from "node:assert/strict";
import { it } from "node:test";

import { conversation } from "./support/talk.mjs";

conversation("suggestions", {}, (node) => {
	const suggested = async (device, limit) => {
		const { people } = await device.ask("roster.suggestions", limit ? { limit } : {});
		return people.map(({ name, reason, relation }) => ({ name, relation, ...reason }));
	};
	const mutual = (person, count) => ({ name: person.name, relation: "none", kind: "mutual", count });
	const recent = (person, count) => ({ name: person.name, relation: "none", kind: "recent", count });

	it("are none for somebody who knows nobody", async () => {
		assert.deepEqual(await suggested(await node.newPerson("alone")), []);
	});

	it("are the contacts of one's contacts, those first whom most of them know", async () => {
		const [me, a, b, c, popular, known] = await node.newPeople("me_", "aaa", "bbb", "ccc", "popular", "known");
		for (const friend of [a, b, c]) {
			await node.befriend(me, friend);
			await node.befriend(friend, popular);
		}
		await node.befriend(a, known);
		assert.deepEqual(await suggested(me), [mutual(popular, 3), mutual(known, 1)]);
		assert.deepEqual(await suggested(me, 1), [mutual(popular, 3)]);
	});

	it("are people one has written with and lost, after those whom contacts know", async () => {
		const [me, lost, friend, theirs] = await node.newPeople("me_", "lost", "friend", "theirs");
		await node.befriend(me, lost);
		await me.says(lost, "one");
		await lost.says(me, "two");
		await me.ask("roster.remove", { address: lost.address });
		await node.befriend(me, friend);
		await node.befriend(friend, theirs);
		assert.deepEqual(await suggested(me), [mutual(theirs, 1), recent(lost, 2)]);
	});

	it("are never contacts, people with a request under way, hidden or blocked people", async () => {
		const names = ["me_", "friend", "contact", "asked", "asking", "hidden", "blocked", "blocker", "shown"];
		const [me, friend, contact, asked, asking, hidden, blocked, blocker, shown] = await node.newPeople(...names);
		await node.befriend(me, friend);
		await node.befriend(me, contact);
		for (const person of [contact, asked, asking, hidden, blocked, blocker, shown]) {
			await node.befriend(friend, person);
		}
		await me.ask("roster.request", { address: asked.address });
		await asking.ask("roster.request", { address: me.address });
		await hidden.ask("account.update", { hidden: true });
		await me.ask("roster.block", { address: blocked.address });
		await blocker.ask("roster.block", { address: me.address });
		assert.deepEqual(await suggested(me), [mutual(shown, 1)]);
	});

	it("stay away when they were dismissed, for this person alone", async () => {
		const [me, other, friend, theirs] = await node.newPeople("me_", "other", "friend", "theirs");
		await node.befriend(me, friend);
		await node.befriend(other, friend);
		await node.befriend(friend, theirs);
		assert.deepEqual(await me.ask("roster.dismiss", { address: theirs.address }), {});
		assert.deepEqual(await suggested(me), [mutual(other, 1)]);
		assert.deepEqual((await suggested(other)).map(({ name }) => name).sort(), [me.name, theirs.name].sort());
	});

	it("can only be dismissed when there is such a person", async () => {
		const me = await node.newPerson("me_");
		await me.refused("not-found", "roster.dismiss", { address: node.address("nobody") });
	});
});
