// SPDX-License-Identifier: MIT
// What people write, and what lets them in, is nowhere in the clear outside of the process: not in the data folder,
// not in the log. Each kind of content has a word of its own that occurs nowhere else.

import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";

import { newGroup } from "./support/groups.mjs";
import { good } from "./support/parleyctl.mjs";
import { parleydOn } from "./support/store.mjs";
import { conversation, until } from "./support/talk.mjs";

/** The text as it is and in base64, however it is aligned there. */
function shapes(text) {
	const all = [Buffer.from(text), Buffer.from(Buffer.from(text).toString("hex"))];
	for (let before = 0; before < 3; before++) {
		const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(text)]);
		const whole = Math.floor(bytes.length / 3) * 3;
		const letters = bytes.subarray(0, whole).toString("base64").slice(before === 0 ? 0 : 4);
		all.push(Buffer.from(letters), Buffer.from(letters.replaceAll("+", "-").replaceAll("/", "_")));
	}
	return all;
}

const has = (bytes, text) => shapes(text).some((shape) => bytes.includes(shape));

function filesIn(folder) {
	return readdirSync(folder).flatMap((name) => {
		const path = join(folder, name);
		const kind = statSync(path);
		return kind.isDirectory() ? filesIn(path) : kind.isFile() ? [path] : [];
	});
}

conversation("canaries", { store: { backend: "sqlite" }, node: { log: "debug" } }, (node) => {
	const canaries = new Map();
	/** A word for a kind of content. */
	const word = (kind) => {
		const made = `zq${kind.replaceAll(" ", "")}kx${canaries.size}`;
		canaries.set(kind, made);
		return made;
	};
	/** A secret that something else has made. */
	const note = (kind, text) => {
		assert.ok(text.length >= 8, kind);
		canaries.set(kind, text);
	};

	/** One of everything that people can write or are given. */
	const talk = async () => {
		const password = word("password of alice");
		const email = `${word("email")}@${word("mail host")}.example`;
		const person = await node.signUp("alice", { password, email, display: "Zqdisplayed" });
		const alice = await node.device(person, { name: word("device name") });
		const [bob, carol] = await node.newPeople("bob", "carol");
		note("token", alice.session.token.split(":").at(-1));
		await node.befriend(alice, bob);
		await alice.ask("roster.request", { address: carol.address, text: word("request") });
		const first = await alice.says(bob, `a ${word("message")} for you`);
		await alice.says(bob, `${word("long message")} ${"and so on ".repeat(900)}`);
		await bob.says(alice, `@${person.name} ${word("message with a mention")}`);
		const edited = await alice.says(bob, word("before an edit"));
		await alice.ask("history.edit", { chat: bob.address, mid: edited.mid, text: word("after an edit") });
		const deleted = await alice.says(bob, word("deleted"));
		await alice.ask("history.delete", { chat: bob.address, mid: deleted.mid });
		await bob.ask("history.react", { chat: alice.address, mid: first.mid, emoji: "🦔", on: true });
		await alice.ask("history.set", { chat: bob.address, draft: { text: word("draft") } });
		const group = await newGroup(alice, [bob], { title: word("title"), about: word("about"), topic: word("topic") });
		await alice.says(group, word("message to a group"));
		await alice.ask("groups.update", { group: group.address, title: word("new title") });
		const { link } = await alice.ask("groups.link", { group: group.address, expires: 3600 });
		note("link", link.link);
		await alice.ask("account.password", { password, new: word("new password") });
		const { chats } = await bob.ask("history.inbox", {});
		assert.equal(chats.length, 2);
		const found = await bob.ask("history.search", { text: canaries.get("message") });
		assert.equal(found.messages.length, 1);
	};

	/** What of these is where it must not be. */
	const leaks = () => {
		const places = filesIn(node.folder)
			.filter((path) => !path.endsWith("node.key"))
			.map((path) => [path, readFileSync(path)]);
		places.push(["the log", Buffer.from(node.log.map((line) => line.text ?? JSON.stringify(line)).join("\n"))]);
		const found = [];
		for (const [place, bytes] of places) {
			for (const [kind, text] of canaries) {
				if (has(bytes, text)) {
					found.push(`${kind} in ${place}`);
				}
			}
			if (bytes.includes("🦔")) {
				found.push(`reaction in ${place}`);
			}
		}
		return found;
	};

	it("T97 T98 are in no file and no line of the log: while the node runs, when it has stopped, after new keys", async () => {
		await talk();
		const backup = join(node.folder, "canaries.backup");
		assert.equal((await parleydOn(node, "--backup", backup)).status, 0);
		assert.deepEqual(leaks(), [], "while it runs, and in a backup");
		assert.ok(has(readFileSync(backup), "Zqdisplayed"), "a backup is not packed in a way that would hide words");
		const files = filesIn(node.folder).filter((path) => /parley\.db/.test(path));
		const anywhere = (text) => files.some((path) => has(readFileSync(path), text));
		assert.ok(anywhere("Zqdisplayed"), "names are readable: so this would find what is");
		await node.stop();
		assert.deepEqual(leaks(), [], "when it has stopped");
		await node.restart();
		await good(node, ["key", "rotate"]);
		await until(async () => JSON.parse(await good(node, ["--json", "key", "status"])).left === 0);
		assert.deepEqual(leaks(), [], "after new keys");
	});
});
