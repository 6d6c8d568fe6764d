// SPDX-License-Identifier: MIT
// What an operator does with parleyctl, and what the configuration file does to a running node.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";

import { good, parleyctl } from "./support/parleyctl.mjs";
import { parleyd } from "./support/places.mjs";
import { conversation, DOMAIN } from "./support/talk.mjs";

conversation("parleyctl", {}, (node) => {
	it("makes accounts that can log in, administrators too", async () => {
		const out = await good(
			node,
			["account", "create", "--admin", "--display", "The Boss", "Boss"],
			"correct horse boss\n",
		);
		assert.equal(out, "Boss was made, an administrator\n");
		const boss = await node.wireOf({ name: "boss", password: "correct horse boss" });
		assert.equal(boss.ready.account.admin, true);
		assert.equal(boss.ready.account.display, "The Boss");
		assert.match(await good(node, ["account", "list"]), /^Boss +The Boss +yes +\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/m);
	});

	it("refuses names that are taken and passwords that are too short", async () => {
		await good(node, ["account", "create", "taken"], "correct horse taken");
		const again = await parleyctl(node, ["account", "create", "Taken"], "correct horse taken");
		assert.equal(again.status, 1);
		assert.match(again.err, /\(conflict\)/);
		const short = await parleyctl(node, ["account", "create", "short"], "1234567");
		assert.equal(short.status, 1);
		assert.match(short.err, /8/);
	});

	it("shows sessions and ends them", async () => {
		const carol = await node.wireOf(await node.signUp("carol"));
		const name = carol.ready.account.name;
		const { sessions } = JSON.parse(await good(node, ["--json", "sessions", "--account", name]));
		assert.equal(sessions.length, 1);
		assert.equal(sessions[0].address.startsWith(`${name}@${DOMAIN}/`), true);
		await good(node, ["session", "end", "--text", "good night", sessions[0].session]);
		await carol.next({ type: "error", fatal: true, text: "good night" });
		const gone = await parleyctl(node, ["session", "end", sessions[0].session]);
		assert.equal(gone.status, 1);
		assert.match(gone.err, /\(not-found\)/);
	});

	it("tells how the node is, and what it is made of", async () => {
		assert.match(await good(node, ["status"]), new RegExp(`^domain +${DOMAIN.replace(".", "\\.")}$`, "m"));
		assert.match(await good(node, ["hooks"]), /^message-check\n +PRIORITY +MODULE\n +-?\d+ +\w+$/m);
		assert.match(await good(node, ["module", "list"]), /^roster +\d+\.\d+ /m);
		assert.match(await good(node, ["module", "info", "roster"]), /^ +roster\.list +user admin$/m);
		assert.match(await good(node, ["debug", "limits"]), /^runtime\.fibers +\d+ +\d+ +\d+ +0$/m);
		assert.match(await good(node, ["debug", "fibers"]), /^fiber \d+ /m);
		assert.equal((await parleyctl(node, ["module", "info", "nonesuch"])).status, 1);
	});

	it("finds mistakes in the configuration, and a reload with them changes nothing", async () => {
		const config = readFileSync(node.configFile, "utf8");
		const probe = await node.newPerson("probe");
		try {
			writeFileSync(
				node.configFile,
				config.replace("guests_per_address = 1000", "guests_per_address = none\n\tlog = info"),
			);
			const check = await parleyctl(node, ["check"]);
			assert.equal(check.status, 1);
			assert.match(check.out, /:\d+: guests_per_address must be a whole number/);
			assert.match(check.out, /:\d+: "log" is not an option of limits/);
			const reload = await parleyctl(node, ["reload"]);
			assert.equal(reload.status, 1);
			assert.match(reload.out, /guests_per_address[^]*nothing has changed\n$/);
			await probe.ask("roster.list");
		} finally {
			writeFileSync(node.configFile, config);
		}
		assert.equal(await good(node, ["check"]), "no mistakes\n");
	});

	it("finds what is wrong with the files that the configuration names", () => {
		const wrong = readFileSync(node.configFile, "utf8")
			.replace(/schemas = .*/, 'schemas = "/nowhere"')
			.replace(/certificate = .*/, 'certificate = "/nowhere.pem"');
		const env = { ...process.env, LD_LIBRARY_PATH: join(parleyd, "..") };
		const run = spawnSync(parleyd, ["-c", node.file("wrong.conf", wrong), "-n"], { encoding: "utf8", env });
		assert.equal(run.status, 78);
		assert.match(run.stderr, /wrong\.conf:\d+: \/nowhere.*\n.*wrong\.conf:\d+: \/nowhere\.pem: .*\n$/);
	});

	it("R21 finds all mistakes of a file at once, those of modules too, and parleyd starts with none", async () => {
		const config = readFileSync(node.configFile, "utf8");
		const wrong = config.replace("guests_per_address = 1000", "guest_per_address = 1000\n\twindow 3") +
			"module history {\n\tpage = 0\n}\nmodule rostr {\n}\n";
		const env = { ...process.env, LD_LIBRARY_PATH: join(parleyd, "..") };
		for (const flags of [["-n"], []]) {
			const run = spawnSync(parleyd, ["-c", node.file("wrong.conf", wrong), ...flags], { encoding: "utf8", env });
			assert.equal(run.status, 78);
			for (const rule of [
				/:\d+: "guest_per_address" is not an option of limits; did you mean "guests_per_address"\?\n/,
				/:\d+: "=" must follow "window"\n/,
				/:\d+: "page" is not an option of module history/,
				/:\d+: module "rostr" is not loaded; did you mean "roster"\?\n/,
			]) {
				assert.match(run.stderr, rule);
			}
			const mistakes = run.stderr.split("\n").filter((line) => line.includes("wrong.conf:"));
			assert.equal(mistakes.length, 4, run.stderr);
		}
	});

	it("puts a new limit in force without a restart", async () => {
		const [alice, bob] = await node.newPeople("alice", "bob");
		await node.befriend(alice, bob);
		await alice.says(bob, "x".repeat(101));
		node.configure({ limits: { text: 100 } });
		assert.match(await good(node, ["reload"]), /^reloaded\n$/);
		await alice.cannotSay("too-large", bob, "x".repeat(101));
		await alice.says(bob, "\u{1f642}".repeat(100));
		node.configure({ limits: { text: 10000 } });
		await good(node, ["reload"]);
		await alice.says(bob, "x".repeat(101));
	});
});

conversation("without a node", {}, (node) => {
	it("parleyctl says so", async () => {
		await node.stop();
		const { status, err } = await parleyctl(node, ["status"]);
		assert.equal(status, 2);
		assert.match(err, /does the node run/);
		await node.restart();
	});
});
