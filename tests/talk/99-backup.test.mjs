// SPDX-License-Identifier: MIT
// Backups: made while people talk, and a node on what was restored, elsewhere and under another name.

import assert from "node:assert/strict";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";

import { flip, PAGE, parleyctl, parleydOn, sqlite, wholeChat } from "./support/store.mjs";
import { conversation, Node } from "./support/talk.mjs";
import { ask, originOf } from "./support/web.mjs";

/** Sends one message after the other until it is told to stop. */
class Talker {
	acknowledged = [];
	#going = true;
	#done;

	constructor(wire, to) {
		this.#done = this.#talk(wire, to);
	}

	async #talk(wire, to) {
		for (let n = 0; this.#going; n++) {
			const answer = await wire.say(to, `word ${n} of ${wire.person.name}`, `t-${n}`);
			assert.equal(answer.type, "result", JSON.stringify(answer));
			this.acknowledged.push({ seq: answer.seq, mid: answer.mid, text: `word ${n} of ${wire.person.name}` });
		}
	}

	async stop() {
		this.#going = false;
		await this.#done;
	}

	async reach(count) {
		while (this.acknowledged.length < count) {
			await new Promise((resolve) => setImmediate(resolve));
		}
	}
}

/** A node that does not run yet, with the key of another. */
function newcomer(node, domain) {
	const other = new Node({ domain, ...sqlite });
	return other.start().then(async () => {
		await other.stop();
		for (const name of readdirSync(other.folder)) {
			if (name.startsWith("parley.db")) {
				assert.ok(!name.endsWith("-wal"), "it has stopped in order");
			}
		}
		copyFileSync(join(node.folder, "node.key"), join(other.folder, "node.key"));
		return other;
	});
}

conversation("a backup", sqlite, (node) => {
	let elsewhere;

	const backUp = async (name) => {
		const file = join(node.folder, name);
		const done = await parleydOn(node, "--backup", file);
		assert.equal(done.status, 0, done.err);
		return file;
	};

	it("R27 T99 that is made while people send has every message that was acknowledged before it began", async () => {
		const [alice, bob, carol] = await node.newPeople("alice", "bob", "carol");
		await node.befriend(alice, bob);
		await node.befriend(carol, bob);
		const people = [alice.person, carol.person];
		const token = alice.session.token;
		await Promise.all([alice, bob, carol].map((device) => device.close()));
		const talkers = [];
		for (const person of people) {
			talkers.push(new Talker(await node.wireOf(person), bob.address));
		}
		await Promise.all(talkers.map((talker) => talker.reach(300)));
		const before = talkers.map((talker) => talker.acknowledged.length);
		const file = await backUp("parley.backup");
		await Promise.all(talkers.map((talker) => talker.stop()));
		assert.ok(talkers.some((talker, i) => talker.acknowledged.length > before[i]), "they went on meanwhile");
		assert.equal(statSync(file).mode & 0o777, 0o600);
		assert.ok(!existsSync(`${file}.unfinished`));
		const key = readFileSync(join(node.folder, "node.key"), "latin1").trim();
		const bytes = readFileSync(file);
		assert.ok(!bytes.includes(key) && !bytes.includes(Buffer.from(key, "hex")), "the node key is not in it");

		elsewhere = await newcomer(node, "elsewhere.example");
		const refused = await parleydOn(elsewhere, "--restore", file);
		assert.equal(refused.status, 1);
		assert.match(refused.err, /there is a store in .* already; --replace/);
		const restored = await parleydOn(elsewhere, "--restore", file, "--replace");
		assert.equal(restored.status, 0, restored.err);
		assert.match(restored.out, /kept as .*before-restore/);
		assert.match(restored.out, /everybody has to log in anew/);
		await elsewhere.restart();
		const wire = await elsewhere.wireOf({ ...bob.person, address: elsewhere.address(bob.name) });
		for (const [i, talker] of talkers.entries()) {
			const chat = elsewhere.address(people[i].name);
			const messages = await wholeChat(wire, chat);
			const found = messages.map(({ seq, mid, text }) => ({ seq, mid, text }));
			assert.ok(found.length >= before[i]);
			assert.deepEqual(found, talker.acknowledged.slice(0, found.length), "the same, in one order, under one id");
			assert.ok(messages.every(({ from }) => from.split("/")[0] === chat), "under the new name");
		}
		const old = await (await elsewhere.wire()).auth({ mechanism: "TOKEN", user: people[0].name, token });
		assert.equal(old.type, "error", "whoever was logged in is no more");
		const back = await elsewhere.wireOf({ ...people[0], address: elsewhere.address(people[0].name) });
		assert.equal((await back.say(elsewhere.address(bob.name), "and on", "on-1")).type, "result");
		await elsewhere.closeClients();
		await elsewhere.stop();
		elsewhere.remove();
	});

	it("T99 has what was deleted before it was made deleted, and what was edited edited", async () => {
		const [alice, bob] = await node.newPeople("alice", "bob");
		await node.befriend(alice, bob);
		const [gone, kept] = [await alice.says(bob, "never said"), await alice.says(bob, "said so")];
		await alice.ask("history.delete", { chat: bob.address, mid: gone.mid });
		await alice.ask("history.edit", { chat: bob.address, mid: kept.mid, text: "said otherwise" });
		const told = await wholeChat(await node.wireOf(bob.person), alice.address);
		const file = await backUp("deleted.backup");
		const other = await newcomer(node, node.domain);
		assert.equal((await parleydOn(other, "--restore", file, "--replace")).status, 0);
		await other.restart();
		assert.deepEqual(await wholeChat(await other.wireOf(bob.person), alice.address), told);
		assert.ok(told.some(({ text }) => text === "said otherwise"));
		assert.ok(!JSON.stringify(told).includes("never said"));
		await other.closeClients();
		await other.stop();
		other.remove();
	});

	it("T99 lets in nobody by a cookie or a session of before it was made", async () => {
		const pages = new Node({ ...sqlite, listeners: ["https"] });
		await pages.start();
		const page = await pages.wire({ web: {} });
		const ready = await page.login(await pages.signUp("carol"), { cookie: true });
		const headers = { origin: originOf(pages), "content-type": "application/json" };
		const { headers: got } = await ask(pages, "POST", "/session", { headers, body: JSON.stringify({ ticket: ready.ticket }) });
		const cookie = got["set-cookie"][0].split(";")[0];
		const byCookie = async (resume) => {
			const wire = await pages.wire({ web: { cookie } });
			return wire.auth({ mechanism: "COOKIE", ...(resume && { resume }) });
		};
		assert.equal((await byCookie()).type, "ready");
		const file = join(pages.folder, "pages.backup");
		assert.equal((await parleydOn(pages, "--backup", file)).status, 0);
		await pages.closeClients();
		await pages.stop();
		assert.equal((await parleydOn(pages, "--restore", file, "--replace")).status, 0);
		await pages.restart();
		assert.equal((await byCookie()).code, "not-authorized", "the cookie is dead");
		assert.equal((await byCookie({ id: ready.resume, count: 0 })).code, "not-authorized", "the session is dead");
		await pages.closeClients();
		await pages.stop();
		pages.remove();
	});

	it("T98 is worth nothing without the node key, whatever node it is restored to", async () => {
		const file = await backUp("stolen.backup");
		const thief = await newcomer(node, node.domain);
		unlinkSync(join(thief.folder, "node.key"));
		assert.equal((await parleydOn(thief, "--restore", file, "--replace")).status, 0);
		await assert.rejects(thief.restart(), /the data belongs to node key [0-9a-f]{16}, and .*node\.key is [0-9a-f]{16}/);
		thief.remove();
	});

	it("is verified, and refused when a byte of it was changed or its end is missing", async () => {
		const file = await backUp("verified.backup");
		const good = await parleydOn(node, "--verify", file);
		assert.equal(good.status, 0, good.err);
		assert.match(good.out, /^accounts: \d+$/m);
		assert.match(good.out, /^messages: \d+$/m);
		const size = statSync(file).size;
		for (const offset of [24, 100, 5 * PAGE + 17, size - 2000, size - 3]) {
			const copy = join(node.folder, "changed.backup");
			copyFileSync(file, copy);
			flip(copy, offset);
			const bad = await parleydOn(node, "--verify", copy);
			assert.equal(bad.status, 1, `a change at ${offset} was not found`);
			const target = new Node({ ...sqlite });
			const { status } = await parleydOn(node, "--restore", copy, "--replace");
			assert.equal(status, 1, "the node runs, and the backup is damaged");
			target.remove();
		}
		writeFileSync(join(node.folder, "short.backup"), readFileSync(file).subarray(0, size - PAGE));
		assert.equal((await parleydOn(node, "--verify", join(node.folder, "short.backup"))).status, 1);
		writeFileSync(join(node.folder, "other.backup"), "this is a text");
		assert.equal((await parleydOn(node, "--verify", join(node.folder, "other.backup"))).status, 1);
		assert.equal((await parleydOn(node, "--verify", join(node.folder, "parley.db"))).status, 1, "a store is no backup");
	});

	it("replaces no file, and is not there when it could not be finished", async () => {
		const taken = node.file("taken.backup", "mine");
		const refused = await parleydOn(node, "--backup", taken);
		assert.equal(refused.status, 1);
		assert.match(refused.err, /there already/);
		assert.equal(readFileSync(taken, "utf8"), "mine");
		const nowhere = await parleydOn(node, "--backup", join(node.folder, "no/such/folder/x.backup"));
		assert.equal(nowhere.status, 1);
		mkdirSync(join(node.folder, "full"));
		const full = await parleydOn(node, "--backup", "/dev/full/x");
		assert.equal(full.status, 1);
	});

	it("R28 is made, verified and restored by parleyctl, which refuses to restore under a running node", async () => {
		const file = join(node.folder, "by-parleyctl.backup");
		const made = await parleyctl(node, "backup", file);
		assert.equal(made.status, 0, made.err);
		assert.match(made.out, /the backup is whole; the node key is not in it/);
		const verified = await parleyctl(node, "restore", "--verify", file);
		assert.equal(verified.status, 0, verified.err);
		const refused = await parleyctl(node, "restore", "--replace", file);
		assert.equal(refused.status, 1);
		assert.match(refused.err, new RegExp(`in use by another process \\(pid ${node.pid}\\)`));
		assert.equal((await parleyctl(node, "backup")).status, 64);
		assert.equal((await parleyctl(node, "restore", "--sideways", file)).status, 64);
	});

	it("R28 brings everything back by the commands of docs/operating.md alone", async (t) => {
		const [alice, bob] = await node.newPeople("alice", "bob");
		await node.befriend(alice, bob);
		for (let n = 0; n < 50; n++) {
			await alice.says(bob, `word ${n}`);
		}
		const told = await wholeChat(await node.wireOf(bob.person), alice.address);
		const { token } = alice.session;
		const file = join(node.folder, "drill.backup");
		assert.equal((await parleyctl(node, "backup", file)).status, 0);
		await alice.says(bob, "after the backup");
		await node.closeClients();
		await node.stop();
		rmSync(join(node.folder, "parley.db"));
		const begun = performance.now();
		assert.equal((await parleyctl(node, "restore", "--verify", file)).status, 0);
		const restored = await parleyctl(node, "restore", "--replace", file);
		assert.equal(restored.status, 0, restored.err);
		await node.restart();
		t.diagnostic(`verified, restored and started in ${Math.round(performance.now() - begun)} ms`);
		assert.deepEqual(await wholeChat(await node.wireOf(bob.person), alice.address), told);
		const old = await (await node.wire()).auth({ mechanism: "TOKEN", user: alice.person.name, token });
		assert.equal(old.code, "not-authorized");
		const back = await node.wireOf(alice.person);
		assert.equal((await back.say(bob.address, "and on", "drill-1")).seq, told.at(-1).seq + 1);
	});
});
