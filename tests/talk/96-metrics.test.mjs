// SPDX-License-Identifier: MIT
// Numbers for Prometheus.

import assert from "node:assert/strict";
import { get } from "node:http";
import { it } from "node:test";

import { conversation } from "./support/talk.mjs";

/** What is at a URL: its status, its head and its text. */
function fetchText(url) {
	return new Promise((resolve, reject) => {
		get(url, (response) => {
			let text = "";
			response.setEncoding("utf8");
			response.on("data", (chunk) => (text += chunk));
			response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, text }));
		}).on("error", reject);
	});
}

/** { name or name{labels}: value } */
function values(text) {
	return Object.fromEntries(
		text
			.split("\n")
			.filter((line) => line && !line.startsWith("#"))
			.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]),
	);
}

conversation("numbers for Prometheus", { listeners: ["metrics"] }, (node) => {
	const metrics = () => fetchText(`http://${node.host}:${node.portOf("metrics")}/metrics`);

	it("are plain text, each with its type and a sentence, and none twice", async () => {
		const { status, headers, text } = await metrics();
		assert.equal(status, 200);
		assert.match(headers["content-type"], /^text\/plain/);
		assert.ok(text.endsWith("\n"));
		const names = new Set();
		for (const line of text.split("\n").filter(Boolean)) {
			if (line.startsWith("# HELP ")) {
				const name = line.split(" ")[2];
				assert.ok(!names.has(name), `${name} is there twice`);
				names.add(name);
				assert.ok(line.length > `# HELP ${name} `.length + 5, line);
			} else if (line.startsWith("# TYPE ")) {
				const [, , name, type] = line.split(" ");
				assert.ok(names.has(name), name);
				assert.equal(type === "counter", name.endsWith("_total"), line);
			} else {
				assert.match(line, /^parley_[a-z_]+(\{[a-z]+="[a-z_.-]+"\})? \d+$/);
				assert.ok(names.has(line.split(/[ {]/)[0]), line);
			}
		}
	});

	it("count what happens", async () => {
		const before = values((await metrics()).text);
		const [alice, bob] = await node.newPeople("alice", "bob");
		await node.befriend(alice, bob);
		await alice.says(bob, "one");
		await alice.says(bob, "two");
		const after = values((await metrics()).text);
		const grown = (name) => after[name] - before[name];
		assert.equal(grown("parley_sessions_bound_total"), 2);
		assert.equal(grown('parley_stanzas_total{type="message"}'), 2);
		assert.equal(grown("parley_history_appended_total"), 2);
		assert.equal(grown("parley_messages_delivered_total"), 2);
		assert.equal(grown("parley_accounts_created_total"), 2);
		assert.equal(grown("parley_roster_accepted_total"), 1);
		assert.equal(after.parley_sessions, 2);
		assert.ok(grown("parley_bytes_in_total") > 500);
	});

	it("tell of every limit how full it is, may be, and how often it was", async () => {
		const { limits } = await (await node.operator()).get("node.limits");
		const said = values((await metrics()).text);
		for (const { name, max } of limits) {
			assert.equal(said[`parley_limit_max{limit="${name}"}`], max);
			assert.ok(said[`parley_limit_used{limit="${name}"}`] <= max, name);
			assert.ok(said[`parley_limit_refused_total{limit="${name}"}`] >= 0, name);
		}
	});

	it("are nowhere else on this port", async () => {
		assert.equal((await fetchText(`http://${node.host}:${node.portOf("metrics")}/`)).status, 404);
	});
});
