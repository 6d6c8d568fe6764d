// SPDX-License-Identifier: MIT
// A node that keeps everything in MongoDB: the same to people, through restarts and kills. That all back ends answer
// alike is shown by the conformance suite in tests/unit.

import assert from "node:assert/strict";
import { after, describe, it } from "node:test";

import { newGroup } from "./support/groups.mjs";
import { Mongo } from "./support/mongo.mjs";
import { conversation } from "./support/talk.mjs";
import { Wiretap } from "./support/wiretap.mjs";

const mongo = Mongo.start();
const tap = mongo && (await Wiretap.before(mongo.uri));

/** A data base of its own for each conversation. */
function store(database, uri = mongo.uri) {
	return { store: { backend: "mongo", location: uri.replace(/\/(\?|$)/, `/${database}$1`) } };
}

async function wholeChat(device, chat) {
	const all = [];
	for (let at = 0, more = true; more; ) {
		const page = await device.ask("history.page", { chat, after: at, limit: 200 });
		all.push(...page.messages);
		[more, at] = [page.more, page.messages.at(-1)?.seq];
	}
	return all;
}

const seqs = (messages) => messages.map(({ seq }) => seq);
const upTo = (n) => Array.from({ length: n }, (_, i) => i + 1);

if (mongo === undefined) {
	it("a node keeps everything in MongoDB", { skip: "SKIPPED: no MongoDB, and nothing to make one of" }, () => {});
} else {
	after(() => {
		tap.stop();
		mongo.stop();
	});
	describe("with MongoDB", () => {
		conversation("a node", store("parley_talk"), (node) => {
			it("keeps chats, read positions and groups through a stop and a kill", async () => {
				const [alice, bob, carol] = await node.newPeople("alice", "bob", "carol");
				await node.befriend(alice, bob);
				await node.befriend(alice, carol);
				for (let n = 1; n <= 30; n++) {
					await (n % 2 ? alice.says(bob, `text ${n}`) : bob.says(alice, `text ${n}`));
				}
				await alice.ask("history.read", { chat: bob.address, seq: 30 });
				const group = await newGroup(alice, [bob, carol]);
				await carol.ask("groups.leave", { group: group.address });
				await Promise.all([alice, bob, carol].map((device) => device.close()));

				for (const end of ["stop", "kill9"]) {
					await node[end]();
					await node.restart();
					const wire = await node.wireOf(alice.person);
					const page = (params) => wire.get("history.page", params);
					const chat = await page({ chat: bob.address, limit: 200 });
					assert.deepEqual(seqs(chat.messages), upTo(30));
					const { chats } = await wire.get("history.inbox", {});
					assert.deepEqual(chats.map((one) => [one.chat, one.read]).find(([name]) => name === bob.address), [bob.address, 30]);
					const journal = await page({ chat: group.address, after: 0, limit: 200 });
					assert.deepEqual(
						journal.messages.map(({ change }) => change.kind),
						["created", "added", "added", "left"],
					);
					await wire.close();
				}
			});

			it("takes a message once, however often it is sent, and keeps the order of many", async () => {
				const [alice, bob] = await node.newPeople("alice", "bob");
				await node.befriend(alice, bob);
				const said = [];
				for (let n = 0; n < 200; n++) {
					said.push(alice.says(bob, `${n}`));
				}
				await said[0];
				await node.kill9();
				await node.restart();
				alice.client.tryNow();
				const sent = await Promise.all(said);
				const chat = await wholeChat(alice, bob.address);
				assert.deepEqual(seqs(chat), upTo(200));
				assert.deepEqual(
					sent.map(({ seq }) => seq),
					seqs(chat),
				);
				assert.deepEqual(
					chat.map(({ text }) => text),
					said.map((_, n) => `${n}`),
				);
			});

			it("finds people and words", async () => {
				const [alice, bob] = await node.newPeople("alice", "bob");
				await node.befriend(alice, bob);
				await alice.says(bob, "the quick brown fox");
				const { messages } = await bob.ask("history.search", { text: "quick fo" });
				assert.deepEqual(
					messages.map(({ text }) => text),
					["the quick brown fox"],
				);
			});
		});

		conversation("a node that is listened to", store("parley_heard", tap.uri), (node) => {
			it("has every write in the journals of most members before it goes on", async () => {
				const [alice, bob] = await node.newPeople("alice", "bob");
				await node.befriend(alice, bob);
				await newGroup(alice, [bob]);
				const { mid } = await alice.says(bob, "written");
				await alice.ask("history.edit", { chat: bob.address, mid, text: "changed" });
				await alice.ask("history.delete", { chat: bob.address, mid });
				await Promise.all([alice, bob].map((device) => device.close()));
				await node.stop();
				await node.restart();

				const writes = tap.commands.filter(({ database }) => database === "parley_heard").filter(({ name }) => /^(insert|update|delete|findAndModify)$/i.test(name));
				for (const name of ["insert", "update"]) {
					assert.ok(writes.some((one) => one.name === name), `no ${name} was heard`);
				}
				for (const { name, writeConcern } of writes) {
					assert.deepEqual([writeConcern?.w, writeConcern?.j], ["majority", true], name);
				}
			});

			it("makes no index anew that is as it has to be, when it goes on with a migration", async () => {
				await node.closeClients();
				await node.stop();
				const cut = [{ q: { _id: "messages" }, u: { $unset: { declaration: "" } } }];
				assert.equal(mongo.command("parley_heard", { update: "parley.collections", updates: cut }).n, 1);
				const from = tap.commands.length;
				await node.restart();
				const asked = tap.commands.slice(from).filter(({ command, name }) => command[name] === "messages");
				const made = asked.filter(({ name }) => name === "createIndexes").map(({ command }) => command.indexes[0].name);
				const dropped = asked.filter(({ name }) => name === "dropIndexes").map(({ command }) => command.index);
				assert.ok(made.includes("place"), "it goes on");
				assert.ok(!dropped.includes("place"), `${dropped} were dropped`);
				assert.ok(asked.some(({ name }) => name === "update"), "documents are written as they have to be now");
			});
		});
	});
}
