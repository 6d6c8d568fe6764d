// SPDX-License-Identifier: MIT
// One run: people write and read, the node is killed or the network fails, round by round; then the checker judges.

import { join } from "node:path";

import { check, verdict } from "../checker/check.mjs";
import { takeViolations } from "../talk/support/schemas.mjs";
import { pause } from "./chance.mjs";
import { Killer } from "./killer.mjs";
import { faults, Proxy, slow } from "./proxy.mjs";
import { Town } from "./town.mjs";

/** What a node needs so that nobody is refused for being too fast. */
export const sections = {
	store: { backend: "sqlite" },
	limits: { messages_burst: 100_000, messages_second: 0 },
};

/** Of a node that keeps messages for so many days. */
export const keeping = (days) => ({ ...sections, "module history": { keep_direct_days: days, keep_group_days: days } });
const HOUR = 3600;

/** The network fails until so many messages have come through nevertheless, or so many ms have passed. */
const BAD_MESSAGES = 100;
const BAD_MS = 1500;

export class Run {
	killer;
	/** Ids that had no answer when the clock was moved last. */
	#waiting = new Set();

	/**
	 * network: "good", so that only the node fails, or "bad"; always: whether it is killed in every round then as well,
	 * and not only in some. tag: begins the names of the people, which are new for each run on a node. days: what is
	 * older is removed, and hours pass in each round. Killers: the class of who kills, the node or something else.
	 */
	constructor(node, chance, { rounds, network = "good", always = network === "good", tag = "run", days, Killers = Killer }) {
		Object.assign(this, { node, chance, rounds, network, always, tag, days, Killers });
	}

	/** Gives what the checker says, with the counts of kills and faults. */
	async run() {
		this.slow = new Proxy(this.node, this.chance.fork(), slow);
		this.bad = new Proxy(this.node, this.chance.fork(), faults);
		await Promise.all([this.slow.start(), this.bad.start()]);
		this.bad.rest();
		const reach = () => (this.network === "bad" ? this.bad.reach : this.node.tlsOptions);
		const options = { reach, slowReach: () => this.slow.reach, tag: this.tag };
		this.town = new Town(this.node, this.chance.fork(), options);
		this.killer = new this.Killers(this.node, this.chance.fork(), () => this.town.acknowledged);
		try {
			await this.town.build();
			await this.#rounds();
			this.bad.rest();
			await this.town.settle(this.days ? () => this.#sweep() : undefined);
		} finally {
			this.town.close();
			await Promise.all([this.slow.stop(), this.bad.stop()]);
		}
		return this.#judge();
	}

	async #rounds() {
		if (this.days) {
			this.town.history.add("rule", { days: this.days });
		}
		for (let round = 1; round <= this.rounds; round++) {
			this.town.write();
			await this.#pass();
			if (this.network === "bad") {
				this.bad.work();
				await this.#comesThrough();
			}
			if (this.always || this.chance.percent(35)) {
				await this.killer.round();
			}
			this.bad.rest();
			this.town.repeat();
			await this.town.glance();
		}
	}

	/** Hours pass, and what is too old then begins to go: the next kill may come while it does. */
	async #pass() {
		if (this.days === undefined) {
			return;
		}
		/* a retry counts as one while its message is kept: none takes days */
		await this.town.answered(this.#waiting);
		this.#waiting = this.town.unanswered;
		this.#moveClock(this.chance.between(4, 12));
		this.removed = (this.removed ?? 0) + (await this.#retention({ wait: this.chance.percent(30) }));
	}

	#moveClock(hours) {
		const before = this.node.now();
		this.node.pass(hours * HOUR);
		this.town.history.add("clock", { before, now: this.node.now() });
		this.town.recent = this.node.now() - 24 * HOUR * 1000;
	}

	async #retention(params) {
		const operator = await this.node.operator();
		const { removed = 0 } = await operator.get("retention.run", params);
		await operator.close();
		return removed;
	}

	/** All that is too old goes. */
	async #sweep() {
		this.#moveClock(0);
		const now = this.node.now();
		this.removed += await this.#retention({ wait: true });
		this.town.history.add("swept", { now });
	}

	async #comesThrough() {
		const [wanted, end] = [this.town.acknowledged + BAD_MESSAGES, Date.now() + BAD_MS];
		while (this.town.acknowledged < wanted && Date.now() < end) {
			await pause(5);
		}
	}

	#judge() {
		if (this.days) {
			this.#moveClock(0); /* no more passes until now than has */
		}
		const judged = check(this.town.history);
		const schema = takeViolations().map((sentence) => ({ kind: "schema", sentence, evidence: [] }));
		judged.violations.push(...schema);
		return { ...judged, verdict: verdict(judged), kills: this.killer.counts, network: this.bad.counts };
	}

	/** How often a session was resumed. */
	get resumed() {
		return this.town.history.events.filter(({ kind, resumed }) => kind === "login" && resumed).length;
	}

	/** Keeps the history beside the data, for whoever looks into a violation. */
	async keep() {
		const path = join(this.node.folder, `${this.tag}.jsonl`);
		await this.town.history.write(path);
		return path;
	}
}
