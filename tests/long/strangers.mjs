// SPDX-License-Identifier: MIT
// A million strangers who leave in the middle of something, and a million names that they make up: nothing may grow.

import assert from "node:assert/strict";
import { connect } from "node:net";
import { connect as tlsConnect } from "node:tls";

import { until } from "../talk/support/mailbox.mjs";
import { Node } from "../talk/support/node.mjs";
import { addressOf, filesOf, limitsOf, memoryOf } from "../talk/support/overload.mjs";

const usage = `usage: tests/soak strangers [COUNT]
  So many connections that are cut, at every step in turn, and so many names of each kind (1000000), of those that
  take a connection each a hundredth. PARLEY_BUILD names the build, which should be one without sanitizers. Prints
  figures for docs/reliability.md; fails when the memory or the open files of the node are more at the end than after
  the first tenth.`;
const COUNT = Number(process.argv[2] ?? 1_000_000);
if (!(COUNT >= 1000)) {
	console.error(usage);
	process.exit(64);
}

const MIB = 1024 * 1024;
const AT_ONCE = 64;
const PART = 12_800;
const GROWTH = 8 * MIB; /* what an allocator may take more */
let wrong = 0;

const node = new Node({
	listeners: ["https", "http"],
	store: { backend: "sqlite", readers: 1 }, /* opens its files at once */
	limits: { guests_per_address: 1000, connections: 20_000 },
});
await node.start();
const operator = await node.operator();

// ---- those who leave ----

const auth = (frame) => `${JSON.stringify({ type: "auth", ...frame })}\n`;
const scram = auth({ mechanism: "SCRAM-SCRYPT-SHA-256", data: Buffer.from("n,,n=nobody,r=abcdefghijklmnop").toString("base64") });
const upgrade = `GET /ws HTTP/1.1\r\nHost: ${node.domain}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n`;

/** secure: with TLS; listener: another than json; say: what is said; heard: how many chunks are awaited before leaving. */
const STEPS = [
	{ name: "after connecting" },
	{ name: "in the middle of a ClientHello", say: Buffer.from("1603010200010001fc0303", "hex") },
	{ name: "with what is not TLS", say: "GET / HTTP/1.1\r\n\r\n" },
	{ name: "after the handshake", secure: true },
	{ name: "after hello", secure: true, heard: 1 },
	{ name: "in the middle of a frame", secure: true, say: '{"type":"au' },
	{ name: "after a frame that is wrong", secure: true, say: '{"type":7}\n' },
	{ name: "while a password is looked at", secure: true, say: auth({ mechanism: "PLAIN", user: "nobody", password: "x" }) },
	{ name: "after the challenge of SCRAM", secure: true, say: scram, heard: 2 },
	{ name: "while a request is under way", secure: true, say: '{"type":"request","id":"1","method":"register.policy"}\n' },
	{ name: "in the middle of a head of HTTP", listener: "http", say: upgrade },
	{ name: "after 101", listener: "http", say: `${upgrade}\r\n`, heard: 1 },
	{ name: "in the middle of a WebSocket frame", listener: "http", say: Buffer.concat([Buffer.from(`${upgrade}\r\n`), Buffer.of(0x81, 0xfe, 1)]) },
];

function visit(n) {
	const { secure, listener = "json", say, heard = 0 } = STEPS[n % STEPS.length];
	const at = { host: node.host, port: node.portOf(listener), localAddress: listener === "http" ? node.host : addressOf(n) };
	return new Promise((resolve) => {
		const line = connect(at);
		const socket = secure ? tlsConnect({ ...node.tlsOptions, socket: line }) : line;
		let left = heard;
		const leave = () => line.resetAndDestroy();
		socket.on(secure ? "secureConnect" : "connect", () => {
			if (say) {
				socket.write(say, () => left === 0 && leave());
			} else if (left === 0) {
				leave();
			}
		});
		socket.on("data", () => --left === 0 && leave());
		socket.on("error", () => undefined);
		line.on("error", () => undefined);
		line.on("close", resolve);
	});
}

// ---- names ----

/** Asks for so many things in a row on one connection, AT_ONCE at a time: ends is how often an answer has this byte. */
async function askAll(socket, count, question, ends) {
	let answered = 0;
	let over = false;
	let more;
	socket.on("data", (chunk) => {
		for (let at = chunk.indexOf(ends); at >= 0; at = chunk.indexOf(ends, at + ends.length)) {
			answered++;
		}
		more?.();
	});
	socket.on("close", () => {
		over = true;
		more?.();
	});
	for (let n = 0; n < count; n += AT_ONCE) {
		const awaited = answered + AT_ONCE;
		socket.write(Array.from({ length: AT_ONCE }, (_, i) => question(n + i)).join(""));
		while (answered < awaited && !over) {
			await new Promise((resolve) => (more = resolve));
		}
		assert.ok(answered >= awaited, "the connection has ended");
	}
	socket.destroy();
}

/** The same on connections that open() gives: each guest has 30 seconds. */
async function ask(open, count, question, ends) {
	for (let from = 0; from < count; from += PART) {
		await askAll(await open(), Math.min(PART, count - from), (n) => question(from + n), ends);
	}
}

const opened = (socket, event) => new Promise((resolve, reject) => socket.once(event, () => resolve(socket)).once("error", reject));
const plain = (listener) => opened(connect({ host: node.host, port: node.portOf(listener) }), "connect");

async function guest() {
	const socket = await opened(tlsConnect(node.tlsOptions), "secureConnect");
	await new Promise((resolve) => socket.once("data", resolve)); /* hello */
	return socket;
}

/** What takes a connection for each name is done for every so manyth. */
const RARE = 100;
const rare = ["server names in TLS", "users"];

/** Each makes count names, from a number on. */
const NAMES = {
	methods: async (from, count) =>
		ask(guest, count, (n) => `{"type":"request","id":"x","method":"made.up_${from + n}"}\n`, Buffer.from("\n")),
	"types of frames": async (from, count) =>
		ask(guest, count, (n) => `{"type":"made_up_${from + n}","id":"x"}\n`, Buffer.from("\n")),
	"hosts and paths": async (from, count) =>
		ask(() => plain("http"), count, (n) => `GET /p${from + n} HTTP/1.1\r\nHost: h${from + n}.example\r\n\r\n`, Buffer.from("HTTP/1.1 ")),
	"server names in TLS": async (from, count) => {
		for (let n = 0; n < count; n++) {
			const servername = `sni-${from + n}.example`;
			const socket = tlsConnect({ ...node.tlsOptions, servername, checkServerIdentity: () => undefined });
			(await opened(socket, "secureConnect")).destroy();
		}
	},
	users: async (from, count) => {
		for (let n = 0; n < count; n++) {
			const data = Buffer.from(`n,,n=u${(from + n).toString(36)},r=abcdefghijklmnop`).toString("base64");
			const socket = await guest();
			socket.write(auth({ mechanism: "SCRAM-SCRYPT-SHA-256", data }));
			await new Promise((resolve) => socket.once("data", resolve));
			socket.destroy();
		}
	},
};

// ---- the runs ----

/** What a node has when nobody is there. */
async function quiet() {
	await until(async () => (await limitsOf(operator))["net.connections"].used <= 1, 120_000);
	const limits = await limitsOf(operator);
	const full = Object.values(limits).filter(({ name, used }) => used > 0 && !/^(store|log|router\.rates|login\.failures)/.test(name));
	return { bytes: memoryOf(node), files: filesOf(node), full: full.map(({ name, used }) => `${name} ${used}`).join(", ") };
}

const rows = [];

/** Does a tenth, looks, does the rest, looks again. */
async function run(what, count, work) {
	const begun = performance.now();
	await work(0, Math.ceil(count / 10));
	const before = await quiet();
	await work(Math.ceil(count / 10), count);
	const after = await quiet();
	const grown = after.bytes - before.bytes;
	const seconds = (performance.now() - begun) / 1000;
	rows.push([what, count, (before.bytes / MIB).toFixed(1), (after.bytes / MIB).toFixed(1), `${before.files} ${after.files}`, seconds.toFixed(0)]);
	console.error(rows.at(-1).join(" | "), `(${after.full})`);
	if (grown > GROWTH || after.files > before.files) {
		wrong++;
		console.error(`${what}: ${grown} bytes more, ${before.files} files and then ${after.files}`);
	}
}

await run(`connections that are cut, at ${STEPS.length} steps`, COUNT, async (from, to) => {
	let next = from;
	const lane = async () => {
		while (next < to) {
			await visit(next++);
		}
	};
	await Promise.all(Array.from({ length: AT_ONCE }, lane));
});
for (const [what, make] of Object.entries(NAMES)) {
	const count = rare.includes(what) ? COUNT / RARE : COUNT;
	await run(`made-up ${what}`, count, (from, to) => make(from, to - from));
}
await operator.close();
await node.stop();
node.remove();
console.log("| what | how many | MiB after a tenth | MiB at the end | files | s |\n|---|---|---|---|---|---|");
for (const row of rows) {
	console.log(`| ${row.join(" | ")} |`);
}
console.log(wrong > 0 ? "FAILED" : "Nothing has grown.");
process.exit(wrong > 0 ? 1 : 0);
