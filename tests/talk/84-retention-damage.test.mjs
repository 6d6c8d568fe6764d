// SPDX-License-Identifier: MIT
// Messages that are too old in a store that the disk has changed: what can be read goes, wherever it is; what cannot is
// passed by, told of once, and goes when the store was recovered.

import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, it } from "node:test";

import { circle, newGroup } from "./support/groups.mjs";
import { databaseOf, flip, PAGE, pagesOf, parleyctl, sealPages, sqlite } from "./support/store.mjs";
import { conversation } from "./support/talk.mjs";

const DAY = 86400;
const TOLD = /^chat=(\S+) cannot be looked after/;

conversation("retention: a damaged store", { ...sqlite, "module history": { keep_direct_days: 1, keep_group_days: 1 } }, (node) => {
	const kept = mkdtempSync(join(tmpdir(), "parley-old-"));
	after(() => rmSync(kept, { recursive: true, force: true }));
	let alice;
	let chats; /* of alice: { key, address } */

	/** Looks for what is too old; resolves with the chats that were passed by, and what was said of that. */
	const sweep = async () => {
		const from = node.log.length;
		const operator = await node.operator();
		await operator.get("retention.run", { wait: true });
		const { metrics } = await operator.get("node.module", { name: "history" });
		operator.drop();
		const told = node.log.slice(from).flatMap(({ msg }) => TOLD.exec(msg ?? "")?.[1] ?? []);
		return { told, damaged: metrics.find(({ name }) => name === "damaged_chats").value };
	};

	/** The chats in which there is still something to be read, or something that is damaged. */
	const left = async () => {
		const wire = await node.wireOf(alice);
		const found = [];
		for (const { key, address } of chats) {
			const { type, code, result } = await wire.ask("history.page", { chat: address, limit: 200 });
			if (type === "error") {
				assert.equal(code, "internal");
			}
			if (type === "error" || result.messages.some(({ text }) => text !== undefined)) {
				found.push(key);
			}
		}
		return found.sort();
	};

	/** What an earlier recovery has put aside is named by the second, and not written over. */
	const forgetRecovered = () => {
		const folder = dirname(databaseOf(node));
		for (const name of readdirSync(folder).filter((one) => one.includes(".damaged-"))) {
			rmSync(join(folder, name));
		}
	};

	it("has something in it that is too old", async () => {
		node.mayLog(/damaged|does not open/);
		const [device, bob] = await circle(node, "alice", "bob");
		alice = device.person;
		chats = [{ key: `${alice.name}+${bob.person.name}`, address: bob.address }];
		for (let n = 0; n < 24; n++) {
			const { address } = await newGroup(device);
			chats.push({ key: `#${address.split("@")[0]}`, address });
		}
		const wire = await node.wireOf(alice);
		for (const { address } of chats) {
			const said = Array.from({ length: 40 }, (_, i) => wire.say(address, `${i} ${"x".repeat(150)}`));
			await Promise.all(said);
		}
		await node.closeClients();
		await node.stop(); /* then all is in one file */
		cpSync(databaseOf(node), join(kept, "parley.db"));
		node.pass(3 * DAY);
	});

	for (const [kind, at] of [["leaf", 0.5], ["overflow", 0.5]]) {
		it(`loses all but what is on a damaged page, and that when it was recovered: ${kind} ${at}`, async () => {
			cpSync(join(kept, "parley.db"), databaseOf(node));
			const pages = pagesOf(databaseOf(node)).filter(({ name, pagetype }) => name === "runs.messages" && pagetype === kind);
			flip(databaseOf(node), (pages[Math.floor(pages.length * at)].pageno - 1) * PAGE + 2000);
			const from = node.log.length;
			await node.restart();
			const first = await sweep();
			const told = node.log.slice(from).flatMap(({ msg }) => TOLD.exec(msg ?? "")?.[1] ?? []);
			assert.ok(told.length > 0, "the page is of some chat");
			assert.ok(told.length < chats.length, "and not of all");
			assert.deepEqual(told, [...new Set(told)], "each is told once");
			assert.equal(first.damaged, told.length);
			/* of others nothing can be read any more, though it could not be removed beside a damaged page */
			const there = await left();
			assert.ok(there.length > 0 && there.every((key) => told.includes(key)), `${there} of ${told}`);
			assert.deepEqual(await sweep(), { told: [], damaged: told.length }, "it is not told again");

			await node.closeClients();
			await node.stop();
			forgetRecovered();
			const { status, out, err } = await parleyctl(node, "store", "recover");
			assert.equal(status, 0, out + err);
			await node.restart();
			assert.deepEqual(await sweep(), { told: [], damaged: 0 });
			assert.deepEqual(await left(), []);
			await node.closeClients();
			await node.stop();
		});
	}

	it("loses all but what is in a chat with a document that does not open", async () => {
		cpSync(join(kept, "parley.db"), databaseOf(node));
		const pages = pagesOf(databaseOf(node)).filter(({ name, pagetype }) => name === "runs.messages" && pagetype === "overflow");
		const start = (pages[pages.length >> 1].pageno - 1) * PAGE;
		const bytes = readFileSync(databaseOf(node)).toString("latin1", start, start + PAGE);
		const secret = /[\w+/-]{120,}/.exec(bytes);
		flip(databaseOf(node), start + secret.index + 60);
		sealPages(databaseOf(node)); /* so the page is sound */
		const from = node.log.length;
		await node.restart();
		const { damaged } = await sweep();
		const told = node.log.slice(from).flatMap(({ msg }) => TOLD.exec(msg ?? "")?.[1] ?? []);
		assert.equal(damaged, 1);
		assert.equal(told.length, 1);
		assert.deepEqual(await left(), told);
		assert.deepEqual(await sweep(), { told: [], damaged: 1 });
		const said = node.log.slice(from).filter(({ level, area }) => level === "error" && area === "store");
		assert.ok(said.length > 0 && said.length < 20, "the store does not tell of it each time it is asked");
		await node.closeClients();
		await node.stop();
	});
});
