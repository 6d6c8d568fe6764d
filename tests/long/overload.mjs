// SPDX-License-Identifier: MIT
// More than a node can take, of each kind, while others talk and log in.

import assert from "node:assert/strict";
import { execSync } from "node:child_process";
import { cpus } from "node:os";

import { until } from "../talk/support/mailbox.mjs";
import { Node } from "../talk/support/node.mjs";
import {
	addressOf,
	fewFiles,
	historyOf,
	IDLERS,
	Idlers,
	limitsOf,
	loginFlood,
	memoryOf,
	pairsOf,
	shareOf,
	slowReaders,
} from "../talk/support/overload.mjs";
import { Probe } from "../talk/support/probe.mjs";

const usage = `usage: tests/soak overload [CONNECTIONS [SECONDS]]
  So many connections that do nothing (10000), and seconds that each trouble lasts (60). PARLEY_BUILD names the
  build, which should be one without sanitizers. Prints figures for docs/reliability.md; fails when those who
  talk wait for more than 200 ms (p99), when a message is lost, or when anything grows beyond its bound.`;
if (process.argv.slice(2).some((argument) => !/^\d+$/.test(argument))) {
	console.error(usage);
	process.exit(64);
}

const CONNECTIONS = Number(process.argv[2] ?? 10_000);
const SECONDS = Number(process.argv[3] ?? 60);
const MOST_MS = 200;
const MIB = 1024 * 1024;

/** As a node is set up by default, but for the many connections from this machine. */
const usual = {
	store: { backend: "sqlite" },
	limits: { guests_per_address: 20, connections: 2 * CONNECTIONS, messages_second: 0 },
	accounts: { scrypt_log_n: 15, address_fails: 20 },
};

const files = Number(execSync("ulimit -n", { encoding: "utf8", shell: "/bin/sh" }));
assert.ok(files >= CONNECTIONS + 1000, `ulimit -n is ${files}: set it to ${CONNECTIONS + 1000} first`);

const seconds = (n) => new Promise((resolve) => setTimeout(resolve, n * 1000));
const rows = [];
const wrong = [];

function check(what, good, figure) {
	if (!good) {
		wrong.push(`${what}: ${figure}`);
	}
}

/** Peaks of every limit while something runs. */
function watch(operator, peaks) {
	let over = false;
	const look = async () => {
		while (!over) {
			for (const { name, used, max } of Object.values(await limitsOf(operator))) {
				if (!(peaks[name]?.used / peaks[name]?.max >= used / max)) {
					peaks[name] = { used, max }; /* nodes with other limits count as well */
				}
				check(name, used <= max, `${used} of ${max}`);
			}
			await seconds(0.25);
		}
	};
	const looking = look();
	return async () => {
		over = true;
		await looking;
	};
}

/** Runs a trouble on a node while four pairs talk and somebody logs in every second. */
async function during(what, node, peaks, trouble, login = 1000) {
	const operator = await node.operator();
	const probe = new Probe(node, await pairsOf(node, 4), 20, login);
	await probe.started;
	const stopWatch = watch(operator, peaks);
	const before = memoryOf(node);
	const note = await trouble(operator);
	const most = memoryOf(node);
	await stopWatch();
	const { sent, heard, ms, logins } = await probe.stop();
	check(what, sent === heard && sent > 0, `${heard} of ${sent} heard`);
	check(what, ms[1] < MOST_MS, `p99 ${ms[1]} ms`);
	const round = (value) => (value < 10 ? value.toFixed(1) : value.toFixed(0));
	const row = [what, sent, ...ms.map(round), login ? round(logins[1]) : "", ((most - before) / MIB).toFixed(0), note ?? ""];
	rows.push(row);
	console.error(row.join(" | "));
	await node.closeClients();
}

async function withNode(sections, body) {
	const node = new Node(sections);
	await node.start();
	try {
		await body(node);
		await node.stop();
	} finally {
		node.remove();
	}
}

const peaks = {};

await withNode(usual, async (node) => {
	await during("calm", node, peaks, () => seconds(SECONDS / 3));

	await during("8 readers that read nothing", node, peaks, async (operator) => {
		const { pairs, wires, bytesEach } = await slowReaders(node, {
			readers: 8,
			messages: 3000,
			pause: 2 * SECONDS * 1000,
		});
		check("slow readers", bytesEach < 2 * MIB, `${bytesEach} bytes each`);
		const kept = (await limitsOf(operator))["session.kept_bytes"].used / 8;
		check("slow readers", kept < 2 * MIB, `${kept} bytes kept for each`);
		await Promise.all(wires.flat().map((wire) => wire.close()));
		for (const [reader, writer] of pairs) {
			const wire = await node.wireOf(reader);
			assert.equal((await historyOf(wire, writer.address)).length, 3000);
			await wire.close();
		}
		return `${(kept / MIB).toFixed(2)} MiB kept for each; all caught up`;
	}, 0); /* a login takes 32 MiB for a moment: none while memory is looked at */

	await during("100 clients that guess passwords", node, peaks, async (operator) => {
		const victim = await node.signUp("victim");
		const home = { tls: { localAddress: addressOf(5000) } };
		await (await node.wireOf(victim, {}, home)).close();
		const flood = loginFlood(node, victim.name, 100);
		await seconds(SECONDS);
		await (await node.wireOf(victim, {}, home)).close();
		const answers = await flood.stop();
		const { refused } = (await limitsOf(operator))["login.passwords"];
		check("guesses", answers.ready === undefined, JSON.stringify(answers));
		return `${JSON.stringify(answers).replace(/[{}"]/g, "")}; queue full ${refused} times`;
	});
});

/** How many the node has when it has all, or after a while: those that have just connected may wait for being accepted. */
async function arrived(operator) {
	let most = 0;
	for (const end = Date.now() + ACCEPTS_MS; most < CONNECTIONS && Date.now() < end; await seconds(0.05)) {
		most = Math.max(most, (await operator.get("node.status")).connections);
	}
	return most;
}

/* With time enough that most of them are there at once: who came first may have to go before the last has come. */
const LONG = 3 * SECONDS;
const ACCEPTS_MS = 5000;
const IN_TIME = LONG - 1; /* the node counts whole seconds */
const patient = { ...usual, limits: { ...usual.limits, tls_seconds: LONG, login_seconds: LONG } };
for (const kind of Object.keys(IDLERS)) {
	await withNode(patient, async (node) => {
		await during(`${CONNECTIONS} that ${kind}`, node, peaks, async (operator) => {
			const idlers = await Idlers.of(node, kind, CONNECTIONS, 20);
			const connections = await arrived(operator);
			const all = Date.now();
			await seconds(1); /* so that this side has noticed, too, who was gone by then */
			const served = idlers.lasted(IN_TIME);
			await idlers.gone((LONG + 30) * 1000);
			const late = (Date.now() - all) / 1000 - LONG;
			idlers.close();
			const early = CONNECTIONS - idlers.lasted(IN_TIME);
			const atOnce = `${connections} at once${connections < CONNECTIONS ? `, when ${served} had had their time` : ""}`;
			check(kind, connections + served >= CONNECTIONS, atOnce);
			check(kind, early === 0, `${early} gone before their time`);
			check(kind, late < 2 + LONG * 0.1, `gone ${late} s late`);
			return `${atOnce}, ${((memoryOf(node) / MIB) | 0)} MiB in all; gone ${late.toFixed(1)} s after their time`;
		});
	});
}

await withNode({ ...usual, ...fewFiles(256), limits: { ...patient.limits, guests_per_address: 2000 } }, async (node) => {
	await during("1,000 connections for 256 files", node, peaks, async (operator) => {
		const idlers = await Idlers.of(node, "say nothing", 1000, 1000);
		const share = await shareOf(node, SECONDS / 3);
		check("few files", share < 0.2 + 0.2, `${share} of a processor`);
		idlers.close();
		await until(async () => (await operator.get("node.status")).connections < 100);
		return `${(share * 100).toFixed(0)} % of a processor, the talking included`;
	}, 0);
});

const narrow = { store: { backend: "sqlite", readers: 64 }, runtime: { workers: 1, worker_queue: 16 } };
await withNode({ ...usual, ...narrow }, async (node) => {
	await during("256 reads at once for one worker", node, peaks, async (operator) => {
		const [[person, other]] = await pairsOf(node, 1);
		const wires = [];
		for (let n = 0; n < 16; n++) {
			wires.push(await node.wireOf(person));
		}
		const end = Date.now() + (SECONDS * 1000) / 3;
		const counts = { result: 0, busy: 0 };
		const ask = async (wire) => {
			while (Date.now() < end) {
				const asked = Array.from({ length: 16 }, () => wire.ask("history.page", { chat: other.address }));
				for (const { type, code } of await Promise.all(asked)) {
					counts[code ?? type]++;
				}
				wire.send({ type: "ack", count: wire.count });
			}
		};
		await Promise.all(wires.map(ask));
		const { used, max } = (await limitsOf(operator))["runtime.worker_queue"];
		check("worker queue", counts.result > 0 && used <= max, JSON.stringify(counts));
		return `${counts.result} answered, ${counts.busy} told "busy"`;
	});
});

await withNode(usual, async (node) => {
	await during("a clock that jumps by a day", node, peaks, async () => {
		for (const days of [1, -1, -1, 1]) {
			node.pass(days * 24 * 3600);
			await seconds(SECONDS / 12);
		}
		return "forth, back, back, forth";
	});
});

const head = ["while there are", "messages", "p50 ms", "p99 ms", "most ms", "login p95 ms", "MiB more", "besides"];
console.log(`${cpus().length} processors (${cpus()[0].model}), Node.js ${process.version}, ${new Date().toISOString().slice(0, 10)}\n`);
for (const row of [head, head.map(() => "---"), ...rows]) {
	console.log(`| ${row.join(" | ")} |`);
}
console.log("\n| limit | most | of |\n| --- | --- | --- |");
for (const [name, { used, max }] of Object.entries(peaks)) {
	console.log(`| ${name} | ${used} | ${max} |`);
}
if (wrong.length > 0) {
	console.log(`\nwrong:\n${[...new Set(wrong)].join("\n")}`);
}
process.exit(wrong.length > 0 ? 1 : 0);
