// SPDX-License-Identifier: MIT
// A node whose store fails when it is told to.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";

import { modules, root } from "./places.mjs";

/** Sections for a conversation whose node has that store; its back end is compiled here. */
export function faultyStore(more = {}) {
	const folder = mkdtempSync(join(tmpdir(), "parley-faulty-"));
	const source = join(root, "tests/talk/support/store_faulty.c");
	const flags = ["-std=gnu17", "-O1", "-Wall", "-Werror", "-shared", "-fPIC", "-fvisibility=hidden"];
	execFileSync("cc", [...flags, "-I", join(root, "include"), source, "-o", join(folder, "store_faulty.so")], {
		stdio: ["ignore", "inherit", "inherit"],
	});
	after(() => rmSync(folder, { recursive: true, force: true }));
	return { ...more, node: { module_path: `${modules} ${folder}` }, store: { backend: "faulty" } };
}

/** From now on these operations fail, like "read accounts" or "write *"; none: the store is well again. */
export function fail(node, ...faults) {
	writeFileSync(join(node.folder, "faults"), faults.map((fault) => `${fault}\n`).join(""));
}
