// SPDX-License-Identifier: MIT
// How much one connection, one address and all together may use.

import assert from "node:assert/strict";
import { connect } from "node:net";
import { it } from "node:test";

import { conversation, until } from "./support/talk.mjs";

/** A frame of so many bytes, padded with blanks as JSON allows. */
function padded(bytes, frame = { type: "ping", id: "padded" }) {
	const text = JSON.stringify(frame);
	return `${text.slice(0, -1)}${" ".repeat(bytes - text.length)}}`;
}

function nested(depth) {
	return `{"type":"ping","a":${"[".repeat(depth - 1)}${"]".repeat(depth - 1)}}`;
}

/** Values and names: the object, "type", "ping", "a", the array, and its values. */
function counting(elements) {
	return JSON.stringify({ type: "ping", a: Array.from({ length: elements - 5 }, () => 1) });
}

async function assertFatal(wire, code, rule) {
	const error = await wire.next({ fatal: true });
	assert.equal(error.code, code, JSON.stringify(error));
	assert.match(error.text, rule);
	await wire.closed;
}

conversation("the size of frames", {}, (node) => {
	const guest = () => node.wire();
	const user = async () => node.wireOf(await node.signUp("carol"));

	for (const [who, open, bytes, depth, elements] of [
		["guests", guest, 10_000, 16, 96],
		["users", user, 262_144, 32, 8192],
	]) {
		it(`T01 may be ${bytes} bytes for ${who}, and the line end does not count`, async () => {
			const wire = await open();
			wire.sendRaw(`${padded(bytes)}\n${padded(bytes)}\r\n`);
			await wire.next("pong");
			await wire.next("pong");
			wire.sendRaw(`${padded(bytes + 1)}\n`);
			await assertFatal(wire, "too-large", new RegExp(`${bytes} bytes`));
		});

		it(`T01 is known to be too large before the line ends, for ${who}`, async () => {
			const wire = await open();
			wire.sendRaw("x".repeat(bytes + 10));
			await assertFatal(wire, "too-large", new RegExp(`${bytes} bytes`));
		});

		it(`T02 may have ${depth} levels for ${who}`, async () => {
			const wire = await open();
			wire.sendRaw(`${nested(depth)}\n`);
			assert.equal((await wire.next("error")).where, "/a", "a member that there is not");
			wire.sendRaw(`${nested(depth + 1)}\n`);
			await assertFatal(wire, "too-large", /too many levels/);
		});

		it(`T02 may have ${elements} values and names for ${who}`, async () => {
			const wire = await open();
			wire.sendRaw(`${counting(elements)}\n`);
			assert.equal((await wire.next("error")).where, "/a");
			wire.sendRaw(`${counting(elements + 1)}\n`);
			await assertFatal(wire, "too-large", /too many values and names/);
		});
	}

	it("is larger from the login on, also for what was sent with it", async () => {
		const person = await node.signUp("carol");
		const wire = await node.wire();
		wire.send({ type: "auth", mechanism: "PLAIN", user: person.name, password: person.password });
		await wire.next("ready");
		wire.sendRaw(`${padded(20_000)}\n`);
		await wire.next("pong");
	});
});

conversation("time", { limits: { login_seconds: 1, tls_seconds: 1 } }, (node) => {
	it("T06 to log in is limited, and pings do not make it longer", async () => {
		const wire = await node.wire();
		let over = false;
		wire.closed.then(() => (over = true));
		const talk = async () => {
			while (!over) {
				wire.send({ type: "ping" });
				await wire.next("pong").catch(() => undefined);
			}
		};
		const talking = talk();
		await assertFatal(wire, "limit", /not logged in within 1 second/);
		await talking;
	});

	it("T06 for TLS is limited", async () => {
		const socket = connect(node.port, node.host);
		socket.on("error", () => undefined);
		await new Promise((resolve) => socket.on("connect", resolve));
		const before = Date.now();
		await new Promise((resolve) => socket.on("close", resolve));
		assert.ok(Date.now() - before < 10_000);
	});

	it("is not limited for those who have logged in", async () => {
		const wire = await node.wireOf(await node.signUp("carol"));
		const guest = await node.wire();
		await assertFatal(guest, "limit", /not logged in/);
		await wire.settled();
	});
});

conversation("connections of guests", { limits: { guests_per_address: 3 } }, (node) => {
	const from = (localAddress) => node.wire({ tls: { localAddress } });

	it("are limited for each address, and who logs in makes room", async () => {
		const person = await node.signUp("carol");
		const [first] = await Promise.all([from("127.0.0.71"), from("127.0.0.71"), from("127.0.0.71")]);
		await assert.rejects(from("127.0.0.71"), /the connection (had )?ended/);
		await from("127.0.0.72");
		await first.login(person);
		await from("127.0.0.71");
		await assert.rejects(from("127.0.0.71"), /the connection (had )?ended/);
	});
});

conversation("connections of all", { limits: { connections: 4 } }, (node) => {
	it("are limited", async () => {
		const wires = [await node.wire(), await node.wire(), await node.wire()];
		const operator = await node.operator();
		await assert.rejects(node.wire(), /the connection (had )?ended/);
		assert.equal((await operator.get("node.status")).connections, 4);
		await wires[0].close();
		await until(async () => (await operator.get("node.status")).connections === 3);
		await node.wire();
	});
});

conversation("readers that are slow", { limits: { user_frame: 65536, out_queue: 65536 } }, (node) => {
	it("R16 are disconnected, the others go on, and nothing is lost", async () => {
		const [alice, bob] = await node.newPeople("alice", "bob");
		await node.befriend(alice, bob);
		const slow = await node.wireOf(bob.person);
		slow.socket.pause();
		const sender = await node.wireOf(alice.person);
		const count = 600;
		const text = "🙂".repeat(10_000);
		for (let n = 0; n < count; n++) {
			const { seq } = await sender.say(bob.address, text);
			assert.equal(seq, n + 1);
		}
		const operator = await node.operator();
		const { sessions } = await operator.get("node.sessions", { account: bob.name });
		const device = sessions.find(({ address }) => address === slow.ready.address);
		assert.ok(!device?.connected, "the slow one is no longer connected");
		for (let n = 0; n < count; n++) {
			assert.equal((await bob.hears({ type: "message" })).seq, n + 1);
		}
	});
});

conversation(
	"passwords to check",
	{ accounts: { scrypt_log_n: 14, scrypt_threads: 1, scrypt_queue: 2, account_fails: 100 } },
	(node) => {
		it("T12 may wait in a queue of limited length; the others are told when to come again", async () => {
			const person = await node.signUp("carol");
			const wires = await Promise.all(Array.from({ length: 12 }, () => node.wire()));
			const auth = { mechanism: "PLAIN", user: person.name, password: person.password };
			const answers = await Promise.all(wires.map((wire) => wire.auth(auth)));
			const ready = answers.filter(({ type }) => type === "ready");
			const busy = answers.filter(({ code }) => code === "busy");
			assert.equal(ready.length + busy.length, wires.length, JSON.stringify(answers));
			assert.ok(ready.length >= 1 && busy.length >= 1, `${ready.length} ready, ${busy.length} busy`);
			assert.ok(busy.every(({ retry_after: wait, fatal }) => wait >= 1 && !fatal));
		});
	},
);

conversation("work at once", { runtime: { fibers: 64 }, store: { backend: "sqlite" } }, (node) => {
	it("is limited, and what has to wait is done later", async () => {
		const wires = [];
		for (let i = 0; i < 8; i++) {
			wires.push(await node.wireOf(await node.signUp("carol")));
		}
		for (const wire of wires) {
			wire.send(
				...Array.from({ length: 100 }, (_, n) => ({
					type: "message",
					id: `n-${n}`,
					to: wire.address,
					text: `${n}`,
				})),
			);
		}
		for (const wire of wires) {
			for (let n = 0; n < 100; n++) {
				const answer = await wire.next({ id: /^n-/ });
				assert.deepEqual([answer.id, answer.seq], [`n-${n}`, n + 1]);
			}
		}
	});
});

conversation("writes to the store", { store: { backend: "sqlite", write_queue: 16, batch: 1 } }, (node) => {
	it("are refused as busy when too many wait; sent again, every message is there once, in order", async () => {
		const [reader, ...people] = [await node.newPerson("reader")];
		for (let i = 0; i < 4; i++) {
			const person = await node.newPerson("writer");
			await node.befriend(person, reader);
			people.push(await node.wireOf(person.person));
		}
		let busy = 0;
		const write = async (wire) => {
			let waiting = Array.from({ length: 80 }, (_, n) => `b-${n}`);
			while (waiting.length > 0) {
				wire.send(...waiting.map((id) => ({ type: "message", id, to: reader.address, text: id })));
				const refused = [];
				for (const id of waiting) {
					const answer = await wire.next({ id });
					if (answer.type === "error") {
						assert.equal(answer.code, "busy", JSON.stringify(answer));
						assert.ok(answer.retry_after >= 1);
						refused.push(id);
					}
				}
				busy += refused.length;
				waiting = refused;
			}
		};
		await Promise.all(people.map(write));
		for (const wire of people) {
			const { messages } = await reader.ask("history.page", { chat: wire.address, after: 0, limit: 200 });
			assert.deepEqual(
				messages.map(({ seq }) => seq),
				Array.from({ length: 80 }, (_, n) => n + 1),
			);
			assert.equal(new Set(messages.map(({ text }) => text)).size, 80);
			const live = reader.messages.filter(({ chat }) => chat === wire.address);
			assert.deepEqual(
				live.map(({ mid }) => mid),
				messages.map(({ mid }) => mid),
			);
		}
		assert.ok(busy > 0, "the queue was full at times");
	});
});

conversation(
	"how often somebody may do something",
	{
		limits: { messages_burst: 5, messages_second: 1, presence_minute: 3, updates_minute: 2 },
		"module register": { checks_minute: 4 },
	},
	(node) => {
		it("is limited for an account, on all its devices, and for messages that come too fast nothing is stored", async () => {
			const [alice, bob] = await node.newPeople("alice", "bob");
			await node.befriend(alice, bob);
			const wires = [await node.wireOf(alice.person), await node.wireOf(alice.person)];
			const answers = [];
			for (let n = 0; n < 8; n++) {
				answers.push(await wires[n % 2].say(bob.address, `${n}`, `often-${n}`));
			}
			const sent = answers.filter(({ type }) => type === "result");
			assert.ok(sent.length >= 5 && sent.length < 8, `${sent.length} were sent`);
			for (const refused of answers.filter(({ type }) => type !== "result")) {
				assert.deepEqual([refused.code, refused.retry_after], ["limit", 1]);
			}
			const { messages } = await wires[0].get("history.page", { chat: bob.address });
			assert.deepEqual(
				messages.map(({ mid }) => mid),
				sent.map(({ mid }) => mid),
			);
		});

		it("is limited for presence and for changes of the account", async () => {
			const wire = await node.wireOf(await node.signUp("carol"));
			for (let n = 0; n < 4; n++) {
				wire.send({ type: "presence", show: "away" });
			}
			const refused = await wire.next("error");
			assert.deepEqual([refused.code, refused.retry_after <= 20, refused.fatal], ["limit", true, undefined]);
			for (let n = 0; n < 2; n++) {
				await wire.get("account.update", { display: `Carol ${n}` });
			}
			const error = await wire.refused("limit", "account.update", { display: "Carol 3" });
			assert.ok(error.retry_after > 0 && error.retry_after <= 30);
			assert.equal((await wire.get("account.get")).account.display, "Carol 1");
		});

		it("is limited for names that a network asks for", async () => {
			const [one, other] = [await node.wire(), await node.wire()];
			for (let n = 0; n < 4; n++) {
				await [one, other][n % 2].get("register.check", { name: `free${n}` });
			}
			const error = await one.refused("limit", "register.check", { name: "free" });
			assert.ok(error.retry_after > 0 && error.retry_after <= 15);
			const elsewhere = await node.wire({ tls: { localAddress: "127.0.0.99" } });
			await elsewhere.get("register.check", { name: "free" });
		});

		it("is not limited with 0", async () => {
			const rates = { messages_second: 0, presence_minute: 0, updates_minute: 0 };
			node.configure({ limits: rates, "module register": { checks_minute: 0 } });
			await node.reload();
			const [alice, bob] = await node.newPeople("alice", "bob");
			await node.befriend(alice, bob);
			const wire = await node.wireOf(alice.person);
			for (let n = 0; n < 50; n++) {
				assert.equal((await wire.say(bob.address, `${n}`)).type, "result");
				wire.send({ type: "presence", show: n % 2 === 0 ? "away" : "busy" });
			}
			await wire.get("account.update", { display: "A" });
			await wire.get("account.update", { display: "B" });
			await wire.get("account.update", { display: "C" });
		});
	},
);
