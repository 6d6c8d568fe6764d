// SPDX-License-Identifier: MIT
// A file of conversations with a node of its own.

import assert from "node:assert/strict";
import { after, afterEach, before, describe } from "node:test";

import { Node } from "./node.mjs";
import { takeViolations } from "./schemas.mjs";

export { DOMAIN, Node, TERMS } from "./node.mjs";
export { matches, PATIENCE, until } from "./mailbox.mjs";

/**
 * Groups the tests of an area. They share a node with these options (see Node), which is started before them and
 * stopped after them; stopping fails when the node has leaked, crashed or logged an error. A test fails when the
 * node has sent anything that its schemas do not allow.
 */
export function conversation(area, sections, body) {
	describe(area, () => {
		const node = new Node(sections);
		before(() => node.start());
		afterEach(async () => {
			await node.closeClients();
			assert.deepEqual(takeViolations(), [], "the node broke its own schemas");
		});
		after(async () => {
			try {
				await node.stop();
			} finally {
				node.remove();
			}
		});
		body(node);
	});
}
