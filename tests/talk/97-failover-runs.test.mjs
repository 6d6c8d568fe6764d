// SPDX-License-Identifier: MIT
// Eight write, four read, and the MongoDB under the node, a replica set of three, changes its primary: one after the
// other steps down, or is killed. Needs a mongod, which Debian does not have; FerretDB has no replica sets.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { Chance } from "../workload/chance.mjs";
import { Run, sections } from "../workload/run.mjs";
import { primaryKillers } from "../workload/store_killer.mjs";
import { Mongo, storeIn } from "./support/mongo.mjs";
import { Node } from "./support/talk.mjs";

const set = Mongo.startSet();
const NONE = "SKIPPED: no mongod in PATH or PARLEY_MONGOD; tools/test --mongod demands one";

if (!set) {
	it("R09 a node on a replica set of MongoDB, whose primary changes", { skip: NONE }, () => {});
} else {
	describe("a node on a replica set of MongoDB", () => {
		let node;

		async function holds(t, options) {
			const chance = Chance.fresh();
			const { verdict, violations, kills, counts } = await new Run(node, chance, options).run();
			t.diagnostic(`seed ${chance.seed}: ${JSON.stringify(kills)} ${verdict.split("\n")[0]}`);
			assert.deepEqual(violations, [], `seed ${chance.seed}: ${verdict}`);
			assert.ok(counts.acknowledged > 200, JSON.stringify({ kills, counts }));
			return kills;
		}

		before(async () => {
			node = new Node({ store: storeIn(set.uri, "failover"), limits: sections.limits });
			await node.start();
			/* of the primary that is gone */
			node.mayLog(/./);
		});
		after(async () => {
			try {
				await node.closeClients();
				await node.stop();
				node.remove();
			} finally {
				set.stop();
			}
		});

		it("R09 loses nothing that it has acknowledged when the primary steps down every 10 s", async (t) => {
			const kills = await holds(t, { rounds: 6, tag: "step", Killers: primaryKillers(set, "step down") });
			assert.equal(kills["step down"], 6);
		});

		it("R09 loses nothing that it has acknowledged when the primary is killed", async (t) => {
			const kills = await holds(t, { rounds: 6, tag: "prim", Killers: primaryKillers(set, "kill") });
			assert.equal(kills.kill, 6);
		});
	});
}
