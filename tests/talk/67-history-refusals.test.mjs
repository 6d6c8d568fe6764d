// SPDX-License-Identifier: MIT
// Everything that is refused about chats and their messages, notifications and presence: code, words and place.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { circle, newGroup } from "./support/groups.mjs";
import { refuses, refusesMessage, wired } from "./support/refusals.mjs";
import { conversation, DOMAIN } from "./support/talk.mjs";

const NOBODY = "019ab1c2-3d4e-7f60-8a1b-2c3d4e5f6071";
const NO_CHAT = "there is no such chat";
const NO_MESSAGE = "there is no such message in this chat";
const STRANGER = "this person is not among your contacts: send a request to chat first";
const TIME = "2026-11-22T10:00:00.000Z";

/** Everything that can be asked about a chat. */
const about = (chat, mid = NOBODY) => [
	["history.page", { chat }],
	["history.read", { chat, seq: 1 }],
	["history.get", { chat, mids: [mid] }],
	["history.edit", { chat, mid, text: "x" }],
	["history.delete", { chat, mid }],
	["history.react", { chat, mid, emoji: "👍", on: true }],
	["history.pin", { chat, mid, on: true }],
	["history.pins", { chat }],
	["history.versions", { chat, mid }],
	["history.readers", { chat, mid }],
	["history.unread", { chat, mid }],
	["history.date", { chat, time: TIME }],
	["history.set", { chat, archived: true }],
	["history.typing", { chat, on: true }],
];
/** Those about one message. */
const single = (chat, mid) => about(chat, mid).filter(([, params]) => params.mid);

const people = async (node, ...names) => wired(node, await circle(node, ...names));

conversation("refused about chats", {}, (node) => {
	it("a group that one is not in, was in or that is not there", async () => {
		const [alice, bob, carol, eve] = await people(node, "alice", "bob", "carol", "eve");
		const group = await newGroup(alice, [bob, carol], { kind: "public" });
		const { mid } = await alice.says(group, "hi");
		await alice.ask("groups.remove", { group: group.address, address: bob.address });
		await alice.ask("groups.remove", { group: group.address, address: carol.address, ban: true });
		const club = await newGroup(alice);
		for (const who of [bob, carol, eve]) {
			for (const [method, params] of about(group.address, mid).filter(([name]) => name !== "history.typing")) {
				await refuses(who, method, params, "not-found", NO_CHAT, "/params/chat");
				await refuses(who, method, { ...params, chat: club.address }, "not-found", NO_CHAT, "/params/chat");
				await refuses(who, method, { ...params, chat: `nonesuch@rooms.${DOMAIN}` }, "not-found", NO_CHAT, "/params/chat");
			}
			const why = who === carol ? "you were banned from this group" : "you are not in this group: join it";
			await refuses(who, "history.typing", { chat: group.address, on: true }, "not-allowed", why);
			await refuses(who, "history.typing", { chat: club.address, on: true }, "not-found", "there is no such group");
		}
	});

	it("a chat with nobody, or elsewhere", async () => {
		const [alice] = await people(node, "alice");
		for (const [method, params] of about("bob@elsewhere.example")) {
			await refuses(alice, method, params, "not-found", NO_CHAT, "/params/chat");
		}
		for (const address of ["no address", DOMAIN]) {
			for (const [method, params] of about(address)) {
				await refuses(alice, method, params, "bad-request", "must be an address like name@domain", "/params/chat");
			}
		}
	});

	it("a message that is not in the chat", async () => {
		const [alice, bob, carol] = await people(node, "alice", "bob", "carol");
		const { mid } = await alice.says(carol, "between us");
		await alice.says(bob, "hi");
		const { seq } = await alice.ask("history.react", { chat: carol.address, mid, emoji: "👍", on: true });
		const { messages } = await alice.ask("history.page", { chat: carol.address, after: seq - 1 });
		for (const other of [NOBODY, mid]) {
			for (const [method, params] of single(bob.address, other)) {
				await refuses(alice, method, params, "not-found", NO_MESSAGE, "/params/mid");
			}
			await refuses(alice, "history.page", { chat: bob.address, around: other }, "not-found", NO_MESSAGE, "/params/around");
			await refusesMessage(alice, bob, { text: "x", reply: other }, "bad-request", NO_MESSAGE, "/reply");
		}
		for (const [method, params] of single(carol.address, messages[0].mid)) {
			await refuses(alice, method, params, "not-found", NO_MESSAGE, "/params/mid"); /* a change is none */
		}
	});

	it("T49 messages to strangers, to who is blocked or blocks, and to nobody, alike where it must be", async () => {
		const [alice, bob, carol] = await people(node, "alice", "bob", "carol");
		const [stranger] = await wired(node, [await node.newPerson("stranger")]);
		const blocked = alice;
		await bob.ask("roster.block", { address: blocked.address });
		for (const to of [stranger.address, bob.address, node.address("nobody")]) {
			await refusesMessage(blocked, to, { text: "x" }, "not-allowed", STRANGER);
		}
		await refusesMessage(bob, blocked, { text: "x" }, "not-allowed", "you have blocked this person");
		await refusesMessage(alice, "bob@elsewhere.example", { text: "x" }, "not-implemented", `this node serves only ${DOMAIN} so far`, "/to");
		await refusesMessage(alice, DOMAIN, { text: "x" }, "bad-request", "must be an address like name@domain", "/to");
		await refusesMessage(alice, carol, {}, "bad-request", "is required", "/text");
		await refusesMessage(alice, carol, { text: "" }, "bad-request", "must be 1 to 10000 characters", "/text");
		await refusesMessage(alice, carol, { text: "a".repeat(10_001) }, "too-large", "must be 1 to 10000 characters", "/text");
	});

	it("forwards of what one cannot read, of nothing, and with a text", async () => {
		const [alice, bob, carol] = await people(node, "alice", "bob", "carol");
		const { mid } = await alice.says(bob, "between us");
		const gone = await alice.says(bob, "gone");
		await alice.ask("history.delete", { chat: bob.address, mid: gone.mid });
		const forward = (who, chat, which, more = {}) => [who, who === carol ? alice : carol, { forward: { chat, mid: which, source: true }, ...more }, "bad-request"];
		await refusesMessage(...forward(carol, alice.address, mid), NO_MESSAGE, "/forward/mid");
		await refusesMessage(...forward(carol, bob.address, mid), NO_MESSAGE, "/forward/mid");
		await refusesMessage(...forward(alice, bob.address, NOBODY), NO_MESSAGE, "/forward/mid");
		await refusesMessage(...forward(alice, bob.address, gone.mid), "this message was deleted", "/forward/mid");
		await refusesMessage(...forward(alice, "xyz@rooms.talk.example", mid), "there is no such chat", "/forward/chat");
		await refusesMessage(...forward(alice, "bob@elsewhere.example", mid), "there is no such chat", "/forward/chat");
		await refusesMessage(...forward(alice, bob.address, mid, { text: "x" }), "stands in place of a text", "/forward");
	});

	it("changes of others' messages, of what was forwarded, and of what is deleted", async () => {
		const [alice, bob] = await people(node, "alice", "bob");
		const chat = alice.address;
		const { mid } = await alice.says(bob, "mine");
		await refuses(bob, "history.edit", { chat, mid, text: "x" }, "not-allowed", "only its author can edit a message");
		await refuses(bob, "history.delete", { chat, mid }, "not-allowed", "only its author can delete a message");
		const forwarded = await bob.says(alice, "", { forward: { chat, mid, source: true } });
		await refuses(
			bob, "history.edit", { chat, mid: forwarded.mid, text: "x" },
			"not-allowed", "what was forwarded cannot be edited",
		);
		await refuses(alice, "history.edit", { chat: bob.address, mid, text: "" }, "bad-request", /./, "/params/text");
		await refuses(alice, "history.edit", { chat: bob.address, mid, text: "a".repeat(10_001) }, "too-large", /./, "/params/text");
		await alice.ask("history.delete", { chat: bob.address, mid });
		for (const [method, params] of [
			["history.edit", { text: "x" }],
			["history.react", { emoji: "👍", on: true }],
			["history.react", { emoji: "👍", on: false }],
			["history.pin", { on: true }],
		]) {
			await refuses(alice, method, { chat: bob.address, mid, ...params }, "gone", "this message was deleted");
		}
	});

	it("changes in a chat with who is no contact any more", async () => {
		const [alice, bob] = await people(node, "alice", "bob");
		const chat = bob.address;
		const { mid } = await alice.says(bob, "hi");
		const all = [
			["history.edit", { chat, mid, text: "x" }],
			["history.react", { chat, mid, emoji: "👍", on: true }],
			["history.pin", { chat, mid, on: true }],
		];
		await alice.ask("roster.remove", { address: chat });
		for (const [method, params] of all) {
			await refuses(alice, method, params, "not-allowed", "this person is not among your contacts");
		}
		await alice.ask("roster.block", { address: chat });
		for (const [method, params] of all) {
			await refuses(alice, method, params, "not-allowed", "you have blocked this person");
		}
		await alice.ask("history.delete", { chat, mid });
	});

	it("in a group: deletions, pins and edits without the role", async () => {
		const [owner, moe, meg, ned] = await people(node, "owner", "moe", "meg", "ned");
		const group = await newGroup(owner, [moe, meg, ned]);
		const chat = group.address;
		await owner.ask("groups.role", { group: chat, address: moe.address, role: "moderator" });
		const { mid } = await meg.says(group, "mine");
		const owners = await owner.says(group, "the owner's");
		await refuses(ned, "history.delete", { chat, mid }, "not-allowed", "you may not delete this message");
		await refuses(moe, "history.delete", { chat, mid: owners.mid }, "not-allowed", "you may not delete this message");
		await refuses(moe, "history.edit", { chat, mid, text: "x" }, "not-allowed", "only its author can edit a message");
		for (const [role, by] of [
			["moderator", meg],
			["admin", moe],
			["owner", moe],
		]) {
			await owner.ask("groups.update", { group: chat, permissions: { pin: role } });
			await refuses(by, "history.pin", { chat, mid, on: true }, "not-allowed", `only ${role}s may pin messages in this group`);
		}
		await owner.ask("groups.update", { group: chat, permissions: { post: "moderator" } });
		await refuses(meg, "history.edit", { chat, mid, text: "x" }, "not-allowed", "only moderators may write in this group");
		await refuses(meg, "history.typing", { chat, on: true }, "not-allowed", "only moderators may write in this group");
		await meg.ask("history.delete", { chat, mid });
	});

	describe("reactions and pins", () => {
		it("that are no emoji, or of too many kinds", async () => {
			const [alice, bob] = await people(node, "alice", "bob");
			const { mid } = await alice.says(bob, "hi");
			const react = (emoji) => ["history.react", { chat: alice.address, mid, emoji, on: true }];
			for (const emoji of ["a", ":)", "7", "👍👍", "👍a", "👍\u200d", "\u200d", "🇩", "🇩🇪🇫🇷", "\ufe0f"]) {
				await refuses(bob, ...react(emoji), "bad-request", "must be one emoji", "/params/emoji");
			}
			await refuses(bob, ...react(""), "bad-request", /./, "/params/emoji");
			for (const emoji of [..."😀😁😂😃😄😅😆😇😈😉😊😋😌😍😎😏😐😑😒😓"]) {
				await bob.ask(...react(emoji));
			}
			await refuses(bob, ...react("👍"), "limit", "a message can have 20 different reactions", "/params/emoji");
			await alice.ask("history.react", { chat: bob.address, mid, emoji: "😀", on: true });
			const { mid: other } = await alice.says(bob, "again");
			for (const emoji of ["👍🏽", "❤️", "❤", "7️⃣", "🇩🇪", "👩🏽‍❤️‍💋‍👨🏿", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "🏳️‍🌈", "👁️‍🗨️", "™️"]) {
				await bob.ask("history.react", { chat: alice.address, mid: other, emoji, on: true });
			}
		});

		it("that are more than a chat holds", async () => {
			const [alice] = await people(node, "alice");
			const chat = alice.address;
			for (let n = 0; n < 50; n++) {
				const { mid } = await alice.says(alice, `${n}`);
				await alice.ask("history.pin", { chat, mid, on: true });
			}
			const { mid } = await alice.says(alice, "one more");
			await refuses(
				alice, "history.pin", { chat, mid, on: true },
				"limit", "a chat can have 50 pinned messages: take one off first",
			);
		});
	});

	it("parameters that the schema does not allow", async () => {
		const [alice] = await people(node, "alice");
		const chat = alice.address;
		for (const [method, params, where, code = "bad-request"] of [
			["history.page", { chat, limit: 0 }, "/params/limit"],
			["history.page", { chat, limit: 201 }, "/params/limit"],
			["history.page", { chat, before: 0 }, "/params/before"],
			["history.page", { chat, after: -1 }, "/params/after"],
			["history.page", { chat, around: "x" }, "/params/around"],
			["history.read", { chat, seq: -1 }, "/params/seq"],
			["history.read", { chat }, "/params/seq"],
			["history.unread", { chat }, "/params/mid"],
			["history.get", { chat, mids: [] }, "/params/mids"],
			["history.get", { chat, mids: Array(51).fill(NOBODY) }, "/params/mids", "too-large"],
			["history.date", { chat, time: "yesterday" }, "/params/time"],
			["history.set", { chat, archived: "yes" }, "/params/archived"],
			["history.set", { chat, draft: { text: "a".repeat(10_001) } }, "/params/draft/text", "too-large"],
			["history.typing", { chat }, "/params/on"],
			["history.inbox", { limit: 0 }, "/params/limit"],
			["notify.chat", { chat, level: "loud" }, "/params/level"],
			["notify.chat", { chat, mute: -2 }, "/params/mute"],
			["notify.chat", { chat, mute: 31_536_001 }, "/params/mute"],
			["notify.update", { direct: "default" }, "/params/direct"],
			["notify.update", { quiet: { on: true, start: "25:00" } }, "/params/quiet/start"],
			["presence.get", { of: chat }, "/params/of"],
		]) {
			await refuses(alice, method, params, code, /./, where);
		}
		await refuses(alice, "history.date", { chat, time: "2026-13-41T10:00:00.000Z" }, "bad-request", /is not a time|must be/, "/params/time");
		for (const presence of [{ show: "gone" }, { show: "busy", status: "a".repeat(101) }]) {
			alice.wire.send({ type: "presence", ...presence });
			const { code, where } = await alice.wire.next("error");
			assert.match(`${code} ${where}`, /^(bad-request \/show|too-large \/status)$/);
		}
	});

	it("everything, to who has not logged in", async () => {
		const [alice] = await people(node, "alice");
		const guest = await node.wire();
		const methods = [
			...about(alice.address), ["history.inbox"], ["notify.get"], ["notify.update", {}], ["notify.chat", { chat: alice.address }], ["presence.get"],
			["groups.create"], ["groups.list"], ["groups.search"], ["groups.invitations"],
		];
		for (const [method, params] of methods) {
			await refuses(guest, method, params ?? {}, "not-authorized", "log in first");
		}
	});

	it("notifications of chats that are not there", async () => {
		const [alice] = await people(node, "alice");
		await refuses(alice, "notify.chat", { chat: "bob@elsewhere.example" }, "not-found", NO_CHAT, "/params/chat");
		await refuses(alice, "notify.chat", { chat: node.address("nobody") }, "not-found", /no such/, undefined);
		await refuses(alice, "notify.chat", { chat: "no address" }, "bad-request", /./, "/params/chat");
	});
});

conversation("refused because the time is over, or never was", { "module history": { edit_window: 60, delete_window: 120 } }, (node) => {
	const edit = (chat, mid) => ["history.edit", { chat, mid, text: "x" }];

	it("edits and deletions", async () => {
		const [alice, bob] = await people(node, "alice", "bob");
		const chat = bob.address;
		const { mid } = await alice.says(bob, "hi");
		node.pass(61);
		await refuses(alice, ...edit(chat, mid), "not-allowed", "the time to edit this message is over");
		node.pass(60);
		await refuses(alice, "history.delete", { chat, mid }, "not-allowed", "the time to delete this message is over");
		node.configure({ "module history": { edit_window: 0, delete_window: 0 } });
		await node.reload();
		const note = await alice.says(alice, "a note");
		for (const [where, which] of [
			[chat, (await alice.says(bob, "now")).mid],
			[alice.address, note.mid],
		]) {
			await refuses(alice, ...edit(where, which), "not-allowed", "messages cannot be edited on this node");
			await refuses(alice, "history.delete", { chat: where, mid: which }, "not-allowed", "messages cannot be deleted on this node");
		}
	});
});

conversation("refused because there are too many chats with notifications of their own", { "module notify": { chats_max: 10 } }, (node) => {
	it("the eleventh", async () => {
		const [alice, ...others] = await people(node, "alice", ...Array.from({ length: 11 }, (_, n) => `friend${n}`));
		for (const other of others.slice(0, 10)) {
			await alice.ask("notify.chat", { chat: other.address, level: "nothing" });
		}
		const last = { chat: others.at(-1).address, level: "nothing" };
		await refuses(alice, "notify.chat", last, "limit", "too many chats have settings of their own", "/params/chat");
		await alice.ask("notify.chat", { chat: others[0].address, level: "default" });
		await alice.ask("notify.chat", last);
	});
});

conversation("refused because it is longer than this node allows", { limits: { text: 100 } }, (node) => {
	it("a message, and an edit", async () => {
		const [alice, bob] = await people(node, "alice", "bob");
		const { mid } = await alice.says(bob, "short");
		const text = "é".repeat(101);
		await refusesMessage(alice, bob, { text }, "too-large", "must be at most 100 characters", "/text");
		const edit = { chat: bob.address, mid, text };
		await refuses(alice, "history.edit", edit, "too-large", "must be at most 100 characters", "/params/text");
		await alice.ask("history.edit", { ...edit, text: "é".repeat(100) });
	});
});
