// SPDX-License-Identifier: MIT
// The project's own SDK, bundled from its sources, so that no test runs with an old one.

import { createRequire } from "node:module";
import { join } from "node:path";

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

const code = Buffer.from(outputFiles[0].contents).toString("base64");

export const { Client, Guest, ParleyError, tlsTransport, nodeWebSocketTransport, nodeDerive } = await import(
	`data:text/javascript;base64,${code}`
);
