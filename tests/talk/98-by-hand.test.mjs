// SPDX-License-Identifier: MIT
// The conversation that docs/protocol.md shows, typed into openssl s_client as it stands there.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import { isDeepStrictEqual } from "node:util";

import { Mailbox } from "./support/mailbox.mjs";
import { root } from "./support/places.mjs";
import { FrameCheck } from "./support/schemas.mjs";
import { conversation } from "./support/talk.mjs";

/** The lines of section 2: who says them, and what. */
function transcript() {
	const text = readFileSync(join(root, "docs/protocol.md"), "utf8");
	const section = text.slice(text.indexOf("## 2. "), text.indexOf("## 3. "));
	const lines = section.split("\n").filter((line) => /^[CS] \{/.test(line));
	return lines.map((line) => ({ who: line[0], text: line.slice(2) }));
}

/** What differs from run to run: random names and times. */
const CHANCE = new Set(["stream", "device", "token", "resume", "mid", "time"]);

/** A frame without what chance has put into it. */
function plain(value, key) {
	if (CHANCE.has(key)) {
		return "…";
	}
	if (typeof value === "string") {
		return value.replace(/^(\w+@[\w.]+)\/.*$/, "$1/…");
	}
	if (Array.isArray(value)) {
		return value.map((item) => plain(item));
	}
	if (value !== null && typeof value === "object") {
		return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner, name)]));
	}
	return value;
}

/** A person at a terminal. */
class Typist {
	#child;
	#mailbox = new Mailbox("who types");
	#check = new FrameCheck();
	said = [];

	constructor(node) {
		this.#child = spawn("openssl", ["s_client", "-quiet", "-connect", `${node.host}:${node.port}`], {
			stdio: ["pipe", "pipe", "ignore"],
		});
		let rest = "";
		this.#child.stdout.setEncoding("utf8");
		this.#child.stdout.on("data", (chunk) => {
			const lines = (rest + chunk).split("\n");
			rest = lines.pop();
			for (const line of lines) {
				this.#mailbox.push(this.#check.received(line));
			}
		});
		this.closed = new Promise((resolve) => this.#child.on("close", resolve));
	}

	types(line) {
		this.#check.sent(JSON.parse(line));
		this.#child.stdin.write(`${line}\n`);
	}

	/** The next frame that looks like this one; others in between are passed over. */
	async reads(expected) {
		try {
			await this.#mailbox.next((frame) => isDeepStrictEqual(plain(frame), expected));
		} catch (error) {
			error.message = `${JSON.stringify(expected)}: ${error.message}`;
			throw error;
		}
	}

	async close() {
		this.#child.kill();
		await this.closed;
	}
}

conversation("a conversation by hand", { domain: "localhost" }, (node) => {
	it("goes as the protocol's text shows it, through openssl s_client", async () => {
		const alice = await node.newPerson("Alice", { display: "Alice A." });
		const lines = transcript();
		assert.ok(lines.length >= 10, "the text has its conversation");
		const typist = node.keep(new Typist(node));
		for (const { who, text } of lines) {
			const frame = JSON.parse(text);
			if (who === "C") {
				typist.types(text);
				continue;
			}
			if (frame.person?.relation === "contact") {
				await alice.ask("roster.accept", { address: "carol@localhost" });
			} else if (frame.type === "message") {
				assert.equal((await alice.hears({ type: "message" })).text, "hi");
				alice.client.send("carol@localhost", frame.text);
			}
			await typist.reads(plain(frame));
		}
		await alice.hears({ type: "sent", text: "hello Carol" });
	});
});
