// SPDX-License-Identifier: MIT
// Messages that are kept for a time, and what becomes of a chat when they go.

import assert from "node:assert/strict";
import { it } from "node:test";

import { circle, newGroup } from "./support/groups.mjs";
import { sqliteOnly } from "./support/mongo.mjs";
import { good, parleyctl } from "./support/parleyctl.mjs";
import { conversation } from "./support/talk.mjs";

const DAY = 86400;

/** Looks for what is too old, and waits until it is gone. Resolves with how much that was. */
async function sweep(node) {
	const operator = await node.operator();
	const { removed } = await operator.get("retention.run", { wait: true });
	operator.drop();
	return removed;
}

async function texts(reader, chat, params = {}) {
	const { messages } = await reader.ask("history.page", { chat: chat.address ?? chat, limit: 200, ...params });
	return messages.filter(({ text }) => text !== undefined).map(({ text }) => text);
}

async function row(reader, chat) {
	const { chats } = await reader.ask("history.inbox", {});
	return chats.find((one) => one.chat === (chat.address ?? chat));
}

const options = { store: { backend: "sqlite" } };

conversation("retention: a rule of the chat", options, (node) => {
	it("is made by either side, is a line in the chat, and takes away what is older from the next day on", async () => {
		const [alice, bob] = await node.newPeople("alice", "bob");
		await node.befriend(alice, bob);
		const first = await alice.says(bob, "the first");
		await bob.hearsSaid("the first");

		const made = await bob.ask("history.keep", { chat: alice.address, days: 7 });
		assert.equal(made.seq, 2);
		assert.equal(made.keep.by, "chat");
		assert.equal(made.keep.days, 7);
		assert.ok(made.keep.starts, "it can be taken back for a day");
		const line = await alice.hears({ type: "message", change: { kind: "keep" } });
		assert.deepEqual(line.change, { kind: "keep", days: 7 });
		assert.equal(line.from.split("/")[0], bob.address);
		assert.equal(line.seq, 2);
		assert.deepEqual(await bob.ask("history.keep", { chat: alice.address, days: 7 }), { keep: made.keep });

		node.pass(8 * DAY);
		const second = await alice.says(bob, "the second");
		await bob.hearsSaid("the second");
		assert.deepEqual((await row(alice, bob)).keep, { days: 7, by: "chat", own: 7 });
		assert.equal(await sweep(node), 2);
		for (const [who, other] of [[alice, bob], [bob, alice]]) {
			const event = await who.hears({ type: "event", name: "history.begins", chat: other.address });
			assert.equal(event.seq, 3);
			assert.deepEqual(await texts(who, other), ["the second"]);
			assert.deepEqual(await texts(who, other, { after: 0 }), ["the second"]);
		}
		const page = await bob.ask("history.page", { chat: alice.address, before: 3 });
		assert.deepEqual({ ...page }, { messages: [], first: 0, last: 0, more: false, begins: 3 });
		assert.equal((await row(bob, alice)).unread, 1);
		assert.equal((await row(bob, alice)).begins, 3);

		await bob.refused("gone", "history.page", { chat: alice.address, around: first.mid });
		await bob.refused("gone", "history.react", { chat: alice.address, mid: first.mid, emoji: "👍", on: true });
		await alice.refused("gone", "history.edit", { chat: bob.address, mid: first.mid, text: "again" });
		const got = await bob.ask("history.get", { chat: alice.address, mids: [first.mid, second.mid] });
		assert.deepEqual(got.gone, [first.mid]);
		assert.deepEqual(got.messages.map(({ text }) => text), ["the second"]);
		const date = await bob.ask("history.date", { chat: alice.address, time: first.time });
		assert.deepEqual(date, { seq: 3, begins: 3 });

		const reply = await bob.says(alice, "an answer", { reply: first.mid });
		assert.equal(reply.seq, 4);
	});

	it("leaves an empty chat where everything was too old, and its places go on, also after a restart", async () => {
		const [carol, dave] = await node.newPeople("carol", "dave");
		await node.befriend(carol, dave);
		await carol.ask("history.keep", { chat: dave.address, days: 1 });
		await carol.says(dave, "one");
		await carol.says(dave, "two @dave");
		const before = await row(dave, carol);
		assert.equal(before.unread, 2);
		assert.equal(before.mentions, 1);
		node.pass(3 * DAY);
		const { cursor, chats } = await dave.ask("history.inbox", {});
		assert.equal(chats.length, 1);
		assert.equal(await sweep(node), 2, "the last one leaves its place");
		const since = async (reader) => (await reader.ask("history.inbox", { since: cursor })).chats;
		assert.deepEqual((await since(dave)).map(({ begins }) => begins), [4], "who was away is told");
		assert.deepEqual(await texts(dave, carol), []);
		const empty = await row(dave, carol);
		assert.equal(empty.unread, 0);
		assert.equal(empty.mentions, undefined);
		assert.equal(empty.last, undefined);
		assert.equal(empty.begins, 4);
		assert.equal(empty.seq, 3);
		assert.equal(empty.time, before.time, "it stands where it stood");
		assert.equal(await sweep(node), 0);

		await node.closeClients();
		await node.stop();
		await node.restart();
		const again = await node.device(dave.person);
		assert.deepEqual((await since(again)).map(({ begins }) => begins), [4]);
		assert.deepEqual(await row(again, carol), empty);
		const carol2 = await node.device(carol.person);
		const { seq } = await carol2.says(dave, "three");
		assert.equal(seq, 4);
		assert.equal((await row(again, carol)).unread, 1);
		assert.equal(await sweep(node), 1, "now the place is needed no more");
		assert.deepEqual(await texts(again, carol), ["three"]);
	});

	it("counts unread and changes rightly when the older part is gone", async () => {
		const [erin, frank] = await node.newPeople("erin", "frank");
		await node.befriend(erin, frank);
		await erin.ask("history.keep", { chat: frank.address, days: 5 });
		const old = await erin.says(frank, "old");
		await frank.ask("history.react", { chat: erin.address, mid: old.mid, emoji: "👍", on: true });
		await frank.ask("history.pin", { chat: erin.address, mid: old.mid, on: true });
		node.pass(4 * DAY);
		await erin.ask("history.react", { chat: frank.address, mid: old.mid, emoji: "🎉", on: true });
		await erin.says(frank, "young");
		await erin.ask("history.react", { chat: frank.address, mid: old.mid, emoji: "👀", on: true });
		await erin.says(frank, "younger");
		assert.equal((await row(frank, erin)).unread, 3);
		node.pass(2 * DAY);
		await sweep(node);
		assert.equal((await row(frank, erin)).unread, 2);
		assert.deepEqual((await frank.ask("history.pins", { chat: erin.address })).messages, []);
		const { messages } = await frank.ask("history.page", { chat: erin.address, after: 0 });
		assert.deepEqual(
			messages.map(({ text, change }) => text ?? change),
			[
				{ kind: "react", mid: old.mid, on: true },
				"young",
				{ kind: "react", mid: old.mid, on: true },
				"younger",
			],
			"what was said of it later says no more what",
		);
		await node.closeClients();
		await node.stop();
		await node.restart();
		const again = await node.device(frank.person);
		assert.equal((await row(again, erin)).unread, 2);
		await again.ask("history.read", { chat: erin.address, seq: 7 });
		assert.equal((await row(again, erin)).unread, 1);
	});

	it("can only be made by those who may", async () => {
		const [gail, hal, ivy] = await circle(node, "gail", "hal", "ivy");
		const group = await newGroup(gail, [hal]);
		await hal.refused("not-allowed", "history.keep", { chat: group.address, days: 1 });
		await ivy.refused("not-found", "history.keep", { chat: group.address, days: 1 });
		await ivy.refused("not-found", "history.keep", { chat: group.address });
		await ivy.refused("not-allowed", "history.keep", { chat: hal.address, days: 1 });
		assert.deepEqual((await hal.ask("groups.get", { group: group.address })).keep, { days: 0, by: "node" });
		await gail.ask("history.keep", { chat: group.address, days: 30 });
		const { keep } = await hal.ask("groups.get", { group: group.address });
		assert.equal(keep.days, 30);
		await gail.ask("history.keep", { chat: group.address, days: 0 });
		const line = await hal.hears({ type: "message", change: { kind: "keep" } });
		assert.equal(line.change.days, 30);
		assert.deepEqual((await hal.hears({ type: "message", change: { kind: "keep" } })).change, { kind: "keep" });
	});
});

conversation("retention: the node's rule and the operator's", options, (node) => {
	it("goes by the shorter one, and the operator has the last word", async () => {
		const [alice, bob, carol] = await circle(node, "alice", "bob", "carol");
		const group = await newGroup(alice, [bob]);
		await alice.says(bob, "between us");
		await alice.says(carol, "for ever");
		await alice.says(group, "to all");
		node.configure({ "module history": { keep_direct_days: 30, keep_group_days: 10 } });
		await node.reload();
		assert.equal((await row(alice, bob)).keep.days, 30);
		assert.equal((await row(alice, group)).keep.days, 10);
		assert.equal((await alice.ask("history.keep", { chat: group.address, days: 20 })).keep.by, "node");
		assert.equal((await alice.ask("history.keep", { chat: group.address, days: 5 })).keep.by, "chat");

		assert.match(await good(node, ["retention", "set", "--forever", "alice+carol"]), /for ever/);
		const line = await alice.hears({ type: "message", change: { kind: "keep", operator: true } });
		assert.deepEqual(line.change, { kind: "keep", days: 0, operator: true });
		assert.equal(line.chat, carol.address);
		assert.equal(line.from, carol.address);
		assert.equal(line.to, alice.address);
		assert.deepEqual((await row(alice, carol)).keep, undefined);
		await alice.refused("not-allowed", "history.keep", { chat: carol.address, days: 5 });

		node.pass(31 * DAY);
		await sweep(node);
		assert.deepEqual(await texts(alice, bob), []);
		assert.deepEqual(await texts(alice, group), []);
		assert.deepEqual(await texts(carol, alice), ["for ever"]);

		await good(node, ["retention", "set", "--default", "alice+carol"]);
		await sweep(node);
		assert.deepEqual(await texts(carol, alice), []);
		assert.equal((await parleyctl(node, ["retention", "set", "--days", "3", "alice+nobody"])).status, 1);
		assert.equal((await parleyctl(node, ["retention", "set", "--days", "0", "alice+bob"])).status, 64);
	});

	it("tells operators how much there is and what would go", async () => {
		const [dave, erin] = await node.newPeople("dave", "erin");
		await node.befriend(dave, erin);
		for (let n = 0; n < 100; n++) {
			await dave.says(erin, `message ${n}`);
		}
		node.pass(8 * DAY);
		await dave.says(erin, "a later one");
		await sweep(node);
		const operator = await node.operator();
		const status = await operator.get("retention.status", {});
		assert.equal(status.largest[0].chat, "dave+erin");
		assert.equal(status.largest[0].messages, 101);
		const week = status.older.find(({ days }) => days === 7);
		assert.ok(week.messages >= 95 && week.messages <= 110, `${week.messages}`);
		assert.ok(status.bytes > 101 * 100);
		assert.ok(status.disk_free > 0);
		assert.ok(status.disk_used > (sqliteOnly("the data folder has little else") ? 0 : 10000));
		operator.drop();
		const out = await good(node, ["retention", "status", "--largest", "3"]);
		assert.match(out, /dave\+erin +101 .* 30 +node/);
		assert.match(out, /^LARGEST CHATS .*KEPT DAYS/m);
		assert.match(out, /chats of two are kept +30 days/);
		assert.match(out, /OLDER THAN DAYS/);
	});
});

conversation("retention: what else is kept", options, (node) => {
	it("how far a device had come is forgotten when it has not been there for 400 days", async () => {
		const [alice, bob] = await node.newPeople("alice", "bob");
		await node.befriend(alice, bob);
		const device = { id: "old-phone" };
		const first = await node.wireOf(bob.person, { missed: true, device });
		await alice.says(bob, "one");
		await first.next("message");
		first.send({ type: "ack", count: first.count });
		await first.settled();
		first.send({ type: "close" });
		await first.closed;
		await alice.says(bob, "two");
		await node.closeClients();
		await node.stop(); /* which stores what was noted */
		await node.restart();
		for (const [days, text] of [[300, "two"], [401, "one"]]) {
			node.pass(days * DAY);
			const wire = await node.wireOf(bob.person, { missed: true, device });
			assert.equal((await wire.next("message")).text, text, `after ${days} days`);
			wire.send({ type: "close" });
			await wire.closed;
		}
	});

	it("a clock that jumps takes nothing away before an operator says that it is right", async () => {
		const [carol, dave] = await node.newPeople("carol", "dave");
		await node.befriend(carol, dave);
		await carol.ask("history.keep", { chat: dave.address, days: 2 });
		await carol.says(dave, "one");
		node.pass(30 * DAY);
		const warned = node.logged({ level: "warn", msg: /the clock has moved on/ });
		await carol.ask("history.keep", { chat: dave.address, days: 3 }); /* which has the chats looked at */
		await warned;
		const operator = await node.operator();
		assert.equal((await operator.get("retention.status", {})).held, true);
		assert.deepEqual(await texts(dave, carol), ["one"]);
		assert.match(await good(node, ["retention", "status"]), /NOTHING IS REMOVED/);
		node.pass(2 * DAY);
		await operator.get("retention.run", { wait: true });
		assert.deepEqual(await texts(dave, carol), []);
		assert.equal((await operator.get("retention.status", {})).held, false);
	});
});
