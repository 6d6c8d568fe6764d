// SPDX-License-Identifier: MIT
// What an operator types.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";

import { build } from "./places.mjs";

/** Runs parleyctl on a node; input is its stdin. */
export function parleyctl(node, words, input = "") {
	return new Promise((resolve, reject) => {
		const child = spawn(join(build, "parleyctl"), ["--socket", node.controlPath, ...words]);
		let out = "";
		let err = "";
		child.stdout.on("data", (chunk) => (out += chunk));
		child.stderr.on("data", (chunk) => (err += chunk));
		child.on("error", reject);
		child.stdin.on("error", () => undefined); // most commands end without reading it
		child.on("close", (status) => resolve({ status, out, err }));
		child.stdin.end(input);
	});
}

/** The same, which is to succeed; resolves with what it prints. */
export async function good(node, words, input) {
	const { status, out, err } = await parleyctl(node, words, input);
	assert.deepEqual({ status, err }, { status: 0, err: "" }, `parleyctl ${words.join(" ")}: ${out}`);
	return out;
}
