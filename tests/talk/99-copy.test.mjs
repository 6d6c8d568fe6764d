// SPDX-License-Identifier: MIT
// A node is moved to another store and back: it goes on where it was, and nobody has to log in anew.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";

import { shared, storeIn } from "./support/mongo.mjs";
import { parleyctl, sqlite, wholeChat } from "./support/store.mjs";
import { conversation } from "./support/talk.mjs";

conversation("a store that is copied", sqlite, (node) => {
	let [alice, bob, group, seen] = [];

	/** What somebody reads in a chat, and that their token still counts. */
	async function look() {
		const wire = await node.wireOf({ name: alice.name, token: alice.session.token });
		const chats = {};
		for (const chat of [bob.address, group]) {
			chats[chat] = await wholeChat(wire, chat);
		}
		const { people } = await wire.get("roster.list", {});
		await wire.close();
		return { chats, contacts: people.map(({ address }) => address) };
	}

	/** Moves the node from a store to another, as docs/operating.md says. */
	async function move(from, to, section) {
		await node.closeClients();
		await node.stop();
		const done = await parleyctl(node, "store", "copy", from, to);
		assert.equal(done.status, 0, `${done.out}${done.err}`);
		assert.match(done.out, /messages: \d+\n[^]*copied, and found to be the same/);
		node.configure({ store: section });
		await node.restart();
		assert.deepEqual(await look(), seen, "all is there, in one order, under its ids");
	}

	it("has all there is, and deletions, which stay deleted", async () => {
		[alice, bob] = await node.newPeople("alice", "bob");
		await node.befriend(alice, bob);
		({ group: { address: group } } = await alice.ask("groups.create", { title: "Group", kind: "public" }));
		const wire = await node.wireOf(bob.person);
		await wire.get("groups.join", { group });
		for (let n = 0; n < 60; n++) {
			const { mid } = await wire.say(n % 2 === 0 ? alice.address : group, `word ${n} \u00fc`, `w-${n}`);
			if (n % 10 === 0) {
				await wire.get("history.delete", { chat: alice.address, mid });
			}
		}
		seen = await look();
		assert.equal(seen.chats[bob.address].length + seen.chats[group].length > 60, true);
		await move(`sqlite:${node.folder}`, `sqlite:${join(node.folder, "second")}`, { location: join(node.folder, "second") });
		const again = await node.wireOf(bob.person);
		const retried = await again.say(alice.address, "word 2 \u00fc", "w-2");
		assert.equal(seen.chats[bob.address].some(({ mid }) => mid === retried.mid), true, "a retry gets the first answer");
		assert.equal((await again.say(group, "and on", "on-1")).type, "result");
		seen = await look();
	});

	it("is refused where a store has something, and where none is", async () => {
		const [first, second] = [`sqlite:${node.folder}`, `sqlite:${join(node.folder, "second")}`];
		const taken = await parleyctl(node, "store", "copy", first, second);
		assert.equal(taken.status, 1);
		assert.match(taken.err, /in use by another process/);
		await node.closeClients();
		await node.stop();
		const full = await parleyctl(node, "store", "copy", first, second);
		assert.equal(full.status, 1);
		assert.match(full.err, /the store to copy to is not empty: it has/);
		const different = await parleyctl(node, "store", "compare", first, second);
		assert.equal(different.status, 1);
		assert.match(different.out, /messages: the copy differs[^]*they are not the same/);
		const itself = await parleyctl(node, "store", "copy", first, `sqlite:${node.folder}`);
		assert.match(itself.err, /both are the same store/);
		const strange = await parleyctl(node, "store", "copy", first, "somewhere");
		assert.match(strange.err, /"somewhere" is no store: say configured, sqlite:FOLDER/);
		const mistyped = join(node.folder, "secnod");
		const missing = await parleyctl(node, "store", "copy", `sqlite:${mistyped}`, `sqlite:${join(node.folder, "new")}`);
		assert.equal(missing.status, 1);
		assert.match(missing.err, /the store to copy from: there is no store in .*secnod/);
		assert.ok(!existsSync(mistyped), "and none is made");
		await node.restart();
	});

	it("is not made without what no module of the configuration keeps, unless that is said", async () => {
		await node.closeClients();
		await node.stop();
		node.configure({ node: { modules: "register roster presence notify history offline" } });
		const target = `sqlite:${join(node.folder, "part")}`;
		const refused = await parleyctl(node, "store", "copy", "configured", target);
		assert.equal(refused.status, 1);
		assert.match(refused.err, /it has the collection group\w+, which no module of the configuration keeps/);
		assert.ok(!existsSync(join(node.folder, "part")), "nothing is begun");
		const names = "groups,group_members,group_names,group_links,group_invitations";
		const taken = await parleyctl(node, "store", "copy", "--without", names, "configured", target);
		assert.equal(taken.status, 0, taken.err);
		assert.match(taken.out, /messages: \d+\n/);
		assert.doesNotMatch(taken.out, /group/);
		node.configure({ node: { modules: undefined } });
		await node.restart();
	});

	it("goes to MongoDB and back", { skip: !shared && "there is no MongoDB" }, async () => {
		const mongo = storeIn(shared, `copy_${process.pid}`);
		const [second, third] = ["second", "third"].map((name) => join(node.folder, name));
		await move(`sqlite:${second}`, mongo.location, mongo);
		const wire = await node.wireOf(bob.person);
		assert.equal((await wire.say(group, "from elsewhere", "on-2")).type, "result");
		seen = await look();
		await move("configured", `sqlite:${third}`, { backend: "sqlite", location: third });
		const back = await node.wireOf(bob.person);
		assert.equal((await back.say(group, "and home", "on-3")).type, "result");
	});
});
