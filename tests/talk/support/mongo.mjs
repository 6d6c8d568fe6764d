// SPDX-License-Identifier: MIT
// Stores in a MongoDB: that of PARLEY_TEST_MONGODB, or one that a test may kill and freeze (tests/support/mongo/serve).
// With PARLEY_TEST_STORE=mongo all nodes keep their data in the first, but for those whose store is what is tested.

import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";

import { build, root } from "./places.mjs";

const program = join(root, "tests/support/mongo/serve");
const NONE = 69;

/** What all tests share; undefined where there is none, which CI does not allow. */
export const shared = process.env.PARLEY_TEST_MONGODB;

const env = { ...process.env, PARLEY_BUILD: build };

function serve(...words) {
	return execFileSync(program, words, { env, stdio: ["ignore", "pipe", "pipe"], encoding: "utf8" });
}

/** The same, while the clients of this process go on. */
async function serving(...words) {
	await promisify(execFile)(program, words, { env });
}

function send(uri, database, words) {
	const sender = join(build, "tests/support/mongo/command");
	return JSON.parse(execFileSync(sender, [uri, database, JSON.stringify(words)], { stdio: ["ignore", "pipe", "ignore"], encoding: "utf8", maxBuffer: 1 << 28 }));
}

/** The store section for a database of that name in a deployment. */
export function storeIn(uri, database) {
	const [, hosts, options] = /^(mongodb:\/\/[^/]+)\/(\?.*)?$/.exec(uri);
	return { backend: "mongo", location: `${hosts}/${database}${options ?? ""}` };
}

/** The store section of a node that keeps its data in this folder. */
export function elsewhere(store, folder) {
	const usual = store.location === undefined && ["memory", "sqlite"].includes(store.backend);
	return process.env.PARLEY_TEST_STORE === "mongo" && usual ? { ...store, ...storeIn(shared, basename(folder)) } : store;
}

/** For the option skip of a test that nodes on MongoDB cannot pass: why it is about SQLite. */
export function sqliteOnly(why) {
	return process.env.PARLEY_TEST_STORE === "mongo" && `about SQLite: ${why}`;
}

/** Drops what a node with that store section has kept in the shared deployment. */
export function forget({ backend, location }) {
	const database = /^mongodb:\/\/[^/]+\/([^?]+)/.exec(location ?? "")?.[1];
	if (backend === "mongo" && shared && location === storeIn(shared, database).location) {
		send(shared, database, { dropDatabase: 1 });
	}
}

export class Mongo {
	#folder = mkdtempSync(join(tmpdir(), "parley-mongo-"));

	/** Starts one with as many nodes (3 need a mongod); undefined where there is none to start, which CI does not allow. */
	static start(nodes = 1) {
		const mongo = new Mongo();
		try {
			serve("start", mongo.#folder, String(nodes));
		} catch (error) {
			mongo.stop();
			if (error.status === NONE && process.env.CI !== "true") {
				return undefined;
			}
			throw new Error(`${error.message}: ${error.stderr}`);
		}
		return mongo;
	}

	/** A replica set of three; undefined where there is no mongod, which only tools/test --mongod does not allow. */
	static startSet() {
		if (serve("kind").trim() !== "mongod") {
			assert.ok(!process.env.PARLEY_DEMAND_MONGOD, "--mongod, but there is no mongod in PATH or PARLEY_MONGOD");
			return undefined;
		}
		return Mongo.start(3);
	}

	#told(file) {
		return readFileSync(join(this.#folder, file), "utf8").trim();
	}

	get uri() {
		return this.#told("uri");
	}

	/** "mongod" or "ferretdb". */
	get kind() {
		return this.#told("kind");
	}

	/** Runs a command, as an administrator does. */
	command(database, words) {
		return send(this.uri, database, words);
	}

	/** Where its files are. */
	get folder() {
		return this.#folder;
	}

	/** kill -9, all of it; again() starts it on the same data and at the same address. */
	kill() {
		serve("kill", this.#folder);
	}

	again() {
		serve("again", this.#folder);
	}

	/** Ends it in order, so that all is in its files; again() starts it. */
	halt() {
		serve("halt", this.#folder);
	}

	/** It takes connections and answers nothing, until thaw(). */
	freeze() {
		serve("freeze", this.#folder);
	}

	thaw() {
		serve("thaw", this.#folder);
	}

	/** The primary of a replica set steps down, and another takes its place. */
	stepDown() {
		return serving("step-down", this.#folder);
	}

	/** kill -9 of the primary alone; rejoin() starts it, until all take part again. */
	killPrimary() {
		return serving("kill-primary", this.#folder);
	}

	rejoin() {
		return serving("rejoin", this.#folder);
	}

	/** Sends a command; what it answers. */
	command(database, words) {
		return send(this.uri, database, words);
	}

	/** All that is in a database: [collection, its documents as JSON]. */
	documents(database) {
		const { cursor } = this.command(database, { listCollections: 1, nameOnly: true });
		const whole = { singleBatch: true, batchSize: 1_000_000 };
		return cursor.firstBatch.map(({ name }) => {
			const found = this.command(database, { find: name, filter: {}, ...whole });
			return [name, JSON.stringify(found.cursor.firstBatch)];
		});
	}

	stop() {
		serve("stop", this.#folder);
	}
}
