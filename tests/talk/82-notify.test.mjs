// SPDX-License-Identifier: MIT
// What people want to be notified of: decided by the node, told in the frame, with its reason on request.

import assert from "node:assert/strict";
import { it } from "node:test";

import { conversation } from "./support/talk.mjs";

const DEFAULT = {
	direct: "all", group: "all", requests: true,
	quiet: { on: false, start: 1320, end: 420, offset: 0 }, chats: [],
};

const minuteOf = (date) => date.getUTCHours() * 60 + date.getUTCMinutes();

for (const backend of ["memory", "sqlite"]) {
	conversation(`notifications, with the store ${backend}`, { store: { backend } }, (node) => {
		const friends = async () => {
			const [alice, bob] = await node.newPeople("alice", "bob");
			await node.befriend(alice, bob);
			return [alice, bob];
		};
		/** What the frame says of a message that bob writes to alice. */
		const notified = async (alice, bob, text) => {
			await bob.says(alice, text);
			return (await alice.hears({ type: "message", text })).notify;
		};

		it("are on for everything at first", async () => {
			const [alice, bob] = await friends();
			assert.deepEqual(await alice.ask("notify.get"), { settings: DEFAULT });
			assert.equal(await notified(alice, bob, "one"), "message");
		});

		it("are never of one's own messages", async () => {
			const [alice, bob] = await friends();
			const phone = await bob.another();
			await bob.says(alice, "one");
			assert.equal((await phone.hears({ type: "message", text: "one" })).notify, undefined);
		});

		it("can be changed for a kind of chat, and the other devices hear of it", async () => {
			const [alice, bob] = await friends();
			const phone = await alice.another();
			const settings = { ...DEFAULT, direct: "nothing", requests: false };
			assert.deepEqual(await alice.ask("notify.update", { direct: "nothing", requests: false }), { settings });
			assert.deepEqual((await phone.hears({ name: "notify.changed" })).settings, settings);
			assert.equal(await notified(alice, bob, "one"), undefined);
			assert.equal(await notified(phone, bob, "two"), undefined);
		});

		it("can be changed for one chat, and changed back", async () => {
			const [alice, bob] = await friends();
			await alice.ask("notify.update", { direct: "nothing" });
			assert.deepEqual(
				await alice.ask("notify.chat", { chat: bob.address, level: "all" }),
				{ effective: { level: "all", reason: "chat" } },
			);
			assert.equal(await notified(alice, bob, "one"), "message");
			assert.deepEqual(
				(await alice.ask("notify.get")).settings.chats,
				[{ chat: bob.address, level: "all" }],
			);
			assert.deepEqual(
				await alice.ask("notify.chat", { chat: bob.address, level: "default" }),
				{ effective: { level: "nothing", reason: "direct" } },
			);
			assert.deepEqual((await alice.ask("notify.get")).settings.chats, []);
		});

		it("of mentions alone leave out the rest", async () => {
			const [alice, bob] = await friends();
			await alice.ask("notify.chat", { chat: bob.address, level: "mentions" });
			assert.equal(await notified(alice, bob, "nothing to see"), undefined);
		});

		it("of everybody can be left out, group by group", async () => {
			const [alice, bob] = await friends();
			const make = async () => (await bob.ask("groups.create", { title: "Loud", people: [alice.address] })).group;
			const [loud, other] = [await make(), await make()];
			const row = async ({ address }) =>
				(await alice.ask("history.inbox")).chats.find(({ chat }) => chat === address);
			const says = async (group, text) => {
				await bob.says(group, text);
				return (await alice.hears({ type: "message", chat: group.address, text })).notify;
			};
			assert.deepEqual([await says(loud, "@all 0"), (await row(loud)).mentions], ["mention", 1]);
			assert.deepEqual(await alice.ask("notify.chat", { chat: loud.address, level: "mentions", everybody: false }), {
				effective: { level: "mentions", reason: "chat", everybody: false },
			});
			assert.deepEqual((await alice.ask("notify.get")).settings.chats, [
				{ chat: loud.address, level: "mentions", everybody: false },
			]);
			assert.equal((await row(loud)).mentions, undefined);
			assert.equal(await says(loud, "@all 1"), undefined);
			assert.equal(await says(loud, "@here 2"), undefined);
			assert.equal(await says(loud, `@all and @${alice.name}`), "mention");
			assert.equal(await says(other, "@all 3"), "mention");
			assert.deepEqual([(await row(loud)).mentions, (await row(other)).mentions], [1, 1]);
			assert.equal((await row(loud)).notify.everybody, false);
			await alice.ask("notify.chat", { chat: loud.address, level: "default" });
			assert.equal(await says(loud, "@all 4"), "message", "what is not said stays");
			assert.deepEqual(await alice.ask("notify.chat", { chat: loud.address, everybody: true }), {
				effective: { level: "all", reason: "group" },
			});
			assert.deepEqual((await alice.ask("notify.get")).settings.chats, []);
			assert.deepEqual([await says(loud, "@here 5"), (await row(loud)).mentions], ["mention", 6]);
		});

		it("are off while a chat is muted, for a time or until it is switched on", async () => {
			const [alice, bob] = await friends();
			const { effective } = await alice.ask("notify.chat", { chat: bob.address, mute: 3600 });
			assert.deepEqual([effective.level, effective.reason], ["nothing", "muted"]);
			const left = Date.parse(effective.until) - Date.now();
			assert.ok(left > 3_500_000 && left <= 3_600_000, `${left} ms are left`);
			assert.equal(await notified(alice, bob, "one"), undefined);
			assert.deepEqual(
				(await alice.ask("notify.get")).settings.chats,
				[{ chat: bob.address, level: "default", muted: true, until: effective.until }],
			);
			assert.deepEqual(
				await alice.ask("notify.chat", { chat: bob.address, mute: -1 }),
				{ effective: { level: "nothing", reason: "muted" } },
			);
			assert.deepEqual(
				await alice.ask("notify.chat", { chat: bob.address, mute: 0 }),
				{ effective: { level: "all", reason: "direct" } },
			);
			assert.equal(await notified(alice, bob, "two"), "message");
		});

		it("are off in quiet hours, also those over midnight and in another time zone", async () => {
			const [alice, bob] = await friends();
			const offset = -300;
			const local = (minutes) => (minuteOf(new Date()) + offset + minutes + 2880) % 1440;
			const quiet = { on: true, start: local(-600), end: local(600), offset };
			await alice.ask("notify.update", { quiet });
			const { effective } = await alice.ask("notify.chat", { chat: bob.address, level: "all" });
			assert.deepEqual([effective.level, effective.reason], ["nothing", "quiet"]);
			const left = (Date.parse(effective.until) - Date.now()) / 60_000;
			assert.ok(left > 598 && left <= 600, `${left} minutes are left`);
			assert.equal(await notified(alice, bob, "one"), undefined);
			await alice.ask("notify.update", { quiet: { ...quiet, start: local(60), end: local(120) } });
			assert.equal(await notified(alice, bob, "two"), "message");
			await alice.ask("notify.update", { quiet: { ...quiet, on: false } });
			assert.equal(await notified(alice, bob, "three"), "message");
		});

		it("are asked for without words, so that a request to chat says whether to show it", async () => {
			const [alice, bob, carol] = await node.newPeople("alice", "bob", "carol");
			await bob.ask("roster.request", { address: alice.address });
			assert.equal((await alice.hears({ name: "roster.request" })).notify, true);
			await alice.ask("notify.update", { requests: false });
			await carol.ask("roster.request", { address: alice.address });
			const event = await alice.hears({ name: "roster.request", person: { address: carol.address } });
			assert.equal(event.notify, undefined);
		});

		it("stay as they were set when one comes back", async () => {
			const [alice, bob] = await friends();
			await alice.ask("notify.chat", { chat: bob.address, level: "nothing" });
			await alice.ask("notify.update", { group: "mentions" });
			const { settings } = await alice.ask("notify.get");
			await alice.close();
			const again = await alice.another();
			assert.deepEqual(await again.ask("notify.get"), { settings });
			assert.equal(await notified(again, bob, "one"), undefined);
		});

		it("are refused for chats that there are not, and by the schema", async () => {
			const [alice] = await friends();
			assert.equal((await alice.refused("not-found", "notify.chat", { chat: "nobody@localhost" })).where, "/params/chat");
			assert.equal((await alice.refused("not-found", "notify.chat", { chat: "bob@elsewhere.example" })).where, "/params/chat");
			assert.equal((await alice.refused("bad-request", "notify.update", { direct: "default" })).where, "/params/direct");
			assert.equal((await alice.refused("bad-request", "notify.chat", { chat: alice.address, mute: -2 })).where, "/params/mute");
		});
	});
}
