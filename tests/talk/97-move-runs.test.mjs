// SPDX-License-Identifier: MIT
// Eight write, four read, and the node moves from SQLite to MongoDB and back, twice: the checker says whether the
// promise held. PARLEY_SEED repeats the choices of a run (not its moments).

import assert from "node:assert/strict";
import { after, describe, it } from "node:test";

import { Chance } from "../workload/chance.mjs";
import { movers } from "../workload/mover.mjs";
import { Run, sections } from "../workload/run.mjs";
import { Mongo } from "./support/mongo.mjs";
import { sqlite } from "./support/store.mjs";
import { conversation } from "./support/talk.mjs";

const mongo = Mongo.start();

describe("with MongoDB", { skip: !mongo && "there is no MongoDB to start on this machine" }, () => {
	after(() => mongo?.stop());
	if (!mongo) {
		return;
	}
	conversation("a node that moves again and again", { ...sections, ...sqlite }, (node) => {
		it("R01 R02 loses nothing that it has acknowledged, and tells all the same", async (t) => {
			const chance = Chance.fresh();
			const options = { rounds: 4, tag: "move", Killers: movers(mongo) };
			const { verdict, violations, kills, counts } = await new Run(node, chance, options).run();
			t.diagnostic(`${mongo.kind}, seed ${chance.seed}: ${JSON.stringify(kills)} ${verdict.split("\n")[0]}`);
			assert.deepEqual(violations, [], `seed ${chance.seed}: ${verdict}`);
			assert.deepEqual([kills["to mongo"], kills["to sqlite"]], [2, 2]);
			assert.ok(counts.acknowledged > 200, JSON.stringify({ kills, counts }));
		});
	});
});
