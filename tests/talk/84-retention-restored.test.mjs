// SPDX-License-Identifier: MIT
// A backup has what was removed since, because it was too old: a node on what was restored removes it again by itself, and
// what was deleted before the backup was made stays deleted.

import assert from "node:assert/strict";
import { join } from "node:path";
import { it } from "node:test";

import { circle, newGroup } from "./support/groups.mjs";
import { good } from "./support/parleyctl.mjs";
import { parleydOn, sqlite } from "./support/store.mjs";
import { conversation } from "./support/talk.mjs";

const DAY = 86400;

const page = (reader, chat) => reader.ask("history.page", { chat: chat.address, limit: 200 });
const texts = async (reader, chat) => (await page(reader, chat)).messages.flatMap(({ text }) => text ?? []);
const found = async (reader, text) => (await reader.ask("history.search", { text })).messages.map((one) => one.text);

/** Where the chats begin, and how much of them is new. */
async function rows(reader) {
	const { chats } = await reader.ask("history.inbox", {});
	return chats.map(({ chat, seq, begins, read, unread, mentions, keep }) => ({ chat, seq, begins, read, unread, mentions, keep }));
}

/** Waits until the node has removed what is before this place. */
async function begins(reader, chat, seq) {
	for (let at = (await page(reader, chat)).begins; at !== seq; ) {
		({ seq: at } = await reader.hears({ type: "event", name: "history.begins", chat: chat.address }, 60_000));
		assert.ok(at <= seq, `${at} is too far`);
	}
}

conversation("retention: a backup that is restored", { ...sqlite, "module history": { keep_direct_days: 30 } }, (node) => {
	it("loses again what is too old, and nothing else", async () => {
		const [alice, bob, carol] = await circle(node, "alice", "bob", "carol");
		const group = await newGroup(alice, [bob]); /* its first two entries */
		await alice.ask("history.keep", { chat: group.address, days: 7 });
		await alice.says(carol, "evergreen");
		await good(node, ["retention", "set", "--forever", `${alice.name}+${carol.name}`]);
		const deleted = await alice.says(bob, "deleted leaves");
		await alice.ask("history.delete", { chat: bob.address, mid: deleted.mid });
		const old = await alice.says(bob, "autumn leaves");
		await alice.ask("history.edit", { chat: bob.address, mid: old.mid, text: "winter leaves" });
		await bob.ask("history.react", { chat: alice.address, mid: old.mid, emoji: "🍂", on: true });
		await bob.ask("history.pin", { chat: alice.address, mid: old.mid, on: true });
		await alice.says(group, "old leaves of the club");
		node.pass(25 * DAY);
		const young = await alice.says(bob, "fresh leaves");
		const gone = await alice.says(bob, "regretted leaves");
		await alice.ask("history.delete", { chat: bob.address, mid: gone.mid });
		const file = join(node.folder, "leaves.backup");
		const backup = await parleydOn(node, "--backup", file);
		assert.equal(backup.status, 0, backup.err);

		node.pass(10 * DAY);
		const operator = await node.operator();
		await operator.get("retention.run", { wait: true });
		const kept = { bob: await page(bob, alice), group: await page(bob, group), carol: await texts(carol, alice), rows: await rows(bob) };
		assert.deepEqual(await texts(bob, alice), ["fresh leaves"]);
		assert.equal(kept.bob.begins, young.seq);
		assert.deepEqual(kept.carol, ["evergreen"]);
		operator.drop();

		await node.closeClients();
		await node.stop();
		const restored = await parleydOn(node, "--restore", file, "--replace");
		assert.equal(restored.status, 0, restored.err);
		await node.restart();
		const [back, alice2, carol2] = await Promise.all([bob, alice, carol].map(({ person }) => node.device(person)));
		await begins(back, alice, young.seq);
		await begins(back, group, kept.group.begins);
		const again = await page(back, alice);
		assert.deepEqual(again, kept.bob, "what is left, the tombstone with it, is as it was");
		assert.ok(!JSON.stringify(again).includes("regretted"));
		assert.deepEqual(await texts(alice2, bob), ["fresh leaves"]);
		assert.deepEqual(await texts(back, group), []);
		assert.deepEqual(await texts(carol2, alice), kept.carol);
		for (const reader of [back, alice2]) {
			assert.deepEqual(await found(reader, "leaves"), ["fresh leaves"]);
		}
		const { messages, gone: missing } = await back.ask("history.get", { chat: alice.address, mids: [old.mid, deleted.mid, young.mid] });
		assert.deepEqual([messages.map(({ text }) => text), missing.sort()], [["fresh leaves"], [old.mid, deleted.mid].sort()]);
		assert.deepEqual((await back.ask("history.pins", { chat: alice.address })).messages, []);
		await back.refused("gone", "history.versions", { chat: alice.address, mid: old.mid });
		assert.deepEqual(await rows(back), kept.rows);
		const { seq } = await alice2.says(bob, "and on");
		assert.ok(seq > gone.seq);
	});
});
