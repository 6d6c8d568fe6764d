// SPDX-License-Identifier: MIT
// Moves a node between SQLite and MongoDB, as docs/operating.md says, while people wait for it; at times the copy is
// killed once or twice on its way.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

import { storeIn } from "../talk/support/mongo.mjs";
import { build, parleyd } from "../talk/support/places.mjs";
import { parleyctl } from "../talk/support/store.mjs";
import { pause } from "./chance.mjs";
import { Amid } from "./store_killer.mjs";

const env = { ...process.env, LD_LIBRARY_PATH: join(build, ".libs") };

/** How a store section is named for parleyctl. */
const nameOf = ({ backend, location }) => (backend === "sqlite" ? `sqlite:${location}` : location);

/** Instead of killers, for runs whose node begins on SQLite in its folder. */
export function movers(mongo) {
	return class Mover extends Amid {
		counts = { kills: 0, moves: 0, "to mongo": 0, "to sqlite": 0 };

		async round() {
			await this.afterSomeAnswers();
			await (this.chance.percent(50) ? this.node.kill9() : this.node.stop());
			const from = { location: this.node.folder, ...this.node.store };
			const to = this.#next(from);
			this.node.configure({ store: to });
			await this.#copy(nameOf(from), to);
			await this.node.restart();
		}

		/** Each time an empty store. */
		#next({ backend }) {
			const kind = backend === "sqlite" ? "mongo" : "sqlite";
			this.counts.moves++;
			this.counts[`to ${kind}`]++;
			const name = `moved_${this.counts.moves}`;
			return kind === "mongo" ? storeIn(mongo.uri, name) : { backend: kind, location: join(this.node.folder, name) };
		}

		async #copy(from) {
			for (let n = this.chance.between(0, 2); n > 0; n--) {
				await this.#killed(from);
			}
			const done = await parleyctl(this.node, "store", "copy", from, "configured");
			assert.ok(done.status === 0 || /is not empty.*store compare/.test(done.err), `${done.out}${done.err}`);
			const same = await parleyctl(this.node, "store", "compare", from, "configured");
			assert.equal(same.status, 0, `${same.out}${same.err}`);
			assert.match(same.out, /messages: \d+\n[^]*the other one is the same/);
		}

		/** It may be complete then. */
		async #killed(from) {
			const args = ["-c", this.node.configFile, "--store-copy", from, "--to", "configured"];
			const child = spawn(parleyd, args, { stdio: "ignore", env });
			const ended = once(child, "close");
			await pause(this.chance.next() ** 2 * 1000); /* most copies of tests take 200 ms */
			child.kill("SIGKILL");
			const [status] = await ended;
			if (status === null) {
				this.counts.kills++;
			}
		}
	};
}
