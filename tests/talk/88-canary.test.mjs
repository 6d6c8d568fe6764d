// SPDX-License-Identifier: MIT
// What people write, and what lets them in, is nowhere in the clear outside of the process: not in the data folder or
// in what MongoDB keeps, not in a copy, not in a log. Each kind of content has a word of its own that occurs nowhere else.

import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";

import { newGroup } from "./support/groups.mjs";
import { Mongo, storeIn } from "./support/mongo.mjs";
import { good } from "./support/parleyctl.mjs";
import { parleyctl, parleydOn, sqlite } from "./support/store.mjs";
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

/** The tests of a node; kept: more places, as [name, bytes], with what it keeps; copies: makes copies in its folder. */
function tests(node, kept, copies) {
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
		places.push(...kept());
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

	/** Names are not sealed: what finds them would find the rest. */
	const anywhere = (places) => places.some(([, bytes]) => has(bytes, "Zqdisplayed"));

	it("T97 T98 are in no file and no line of the log: while the node runs, when it has stopped, after new keys", async () => {
		await talk();
		assert.deepEqual(leaks(), [], "while it runs");
		assert.ok(anywhere(kept()), "names are found where it keeps them");
		await node.stop();
		assert.deepEqual(leaks(), [], "when it has stopped");
		await node.restart();
		await good(node, ["key", "rotate"]);
		await until(async () => JSON.parse(await good(node, ["--json", "key", "status"])).left === 0);
		assert.deepEqual(leaks(), [], "after new keys");
	});

	it("T97 T98 are in no copy of it", async () => {
		await node.closeClients();
		await node.stop();
		for (const path of await copies()) {
			assert.ok(anywhere([[path, readFileSync(path)]]), `${path} is not packed in a way that would hide words`);
		}
		assert.deepEqual(leaks(), []);
	});
}

/** Copies the node's store into one of SQLite; the file of that. */
async function copied(node, from) {
	const folder = join(node.folder, "copied");
	const { status, err } = await parleyctl(node, "store", "copy", from, `sqlite:${folder}`);
	assert.equal(status, 0, err);
	return join(folder, "parley.db");
}

conversation("canaries", { ...sqlite, node: { log: "debug" } }, (node) => {
	const files = () => filesIn(node.folder).filter((path) => /parley\.db/.test(path));
	tests(
		node,
		() => files().map((path) => [path, readFileSync(path)]),
		async () => {
			const backup = join(node.folder, "canaries.backup");
			assert.equal((await parleydOn(node, "--backup", backup)).status, 0);
			return [backup, await copied(node, `sqlite:${node.folder}`)];
		},
	);
});

const mongo = Mongo.start();

describe("with MongoDB", { skip: !mongo && "there is no MongoDB to start on this machine" }, () => {
	after(() => mongo?.stop());
	if (!mongo) {
		return;
	}
	const store = storeIn(mongo.uri, "canaries");

	/** Its files, with journal and log, and all documents as it gives them: files may be packed. */
	const kept = () => [
		...filesIn(mongo.folder).map((path) => [path, readFileSync(path)]),
		...mongo.documents("canaries").map(([name, text]) => [`the collection ${name}`, Buffer.from(text)]),
	];

	conversation("canaries", { store, node: { log: "debug" } }, (node) => {
		tests(node, kept, async () => {
			mongo.halt();
			assert.ok(filesIn(mongo.folder).some((path) => has(readFileSync(path), "Zqdisplayed")), "names are in its files");
			mongo.again();
			return [await copied(node, store.location)];
		});
	});
});
