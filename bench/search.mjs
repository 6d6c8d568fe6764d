#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// How long a search takes in an archive of many messages, and how large its index is. The node is the one of the build
// that PARLEY_BUILD names; sqlite3 must be installed. Words are made up and as frequent as in a language (Zipf).
//
// usage: bench/search.mjs [MESSAGES [SEARCHES]]     1,000,000 and 400

import { execFileSync } from "node:child_process";
import { join } from "node:path";

import { Node } from "../tests/talk/support/node.mjs";
import { chance, cpuOf, fill, indexed, someWord, vocabulary, writersOf } from "./fill.mjs";

const [messages = 1_000_000, searches = 400] = process.argv.slice(2).map(Number);
const WRITERS = 200;

const percentile = (sorted, p) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))];

async function measure(node, reader, name, query) {
	const times = [];
	let hits = 0;
	const before = cpuOf(node.pid);
	for (let i = 0; i < searches; i++) {
		const params = query();
		const start = process.hrtime.bigint();
		const answer = await reader.get("history.search", params);
		times.push(Number(process.hrtime.bigint() - start) / 1e6);
		hits += answer.messages.length;
	}
	times.sort((a, b) => a - b);
	const [p50, p95, p99] = [0.5, 0.95, 0.99].map((p) => percentile(times, p).toFixed(1));
	const each = ((cpuOf(node.pid) - before) / searches).toFixed(1);
	console.log(`| ${name} | ${p50} | ${p95} | ${p99} | ${each} | ${(hits / searches).toFixed(1)} |`);
}

/** Bytes in the store's file for tables whose names are like that. */
function size(node, like) {
	const query = `SELECT sum(pgsize) FROM dbstat WHERE name LIKE '${like}'`;
	return Number(execFileSync("sqlite3", ["-readonly", join(node.folder, "parley.db"), query], { encoding: "utf8" }));
}

const node = new Node({ store: { backend: "sqlite" }, limits: { window: 1000 } });
await node.start();
try {
	const [reader, lines] = await writersOf(node, WRITERS);
	const before = cpuOf(node.pid);
	await fill(reader, lines, messages);
	await indexed(reader);
	console.log(`${messages} messages in ${WRITERS} chats, ${((1000 * (cpuOf(node.pid) - before)) / messages).toFixed(1)} µs of CPU each`);
	console.log("| search | p50 ms | p95 ms | p99 ms | CPU ms | found |\n|---|--:|--:|--:|--:|--:|");
	const rare = () => vocabulary[Math.floor(chance.next() * vocabulary.length)];
	await measure(node, reader, "a frequent word", () => ({ text: `${someWord()} ` }));
	await measure(node, reader, "a rare word", () => ({ text: `${rare()} ` }));
	await measure(node, reader, "two words", () => ({ text: `${someWord()} ${someWord()} ` }));
	await measure(node, reader, "a word and two letters", () => ({ text: `${someWord()} ${someWord().slice(0, 2)}` }));
	await measure(node, reader, "two letters", () => ({ text: someWord().slice(0, 2) }));
	await measure(node, reader, "four letters in one chat", () => ({
		text: rare().slice(0, 4),
		chat: lines[Math.floor(chance.next() * WRITERS)].address,
	}));
	await measure(node, lines[7], "a word, by someone who has one of the chats", () => ({ text: `${rare()} ` }));
	await measure(node, lines[7], "a frequent word, likewise", () => ({ text: `${someWord()} ` }));
	const index = size(node, "%search_blocks%");
	console.log(`index: ${(index / 1e6).toFixed(1)} MB, ${(index / messages).toFixed(0)} bytes a message`);
	await Promise.all([reader, ...lines].map((line) => line.close()));
} finally {
	await node.stop().catch((error) => console.error(error.message));
	node.remove();
}
