// SPDX-License-Identifier: MIT
// A MongoDB that a test may kill and freeze, see tests/support/mongo/serve.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { build, root } from "./places.mjs";

const program = join(root, "tests/support/mongo/serve");
const NONE = 69;

function serve(...words) {
	return execFileSync(program, words, { env: { ...process.env, PARLEY_BUILD: build }, stdio: ["ignore", "pipe", "pipe"], encoding: "utf8" });
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
		const sender = join(build, "tests/support/mongo/command");
		return JSON.parse(execFileSync(sender, [this.uri, database, JSON.stringify(words)], { stdio: ["ignore", "pipe", "ignore"], encoding: "utf8" }));
	}

	stop() {
		serve("stop", this.#folder);
	}
}
