// SPDX-License-Identifier: MIT
// Stores in a MongoDB: that of PARLEY_TEST_MONGODB, or one that a test may kill and freeze (tests/support/mongo/serve).
// With PARLEY_TEST_STORE=mongo all nodes keep their data in the first, but for those whose store is what is tested.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

import { build, root } from "./places.mjs";

const program = join(root, "tests/support/mongo/serve");
const NONE = 69;

/** What all tests share; undefined where there is none, which CI does not allow. */
export const shared = process.env.PARLEY_TEST_MONGODB;

function serve(...words) {
	return execFileSync(program, words, { env: { ...process.env, PARLEY_BUILD: build }, stdio: ["ignore", "pipe", "pipe"], encoding: "utf8" });
}

function send(uri, database, words) {
	const sender = join(build, "tests/support/mongo/command");
	return JSON.parse(execFileSync(sender, [uri, database, JSON.stringify(words)], { stdio: ["ignore", "pipe", "ignore"], encoding: "utf8" }));
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

	/** It takes connections and answers nothing, until thaw(). */
	freeze() {
		serve("freeze", this.#folder);
	}

	thaw() {
		serve("thaw", this.#folder);
	}

	/** Sends a command; what it answers. */
	command(database, words) {
		return send(this.uri, database, words);
	}

	stop() {
		serve("stop", this.#folder);
	}
}
