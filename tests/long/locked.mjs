// SPDX-License-Identifier: MIT
// Another program locks the database for a while: do the others wait?

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";

import { Node } from "../talk/support/node.mjs";
import { pairsOf } from "../talk/support/overload.mjs";
import { quantile } from "../talk/support/probe.mjs";

const usage = `usage: tests/soak locked [SECONDS]
  Holds BEGIN EXCLUSIVE on the database for so long (20) while somebody writes and others read pages and send pings.
  Fails when their p99 is over 100 ms, or when a message is lost or there twice. Wants the program sqlite3, and in
  PARLEY_BUILD a build without sanitizers.`;
const SECONDS = Number(process.argv[2] ?? 20);
if (!(SECONDS >= 1)) {
	console.error(usage);
	process.exit(64);
}
const MOST_MS = 100;

const node = new Node({ store: { backend: "sqlite" }, limits: { messages_second: 0 } });
await node.start();
const [[alice, bob]] = await pairsOf(node, 1);
const [writer, reader, pinger] = [await node.wireOf(alice), await node.wireOf(bob), await node.wireOf(bob)];
await writer.say(bob.address, "before");

const locker = spawn("sqlite3", [join(node.folder, "parley.db")], { stdio: ["pipe", "pipe", "inherit"] });
const ended = new Promise((resolve) => locker.on("close", resolve));
const locked = new Promise((resolve) => locker.stdout.once("data", resolve));
locker.stdin.write("BEGIN EXCLUSIVE; SELECT count(*) FROM sqlite_schema;\n");
await locked;

const times = { "history.page": [], ping: [] };
const until = performance.now() + SECONDS * 1000;
async function again(what, ask) {
	while (performance.now() < until) {
		const begun = performance.now();
		await ask();
		times[what].push(performance.now() - begun);
		await new Promise((resolve) => setTimeout(resolve, 10));
	}
}

const texts = Array.from({ length: 20 }, (_, n) => `while it is locked ${n}`);
const said = (async () => {
	for (const [n, text] of texts.entries()) {
		let answer;
		do {
			answer = await writer.say(bob.address, text, `locked-${n}`);
			assert.ok(answer.type === "result" || answer.code === "busy", JSON.stringify(answer));
		} while (answer.type !== "result");
	}
})();
await Promise.all([
	again("history.page", () => reader.get("history.page", { chat: alice.address, after: 0 })),
	again("ping", async () => {
		pinger.send({ type: "ping", id: "p" });
		await pinger.next("pong");
	}),
]);
locker.stdin.end("ROLLBACK;\n");
await ended;
await said;
const { messages } = await reader.get("history.page", { chat: alice.address, after: 0, limit: 200 });
assert.deepEqual(
	messages.map(({ text }) => text),
	["before", ...texts],
);
await node.closeClients();
await node.stop();
node.remove();
let slow = false;
for (const [what, ms] of Object.entries(times)) {
	const p99 = quantile(ms, 0.99);
	slow ||= p99 > MOST_MS;
	console.log(`${what}: ${ms.length} in ${SECONDS} s, p50 ${quantile(ms, 0.5).toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, most ${quantile(ms, 1).toFixed(1)} ms`);
}
console.log(slow ? "FAILED: who does not write had to wait" : "Nothing is lost, and nobody else waited.");
process.exit(slow ? 1 : 0);
