// SPDX-License-Identifier: MIT
// More than a node can take, of each kind; in tests with few, in tests/soak overload with many.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { connect as tlsConnect } from "node:tls";

import { until } from "./mailbox.mjs";
import { parleyd } from "./places.mjs";

/** Loopback addresses besides the node's own; each is a network of its own to the node. */
export const addressOf = (n) => `127.32.${(n >> 8) & 255}.${n & 255}`;

const field = (text, name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(text)[1]);

/** Bytes of memory that a node uses. */
export function memoryOf(node) {
	return field(readFileSync(`/proc/${node.pid}/status`, "utf8"), "VmRSS") * 1024;
}

/** Whether the node's memory is mostly its sanitizer's, which says nothing about the node. */
export const sanitized = ["__asan_init", "__tsan_init"].some((symbol) => readFileSync(parleyd).includes(symbol));

/** Seconds of processor time that a node has used. */
export function processorOf(node) {
	const fields = readFileSync(`/proc/${node.pid}/stat`, "utf8").split(") ")[1].split(" ");
	return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Files that a node has open; undefined where that is not to be seen. */
export function filesOf(node) {
	try {
		return readdirSync(`/proc/${node.pid}/fd`).length;
	} catch {
		return undefined;
	}
}

export async function limitsOf(operator) {
	const { limits } = await operator.get("node.limits");
	return Object.fromEntries(limits.map((limit) => [limit.name, limit]));
}

/** People who are contacts of each other, two by two. */
export async function pairsOf(node, count) {
	const pairs = [];
	for (let n = 0; n < count; n++) {
		const pair = [await node.signUp("talker"), await node.signUp("talker")];
		const [a, b] = [await node.wireOf(pair[0]), await node.wireOf(pair[1])];
		await a.get("roster.request", { address: b.address });
		await b.get("roster.accept", { address: a.address });
		await Promise.all([a.close(), b.close()]);
		pairs.push(pair);
	}
	return pairs;
}

/** What makes a Node that may have so many files open. */
export function fewFiles(files) {
	const folder = mkdtempSync(join(tmpdir(), "parley-few-"));
	const program = join(folder, "parleyd");
	process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
	writeFileSync(program, `#!/bin/sh\nulimit -n ${files}\nexec "${parleyd}" "$@"\n`, { mode: 0o755 });
	return { program, libraries: dirname(parleyd) };
}

/** The part of a processor that a node uses in the next seconds. */
export async function shareOf(node, seconds) {
	const [before, begun] = [processorOf(node), performance.now()];
	await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
	return ((processorOf(node) - before) * 1000) / (performance.now() - begun);
}

// ---- connections that do nothing ----

/** The beginning of a ClientHello that never goes on. */
const HALF_HELLO = Buffer.from("1603010200010001fc0303", "hex");

/** What may be done with a connection besides using it: how it is opened, and what it says every "every" ms. */
export const IDLERS = {
	"say nothing": { open: connect },
	"begin a handshake": { open: connect, first: HALF_HELLO },
	"encrypt and say nothing": { open: tlsConnect },
	"drip a frame byte by byte": { open: tlsConnect, every: 1000, drip: (n) => '{"type":"auth","user":"'[n] ?? "x" },
	"ping and do not log in": { open: tlsConnect, every: 1000, drip: () => '{"type":"ping"}\n' },
};

/** Opens count connections of a kind, from many addresses, "at once" of them at a time. */
export class Idlers {
	open = 0;
	refused = 0;
	#sockets = new Set();
	#ages = []; /* of those that the node has closed, in seconds */
	#timers = new Set();

	static async of(node, kind, count, atOnce = 50) {
		const idlers = new Idlers();
		const { open, first, every, drip } = IDLERS[kind];
		let next = 0;
		const lane = async () => {
			while (next < count) {
				await idlers.#one(node, open, next++, first, every, drip);
			}
		};
		await Promise.all(Array.from({ length: atOnce }, lane));
		return idlers;
	}

	#one(node, open, n, first, every, drip) {
		const at = { ...node.tlsOptions, localAddress: addressOf(Math.floor(n / 15)) };
		return new Promise((resolve) => {
			const socket = open(open === connect ? { host: at.host, port: at.port, localAddress: at.localAddress } : at);
			const begun = performance.now();
			this.#sockets.add(socket);
			const ready = () => {
				this.open++;
				if (first) {
					socket.write(first);
				}
				if (drip) {
					let said = 0;
					const timer = setInterval(() => socket.write(drip(said++)), every);
					this.#timers.add(timer);
					socket.on("close", () => clearInterval(timer));
				}
				resolve();
			};
			socket.on(open === connect ? "connect" : "secureConnect", ready);
			socket.on("error", () => undefined);
			socket.resume();
			socket.on("close", () => {
				this.#sockets.delete(socket);
				this.#ages.push((performance.now() - begun) / 1000);
				resolve();
			});
		});
	}

	get ended() {
		return this.#ages.length;
	}

	/** How many of those the node has kept for so long. */
	lasted(seconds) {
		return this.#ages.filter((age) => age >= seconds).length;
	}

	/** Resolves when the node has closed all of them. */
	async gone(patience) {
		await until(() => this.#sockets.size === 0, patience);
	}

	close() {
		for (const timer of this.#timers) {
			clearInterval(timer);
		}
		for (const socket of this.#sockets) {
			socket.destroy();
		}
	}
}

// ---- readers that do not read ----

/** Sends so many messages and waits for their answers. */
async function send(sender, to, messages, text, each) {
	for (let n = 0; n < messages; n += 50) {
		const ids = Array.from({ length: Math.min(50, messages - n) }, () => sender.newId());
		sender.send(...ids.map((id) => ({ type: "message", id, to, text })));
		for (const id of ids) {
			assert.equal((await sender.next({ id })).type, "result");
		}
		sender.send({ type: "ack", count: sender.count });
		each?.();
	}
}

/**
 * Readers with a writer each: for the first half of the messages they read and acknowledge, for the second they
 * read nothing, "pause" ms longer. Resolves with the readers, what was written, and what the second half has cost.
 */
export async function slowReaders(node, { readers, messages, size = 1000, pause = 0 }) {
	const pairs = await pairsOf(node, readers);
	const text = "s".repeat(size);
	const wires = [];
	for (const [reader, writer] of pairs) {
		wires.push([await node.wireOf(reader), await node.wireOf(writer)]);
	}
	const half = (each) => Promise.all(wires.map(([{ address }, writer]) => send(writer, address, messages / 2, text, each)));
	await half(() => wires.forEach(([reader]) => reader.send({ type: "ack", count: reader.count })));
	for (const [reader] of wires) {
		await reader.settled();
		reader.socket.pause();
	}
	const base = memoryOf(node);
	let most = base;
	await half(() => (most = Math.max(most, memoryOf(node))));
	await new Promise((resolve) => setTimeout(resolve, pause));
	most = Math.max(most, memoryOf(node));
	return { pairs, wires, text, bytesEach: Math.round((most - base) / readers) };
}

/** Everything that somebody was written, read page by page. */
export async function historyOf(wire, chat) {
	const all = [];
	for (let after = 0, more = true; more; ) {
		const page = await wire.get("history.page", { chat, after, limit: 200 });
		all.push(...page.messages);
		more = page.more;
		after = page.messages.at(-1)?.seq ?? after;
	}
	return all;
}

// ---- logins ----

/** count clients who log in with wrong passwords as fast as they may, until stop() is called. */
export function loginFlood(node, name, count) {
	const over = { yes: false };
	const answers = {};
	const attack = async (n) => {
		while (!over.yes) {
			try {
				const wire = await node.wire({ name: "a guesser", tls: { localAddress: addressOf(n) } });
				for (let i = 0; i < 3 && !over.yes; i++) {
					const answer = await wire.auth({ mechanism: "PLAIN", user: name, password: `guess ${i}` });
					answers[answer.code ?? answer.type] = (answers[answer.code ?? answer.type] ?? 0) + 1;
				}
				await wire.close();
			} catch {
				answers.closed = (answers.closed ?? 0) + 1;
			}
		}
	};
	const all = Array.from({ length: count }, (_, n) => attack(n));
	return {
		async stop() {
			over.yes = true;
			await Promise.all(all);
			return answers;
		},
	};
}
