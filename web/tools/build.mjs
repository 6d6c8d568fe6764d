// SPDX-License-Identifier: MIT
// Builds web/dist (the client) and web/sdk/dist (the SDK).

import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

import { build } from "esbuild";

const web = join(dirname(fileURLToPath(import.meta.url)), "..");

const common = {
	bundle: true,
	format: "esm",
	target: "es2022",
	legalComments: "none",
	logLevel: "warning",
	absWorkingDir: web,
};

/** The SDK, for browsers and for Node. */
export async function buildSdk(outdir = join(web, "sdk/dist")) {
	await build({
		...common,
		entryPoints: { index: "sdk/src/index.ts", "scrypt-worker": "sdk/src/scrypt-worker.ts" },
		outdir,
		platform: "browser",
	});
	await build({ ...common, entryPoints: { node: "sdk/src/node.ts" }, outdir, platform: "node" });
}
