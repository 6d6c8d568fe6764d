// SPDX-License-Identifier: MIT
// What a device missed, sent when it returns: in order, once, until it is acknowledged.

import assert from "node:assert/strict";
import { it } from "node:test";

import { fail, faultyStore } from "./support/faulty.mjs";
import { conversation } from "./support/talk.mjs";

for (const backend of ["memory", "sqlite"]) {
	conversation(`a device that was away, with the store ${backend}`, { store: { backend } }, (node) => {
		/** Two senders, and somebody with a device that has just logged in and out. */
		const scene = async () => {
			const [alice, carol, bob] = await node.newPeople("alice", "carol", "bob");
			await node.befriend(alice, bob);
			await node.befriend(carol, bob);
			const senders = [await node.wireOf(alice.person), await node.wireOf(carol.person)];
			await bob.close();
			return { senders, bob: bob.person };
		};
		const missedBy = async (person, how) => {
			const wire = await node.wireOf(person, { missed: true, ...how });
			return wire;
		};
		const texts = async (wire, count) => {
			const said = [];
			for (let i = 0; i < count; i++) {
				said.push((await wire.next("message")).text);
			}
			return said;
		};
		/** Leaves in order, so that the session is over. */
		const leave = async (wire) => {
			wire.send({ type: "close" });
			await wire.closed;
		};

		it("is sent what it missed, oldest first over all chats, marked as missed, and goes on live", async () => {
			const { senders, bob } = await scene();
			for (let n = 0; n < 10; n++) {
				await senders[n % 2].say(bob.address, `missed ${n}`);
			}
			const wire = await missedBy(bob);
			for (let n = 0; n < 10; n++) {
				const message = await wire.next("message");
				assert.deepEqual(
					[message.text, message.missed, message.chat],
					[`missed ${n}`, true, senders[n % 2].address],
				);
			}
			await senders[0].say(bob.address, "live");
			assert.equal((await wire.next("message")).missed, undefined);
		});

		it("is not sent again what it has acknowledged", async () => {
			const { senders, bob } = await scene();
			await senders[0].say(bob.address, "one");
			await senders[1].say(bob.address, "two");
			const wire = await missedBy(bob, { device: { id: "old-phone" } });
			assert.deepEqual(await texts(wire, 2), ["one", "two"]);
			wire.send({ type: "ack", count: wire.count });
			await wire.settled();
			await leave(wire);
			await senders[0].say(bob.address, "three");
			const again = await missedBy(bob, { device: { id: "old-phone" } });
			assert.deepEqual(await texts(again, 1), ["three"]);
			await again.settled();
			assert.deepEqual(again.taken("message"), []);
		});

		it("is sent more than its queue holds at a pace that it stands", async () => {
			const { senders, bob } = await scene();
			const long = (n) => `${n} ${"語".repeat(9_000)}`;
			const sending = [];
			for (let n = 0; n < 60; n++) {
				sending.push(senders[0].say(bob.address, long(n))); /* 1.6 MB, of which 1 MiB may wait */
			}
			await Promise.all(sending);
			const wire = await missedBy(bob);
			for (let n = 0; n < 60; n++) {
				assert.equal((await wire.next("message")).text, long(n));
			}
		});

		it("is sent again what it has not acknowledged", async () => {
			const { senders, bob } = await scene();
			for (const text of ["one", "two", "three"]) {
				await senders[0].say(bob.address, text);
			}
			const wire = await missedBy(bob, { device: { id: "phone" } });
			assert.deepEqual(await texts(wire, 3), ["one", "two", "three"]);
			const until = wire.frames
				.filter((frame) => !["hello", "ready"].includes(frame.type))
				.findIndex(({ text }) => text === "two");
			wire.send({ type: "ack", count: until + 1 });
			await wire.settled();
			await leave(wire);
			const again = await missedBy(bob, { device: { id: "phone" } });
			assert.deepEqual(await texts(again, 1), ["three"]);
		});

		it("is sent again what it got live and has not acknowledged, also when its owner wrote since", async () => {
			const { senders, bob } = await scene();
			const wire = await missedBy(bob, { device: { id: "phone" } });
			await wire.settled();
			await senders[0].say(bob.address, "live");
			assert.deepEqual(await texts(wire, 1), ["live"]);
			await wire.say(senders[0].address, "an answer, which says that all before it was read");
			await leave(wire);
			const again = await missedBy(bob, { device: { id: "phone" } });
			assert.deepEqual(await texts(again, 1), ["live"]);
		});

		it("is sent live messages once when it acknowledged them live", async () => {
			const { senders, bob } = await scene();
			const wire = await missedBy(bob, { device: { id: "phone" } });
			await senders[0].say(bob.address, "live");
			assert.deepEqual(await texts(wire, 1), ["live"]);
			wire.send({ type: "ack", count: wire.count });
			await wire.settled();
			await leave(wire);
			await senders[0].say(bob.address, "later");
			const again = await missedBy(bob, { device: { id: "phone" } });
			assert.deepEqual(await texts(again, 1), ["later"]);
		});

		it("knows each device by itself", async () => {
			const { senders, bob } = await scene();
			await senders[0].say(bob.address, "one");
			for (const id of ["phone", "tablet"]) {
				const wire = await missedBy(bob, { device: { id } });
				assert.deepEqual(await texts(wire, 1), ["one"]);
				wire.send({ type: "ack", count: wire.count });
				await wire.settled();
				await leave(wire);
			}
			for (const id of ["phone", "tablet"]) {
				const wire = await missedBy(bob, { device: { id } });
				await wire.settled();
				assert.deepEqual(wire.taken("message"), []);
			}
		});

		it("is sent what its owner wrote elsewhere, and not what it wrote itself", async () => {
			const { senders, bob } = await scene();
			const phone = await missedBy(bob, { device: { id: "phone" } });
			await senders[0].say(bob.address, "begin");
			await phone.next({ text: "begin" });
			phone.send({ type: "ack", count: phone.count });
			await phone.say(senders[0].address, "from the phone");
			await leave(phone);
			const laptop = await node.wireOf(bob, { device: { id: "laptop" } });
			await laptop.say(senders[0].address, "from the laptop", "l-1");
			const again = await missedBy(bob, { device: { id: "phone" } });
			const message = await again.next("message");
			assert.deepEqual([message.text, message.missed, message.id], ["from the laptop", true, "l-1"]);
			await again.settled();
			assert.deepEqual(again.taken("message"), []);
		});

		it("is sent what somebody else wrote on a device of the same id", async () => {
			const { senders, bob } = await scene();
			const phone = await missedBy(bob, { device: { id: senders[0].ready.device } });
			await leave(phone);
			await senders[0].say(bob.address, "from my phone to your phone");
			const again = await missedBy(bob, { device: { id: senders[0].ready.device } });
			assert.deepEqual(await texts(again, 1), ["from my phone to your phone"]);
		});

		it("is not sent anything when it does not ask", async () => {
			const { senders, bob } = await scene();
			await senders[0].say(bob.address, "one");
			const wire = await node.wireOf(bob);
			await wire.settled();
			assert.deepEqual(wire.taken("message"), []);
		});

		it("is not sent the first time what was read elsewhere", async () => {
			const { senders, bob } = await scene();
			const [first] = [await senders[0].say(bob.address, "read"), await senders[0].say(bob.address, "unread")];
			const laptop = await node.wireOf(bob);
			await laptop.get("history.read", { chat: senders[0].address, seq: first.seq });
			assert.deepEqual(await texts(await missedBy(bob, { device: { id: "new" } }), 1), ["unread"]);
		});

		it("gets everything once and in order while others go on writing", async () => {
			const { senders, bob } = await scene();
			const total = 150;
			const write = (from, to) => {
				for (const [s, sender] of senders.entries()) {
					const ids = Array.from({ length: to - from }, (_, i) => from + i);
					sender.send(
						...ids.map((n) => ({ type: "message", id: `w${s}-${n}`, to: bob.address, text: `${n}` })),
					);
				}
			};
			write(0, 100);
			for (const sender of senders) {
				await sender.next({ id: /-99$/ });
			}
			const opening = missedBy(bob, { device: { id: "phone" } });
			write(100, total);
			const wire = await opening;
			const mids = [];
			for (let i = 0; i < 2 * total; i++) {
				mids.push((await wire.next("message")).mid);
			}
			assert.deepEqual(mids, [...new Set(mids)].sort());
			for (const sender of senders) {
				const seqs = wire.frames
					.filter(({ type, chat }) => type === "message" && chat === sender.address)
					.map(({ seq }) => seq);
				assert.deepEqual(
					seqs,
					Array.from({ length: total }, (_, i) => i + 1),
				);
			}
			await wire.settled();
			assert.deepEqual(wire.taken("message"), []);
		});

		it("that resumes is sent the rest only", async () => {
			const { senders, bob } = await scene();
			for (const text of ["one", "two", "three"]) {
				await senders[0].say(bob.address, text);
			}
			const wire = await missedBy(bob, { device: { id: "phone" } });
			assert.deepEqual(await texts(wire, 3), ["one", "two", "three"]);
			wire.drop();
			await wire.closed;
			await senders[0].say(bob.address, "four");
			const again = await node.wire();
			await again.login({ name: bob.name, token: wire.ready.token }, { missed: true, resume: wire.resume() });
			assert.equal(again.ready.resumed, true);
			assert.deepEqual(await texts(again, 1), ["four"]);
			await again.settled();
			assert.deepEqual(again.taken("message"), []);
		});
	});
}

conversation("a new device", { store: { backend: "sqlite" } }, (node) => {
	it("is sent again what it did not acknowledge after a kill, also when its owner wrote since on another one", async () => {
		const [alice, bob] = await node.newPeople("alice", "bob");
		await node.befriend(alice, bob);
		const phone = await node.wireOf(bob.person, { missed: true, device: { id: "phone" } });
		const sender = await node.wireOf(alice.person);
		await sender.say(bob.address, "one");
		assert.equal((await phone.next("message")).text, "one"); /* live: it has caught up */
		const laptop = await node.wireOf(bob.person);
		await laptop.say(alice.address, "an answer, which says that all before it was read");
		await node.kill9();
		await node.restart();
		const again = await node.wireOf(bob.person, { missed: true, device: { id: "phone" } });
		assert.equal((await again.next("message")).text, "one");
	});
});

conversation("a new device, while its owner writes on another one", faultyStore(), (node) => {
	/* Both are read between the login and the first page: what the device was, and what is unread. */
	for (const held of ["positions", "members"]) {
		it(`is sent what came since its login, though that is read already: ${held}`, async () => {
			const [alice, carol, bob] = await node.newPeople("alice", "carol", "bob");
			await node.befriend(alice, bob);
			await node.befriend(carol, bob);
			await bob.close();
			const laptop = await node.wireOf(bob.person);
			const [a, c] = [await node.wireOf(alice.person), await node.wireOf(carol.person)];
			await a.say(bob.address, "read");
			await laptop.say(alice.address, "so I have read it");
			await c.say(bob.address, "unread");
			fail(node, `hold ${held}`); /* so what follows comes before the first page */
			const phone = await node.wireOf(bob.person, { missed: true, device: { id: "phone" } });
			await a.say(bob.address, "since");
			await laptop.say(alice.address, "an answer, which says that all before it was read");
			fail(node);
			const heard = ["unread", "since", "an answer, which says that all before it was read"];
			for (const text of heard) {
				assert.equal((await phone.next("message")).text, text);
			}
			await c.say(bob.address, "live");
			const live = await phone.next("message");
			assert.deepEqual([live.text, live.missed], ["live", undefined]);
			phone.send({ type: "ack", count: phone.count });
			await phone.settled();
			phone.send({ type: "close" });
			await phone.closed;
			const again = await node.wireOf(bob.person, { missed: true, device: { id: "phone" } });
			await again.settled();
			assert.deepEqual(again.taken("message"), []);
		});
	}
});

conversation("a device that was away for long", { session: { resume_frames: 50 } }, (node) => {
	it("is not sent again what it acknowledged, though it was more than is kept for resuming", async () => {
		const [alice, bob] = await node.newPeople("alice", "bob");
		await node.befriend(alice, bob);
		await bob.close();
		const sender = await node.wireOf(alice.person);
		const count = 175;
		sender.send(
			...Array.from({ length: count }, (_, n) => ({
				type: "message",
				id: `m-${n}`,
				to: bob.address,
				text: `${n}`,
			})),
		);
		await sender.next({ id: `m-${count - 1}` });
		const wire = await node.wireOf(bob.person, { missed: true, device: { id: "phone" } });
		for (let n = 0; n < count; n++) {
			assert.equal((await wire.next("message")).text, `${n}`);
			if (n === 99) {
				wire.send({ type: "ack", count: wire.count }); /* two pages: else the node waits */
			}
		}
		wire.send({ type: "ack", count: wire.count });
		await wire.settled();
		wire.send({ type: "close" });
		await wire.closed;
		const again = await node.wireOf(bob.person, { missed: true, device: { id: "phone" } });
		await again.settled();
		assert.deepEqual(again.taken("message"), []);
	});
});

conversation("a device with a slow connection", { "module offline": { page: 10 } }, (node) => {
	/** Alice writes so many messages, with so long a text, to bob, who is away. */
	const scene = async (count, text = "") => {
		const [alice, bob] = await node.newPeople("alice", "bob");
		await node.befriend(alice, bob);
		await bob.close();
		const sender = await node.wireOf(alice.person);
		const messages = Array.from({ length: count }, (_, n) => ({
			type: "message",
			id: `${sender.ready.device}-${n}`,
			to: bob.address,
			text: `${n} ${text}`,
		}));
		for (const message of messages) {
			sender.send(message);
			await sender.next({ id: message.id });
		}
		return bob.person;
	};
	const hears = async (wire, from, to) => {
		for (let n = from; n < to; n++) {
			assert.equal(Number.parseInt((await wire.next("message")).text, 10), n);
		}
	};

	it("is sent two pages, and a further one for each that it acknowledges", async () => {
		const wire = await node.wireOf(await scene(45), { missed: true });
		await hears(wire, 0, 20);
		await wire.settled();
		assert.deepEqual(wire.taken("message"), []);
		wire.send({ type: "ack", count: 9 });
		await wire.settled();
		assert.deepEqual(wire.taken("message"), []);
		wire.send({ type: "ack", count: 10 });
		await hears(wire, 20, 30);
		await wire.settled();
		assert.deepEqual(wire.taken("message"), []);
		wire.send({ type: "ack", count: wire.count });
		await hears(wire, 30, 45);
	});

	it("goes on when it resumes", async () => {
		const person = await scene(35);
		const wire = await node.wireOf(person, { missed: true, device: { id: "phone" } });
		await hears(wire, 0, 20);
		wire.drop();
		await wire.closed;
		const again = await node.wire();
		await again.login(person, { device: { id: "phone" }, resume: wire.resume(20) });
		assert.equal(again.ready.resumed, true);
		await hears(again, 20, 35);
	});

	it("is sent smaller pages of long messages", async () => {
		const wire = await node.wireOf(await scene(30, "x".repeat(9900) + "🙂".repeat(50)), { missed: true });
		await hears(wire, 0, 20);
		await wire.settled();
		assert.deepEqual(wire.taken("message"), []);
		wire.send({ type: "ack", count: wire.count });
		await hears(wire, 20, 30);
	});

	it("gets all that it missed when it acknowledges nothing, if it waits", async () => {
		const wire = await node.wireOf(await scene(35), { missed: true });
		await hears(wire, 0, 35);
	});
});
