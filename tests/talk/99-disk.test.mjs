// SPDX-License-Identifier: MIT
// Disks that are full, that fail, and that somebody else reads: what was acknowledged is never lost.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, statSync, unlinkSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, it } from "node:test";

import { databaseOf, FailingDisk, parleydOn, run, sqlite, wholeChat } from "./support/store.mjs";
import { conversation, Node, until } from "./support/talk.mjs";
import { parleyd } from "./support/places.mjs";

const MINUTE = 60_000;

/** Two contacts as wires. */
async function pair(node) {
	const [alice, bob] = await node.newPeople("alice", "bob");
	await node.befriend(alice, bob);
	await Promise.all([alice, bob].map((device) => device.close()));
	return [await node.wireOf(alice.person), await node.wireOf(bob.person)];
}

/** Sends so many bytes of messages, and waits until all are acknowledged. */
async function sendMuch(from, to, bytes) {
	const text = "\u{1f41f}".repeat(10_000);
	const all = Array.from({ length: Math.ceil(bytes / 40_000) }, () => from.say(to.address, text));
	for (const { type, code } of await Promise.all(all)) {
		assert.equal(type, "result", code);
	}
}

// ---- full ----

const root = process.getuid() === 0;
if (!root) {
	console.error("SKIPPED: the tests of a full disk mount a file system, which only root can");
}

if (root) {
	const disk = mkdtempSync(join(tmpdir(), "parley-full-"));
	before(() => execFileSync("mount", ["-t", "tmpfs", "-o", "size=64m,mode=0700", "parley-test", disk]));
	after(() => {
		execFileSync("umount", [disk]);
		rmSync(disk, { recursive: true, force: true });
	});

	conversation("a full disk", { ...sqlite, node: { data: join(disk, "data") } }, (node) => {
		const filler = join(disk, "filler");

		/** Writes until there is no room for one more byte. */
		const fill = () => {
			const fd = openSync(filler, "a");
			for (let size = 1 << 20; size > 0; size >>= 1) {
				try {
					for (const bytes = Buffer.alloc(size, 1); ; ) {
						writeSync(fd, bytes);
					}
				} catch (error) {
					assert.equal(error.code, "ENOSPC");
				}
			}
			closeSync(fd);
		};

		it("R05 refuses messages with a sentence, leaves reading and presence alone, and takes them again by itself", async () => {
			node.mayLog(/disk of this server is full/);
			const [alice, bob] = await pair(node);
			const sent = new Map();
			for (let round = 0; round < 3; round++) {
				const say = async (n) => {
					const [id, text] = [`full-${round}-${n}`, `message ${n} of round ${round}`];
					const answer = await alice.say(bob.address, text, id);
					if (answer.type === "result") {
						sent.set(answer.seq, text);
					}
					return answer;
				};
				for (let n = 0; n < 50; n++) {
					assert.equal((await say(n)).type, "result");
				}
				fill();
				let n = 50;
				let answer = await say(n);
				for (; answer.type === "result"; answer = await say(n)) {
					n++; /* what had been set aside for the log is used up first */
				}
				assert.equal(answer.code, "limit");
				assert.match(answer.text, /the disk of this server is full/);
				assert.ok(answer.retry_after > 0);

				const read = await wholeChat(bob, alice.address);
				assert.deepEqual(new Map(read.map(({ seq, text }) => [seq, text])), sent, "all that was acknowledged is read");
				alice.send({ type: "presence", show: round % 2 ? "available" : "busy" });
				await bob.next({ type: "presence", show: round % 2 ? "available" : "busy" });
				assert.equal((await alice.get("history.inbox")).chats.length, 1);

				unlinkSync(filler);
				await until(async () => (await say(n)).type === "result", MINUTE);
				assert.equal((await say(n)).repeated, true);
			}
			await node.closeClients();
			await node.kill9();
			await node.restart();
			const again = await node.wireOf(bob.person);
			const read = await wholeChat(again, alice.address);
			assert.deepEqual(new Map(read.map(({ seq, text }) => [seq, text])), sent);
		});

		it("does not hold up a node that starts or stops", async () => {
			node.mayLog(/disk of this server is full/);
			const [alice, bob] = await pair(node);
			assert.equal((await alice.say(bob.address, "before")).type, "result");
			fill();
			await node.closeClients();
			await node.stop();
			unlinkSync(filler);
			await node.restart();
			const read = await wholeChat(await node.wireOf(bob.person), alice.address);
			assert.deepEqual(
				read.map(({ text }) => text),
				["before"],
			);
		});
	});
}

// ---- failing ----

const failing = new FailingDisk();
const EIO = 5;

conversation("a disk that fails", { ...sqlite, environment: failing.environment }, (node) => {
	const ends = [
		["a write", `write parley.db-wal ${EIO} 0`],
		["a sync of the log", `sync parley.db-wal ${EIO} 1`],
	];
	for (const [what, fault] of ends) {
		it(`R04 ${what}: the node acknowledges nothing more, says so, ends, and has all when it is started again`, async () => {
			node.mayLog(/the store has failed|nothing is written any more/);
			const [alice, bob] = await pair(node);
			for (let n = 1; n <= 20; n++) {
				assert.equal((await alice.say(bob.address, `message ${n}`)).type, "result");
			}
			const syncs = failing.syncs.length;
			failing.fail(fault);
			alice.send(...["a", "b", "c"].map((id) => ({ type: "message", id, to: bob.address, text: `never ${id}` })));
			await alice.closed;
			assert.deepEqual(alice.taken({ type: "result" }), []);
			await node.died(1);
			await node.logged({ level: "error", msg: /the store has failed, stopping at once: .*(errno|I\/O error)/ }, 0);
			const since = failing.syncs.slice(syncs).map(([, how]) => how);
			assert.deepEqual(
				since.filter((how) => how === "ok"),
				[],
				"what failed to be synced is not synced again",
			);
			failing.fail();
			await node.restart();
			const reader = await node.wireOf(bob.person);
			const texts = (await wholeChat(reader, alice.address)).map(({ text }) => text);
			assert.deepEqual(
				texts.slice(0, 20),
				Array.from({ length: 20 }, (_, n) => `message ${n + 1}`),
			);
			const again = await node.wireOf(alice.person);
			for (const id of ["a", "b", "c"]) {
				assert.equal((await again.say(bob.address, `never ${id}`, id)).type, "result");
			}
			const all = (await wholeChat(reader, alice.address)).map(({ text }) => text);
			assert.equal(new Set(all).size, 23, "each once");
			assert.equal(all.length, 23);
		});
	}

	it("R04 a sync of the file: the same", async () => {
		node.mayLog(/the store has failed|nothing is written any more|move the log|I\/O error|disk of the store/);
		const [alice, bob] = await pair(node);
		failing.fail(`sync parley.db ${EIO} 1`);
		let acknowledged = 0;
		const text = "a text ".repeat(500);
		for (let n = 0; !alice.ended && n < 20_000; n++) {
			const id = `file-${n}`;
			alice.send({ type: "message", id, to: bob.address, text });
			const answer = await Promise.race([alice.next({ id }, MINUTE).catch(() => undefined), alice.closed]);
			acknowledged += answer?.type === "result";
		}
		await node.died(1);
		assert.ok(acknowledged > 100);
		const since = failing.syncs;
		const failed = since.findIndex(([name, how]) => name === "parley.db" && how === "failed");
		assert.ok(failed >= 0);
		assert.deepEqual(since.slice(failed + 1), [], "nothing was synced after it");
		failing.fail();
		await node.restart();
		const read = await wholeChat(await node.wireOf(bob.person), alice.address);
		assert.ok(read.length >= acknowledged);
	});
});

// ---- read by others ----

conversation("a store that another program reads", sqlite, (node) => {
	it("R06 for long: the node goes on, says that its log grows, and uses it anew when the reader has ended", async () => {
		const [alice, bob] = await pair(node);
		await alice.say(bob.address, "before");
		const reader = spawn("sqlite3", ["-readonly", databaseOf(node)], { stdio: ["pipe", "pipe", "inherit"] });
		const ended = new Promise((resolve) => reader.on("close", resolve));
		const begun = new Promise((resolve) => reader.stdout.once("data", resolve));
		reader.stdin.write("BEGIN; SELECT count(*) FROM sqlite_schema;\n");
		await begun;
		const log = `${databaseOf(node)}-wal`;
		while (statSync(log).size < 72 << 20) {
			await sendMuch(alice, bob, 4 << 20);
		}
		await node.logged({ level: "warn", msg: /the log of the store has grown to \d+ MiB/ }, 0);
		const grown = statSync(log).size;
		reader.stdin.end();
		await ended;
		await until(async () => {
			await sendMuch(alice, bob, 1 << 20);
			return statSync(log).size < grown;
		}, 2 * MINUTE);
	});

	it("R06 alone, for seconds: who writes waits or is told to come again, all else goes on, and nothing is lost", async () => {
		const [alice, bob] = await pair(node);
		await alice.say(bob.address, "before");
		const other = spawn("sqlite3", [databaseOf(node)], { stdio: ["pipe", "pipe", "inherit"] });
		const ended = new Promise((resolve) => other.on("close", resolve));
		const begun = new Promise((resolve) => other.stdout.once("data", resolve));
		other.stdin.write("BEGIN EXCLUSIVE; SELECT count(*) FROM sqlite_schema;\n");
		await begun;
		const sent = Array.from({ length: 20 }, (_, n) => ({ id: `locked-${n}`, text: `while it is locked ${n}` }));
		const first = alice.say(bob.address, sent[0].text, sent[0].id);
		let answered = 0;
		const watch = bob.next({ type: "message", text: /^while/ }).then(() => answered++);
		for (const end = performance.now() + 3000; performance.now() < end; ) {
			await bob.get("history.page", { chat: alice.address, after: 0 });
			bob.send({ type: "ack", count: bob.count });
		}
		assert.equal(answered, 0, "nobody is told of what is not written");
		other.stdin.end("ROLLBACK;\n");
		await ended;
		let answer = await first;
		for (const { id, text } of sent) {
			await until(async () => {
				answer = await alice.say(bob.address, text, id);
				return answer.type === "result" || (assert.equal(answer.code, "busy"), false);
			});
		}
		await watch;
		const texts = (await wholeChat(bob, alice.address)).map(({ text }) => text);
		assert.deepEqual(texts, ["before", ...sent.map(({ text }) => text)]);
	});

	it("R06 is refused to a second node, with the folder and the process that has it", async () => {
		const second = await run(parleyd, ["-c", node.configFile], {
			env: { LD_LIBRARY_PATH: join(parleyd, ".."), ASAN_OPTIONS: "detect_leaks=0" },
		});
		assert.equal(second.status, 1);
		assert.ok(second.err.includes(`the store in ${node.folder} is in use by another process (pid ${node.pid})`), second.err);
		const other = await parleydOn(node, "--store-recover");
		assert.equal(other.status, 1);
		assert.match(other.err, new RegExp(`in use by another process \\(pid ${node.pid}\\)`));
	});
});
