// SPDX-License-Identifier: MIT
// Twenty thousand clients that come back at the same moment, after their node was killed.

import assert from "node:assert/strict";
import { execSync } from "node:child_process";
import { cpus } from "node:os";
import { connect } from "node:tls";

import { Node, TERMS } from "../talk/support/node.mjs";
import { addressOf, memoryOf } from "../talk/support/overload.mjs";

const usage = `usage: tests/soak reconnect [SESSIONS]
  So many devices (20000, ten of each account) are logged in; the node is killed and started again, and all come at
  once. PARLEY_BUILD names the build, which should be one without sanitizers. Prints figures for docs/reliability.md;
  fails when not all are there within 60 seconds, each once. Needs ulimit -n for all of them.`;
if (process.argv.slice(2).some((argument) => !/^\d+$/.test(argument))) {
	console.error(usage);
	process.exit(64);
}

const SESSIONS = Math.ceil(Number(process.argv[2] ?? 20_000) / 10) * 10;
const DEVICES = 10;
const LANES = 64;
const MOST_S = 60;
const MIB = 1024 * 1024;

const files = Number(execSync("ulimit -n", { encoding: "utf8", shell: "/bin/sh" }));
assert.ok(files >= SESSIONS + 200, `ulimit -n is ${files}: set it to ${SESSIONS + 200} first`);

const node = new Node({
	store: { backend: "sqlite" },
	limits: { guests_per_address: 1000, connections: SESSIONS + 100, messages_second: 0 },
	accounts: { scrypt_log_n: 4, scrypt_queue: 1000 },
});
await node.start();

/** Does work(n) for each n below count, LANES at a time. */
async function each(count, work) {
	let next = 0;
	const lane = async () => {
		while (next < count) {
			await work(next++);
		}
	};
	await Promise.all(Array.from({ length: LANES }, lane));
}

/** One try to log in, from a network of its own: the socket with its ready frame, or what came instead. */
function attempt(n, auth) {
	return new Promise((resolve) => {
		const socket = connect({ ...node.tlsOptions, localAddress: addressOf(n) });
		let rest = "";
		let refused = { code: "closed" };
		socket.setEncoding("utf8");
		socket.on("data", (chunk) => {
			const lines = (rest + chunk).split("\n");
			rest = lines.pop();
			for (const frame of lines.map((line) => JSON.parse(line))) {
				if (frame.type === "hello") {
					socket.write(`${JSON.stringify({ type: "auth", ...auth })}\n`);
				} else if (frame.type === "ready") {
					resolve({ socket, ready: frame });
				} else if (frame.type === "error") {
					refused = frame;
					socket.destroy();
				}
			}
		});
		socket.on("error", () => undefined);
		socket.on("close", () => resolve({ refused }));
	});
}

let tries = 0;
const refusals = {};

/** As a client does: who is refused comes again when it is told to, and a moment later. */
async function logIn(n, auth) {
	for (;;) {
		tries++;
		const { socket, ready, refused } = await attempt(n, auth);
		if (ready) {
			return { socket, ready };
		}
		assert.ok(["busy", "limit", "closed"].includes(refused.code), JSON.stringify(refused));
		refusals[refused.code] = (refusals[refused.code] ?? 0) + 1;
		const seconds = (refused.retry_after ?? 1) * (1 + Math.random());
		await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
	}
}

const names = Array.from({ length: SESSIONS / DEVICES }, (_, n) => `back${n}`);
const password = "correct horse battery";
const makers = await Promise.all(Array.from({ length: LANES }, (_, n) => node.wire({ tls: { localAddress: addressOf(n) } })));
let made = 0;
await Promise.all(
	makers.map(async (maker) => {
		while (made < names.length) {
			const name = names[made++];
			await maker.get("register.create", { name, password, terms: TERMS });
		}
		await maker.close();
	}),
).catch((error) => console.error("accounts:", error.message));
console.error(`${names.length} accounts`);

const clients = [];
await each(SESSIONS, async (n) => {
	const user = names[Math.floor(n / DEVICES)];
	const { socket, ready } = await logIn(n, { mechanism: "PLAIN", user, password });
	clients[n] = { socket, auth: { mechanism: "TOKEN", user, token: ready.token } };
});
const idle = memoryOf(node);
console.error(`${SESSIONS} sessions, ${(idle / MIB).toFixed(0)} MiB`);

await node.kill9();
tries = 0;
await node.restart();
const begun = performance.now();
const times = [];
let most = 0;
const watch = setInterval(() => (most = Math.max(most, memoryOf(node))), 100);
await Promise.all(
	clients.map(async ({ auth }, n) => {
		const { socket } = await logIn(n, auth);
		clients[n].socket = socket;
		times.push((performance.now() - begun) / 1000);
	}),
);
clearInterval(watch);
const operator = await node.operator();
const { sessions } = await operator.get("node.status");
await operator.close();
const at = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))].toFixed(1);
console.log(`${SESSIONS} sessions on ${cpus().length} x ${cpus()[0].model.trim()}: half were back after ${at(0.5)} s, all after ${at(1)} s, with
${tries} logins (refused: ${JSON.stringify(refusals)}); ${(most / MIB).toFixed(0)} MiB at most, ${(idle / MIB).toFixed(0)} MiB before`);
for (const { socket } of clients) {
	socket.destroy();
}
await node.stop();
node.remove();
const right = sessions === SESSIONS && times.at(-1) <= MOST_S;
console.log(right ? "All are there, each once." : `FAILED: ${sessions} sessions, in ${at(1)} s`);
process.exit(right ? 0 : 1);
