// SPDX-License-Identifier: MIT
// Who is there, as their contacts see it.

import assert from "node:assert/strict";
import { it } from "node:test";

import { conversation } from "./support/talk.mjs";

/** What a contact's presence is when one asks. */
async function shown(device, other) {
	const { people } = await device.ask("presence.get");
	return people.find(({ address }) => address === other.address);
}

async function assertQuiet(device) {
	await device.settled();
	assert.deepEqual(device.heard({ type: "presence" }), []);
}

async function friends(node) {
	const [alice, bob] = await node.newPeople("alice", "bob");
	await node.befriend(alice, bob);
	await Promise.all([alice.seesPresence(bob, "available"), bob.seesPresence(alice, "available")]);
	return [alice, bob];
}

conversation("presence", { "module presence": { grace_seconds: 0 } }, (node) => {
	it("of new contacts is told to each other at once", async () => {
		const [alice, bob] = await friends(node);
		assert.deepEqual(await shown(alice, bob), { address: bob.address, show: "available" });
	});

	it("is available from the login on, without a word", async () => {
		const [alice, bob] = await friends(node);
		await bob.close();
		await alice.seesPresence(bob, "offline");
		await node.device(bob.person);
		const frame = await alice.seesPresence(bob, "available");
		assert.deepEqual(frame, { type: "presence", from: bob.address, show: "available" });
	});

	it("is away, busy and back, with words or without", async () => {
		const [alice, bob] = await friends(node);
		bob.client.setPresence("away", "at lunch");
		assert.equal((await alice.seesPresence(bob, "away")).status, "at lunch");
		assert.deepEqual(await shown(alice, bob), { address: bob.address, show: "away", status: "at lunch" });
		bob.client.setPresence("busy");
		assert.equal((await alice.seesPresence(bob, "busy")).status, undefined);
		bob.client.setPresence("available", "🎉");
		assert.equal((await alice.seesPresence(bob, "available")).status, "🎉");
	});

	it("keeps its order, and says nothing that is known", async () => {
		const [alice, bob] = await friends(node);
		for (let round = 0; round < 10; round++) {
			bob.client.setPresence("away", `round ${round}`);
			bob.client.setPresence("away", `round ${round}`);
			bob.client.setPresence("busy", `round ${round}`);
		}
		for (let round = 0; round < 10; round++) {
			for (const show of ["away", "busy"]) {
				const frame = await alice.hears({ type: "presence" });
				assert.deepEqual([frame.show, frame.status], [show, `round ${round}`]);
			}
		}
		await bob.settled();
		await assertQuiet(alice);
	});

	it("that is hidden looks like being offline, with the time", async () => {
		const [alice, bob] = await friends(node);
		bob.client.setPresence("offline");
		const frame = await alice.seesPresence(bob, "offline");
		assert.ok(Math.abs(Date.now() - Date.parse(frame.since)) < 60_000);
		assert.equal((await shown(alice, bob)).show, "offline");
		await alice.says(bob, "I know you are there");
		await bob.hearsSaid("I know you are there");
		bob.client.setPresence("available");
		await alice.seesPresence(bob, "available");
	});

	it("is the best of all devices", async () => {
		const [alice, bob] = await friends(node);
		const phone = await bob.another();
		bob.client.setPresence("away", "laptop");
		await bob.settled();
		await assertQuiet(alice);
		phone.client.setPresence("busy", "phone");
		assert.equal((await alice.seesPresence(bob, "busy")).status, "phone");
		phone.client.setPresence("offline");
		assert.equal((await alice.seesPresence(bob, "away")).status, "laptop");
		phone.client.setPresence("available");
		await alice.seesPresence(bob, "available");
		await phone.close();
		assert.equal((await alice.seesPresence(bob, "away")).status, "laptop");
		await bob.close();
		await alice.seesPresence(bob, "offline");
	});

	it("is offline with the time after logging out, and that is remembered", async () => {
		const [alice, bob] = await friends(node);
		await bob.close();
		const frame = await alice.seesPresence(bob, "offline");
		assert.ok(Math.abs(Date.now() - Date.parse(frame.since)) < 60_000);
		const after = await shown(alice, bob);
		assert.deepEqual(after, { address: bob.address, show: "offline", since: frame.since });
	});

	it("is nobody else's business", async () => {
		const [, bob] = await friends(node);
		const [stranger, asker] = await node.newPeople("stranger", "asker");
		await asker.ask("roster.request", { address: bob.address });
		bob.client.setPresence("away");
		await bob.settled();
		for (const other of [stranger, asker]) {
			await assertQuiet(other);
			assert.deepEqual((await other.ask("presence.get")).people, []);
		}
	});

	it("of somebody who is no longer a contact is offline, without a time", async () => {
		const [alice, bob] = await friends(node);
		await bob.ask("roster.remove", { address: alice.address });
		const [one, two] = [await alice.seesPresence(bob, "offline"), await bob.seesPresence(alice, "offline")];
		assert.deepEqual([one.since, two.since], [undefined, undefined]);
		bob.client.setPresence("away");
		await bob.settled();
		await assertQuiet(alice);
	});

	it("T81 comes with at most 100 characters on one line, which can be seen", async () => {
		const wire = await node.wireOf(await node.signUp("talker"));
		wire.send({ type: "presence", show: "away", status: "x".repeat(101) });
		const long = await wire.next("error");
		assert.deepEqual([long.code, long.where], ["too-large", "/status"]);
		wire.send({ type: "presence", show: "away", status: "two\nlines" });
		const lines = await wire.next("error");
		assert.deepEqual([lines.code, lines.where], ["bad-request", "/status"]);
		for (const status of ["back \u202emoorning", "\u200b", `a${"\u0301".repeat(20)}`]) {
			wire.send({ type: "presence", show: "away", status });
			const strange = await wire.next("error");
			assert.deepEqual([strange.code, strange.where], ["bad-request", "/status"]);
		}
		wire.send({ type: "presence", show: "asleep" });
		const show = await wire.next("error");
		assert.deepEqual([show.code, show.where], ["bad-request", "/show"]);
	});

	it("is offline soon after the connection was lost, and back when the session goes on", async () => {
		const [alice, bob] = await friends(node);
		await bob.close();
		await alice.seesPresence(bob, "offline");
		const phone = await node.wireOf(bob.person);
		await alice.seesPresence(bob, "available");
		phone.drop();
		await alice.seesPresence(bob, "offline");
		const again = await node.wireOf(bob.person, { device: { id: phone.ready.device }, resume: phone.resume() });
		assert.equal(again.ready.resumed, true);
		await alice.seesPresence(bob, "available");
	});
});

conversation("presence of those who come back", { "module presence": { grace_seconds: 300 } }, (node) => {
	it("shows nothing of a short loss of the connection", async () => {
		const [alice, bob] = await friends(node);
		bob.client.setPresence("busy", "on the train");
		await alice.seesPresence(bob, "busy");
		await bob.losesConnection();
		assert.deepEqual(await shown(alice, bob), { address: bob.address, show: "busy", status: "on the train" });
		assert.equal((await bob.reconnects()).resumed, true);
		await bob.settled();
		assert.equal((await shown(alice, bob)).show, "busy");
		await assertQuiet(alice);
	});
});
