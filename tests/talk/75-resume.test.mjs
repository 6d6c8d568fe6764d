// SPDX-License-Identifier: MIT
// A connection is lost, and its session goes on with another one.

import assert from "node:assert/strict";
import { it } from "node:test";

import { conversation, until } from "./support/talk.mjs";

const counted = ({ type }) => !["hello", "ready", "challenge", "pong"].includes(type);

/** Alice, who can write to bob; bob's wire has just been logged in. */
async function scene(node) {
	const [alice, bob] = await node.newPeople("alice", "bob");
	await node.befriend(alice, bob);
	await bob.close();
	const wire = await node.wireOf(bob.person, { device: { id: "phone" } });
	/* alice hears that the last of bob's devices went and came, in whichever order */
	await wire.settled();
	return { alice, bob: wire, person: bob.person };
}

/** Logs in by token on a new connection and asks for the session of an earlier wire. */
async function comesBack(
	node,
	wire,
	{ count, id = wire.ready.resume, name = wire.person.name, token = wire.ready.token } = {},
) {
	const next = await node.wire({ name, after: wire });
	await next.login({ name, token }, { resume: { id, count: count ?? wire.count } });
	next.person = wire.person;
	return next;
}

async function drops(wire) {
	wire.drop();
	await wire.closed;
}

async function assertRest(wire, expected) {
	for (const frame of expected) {
		assert.deepEqual(await wire.next(counted), frame);
	}
	await wire.settled();
	assert.deepEqual(wire.taken(counted), []);
}

conversation("resuming", {}, (node) => {
	it("sends again what was not received, whatever the client has of it", async () => {
		const { alice, bob } = await scene(node);
		for (const text of ["one", "two", "three", "four"]) {
			await alice.says(bob, text);
		}
		await bob.next({ text: "four" });
		const seen = bob.frames.filter(counted);
		assert.ok(seen.length >= 5);
		let wire = bob;
		for (let count = 0; count <= seen.length; count++) {
			await drops(wire);
			wire = await comesBack(node, bob, { count });
			assert.equal(wire.ready.resumed, true, `after ${count}`);
			assert.equal(wire.ready.address, bob.ready.address);
			assert.equal(wire.ready.token, undefined);
			for (const frame of seen.slice(count)) {
				assert.deepEqual(await wire.next(counted), frame);
			}
		}
		await wire.settled();
	});

	it("sends what came while there was no connection, in order, and then what comes", async () => {
		const { alice, bob } = await scene(node);
		await drops(bob);
		for (const text of ["one", "two", "three"]) {
			await alice.says(bob, text);
		}
		const wire = await comesBack(node, bob);
		for (const text of ["one", "two", "three"]) {
			const frame = await wire.next("message");
			assert.equal(frame.text, text);
			assert.equal(frame.missed, undefined);
		}
		await alice.says(bob, "four");
		assert.equal((await wire.next("message")).text, "four");
	});

	it("goes on counting, over as many connections as it takes", async () => {
		const { alice, bob } = await scene(node);
		let wire = bob;
		let count = bob.count;
		for (let round = 0; round < 5; round++) {
			await drops(wire);
			await alice.says(bob, `round ${round}`);
			wire = await comesBack(node, bob, { count });
			assert.equal(wire.ready.resumed, true);
			const frames = [];
			for (;;) {
				const frame = await wire.next(counted);
				frames.push(frame);
				if (frame.text === `round ${round}`) {
					break;
				}
			}
			count += frames.length;
			wire.send({ type: "ack", count });
		}
	});

	it("answers again what was answered into the void", async () => {
		const { alice, bob } = await scene(node);
		bob.send({ type: "message", id: "lost-1", to: alice.address, text: "did you get this?" });
		await alice.hearsSaid("did you get this?");
		await drops(bob);
		const frames = bob.frames.filter(counted);
		const at = frames.findIndex(({ id }) => id === "lost-1");
		const wire = await comesBack(node, bob, { count: at < 0 ? frames.length : at });
		const result = await wire.next({ id: "lost-1" });
		assert.equal(result.seq, 1);
		assert.equal(result.repeated, undefined);
		const again = await wire.say(alice.address, "did you get this?", "lost-1");
		assert.deepEqual(again, { ...result, repeated: true });
	});

	it("works by password, too", async () => {
		const { alice, bob, person } = await scene(node);
		await drops(bob);
		await alice.says(bob, "hello");
		const wire = await node.wireOf(person, { device: { id: "phone" }, resume: bob.resume() });
		assert.equal(wire.ready.resumed, true);
		assert.ok(wire.ready.token);
		assert.equal((await wire.next("message")).text, "hello");
	});

	it("takes the session over from a connection that only seems to live", async () => {
		const { bob } = await scene(node);
		const wire = await comesBack(node, bob);
		assert.equal(wire.ready.resumed, true);
		const last = await bob.next({ fatal: true });
		assert.equal(last.code, "conflict");
		await bob.closed;
		await wire.settled();
	});

	it("goes on behind a fatal error, which is not counted", async () => {
		const { alice, bob } = await scene(node);
		await alice.says(bob, "one");
		await bob.next("message");
		bob.sendRaw("this is no JSON\n");
		assert.equal((await bob.next({ fatal: true })).code, "bad-request");
		await bob.closed;
		await alice.says(bob, "two");
		const wire = await comesBack(node, bob);
		assert.equal(wire.ready.resumed, true);
		assert.equal((await wire.next("message")).text, "two");
		await wire.settled();
	});

	it("is over when the device logs in anew: the earlier connection is told", async () => {
		const { bob, person } = await scene(node);
		const wire = await node.wireOf(person, { device: { id: "phone" } });
		assert.equal(wire.ready.resumed, false);
		assert.equal(wire.ready.address, bob.ready.address);
		assert.equal((await bob.next({ fatal: true })).code, "conflict");
		await bob.closed;
		await wire.settled();
		const late = await comesBack(node, bob, { token: wire.ready.token });
		assert.equal(late.ready.resumed, false);
	});

	for (const [what, change] of [
		["with another secret", () => ({ id: "r7Yp2q8Zk3v9x2mqJ0a1b2c3d4" })],
		["with a secret that is shorter", ({ bob }) => ({ id: bob.ready.resume.slice(0, -1) })],
		["with more frames than there were", ({ bob }) => ({ count: bob.count + 1 })],
		["with a count beyond 32 bits", ({ bob }) => ({ count: 2 ** 32 + bob.count })],
	]) {
		it(`does not work ${what}: it is a new session`, async () => {
			const all = await scene(node);
			await all.alice.says(all.bob, "one");
			await all.bob.next("message");
			await drops(all.bob);
			const wire = await comesBack(node, all.bob, change(all));
			assert.equal(wire.ready.resumed, false);
			assert.notEqual(wire.ready.resume, all.bob.ready.resume);
			await assertRest(wire, []);
		});
	}

	it("T41 does not work for another device or another account", async () => {
		const { bob, person, alice } = await scene(node);
		await drops(bob);
		const tablet = await node.wireOf(person, { device: { id: "tablet" }, resume: bob.resume() });
		assert.equal(tablet.ready.resumed, false);
		const thief = await node.wireOf(alice.person, { device: { id: "phone" }, resume: bob.resume() });
		assert.equal(thief.ready.resumed, false);
		assert.equal((await comesBack(node, bob)).ready.resumed, true);
	});

	it("T41 does not work after logging out", async () => {
		const { bob } = await scene(node);
		bob.send({ type: "close" });
		await bob.closed;
		assert.equal((await comesBack(node, bob)).ready.resumed, false);
	});

	it("T41 does not work after logging out in one breath with the last words, which are heard", async () => {
		const { alice, bob } = await scene(node);
		const last = Array.from({ length: 5 }, (_, n) => ({ type: "message", id: `last-${n}`, to: alice.address, text: `${n}` }));
		bob.send(...last, { type: "close" }, { type: "message", id: "late", to: alice.address, text: "late" });
		for (const { id, text } of last) {
			assert.equal((await bob.next({ id })).type, "result");
			await alice.hearsSaid(text);
		}
		await bob.closed;
		assert.deepEqual(bob.taken({ id: "late" }), []);
		assert.equal((await comesBack(node, bob)).ready.resumed, false);
	});

	it("does not go behind what was acknowledged", async () => {
		const { alice, bob } = await scene(node);
		await alice.says(bob, "one");
		await bob.next("message");
		bob.send({ type: "ack", count: bob.count });
		await bob.settled();
		await drops(bob);
		assert.equal((await comesBack(node, bob, { count: 0 })).ready.resumed, false);
	});

	it("is what the SDK does, and it asks and sends again what has no answer", async () => {
		const [alice, bob] = await node.newPeople("alice", "bob");
		await node.befriend(alice, bob);
		await alice.losesConnection();
		await bob.says(alice, "while you were away");
		const sent = alice.says(bob, "written without a connection");
		const asked = alice.ask("account.get");
		assert.equal((await alice.reconnects()).resumed, true);
		await alice.hearsSaid("while you were away");
		await sent;
		await bob.hearsSaid("written without a connection");
		assert.equal((await asked).account.name, alice.name.toLowerCase());
	});
});

conversation("acknowledging", {}, (node) => {
	it("T42 more than was sent ends the stream", async () => {
		const { bob } = await scene(node);
		bob.send({ type: "ack", count: bob.count + 1 });
		const error = await bob.next({ fatal: true });
		assert.deepEqual([error.code, error.where], ["bad-request", "/count"]);
		await bob.closed;
	});

	it("the same or less again does no harm", async () => {
		const { bob } = await scene(node);
		bob.send({ type: "ack", count: bob.count }, { type: "ack", count: bob.count }, { type: "ack", count: 0 });
		await bob.settled();
	});
});

conversation("keeping too little", { session: { resume_frames: 10, resume_bytes: 65536 } }, (node) => {
	it("T42 frames: the session cannot be resumed, but nothing is lost", async () => {
		const { alice, bob } = await scene(node);
		for (let n = 0; n < 15; n++) {
			await alice.says(bob, `${n}`);
			assert.equal((await bob.next("message")).text, `${n}`);
		}
		await drops(bob);
		const wire = await comesBack(node, bob);
		assert.equal(wire.ready.resumed, false);
		const { messages } = await wire.get("history.page", { chat: alice.address });
		assert.equal(messages.length, 15);
	});

	it("bytes: the same", async () => {
		const { alice, bob } = await scene(node);
		for (let n = 0; n < 8; n++) {
			await alice.says(bob, "x".repeat(10000));
			await bob.next("message");
		}
		await drops(bob);
		assert.equal((await comesBack(node, bob)).ready.resumed, false);
	});

	it("is no matter for those who acknowledge", async () => {
		const { alice, bob } = await scene(node);
		for (let n = 0; n < 25; n++) {
			await alice.says(bob, `${n}`);
			await bob.next("message");
			bob.send({ type: "ack", count: bob.count });
		}
		await bob.settled();
		await drops(bob);
		assert.equal((await comesBack(node, bob)).ready.resumed, true);
	});

	it("ends a session without a connection when too much has come", async () => {
		const { alice, bob } = await scene(node);
		await drops(bob);
		for (let n = 0; n < 15; n++) {
			await alice.says(bob, `${n}`);
		}
		assert.equal((await comesBack(node, bob)).ready.resumed, false);
	});
});

conversation("not waiting for those who are gone", { session: { resume_seconds: 0 } }, (node) => {
	it("is possible: a lost connection ends the session", async () => {
		const { bob } = await scene(node);
		await drops(bob);
		const operator = await node.operator();
		const { sessions } = await operator.get("node.sessions", { account: bob.person.name });
		assert.equal((await comesBack(node, bob)).ready.resumed, false);
		assert.ok(sessions.every(({ connected }) => connected));
	});
});

conversation(
	"waiting a second for those who are gone",
	{ session: { resume_seconds: 1 }, "module presence": { grace_seconds: 0 } },
	(node) => {
		it("ends the session then", async () => {
			const { alice, bob } = await scene(node);
			await drops(bob);
			await alice.seesPresence(bob, "offline");
			const operator = await node.operator();
			await until(async () => (await operator.get("node.sessions", { account: bob.person.name })).total === 0);
			assert.equal((await comesBack(node, bob)).ready.resumed, false);
		});
	},
);
