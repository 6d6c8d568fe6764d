// SPDX-License-Identifier: MIT
// One message: who gets it, what it says, and what happens when it is sent again.

import assert from "node:assert/strict";
import { it } from "node:test";

import { conversation, DOMAIN } from "./support/talk.mjs";

const MID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Two contacts, each with a line client, logged in anew. */
async function pair(node, how) {
	const [a, b] = await node.newPeople("alice", "bob");
	await node.befriend(a, b);
	const wires = [await node.wireOf(a.person, how), await node.wireOf(b.person, how)];
	await Promise.all([a.close(), b.close()]);
	return wires;
}

conversation("a message", {}, (node) => {
	it("goes to all devices of the receiver and to the sender's others", async () => {
		const [alice, bob] = await pair(node);
		const [alicePhone, bobPhone] = [await node.wireOf(alice.person), await node.wireOf(bob.person)];
		const sent = await alice.say(bob.address, "hello", "c-1");
		assert.match(sent.mid, MID);
		assert.equal(sent.seq, 1);
		assert.ok(Math.abs(Date.now() - Date.parse(sent.time)) < 60_000);
		const common = {
			type: "message",
			mid: sent.mid,
			from: alice.ready.address,
			to: bob.address,
			seq: 1,
			time: sent.time,
			text: "hello",
		};
		for (const device of [bob, bobPhone]) {
			assert.deepEqual(await device.next("message"), { ...common, chat: alice.address, notify: "message" });
		}
		assert.deepEqual(await alicePhone.next("message"), { ...common, chat: bob.address, id: "c-1" });
		await alice.settled();
		assert.deepEqual(alice.taken("message"), [], "the sending device has its result");
	});

	it("names itself by a UUIDv7 that tells its time", async () => {
		const [alice, bob] = await pair(node);
		const [one, two] = [await alice.say(bob.address, "one"), await alice.say(bob.address, "two")];
		assert.equal(Number.parseInt(one.mid.replaceAll("-", "").slice(0, 12), 16), Date.parse(one.time));
		assert.ok(one.mid < two.mid);
		assert.equal(two.seq, one.seq + 1);
	});

	it("goes to a person, in every case of the address, and never to one device", async () => {
		const [alice, bob] = await pair(node);
		const loud = `${bob.person.name.toUpperCase()}@${DOMAIN.toUpperCase()}`;
		assert.equal((await alice.say(loud, "loud")).type, "result");
		const { chat, to } = await bob.next("message");
		assert.deepEqual([chat, to], [alice.address, bob.address]);
		const refused = await alice.say(bob.ready.address, "psst");
		assert.deepEqual([refused.code, refused.where], ["bad-request", "/to"]);
	});

	it("arrives as it was written", async () => {
		const [alice, bob] = await pair(node);
		for (const text of [
			" ",
			"two\nlines\r\n\ttabbed",
			'"quotes" \\ and / and \u2028 and \u2029',
			"👩‍👩‍👧‍👦 🏳️‍🌈 e\u0301 \u00e9",
			"مرحبا \u200fעולם",
			"</script><b>&amp;%s%n",
			"x".repeat(10000),
			"🙂".repeat(10000),
			"\u00a0".repeat(100),
		]) {
			const sent = await alice.say(bob.address, text);
			assert.equal(sent.type, "result", JSON.stringify(sent));
			assert.equal((await bob.next("message")).text, text);
		}
	});

	it("of nothing, or of more than 10,000 characters, is refused", async () => {
		const [alice, bob] = await pair(node);
		const empty = await alice.say(bob.address, "");
		assert.deepEqual([empty.code, empty.where], ["bad-request", "/text"]);
		const long = await alice.say(bob.address, "🙂".repeat(10001));
		assert.deepEqual([long.code, long.where], ["too-large", "/text"]);
		assert.match(long.text, /10,?000/);
	});

	it("T49 to strangers, to nobody and to other nodes is refused; strangers and nobody look alike", async () => {
		const [alice, stranger] = [
			await node.wireOf(await node.signUp("alice")),
			await node.wireOf(await node.signUp("stranger")),
		];
		const one = await alice.say(stranger.address, "hi", "c-1");
		const two = await alice.say(node.address("nobody"), "hi", "c-1");
		assert.equal(one.code, "not-allowed");
		assert.deepEqual(one, two);
		const three = await alice.say("bob@elsewhere.example", "hi");
		assert.deepEqual([three.code, three.where], ["not-implemented", "/to"]);
		await stranger.settled();
		assert.deepEqual(stranger.taken("message"), []);
	});

	it("to oneself is a note, which the other devices get", async () => {
		const me = await node.wireOf(await node.signUp("noter"));
		const phone = await node.wireOf(me.person);
		const sent = await me.say(me.address, "buy milk", "c-1");
		assert.equal(sent.seq, 1);
		const note = await phone.next("message");
		assert.deepEqual([note.chat, note.to, note.id, note.text], [me.address, me.address, "c-1", "buy milk"]);
		await me.settled();
		assert.deepEqual(me.taken("message"), []);
		const { messages } = await phone.get("history.page", { chat: me.address });
		assert.deepEqual(
			messages.map(({ text, chat }) => [text, chat]),
			[["buy milk", me.address]],
		);
		const { chats } = await phone.get("history.inbox", {});
		assert.deepEqual(
			chats.map(({ chat, unread, seq }) => [chat, unread, seq]),
			[[me.address, 0, 1]],
		);
	});
});

conversation("a message that is sent again", {}, (node) => {
	const assertSame = (again, sent) => {
		assert.deepEqual(again, { ...sent, repeated: true });
	};

	it("R02 with the same id gets the same answer and is delivered once", async () => {
		const [alice, bob] = await pair(node);
		const sent = await alice.say(bob.address, "once", "c-1");
		assert.equal(sent.repeated, undefined);
		assertSame(await alice.say(bob.address, "once", "c-1"), sent);
		assertSame(await alice.say(bob.address, "once, but other words", "c-1"), sent);
		assert.equal((await alice.say(bob.address, "end")).seq, sent.seq + 1);
		await bob.next({ text: "end" });
		assert.deepEqual(
			bob.taken("message").map(({ text }) => text),
			["once"],
		);
	});

	it("while the first is on its way is stored once, too", async () => {
		const [alice, bob] = await pair(node);
		const frame = { type: "message", id: "c-1", to: bob.address, text: "twins" };
		alice.send(frame, frame, frame);
		const answers = [];
		for (let i = 0; i < 3; i++) {
			answers.push(await alice.next({ id: "c-1" }));
		}
		assert.equal(answers.filter((answer) => !answer.repeated).length, 1);
		assert.equal(new Set(answers.map(({ mid, seq, time }) => `${mid} ${seq} ${time}`)).size, 1);
		await alice.say(bob.address, "end");
		await bob.next({ text: "end" });
		assert.equal(bob.taken({ text: "twins" }).length, 1);
	});

	it("R02 on a new connection, and from another device, is the same", async () => {
		const [alice, bob] = await pair(node);
		const sent = await alice.say(bob.address, "once", "c-1");
		alice.drop();
		const again = await node.wireOf(alice.person);
		assertSame(await again.say(bob.address, "once", "c-1"), sent);
	});

	it("has an id of its own for each account", async () => {
		const [alice, bob] = await pair(node);
		const [one, two] = [await alice.say(bob.address, "a", "c-1"), await bob.say(alice.address, "b", "c-1")];
		assert.notEqual(one.mid, two.mid);
		assert.equal(two.repeated, undefined);
	});

	it("after it was refused is a new try", async () => {
		const [alice, bob] = [await node.newPerson("alice"), await node.newPerson("bob")];
		const wire = await node.wireOf(alice.person);
		assert.equal((await wire.say(bob.address, "let me in", "c-1")).code, "not-allowed");
		await node.befriend(alice, bob);
		const sent = await wire.say(bob.address, "let me in", "c-1");
		assert.equal(sent.seq, 1);
		assert.equal(sent.repeated, undefined);
	});
});

conversation("a node that allows short messages only", { limits: { text: 100 } }, (node) => {
	it("says so in hello, and refuses longer ones", async () => {
		const [alice, bob] = await pair(node);
		assert.equal(alice.hello.limits.text, 100);
		assert.equal((await alice.say(bob.address, "ü".repeat(100))).type, "result");
		const long = await alice.say(bob.address, "ü".repeat(101));
		assert.deepEqual([long.code, long.where], ["too-large", "/text"]);
	});
});
