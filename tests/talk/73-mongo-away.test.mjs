// SPDX-License-Identifier: MIT
// The MongoDB under a node does not answer for a while: who needs it is told "busy", everything else goes on, a stop
// ends, and when it is back all is as if nothing had been. And two nodes never have one data base.

import assert from "node:assert/strict";
import { after, describe, it } from "node:test";

import { Mongo, storeIn } from "./support/mongo.mjs";
import { conversation, Node, until } from "./support/talk.mjs";

const mongo = Mongo.start();

function assertBusy(answer, what) {
	assert.equal(answer.type, "error", `${what} was answered: ${JSON.stringify(answer)}`);
	assert.equal(answer.code, "busy", `${what}: ${JSON.stringify(answer)}`);
	assert.ok(answer.retry_after > 0, `${what}: ${JSON.stringify(answer)}`);
}

/** Sends until it is taken: always the same id. */
async function insist(wire, to, text, id) {
	let answer;
	await until(async () => {
		answer = await wire.say(to, text, id);
		return answer.type !== "error";
	});
	return answer;
}

async function twoWires(node) {
	const [alice, bob] = await node.newPeople("alice", "bob");
	await node.befriend(alice, bob);
	await alice.says(bob, "before");
	await Promise.all([alice, bob].map((device) => device.close()));
	return Promise.all([alice, bob].map(({ person }) => node.wireOf(person)));
}

if (mongo === undefined) {
	it("the data base goes away", { skip: "SKIPPED: no MongoDB, and nothing to make one of" }, () => {});
} else {
	after(() => mongo.stop());
	describe("with MongoDB", () => {
		conversation("a node whose data base does not answer", { store: storeIn(mongo.uri, "away") }, (node) => {
			it("says busy of what is on its way and of what comes, and goes on unaided", async () => {
				const [alice, bob] = await twoWires(node);
				const id = alice.newId();

				mongo.freeze();
				const first = await alice.say(bob.address, "on its way", id);
				assertBusy(first, "a message that the data base was given");
				assertBusy(await alice.say(bob.address, "too late"), "a message that came then");
				assertBusy(await bob.ask("history.page", { chat: alice.address }), "a question");
				alice.send({ type: "presence", show: "away" });
				await bob.next({ type: "presence", show: "away" });
				mongo.thaw();

				const answer = await insist(alice, bob.address, "on its way", id);
				const page = await bob.get("history.page", { chat: alice.address, limit: 50 });
				assert.deepEqual(
					page.messages.map(({ text }) => text),
					["before", "on its way"],
				);
				assert.equal(page.messages[1].seq, answer.seq);
				assert.equal((await bob.next({ type: "message", text: "on its way" })).seq, answer.seq);
				assert.equal((await insist(alice, bob.address, "on its way", id)).seq, answer.seq);
			});

			it("stops while it waits for it", async () => {
				const [alice, bob] = await twoWires(node);
				node.mayLog(/nobody knows whether it has stored the last writes/);

				mongo.freeze();
				alice.send({ type: "message", id: alice.newId(), to: bob.address, text: "on its way" });
				await node.logged({ msg: /a commit waits for the data base/ });
				await node.stop();
				mongo.thaw();
				await node.restart();
			});
		});

		conversation("two nodes and one data base", { store: storeIn(mongo.uri, "held") }, (node) => {
			it("have it one after the other", async () => {
				const second = new Node({ store: storeIn(mongo.uri, "held") });
				await assert.rejects(second.start(), /in use by another node, process \d+ on .+, which holds it until 20/);
				second.remove();

				await node.kill9();
				await node.restart();
				assert.ok(node.log.some(({ msg }) => /which held the data base, is gone/.test(msg)));
			});
		});
	});
}
