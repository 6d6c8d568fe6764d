// SPDX-License-Identifier: MIT
// What goes with a chat: settings of one's own, who is typing, how far the others have come.

import assert from "node:assert/strict";
import { it } from "node:test";

import { conversation } from "./support/talk.mjs";

for (const backend of ["memory", "sqlite"]) {
	conversation(`chats, with the store ${backend}`, { store: { backend } }, (node) => {
		const friends = async (...names) => {
			const [me, ...others] = await node.newPeople(...names);
			for (const other of others) {
				await node.befriend(me, other);
			}
			return [me, ...others];
		};
		const readers = async (device, chat, mid) => {
			const { read, delivered } = await device.ask("history.readers", { chat, mid });
			return { read: read.map(({ address }) => address), delivered: delivered.map(({ address }) => address) };
		};
		const row = async (device, other, params = {}) =>
			(await device.ask("history.inbox", params)).chats.find(({ chat }) => chat === other.address);

		it("can be pinned, marked and archived, the same on every device of one's own and on nobody else's", async () => {
			const [alice, bob] = await friends("alice", "bob");
			const phone = await alice.another();
			await bob.says(alice, "one");
			const { cursor } = await alice.ask("history.inbox");
			await alice.ask("history.set", { chat: bob.address, pinned: true, marked: true });
			const event = await phone.hears({ name: "chat.changed" });
			assert.deepEqual(event, {
				type: "event", name: "chat.changed", chat: bob.address, archived: false, pinned: true, marked: true,
			});
			const seen = await row(phone, bob, { since: cursor });
			assert.deepEqual([seen.pinned, seen.marked, seen.archived], [true, true, undefined]);
			await alice.ask("history.set", { chat: bob.address, marked: false, archived: true });
			const now = await row(phone, bob);
			assert.deepEqual([now.pinned, now.marked, now.archived], [true, undefined, true]);
			const other = await row(bob, alice);
			assert.deepEqual([other.pinned, other.marked, other.archived], [undefined, undefined, undefined]);
			assert.deepEqual(alice.heard({ name: "chat.changed" }), [], "the device that asks knows");
		});

		it("come out of the archive when something new comes", async () => {
			const [alice, bob] = await friends("alice", "bob");
			await bob.says(alice, "one");
			await alice.ask("history.set", { chat: bob.address, archived: true });
			assert.equal((await row(alice, bob)).archived, true);
			await bob.says(alice, "two");
			assert.equal((await row(alice, bob)).archived, undefined);
			await alice.ask("history.set", { chat: bob.address, archived: true });
			await alice.ask("history.set", { chat: bob.address, archived: false });
			assert.equal((await row(alice, bob)).archived, undefined);
		});

		it("keep a draft with what it answers, until it is sent", async () => {
			const [alice, bob] = await friends("alice", "bob");
			const phone = await alice.another();
			const { mid } = await bob.says(alice, "one");
			const draft = { text: "I was about to", reply: mid };
			await alice.ask("history.set", { chat: bob.address, draft });
			assert.deepEqual((await phone.hears({ name: "chat.changed" })).draft, draft);
			assert.deepEqual((await row(phone, bob)).draft, draft);
			await alice.ask("history.set", { chat: bob.address, draft: { text: "" } });
			assert.equal((await phone.hears({ name: "chat.changed" })).draft, undefined);
			assert.equal((await row(phone, bob)).draft, undefined);
		});

		it("say what one is notified of", async () => {
			const [alice, bob] = await friends("alice", "bob");
			await bob.says(alice, "one");
			assert.deepEqual((await row(alice, bob)).notify, { level: "all", reason: "direct" });
			await alice.ask("notify.chat", { chat: bob.address, mute: -1 });
			assert.deepEqual((await row(alice, bob)).notify, { level: "nothing", reason: "muted" });
		});

		it("tell who is typing, to contacts alone, and to nobody who does not tell it", async () => {
			const [alice, bob] = await friends("alice", "bob");
			const eve = await node.newPerson("eve");
			const typing = (to, on = true) => alice.ask("history.typing", { chat: to.address, on });
			await typing(bob);
			assert.deepEqual(await bob.hears({ name: "typing" }), {
				type: "event", name: "typing", chat: alice.address, from: alice.address, on: true,
			});
			await typing(bob, false);
			assert.equal((await bob.hears({ name: "typing" })).on, false);
			await typing(eve);
			await bob.ask("account.update", { privacy: { typing: false } });
			await typing(bob);
			await bob.ask("account.update", { privacy: { typing: true } });
			await alice.ask("account.update", { privacy: { typing: false } });
			await typing(bob);
			await Promise.all([bob.settled(), eve.settled()]);
			assert.deepEqual([...bob.heard({ name: "typing" }), ...eve.heard({ name: "typing" })], []);
			assert.equal((await alice.refused("not-found", "history.typing", { chat: "a_b@elsewhere.example", on: true })).where, "/params/chat");
		});

		it("tell who wrote how far it was received, when a device has said so", async () => {
			const [alice, bob] = await friends("alice", "bob");
			const wire = await node.wireOf(bob.person);
			await bob.close();
			await alice.says(bob, "one");
			const { seq } = await alice.says(bob, "two");
			assert.equal((await row(alice, bob)).delivered, undefined);
			await wire.next({ text: "two" });
			wire.send({ type: "ack", count: wire.count });
			assert.deepEqual(await alice.hears({ name: "receipt", kind: "delivered" }), {
				type: "event", name: "receipt", chat: bob.address, from: bob.address, kind: "delivered", seq,
			});
			assert.equal((await row(alice, bob)).delivered, seq);
			assert.equal((await row(alice, bob)).seen, undefined);
		});

		it("tell who wrote how far it was read, unless one of them does not want that", async () => {
			const [alice, bob] = await friends("alice", "bob");
			const { mid, seq } = await alice.says(bob, "one");
			await bob.ask("history.read", { chat: alice.address, seq });
			assert.equal((await alice.hears({ name: "receipt", kind: "read" })).seq, seq);
			assert.deepEqual((await row(alice, bob)).seen, seq);
			assert.deepEqual(
				await readers(alice, bob.address, mid),
				{ read: [bob.address], delivered: [] },
			);
			for (const [who, other] of [[alice, bob], [bob, alice]]) {
				await who.ask("account.update", { privacy: { receipts: false } });
				const next = await alice.says(bob, `not told to ${other.name}`);
				await bob.ask("history.read", { chat: alice.address, seq: next.seq });
				assert.deepEqual(
					await readers(alice, bob.address, next.mid),
					{ read: [], delivered: [] },
				);
				assert.equal((await row(alice, bob)).seen, undefined);
				await who.ask("account.update", { privacy: { receipts: true } });
			}
			await alice.settled();
			assert.deepEqual(alice.heard({ name: "receipt", kind: "read" }), []);
		});

		it("are not told of by those who are not in them", async () => {
			const [alice, bob] = await friends("alice", "bob");
			const eve = await node.newPerson("eve");
			const { mid } = await alice.says(bob, "one");
			await eve.refused("not-found", "history.readers", { chat: bob.address, mid });
			await eve.refused("not-found", "history.set", { chat: "nobody@localhost", pinned: true });
			await eve.refused("not-found", "history.set", { chat: "nosuchgroup@rooms.localhost", pinned: true });
			await eve.refused("not-found", "history.typing", { chat: "nosuchgroup@rooms.localhost", on: true });
		});

		it("tell in groups what was read, and who is typing", async () => {
			const [alice, bob, carol] = await friends("alice", "bob", "carol");
			const { group } = await alice.ask("groups.create", { title: "Three", people: [bob.address, carol.address] });
			const chat = group.address;
			const { mid, seq } = await alice.says(chat, "hello all");
			await carol.hears({ type: "message", text: "hello all" });
			await bob.ask("history.read", { chat, seq });
			for (const device of [alice, carol]) {
				const { type, name, ...receipt } = await device.hears({ name: "receipt", kind: "read" });
				assert.deepEqual(receipt, { chat, from: bob.address, kind: "read", seq });
			}
			assert.deepEqual(await readers(alice, chat, mid), { read: [bob.address], delivered: [] });
			await bob.ask("history.typing", { chat, on: true });
			assert.deepEqual(await carol.hears({ name: "typing" }), {
				type: "event", name: "typing", chat, from: bob.address, on: true,
			});
			await alice.ask("history.set", { chat, pinned: true });
			assert.equal((await alice.ask("history.inbox")).chats.find((one) => one.chat === chat).pinned, true);
		});
	});
}
