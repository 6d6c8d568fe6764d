// SPDX-License-Identifier: MIT
// The metrics listener: what Prometheus reads, and that it answers nothing else.

import assert from "node:assert/strict";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";

import { conversation } from "./support/talk.mjs";

const socketPath = join(tmpdir(), `parley-metrics-${process.pid}.sock`);

/** One request to the metrics listener's Unix socket; resolves with status, headers and body. */
function exchange(request) {
	return new Promise((resolve, reject) => {
		const socket = connect({ path: socketPath });
		let text = "";
		socket.setEncoding("utf8");
		socket.on("data", (chunk) => (text += chunk));
		socket.on("error", reject);
		socket.on("close", () => {
			const [head, ...body] = text.split("\r\n\r\n");
			resolve({ status: Number(head.split(" ")[1]), head, body: body.join("\r\n\r\n") });
		});
		socket.write(request);
	});
}

function get(target) {
	return exchange(`GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
}

/** The samples as a map from "name{labels}" to the value; fails on anything that is not the format. */
function parse(text) {
	const types = new Map();
	const samples = new Map();
	assert.match(text, /\n$/);
	for (const line of text.slice(0, -1).split("\n")) {
		const type = /^# TYPE (parley_[a-z0-9_]+) (counter|gauge)$/.exec(line);
		const sample = /^(parley_[a-z0-9_]+)(\{[a-z]+="[a-z0-9-]+"\})? (\d+)$/.exec(line);
		if (type) {
			assert.ok(!types.has(type[1]), `${type[1]} is described twice`);
			types.set(type[1], type[2]);
		} else if (sample) {
			assert.ok(types.has(sample[1]), `${sample[1]} has no type before it`);
			assert.equal(types.get(sample[1]) === "counter", sample[1].endsWith("_total"), `${sample[1]}: counters end in _total`);
			const key = sample[1] + (sample[2] ?? "");
			assert.ok(!samples.has(key), `${key} is there twice`);
			samples.set(key, Number(sample[3]));
		} else {
			assert.match(line, /^# HELP parley_[a-z0-9_]+ \S/, "neither help, type nor sample");
		}
	}
	return samples;
}

async function samples() {
	const { status, head, body } = await get("/metrics");
	assert.equal(status, 200);
	assert.match(head, /\r\ncontent-type: text\/plain; version=0\.0\.4/i);
	return parse(body);
}

conversation("metrics", { "listen metrics": { path: socketPath } }, (node) => {
	it("count what happens", async () => {
		const before = await samples();
		const [alice, bob] = await node.newPeople("alice", "bob");
		await node.befriend(alice, bob);
		await alice.says(bob, "hi");
		const after = await samples();
		const grown = (name) => after.get(name) - before.get(name);
		assert.equal(grown("parley_sessions_bound_total"), 2);
		assert.equal(grown("parley_sessions"), 2);
		assert.equal(grown("parley_accounts_created_total"), 2);
		assert.equal(grown('parley_stanzas_total{type="message"}'), 1);
		assert.equal(grown("parley_roster_requests_total"), 1);
		assert.ok(grown("parley_store_writes_total") > 0);
		assert.ok(after.get("parley_fibers") <= after.get("parley_fibers_max"));
		assert.equal(after.get("parley_log_dropped_total"), 0);
	});

	it("are all that this listener gives", async () => {
		assert.equal((await get("/")).status, 404);
		assert.equal((await get("/ws")).status, 404);
		const posted = await exchange(
			"POST /session HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}",
		);
		assert.ok(posted.status === 404 || posted.status === 405, String(posted.status));
	});
});
