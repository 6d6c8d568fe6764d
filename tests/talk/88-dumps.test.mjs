// SPDX-License-Identifier: MIT
// A process that knows secrets leaves none of its memory behind when it crashes, and shows none of it to others.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, it } from "node:test";

import { sanitized } from "./support/overload.mjs";
import { build, parleyd } from "./support/places.mjs";
import { conversation, until } from "./support/talk.mjs";

const SECRET = "zq-a-secret-of-the-environment";

/* Root may look into any process. So both sides are without such rights, as two processes of a node's user are. */
const humble = process.getuid() === 0 ? ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--"] : [];

/** Runs what follows where core dumps are allowed, and would be seen. */
const folder = mkdtempSync(join(tmpdir(), "parley-dumps-"));
const careless = join(folder, "careless");
const cores = join(folder, "cores");
mkdirSync(cores);
writeFileSync(careless, `#!/bin/sh\nulimit -S -c "$(ulimit -H -c)"\ncd "${cores}"\nexec ${humble.join(" ")} "$@"\n`);
const program = join(folder, "parleyd");
writeFileSync(program, `#!/bin/sh\nexec "${careless}" "${parleyd}" "$@"\n`);
for (const script of [careless, program]) {
	chmodSync(script, 0o755);
}
after(() => rmSync(folder, { recursive: true, force: true }));

/** What the system leaves of a process that has crashed. */
function takeCores() {
	const found = readdirSync(cores);
	for (const name of found) {
		rmSync(join(cores, name));
	}
	return found;
}

/** Whether core dumps of others appear where they are looked for; not when the system hands them to a program. */
function wouldBeSeen() {
	const { signal } = spawnSync(careless, ["sh", "-c", "kill -SEGV $$"]);
	assert.equal(signal, "SIGSEGV");
	return takeCores().length > 0;
}

/** Whether another process of the same user can read these files of a process. */
function readable(pid) {
	const reads = (file) => {
		const [command, ...words] = [...humble, "head", "-c", "1", file];
		return spawnSync(command, words);
	};
	return ["environ", "maps"].filter((name) => reads(`/proc/${pid}/${name}`).status === 0);
}

function limitOf(pid) {
	return /^Max core file size +(\S+) +(\S+)/m.exec(readFileSync(`/proc/${pid}/limits`, "utf8")).slice(1);
}

const environment = { SECRET };
conversation("a node", { store: { backend: "sqlite" }, program, libraries: dirname(parleyd), environment }, (node) => {
	const skip = sanitized && "a sanitizer looks at its own process, and has its own way to die";

	it("T97 shows its memory and its environment to no other process of its user", { skip }, async () => {
		const other = spawn(careless, ["sh", "-c", "echo here; read line"], { stdio: ["pipe", "pipe", "inherit"], env: environment });
		await new Promise((resolve) => other.stdout.once("data", resolve));
		assert.deepEqual(readable(other.pid), ["environ", "maps"], "so this would be seen");
		other.stdin.end();
		assert.deepEqual(readable(node.pid), []);
	});

	for (const [signal, last] of [
		["SIGSEGV", /killed by SIGSEGV/],
		["SIGABRT", /aborted/],
		["SIGQUIT", undefined],
	]) {
		it(`T97 leaves no core dump when it ends by ${signal}, though the system would make one`, { skip }, async (t) => {
			if (!wouldBeSeen()) {
				const where = readFileSync("/proc/sys/kernel/core_pattern", "utf8").trim();
				t.diagnostic(`core dumps are not made here (${where}): only the limits are looked at`);
			}
			assert.deepEqual(limitOf(node.pid), ["0", "0"]);
			const wire = await node.wireOf(await node.signUp("alice"));
			await wire.say(wire.address, "what must not be found");
			node.mayLog(last ?? /never/);
			node.signal(signal);
			await node.killed(signal);
			assert.deepEqual(takeCores(), []);
			for (const entry of readdirSync(node.folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())) {
				const bytes = readFileSync(join(entry.path, entry.name));
				assert.ok(!bytes.includes("what must not be found"), `${entry.name} has what was written`);
			}
			await node.restart();
		});
	}

	it("T97 nor does parleyctl, while it reads a password", { skip }, async () => {
		const ctl = spawn(careless, [join(build, "parleyctl"), "--socket", node.controlPath, "account", "create", "bob"], {
			stdio: ["pipe", "ignore", "inherit"],
		});
		const ended = new Promise((resolve) => ctl.on("close", (status, signal) => resolve(signal)));
		ctl.stdin.write("half a passw");
		await until(() => readable(ctl.pid).length === 0); /* before, it is a shell and knows nothing */
		assert.deepEqual(limitOf(ctl.pid), ["0", "0"]);
		ctl.kill("SIGSEGV");
		assert.equal(await ended, "SIGSEGV");
		assert.deepEqual(takeCores(), []);
	});
});
