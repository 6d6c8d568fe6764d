// SPDX-License-Identifier: MIT
// Eight write, four read, and the node, its MongoDB, or both are killed or frozen: the checker says whether the promise
// held. PARLEY_SEED repeats the choices of a run (not its moments).

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { Chance } from "../workload/chance.mjs";
import { Run, sections } from "../workload/run.mjs";
import { storeKillers } from "../workload/store_killer.mjs";
import { Mongo, storeIn } from "./support/mongo.mjs";
import { Node } from "./support/talk.mjs";

const LIMITS = { limits: sections.limits };

const mongo = Mongo.start();

describe("a node on MongoDB", { skip: !mongo && "there is no MongoDB to start on this machine" }, () => {
	let node;

	async function holds(t, options) {
		const chance = Chance.fresh();
		const { verdict, violations, kills, counts } = await new Run(node, chance, options).run();
		t.diagnostic(`${mongo.kind}, seed ${chance.seed}: ${JSON.stringify(kills)} ${verdict.split("\n")[0]}`);
		assert.deepEqual(violations, [], `seed ${chance.seed}: ${verdict}`);
		return { kills, counts };
	}

	before(async () => {
		node = new Node({ store: storeIn(mongo.uri, "runs"), ...LIMITS });
		await node.start();
		/* of the database that fails */
		node.mayLog(/./);
	});
	after(async () => {
		await node.closeClients();
		await node.stop();
		node.remove();
		mongo.stop();
	});

	it("R01 R02 loses nothing that it has acknowledged when it is killed", async (t) => {
		const { kills, counts } = await holds(t, { rounds: 12, tag: "node" });
		assert.ok(kills.kills >= 12 && counts.acknowledged > 200, JSON.stringify({ kills, counts }));
	});

	it("R09 loses nothing that it has acknowledged when its database is killed or frozen", async (t) => {
		const { kills, counts } = await holds(t, { rounds: 10, tag: "base", Killers: storeKillers(mongo) });
		assert.ok(kills.kills >= 10 && counts.acknowledged > 200, JSON.stringify({ kills, counts }));
	});
});
