#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// What looking after a large archive takes, and what those who talk meanwhile notice of it: a backup and its
// verification, a check of the store, a new data key, and a rule that removes many messages, until the index of words
// is without them. The node is the one of the build that PARLEY_BUILD names, on SQLite.
//
// usage: bench/upkeep.mjs [MESSAGES [REMOVED]]     1,000,000 and 100,000

import { spawn } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";

import { pairsOf } from "../tests/talk/support/overload.mjs";
import { good } from "../tests/talk/support/parleyctl.mjs";
import { Node } from "../tests/talk/support/node.mjs";
import { build, parleyd } from "../tests/talk/support/places.mjs";
import { Probe } from "../tests/talk/support/probe.mjs";
import { cpuOf, fill, indexed, seconds, writersOf } from "./fill.mjs";

const [messages = 1_000_000, removed = 100_000] = process.argv.slice(2).map(Number);
const CHATS = 200;
const CALM = 20;
const LEFT = 1000; /* of those that are gone the index may have so many: they leave it within a day */
const MB = 1e6;

async function metric(node, name) {
	const answer = await fetch(`http://${node.host}:${node.portOf("metrics")}/metrics`);
	const line = (await answer.text()).split("\n").find((text) => text.startsWith(`parley_${name} `));
	return Number(line.split(" ").at(-1));
}

/** Bytes of memory that a process has, or had at most. */
function memoryOf(pid, name) {
	return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) * 1024;
}

const digits = (value) => value.toFixed(value < 10 ? 1 : 0);

/** Does something while four pairs talk, and says what it took: of a process of its own, or else of the node. */
async function during(node, what, work) {
	const probe = new Probe(node, await pairsOf(node, 4), 50);
	await probe.started;
	const [cpu, begun] = [cpuOf(node.pid), performance.now()];
	let most = memoryOf(node.pid, "VmRSS");
	const timer = setInterval(() => (most = Math.max(most, memoryOf(node.pid, "VmRSS"))), 100);
	const { own, note = "" } = (await work()) ?? {};
	clearInterval(timer);
	const took = (performance.now() - begun) / 1000;
	const used = (cpuOf(node.pid) - cpu) / 1000;
	const { sent, heard, ms } = await probe.stop();
	if (heard !== sent) {
		throw new Error(`${what}: ${heard} of ${sent} messages were heard`);
	}
	const process = own ? [digits(own.cpu / 1000), digits(own.memory / MB)] : ["", ""];
	const row = [what, digits(took), digits(used), digits(most / MB), ...process, sent, ...ms.map(digits), note];
	console.log(`| ${row.join(" | ")} |`);
}

/** What parleyctl has done by a process of its own: { cpu, memory } as that was seen last. */
async function command(node, ...options) {
	const env = { ...process.env, LD_LIBRARY_PATH: join(build, ".libs") };
	const child = spawn(parleyd, ["-c", node.configFile, ...options], { env, stdio: ["ignore", "ignore", "inherit"] });
	const own = { cpu: 0, memory: 0 };
	const timer = setInterval(() => {
		try {
			[own.cpu, own.memory] = [cpuOf(child.pid), Math.max(own.memory, memoryOf(child.pid, "VmHWM"))];
		} catch {
			clearInterval(timer); /* it has ended */
		}
	}, 20);
	const status = await new Promise((resolve) => child.on("close", resolve));
	clearInterval(timer);
	if (status !== 0) {
		throw new Error(`${options.join(" ")} ends with ${status}`);
	}
	return own;
}

const node = new Node({
	store: { backend: "sqlite" },
	limits: { window: 1000, messages_second: 0 },
	listeners: ["metrics"],
});
await node.start();
try {
	const [reader, lines] = await writersOf(node, CHATS);
	const begun = performance.now();
	const written = await fill(reader, lines, messages);
	await indexed(reader);
	const size = statSync(join(node.folder, "parley.db")).size;
	console.log(`${messages} messages in ${CHATS} chats: ${digits(size / MB)} MB, written in ${digits((performance.now() - begun) / 1000)} s\n`);
	await Promise.all([reader, ...lines].map((line) => line.close()));
	console.log("| what | s | node: CPU s | MB | its process: CPU s | MB | messages meanwhile | p50 ms | p99 | most | |");
	console.log("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|");
	const operator = await node.operator();
	const backup = join(node.folder, "all.backup");

	await during(node, "nothing else", () => seconds(CALM));
	await during(node, "`backup`", async () => {
		const own = await command(node, "--backup", backup);
		return { own, note: `${digits(statSync(backup).size / MB)} MB` };
	});
	await during(node, "`restore --verify`", async () => ({ own: await command(node, "--verify", backup) }));
	await during(node, "`store check`", async () => ({ own: await command(node, "--store-check") }));
	await during(node, "`key rotate`", async () => {
		const { key } = await operator.get("key.rotate", {});
		for (let keys = []; keys.length !== 1 || keys[0].id !== key; ) {
			await seconds(0.2);
			({ keys } = await operator.get("key.status", {}));
		}
		const { sealed, failed } = await operator.get("key.status", {});
		return { note: `${sealed} documents sealed anew, ${failed} failed` };
	});

	let [chats, old] = [0, 0];
	while (old < removed) {
		old += written[chats++];
	}
	for (const { person } of lines.slice(0, chats)) {
		await good(node, ["retention", "set", "--days", "1", [person.name, reader.person.name].sort().join("+")]);
	}
	node.pass(3 * 86400);
	await during(node, "a rule removes messages", async () => {
		await operator.get("retention.run", {});
		while ((await metric(node, "history_removed_total")) < old) {
			await seconds(0.2);
		}
		return { note: `${await metric(node, "history_removed_total")} removed` };
	});
	await during(node, "the index of words is without them", async () => {
		const gone = await metric(node, "history_search_gone");
		let [left, passes] = [gone, 0];
		while (left > LEFT) {
			await seconds(1);
			const now = await metric(node, "history_search_gone");
			passes += now < left;
			left = now;
		}
		return { note: `${gone} were in it, in ${passes} steps ${left}` };
	});
	await node.closeClients();
} finally {
	await node.stop().catch((error) => console.error(error.message));
	node.remove();
}
