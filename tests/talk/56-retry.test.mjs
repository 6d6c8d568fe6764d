// SPDX-License-Identifier: MIT
// What was done is answered as done when it is asked again, whatever has changed since: clients ask again when they do
// not know.

import assert from "node:assert/strict";
import { it } from "node:test";

import { circle, newGroup } from "./support/groups.mjs";
import { conversation } from "./support/talk.mjs";

let ids = 0;

for (const backend of ["memory", "sqlite"]) {
	conversation(`asked again, with the store ${backend}`, { store: { backend } }, (node) => {
		/** People with a line client each, beside their device; the first is a contact of the others. */
		async function lines(...names) {
			const people = await circle(node, ...names);
			for (const person of people) {
				person.wire = await node.wireOf(person.person);
			}
			return people;
		}

		/** Sends a message; resolves with its answer. again() sends the same once more, anew() with another id. */
		async function first(from, to, members) {
			const send = async (id) => {
				from.wire.send({ type: "message", id, to: to.address, ...members });
				return from.wire.next({ id, type: /^(result|error)$/ });
			};
			const id = `once-${++ids}`;
			const answer = await send(id);
			assert.equal(answer.type, "result", JSON.stringify(answer));
			return {
				...answer,
				again: async () => assert.deepEqual(await send(id), { ...answer, repeated: true }),
				anew: async () => (await send(`once-${++ids}`)).code,
			};
		}

		const texts = async (reader, chat) => {
			const { messages } = await reader.ask("history.page", { chat: chat.address, limit: 200 });
			return messages.map(({ text }) => text).filter((text) => text !== undefined);
		};

		it("a message to who is no contact any more, or has blocked one", async () => {
			const [alice, bob] = await lines("alice", "bob");
			const sent = await first(alice, bob, { text: "hi" });
			await alice.ask("roster.remove", { address: bob.address });
			await sent.again();
			assert.equal(await sent.anew(), "not-allowed");
			await bob.ask("roster.block", { address: alice.address });
			await sent.again();
			assert.deepEqual(await texts(bob, alice), ["hi"]);
		});

		it("a message, an answer and a forward to a group that one was removed from", async () => {
			const [alice, bob] = await lines("alice", "bob");
			const group = await newGroup(alice, [bob]);
			const note = await bob.says(bob, "a note");
			const said = await first(bob, group, { text: "one" });
			const all = [
				said,
				await first(bob, group, { text: "two", reply: said.mid }),
				await first(bob, group, { forward: { chat: bob.address, mid: note.mid, source: true } }),
			];
			await alice.ask("groups.remove", { group: group.address, address: bob.address });
			for (const sent of all) {
				await sent.again();
				assert.equal(await sent.anew(), "not-found");
			}
			assert.deepEqual(await texts(alice, group), ["one", "two", "a note"]);
		});

		it("a message where only others may write by now, or less often", async () => {
			const [alice, bob] = await lines("alice", "bob");
			const group = await newGroup(alice, [bob], { slow: 3600 });
			const sent = await first(bob, group, { text: "in time" });
			await sent.again();
			await alice.ask("groups.update", { group: group.address, permissions: { post: "admin" } });
			await sent.again();
			assert.equal(await sent.anew(), "not-allowed");
			await alice.ask("groups.update", { group: group.address, permissions: { post: "member" } });
			assert.equal(await sent.anew(), "limit");
		});

		it("a message to a group that has ended", async () => {
			const [alice] = await lines("alice");
			const group = await newGroup(alice);
			const sent = await first(alice, group, { text: "alone" });
			await alice.ask("groups.leave", { group: group.address });
			await sent.again();
			assert.equal(await sent.anew(), "not-found");
		});

		it("a forward whose source was deleted, or is in a chat that one has left", async () => {
			const [alice, bob] = await lines("alice", "bob");
			const group = await newGroup(alice, [bob]);
			const source = await bob.says(alice, "secret");
			const other = await alice.says(group, "in the group");
			const forward = await first(bob, bob, { forward: { chat: alice.address, mid: source.mid, source: true } });
			const left = await first(bob, bob, { forward: { chat: group.address, mid: other.mid, source: false } });
			await bob.ask("history.delete", { chat: alice.address, mid: source.mid });
			await bob.ask("groups.leave", { group: group.address });
			await forward.again();
			await left.again();
			assert.equal(await forward.anew(), "bad-request");
			assert.equal(await left.anew(), "bad-request");
			assert.deepEqual(await texts(bob, bob), ["secret", "in the group"]);
		});

		it("a message that is too long by now", async () => {
			const [alice, bob] = await lines("alice", "bob");
			const sent = await first(alice, bob, { text: "a".repeat(200) });
			node.configure({ limits: { text: 100 } });
			await node.reload();
			await sent.again();
			assert.equal(await sent.anew(), "too-large");
			node.configure({ limits: { text: undefined } });
			await node.reload();
		});

		it("what was refused is refused, until it may be sent", async () => {
			const [alice, bob] = await lines("alice", "bob");
			await alice.ask("roster.remove", { address: bob.address });
			assert.equal((await alice.wire.say(bob.address, "hi", "r-1")).code, "not-allowed");
			assert.equal((await alice.wire.say(bob.address, "hi", "r-1")).code, "not-allowed");
			await node.befriend(alice, bob);
			const sent = await alice.wire.say(bob.address, "hi", "r-1");
			assert.deepEqual([sent.type, sent.repeated], ["result", undefined]);
			assert.equal((await bob.wire.say(alice.address, "mine", "r-1")).repeated, undefined, "ids are the sender's");
		});

		it("changes of messages: what is so already is answered, without a seq", async () => {
			const [alice, bob] = await lines("alice", "bob");
			const chat = bob.address;
			const { mid } = await alice.says(bob, "helo");
			const theirs = await bob.says(alice, "yes");
			const group = await newGroup(alice, [bob]);
			await alice.ask("groups.role", { group: group.address, address: bob.address, role: "moderator" });
			const said = await alice.says(group, "pin me");
			const changes = [
				[alice, "history.edit", { chat, mid, text: "hello" }],
				[alice, "history.react", { chat, mid: theirs.mid, emoji: "👍", on: true }],
				[alice, "history.pin", { chat, mid: theirs.mid, on: true }],
				[bob, "history.pin", { chat: group.address, mid: said.mid, on: true }],
			];
			for (const [who, method, params] of changes) {
				assert.ok((await who.ask(method, params)).seq > 0, method);
			}
			await alice.ask("groups.role", { group: group.address, address: bob.address, role: "member" });
			await alice.ask("roster.remove", { address: bob.address });
			node.pass(3 * 86400);
			for (const [who, method, params] of changes) {
				assert.deepEqual(await who.ask(method, params), {}, method);
			}
			await alice.refused("not-allowed", "history.edit", { chat, mid, text: "hallo" });
			await alice.refused("not-allowed", "history.react", { chat, mid: theirs.mid, emoji: "👍", on: false });
			await bob.refused("not-allowed", "history.pin", { chat: group.address, mid: said.mid, on: false });
			await alice.ask("history.delete", { chat: group.address, mid: said.mid });
			assert.deepEqual(await alice.ask("history.delete", { chat: group.address, mid: said.mid }), {});
		});
	});
}

conversation("asked again of a node that was killed", { store: { backend: "sqlite" } }, (node) => {
	it("a message that was acknowledged, or was not, is there once", async () => {
		const [alice, bob] = await circle(node, "alice", "bob");
		const wire = await node.wireOf(alice.person);
		await Promise.all([alice, bob].map((person) => person.close()));
		for (let n = 0; n < 20; n++) {
			wire.send({ type: "message", id: `k-${n}`, to: bob.address, text: `${n}` });
		}
		const sent = await wire.next({ id: "k-9" });
		await node.kill9();
		await node.restart();
		const again = await node.wireOf(alice.person);
		await again.get("roster.remove", { address: bob.address });
		const repeated = await again.say(bob.address, "9", "k-9");
		assert.deepEqual(repeated, { ...sent, repeated: true });
		const back = await node.device(bob.person);
		const { messages } = await back.ask("history.page", { chat: alice.address, limit: 200 });
		const said = messages.map(({ text }) => text);
		assert.deepEqual(said, [...new Set(said)]);
		for (let n = 0; n < 20; n++) {
			const answer = await again.say(bob.address, `${n}`, `k-${n}`);
			assert.equal(answer.type, said.includes(`${n}`) ? "result" : "error", `${n}`);
		}
	});
});
