// SPDX-License-Identifier: MIT
// Every chat at a glance: the last message, what is unread, how far was read.

import assert from "node:assert/strict";
import { it } from "node:test";

import { conversation } from "./support/talk.mjs";

for (const backend of ["memory", "sqlite"]) {
	conversation(`the inbox, with the store ${backend}`, { store: { backend } }, (node) => {
		const inbox = async (device, params = {}) => {
			const answer = await device.ask("history.inbox", params);
			return {
				...answer,
				brief: answer.chats.map(({ chat, seq, read, unread }) => ({ chat, seq, read, unread })),
			};
		};
		const friends = async (...names) => {
			const [me, ...others] = await node.newPeople(...names);
			for (const other of others) {
				await node.befriend(me, other);
			}
			return [me, ...others];
		};

		it("is empty before anybody has written, also with contacts", async () => {
			const [alice] = await friends("alice", "bob");
			const { chats, full } = await inbox(alice);
			assert.deepEqual(chats, []);
			assert.equal(full, true);
		});

		it("has every chat with its person, its last message and what is unread", async () => {
			const [alice, bob] = await friends("alice", "bob");
			await bob.says(alice, "one");
			await bob.says(alice, "two");
			const { chats } = await inbox(alice);
			assert.equal(chats.length, 1);
			const [chat] = chats;
			assert.equal(chat.chat, bob.address);
			assert.equal(chat.person.relation, "contact");
			assert.equal(chat.last.text, "two");
			assert.deepEqual([chat.seq, chat.read, chat.unread, chat.time], [2, 0, 2, chat.last.time]);
			/* who writes has read it */
			assert.deepEqual((await inbox(bob)).brief, [{ chat: alice.address, seq: 2, read: 2, unread: 0 }]);
		});

		it("has the chat first in which was written last", async () => {
			const [alice, bob, carol, dave] = await friends("alice", "bob", "carol", "dave");
			for (const person of [bob, carol, dave, bob]) {
				await person.says(alice, "hi");
			}
			assert.deepEqual(
				(await inbox(alice)).chats.map(({ chat }) => chat),
				[bob.address, dave.address, carol.address],
			);
			await alice.says(carol, "you, too");
			assert.deepEqual(
				(await inbox(alice)).chats.map(({ chat }) => chat),
				[carol.address, bob.address, dave.address],
			);
		});

		it("counts down as one reads, and tells the other devices", async () => {
			const [alice, bob] = await friends("alice", "bob");
			const phone = await alice.another();
			for (const text of ["one", "two", "three"]) {
				await bob.says(alice, text);
			}
			assert.deepEqual(await alice.ask("history.read", { chat: bob.address, seq: 2 }), { read: 2, unread: 1 });
			const event = await phone.hears({ type: "event", name: "read" });
			assert.deepEqual(event, { type: "event", name: "read", chat: bob.address, seq: 2, unread: 1 });
			assert.deepEqual((await inbox(phone)).brief, [{ chat: bob.address, seq: 3, read: 2, unread: 1 }]);
			await Promise.all([alice.settled(), bob.settled()]);
			assert.deepEqual(alice.heard({ name: "read" }), [], "the device that reads knows");
			assert.deepEqual(bob.heard({ name: "read" }), [], "whether somebody reads is theirs to know");
		});

		it("moves the read position forward only, and not beyond the end", async () => {
			const [alice, bob] = await friends("alice", "bob");
			const phone = await alice.another();
			await bob.says(alice, "one");
			await bob.says(alice, "two");
			assert.deepEqual(await alice.ask("history.read", { chat: bob.address, seq: 99 }), { read: 2, unread: 0 });
			assert.equal((await phone.hears({ name: "read" })).seq, 2);
			assert.deepEqual(await phone.ask("history.read", { chat: bob.address, seq: 1 }), { read: 2, unread: 0 });
			await alice.settled();
			assert.deepEqual(alice.heard({ name: "read" }), []);
			await bob.says(alice, "three");
			assert.deepEqual((await inbox(alice)).brief, [{ chat: bob.address, seq: 3, read: 2, unread: 1 }]);
		});

		it("takes what one writes oneself as a sign of having read", async () => {
			const [alice, bob] = await friends("alice", "bob");
			await bob.says(alice, "one");
			await bob.says(alice, "two");
			await alice.says(bob, "three");
			assert.deepEqual((await inbox(alice)).brief, [{ chat: bob.address, seq: 3, read: 3, unread: 0 }]);
			await bob.says(alice, "four");
			assert.deepEqual((await inbox(alice)).brief, [{ chat: bob.address, seq: 4, read: 3, unread: 1 }]);
		});

		it("is read from several devices at once without going back", async () => {
			const [alice, bob] = await friends("alice", "bob");
			const devices = [alice, await alice.another(), await alice.another()];
			for (let i = 0; i < 12; i++) {
				await bob.says(alice, `${i}`);
			}
			const answers = await Promise.all(
				Array.from({ length: 12 }, (_, i) =>
					devices[i % 3].ask("history.read", { chat: bob.address, seq: ((i * 7) % 12) + 1 }),
				),
			);
			assert.equal(Math.max(...answers.map(({ read }) => read)), 12);
			assert.deepEqual((await inbox(alice)).brief, [{ chat: bob.address, seq: 12, read: 12, unread: 0 }]);
		});

		it("tells with a cursor what has changed since", async () => {
			const [alice, bob, carol] = await friends("alice", "bob", "carol");
			await bob.says(alice, "one");
			await carol.says(alice, "two");
			const first = await inbox(alice);
			assert.equal(first.full, true);
			await bob.says(alice, "three");
			const second = await inbox(alice, { since: first.cursor });
			assert.equal(second.full, false);
			const changed = second.chats.find(({ chat }) => chat === bob.address);
			assert.equal(changed.last.text, "three");
			await alice.ask("history.read", { chat: carol.address, seq: 1 });
			const third = await inbox(alice, { since: second.cursor });
			assert.equal(third.chats.find(({ chat }) => chat === carol.address).unread, 0);
		});

		it("comes in parts, newest first, when it is asked for so many", async () => {
			const names = Array.from({ length: 7 }, (_, i) => `part${i}`);
			const [alice, ...others] = await friends("alice", ...names);
			for (const other of others) {
				await other.says(alice, "hi");
			}
			const seen = [];
			let answer = await inbox(alice, { limit: 3 });
			assert.equal(answer.full, true);
			assert.deepEqual(
				answer.chats.map(({ chat }) => chat),
				others
					.slice(-3)
					.reverse()
					.map(({ address }) => address),
			);
			for (;;) {
				seen.push(...answer.chats.map(({ chat }) => chat));
				if (!answer.more) {
					break;
				}
				assert.equal(answer.chats.length, 3);
				answer = await inbox(alice, { limit: 3, since: answer.cursor });
				assert.equal(answer.full, false);
			}
			assert.deepEqual(new Set(seen), new Set(others.map(({ address }) => address)));
			await others[0].says(alice, "news");
			const news = await inbox(alice, { since: answer.cursor });
			assert.equal(news.chats.find(({ chat }) => chat === others[0].address).last.text, "news");
		});

		it("comes in parts, too, when it has long messages", async () => {
			const names = Array.from({ length: 12 }, (_, i) => `long${i}`);
			const [alice, ...others] = await friends("alice", ...names);
			for (const other of others) {
				await other.says(alice, "語".repeat(9_000)); /* 27,000 bytes, of which ten make 256 KiB */
			}
			const first = await inbox(alice);
			assert.deepEqual([first.chats.length, first.full, first.more], [10, true, true]);
			const second = await inbox(alice, { since: first.cursor });
			assert.deepEqual([second.chats.length, second.full, second.more], [2, false, false]);
		});

		it("keeps chats with people who are no longer contacts", async () => {
			const [alice, bob] = await friends("alice", "bob");
			await bob.says(alice, "bye");
			await alice.ask("roster.block", { address: bob.address });
			const { chats } = await inbox(alice);
			assert.deepEqual(
				chats.map(({ chat, person }) => [chat, person.relation]),
				[[bob.address, "blocked"]],
			);
		});

		it("has rows of one moment each, while messages come", async () => {
			const [alice, bob] = await friends("alice", "bob");
			const saying = Promise.all(Array.from({ length: 400 }, (_, n) => bob.says(alice, `${n}`)));
			let said = false;
			saying.finally(() => (said = true));
			while (!said) {
				const { chats } = await inbox(alice);
				for (const { seq, read, unread, last } of chats) {
					assert.deepEqual([unread, last.seq], [seq - read, seq]);
				}
			}
			await saying;
		});

		it("knows nothing of chats that there are not", async () => {
			const [alice, bob] = await friends("alice", "bob");
			assert.deepEqual(await alice.ask("history.read", { chat: bob.address, seq: 5 }), { read: 0, unread: 0 });
			assert.deepEqual(await alice.ask("history.read", { chat: node.address("nobody"), seq: 5 }), {
				read: 0,
				unread: 0,
			});
			await alice.refused("not-found", "history.read", { chat: "bob@elsewhere.example", seq: 1 });
			assert.deepEqual((await inbox(alice)).chats, []);
		});
	});
}
