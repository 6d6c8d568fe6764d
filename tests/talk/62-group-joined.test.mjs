// SPDX-License-Identifier: MIT
// Who reads a group's messages from joining on learns nothing of those of before, whatever happens to them later.

import assert from "node:assert/strict";
import { it } from "node:test";

import { circle, newGroup } from "./support/groups.mjs";
import { conversation } from "./support/talk.mjs";

const pageOf = async (reader, chat, params = {}) => (await reader.ask("history.page", { chat, limit: 200, ...params })).messages;
const changesOf = (messages, kind) => messages.flatMap(({ change }) => (change?.kind === kind ? change : []));

conversation("who joins a group later", { store: { backend: "sqlite" } }, (node) => {
	it("finds no message of before in any way", async () => {
		const [alice, bob, carol] = await circle(node, "alice", "bob", "carol");
		const { address: chat, ...group } = await newGroup(alice, [bob], { kind: "public", permissions: { pin: "member" } });
		const { mid } = await alice.says({ ...group, address: chat }, "ancient words");
		await alice.ask("history.pin", { chat, mid, on: true });
		await carol.ask("groups.join", { group: chat });
		for (const params of [{}, { after: 0 }, { before: 1000 }]) {
			assert.deepEqual((await pageOf(carol, chat, params)).map(({ text, change }) => text ?? change.kind), ["joined"]);
		}
		assert.deepEqual((await carol.ask("history.pins", { chat })).messages, []);
		assert.deepEqual((await carol.ask("history.get", { chat, mids: [mid] })).messages, []);
		assert.deepEqual((await carol.ask("history.search", { text: "ancient" })).messages, []);
		await carol.refused("not-found", "history.page", { chat, around: mid });
		await carol.refused("not-found", "history.versions", { chat, mid });
		await carol.refused("not-found", "history.readers", { chat, mid });
		await carol.refused("not-found", "history.unread", { chat, mid });
		await carol.refused("not-found", "history.react", { chat, mid, emoji: "👍", on: true });
		await carol.refused("not-found", "history.pin", { chat, mid, on: false });
		await assert.rejects(carol.says({ address: chat }, "what?", { reply: mid }), /bad-request/);
		await assert.rejects(carol.says(carol, undefined, { forward: { chat, mid, source: true } }), /bad-request/);
	});

	it("is told that one was edited, and not what it says: live, in a page, and of what was missed", async () => {
		const [alice, bob, carol] = await circle(node, "alice", "bob", "carol");
		const group = await newGroup(alice, [bob], { kind: "public" });
		const chat = group.address;
		const old = await alice.says(group, "ancient words");
		await carol.ask("groups.join", { group: chat });
		const young = await alice.says(group, "young words");
		const asked = { missed: true, device: { id: "carol-phone" } };
		const first = await node.wireOf(carol.person, asked);
		first.send({ type: "close" });
		await first.closed;

		await alice.ask("history.edit", { chat, mid: old.mid, text: `ancient words, @${bob.name}` });
		await alice.ask("history.edit", { chat, mid: young.mid, text: "young words, edited" });
		const edits = [
			{ kind: "edit", mid: old.mid },
			{ kind: "edit", mid: young.mid, text: "young words, edited" },
		];
		for (const edit of edits) {
			assert.deepEqual((await carol.hears({ type: "message", change: { kind: "edit" } })).change, edit);
		}
		assert.deepEqual(changesOf(await pageOf(carol, chat, { after: 0 }), "edit"), edits);
		const second = await node.wireOf(carol.person, asked);
		for (const edit of edits) {
			let missed = await second.next("message");
			while (missed.change?.kind !== "edit") {
				missed = await second.next("message"); /* what it had not acknowledged */
			}
			assert.deepEqual(missed.change, edit);
		}
		second.send({ type: "close" });
		await second.closed;

		for (const reader of [alice, bob]) {
			const heard = await reader.hears({ type: "message", change: { kind: "edit", mid: old.mid } });
			assert.equal(heard.change.text, `ancient words, @${bob.name}`);
			assert.equal(heard.change.mentions.length, 1);
			assert.deepEqual(changesOf(await pageOf(reader, chat, { after: 0 }), "edit")[0], heard.change);
		}
	});

	it("reads everything where the group says so, also what was edited", async () => {
		const [alice, carol] = await circle(node, "alice", "carol");
		const group = await newGroup(alice, [], { kind: "public", history: "all" });
		const old = await alice.says(group, "ancient words");
		await carol.ask("groups.join", { group: group.address });
		await alice.ask("history.edit", { chat: group.address, mid: old.mid, text: "not so old words" });
		assert.equal((await carol.hears({ type: "message", change: { kind: "edit" } })).change.text, "not so old words");
		assert.equal((await pageOf(carol, group.address))[1].text, "not so old words");
	});
});
