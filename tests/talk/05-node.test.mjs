// SPDX-License-Identifier: MIT
// The tests' own node: what it tells of a daemon that does not end well.

import assert from "node:assert/strict";
import { it } from "node:test";

import { Node } from "./support/talk.mjs";

/** A node that is up, for a test that ends it. */
async function withNode(test) {
	const node = new Node();
	await node.start();
	try {
		await test(node);
	} finally {
		node.remove();
	}
}

it("a daemon that dies by itself fails the file, with the last that it said", () =>
	withNode(async (node) => {
		process.kill(node.pid, "SIGABRT");
		await assert.rejects(node.stop(), (error) => {
			assert.match(error.message, /^05-node\.test\.mjs: the node ended .*by SIGABRT/);
			assert.match(error.message, /"msg":"ready/);
			assert.ok(error.message.split("\n").length <= 16, error.message);
			return true;
		});
	}));

it("a daemon that is killed by the test may come back, and stops", () =>
	withNode(async (node) => {
		await node.kill9();
		await node.stop();
		await node.restart();
		await node.stop();
	}));

it("a daemon that cannot start says why", () =>
	withNode(async (node) => {
		await node.stop();
		node.configure({ tls: { certificate: "/nowhere.pem" } });
		await assert.rejects(node.restart(), /the node ended with status 1;.*nowhere\.pem/s);
	}));
