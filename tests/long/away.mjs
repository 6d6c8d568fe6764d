// SPDX-License-Identifier: MIT
// usage: tests/soak away [SECONDS [ROUNDS]]       (40 and 3 when they are left out)
//
// Eight people write, others read, and in each round the MongoDB under the node is frozen for so many seconds. Nobody
// may wait for an answer much longer than the 5 s of the node's patience, and at the end the checker judges.
// PARLEY_BUILD names the build folder, PARLEY_SEED repeats the choices of an earlier run.

import { History } from "../checker/history.mjs";
import { Mongo, storeIn } from "../talk/support/mongo.mjs";
import { Node } from "../talk/support/node.mjs";
import { Chance, pause } from "../workload/chance.mjs";
import { Run, sections } from "../workload/run.mjs";

const seconds = Number(process.argv[2] ?? 40);
const rounds = Number(process.argv[3] ?? 3);
const say = (text) => console.log(`${new Date().toISOString().slice(11, 19)} ${text}`);

const mongo = Mongo.start();
if (mongo === undefined) {
	console.error("SKIPPED: no MongoDB, and nothing to make one of");
	process.exit(69);
}

class Freezer {
	counts = { frozen: 0 };

	constructor(node, chance, acknowledged) {
		Object.assign(this, { node, chance, acknowledged });
	}

	async round() {
		await pause(this.chance.next() * 3000);
		this.counts.frozen++;
		const before = this.acknowledged();
		mongo.freeze();
		await pause(seconds * 1000);
		mongo.thaw();
		say(`round ${this.counts.frozen}: thawed after ${seconds} s; acknowledged before: ${before}`);
		const wanted = this.acknowledged() + 20;
		const end = Date.now() + 60_000;
		while (this.acknowledged() < wanted && Date.now() < end) {
			await pause(20);
		}
		say(`acknowledged since: ${this.acknowledged() - before}`);
	}
}

/** When each event was noted. */
const moments = new Map();

class TimedHistory {
	static watch() {
		const add = History.prototype.add;
		History.prototype.add = function (...facts) {
			const event = add.apply(this, facts);
			moments.set(event, Date.now());
			return event;
		};
	}

	/** The longest time in ms between a message or a request and its answer. */
	static longestWait({ events }) {
		const asked = new Map();
		let longest = { ms: 0 };
		for (const event of events) {
			const key = `${event.who}/${event.device}/${event.id}`;
			if (["attempt", "ask"].includes(event.kind)) {
				asked.set(key, event);
			} else if (["answer", "refused", "done", "denied"].includes(event.kind) && asked.has(key)) {
				const ms = moments.get(event) - moments.get(asked.get(key));
				longest = ms > longest.ms ? { ms, what: asked.get(key).method ?? "a message", answer: event.code ?? "done" } : longest;
				asked.delete(key);
			}
		}
		return longest;
	}
}

TimedHistory.watch();
const node = new Node({ store: storeIn(mongo.uri, "away"), limits: sections.limits });
await node.start();
const chance = Chance.fresh();
const run = new Run(node, chance, { rounds, tag: "away", Killers: Freezer });
const { verdict, violations, counts } = await run.run();
say(`seed ${chance.seed}: ${verdict.split("\n")[0]}`);
say(`longest wait for an answer: ${JSON.stringify(TimedHistory.longestWait(run.town.history))}; ${counts.acknowledged} of ${counts.attempts} attempts`);
const busy = run.town.history.events.filter(({ code }) => code === "busy");
say(`"busy" ${busy.length} times`);
await node.closeClients();
await node.stop();
if (violations.length > 0) {
	say(`${verdict}\nthe history: ${await run.keep()}`);
} else {
	node.remove();
}
mongo.stop();
process.exit(violations.length > 0 ? 1 : 0);
