// SPDX-License-Identifier: MIT
// The same people on a bad network: acknowledgements are lost, everything comes late, and connections are cut at any
// byte, so that sessions are resumed all the time; and now and then the node is killed as well.

import assert from "node:assert/strict";
import { it } from "node:test";

import { Chance } from "../workload/chance.mjs";
import { Run, sections } from "../workload/run.mjs";
import { conversation } from "./support/talk.mjs";

conversation("a node behind a bad network", sections, (node) => {
	it("loses nothing that it has acknowledged, and tells all the same", async (t) => {
		const chance = Chance.fresh();
		const run = new Run(node, chance, { rounds: 12, network: "bad" });
		const { verdict, violations, network, counts } = await run.run();
		t.diagnostic(`seed ${chance.seed}: ${JSON.stringify(network)} ${verdict.split("\n")[0]}`);
		assert.deepEqual(violations, [], `seed ${chance.seed}: ${verdict}`);
		assert.ok(network.cuts > 30 && network.unanswered > 8, JSON.stringify(network));
		assert.ok(run.resumed > 30 && counts.acknowledged > 500, `${run.resumed} ${JSON.stringify(counts)}`);
	});
});
