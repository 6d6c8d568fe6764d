// SPDX-License-Identifier: MIT
// docs/module-guide.md keeps its word: what it shows compiles outside of the tree against the installed headers, and
// the module that it builds does what it says on a real node.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { after, describe, it } from "node:test";

import { build, modules, parleyd, root, schemas } from "./support/places.mjs";
import { addMethods } from "./support/schemas.mjs";
import { conversation } from "./support/talk.mjs";

const sample = join(root, "docs/sample");
const guide = readFileSync(join(root, "docs/module-guide.md"), "utf8");

/** The code blocks of the guide that are marked so, "c note.c". */
function blocks(mark) {
	return [...guide.matchAll(/^```(.*)\n([^]*?)\n```$/gm)]
		.filter(([, info]) => info === mark)
		.map(([, , code]) => code);
}

const work = mkdtempSync(join(tmpdir(), "parley-module-"));
after(() => rmSync(work, { recursive: true, force: true }));

/**
 * Installs Parley below a folder of our own, unless it is there. libtool links the modules of the build anew for that, and
 * a node that is started meanwhile misses one: so tools/test installs before the tests.
 */
function install(stage) {
	if (!existsSync(stage)) {
		execFileSync("make", ["-C", build, "-s", "--no-print-directory", "install", `DESTDIR=${stage}`], {
			stdio: ["ignore", "ignore", "pipe"],
		});
	}
	const files = readdirSync(stage, { recursive: true });
	return (name) => join(stage, files.find((path) => basename(path) === name) ?? assert.fail(`no ${name} is installed`));
}

const stage = process.env.PARLEY_STAGE ?? join(work, "stage");
const installed = install(stage);
const moduleDirectory = dirname(installed("roster.so"));

const environment = {
	...process.env,
	PKG_CONFIG_SYSROOT_DIR: stage,
	PKG_CONFIG_PATH: dirname(installed("parley.pc")),
	// Variables are not looked for below our folder, and what is usually searched anyway is not there.
	PKG_CONFIG_PARLEY_MODULEDIR: moduleDirectory,
	PKG_CONFIG_ALLOW_SYSTEM_CFLAGS: "1",
	PKG_CONFIG_ALLOW_SYSTEM_LIBS: "1",
};

/** Runs a command of the guide in a copy of the sample; gives what it says. */
function run(command, { cwd = work, env = environment } = {}) {
	return execFileSync("sh", ["-ec", command], { cwd, env, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
}

cpSync(sample, work, { recursive: true });
run(blocks("sh build")[0]);
addMethods(join(sample, "schemas"));

describe("the guide", () => {
	it("shows the samples as they are, from beginning to end", () => {
		for (const file of ["pause.c", "note.c"]) {
			assert.equal(blocks(`c ${file}`).join("\n\n") + "\n", readFileSync(join(sample, file), "utf8"));
		}
		for (const method of ["set", "get"]) {
			const path = `schemas/methods/note.${method}.json`;
			assert.equal(blocks(`json ${path}`)[0] + "\n", readFileSync(join(sample, path), "utf8"));
		}
	});

	it("shows nothing that does not compile", () => {
		const head = "#include <parley/module.h>\n#include <stdio.h>\n";
		writeFileSync(join(work, "snippets.c"), head + blocks("c snippet").join("\n\n") + "\n");
		run(
			"cc -std=gnu17 -fsyntax-only -Wall -Wextra -Werror -Wno-unused -Wno-unused-parameter " +
				"$(pkg-config --cflags parley) snippets.c",
		);
	});

	it("builds without a warning, and a module that shows one symbol", () => {
		run(`${blocks("sh build")[0].replace("cc ", "cc -Werror ").replace("note.so", "strict.so")}`);
		const symbols = execFileSync("nm", ["-D", "--defined-only", join(work, "note.so")], { encoding: "utf8" });
		assert.deepEqual(
			symbols
				.trim()
				.split("\n")
				.map((line) => line.split(" ").at(-1)),
			["parley_module"],
		);
	});

	it("names only headers, functions and files that there are", () => {
		const headers = readdirSync(join(root, "include/parley"))
			.map((file) => readFileSync(join(root, "include/parley", file), "utf8"))
			.join("\n");
		for (const [name] of guide.matchAll(/\b(?:parley|PARLEY)_[A-Za-z_0-9]+/g)) {
			assert.ok(headers.includes(name), `${name} is in no header`);
		}
		for (const [, path] of guide.matchAll(/\]\(([^)#]+)\)/g)) {
			readdirSync(join(root, "docs")).includes(path.split("/")[0]) || assert.fail(`there is no docs/${path}`);
		}
		for (const [, path] of guide.matchAll(/`((?:tests|tools)\/[^` ]+)`/g)) {
			assert.ok(readFileSync(join(root, path)), `there is no ${path}`);
		}
	});
});

/** The sections of a configuration that the guide shows, as Node takes them. */
function sections(text) {
	const found = [...text.matchAll(/^(.+) \{\n([^]*?)^\}$/gm)];
	const options = (body) => [...body.matchAll(/^\t(\w+) = "(.*)"$/gm)].map(([, name, value]) => [name, value]);
	return Object.fromEntries(found.map(([, title, body]) => [title, Object.fromEntries(options(body))]));
}

const ofPause = sections(blocks("conf pause")[0]);
const withPause = {
	program: installed("parleyd"),
	libraries: dirname(installed("libparley.so")),
	...ofPause,
	node: { ...ofPause.node, module_path: moduleDirectory, schemas: dirname(installed("common.json")) },
};

/** Follows the guide's first part in an empty folder. */
function makePause(env) {
	const cwd = mkdtempSync(join(work, "pause-"));
	writeFileSync(join(cwd, "pause.c"), blocks("c pause.c")[0] + "\n");
	return { cwd, said: run(blocks("sh pause")[0], { cwd, env }) };
}

describe("the first module of the guide", () => {
	it("has forty lines, and three commands build and install it", () => {
		assert.ok(blocks("c pause.c")[0].split("\n").length <= 40);
		const { said } = makePause();
		assert.match(said, /^\d+\.\d+\.\d+\n$/);
		assert.ok(readFileSync(join(moduleDirectory, "pause.so")).length > 0);
	});

	it("builds without a warning", () => {
		const strict = blocks("sh pause")[0]
			.split("\n")[1]
			.replace("-Wall", "-Wall -Wextra -Wno-unused-parameter -Werror")
			.replace("pause.so", "strict.so");
		run(strict);
	});

	it("builds with a Parley that is not installed too", () => {
		const { PKG_CONFIG_SYSROOT_DIR: _, PKG_CONFIG_PARLEY_MODULEDIR: __, ...env } = environment;
		env.PKG_CONFIG_PATH = build;
		assert.equal(run("pkg-config --variable=moduledir parley", { env }), `${modules}\n`);
		run(blocks("sh pause")[0].split("\n")[1], { cwd: makePause().cwd, env });
	});
});

conversation("the first module of the guide, on an installed node,", withPause, (node) => {
	const env = { ...process.env, LD_LIBRARY_PATH: withPause.libraries };

	it("is found right by parleyd -n, and listed by parleyctl", () => {
		const { status, stdout } = spawnSync(withPause.program, ["-c", node.configFile, "-n"], { encoding: "utf8", env });
		assert.deepEqual({ status, stdout }, { status: 0, stdout: `${node.configFile}: no mistakes\n` });
		const list = execFileSync(installed("parleyctl"), ["--socket", node.controlPath, "module", "list"], { encoding: "utf8" });
		const words = (line) => line.replace(/\d+\.\d+/, "ABI").split(/ {2,}/);
		const shown = words(blocks("text pause")[0]);
		assert.deepEqual(list.split("\n").map(words).find(([name]) => name === "pause"), shown);
	});

	it("refuses messages with its reason, until a reload without one", async () => {
		const [alice, bob] = await node.newPeople("alice", "bob");
		await node.befriend(alice, bob);
		const wire = await node.wireOf(alice.person);
		const refused = await wire.say(bob.address, "hello");
		assert.deepEqual([refused.code, refused.text], ["not-allowed", ofPause["module pause"].reason]);
		node.configure({ "module pause": { reason: undefined } });
		await node.reload();
		assert.equal((await wire.say(bob.address, "hello")).seq, 1);
	});
});

const withNote = {
	node: {
		more_modules: "note",
		module_path: `${modules} ${work}`,
		schemas: `${schemas} ${join(work, "schemas")}`,
	},
	"module note": { longest: 20 },
};

conversation("the module of the guide", withNote, (node) => {
	const contacts = async () => {
		const [alice, bob] = await node.newPeople("alice", "bob");
		await node.befriend(alice, bob);
		return { alice, bob };
	};

	it("keeps a note about a contact, for all devices of whoever wrote it", async () => {
		const { alice, bob } = await contacts();
		assert.deepEqual(await alice.ask("note.get", { address: bob.address }), { text: "" });
		assert.deepEqual(await alice.ask("note.set", { address: bob.address, text: "birthday: 3 May" }), {});
		const laptop = await node.device(alice.person);
		const note = await laptop.ask("note.get", { address: bob.address });
		assert.equal(note.text, "birthday: 3 May");
		assert.ok(Math.abs(Date.parse(note.time) - Date.now()) < 60_000);
		await laptop.ask("note.set", { address: bob.address, text: "" });
		assert.equal((await alice.ask("note.get", { address: bob.address })).text, "");
	});

	it("shows it to nobody else", async () => {
		const { alice, bob } = await contacts();
		const eve = await node.newPerson("eve");
		await alice.ask("note.set", { address: bob.address, text: "owes me ten" });
		assert.equal((await bob.ask("note.get", { address: alice.address })).text, "");
		await assert.rejects(eve.ask("note.get", { address: bob.address }), { code: "not-found" });
		await assert.rejects(eve.ask("note.get", { address: eve.address }), { code: "not-found" });
		await assert.rejects(eve.ask("note.get", { address: node.address("nobody") }), { code: "not-found" });
		const guest = await node.wire();
		const refused = await guest.ask("note.get", { address: bob.address });
		assert.equal(refused.code, "not-authorized");
	});

	it("holds to its option, its schema and a reload", async () => {
		const { alice, bob } = await contacts();
		const long = { address: bob.address, text: "é".repeat(21) };
		await assert.rejects(alice.ask("note.set", long), { code: "too-large", where: "/params/text" });
		await assert.rejects(alice.ask("note.set", { address: bob.address }), { code: "bad-request" });
		await assert.rejects(alice.ask("note.set", { ...long, colour: "red" }), { code: "bad-request" });
		node.configure({ "module note": { longest: 21 } });
		await node.reload();
		await alice.ask("note.set", long);
		assert.equal((await alice.ask("note.get", { address: bob.address })).text, long.text);
	});

	it("forgets what people who part have noted", async () => {
		const { alice, bob } = await contacts();
		await alice.ask("note.set", { address: bob.address, text: "a" });
		await bob.ask("note.set", { address: alice.address, text: "b" });
		await bob.ask("roster.remove", { address: alice.address });
		await assert.rejects(alice.ask("note.get", { address: bob.address }), { code: "not-found" });
		await node.befriend(alice, bob);
		assert.deepEqual(await alice.ask("note.get", { address: bob.address }), { text: "" });
		assert.deepEqual(await bob.ask("note.get", { address: alice.address }), { text: "" });
	});

	it("is described by parleyctl", async () => {
		const operator = await node.operator();
		const info = await operator.get("node.module", { name: "note" });
		assert.equal(info.file, join(work, "note.so"));
		assert.deepEqual(info.needs, ["roster"]);
		assert.deepEqual(info.hooks, [{ name: "contact-changed", priority: 0 }]);
		assert.deepEqual(info.methods[0], { name: "note.set", roles: ["user", "admin"] });
		assert.deepEqual(info.collections, ["contact_notes"]);
		assert.equal(info.options[0].default, 1000);
		assert.equal(info.options[0].value, 21);
		assert.equal(info.metrics[0].name, "written");
		assert.ok(info.metrics[0].value >= 5);
		const { hooks } = await operator.get("node.hooks");
		const { handlers } = hooks.find((hook) => hook.name === "contact-changed");
		assert.deepEqual(
			handlers.map((handler) => handler.module),
			["note", "presence"],
		);
	});

	it("is checked by parleyd -n without running", () => {
		const wrong = node.file("wrong.conf", readFileSync(node.configFile, "utf8").replace("longest =", "longst ="));
		const env = { ...process.env, LD_LIBRARY_PATH: join(parleyd, "..") };
		const { status, stderr } = spawnSync(parleyd, ["-c", wrong, "-n"], { encoding: "utf8", env });
		assert.equal(status, 78);
		assert.match(stderr, /"longst" is not an option of module note; did you mean "longest"\?/);
	});
});
