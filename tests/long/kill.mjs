// SPDX-License-Identifier: MIT
// usage: tests/soak kill [ROUNDS]       (500 when it is left out)
//
// Eight people write, others read, and the node is killed once or more in each round, on a good network and, in every
// second batch, on a bad one. After each batch of rounds the checker judges; at the end everything that was ever
// written is read once more. PARLEY_BUILD names the build folder, PARLEY_SEED repeats the choices of an earlier run.
// The data stays, and is named, when anything was wrong.

import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";

import { Node } from "../talk/support/node.mjs";
import { Wire } from "../talk/support/wire.mjs";
import { Chance } from "../workload/chance.mjs";
import { Run, sections } from "../workload/run.mjs";

const BATCH = 25;

const say = (text) => console.log(`${new Date().toISOString().slice(11, 19)} ${text}`);
const named = (counts) =>
	Object.entries(counts)
		.map(([name, n]) => `${n} ${name}`)
		.join(", ");

function add(sums, counts) {
	for (const [name, n] of Object.entries(counts)) {
		sums[name] = (sums[name] ?? 0) + n;
	}
}

/** What somebody reads in all their chats, as one hash for each. */
async function album(node, person) {
	const wire = new Wire(node, { name: person.name });
	await wire.opened();
	await wire.login(person, { device: { id: "album" } });
	const hashes = {};
	const { chats } = await wire.get("history.inbox", {});
	for (const { chat } of chats.filter(({ gone }) => !gone)) {
		const hash = createHash("sha256");
		for (let after = 0, more = true; more; ) {
			const page = await wire.get("history.page", { chat, after, limit: 200 });
			hash.update(JSON.stringify(page.messages));
			[after, more] = [page.last, page.more];
		}
		hashes[chat] = hash.digest("hex");
	}
	await wire.close();
	return JSON.stringify(hashes);
}

class Soak {
	sums = { rounds: 0, violations: 0 };
	network = {};
	#albums = [];

	constructor(node, chance, rounds) {
		Object.assign(this, { node, chance, rounds });
	}

	async run() {
		for (let batch = 1; this.sums.rounds < this.rounds; batch++) {
			await this.#batch(batch, Math.min(BATCH, this.rounds - this.sums.rounds));
		}
		await this.#readAgain();
	}

	async #batch(batch, rounds) {
		const network = batch % 2 === 0 ? "bad" : "good";
		const run = new Run(this.node, this.chance.fork(), { rounds, network, always: true, tag: `b${batch}` });
		let judged;
		try {
			judged = await run.run();
		} catch (error) {
			say(`what was seen until then: ${await run.keep()}`);
			throw error;
		}
		this.sums.rounds += rounds;
		add(this.sums, { messages: judged.counts.acknowledged, attempts: judged.counts.attempts });
		add(this.sums, { changes: judged.counts.changes, sights: judged.counts.sights, ...judged.kills });
		add(this.network, judged.network);
		await this.#tell(run, judged);
		const { senders, readers } = run.town.people;
		for (const person of [...senders, ...readers]) {
			this.#albums.push({ person, album: await album(this.node, person) });
		}
	}

	async #tell(run, judged) {
		const megabytes = (statSync(join(this.node.folder, "parley.db")).size / 1e6).toFixed(1);
		say(`${this.sums.rounds} of ${this.rounds} rounds, ${named(judged.kills)}, database ${megabytes} MB. ${judged.verdict}`);
		if (judged.violations.length > 0) {
			this.sums.violations += judged.violations.length + judged.hidden;
			say(`what was seen: ${await run.keep()}`);
		}
	}

	/** What was there at the end of a batch is there at the end of all. */
	async #readAgain() {
		for (const { person, album: before } of this.#albums) {
			if ((await album(this.node, person)) !== before) {
				this.sums.violations++;
				say(`what ${person.name} reads is no longer what it was at the end of their batch`);
			}
		}
		say(`${this.#albums.length} people have read all their chats again`);
	}
}

function machine() {
	const memory = /MemTotal:\s+(\d+)/.exec(readFileSync("/proc/meminfo", "utf8"))[1];
	return `${cpus().length} x ${cpus()[0].model}, ${Math.round(memory / 1048576)} GiB`;
}

const rounds = Number(process.argv[2] ?? 500);
if (!(rounds > 0)) {
	console.error("usage: tests/soak kill [ROUNDS]");
	process.exit(64);
}
const chance = Chance.fresh();
const node = new Node(sections);
await node.start();
say(`seed ${chance.seed}, data in ${node.folder}, ${machine()}`);
const soak = new Soak(node, chance, rounds);
try {
	await soak.run();
	await node.stop();
} catch (error) {
	soak.sums.violations++;
	say(`stopped: ${error.stack}\n${node.logText()}`);
}
say(`${named(soak.sums)}; the bad network: ${named(soak.network)}`);
if (soak.sums.violations > 0) {
	say(`FAILED; seed ${chance.seed}, the data stays in ${node.folder}`);
	process.exit(1);
}
node.remove();
say("The promise held.");
process.exit(0);
