// SPDX-License-Identifier: MIT
// Who has read a message, and when.

import assert from "node:assert/strict";
import { it } from "node:test";

import { conversation } from "./support/talk.mjs";

for (const backend of ["memory", "sqlite"]) {
	conversation(`readers, with the store ${backend}`, { store: { backend } }, (node) => {
		const pair = async () => {
			const [alice, bob] = await node.newPeople("alice", "bob");
			await node.befriend(alice, bob);
			return [alice, bob];
		};
		const readers = (device, other, { mid }) => device.ask("history.readers", { chat: other.address ?? other, mid });
		/** The one reader of a message, and whether the time is between two of the node's. */
		const only = (list, address, from, to) => {
			assert.equal(list.length, 1);
			assert.equal(list[0].address, address);
			const at = Date.parse(list[0].at);
			assert.ok(from <= at && at <= to, `${from} <= ${at} <= ${to}`);
		};
		/** Reads, a minute after what was before and a minute before what comes next: between which times. */
		const reads = async (device, chat, seq) => {
			node.pass(60);
			const from = node.now();
			await device.ask("history.read", { chat: chat.address ?? chat, seq });
			const to = node.now();
			node.pass(60);
			return [from, to];
		};

		it("are told with the time of the step that came to the message, or past it", async () => {
			const [alice, bob] = await pair();
			const said = [];
			for (const text of ["one", "two", "three", "four"]) {
				said.push(await alice.says(bob, text));
			}
			const first = await reads(bob, alice, said[1].seq);
			const second = await reads(bob, alice, said[2].seq);
			for (const [i, between] of [first, first, second].entries()) {
				const { read, delivered } = await readers(alice, bob, said[i]);
				only(read, bob.address, ...between);
				assert.deepEqual(delivered, []);
			}
			assert.deepEqual(await readers(alice, bob, said[3]), { read: [], delivered: [] });
		});

		it("have received it before, and that is told with its time, too", async () => {
			const [alice, bob] = await pair();
			const wire = await node.wireOf(bob.person);
			await bob.close();
			const said = await alice.says(bob, "one");
			await wire.next({ text: "one" });
			node.pass(60);
			const from = node.now();
			wire.send({ type: "ack", count: wire.count });
			await alice.hears({ name: "receipt", kind: "delivered" });
			const to = node.now();
			node.pass(60);
			const { read, delivered } = await readers(alice, bob, said);
			assert.deepEqual(read, []);
			only(delivered, bob.address, from, to);
		});

		it("who answer have read it when they did so", async () => {
			const [alice, bob] = await pair();
			const one = await alice.says(bob, "one");
			node.pass(60);
			const answer = await bob.says(alice, "two");
			node.pass(60);
			await bob.says(alice, "three");
			node.pass(60);
			const four = await alice.says(bob, "four");
			const between = await reads(bob, alice, four.seq);
			const at = Date.parse(answer.time);
			only((await readers(alice, bob, one)).read, bob.address, at, at);
			only((await readers(alice, bob, four)).read, bob.address, ...between);
		});

		it("tell no time of what they read while they told nobody, nor does who tells nobody learn any", async () => {
			const [alice, bob] = await pair();
			const one = await alice.says(bob, "one");
			await bob.ask("account.update", { privacy: { receipts: false } });
			await reads(bob, alice, one.seq);
			assert.deepEqual(await readers(alice, bob, one), { read: [], delivered: [] });
			await bob.ask("account.update", { privacy: { receipts: true } });
			const two = await alice.says(bob, "two");
			const between = await reads(bob, alice, two.seq);
			assert.deepEqual(await readers(alice, bob, one), { read: [{ address: bob.address }], delivered: [] });
			only((await readers(alice, bob, two)).read, bob.address, ...between);
			await alice.ask("account.update", { privacy: { receipts: false } });
			assert.deepEqual(await readers(alice, bob, two), { read: [], delivered: [] });
		});

		it("are told in groups, each with a time of their own", async () => {
			const [alice, bob, carol] = await node.newPeople("alice", "bob", "carol");
			await node.befriend(alice, bob);
			await node.befriend(alice, carol);
			const { group } = await alice.ask("groups.create", { title: "Three", people: [bob.address, carol.address] });
			const said = await alice.says(group.address, "one");
			const times = new Map([[bob.address, await reads(bob, group, said.seq)], [carol.address, await reads(carol, group, said.seq)]]);
			const { read } = await readers(alice, group, said);
			assert.equal(read.length, 2);
			for (const one of read) {
				only([one], one.address, ...times.get(one.address));
			}
		});
	});
}

conversation("readers, when the node starts anew", { store: { backend: "sqlite" } }, (node) => {
	it("are told with the times they had", async () => {
		const [alice, bob] = await node.newPeople("alice", "bob");
		await node.befriend(alice, bob);
		const one = await alice.says(bob, "one");
		await bob.ask("history.read", { chat: alice.address, seq: one.seq });
		await bob.close();
		const wire = await node.wireOf(bob.person);
		const two = await alice.says(bob, "two");
		await wire.next({ text: "two" });
		wire.send({ type: "ack", count: wire.count });
		await alice.hears({ name: "receipt", kind: "delivered", seq: two.seq });
		const asked = () => Promise.all([one, two].map(({ mid }) => alice.ask("history.readers", { chat: bob.address, mid })));
		const before = await asked();
		assert.ok(before[0].read[0].at && before[1].delivered[0].at);
		await node.stop();
		node.pass(600);
		await node.restart();
		await alice.reconnects();
		assert.deepEqual(await asked(), before);
	});
});
