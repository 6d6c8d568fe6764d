// SPDX-License-Identifier: MIT
// Bytes of the store that the disk has changed: found out, told, never answered with; and what can be saved is saved.

import assert from "node:assert/strict";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, it } from "node:test";

import { databaseOf, flip, PAGE, pagesOf, parleyctl, parleydOn, sqlite, wholeChat } from "./support/store.mjs";
import { conversation } from "./support/talk.mjs";

const MESSAGES = 2500;
const DAMAGE = /damaged|not a database|cannot be read/;

conversation("a damaged store", sqlite, (node) => {
	const kept = mkdtempSync(join(tmpdir(), "parley-sound-"));
	after(() => rmSync(kept, { recursive: true, force: true }));
	let alice;
	let bob;
	let sound;

	const storeFiles = (folder) => readdirSync(folder).filter((name) => name.startsWith("parley.db"));

	/** Puts the store back as it was when all was well. */
	const repair = () => {
		for (const name of storeFiles(node.folder)) {
			rmSync(join(node.folder, name));
		}
		for (const name of readdirSync(kept)) {
			cpSync(join(kept, name), join(node.folder, name));
		}
	};

	/** All that two people can see, each answer by itself; an error is noted as its code. */
	const see = async () => {
		const seen = {};
		const note = async (name, question) => {
			const answer = await asked(question);
			seen[name] = answer.type === "error" ? answer.code : answer.result;
		};
		/* a node that would have to write on a damaged page ends */
		const asked = async (answer) => answer.catch(() => ({ type: "error", code: "internal" }));
		for (const person of [alice, bob]) {
			const login = async () =>
				(wire = await node.wire()).auth({ mechanism: "PLAIN", user: person.name, password: person.password });
			let wire;
			const { type, code } = await asked(login());
			if (type === "error") {
				seen[`login ${person.name}`] = code;
				continue;
			}
			const other = person === alice ? bob : alice;
			await note(`inbox ${person.name}`, wire.ask("history.inbox"));
			await note(`people ${person.name}`, wire.ask("roster.list"));
			await note(`account ${person.name}`, wire.ask("account.get"));
			for (let cursor = 0; cursor < MESSAGES; cursor += 200) {
				const page = wire.ask("history.page", { chat: other.address, after: cursor, limit: 200 });
				await note(`page ${person.name} ${cursor}`, page);
			}
		}
		return seen;
	};

	/** Starts the node; false when it refuses to, with a sentence that names the damage. */
	const starts = async () => {
		try {
			await node.restart();
			return true;
		} catch {
			await node.died(1);
			assert.match(node.log.findLast(({ level }) => level === "error").msg, DAMAGE);
			return false;
		}
	};

	/** Ends a node that may have stopped by itself for what it has read. */
	const ends = async () => {
		await node.closeClients();
		await node.kill9();
	};

	afterEach(ends);

	before(async () => {
		node.mayLog(DAMAGE);
		node.mayLog(/stopping at once|nothing is written any more|is no object|cannot start/);
		const people = await node.newPeople("alice", "bob");
		await node.befriend(...people);
		[alice, bob] = people.map((device) => device.person);
		await Promise.all(people.map((device) => device.close()));
		const wire = await node.wireOf(alice);
		for (let from = 0; from < MESSAGES; from += 250) {
			const said = Array.from({ length: 250 }, (_, n) => wire.say(bob.address, `message ${from + n + 1}`));
			for (const { type } of await Promise.all(said)) {
				assert.equal(type, "result");
			}
		}
		sound = await see();
		await node.closeClients();
		await node.stop(); /* then all is in one file, and nothing in a log */
		cpSync(databaseOf(node), join(kept, "parley.db"));
	});

	/** The same but for what is refused. */
	const assertNothingElse = (seen, where) => {
		for (const [name, answer] of Object.entries(seen)) {
			if (typeof answer !== "string") {
				assert.deepEqual(strip(answer), strip(sound[name]), `${where}: ${name} was answered otherwise`);
			} else {
				assert.match(answer, /^(internal|busy|limit)$/, `${where}: ${name}`);
			}
		}
	};
	/** Without what changes with each login. */
	const strip = (answer) => JSON.parse(JSON.stringify(answer, (key, value) => (/^(seen|cursor)$/.test(key) ? undefined : value)));

	/** A page of each table and index, the first and the last of those that have many, with what it is of. */
	const regions = () => {
		const pages = pagesOf(join(kept, "parley.db"));
		const found = new Map();
		for (const { name, pageno, pagetype } of pages) {
			const kind = `${name} ${pagetype}`;
			found.set(kind, [...(found.get(kind) ?? []), pageno]);
		}
		const wanted = /runs\.messages|messages|accounts|relations|devices|members|collections|schema/;
		return [...found].filter(([kind]) => wanted.test(kind)).map(([kind, list]) => [kind, list[list.length >> 1]]);
	};

	/** Starts it whole, kills it when it has commits that are in its log alone, and names that. */
	const withLog = async () => {
		repair();
		assert.ok(await starts());
		const wire = await node.wireOf(alice);
		for (let n = 0; n < 20; n++) {
			assert.equal((await wire.say(bob.address, `late ${n}`, `late-${n}`)).type, "result");
		}
		await ends();
		return `${databaseOf(node)}-wal`;
	};

	it("R07 is found out wherever it is damaged; what is answered is right", async () => {
		for (const [kind, page] of regions()) {
			repair();
			flip(databaseOf(node), (page - 1) * PAGE + 16 + ((page * 997) % (PAGE - 32)));
			if (await starts()) {
				assertNothingElse(await see(), `${kind}, page ${page}`);
				await ends();
			}
			repair();
			flip(databaseOf(node), (page - 1) * PAGE + 16 + ((page * 997) % (PAGE - 32)));
			const checked = await parleydOn(node, "--store-check");
			assert.equal(checked.status, 1, `${kind}, page ${page}: ${checked.out}`);
			const name = kind.startsWith("sqlite_schema") ? "" : kind.split(" ")[0].replace(/^sqlite_autoindex_/, "");
			assert.ok(checked.out.includes(`page ${page} is damaged`), checked.out);
			assert.ok(checked.out.includes(name), `${kind}: ${checked.out}`);
		}
	});

	it("is found out when its head is damaged, byte by byte", async () => {
		for (const offset of [0, 16, 18, 20, 24, 28, 32, 40, 52, 60, 68, 92, 99]) {
			repair();
			flip(databaseOf(node), offset, offset === 20 ? 8 : 1);
			assert.equal((await parleydOn(node, "--store-check")).status, 1, `byte ${offset}`);
			if (offset % 20 === 0) {
				assert.equal(await starts(), false, `byte ${offset}`);
			}
		}
	});

	it("is no matter on pages that are free, and told", async () => {
		repair();
		const used = new Set(pagesOf(databaseOf(node)).map(({ pageno }) => pageno));
		const count = statSync(databaseOf(node)).size / PAGE;
		const free = Array.from({ length: count }, (_, n) => n + 1).filter((page) => !used.has(page));
		assert.ok(free.length > 0, "there are free pages");
		flip(databaseOf(node), (free.at(-1) - 1) * PAGE + 100);
		const { status, out } = await parleydOn(node, "--store-check");
		assert.equal(status, 1);
		assert.match(out, /is damaged, but free: nothing was on it/);
	});

	it("is found out in the log of a node that was killed, before a commit is forgotten", async () => {
		const log = await withLog();
		const [whole, index] = [readFileSync(log), readFileSync(`${databaseOf(node)}-shm`)];
		assert.ok(whole.length > 10 * PAGE);
		for (const offset of [3, 18, 28, 40, 32 + 24 + 500, whole.length >> 1, whole.length - 3000]) {
			writeFileSync(log, whole);
			writeFileSync(`${databaseOf(node)}-shm`, index);
			flip(log, offset);
			const { status, out } = await parleydOn(node, "--store-check");
			assert.equal(status, 1, `byte ${offset} of ${whole.length}`);
			assert.match(out, /parley\.db-wal is damaged at frame \d+: the newest commits cannot be read/);
			assert.equal(await starts(), false, `byte ${offset}`);
		}
		writeFileSync(log, whole);
		writeFileSync(`${databaseOf(node)}-shm`, index);
		assert.ok(await starts());
		const read = await wholeChat(await node.wireOf(bob), alice.address);
		assert.equal(read.filter(({ text }) => text.startsWith("late")).length, 20);
	});

	it("is told beside a running node too, which answers with nothing else", async () => {
		repair();
		assert.ok(await starts());
		const run = pagesOf(join(kept, "parley.db")).filter(({ name, pagetype }) => name === "runs.messages" && pagetype === "leaf");
		flip(databaseOf(node), (run[0].pageno - 1) * PAGE + 2000);
		const { status, out } = await parleyctl(node, "store", "check");
		assert.equal(status, 1, out);
		assert.match(out, /a node uses the store; it is read as it was when this began/);
		assert.ok(out.includes(`page ${run[0].pageno} is damaged, of the table runs.messages`), out);
		assertNothingElse(await see(), "while it runs");
		const file = join(node.folder, "damaged.backup");
		const backup = await parleyctl(node, "backup", file);
		assert.equal(backup.status, 1);
		assert.match(backup.err, /a damaged store is not backed up/);
		assert.ok(!existsSync(file) && !existsSync(`${file}.unfinished`));
	});

	it("that is sound is said to be", async () => {
		repair();
		const offline = await parleydOn(node, "--store-check");
		assert.equal(offline.status, 0, offline.out + offline.err);
		assert.match(offline.out, new RegExp(`^messages: ${MESSAGES}$`, "m"));
		assert.match(offline.out, /no damage was found/);
		assert.ok(await starts());
		const online = await parleyctl(node, "store", "check");
		assert.equal(online.status, 0, online.out + online.err);
		await node.closeClients();
		await node.stop();
	});

	/** Recovers, and reads bob's chat with alice on a node that is started on the rest. */
	const recovered = async () => {
		const { status, out, err } = await parleyctl(node, "store", "recover");
		assert.equal(status, 0, out + err);
		const old = storeFiles(node.folder).filter((name) => /^parley\.db\.damaged-\d{8}-\d{6}$/.test(name));
		assert.equal(old.length, 1, "the old file is kept");
		assert.ok(out.includes(old[0]));
		assert.equal((await parleydOn(node, "--store-check")).status, 0);
		assert.ok(await starts());
		return { out, old: readFileSync(join(node.folder, old[0])) };
	};

	it("R07 is saved but for what was on the damaged pages, which is told; seqs are never used again", async () => {
		repair();
		const leaves = pagesOf(databaseOf(node)).filter(({ name, pagetype }) => name === "runs.messages" && /leaf|overflow/.test(pagetype));
		const page = leaves[leaves.length >> 1].pageno;
		flip(databaseOf(node), (page - 1) * PAGE + 1000);
		const before = readFileSync(databaseOf(node));
		const { out, old } = await recovered();
		assert.deepEqual(old, before);
		const lost = [...out.matchAll(/^lost: messages \S+\/(\d+) and those that follow it$/gm)].map(([, seq]) => Number(seq));
		assert.ok(lost.length > 0, out);
		const read = await wholeChat(await node.wireOf(bob), alice.address);
		for (const { seq, text } of read) {
			assert.equal(text, `message ${seq}`);
		}
		const there = new Set(read.map(({ seq }) => seq));
		const gone = Array.from({ length: MESSAGES }, (_, n) => n + 1).filter((seq) => !there.has(seq));
		assert.ok(gone.length > 0 && gone.length < MESSAGES / 3, `${gone.length} were lost`);
		const runs = gone.filter((seq) => !gone.includes(seq - 1));
		assert.deepEqual(runs, lost, "what is missing is what was told");
		assert.match(out, new RegExp(`^saved: ${read.length} of messages$`, "m"));
		const next = await (await node.wireOf(alice)).say(bob.address, "and on", "and-on");
		assert.equal(next.seq, MESSAGES + 1);
		await ends();
		const copied = await parleyctl(node, "store", "copy", "configured", `sqlite:${join(node.folder, "copied")}`);
		assert.equal(copied.status, 0, copied.out + copied.err);
		assert.ok(await starts());
	});

	it("R07 is saved without its end, too: what was there may be known to clients, and its seqs are never used again", async () => {
		repair();
		const leaves = pagesOf(databaseOf(node)).filter(({ name, pagetype }) => name === "runs.messages" && pagetype === "leaf");
		flip(databaseOf(node), (leaves.at(-1).pageno - 1) * PAGE + 1000);
		const { out } = await recovered();
		assert.match(out, /^lost: messages \S+ and those that follow it$/m);
		const read = await wholeChat(await node.wireOf(bob), alice.address);
		assert.ok(read.at(-1).seq < MESSAGES, "the end is gone");
		const next = await (await node.wireOf(alice)).say(bob.address, "and on", "and-on");
		assert.ok(next.seq > MESSAGES, `${next.seq}`);
		await ends();
		const copied = await parleyctl(node, "store", "copy", "configured", `sqlite:${join(node.folder, "copied-too")}`);
		assert.equal(copied.status, 0, copied.out + copied.err);
		assert.ok(await starts());
	});

	it("is saved whole when only indexes, the pages above others or the list of tables are damaged", async () => {
		const pages = pagesOf(join(kept, "parley.db"));
		const wanted = [
			({ name }) => name === "runs.messages.seq",
			({ name }) => name === "sqlite_autoindex_docs.accounts_1",
			({ name, pagetype }) => name === "runs.messages" && pagetype === "internal",
			({ name }) => name === "origins.messages",
			({ name }) => name === "sqlite_schema",
			({ name }) => name === "collections",
		];
		for (const which of wanted) {
			repair();
			const found = pages.find(which);
			flip(databaseOf(node), (found.pageno - 1) * PAGE + 300);
			const { out } = await recovered();
			assert.ok(!/^lost: /m.test(out), `${found.name}: ${out}`);
			assertNothingElse(await see(), found.name);
			const read = await wholeChat(await node.wireOf(bob), alice.address);
			assert.equal(read.length, MESSAGES, found.name);
			await ends();
		}
	});

	it("is saved as far as its log goes, when the log is damaged", async () => {
		const log = await withLog();
		flip(log, statSync(log).size - 2000);
		assert.equal(await starts(), false);
		const { out } = await recovered();
		assert.match(out, /^lost: commits in the log: .*damaged at frame/m);
		const read = await wholeChat(await node.wireOf(bob), alice.address);
		const late = read.filter(({ text }) => text.startsWith("late"));
		assert.ok(late.length < 20);
		assert.deepEqual(
			late.map(({ text }) => text),
			late.map((_, n) => `late ${n}`),
		);
		assert.equal(read.length, MESSAGES + late.length);
		const next = await (await node.wireOf(alice)).say(bob.address, "and on", "and-on");
		assert.ok(next.seq > MESSAGES + 20, "what is lost of the log may be known to clients");
	});
});
