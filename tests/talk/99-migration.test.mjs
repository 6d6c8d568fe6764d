// SPDX-License-Identifier: MIT
// Stores of earlier and of later versions: migrated, also when the node is killed meanwhile, or refused untouched.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, before, it } from "node:test";

import { databaseOf, FailingDisk, parleydOn, sealPages, sqlite, wholeChat } from "./support/store.mjs";
import { conversation } from "./support/talk.mjs";

const RESERVED = 20; /* where the head says how many bytes of a page are kept free */

const disk = new FailingDisk();

conversation("a store of another version", { ...sqlite, environment: disk.environment }, (node) => {
	const kept = () => join(node.folder, "kept.db");
	let alice;
	let bob;
	let sound;

	const sql = (...commands) => execFileSync("sqlite3", [databaseOf(node), ...commands], { encoding: "utf8", maxBuffer: 1 << 28 });

	const repair = () => {
		for (const name of readdirSync(node.folder).filter((file) => file.startsWith("parley.db"))) {
			rmSync(join(node.folder, name));
		}
		copyFileSync(kept(), databaseOf(node));
	};

	/** As a parley before sums had it, with every collection in an earlier version. */
	const makeOld = () => {
		repair();
		const dump = sql(".dump");
		rmSync(databaseOf(node));
		execFileSync("sqlite3", [databaseOf(node)], { input: dump });
		sql("UPDATE collections SET version = version - 1", "PRAGMA application_id = 0x50726c79", "PRAGMA user_version = 1");
		assert.equal(readFileSync(databaseOf(node))[RESERVED], 0);
	};

	const chat = async () => wholeChat(await node.wireOf(bob), alice.address);

	const end = async () => {
		await node.closeClients();
		await node.kill9();
	};

	afterEach(end);

	before(async () => {
		node.mayLog(/cannot start/);
		const people = await node.newPeople("alice", "bob");
		await node.befriend(...people);
		[alice, bob] = people.map((device) => device.person);
		await Promise.all(people.map((device) => device.close()));
		const wire = await node.wireOf(alice);
		for (let n = 0; n < 300; n++) {
			await wire.say(bob.address, `message ${n}`);
		}
		sound = await chat();
		await node.closeClients();
		await node.stop();
		copyFileSync(databaseOf(node), kept());
	});

	const assertMigrated = async () => {
		assert.deepEqual(await chat(), sound);
		assert.equal(readFileSync(databaseOf(node))[RESERVED], 8, "its pages have sums");
		await end();
		const { status, out } = await parleydOn(node, "--store-check");
		assert.equal(status, 0, out);
		assert.doesNotMatch(out, /no sums yet/);
		assert.match(out, new RegExp(`^messages: ${sound.length}$`, "m"));
	};

	it("that is older is migrated, and told to be without sums before", async () => {
		makeOld();
		assert.match((await parleydOn(node, "--store-check")).out, /has no sums yet/);
		await node.restart();
		await assertMigrated();
	});

	for (const fault of [
		"write parley.db-wal kill 1",
		"write parley.db-wal kill 3",
		"sync parley.db-wal kill 2",
		"write parley.db kill 1",
		"write parley.db kill 40",
		"sync parley.db kill 1",
		"sync parley.db-wal kill 5",
		"sync parley.db-wal kill 12",
		"sync parley.db-wal kill 25",
	]) {
		it(`R25 that is older is migrated by the next start, when the first is killed at "${fault}"`, async () => {
			makeOld();
			disk.fail(fault);
			await assert.rejects(node.restart(), /ended by SIGKILL/);
			await node.killed();
			disk.fail();
			await node.restart();
			await assertMigrated();
		});
	}

	it("R25 that is newer is refused with a sentence, and left as it is", async () => {
		const newer = {
			"PRAGMA user_version = 99": /has layout 99, made by a newer parley; this one knows up to \d/,
			"UPDATE collections SET version = 99 WHERE name = 'accounts'":
				/collection 'accounts' has version 99, newer than \d+, which this program knows/,
		};
		for (const [change, sentence] of Object.entries(newer)) {
			repair();
			sql(change);
			sealPages(databaseOf(node));
			const bytes = readFileSync(databaseOf(node));
			await assert.rejects(node.restart());
			await node.died(1);
			assert.match(node.log.findLast(({ level }) => level === "error").msg, sentence);
			assert.ok(readFileSync(databaseOf(node)).equals(bytes), "it was not touched");
		}
	});
});
