// SPDX-License-Identifier: MIT
// Bundles the unit tests and runs them with Node's own runner. usage: node tools/test.mjs [part of a file's name]

import { spawnSync } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

const web = join(dirname(fileURLToPath(import.meta.url)), "..");
const wanted = process.argv[2] ?? "";
const outdir = join(web, "node_modules/.cache/parley-tests");

const entryPoints = ["sdk/test", "test"].flatMap((folder) =>
	readdirSync(join(web, folder))
		.filter((name) => name.endsWith(".test.ts") && name.includes(wanted))
		.map((name) => join(web, folder, name)),
);

rmSync(outdir, { recursive: true, force: true });
await build({
	entryPoints: Object.fromEntries(entryPoints.map((path) => [basename(path, ".ts"), path])),
	outdir,
	bundle: true,
	format: "esm",
	platform: "node",
	target: "node18",
	jsx: "automatic",
	jsxImportSource: "preact",
	sourcemap: "inline",
	outExtension: { ".js": ".mjs" },
	logLevel: "warning",
	external: ["esbuild"],
	/* Node 18 does not have it as a global. */
	banner: { js: 'import { webcrypto as _webcrypto } from "node:crypto"; globalThis.crypto ??= _webcrypto;' },
	define: { __WEB__: JSON.stringify(web) },
});
const files = readdirSync(outdir)
	.filter((name) => name.endsWith(".mjs"))
	.map((name) => join(outdir, name));
const run = spawnSync(process.execPath, ["--enable-source-maps", "--test", ...files], { stdio: "inherit" });
process.exit(run.status ?? 1);
