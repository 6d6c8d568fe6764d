// SPDX-License-Identifier: MIT
// Messages are found by their words: what matches, who may see it, and that it stays so when the index is written,
// merged, read again after a restart, and when messages change.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { conversation, until } from "./support/talk.mjs";

/** The texts that a search finds, in its order. */
async function found(device, params) {
	const { messages } = await device.ask("history.search", typeof params === "string" ? { text: params } : params);
	return messages.map(({ text }) => text);
}

async function people(node, ...names) {
	const all = await node.newPeople(...names);
	for (const other of all.slice(1)) {
		await node.befriend(all[0], other);
	}
	return all;
}

async function group(owner, title, ...members) {
	const { group: made } = await owner.ask("groups.create", { title, people: members.map(({ address }) => address) });
	return { ...made, name: made.address };
}

async function refused(device, params, code, where) {
	await assert.rejects(device.ask("history.search", params), (error) => {
		assert.deepEqual([error.code, error.where], [code, where]);
		return true;
	});
}

/** Searches page by page. */
async function all(device, params) {
	const texts = [];
	let cursor;
	do {
		const answer = await device.ask("history.search", { ...params, ...(cursor && { cursor }) });
		texts.push(...answer.messages.map(({ text }) => text));
		cursor = answer.cursor;
	} while (cursor !== undefined);
	return texts;
}

for (const backend of ["memory", "sqlite"]) {
	conversation(`with the store ${backend}`, { store: { backend } }, (node) => {
		describe("a search", () => {
			it("finds words in any order, case and accents, the last one also by its beginning", async () => {
				const [alice, bob] = await people(node, "alice", "bob");
				await alice.says(bob, "Crème brûlée for dessert, Łukasz?");
				await bob.says(alice, "Bread and butter");
				await bob.says(alice, "no bread today");
				assert.deepEqual(await found(alice, "creme"), ["Crème brûlée for dessert, Łukasz?"]);
				assert.deepEqual(await found(alice, "LUKASZ DESSERT"), ["Crème brûlée for dessert, Łukasz?"]);
				assert.deepEqual(await found(bob, "bread"), ["no bread today", "Bread and butter"]);
				assert.deepEqual(await found(bob, "bread bu"), ["Bread and butter"]);
				assert.deepEqual(await found(bob, "brea "), [], "a space ends the word");
				assert.deepEqual(await found(bob, "rea"), [], "not within words");
				assert.deepEqual(await found(bob, "bread dessert"), [], "all of them");
			});

			it("answers with the messages as they are read elsewhere", async () => {
				const [alice, bob] = await people(node, "alice", "bob");
				const { mid } = await alice.says(bob, "a very uncommon zebra");
				await bob.ask("history.react", { chat: alice.address, mid, emoji: "👍", on: true });
				const { messages } = await bob.ask("history.search", { text: "zebra" });
				const page = await bob.ask("history.get", { chat: alice.address, mids: [mid] });
				assert.deepEqual(messages, page.messages);
			});

			it("is about one chat, one author, a time, or links", async () => {
				const [alice, bob, carol] = await people(node, "alice", "bob", "carol");
				await bob.says(alice, "tea with bob");
				await carol.says(alice, "tea with carol, see https://example.org/tea");
				await alice.says(bob, "tea for bob");
				assert.deepEqual(await found(alice, { text: "tea", chat: bob.address }), ["tea for bob", "tea with bob"]);
				assert.deepEqual(await found(alice, { text: "tea", from: bob.address }), ["tea with bob"]);
				assert.deepEqual(await found(alice, { from: alice.address }), ["tea for bob"]);
				assert.deepEqual(await found(alice, { has: "link" }), ["tea with carol, see https://example.org/tea"]);
				node.pass(3600);
				const now = new Date(node.now()).toISOString();
				assert.deepEqual(await found(alice, { text: "tea", after: now }), []);
				assert.equal((await found(alice, { text: "tea", before: now })).length, 3);
				await alice.says(bob, "tea an hour later");
				assert.deepEqual(await found(alice, { text: "tea", after: now }), ["tea an hour later"]);
				assert.equal((await found(alice, { text: "tea", before: now })).length, 3);
			});

			it("goes through all that there is, page by page", async () => {
				const [alice, bob] = await people(node, "alice", "bob");
				const texts = Array.from({ length: 120 }, (_, i) => `penguin number ${i}`);
				for (const text of texts) {
					await alice.says(bob, text);
				}
				assert.deepEqual(await all(bob, { text: "penguin", limit: 50 }), texts.reverse());
				assert.equal((await found(bob, "penguin")).length, 20);
			});

			it("finds scripts that have no spaces", async () => {
				const [alice, bob] = await people(node, "alice", "bob");
				await alice.says(bob, "我们在东京塔见面");
				await alice.says(bob, "京都也很好");
				assert.deepEqual(await found(bob, "东京塔"), ["我们在东京塔见面"]);
				assert.deepEqual(await found(bob, "京"), ["京都也很好", "我们在东京塔见面"]);
			});

			it("shows nobody what they may not read", async () => {
				const [alice, bob, carol] = await people(node, "alice", "bob", "carol");
				const club = await group(alice, "The club", bob);
				await alice.says(club, "a platypus before carol came");
				await alice.ask("groups.invite", { group: club.address, people: [carol.address] });
				await alice.says(club, "a platypus for carol");
				assert.deepEqual(await found(carol, "platypus"), ["a platypus for carol"]);
				assert.equal((await found(bob, "platypus")).length, 2);
				await carol.ask("groups.leave", { group: club.address });
				assert.deepEqual(await found(carol, "platypus"), []);
				await refused(carol, { text: "platypus", chat: club.address }, "not-found", "/params/chat");
				await bob.says(alice, "platypus, secretly");
				assert.deepEqual(await found(carol, "platypus"), []);
			});

			it("is told what it lacks", async () => {
				const [alice] = await node.newPeople("alice");
				await refused(alice, {}, "bad-request", "/params/text");
				await refused(alice, { text: "?!" }, "bad-request", "/params/text");
				await refused(alice, { text: "a" }, "bad-request", "/params/text");
				await refused(alice, { text: "tea", after: "2026-02-30T25:00:00.000Z" }, "bad-request", "/params/after");
				await refused(alice, { text: "tea", from: "nobody@elsewhere.example" }, "not-found", "/params/from");
				await refused(alice, { text: "tea", cursor: "x" }, "bad-request", "/params/cursor");
			});

			it("follows edits and deletions at once", async () => {
				const [alice, bob] = await people(node, "alice", "bob");
				const one = await alice.says(bob, "meet at the harbour");
				const two = await alice.says(bob, "meet at the castle");
				await alice.ask("history.edit", { chat: bob.address, mid: one.mid, text: "meet at the station" });
				await alice.ask("history.delete", { chat: bob.address, mid: two.mid });
				for (const device of [alice, bob]) {
					assert.deepEqual(await found(device, "harbour"), []);
					assert.deepEqual(await found(device, "castle"), []);
					assert.deepEqual(await found(device, "meet"), ["meet at the station"]);
					assert.deepEqual(await found(device, "station"), ["meet at the station"]);
				}
			});
		});
	});
}

conversation("a node that keeps no index", { "module history": { searching: false } }, (node) => {
	it("says so, and carries messages as others do", async () => {
		const [alice, bob] = await people(node, "alice", "bob");
		const { mid } = await alice.says(bob, "a needle");
		await alice.ask("history.edit", { chat: bob.address, mid, text: "a pin" });
		await refused(bob, { text: "needle" }, "not-allowed", undefined);
	});
});

const OFTEN = { listeners: ["metrics"], store: { backend: "sqlite" }, "module history": { search_fresh: 64 } };

async function metric(node, name) {
	const answer = await fetch(`http://${node.host}:${node.portOf("metrics")}/metrics`);
	const wanted = `parley_history_search_${name} `;
	return Number((await answer.text()).split("\n").find((text) => text.startsWith(wanted)).split(" ").at(-1));
}

/** Many messages, some at once. */
async function say(alice, bob, texts) {
	const said = [];
	for (let i = 0; i < texts.length; i += 40) {
		said.push(...(await Promise.all(texts.slice(i, i + 40).map((text) => alice.says(bob, text)))));
	}
	return said;
}

const isComplete = (device) => until(async () => !(await device.ask("history.search", { text: "apple" })).partial);

conversation("an index that is written often", OFTEN, (node) => {
	it("finds the same when it was merged, started again, and after a kill", async () => {
		const [alice, bob] = await people(node, "alice", "bob");
		const words = ["apple", "banana", "cherry", "dates"];
		const texts = Array.from({ length: 1200 }, (_, i) => `${words[i % 4]} ${words[(i >> 2) % 4]} message${i}`);
		const wanted = texts.filter((text) => /apple/.test(text) && /cherry/.test(text)).sort();
		const check = async (device) => {
			const both = await all(device, { text: "cherry apple ", limit: 50 });
			assert.deepEqual([...new Set(both)].sort(), wanted);
			for (const i of [0, 63, 64, 777, 1199]) {
				assert.deepEqual(await found(device, `message${i} `), [texts[i]]);
			}
		};
		await say(alice, bob, texts);
		await check(bob);
		await until(async () => (await metric(node, "segments")) < 10);
		await check(bob);
		await Promise.all([alice.close(), bob.close()]);
		await node.stop();
		await node.restart();
		const again = await node.device(bob.person);
		await isComplete(again);
		await check(again);
		await node.kill9();
		await node.restart();
		const back = await node.device(bob.person);
		await isComplete(back);
		await check(back);
	});

	it("forgets what was deleted or edited when its time has come", async () => {
		const [alice, bob] = await people(node, "alice", "bob");
		const said = [];
		for (let i = 0; i < 70; i++) {
			said.push(await alice.says(bob, `walrus${i} apple`));
		}
		await alice.ask("history.delete", { chat: bob.address, mid: said[3].mid });
		await alice.ask("history.edit", { chat: bob.address, mid: said[4].mid, text: "seal4 apple" });
		const purged = await metric(node, "purged_total");
		node.pass(25 * 3600);
		await say(alice, bob, Array.from({ length: 70 }, (_, i) => `filling ${i}`));
		await until(async () => (await metric(node, "gone")) === 0);
		assert.ok((await metric(node, "purged_total")) >= purged + 2);
		assert.deepEqual(await found(bob, "walrus3 "), []);
		assert.deepEqual(await found(bob, "walrus4 "), []);
		assert.deepEqual(await found(bob, "walrus5 "), ["walrus5 apple"]);
		assert.deepEqual(await found(bob, "seal4"), ["seal4 apple"]);
	});

	it("forgets as many as were deleted, all at once", async () => {
		const [alice, bob] = await people(node, "alice", "bob");
		const count = 1100;
		const said = await say(alice, bob, Array.from({ length: count }, (_, i) => `heron${i} apple`));
		const purged = await metric(node, "purged_total");
		await found(bob, "heron0 "); // so that few are waiting
		for (let i = 0; i < count; i += 40) {
			const some = said.slice(i, i + 40);
			await Promise.all(some.map(({ mid }) => alice.ask("history.delete", { chat: bob.address, mid })));
		}
		node.pass(25 * 3600);
		await say(alice, bob, Array.from({ length: 70 }, (_, i) => `filling ${i}`));
		await until(async () => (await metric(node, "gone")) === 0);
		assert.ok((await metric(node, "purged_total")) >= purged + count);
		assert.deepEqual(await found(bob, "heron "), []);
	});

	it("names nothing that was deleted, be it stored, in memory or waiting then, also after a restart", async () => {
		const [alice, bob] = await people(node, "alice", "bob");
		const texts = Array.from({ length: 140 }, (_, i) => `otter${i} apple`);
		const said = await say(alice, bob, texts);
		await found(bob, "otter139 "); // so that none is waiting
		const waiting = await alice.says(bob, "otter140 apple");
		for (const { mid } of [said[3], said[139], waiting]) {
			await alice.ask("history.delete", { chat: bob.address, mid });
		}
		const gone = ["otter3 ", "otter139 ", "otter140 "];
		for (const text of gone) {
			assert.deepEqual(await found(bob, text), []);
		}
		await Promise.all([alice.close(), bob.close()]);
		await node.stop();
		await node.restart();
		const [back, reader] = [await node.device(alice.person), await node.device(bob.person)];
		await isComplete(reader);
		node.pass(25 * 3600);
		await say(back, reader, Array.from({ length: 70 }, (_, i) => `filling ${i}`));
		await until(async () => (await metric(node, "gone")) === 0);
		const looks = await metric(node, "looks_total");
		for (const text of gone) {
			assert.deepEqual(await found(reader, text), []);
		}
		assert.equal(await metric(node, "looks_total"), looks, "the index names none");
		assert.deepEqual(await found(reader, "otter4 "), ["otter4 apple"]);
		assert.equal(await metric(node, "looks_total"), looks + 1);
	});
});

const NARROW = {
	listeners: ["metrics"],
	store: { backend: "sqlite" },
	limits: { window: 1000 },
	"module history": { search_fresh: 64, search_pending: 64 },
};

conversation("a node to which more messages come than can wait for the index", NARROW, (node) => {
	const padding = "padding ".repeat(300);

	/** Until there were too many, and some more. */
	async function burst(alice, bob) {
		const before = await metric(node, "overflows_total");
		const said = [];
		do {
			const texts = Array.from({ length: 100 }, (_, i) => `burst${said.length + i} ${padding}`);
			said.push(...(await Promise.all(texts.map((text) => alice.says(bob, text)))));
		} while ((await metric(node, "overflows_total")) === before);
		return said;
	}

	const numbers = (texts) => texts.map((text) => Number(/^burst(\d+)/.exec(text)[1])).sort((a, b) => a - b);

	it("reads them from the archive: each is found once, but not what was deleted or edited", async () => {
		const [alice, bob] = await people(node, "alice", "bob");
		const said = await burst(alice, bob);
		const [first, last] = [said[0], said.at(-1)];
		await alice.ask("history.delete", { chat: bob.address, mid: first.mid });
		await alice.ask("history.delete", { chat: bob.address, mid: last.mid });
		await alice.ask("history.edit", { chat: bob.address, mid: said[50].mid, text: "apple pie" });
		await alice.says(bob, "apple juice");
		await isComplete(bob);
		const wanted = said.map((_, i) => i).filter((i) => i !== 0 && i !== 50 && i !== said.length - 1);
		assert.deepEqual(numbers(await all(bob, { text: "padding ", limit: 50 })), wanted);
		assert.deepEqual(await found(bob, "burst0 "), []);
		assert.deepEqual(await found(bob, `burst${said.length - 1} `), []);
		assert.deepEqual(await found(bob, "burst50 "), []);
		assert.deepEqual(await found(bob, "apple pie"), ["apple pie"]);
		assert.deepEqual(await found(bob, "apple juice"), ["apple juice"]);
		await alice.says(bob, "apple cake, which comes by itself again");
		assert.deepEqual(await found(bob, "apple cake"), ["apple cake, which comes by itself again"]);
	});

	it("goes on with that after a kill", async () => {
		const [alice, bob] = await people(node, "alice", "bob");
		const said = await burst(alice, bob);
		await node.kill9();
		await node.restart();
		const reader = await node.device(bob.person);
		await isComplete(reader);
		assert.deepEqual(numbers(await all(reader, { text: "padding ", limit: 50 })), said.map((_, i) => i));
	});

	it("says how much is waiting", async () => {
		const { limits } = await (await node.operator()).get("node.limits");
		const row = limits.find(({ name }) => name === "history.search_pending");
		assert.equal(row.max, 65536);
		assert.ok(row.used <= row.max);
	});
});
