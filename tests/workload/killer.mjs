// SPDX-License-Identifier: MIT
// Kills a node at moments that chance chooses: while people write, while it moves its log into the database, while
// it stops, while it starts.

import { existsSync, watch } from "node:fs";
import { join } from "node:path";

import { pause } from "./chance.mjs";

/** No round waits longer than that for its moment. */
const LONGEST_MS = 1500;

export class Killer {
	/** How many kills there were, and of which kind. */
	counts = { kills: 0, writing: 0, checkpoint: 0, stopping: 0, starting: 0 };

	constructor(node, chance, acknowledged) {
		Object.assign(this, { node, chance, acknowledged });
	}

	/** Kills once or more; the node runs when it is done. */
	async round() {
		const kind = this.chance.below(100);
		if (kind < 55) {
			await this.#afterSomeAnswers();
			await this.#kill("writing");
		} else if (kind < 80) {
			await this.#stopping();
		} else {
			await this.#afterSomeAnswers();
			await this.#kill("writing");
			await this.#starting();
		}
		await this.node.restart();
	}

	async #kill(moment) {
		await this.node.kill9();
		this.counts.kills++;
		this.counts[moment]++;
	}

	/** Until so many messages more are acknowledged, and some moments later. */
	async #afterSomeAnswers() {
		const [wanted, end] = [this.acknowledged() + this.chance.spread(1, 120), Date.now() + LONGEST_MS];
		const checkpoint = this.chance.percent(50) ? this.#firstWrite() : undefined;
		while (this.acknowledged() < wanted && Date.now() < end && !checkpoint?.seen) {
			await new Promise((resolve) => setImmediate(resolve));
		}
		checkpoint?.close();
		this.counts.checkpoint += checkpoint?.seen ? 1 : 0;
		await pause(this.chance.percent(50) ? 0 : this.chance.next() * 5);
	}

	/** SQLite writes to the database itself only when it moves the log there; other stores show nothing. */
	#firstWrite() {
		const database = join(this.node.folder, "parley.db");
		if (!existsSync(database)) {
			return { seen: false, close: () => undefined };
		}
		const watcher = watch(database);
		const checkpoint = { seen: false, close: () => watcher.close() };
		watcher.on("change", () => (checkpoint.seen = true));
		return checkpoint;
	}

	/** Told to stop, and killed in its last checkpoint or somewhere before or behind it. */
	async #stopping() {
		await this.#afterSomeAnswers();
		const checkpoint = this.#firstWrite();
		this.node.signal("SIGTERM");
		const end = Date.now() + (this.chance.percent(60) ? LONGEST_MS : this.chance.between(0, 40));
		while (!checkpoint.seen && Date.now() < end) {
			await new Promise((resolve) => setImmediate(resolve));
		}
		checkpoint.close();
		this.counts.checkpoint += checkpoint.seen ? 1 : 0;
		await pause(this.chance.percent(50) ? 0 : this.chance.next() * 5);
		await this.#kill("stopping");
	}

	/** Killed while it starts, once or twice. */
	async #starting() {
		for (let n = this.chance.between(1, 2); n > 0; n--) {
			const starting = this.node.restart().catch(() => undefined);
			await pause(this.chance.next() * 80);
			await this.#kill("starting");
			await starting;
		}
	}
}
