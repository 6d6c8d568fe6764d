// SPDX-License-Identifier: MIT
// What a message has besides its text: what it answers, what it forwards, whom it mentions.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { conversation, DOMAIN } from "./support/talk.mjs";

const NOBODY = "019ab1c2-3d4e-7f60-8a1b-2c3d4e5f6071";
let ids = 0;

/** Logs people in with line clients, the first a contact of all others. */
async function people(node, ...names) {
	const devices = await node.newPeople(...names);
	for (const other of devices.slice(1)) {
		await node.befriend(devices[0], other);
	}
	const wires = await Promise.all(devices.map(({ person }) => node.wireOf(person)));
	await Promise.all(devices.map((device) => device.close()));
	return wires;
}

/** Sends a message with these members; resolves with its answer. */
async function sends(wire, to, members) {
	const id = `q-${++ids}`;
	wire.send({ type: "message", id, to: to.address ?? to, ...members });
	return wire.next((frame) => frame.id === id && frame.type !== "message");
}

async function group(owner, ...members) {
	const { group: made } = await owner.get("groups.create", {
		title: "The club",
		people: members.map(({ address }) => address),
	});
	return made;
}

const read = async (wire, chat, params = {}) =>
	(await wire.get("history.page", { chat: chat.address ?? chat, after: 0, limit: 200, ...params })).messages;

/** A live message as it is read later. */
const kept = ({ notify, ...message }) => message;

/** The newest message of a chat. */
const newest = async (wire, chat) => (await read(wire, chat)).at(-1);

/** How many unread messages of a chat name the reader. */
async function unreadMentions(wire, { address }) {
	const { chats } = await wire.get("history.inbox", {});
	return chats.find(({ chat }) => chat === address).mentions;
}

for (const backend of ["memory", "sqlite"]) {
	conversation(`with the store ${backend}`, { store: { backend } }, (node) => {
		describe("a reply", () => {
			it("names the message that it answers, live and read", async () => {
				const [alice, bob] = await people(node, "alice", "bob");
				const { mid } = await sends(alice, bob, { text: "well?" });
				await bob.next("message");
				await sends(bob, alice, { text: "yes", reply: mid });
				const live = await alice.next("message");
				assert.equal(live.reply, mid);
				assert.deepEqual(await newest(alice, bob), kept(live));
			});

			it("is to a message of this chat that its author may read", async () => {
				const [alice, bob, carol] = await people(node, "alice", "bob", "carol");
				const { mid } = await sends(alice, bob, { text: "between us" });
				const edit = await alice.get("history.edit", { chat: bob.address, mid, text: "Between us" });
				const entry = (await read(alice, bob)).find(({ seq }) => seq === edit.seq);
				for (const [wire, to, reply] of [
					[alice, carol, mid],
					[carol, alice, mid],
					[bob, alice, NOBODY],
					[bob, alice, entry.mid],
				]) {
					const { code, where } = await sends(wire, to, { text: "x", reply });
					assert.deepEqual([code, where], ["bad-request", "/reply"]);
				}
				const club = await group(alice, bob);
				await sends(alice, club, { text: "before" });
				const old = (await newest(alice, club)).mid;
				await alice.get("groups.invite", { group: club.address, people: [carol.address] });
				const { code, where } = await sends(carol, club, { text: "x", reply: old });
				assert.deepEqual([code, where], ["bad-request", "/reply"]);
				assert.equal((await sends(bob, club, { text: "x", reply: old })).type, "result");
			});

			it("stays when what it answers is deleted, and goes with its own deletion", async () => {
				const [alice, bob] = await people(node, "alice", "bob");
				const { mid } = await sends(alice, bob, { text: "well?" });
				const reply = await sends(bob, alice, { text: "yes", reply: mid });
				await alice.get("history.delete", { chat: bob.address, mid });
				assert.equal((await read(bob, alice))[1].reply, mid);
				assert.equal((await sends(bob, alice, { text: "why?", reply: mid })).type, "result");
				await bob.get("history.delete", { chat: alice.address, mid: reply.mid });
				assert.equal((await read(bob, alice))[1].reply, undefined);
			});
		});

		describe("a message that forwards", () => {
			it("has the text, and the source when that is wanted", async () => {
				const [alice, bob, carol] = await people(node, "alice", "bob", "carol");
				const { mid } = await sends(bob, alice, { text: `the "word" for @${bob.person.name}` });
				const forward = { chat: bob.address, mid, source: true };
				await sends(alice, carol, { forward });
				const open = await carol.next("message");
				assert.equal(open.text, `the "word" for @${bob.person.name}`);
				assert.deepEqual(open.forward, { from: bob.address });
				assert.equal(open.mentions, undefined);
				await sends(alice, carol, { forward: { ...forward, source: false } });
				const hidden = await carol.next("message");
				assert.deepEqual(hidden.forward, {});
				assert.deepEqual(await read(carol, alice), [open, hidden].map(kept));
				const club = await group(carol);
				await sends(carol, club, { forward: { chat: alice.address, mid: open.mid, source: true } });
				assert.deepEqual((await newest(carol, club)).forward, { from: bob.address }, "who wrote it first");
				await sends(carol, club, { forward: { chat: alice.address, mid: hidden.mid, source: true } });
				assert.deepEqual((await newest(carol, club)).forward, {}, "what was hidden stays so");
				const edit = { chat: club.address, mid: (await newest(carol, club)).mid, text: "mine" };
				await carol.refused("not-allowed", "history.edit", edit);
			});

			it("is of a message that its sender may read, and that still says something", async () => {
				const [alice, bob, carol] = await people(node, "alice", "bob", "carol");
				const { mid } = await sends(alice, bob, { text: "between us" });
				const chat = bob.address;
				for (const [forward, where, more] of [
					[{ chat: alice.address, mid }, "/forward/mid"],
					[{ chat, mid }, "/forward/mid"],
					[{ chat: `nothing@rooms.${DOMAIN}`, mid }, "/forward/chat"],
					[{ chat: "bob@elsewhere.example", mid }, "/forward/chat"],
					[{ chat: alice.address, mid }, "/forward", { text: "and more" }],
				]) {
					const answer = await sends(carol, alice, { forward: { source: true, ...forward }, ...more });
					assert.deepEqual([answer.code, answer.where], ["bad-request", where], JSON.stringify(forward));
				}
				await alice.get("history.delete", { chat, mid });
				const gone = await sends(alice, carol, { forward: { chat, mid, source: true } });
				assert.deepEqual([gone.code, gone.where], ["bad-request", "/forward/mid"]);
				const none = await sends(alice, carol, {});
				assert.deepEqual([none.code, none.where], ["bad-request", "/text"]);
			});

			it("is sent once, also when it is sent again", async () => {
				const [alice, bob] = await people(node, "alice", "bob");
				const { mid } = await sends(alice, bob, { text: "one" });
				const again = {
					type: "message",
					id: "again",
					to: bob.address,
					forward: { chat: bob.address, mid, source: true },
				};
				alice.send(again);
				const sent = await alice.next({ id: "again", type: "result" });
				alice.send(again);
				assert.deepEqual(await alice.next({ id: "again", type: "result" }), { ...sent, repeated: true });
				assert.equal((await read(bob, alice)).length, 2);
			});
		});

		describe("a mention", () => {
			it("is found where somebody in the chat is named", async () => {
				const [alice, bob, carol] = await people(node, "alice", "bob", "carol");
				const name = bob.person.name;
				await sends(alice, bob, { text: `né @${name.toUpperCase()}! @${carol.person.name}` });
				const live = await bob.next("message");
				assert.deepEqual(live.mentions, [{ start: 3, length: name.length + 1, who: bob.address }]);
				assert.equal(live.notify, "mention");
				assert.deepEqual(await newest(bob, alice), kept(live));
				const club = await group(alice, bob, carol);
				await sends(bob, club, { text: `@${alice.person.name} and @${carol.person.name}, not @nobody` });
				const { mentions, notify } = await carol.next({ type: "message", text: /not @nobody/ });
				assert.deepEqual(
					mentions.map(({ who }) => who),
					[alice.address, carol.address],
				);
				assert.equal(notify, "mention");
			});

			it("is none in code", async () => {
				const [alice, bob, carol] = await people(node, "alice", "bob", "carol");
				const club = await group(alice, bob, carol);
				const at = `@${bob.person.name}`;
				for (const [text, place] of [
					[`\`${at}\``],
					[`\`\`\`\n${at}\n\`\`\``],
					[`> \`${at}\``],
					["`@all`"],
					[`\`${at}\` ${at}`, at.length + 3],
					[`> - \`${at}`, 5],
				]) {
					await sends(alice, club, { text });
					const { mentions, notify } = await bob.next({ type: "message", text });
					const expected = place && [{ start: place, length: at.length, who: bob.address }];
					assert.deepEqual([mentions, notify], [expected, expected ? "mention" : "message"], text);
				}
				const { mid } = await sends(alice, club, { text: at });
				const edit = { chat: club.address, mid, text: `\`${at}\`` };
				await alice.get("history.edit", edit);
				const { chats } = await bob.get("history.inbox", {});
				assert.equal(chats.find(({ chat }) => chat === club.address).mentions, 2);
			});

			it("is counted until it is read, edited away or deleted", async () => {
				const [alice, bob, carol] = await people(node, "alice", "bob", "carol");
				const club = await group(alice, bob, carol);
				const count = async (wire, chat = club) => {
					const { chats } = await wire.get("history.inbox", {});
					const row = chats.find((one) => one.chat === chat.address);
					return [row.unread, row.mentions];
				};
				const at = (wire) => `@${wire.person.name}`;
				const said = [];
				for (const text of ["1", `2 ${at(bob)}`, `3 ${at(bob)} ${at(bob)}`, `4 ${at(carol)}`, `5 ${at(bob)}`]) {
					said.push(await sends(alice, club, { text }));
				}
				assert.deepEqual(await count(bob), [5, 3]);
				assert.deepEqual(await count(carol), [5, 1]);
				assert.deepEqual(await count(alice), [0, undefined]);
				await bob.get("history.read", { chat: club.address, seq: said[1].seq });
				assert.deepEqual(await count(bob), [3, 2]);
				await alice.get("history.edit", { chat: club.address, mid: said[2].mid, text: "3" });
				assert.deepEqual(await count(bob), [3, 1]);
				await alice.get("history.edit", { chat: club.address, mid: said[3].mid, text: `4 ${at(bob)}` });
				assert.deepEqual(await count(bob), [3, 1], "who is named later is not told again");
				assert.deepEqual(await count(carol), [5, undefined]);
				await alice.get("history.delete", { chat: club.address, mid: said[4].mid });
				assert.deepEqual(await count(bob), [3, undefined]);
				await sends(alice, club, { text: `6 ${at(bob)}` });
				await sends(bob, club, { text: "7" });
				assert.deepEqual(await count(bob), [0, undefined], "who writes has read");
				await sends(alice, bob, { text: `8 ${at(bob)}` });
				assert.deepEqual(await count(bob, alice), [1, 1]);
			});

			it("of everybody is for those whose role allows it", async () => {
				const [alice, bob, carol] = await people(node, "alice", "bob", "carol");
				const club = await group(alice, bob, carol);
				await sends(bob, club, { text: "@all of you" });
				assert.equal((await carol.next("message", undefined)).mentions, undefined);
				await sends(alice, club, { text: "@all and @here" });
				const live = await carol.next({ type: "message", text: "@all and @here" });
				assert.deepEqual(live.mentions, [
					{ start: 0, length: 4, all: "all" },
					{ start: 9, length: 5, all: "here" },
				]);
				assert.equal(live.notify, "mention");
				const { chats } = await carol.get("history.inbox", {});
				const row = chats.find(({ chat }) => chat === club.address);
				assert.equal(row.mentions, 1, "both are of one message");
				await sends(alice, bob, { text: "@all" });
				assert.equal((await newest(bob, alice)).mentions, undefined, "there is no all of two");
			});

			it("of those who are here is none for who was away", async () => {
				const [alice, bob, carol, dave] = await people(node, "alice", "bob", "carol", "dave");
				const club = await group(alice, bob, carol, dave);
				for (const gone of [carol, dave]) {
					gone.send({ type: "close" });
					await gone.closed;
				}
				const first = await sends(alice, club, { text: "who is @here?" });
				const second = await sends(alice, club, { text: `@here, @${bob.person.name} and @${dave.person.name}` });
				const back = await node.wireOf(carol.person);
				const third = await sends(alice, club, { text: "@here @all" });
				await sends(alice, club, { text: "@here" });
				assert.equal((await back.next({ text: "@here" })).notify, "mention");
				const late = await node.wireOf(dave.person);
				assert.deepEqual(
					[await unreadMentions(bob, club), await unreadMentions(back, club), await unreadMentions(late, club)],
					[4, 2, 2],
				);
				assert.equal(await unreadMentions(alice, club), undefined, "who wrote them");
				const after = await node.wireOf(carol.person);
				assert.equal(await unreadMentions(after, club), 2, "for all devices");
				await alice.get("history.edit", { chat: club.address, mid: first.mid, text: "who is there?" });
				await alice.get("history.delete", { chat: club.address, mid: second.mid });
				assert.equal(await unreadMentions(bob, club), 2);
				assert.equal(await unreadMentions(late, club), 1);
				await back.get("history.read", { chat: club.address, seq: third.seq });
				assert.equal(await unreadMentions(after, club), 1);
			});
		});

		describe("a row of a group in the inbox", () => {
			it("tells the group, and what its reader is notified of", async () => {
				const [alice, bob] = await people(node, "alice", "bob");
				const club = await group(alice, bob);
				let { chats, cursor } = await bob.get("history.inbox", {});
				const row = chats.find(({ chat }) => chat === club.address);
				assert.equal(row.group.title, "The club");
				assert.equal(row.group.role, "member");
				assert.deepEqual(row.notify, { level: "all", reason: "group" });
				assert.deepEqual([row.last, row.person, row.unread, row.mentions], [undefined, undefined, 0, undefined]);
				await sends(alice, club, { text: "welcome" });
				({ chats, cursor } = await bob.get("history.inbox", { since: cursor }));
				assert.equal(chats[0].last.text, "welcome");
				assert.equal(chats[0].unread, 1);
				await alice.get("groups.remove", { group: club.address, address: bob.address });
				({ chats } = await bob.get("history.inbox", { since: cursor }));
				const gone = chats.find(({ chat }) => chat === club.address);
				assert.equal(gone.gone, true);
				assert.equal(gone.group, undefined);
				({ chats } = await bob.get("history.inbox", {}));
				assert.ok(chats.every(({ chat }) => chat !== club.address));
				const error = await bob.refused("not-found", "history.page", { chat: club.address });
				assert.equal(error.where, "/params/chat");
			});
		});

		describe("changes in a group", () => {
			it("are for its members, deletions of others' messages for moderators", async () => {
				const [alice, bob, carol, eve] = await people(node, "alice", "bob", "carol", "eve");
				const club = await group(alice, bob, carol);
				const said = await sends(bob, club, { text: "rude" });
				const chat = club.address;
				const refused = async (wire, method, params) =>
					(await wire.ask(method, { chat, mid: said.mid, ...params })).code;
				assert.equal(await refused(carol, "history.delete"), "not-allowed");
				assert.equal(await refused(eve, "history.delete"), "not-found");
				assert.equal(await refused(eve, "history.react", { emoji: "👍", on: true }), "not-found");
				assert.equal(await refused(alice, "history.edit", { text: "polite" }), "not-allowed");
				assert.equal(await refused(carol, "history.pin", { on: true }), "not-allowed");
				await carol.get("history.react", { chat, mid: said.mid, emoji: "👎", on: true });
				const reaction = await bob.next({ type: "message", change: { kind: "react" } });
				assert.deepEqual([reaction.chat, reaction.to], [chat, chat]);
				await alice.get("history.pin", { chat, mid: said.mid, on: true });
				await alice.get("history.delete", { chat, mid: said.mid });
				const gone = (await bob.next({ type: "message", change: { kind: "delete" } })).from;
				assert.equal(gone, alice.ready.address);
				const now = (await read(carol, club)).find(({ mid }) => mid === said.mid);
				assert.equal(now.deleted.by, alice.address);
				await alice.get("groups.remove", { group: chat, address: carol.address });
				assert.equal(await refused(carol, "history.react", { emoji: "👎", on: false }), "not-found");
			});

			it("are refused to who may not write there", async () => {
				const [alice, bob] = await people(node, "alice", "bob");
				const club = await group(alice, bob);
				const { mid } = await sends(bob, club, { text: "before" });
				await alice.get("groups.update", { group: club.address, permissions: { post: "moderator" } });
				const edit = { chat: club.address, mid, text: "after" };
				await bob.refused("not-allowed", "history.edit", edit);
				await bob.get("history.delete", { chat: club.address, mid });
			});
		});
	});
}
