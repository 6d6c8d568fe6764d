// SPDX-License-Identifier: MIT
// Kills or freezes the MongoDB under a node at moments that chance chooses, and at times the node with it; or has the
// members of a replica set change places.

import { pause } from "./chance.mjs";

const LONGEST_MS = 3000;
/** Between two changes of the primary: who has stepped down may not be elected for 8 s. */
const APART_MS = 10_000;

export class Amid {
	constructor(node, chance, acknowledged) {
		Object.assign(this, { node, chance, acknowledged });
	}

	async afterSomeAnswers() {
		const [wanted, end] = [this.acknowledged() + this.chance.spread(1, 120), Date.now() + LONGEST_MS];
		while (this.acknowledged() < wanted && Date.now() < end) {
			await pause(1);
		}
	}
}

/** Killers of runs whose node keeps its data in this MongoDB (tests/talk/support/mongo.mjs). */
export function storeKillers(mongo) {
	return class StoreKiller extends Amid {
		counts = { kills: 0, database: 0, frozen: 0, both: 0 };

		async round() {
			await this.afterSomeAnswers();
			const kind = this.chance.below(100);
			this.counts.kills++;
			if (kind < 50) {
				await this.#killed();
			} else if (kind < 75) {
				await this.#frozen();
			} else {
				await this.#both();
			}
		}

		async #killed() {
			this.counts.database++;
			mongo.kill();
			await pause(this.chance.next() * 500);
			mongo.again();
		}

		/** Shorter and longer than the time that an answer may take. */
		async #frozen() {
			this.counts.frozen++;
			mongo.freeze();
			await pause(this.chance.next() * 8000);
			mongo.thaw();
		}

		async #both() {
			this.counts.both++;
			await this.node.kill9();
			mongo.kill();
			mongo.again();
			await this.node.restart();
		}
	};
}

/** Of runs on a replica set: the primary steps down, or is killed and comes back later. */
export function primaryKillers(mongo, how) {
	return class PrimaryKiller extends Amid {
		counts = { kills: 0, "step down": 0, kill: 0 };
		#next = 0;

		async round() {
			await pause(Math.max(0, this.#next - Date.now()));
			this.#next = Date.now() + APART_MS;
			await this.afterSomeAnswers();
			this.counts.kills++;
			this.counts[how]++;
			if (how === "step down") {
				await mongo.stepDown();
			} else {
				await mongo.killPrimary();
				await pause(this.chance.next() * 5000);
				await mongo.rejoin();
			}
		}
	};
}
