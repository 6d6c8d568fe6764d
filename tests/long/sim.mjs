// SPDX-License-Identifier: MIT
// Many runs of the simulation (tests/sim), judged by the checker as well.

import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";

import { check, verdict } from "../checker/check.mjs";
import { History, Tap } from "../checker/history.mjs";
import { build, root } from "../talk/support/places.mjs";

const usage = `usage: tests/soak sim [RUNS] [--seed SEED] [--plant FAULT]
  So many runs (1000), from this seed on (1): two nodes each, on virtual time. FAULT is a number of tests/sim/image.h: that fault
  is planted, and should be found. PARLEY_BUILD names the build folder. When anything is wrong it says which seed it was,
  keeps what the clients saw, and ends with 1.`;

function settings() {
	const options = { seed: { type: "string", default: "1" }, plant: { type: "string", default: "0" }, help: { type: "boolean" } };
	const { values, positionals } = parseArgs({ options, allowPositionals: true });
	const numbers = [positionals[0] ?? "1000", values.seed, values.plant];
	if (values.help || positionals.length > 1 || !numbers.every((n) => /^\d+$/.test(n)) || numbers[0] === "0") {
		throw new Error(usage);
	}
	const [runs, seed, plant] = numbers.map(Number);
	return { runs, seed, plant };
}

/** One history for each node, of all that its clients sent and received. */
function historiesOf(file) {
	const histories = [];
	const taps = new Map();
	for (const line of readFileSync(file, "utf8").split("\n").filter(Boolean)) {
		const { world, person, device, sent, frame } = JSON.parse(line);
		const who = `person${person}@${"ab"[world]}.example`;
		histories[world] ??= new History();
		const name = `${who}/${device}`;
		if (!taps.has(name)) {
			taps.set(name, new Tap(histories[world], who, name));
		}
		taps.get(name)[sent ? "sent" : "received"](frame);
	}
	return histories;
}

const COUNTS = ["wrong", "messages", "changes", "moves", "resumed", "seen", "lives", "kills", "failures", "stops"];

/** What a run says of a node: counts, the digest of the run, and a verdict. */
function outcomeOf(line) {
	const [, counts, verdict] = /^((?:\d+ ){10})[0-9a-f]+ (.*)$/.exec(line);
	const numbers = counts.trim().split(" ").map(Number);
	return { ...Object.fromEntries(COUNTS.map((name, n) => [name, numbers[n]])), verdict };
}

class Soak {
	sums = { runs: 0, messages: 0, changes: 0, moves: 0, seen: 0, resumed: 0, lives: 0, kills: 0, failures: 0, stops: 0, attempts: 0, pages: 0 };
	wrong = 0;
	#folder = mkdtempSync(join(tmpdir(), "parley-soak-sim-"));

	constructor({ runs, seed, plant }) {
		Object.assign(this, { next: seed, end: seed + runs, plant });
	}

	async run() {
		await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, () => this.#work()));
		if (this.wrong === 0) {
			rmSync(this.#folder, { recursive: true });
		}
	}

	async #work() {
		while (this.next < this.end) {
			await this.#one(this.next++);
			if (++this.sums.runs % 100 === 0) {
				say(`${this.sums.runs} runs, ${named(this.sums)}; ${this.wrong} wrong`);
			}
		}
	}

	async #one(seed) {
		const file = join(this.#folder, `frames-${seed}`);
		const env = {
			...process.env,
			srcdir: root,
			PARLEY_SIM_FRAMES: file,
			GLIBC_TUNABLES: "glibc.rtld.optional_static_tls=65536",
		};
		try {
			const { stdout } = await promisify(execFile)(join(build, "tests/sim/test_sim"), [`${seed}`, `${this.plant}`], { env });
			for (const line of stdout.trim().split("\n")) {
				const { verdict: said, wrong, ...counts } = outcomeOf(line);
				add(this.sums, counts);
				this.#judge(wrong > 0 ? said : undefined, seed, file);
			}
		} catch (error) {
			this.#judge(`it ended badly: ${error.message}\n${error.stdout}${error.stderr}`, seed, file);
			return;
		}
		this.#check(seed, file);
	}

	/** The checker has an opinion of its own. A run that was broken off has not read everything. */
	#check(seed, file) {
		const before = this.wrong;
		for (const history of historiesOf(file)) {
			if (this.plant === 0) {
				history.settle();
			}
			const judged = check(history);
			add(this.sums, { attempts: judged.counts.attempts, pages: judged.counts.pages });
			this.#judge(judged.violations.length > 0 ? verdict(judged) : undefined, seed, file);
		}
		if (this.wrong === before) {
			rmSync(file);
		}
	}

	#judge(fault, seed, file) {
		if (fault === undefined) {
			return;
		}
		this.wrong++;
		const again = `tests/soak sim 1 --seed ${seed}${this.plant > 0 ? ` --plant ${this.plant}` : ""}`;
		say(`seed ${seed}: ${fault}\n  what the clients saw: ${file}\n  again: ${again}`);
	}
}

const say = (text) => console.log(`${new Date().toISOString().slice(11, 19)} ${text}`);

function add(sums, counts) {
	for (const [name, n] of Object.entries(counts)) {
		sums[name] += n;
	}
}

const named = ({ runs, ...counts }) =>
	Object.entries(counts)
		.map(([name, n]) => `${n} ${name}`)
		.join(", ");

try {
	const soak = new Soak(settings());
	await soak.run();
	say(`${soak.sums.runs} runs of 2 nodes: ${named(soak.sums)}`);
	say(soak.wrong > 0 ? `FAILED: ${soak.wrong} times` : "The promise held.");
	process.exitCode = soak.wrong > 0 ? 1 : 0;
} catch (error) {
	console.error(error.message);
	process.exitCode = 64;
}
