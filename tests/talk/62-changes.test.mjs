// SPDX-License-Identifier: MIT
// What can be done to a message: edit, delete, react, pin; who may, and what is then told and read.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";

import { sqlite } from "./support/store.mjs";
import { conversation, until } from "./support/talk.mjs";
import { Timeline } from "./support/timeline.mjs";

const NOBODY = "019ab1c2-3d4e-7f60-8a1b-2c3d4e5f6071";

async function pair(node) {
	const [alice, bob] = await node.newPeople("alice", "bob");
	await node.befriend(alice, bob);
	return [alice, bob];
}

/** The message of a chat as it is now. */
async function get(device, chat, { mid }) {
	const { messages } = await device.ask("history.get", { chat: chat.address ?? chat, mids: [mid] });
	return messages[0];
}

const change = (kind) => ({ type: "message", change: { kind } });

async function page(device, chat, params = {}) {
	return device.ask("history.page", { chat: chat.address ?? chat, ...params });
}

for (const backend of ["memory", "sqlite"]) {
	conversation(`with the store ${backend}`, { store: { backend } }, (node) => {
		describe("an edit", () => {
			it("is told to everybody's devices, also to the one that asked, and changes what is read", async () => {
				const [alice, bob] = await pair(node);
				const phone = await alice.another();
				const said = await alice.says(bob, "helo");
				await bob.hearsSaid("helo");
				const { seq } = await alice.ask("history.edit", { chat: bob.address, mid: said.mid, text: "hello" });
				assert.equal(seq, 2);
				for (const [device, chat] of [
					[alice, bob],
					[phone, bob],
					[bob, alice],
				]) {
					const frame = await device.hears(change("edit"));
					assert.deepEqual(frame, {
						type: "message",
						mid: frame.mid,
						from: alice.fullAddress,
						to: bob.address,
						chat: chat.address,
						seq: 2,
						time: frame.time,
						change: { kind: "edit", mid: said.mid, text: "hello" },
					});
					const now = await get(device, chat, said);
					assert.deepEqual([now.text, now.edited, now.rev, now.seq], ["hello", frame.time, 2, 1]);
				}
			});

			it("to the same changes nothing", async () => {
				const [alice, bob] = await pair(node);
				const { mid } = await alice.says(bob, "same");
				assert.deepEqual(await alice.ask("history.edit", { chat: bob.address, mid, text: "same" }), {});
				assert.deepEqual((await page(bob, alice, { after: 0 })).messages.length, 1);
			});

			it("is for its author, of a message that is there", async () => {
				const [alice, bob] = await pair(node);
				const eve = await node.newPerson("eve");
				const { mid } = await alice.says(bob, "mine");
				const text = "yours";
				await bob.refused("not-allowed", "history.edit", { chat: alice.address, mid, text });
				for (const [who, chat] of [
					[eve, alice],
					[eve, bob],
					[alice, alice],
				]) {
					const error = await who.refused("not-found", "history.edit", { chat: chat.address, mid, text });
					assert.equal(error.where, "/params/mid");
				}
				const none = await alice.refused("not-found", "history.edit", { chat: bob.address, mid: NOBODY, text });
				assert.equal(none.where, "/params/mid");
				const edit = await alice.ask("history.edit", { chat: bob.address, mid, text: "still mine" });
				const [, entry] = (await page(alice, bob, { after: 0 })).messages;
				assert.equal(entry.seq, edit.seq);
				await alice.refused("not-found", "history.edit", { chat: bob.address, mid: entry.mid, text });
				assert.equal((await get(bob, alice, { mid })).text, "still mine");
			});

			it("keeps what was said before", async () => {
				const [alice, bob] = await pair(node);
				const said = await alice.says(bob, "one");
				const times = [said.time];
				for (const text of ["two", "three"]) {
					await alice.ask("history.edit", { chat: bob.address, mid: said.mid, text });
					times.push((await bob.hears(change("edit"))).time);
				}
				assert.deepEqual(await bob.ask("history.versions", { chat: alice.address, mid: said.mid }), {
					versions: [
						{ text: "one", time: times[0] },
						{ text: "two", time: times[1] },
					],
				});
				const plain = await alice.says(bob, "never edited");
				assert.deepEqual(await bob.ask("history.versions", { chat: alice.address, mid: plain.mid }), {
					versions: [],
				});
			});
		});

		describe("a deletion", () => {
			it("leaves who wrote it, when, and who deleted it when", async () => {
				const [alice, bob] = await pair(node);
				const said = await alice.says(bob, "a secret");
				await alice.ask("history.edit", { chat: bob.address, mid: said.mid, text: "another secret" });
				await bob.ask("history.react", { chat: alice.address, mid: said.mid, emoji: "👍", on: true });
				await bob.ask("history.pin", { chat: alice.address, mid: said.mid, on: true });
				const { seq } = await alice.ask("history.delete", { chat: bob.address, mid: said.mid });
				assert.equal(seq, 5);
				const frame = await bob.hears(change("delete"));
				assert.deepEqual(frame.change, { kind: "delete", mid: said.mid });
				assert.deepEqual(await get(bob, alice, said), {
					type: "message",
					mid: said.mid,
					from: alice.fullAddress,
					to: bob.address,
					chat: alice.address,
					seq: 1,
					time: said.time,
					deleted: { by: alice.address, time: frame.time },
					rev: 5,
				});
				const all = await page(bob, alice, { after: 0 });
				assert.ok(!JSON.stringify(all).includes("secret"));
				assert.deepEqual(
					all.messages.map((entry) => entry.change?.kind),
					[undefined, "edit", "react", "pin", "delete"],
				);
				assert.deepEqual((await bob.ask("history.pins", { chat: alice.address })).messages, []);
				assert.deepEqual((await bob.ask("history.versions", { chat: alice.address, mid: said.mid })).versions, []);
			});

			it("is done once, and then nothing else can be done", async () => {
				const [alice, bob] = await pair(node);
				const { mid } = await alice.says(bob, "gone");
				const chat = bob.address;
				await bob.refused("not-allowed", "history.delete", { chat: alice.address, mid });
				assert.ok((await alice.ask("history.delete", { chat, mid })).seq > 0);
				assert.deepEqual(await alice.ask("history.delete", { chat, mid }), {});
				await alice.refused("gone", "history.edit", { chat, mid, text: "back" });
				await alice.refused("gone", "history.react", { chat, mid, emoji: "👍", on: true });
				await alice.refused("gone", "history.pin", { chat, mid, on: true });
			});

			it("is possible also to somebody who is no contact any more; nothing else is", async () => {
				const [alice, bob] = await pair(node);
				const { mid } = await alice.says(bob, "regret");
				await bob.ask("roster.block", { address: alice.address });
				const chat = bob.address;
				await alice.refused("not-allowed", "history.edit", { chat, mid, text: "insult" });
				await alice.refused("not-allowed", "history.react", { chat, mid, emoji: "👎", on: true });
				await alice.refused("not-allowed", "history.pin", { chat, mid, on: true });
				await alice.ask("history.delete", { chat, mid });
				assert.ok((await get(bob, alice, { mid })).deleted);
			});
		});

		describe("a reaction", () => {
			it("is one of each person and emoji, in the order of first use", async () => {
				const [alice, bob] = await pair(node);
				const said = await alice.says(bob, "well?");
				const react = (who, chat, emoji, on) =>
					who.ask("history.react", { chat: chat.address, mid: said.mid, emoji, on });
				assert.equal((await react(bob, alice, "👍", true)).seq, 2);
				assert.deepEqual(await react(bob, alice, "👍", true), {});
				await react(bob, alice, "❤️", true);
				await react(alice, bob, "👍", true);
				const frame = await alice.hears(change("react"));
				assert.deepEqual(frame.change, { kind: "react", mid: said.mid, emoji: "👍", on: true });
				assert.equal(frame.from, bob.fullAddress);
				assert.deepEqual((await get(alice, bob, said)).reactions, [
					{ emoji: "👍", by: [bob.address, alice.address], count: 2, own: true },
					{ emoji: "❤️", by: [bob.address], count: 1 },
				]);
				await react(bob, alice, "👍", false);
				await react(bob, alice, "❤️", false);
				assert.deepEqual(await react(bob, alice, "❤️", false), {});
				assert.deepEqual((await get(bob, alice, said)).reactions, [
					{ emoji: "👍", by: [alice.address], count: 1 },
				]);
				await react(alice, bob, "👍", false);
				assert.equal((await get(bob, alice, said)).reactions, undefined);
			});

			it("is an emoji, of at most twenty kinds", async () => {
				const [alice, bob] = await pair(node);
				const { mid } = await alice.says(bob, "too much");
				const params = (emoji) => ({ chat: alice.address, mid, emoji, on: true });
				for (const emoji of ["no", "a", "語", "é", "1", ":)", "👍a"]) {
					const error = await bob.refused("bad-request", "history.react", params(emoji));
					assert.equal(error.where, "/params/emoji", emoji);
				}
				const good = ["👍🏽", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "👩‍👩‍👧‍👦", "1️⃣", "☎️", "©️", "🇩🇪"];
				const more = Array.from({ length: 20 - good.length }, (_, n) => String.fromCodePoint(0x1f600 + n));
				for (const emoji of [...good, ...more]) {
					await bob.ask("history.react", params(emoji));
				}
				await bob.refused("limit", "history.react", params("🛑"));
				await alice.ask("history.react", { ...params("👍🏽"), chat: bob.address });
				assert.equal((await get(bob, alice, { mid })).reactions.length, 20);
			});
		});

		describe("a pin", () => {
			it("is for everybody in the chat, the last one first", async () => {
				const [alice, bob] = await pair(node);
				const said = [await alice.says(bob, "one"), await bob.says(alice, "two"), await bob.says(alice, "three")];
				for (const n of [1, 0]) {
					await alice.ask("history.pin", { chat: bob.address, mid: said[n].mid, on: true });
				}
				assert.deepEqual((await bob.hears(change("pin"))).change, { kind: "pin", mid: said[1].mid, on: true });
				const pins = async () => (await bob.ask("history.pins", { chat: alice.address })).messages;
				assert.deepEqual(
					(await pins()).map(({ text, pinned }) => [text, pinned]),
					[
						["one", true],
						["two", true],
					],
				);
				await bob.ask("history.pin", { chat: alice.address, mid: said[0].mid, on: false });
				assert.deepEqual(await bob.ask("history.pin", { chat: alice.address, mid: said[0].mid, on: false }), {});
				assert.deepEqual(
					(await pins()).map(({ text }) => text),
					["two"],
				);
			});

			it("is one of at most fifty", async () => {
				const [alice, bob] = await pair(node);
				const said = await Promise.all(Array.from({ length: 51 }, (_, n) => alice.says(bob, `${n}`)));
				const pin = ({ mid }, on) => alice.ask("history.pin", { chat: bob.address, mid, on });
				for (const one of said.slice(0, 50)) {
					await pin(one, true);
				}
				await alice.refused("limit", "history.pin", { chat: bob.address, mid: said[50].mid, on: true });
				await pin(said[0], false);
				await pin(said[50], true);
				assert.equal((await alice.ask("history.pins", { chat: bob.address })).messages.length, 50);
			});
		});

		describe("pages with changes", () => {
			/** Messages 1 and 4, changes 2, 3 and 5. */
			async function changed() {
				const [alice, bob] = await pair(node);
				const one = await alice.says(bob, "one");
				await alice.ask("history.edit", { chat: bob.address, mid: one.mid, text: "One" });
				await bob.ask("history.react", { chat: alice.address, mid: one.mid, emoji: "👍", on: true });
				const two = await bob.says(alice, "two");
				await bob.ask("history.edit", { chat: alice.address, mid: two.mid, text: "Two" });
				return [alice, bob, one, two];
			}
			const shape = ({ messages, first, last, more }) => [messages.map(({ seq }) => seq), first, last, more];

			it("leave them out, and say which part of the chat they cover", async () => {
				const [alice, bob] = await changed();
				for (const [params, expected] of [
					[{}, [[1, 4], 1, 5, false]],
					[{ limit: 1 }, [[4], 4, 5, true]],
					[{ before: 4 }, [[1], 1, 3, false]],
					[{ before: 4, limit: 1 }, [[1], 1, 3, false]],
					[{ before: 2 }, [[1], 1, 1, false]],
					[{ before: 1 }, [[], 0, 0, false]],
					[{ after: 0 }, [[1, 2, 3, 4, 5], 1, 5, false]],
					[{ after: 1, limit: 2 }, [[2, 3], 2, 3, true]],
					[{ after: 5 }, [[], 0, 0, false]],
				]) {
					for (const [who, chat] of [
						[alice, bob],
						[bob, alice],
					]) {
						assert.deepEqual(shape(await page(who, chat, params)), expected, JSON.stringify(params));
					}
				}
			});

			it("tell messages as they are now", async () => {
				const [alice, bob] = await changed();
				const { messages } = await page(alice, bob);
				assert.deepEqual(
					messages.map(({ text, rev, edited }) => [text, rev, edited !== undefined]),
					[
						["One", 3, true],
						["Two", 5, true],
					],
				);
			});

			it("around a message have both sides of it", async () => {
				const [alice, bob] = await pair(node);
				const said = [];
				for (let n = 1; n <= 20; n++) {
					said.push(await alice.says(bob, `${n}`));
					if (n % 3 === 0) {
						await bob.ask("history.react", { chat: alice.address, mid: said.at(-1).mid, emoji: "👍", on: true });
					}
				}
				const around = async (n, limit) => {
					const answer = await page(bob, alice, { around: said[n - 1].mid, limit });
					return [answer.messages.map(({ text }) => Number(text)), answer.more, answer.later];
				};
				assert.deepEqual(await around(10, 5), [[8, 9, 10, 11, 12], true, true]);
				assert.deepEqual(await around(1, 4), [[1, 2], false, true]);
				assert.deepEqual(await around(20, 4), [[18, 19, 20], true, false]);
				assert.deepEqual(await around(7, 1), [[7], true, true]);
				const whole = await around(10, 100);
				assert.deepEqual([whole[0].length, whole[1], whole[2]], [20, false, false]);
				const error = await bob.refused("not-found", "history.page", { chat: alice.address, around: NOBODY });
				assert.equal(error.where, "/params/around");
			});

			it("pass over any number of changes", async () => {
				const [alice, bob] = await pair(node);
				const { mid } = await alice.says(bob, "below");
				for (let n = 0; n < 120; n++) {
					await bob.ask("history.react", { chat: alice.address, mid, emoji: "👍", on: n % 2 === 0 });
				}
				const newest = await page(alice, bob, { limit: 10 });
				assert.deepEqual(shape(newest), [[1], 1, 121, false]);
				const { chats } = await alice.ask("history.inbox", {});
				assert.deepEqual([chats[0].last.text, chats[0].seq, chats[0].time], ["below", 121, newest.messages[0].time]);
			});

			it("and history.get say nothing of other chats", async () => {
				const [alice, bob, one, two] = await changed();
				const eve = await node.newPerson("eve");
				await node.befriend(alice, eve);
				const mids = [two.mid, NOBODY, one.mid, one.mid];
				const { messages } = await bob.ask("history.get", { chat: alice.address, mids });
				assert.deepEqual(
					messages.map(({ seq }) => seq),
					[1, 4],
				);
				assert.deepEqual(await eve.ask("history.get", { chat: alice.address, mids }), { messages: [] });
				assert.deepEqual(await alice.ask("history.get", { chat: eve.address, mids }), { messages: [] });
			});

			it("begin at a date", async () => {
				const [alice, bob, one, two] = await changed();
				const date = async (time) =>
					(await bob.ask("history.date", { chat: alice.address, time: new Date(time).toISOString() })).seq;
				assert.equal(await date(0), 1);
				assert.equal(await date(Date.parse(one.time)), 1);
				if (two.time !== one.time) {
					assert.equal(await date(Date.parse(one.time) + 1), 4);
				}
				assert.equal(await date(Date.parse(two.time)), two.time === one.time ? 1 : 4);
				assert.equal(await date(Date.parse(two.time) + 1), 0);
				const bad = { chat: alice.address, time: "2026-13-41T10:00:00.123Z" };
				await bob.refused("bad-request", "history.date", bad);
			});
		});

		describe("changes in the inbox", () => {
			const row = async (who, params = {}) => (await who.ask("history.inbox", params)).chats[0];

			it("are not unread, and the last message is as it is now", async () => {
				const [alice, bob] = await pair(node);
				const one = await alice.says(bob, "one");
				const two = await alice.says(bob, "two");
				await alice.ask("history.edit", { chat: bob.address, mid: one.mid, text: "One" });
				await alice.ask("history.edit", { chat: bob.address, mid: two.mid, text: "Two" });
				const three = await alice.says(bob, "three");
				await alice.ask("history.delete", { chat: bob.address, mid: three.mid });
				for (const [read, unread] of [
					[0, 3],
					[1, 2],
					[2, 1],
					[3, 1],
					[4, 1],
					[5, 0],
					[6, 0],
				]) {
					if (read > 0) {
						const answer = await bob.ask("history.read", { chat: alice.address, seq: read });
						assert.deepEqual(answer, { read, unread });
					}
					const { seq, last, unread: told } = await row(bob);
					assert.deepEqual([seq, told, last.seq, last.text], [6, unread, 5, undefined], `read ${read}`);
				}
			});

			it("bring the chat into what has changed", async () => {
				const [alice, bob] = await pair(node);
				const { mid } = await alice.says(bob, "one");
				const { cursor } = await bob.ask("history.inbox", {});
				await alice.ask("history.edit", { chat: bob.address, mid, text: "One" });
				const { seq, last, time } = await row(bob, { since: cursor });
				assert.deepEqual([seq, last.text, last.rev, time], [2, "One", 2, last.time]);
			});
		});
	});
}

conversation("changes", {}, (node) => {
	describe("notes to oneself", () => {
		it("are a chat like others", async () => {
			const alice = await node.newPerson("alice");
			const phone = await alice.another();
			const said = await alice.says(alice, "buy milk");
			assert.equal((await phone.hearsSaid("buy milk")).chat, alice.address);
			await alice.ask("history.edit", { chat: alice.address, mid: said.mid, text: "buy oat milk" });
			await phone.ask("history.react", { chat: alice.address, mid: said.mid, emoji: "✅", on: true });
			await alice.ask("history.pin", { chat: alice.address, mid: said.mid, on: true });
			const { chats } = await alice.ask("history.inbox", {});
			assert.equal(chats.length, 1);
			const [{ chat, person, last, unread }] = chats;
			assert.deepEqual([chat, person.address, unread], [alice.address, alice.address, 0]);
			assert.deepEqual(last.reactions, [{ emoji: "✅", by: [alice.address], count: 1, own: true }]);
			await phone.hears(change("pin"));
			assert.deepEqual(phone.heard(change("pin")), [], "once to each device");
			await alice.ask("history.delete", { chat: alice.address, mid: said.mid });
			assert.ok((await get(alice, alice, said)).deleted);
		});
	});

	describe("a mention in an edit", () => {
		it("is found by the node", async () => {
			const [alice, bob] = await pair(node);
			const { mid } = await alice.says(bob, "hello");
			const text = `né @${bob.name.toUpperCase()}, @${alice.name} and @nobody; mail@${bob.name} @${bob.name}@x`;
			await alice.ask("history.edit", { chat: bob.address, mid, text });
			const { mentions } = (await bob.hears(change("edit"))).change;
			assert.deepEqual(mentions, [
				{ start: 3, length: bob.name.length + 1, who: bob.address },
				{ start: 3 + bob.name.length + 3, length: alice.name.length + 1, who: alice.address },
			]);
			assert.deepEqual((await get(bob, alice, { mid })).mentions, mentions);
			await alice.ask("history.edit", { chat: bob.address, mid, text: "nobody" });
			assert.equal((await get(bob, alice, { mid })).mentions, undefined);
		});
	});

	describe("changes for a device that was away", () => {
		it("are among what it missed", async () => {
			const [alice, bob] = await pair(node);
			await bob.close();
			const wire = await node.wireOf(bob.person, { missed: true, device: { id: "old" } });
			const said = await alice.says(bob, "helo");
			await wire.next("message");
			wire.send({ type: "ack", count: wire.count });
			await wire.settled();
			wire.send({ type: "close" });
			await wire.closed;
			await alice.ask("history.edit", { chat: bob.address, mid: said.mid, text: "hello" });
			await alice.says(bob, "again");
			const back = await node.wireOf(bob.person, { missed: true, device: { id: "old" } });
			const edit = await back.next("message");
			assert.deepEqual([edit.change.text, edit.missed, edit.seq], ["hello", true, 2]);
			assert.equal((await back.next("message")).text, "again");
		});
	});
});

conversation("the node's time for changes", { "module history": { edit_window: 1, delete_window: 1 } }, (node) => {
	const told = async () => {
		const { edit, delete: remove } = (await node.wire()).hello.limits;
		return [edit, remove];
	};

	it("ends, and is told in hello", async () => {
		assert.deepEqual(await told(), [1, 1]);
		const [alice, bob] = await pair(node);
		const { mid } = await alice.says(bob, "0");
		const note = await alice.says(alice, "a note");
		const chat = bob.address;
		let n = 0;
		await until(async () => {
			try {
				await alice.ask("history.edit", { chat, mid, text: `${++n}` });
				return false;
			} catch ({ code, message }) {
				assert.deepEqual([code, message], ["not-allowed", "the time to edit this message is over"]);
				return true;
			}
		});
		await alice.refused("not-allowed", "history.delete", { chat, mid });
		await bob.ask("history.react", { chat: alice.address, mid, emoji: "👍", on: true });
		await alice.ask("history.edit", { chat: alice.address, mid: note.mid, text: "still a note" });
		await alice.ask("history.delete", { chat: alice.address, mid: note.mid });
		node.configure({ "module history": { edit_window: 0, delete_window: 0 } });
		await node.reload();
		assert.deepEqual(await told(), [0, 0]);
		const now = await alice.says(bob, "now");
		await alice.refused("not-allowed", "history.edit", { chat, mid: now.mid, text: "x" });
		await alice.refused("not-allowed", "history.delete", { chat, mid: now.mid });
	});
});

conversation("a node that keeps no versions", { "module history": { keep_versions: false } }, (node) => {
	it("tells only what a message says now", async () => {
		const [alice, bob] = await pair(node);
		const { mid } = await alice.says(bob, "first words");
		for (const text of ["second words", "third words"]) {
			await alice.ask("history.edit", { chat: bob.address, mid, text });
		}
		assert.deepEqual(await bob.ask("history.versions", { chat: alice.address, mid }), { versions: [] });
		const all = await page(bob, alice, { after: 0 });
		assert.deepEqual(
			all.messages.map(({ text, change: what }) => text ?? what.text),
			["third words", undefined, "third words"],
		);
		const timeline = new Timeline(bob.address);
		for (const message of all.messages) {
			timeline.take(message);
		}
		assert.deepEqual(timeline.all[0].text, "third words");
	});
});

conversation("a message that may be shorter", { limits: { text: 100 } }, (node) => {
	it("may not be edited to be longer", async () => {
		const [alice, bob] = await pair(node);
		const { mid } = await alice.says(bob, "short");
		const params = { chat: bob.address, mid, text: "x".repeat(101) };
		const error = await alice.refused("too-large", "history.edit", params);
		assert.equal(error.where, "/params/text");
		await alice.ask("history.edit", { ...params, text: "é".repeat(100) });
	});
});

conversation("two at once", { store: { backend: "sqlite" } }, (node) => {
	it("have one outcome, which everybody sees", async () => {
		const [alice, bob] = await pair(node);
		const said = await Promise.all([1, 2, 3].map((n) => alice.says(bob, `${n}`)));
		const asked = [];
		for (let n = 0; n < 60; n++) {
			const { mid } = said[n % 3];
			const on = n % 4 < 2;
			asked.push(alice.ask("history.react", { chat: bob.address, mid, emoji: "👍", on }));
			asked.push(bob.ask("history.react", { chat: alice.address, mid, emoji: "👍", on: !on }));
			asked.push(bob.ask("history.pin", { chat: alice.address, mid, on }));
			asked.push(alice.ask("history.edit", { chat: bob.address, mid, text: `${n % 7}` }));
			if (n % 10 === 0) {
				asked.push(alice.says(bob, `message ${n}`));
			}
		}
		const pages = Array.from({ length: 20 }, () => page(bob, alice));
		const answers = await Promise.all(asked);
		await Promise.all(pages);
		const seqs = answers.map(({ seq }) => seq).filter((seq) => seq !== undefined);
		assert.equal(new Set(seqs).size, seqs.length, "each its own place");
		await Promise.all([alice.settled(), bob.settled()]);
		const truth = new Timeline(bob.address);
		truth.page(await page(bob, alice));
		assert.equal(truth.seen, Math.max(...seqs));
		const live = new Timeline(bob.address);
		for (const frame of bob.messages) {
			assert.equal(frame.seq, live.seen + 1, "in order, without gaps");
			live.take(frame);
		}
		assert.deepEqual(live.all, truth.all);
		const replayed = new Timeline(bob.address);
		for (const frame of (await page(bob, alice, { after: 0, limit: 200 })).messages) {
			replayed.take(frame);
		}
		assert.deepEqual(replayed.all.slice(0, 3), truth.all.slice(0, 3));
	});
});

conversation("what was deleted", sqlite, (node) => {
	const inFiles = (words) =>
		readdirSync(node.folder)
			.filter((name) => name.startsWith("parley.db"))
			.filter((name) => readFileSync(join(node.folder, name)).includes(words));
	/* How what a message says begins in the store's file: it is sealed. */
	const sealed = ({ mid }) => {
		const file = readFileSync(join(node.folder, "parley.db"), "latin1");
		return new RegExp(`"mid":"${mid}"[^}]*"~":"([\\w-]{60})`).exec(file)[1];
	};

	it("is not on disk any more once the log of the store was moved into its file", async () => {
		let [alice, bob] = await pair(node);
		const words = ["canary-long", "canary-edited", "canary-short"];
		const long = await alice.says(bob, `${words[0]} ${"語".repeat(9000)}`);
		const edited = await alice.says(bob, words[1]);
		await alice.ask("history.edit", { chat: bob.address, mid: edited.mid, text: "better words" });
		const short = await alice.says(bob, words[2]);
		const stays = await alice.says(bob, "stays");
		await Promise.all([alice.close(), bob.close()]);
		await node.stop();
		await node.restart();
		[alice, bob] = await Promise.all([node.device(alice.person), node.device(bob.person)]);
		const boxes = [long, edited, short].map(sealed);
		for (const { mid } of [long, edited, short]) {
			await alice.ask("history.delete", { chat: bob.address, mid });
		}
		await Promise.all([alice.close(), bob.close()]);
		await node.stop();
		for (const text of [...boxes, ...words, "better words"]) {
			assert.deepEqual(inFiles(text), [], text);
		}
		assert.ok(inFiles(sealed(stays)).length > 0);
		await node.restart();
	});
});
