// SPDX-License-Identifier: MIT
// The store of a node from outside: its files, their pages, what parleyctl does to it, and disks that fail.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";

import { build, parleyd, root } from "./places.mjs";

/** For tests about SQLite itself: with a location it is that, whatever PARLEY_TEST_STORE has others use. */
export const sqlite = { store: { backend: "sqlite", location: "" } };

export const PAGE = 4096;

/** The folder that a node keeps its store in. */
export function dataOf(node) {
	return node.data ?? node.folder;
}

export function databaseOf(node) {
	return join(dataOf(node), "parley.db");
}

/** Runs a program to its end: { status, out, err }. */
export function run(program, args, { env = {}, input } = {}) {
	return new Promise((resolve, reject) => {
		const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ["pipe", "pipe", "pipe"] });
		let [out, err] = ["", ""];
		child.stdout.setEncoding("utf8").on("data", (text) => (out += text));
		child.stderr.setEncoding("utf8").on("data", (text) => (err += text));
		child.on("error", reject);
		child.on("close", (status, signal) => resolve({ status: status ?? signal, out, err }));
		child.stdin.end(input);
	});
}

/** As "parleyctl ...", but for the libtool script that parleyd is in a build: what that does to the node's store. */
export function parleyctl(node, ...words) {
	return run(join(build, "parleyctl"), ["--socket", node.controlPath, "--config", node.configFile, ...words]);
}

/** What parleyctl runs for these words, on the program itself. */
export function parleydOn(node, ...options) {
	return run(parleyd, ["-c", node.configFile, ...options], {
		env: { LD_LIBRARY_PATH: join(build, ".libs") },
	});
}

/** Every message of a chat as the node tells it, by seq. */
export async function wholeChat(wire, chat) {
	const all = [];
	for (let cursor = 0, more = true; more; ) {
		const page = await wire.get("history.page", { chat, after: cursor, limit: 200 });
		all.push(...page.messages);
		[more, cursor] = [page.more, page.messages.at(-1)?.seq];
	}
	return all;
}

/** Rows of a query on a store that no node uses, without changing it. */
export function ask(file, sql) {
	const text = execFileSync("sqlite3", ["-readonly", "-json", file, sql], { encoding: "utf8", maxBuffer: 1 << 28 });
	return text ? JSON.parse(text) : [];
}

/** The pages of each table and index: [{ name, pageno, pagetype }]. */
export function pagesOf(file) {
	return ask(file, "SELECT name, pageno, pagetype FROM dbstat ORDER BY pageno");
}

/** Changes a byte of a file by these bits. */
export function flip(file, offset, bits = 0x10) {
	const fd = openSync(file, "r+");
	const byte = Buffer.alloc(1);
	assert.equal(readSync(fd, byte, 0, 1, offset), 1);
	byte[0] ^= bits;
	writeSync(fd, byte, 0, 1, offset);
	closeSync(fd);
}

// ---- the sums of pages, as the store writes them ----

const MASK = (1n << 64n) - 1n;

function step(sum, word) {
	const mixed = sum ^ word;
	return (((mixed << 29n) | (mixed >> 35n)) * 0x9e3779b97f4a7c15n) & MASK;
}

export function sumOf(page, number) {
	const lanes = [1n, 2n, 3n, 4n];
	let sum = BigInt(number);
	let n = 0;
	for (; n + 4 <= 511; n += 4) {
		for (let lane = 0; lane < 4; lane++) {
			lanes[lane] = step(lanes[lane], page.readBigUInt64LE(8 * (n + lane)));
		}
	}
	for (; n < 511; n++) {
		sum = step(sum, page.readBigUInt64LE(8 * n));
	}
	for (const lane of lanes) {
		sum = step(sum, lane);
	}
	return sum || 1n;
}

/** What another program has written into the file gets its sums, as if a parleyd had written it. */
export function sealPages(file) {
	const bytes = readFileSync(file);
	for (let at = 0; at < bytes.length; at += PAGE) {
		const page = bytes.subarray(at, at + PAGE);
		page.writeBigUInt64LE(sumOf(page, at / PAGE + 1), PAGE - 8);
	}
	writeFileSync(file, bytes);
}

// ---- a disk that fails ----

/** A library that makes calls on files fail, for the environment of a node; compiled here. */
export class FailingDisk {
	#folder = mkdtempSync(join(tmpdir(), "parley-disk-"));

	constructor() {
		const library = join(this.#folder, "failing_disk.so");
		const source = join(root, "tests/talk/support/failing_disk.c");
		execFileSync("cc", ["-std=gnu17", "-O1", "-Wall", "-Werror", "-shared", "-fPIC", source, "-o", library, "-ldl"], {
			stdio: ["ignore", "inherit", "inherit"],
		});
		this.#library = library;
		this.fail();
		after(() => rmSync(this.#folder, { recursive: true, force: true }));
	}

	#library;

	get environment() {
		return {
			LD_PRELOAD: this.#library,
			FAILING_DISK: join(this.#folder, "faults"),
			FAILING_DISK_LOG: join(this.#folder, "log"),
			/* the library comes before that of the sanitizer, and uses nothing of it */
			ASAN_OPTIONS: `verify_asan_link_order=0:detect_leaks=1:detect_stack_use_after_return=0:${process.env.ASAN_OPTIONS ?? ""}`,
		};
	}

	/** From now on these calls fail, like "sync parley.db-wal 5 0": see failing_disk.c. None: the disk is well. */
	fail(...faults) {
		writeFileSync(join(this.#folder, "faults"), faults.map((fault) => `${fault}\n`).join(""));
	}

	/** What it was asked to sync, as [name, "ok" or "failed"]. */
	get syncs() {
		const log = join(this.#folder, "log");
		const text = existsSync(log) ? readFileSync(log, "utf8") : "";
		return text.split("\n").filter(Boolean).map((line) => line.split(" "));
	}
}
