// SPDX-License-Identifier: MIT
// Reading a chat page by page.

import assert from "node:assert/strict";
import { it } from "node:test";

import { conversation } from "./support/talk.mjs";

const seqs = ({ messages }) => messages.map((message) => message.seq);
const range = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

for (const backend of ["memory", "sqlite"]) {
	conversation(`pages of a chat, with the store ${backend}`, { store: { backend } }, (node) => {
		/** Two contacts with so many messages between them, every third one of bob's. */
		const chat = async (count) => {
			const [alice, bob] = await node.newPeople("alice", "bob");
			await node.befriend(alice, bob);
			const [a, b] = [await node.wireOf(alice.person), await node.wireOf(bob.person)];
			for (const n of range(1, count)) {
				const [from, to] = n % 3 === 0 ? [b, alice] : [a, bob];
				await from.say(to.address, `text ${n}`, `h-${n}`);
			}
			const page = (params) => alice.ask("history.page", { chat: bob.address, ...params });
			return [alice, bob, page, (text) => a.say(bob.address, text, a.newId())];
		};

		it("are the newest messages when nothing else is said, in the order of seq", async () => {
			const [alice, bob, page] = await chat(60);
			const all = await page({});
			assert.deepEqual(seqs(all), range(11, 60));
			assert.equal(all.more, true);
			const few = await page({ limit: 3 });
			assert.deepEqual(seqs(few), [58, 59, 60]);
			assert.equal(few.more, true);
			const [own, , theirs] = few.messages;
			assert.deepEqual(own, {
				type: "message",
				mid: own.mid,
				id: "h-58",
				from: own.from,
				to: bob.address,
				chat: bob.address,
				seq: 58,
				time: own.time,
				text: "text 58",
			});
			assert.ok(own.from.startsWith(`${alice.address}/`));
			assert.equal(theirs.id, undefined, "the id is the sender's");
			assert.equal(theirs.chat, bob.address);
		});

		it("go backward and forward, to the ends, without holes", async () => {
			const [, , page] = await chat(25);
			const back = [];
			for (let before = 26, more = true; more; ) {
				const part = await page({ before, limit: 10 });
				back.unshift(...seqs(part));
				[before, more] = [part.messages[0].seq, part.more];
			}
			assert.deepEqual(back, range(1, 25));
			const forth = [];
			for (let after = 0, more = true; more; ) {
				const part = await page({ after, limit: 10 });
				forth.push(...seqs(part));
				[after, more] = [part.messages.at(-1).seq, part.more];
			}
			assert.deepEqual(forth, range(1, 25));
		});

		it("of long messages are shorter, and say that there are more", async () => {
			const [, , page, say] = await chat(1);
			for (let n = 0; n < 20; n++) {
				await say("語".repeat(9_000)); /* 27,000 bytes, of which ten make 256 KiB */
			}
			const newest = await page({ limit: 50 });
			assert.deepEqual(seqs(newest), range(12, 21));
			assert.equal(newest.more, true);
			const older = await page({ limit: 50, before: 12 });
			assert.deepEqual([seqs(older), older.more], [range(2, 11), true]);
			const oldest = await page({ limit: 50, before: 2 });
			assert.deepEqual([seqs(oldest), oldest.more], [[1], false]);
			const forth = await page({ limit: 50, after: 1 });
			assert.deepEqual([seqs(forth), forth.more], [range(2, 11), true]);
		});

		it("end exactly where they should", async () => {
			const [, , page] = await chat(5);
			for (const [params, expected, more] of [
				[{ before: 1 }, [], false],
				[{ before: 2 }, [1], false],
				[{ before: 3, limit: 1 }, [2], true],
				[{ before: 3, limit: 2 }, [1, 2], false],
				[{ before: 100 }, range(1, 5), false],
				[{ after: 5 }, [], false],
				[{ after: 4 }, [5], false],
				[{ after: 3, limit: 1 }, [4], true],
				[{ after: 3, limit: 2 }, [4, 5], false],
				[{ after: 100 }, [], false],
				[{ limit: 5 }, range(1, 5), false],
				[{ limit: 4 }, range(2, 5), true],
			]) {
				const part = await page(params);
				assert.deepEqual([seqs(part), part.more], [expected, more], JSON.stringify(params));
			}
		});

		it("say the same to both sides, each from where they stand", async () => {
			const [alice, bob] = await chat(6);
			const [mine, theirs] = [
				await alice.ask("history.page", { chat: bob.address }),
				await bob.ask("history.page", { chat: alice.address }),
			];
			const plain = ({ messages }) =>
				messages.map(({ mid, seq, from, to, time, text }) => ({ mid, seq, from, to, time, text }));
			assert.deepEqual(plain(mine), plain(theirs));
			assert.ok(mine.messages.every((message) => message.chat === bob.address));
			assert.ok(theirs.messages.every((message) => message.chat === alice.address));
		});

		it("say the same as what came live", async () => {
			const [alice, bob] = await chat(3);
			await alice.says(bob, "one more");
			const { notify, ...live } = await bob.hearsSaid("one more");
			assert.equal(notify, "message", "only what comes live draws attention");
			const { messages } = await bob.ask("history.page", { chat: alice.address, after: 3 });
			assert.deepEqual(messages, [live]);
		});

		it("are only of one's own chats", async () => {
			const [alice, bob] = await chat(3);
			const eve = await node.newPerson("eve");
			for (const person of [alice, bob]) {
				assert.deepEqual(await eve.ask("history.page", { chat: person.address }), {
					messages: [],
					first: 0,
					last: 0,
					more: false,
				});
			}
			assert.deepEqual(await alice.ask("history.page", { chat: node.address("nobody") }), {
				messages: [],
				first: 0,
				last: 0,
				more: false,
			});
		});

		it("need a chat of this node, and limits that are", async () => {
			const alice = await node.newPerson("alice");
			const chatOf = node.address("bob");
			for (const [params, code, where] of [
				[{}, "bad-request", "/params/chat"],
				[{ chat: "bob" }, "bad-request", "/params/chat"],
				[{ chat: "bob@elsewhere.example" }, "not-found", "/params/chat"],
				[{ chat: chatOf, limit: 0 }, "bad-request", "/params/limit"],
				[{ chat: chatOf, limit: 201 }, "bad-request", "/params/limit"],
				[{ chat: chatOf, limit: 1.5 }, "bad-request", "/params/limit"],
				[{ chat: chatOf, before: 0 }, "bad-request", "/params/before"],
				[{ chat: chatOf, after: -1 }, "bad-request", "/params/after"],
				[{ chat: chatOf, after: "1" }, "bad-request", "/params/after"],
				[{ chat: chatOf, before: 9007199254740993 }, "bad-request", "/params/before"],
			]) {
				const error = await alice.refused(code, "history.page", params);
				assert.equal(error.where, where, JSON.stringify(params));
			}
		});
	});
}
