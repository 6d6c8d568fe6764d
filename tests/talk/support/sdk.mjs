// SPDX-License-Identifier: MIT
// The project's own SDK, bundled from its sources, so that no test runs with an old one.

import { createHash } from "node:crypto";
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { root } from "./places.mjs";

const web = join(root, "web");
const { buildSync } = createRequire(join(web, "package.json"))("esbuild");

const { outputFiles } = buildSync({
	absWorkingDir: web,
	entryPoints: ["sdk/src/node.ts"],
	bundle: true,
	format: "esm",
	platform: "node",
	target: "node18",
	write: false,
	logLevel: "warning",
});

/** Several test files write it at the same time; each sees a whole one. */
function keep(code) {
	const folder = join(web, "node_modules/.cache/parley-talk");
	const path = join(folder, `sdk-${createHash("sha256").update(code).digest("hex").slice(0, 16)}.mjs`);
	mkdirSync(folder, { recursive: true });
	writeFileSync(`${path}.${process.pid}`, code);
	renameSync(`${path}.${process.pid}`, path);
	return pathToFileURL(path).href;
}

export const { Client, Guest, ParleyError, tlsTransport, nodeWebSocketTransport, nodeDerive } = await import(
	keep(outputFiles[0].contents)
);
