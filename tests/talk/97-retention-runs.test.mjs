// SPDX-License-Identifier: MIT
// As the kill runs, on a node that keeps messages for two days while hours pass in each round: what is younger is never
// lost, what is older is gone in the end, and a kill in the middle of removing changes nothing of that.

import assert from "node:assert/strict";
import { it } from "node:test";

import { Chance } from "../workload/chance.mjs";
import { keeping, Run } from "../workload/run.mjs";
import { conversation } from "./support/talk.mjs";

conversation("a node that is killed while it removes what is too old", keeping(2), (node) => {
	it("R01 R02 keeps what it has to keep, and nothing else", async (t) => {
		const chance = Chance.fresh();
		const run = new Run(node, chance, { rounds: 15, days: 2 });
		const { verdict, violations, kills, counts } = await run.run();
		t.diagnostic(`seed ${chance.seed}: ${run.removed} removed; ${JSON.stringify(kills)} ${verdict.split("\n")[0]}`);
		assert.deepEqual(violations, [], `seed ${chance.seed}: ${verdict}`);
		assert.ok(kills.kills >= 15 && counts.acknowledged > 300, JSON.stringify({ kills, counts }));
		assert.ok(run.removed > 100, `${run.removed}`);
	});
});
