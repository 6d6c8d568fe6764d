// SPDX-License-Identifier: MIT
// The end of a node, in order or not: what was acknowledged is there, once, in order. Kills at random moments are in
// 97-kill-runs.

import assert from "node:assert/strict";
import { it } from "node:test";

import { conversation } from "./support/talk.mjs";

const sqlite = { store: { backend: "sqlite" } };

/** Every message of a chat, page by page. */
async function wholeChat(device, chat) {
	const all = [];
	for (let after = 0, more = true; more; ) {
		const page = await device.ask("history.page", { chat, after, limit: 200 });
		all.push(...page.messages);
		[more, after] = [page.more, page.messages.at(-1)?.seq];
	}
	return all;
}

/** The archive has every acknowledged message once, as it was acknowledged; seqs are without gaps. */
async function assertArchive(reader, senders) {
	for (const sender of senders) {
		const messages = await wholeChat(reader, sender.address);
		assert.deepEqual(
			messages.map(({ seq }) => seq),
			messages.map((_, i) => i + 1),
			"no gaps",
		);
		assert.equal(new Set(messages.map(({ text }) => text)).size, messages.length, "each once");
		assert.deepEqual(
			messages.map(({ mid }) => mid),
			messages.map(({ mid }) => mid).sort(),
			"one order",
		);
		const byText = new Map(messages.map((message) => [message.text, message]));
		for (const [id, { mid, seq, time }] of sender.acknowledged) {
			const { mid: storedMid, seq: storedSeq, time: storedTime } = byText.get(id) ?? {};
			assert.deepEqual([storedMid, storedSeq, storedTime], [mid, seq, time], id);
		}
	}
}

conversation("a node that is killed", sqlite, (node) => {
	it("remembers accounts, contacts, blocks, read positions, devices and what was missed", async () => {
		const [alice, bob, eve] = await node.newPeople("alice", "bob", "eve");
		const carol = await node.signUp("carol", { display: "Carol C." });
		await node.befriend(alice, bob);
		await alice.ask("roster.block", { address: eve.address });
		await bob.ask("roster.request", { address: carol.address, text: "hello Carol" });
		await alice.ask("account.update", { display: "Alice A.", hidden: true, privacy: { receipts: false } });
		const first = await bob.says(alice, "one");
		await bob.says(alice, "two");
		await alice.ask("history.read", { chat: bob.address, seq: first.seq });
		const { token, device } = alice.session;
		const again = { type: "message", id: "retry-1", to: bob.address, text: "once" };
		const wire = await node.wireOf(alice.person);
		wire.send(again);
		const sent = await wire.next({ id: "retry-1" });
		await Promise.all([alice, bob, eve].map((device) => device.close())); /* they would come back by themselves */

		await node.kill9();
		await node.restart();

		const back = await node.wireOf({ name: alice.name, token });
		assert.equal(back.ready.device, device);
		assert.equal(back.ready.resumed, false);
		assert.deepEqual(back.ready.account, {
			name: alice.name,
			shown: alice.name,
			display: "Alice A.",
			admin: false,
			hidden: true,
			privacy: { groups: "contacts", receipts: false, typing: true },
		});
		const { people } = await back.get("roster.list");
		assert.deepEqual(
			people.map(({ name, relation }) => [name, relation]).sort(),
			[
				[bob.name, "contact"],
				[eve.name, "blocked"],
			].sort(),
		);
		const { chats } = await back.get("history.inbox", {});
		assert.deepEqual(
			chats.map(({ chat, seq, read }) => [chat, seq, read]),
			[[bob.address, 3, 3]],
		);
		back.send(again);
		assert.deepEqual(await back.next({ id: "retry-1" }), { ...sent, repeated: true });
		const asked = await node.wireOf(carol);
		assert.deepEqual(
			(await asked.get("roster.list")).people.map(({ name, relation, text }) => [name, relation, text]),
			[[bob.name, "asks", "hello Carol"]],
		);
		const missed = await node.wireOf(bob.person, { missed: true, device: { id: "new" } });
		assert.equal((await missed.next("message")).text, "once");
		const found = await missed.get("roster.search", { text: "carol c" });
		assert.deepEqual(
			found.people.map(({ name }) => name),
			[carol.name],
		);
		const presence = await back.get("presence.get");
		assert.deepEqual(
			presence.people.map(({ address, show }) => [address, show]),
			[[bob.address, "available"]],
		);
	});

	it("gives unknown users the same salt as before, and knows its own key", async () => {
		const { Scram } = await import("./support/scram.mjs");
		const salt = async () => {
			const wire = await node.wire();
			const scram = new Scram("nobody", "x");
			const { data } = await wire.auth({ mechanism: "SCRAM-SCRYPT-SHA-256", data: scram.first() });
			scram.final(data);
			return scram.said.s;
		};
		const before = await salt();
		await node.kill9();
		await node.restart();
		assert.equal(await salt(), before);
	});

	it("keeps people connected with the SDK from losing a word", async () => {
		const [alice, bob] = await node.newPeople("alice", "bob");
		await node.befriend(alice, bob);
		const said = [];
		for (let n = 0; n < 30; n++) {
			said.push(alice.says(bob, `${n}`));
		}
		await said[0];
		await node.kill9();
		await node.restart();
		alice.client.tryNow();
		const sent = await Promise.all(said);
		assert.deepEqual(
			sent.map(({ seq }) => seq),
			Array.from({ length: 30 }, (_, n) => n + 1),
		);
		assert.deepEqual(
			(await wholeChat(alice, bob.address)).map(({ text }) => text),
			sent.map(({ text }) => text),
		);
	});
});

conversation("a node that is told to stop", sqlite, (node) => {
	it("R24 while eight send stops in order: what it acknowledged is there, and nobody waits in vain", async () => {
		const reader = await node.newPerson("reader");
		const senders = [];
		for (let i = 0; i < 8; i++) {
			const person = await node.newPerson("sender");
			await node.befriend(person, reader);
			await person.close();
			senders.push({ address: person.address, person: person.person, acknowledged: new Map() });
		}
		const wires = await Promise.all(senders.map(({ person }) => node.wireOf(person)));
		const [guest, silent] = [await node.wire(), await node.wire()];
		guest.send({ type: "request", id: "1", method: "register.policy" });
		await guest.next({ id: "1" });
		const sending = wires.map(async (wire, i) => {
			for (let n = 0; ; n++) {
				const id = `${i}-${n}`;
				let answer;
				try {
					answer = await wire.say(reader.address, id, id);
				} catch {
					return;
				}
				if (answer.type === "error") {
					assert.equal(answer.code, "busy", JSON.stringify(answer));
					assert.ok(answer.retry_after >= 1);
					return;
				}
				senders[i].acknowledged.set(id, answer);
			}
		});
		while (senders.some(({ acknowledged }) => acknowledged.size < 10)) {
			await new Promise((resolve) => setImmediate(resolve));
		}
		node.signal("SIGTERM");
		await Promise.all(sending);
		for (const wire of wires) {
			const last = await wire.next({ fatal: true });
			assert.equal(last.code, "busy", JSON.stringify(last));
			await wire.closed;
		}
		for (const visitor of [guest, silent]) {
			assert.equal((await visitor.next({ fatal: true })).code, "busy");
			await visitor.closed;
		}
		await node.stopped();
		await node.restart();
		await assertArchive(await node.device(reader.person), senders);
	});

	it("with people connected comes back, and the SDK with it", async () => {
		const alice = await node.newPerson("alice");
		node.signal("SIGTERM");
		await alice.hears({ type: "state", phase: "waiting" });
		await node.stopped();
		await node.restart();
		assert.equal((await alice.reconnects()).resumed, false);
		await alice.settled();
	});

	it("twice, or by SIGINT, stops once and in order", async () => {
		node.signal("SIGINT");
		node.signal("SIGTERM");
		await node.stopped();
		await node.restart();
		await node.wire();
	});
});
