// SPDX-License-Identifier: MIT
// The keys under which the store seals: where the node key comes from, which one is refused, and how keys are changed
// while people chat.

import assert from "node:assert/strict";
import { chmodSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";

import { sqliteOnly } from "./support/mongo.mjs";
import { good, parleyctl } from "./support/parleyctl.mjs";
import { conversation, until } from "./support/talk.mjs";

const sqlite = { store: { backend: "sqlite" } };

conversation("keys", sqlite, (node) => {
	const keyFile = () => join(node.folder, "node.key");
	const status = async () => JSON.parse(await good(node, ["--json", "key", "status"]));

	/** A pair of contacts and what they have said. */
	const talkers = async () => {
		const [alice, bob] = await node.newPeople("alice", "bob");
		await node.befriend(alice, bob);
		for (let n = 1; n <= 5; n++) {
			await alice.says(bob, `message ${n}`);
		}
		return { alice, bob };
	};
	const texts = async (reader, chat) => {
		const { messages } = await reader.ask("history.page", { chat, after: 0, limit: 200 });
		return messages.map(({ text }) => text);
	};
	/** Starts the node, which is to refuse with this sentence. */
	const refuses = async (sentence) => {
		node.mayLog(/^cannot start/);
		const from = node.log.length;
		await assert.rejects(node.restart());
		await node.died(1);
		const said = node.log.slice(from).find(({ msg }) => /^cannot start/.test(msg ?? ""));
		assert.match(said?.msg ?? node.logText(), sentence);
	};
	const walked = () => until(async () => (await status()).left === 0);

	it("a node that was started with another node key says so and leaves the data alone", async () => {
		const { alice, bob } = await talkers();
		await Promise.all([alice.close(), bob.close()]);
		await node.stop();
		renameSync(keyFile(), `${keyFile()}.right`);
		const made = await good(node, ["key", "make", keyFile()]);
		assert.match(made, /^made node key [0-9a-f]{16} in .*node\.key$/m);
		await refuses(/the data belongs to node key [0-9a-f]{16}, and .*node\.key is [0-9a-f]{16}/);
		chmodSync(keyFile(), 0o644);
		await refuses(/is open to others \(mode 0644\): chmod 600 it/);
		rmSync(keyFile());
		await refuses(/the data belongs to node key/);
		renameSync(`${keyFile()}.right`, keyFile());
		await node.restart();
		const again = await node.device(alice.person);
		assert.deepEqual(await texts(again, bob.address), [1, 2, 3, 4, 5].map((n) => `message ${n}`));
	});

	it("key make replaces no file", async () => {
		const before = readFileSync(keyFile(), "utf8");
		const { status: code, err } = await parleyctl(node, ["key", "make", keyFile()]);
		assert.equal(code, 1);
		assert.match(err, /cannot make node key/);
		assert.equal(readFileSync(keyFile(), "utf8"), before);
	});

	it("a new data key is used at once, and the old one goes when nothing needs it", async () => {
		const { alice, bob } = await talkers();
		await walked();
		const before = await status();
		const { key } = JSON.parse(await good(node, ["--json", "key", "rotate"]));
		assert.equal(key, before.keys.at(-1).id + 1);
		await alice.says(bob, "under the new key");
		await walked();
		const after = await status();
		assert.deepEqual(
			after.keys.map(({ id, current }) => [id, current]),
			[[key, true]],
		);
		assert.ok(after.collections.every((c) => c.key === key && c.loaded));
		assert.ok(after.sealed > 0);
		assert.equal(after.failed, 0);
		const all = [1, 2, 3, 4, 5].map((n) => `message ${n}`).concat("under the new key");
		assert.deepEqual(await texts(bob, alice.address), all);
		await Promise.all([alice.close(), bob.close()]);
		await node.stop();
		if (!sqliteOnly("it looks into the file")) {
			const file = readFileSync(join(node.folder, "parley.db"), "latin1");
			const boxes = [...file.matchAll(/"~":"([\w-]{8})/g)].map(([, head]) => Buffer.from(head, "base64url").readUInt32BE(1));
			assert.ok(boxes.length > 0);
			assert.deepEqual([...new Set(boxes)], [key], "no page of the file has anything under an older key");
		}
		await node.restart();
		assert.deepEqual(await texts(await node.device(bob.person), alice.address), all);
	});

	it("people chat while keys change", async () => {
		const { alice, bob } = await talkers();
		const said = [];
		for (let round = 0; round < 3; round++) {
			const rotated = good(node, ["key", "rotate"]);
			for (let n = 0; n < 20; n++) {
				said.push(`${round} ${n}`);
				await alice.says(bob, said.at(-1));
			}
			assert.match(await rotated, /is the current one/);
		}
		assert.deepEqual((await texts(bob, alice.address)).slice(5), said);
		await walked();
		assert.deepEqual((await texts(bob, alice.address)).slice(5), said);
		assert.equal((await status()).keys.length, 1);
	});

	it("a walk that a kill cuts short is begun again", async () => {
		const { alice, bob } = await talkers();
		await good(node, ["key", "rotate"]);
		await node.kill9();
		await node.restart();
		await walked();
		assert.equal((await status()).keys.length, 1);
		const again = await node.device(bob.person);
		assert.equal((await texts(again, alice.address)).length, 5);
	});

	it("the node key is changed: the old one counts until the node was started with the new one", async () => {
		const { alice, bob } = await talkers();
		const fresh = join(node.folder, "fresh.key");
		const old = (await status()).node_key;
		await good(node, ["key", "make", fresh]);
		const said = await good(node, ["key", "rewrap", fresh]);
		assert.match(said, /restart the node/);
		assert.match(said, /mv .*fresh\.key .*node\.key/);
		const { pending } = await status();
		assert.match(pending, /^[0-9a-f]{16}$/);
		const refused = await parleyctl(node, ["key", "rotate"]);
		assert.equal(refused.status, 1);
		assert.match(refused.err, /waits for node key/);
		await node.stop();
		await node.restart(); // with the old one still
		assert.deepEqual([(await status()).node_key, (await status()).pending], [old, pending]);
		await node.stop();
		renameSync(keyFile(), `${keyFile()}.old`);
		renameSync(fresh, keyFile());
		await node.restart();
		const now = await status();
		assert.deepEqual([now.node_key, now.pending], [pending, undefined]);
		assert.match(await good(node, ["key", "rotate"]), /is the current one/);
		const again = await node.device(bob.person);
		assert.equal((await texts(again, alice.address)).length, 5);
		await again.close();
		await node.stop();
		renameSync(keyFile(), fresh);
		renameSync(`${keyFile()}.old`, keyFile());
		await refuses(/the data belongs to node key/);
		renameSync(fresh, keyFile());
		await node.restart();
	});

	it("rewrap refuses what is no key, what others can read, and the key in use", async () => {
		const file = node.file("no.key", "not a key\n");
		chmodSync(file, 0o600);
		for (const [path, why] of [
			[file, /64 hex digits/],
			[keyFile(), /is the node key that is in use/],
			[join(node.folder, "nonesuch"), /takes a file/],
		]) {
			const { status: code, err } = await parleyctl(node, ["key", "rewrap", path]);
			assert.notEqual(code, 0);
			assert.match(err, why);
		}
		writeFileSync(file, readFileSync(keyFile()), { mode: 0o644 });
		chmodSync(file, 0o644);
		const { err } = await parleyctl(node, ["key", "rewrap", file]);
		assert.match(err, /open to others/);
		assert.equal((await status()).pending, undefined);
	});

	it("the node key comes from the environment, and is not there any more then", async () => {
		const { alice } = await talkers();
		await node.stop();
		const key = Buffer.from(readFileSync(keyFile(), "utf8").trim(), "hex").toString("base64");
		renameSync(keyFile(), `${keyFile()}.apart`);
		process.env.PARLEY_NODE_KEY = key;
		try {
			await node.restart();
		} finally {
			delete process.env.PARLEY_NODE_KEY;
		}
		assert.equal(existsSync(keyFile()), false);
		assert.match((await status()).from, /environment/);
		assert.equal(readFileSync(`/proc/${node.pid}/environ`, "latin1").includes(key), false);
		await node.device(alice.person);
		await node.stop();
		renameSync(`${keyFile()}.apart`, keyFile());
		await node.restart();
	});

	it("the node key comes from a systemd credential", async () => {
		const { alice } = await talkers();
		await node.stop();
		const credential = join(node.folder, "parley.key");
		renameSync(keyFile(), credential);
		process.env.CREDENTIALS_DIRECTORY = node.folder;
		try {
			await node.restart();
		} finally {
			delete process.env.CREDENTIALS_DIRECTORY;
		}
		assert.match((await status()).from, /credential parley\.key/);
		await node.device(alice.person);
		await node.stop();
		renameSync(credential, keyFile());
		await node.restart();
	});
});
