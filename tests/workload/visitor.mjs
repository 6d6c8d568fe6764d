// SPDX-License-Identifier: MIT
// Somebody who joins a group, writes there, and leaves it again, now and then before everything is acknowledged.

const SAYS = 6;

export class Visitor {
	#n = 0;
	#visit = Promise.resolve();
	#waiting = new Map();

	/** quota: { left }, visits until there are more. */
	constructor(actor, chance, group, quota) {
		this.actor = actor;
		this.quota = quota;
		this.group = group;
		this.chance = chance;
		actor.mayBeRefused = true;
		for (const end of ["sent", "discarded"]) {
			actor.client.on(end, ({ id }) => this.#waiting.get(id)?.());
		}
	}

	/** Comes until the quota is used up. */
	write() {
		this.#visit = this.#visit.then(() => this.#visits());
	}

	/** Resolves when nothing is without an answer. */
	async idle() {
		await this.#visit;
	}

	async #visits() {
		for (; this.quota.left > 0; this.quota.left--) {
			if (!(await this.actor.tries("groups.join", { group: this.group }))) {
				continue; /* the node was about to stop */
			}
			const said = Array.from({ length: this.chance.between(1, SAYS) }, () => this.#says());
			const hasty = this.chance.percent(40);
			if (!hasty) {
				await Promise.all(said);
				await this.actor.tries("history.page", { chat: this.group, after: 0, limit: 200 });
			}
			if (this.chance.percent(80)) {
				await this.actor.tries("groups.leave", { group: this.group });
				await this.actor.tries("history.page", { chat: this.group, limit: 5 });
			}
			await Promise.all(said);
		}
	}

	#says() {
		return new Promise((resolve) => {
			const { id } = this.actor.client.send(this.group, `${this.actor.label} visits ${++this.#n}`);
			this.#waiting.set(id, () => (this.#waiting.delete(id), resolve()));
		});
	}
}
