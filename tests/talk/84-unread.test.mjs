// SPDX-License-Identifier: MIT
// Messages that were read are marked as unread, from one of them on.

import assert from "node:assert/strict";
import { it } from "node:test";

import { conversation } from "./support/talk.mjs";

const manyMessages = { messages_burst: 100_000, messages_second: 0 };

for (const backend of ["memory", "sqlite"]) {
	conversation(`unread from a message on, with the store ${backend}`, { store: { backend }, limits: manyMessages }, (node) => {
		const pair = async () => {
			const [alice, bob] = await node.newPeople("alice", "bob");
			await node.befriend(alice, bob);
			return [alice, bob];
		};
		const row = async (device, other, params = {}) => {
			const { chats } = await device.ask("history.inbox", params);
			const { seq, read, unread, unread_from } = chats.find(({ chat }) => chat === other.address);
			return { seq, read, unread, ...(unread_from ? { unread_from } : {}) };
		};
		/** Bob has written 1, 2, 4 and 5, Alice 3, and she has read it all. */
		const chatted = async () => {
			const [alice, bob] = await pair();
			const said = [];
			for (const [who, to, text] of [[bob, alice, "1"], [bob, alice, "2"], [alice, bob, "3"], [bob, alice, "4"], [bob, alice, "5"]]) {
				said.push(await who.says(to, text));
			}
			await alice.ask("history.read", { chat: bob.address, seq: 5 });
			return { alice, bob, said, mark: (i) => alice.ask("history.unread", { chat: bob.address, mid: said[i - 1].mid }) };
		};

		it("they are counted without own ones, on all devices, and the position stays", async () => {
			const { alice, bob, mark } = await chatted();
			const phone = await alice.another();
			const { cursor } = await phone.ask("history.inbox");
			assert.deepEqual(await mark(2), { read: 5, unread: 3, unread_from: 2 });
			assert.deepEqual(await phone.hears({ name: "read", unread: 3 }), {
				type: "event", name: "read", chat: bob.address, seq: 5, unread: 3, unread_from: 2,
			});
			for (const params of [{}, { since: cursor }]) {
				assert.deepEqual(await row(phone, bob, params), { seq: 5, read: 5, unread: 3, unread_from: 2 });
			}
			assert.deepEqual(await mark(2), { read: 5, unread: 3, unread_from: 2 });
			assert.deepEqual(await mark(4), { read: 5, unread: 2, unread_from: 4 });
			await bob.settled();
			assert.deepEqual(bob.heard({ name: "receipt", kind: "read" }).map(({ seq }) => seq), [5]);
			assert.deepEqual(await row(bob, alice), { seq: 5, read: 5, unread: 0 }, "nobody else sees it");
		});

		it("what comes is unread too, changes are not; reading ends it, in part or whole", async () => {
			const { alice, bob, said, mark } = await chatted();
			const phone = await alice.another();
			await mark(1);
			await bob.ask("history.edit", { chat: alice.address, mid: said[4].mid, text: "five" });
			await bob.says(alice, "7");
			assert.deepEqual(await row(alice, bob), { seq: 7, read: 5, unread: 5, unread_from: 1 });
			assert.deepEqual(await alice.ask("history.read", { chat: bob.address, seq: 2 }), { read: 5, unread: 3, unread_from: 3 });
			assert.equal((await phone.hears({ name: "read", unread: 3 })).unread_from, 3);
			assert.deepEqual(await alice.ask("history.read", { chat: bob.address, seq: 1 }), { read: 5, unread: 3, unread_from: 3 });
			assert.deepEqual(await phone.ask("history.read", { chat: bob.address, seq: 5 }), { read: 5, unread: 1 });
			assert.deepEqual(await alice.hears({ name: "read", unread: 1 }), {
				type: "event", name: "read", chat: bob.address, seq: 5, unread: 1,
			});
			await mark(4);
			assert.deepEqual(await alice.ask("history.read", { chat: bob.address, seq: 7 }), { read: 7, unread: 0 });
			assert.deepEqual(await row(phone, bob), { seq: 7, read: 7, unread: 0 });
		});

		it("who writes in the chat has read it", async () => {
			const { alice, bob, mark } = await chatted();
			await mark(1);
			await alice.says(bob, "6");
			assert.deepEqual(await row(alice, bob), { seq: 6, read: 6, unread: 0 });
			await bob.says(alice, "7");
			assert.deepEqual(await row(alice, bob), { seq: 7, read: 6, unread: 1 });
		});

		it("what is unread anyway stays so, and takes the place of an earlier mark", async () => {
			const { alice, bob, mark } = await chatted();
			const { mid } = await bob.says(alice, "6");
			const last = () => alice.ask("history.unread", { chat: bob.address, mid });
			assert.deepEqual(await last(), { read: 5, unread: 1 });
			await mark(1);
			assert.deepEqual(await last(), { read: 5, unread: 1 });
			assert.deepEqual(await row(alice, bob), { seq: 6, read: 5, unread: 1 });
		});

		it("in a group, until one is removed and comes back", async () => {
			const [alice, bob] = await pair();
			const { group } = await alice.ask("groups.create", { title: "Two", people: [bob.address], history: "all" });
			const { mid } = await alice.says(group.address, "one");
			await bob.hears({ type: "message", text: "one" });
			const { seq } = await alice.says(group.address, "two");
			await bob.ask("history.read", { chat: group.address, seq });
			assert.equal((await bob.ask("history.unread", { chat: group.address, mid })).unread, 2);
			await alice.ask("groups.remove", { group: group.address, address: bob.address });
			await alice.ask("groups.invite", { group: group.address, people: [bob.address] });
			const back = await row(bob, group);
			assert.deepEqual([back.unread, back.unread_from], [0, undefined]);
		});

		it("refused where nobody else has written, of changes, and too far back", async () => {
			const { alice, bob, said, mark } = await chatted();
			await bob.ask("history.delete", { chat: alice.address, mid: said[4].mid });
			const { mid } = await alice.says(bob, "7");
			for (const chat of [bob.address, alice.address]) {
				const own = chat === bob.address ? mid : (await alice.says(alice, "a note")).mid;
				assert.equal((await alice.refused("bad-request", "history.unread", { chat, mid: own })).where, "/params/mid");
			}
			await alice.refused("not-found", "history.unread", { chat: bob.address, mid: "019ab1c2-3d4e-7f60-8a1b-2c3d4e5f6071" });
			await Promise.all(Array.from({ length: 998 }, (_, i) => bob.says(alice, `more ${i}`)));
			await alice.ask("history.read", { chat: bob.address, seq: 1005 });
			assert.equal((await alice.refused("too-large", "history.unread", { chat: bob.address, mid: said[4].mid })).where, "/params/mid");
			assert.equal((await alice.ask("history.unread", { chat: bob.address, mid })).unread, 998);
		});
	});
}

conversation("unread from a message on, when the node starts anew", { store: { backend: "sqlite" } }, (node) => {
	it("they are still, unless somebody wrote in between", async () => {
		const [alice, bob, carol] = await node.newPeople("alice", "bob", "carol");
		await node.befriend(alice, bob);
		await node.befriend(alice, carol);
		for (const other of [bob, carol]) {
			const { mid } = await other.says(alice, "one");
			await alice.says(other, "two");
			await other.says(alice, "three");
			await alice.ask("history.read", { chat: other.address, seq: 3 });
			await alice.ask("history.unread", { chat: other.address, mid });
		}
		await alice.says(carol, "four");
		await carol.says(alice, "five");
		await node.kill9();
		await node.restart();
		await alice.reconnects();
		const { chats } = await alice.ask("history.inbox");
		const of = ({ address }) => chats.find(({ chat }) => chat === address);
		assert.deepEqual([of(bob).read, of(bob).unread, of(bob).unread_from], [3, 2, 1]);
		assert.deepEqual([of(carol).read, of(carol).unread, of(carol).unread_from], [4, 1, undefined]);
	});
});
