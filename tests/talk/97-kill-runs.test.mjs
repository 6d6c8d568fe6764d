// SPDX-License-Identifier: MIT
// Eight write, four read, people come and go, and the node is killed thirty times: the checker says whether the
// promise held. PARLEY_SEED repeats the choices of a run (not its moments).

import assert from "node:assert/strict";
import { it } from "node:test";

import { Chance } from "../workload/chance.mjs";
import { Run, sections } from "../workload/run.mjs";
import { conversation } from "./support/talk.mjs";

conversation("a node that is killed again and again", sections, (node) => {
	it("R01 R02 loses nothing that it has acknowledged, and tells all the same", async (t) => {
		const chance = Chance.fresh();
		const { verdict, violations, kills, counts } = await new Run(node, chance, { rounds: 30 }).run();
		t.diagnostic(`seed ${chance.seed}: ${JSON.stringify(kills)} ${verdict.split("\n")[0]}`);
		assert.deepEqual(violations, [], `seed ${chance.seed}: ${verdict}`);
		assert.ok(kills.kills >= 30 && counts.acknowledged > 500, JSON.stringify({ kills, counts }));
	});
});
