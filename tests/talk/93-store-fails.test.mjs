// SPDX-License-Identifier: MIT
// The store fails: whoever asked is told so, nothing hangs, nothing is acknowledged that is not stored, and when the
// store is well again everything is as it was.

import assert from "node:assert/strict";
import { it } from "node:test";

import { fail, faultyStore } from "./support/faulty.mjs";
import { circle, newGroup } from "./support/groups.mjs";
import { scramLogin } from "./support/scram.mjs";
import { conversation, TERMS, until } from "./support/talk.mjs";

/** What a failing store is told as: a full disk, a disk that cannot be read, too much to do. */
const FAILED = /^(limit|internal|busy)$/;

function assertFailed(answer, what) {
	assert.equal(answer.type, "error", `${what} was answered: ${JSON.stringify(answer)}`);
	assert.match(answer.code, FAILED, `${what}: ${JSON.stringify(answer)}`);
	assert.ok(answer.text.length > 0);
	assert.equal(answer.fatal, undefined);
}

conversation("a store that fails", faultyStore(), (node) => {
	/** Has the store fail while this runs. */
	const failing = async (faults, run) => {
		fail(node, ...faults);
		try {
			return await run();
		} finally {
			fail(node);
		}
	};

	/** Two contacts, a stranger who has asked the first, and one more whom nobody knows; all as wires. */
	const people = async () => {
		const [alice, bob, asker, other] = await node.newPeople("alice", "bob", "asker", "other");
		await node.befriend(alice, bob);
		for (let n = 1; n <= 3; n++) {
			await bob.says(alice, `message ${n}`);
		}
		await asker.ask("roster.request", { address: alice.address });
		await Promise.all([alice, bob, asker, other].map((device) => device.close()));
		return { alice: alice.person, bob: bob.person, asker: asker.person, other: other.person };
	};

	/** The same on a node that has nothing in memory. */
	const cold = async () => {
		const all = await people();
		await node.stop();
		await node.restart();
		return all;
	};

	/** Methods that change something: params for these people. */
	const changes = {
		"account.update": () => ({ display: "Another" }),
		"account.password": ({ alice }) => ({ password: alice.password, new: "staple the other horse" }),
		"account.revoke": (_, { device }) => ({ device }),
		"roster.request": ({ other }) => ({ address: other.address }),
		"roster.accept": ({ asker }) => ({ address: asker.address }),
		"roster.decline": ({ asker }) => ({ address: asker.address }),
		"roster.remove": ({ bob }) => ({ address: bob.address }),
		"roster.block": ({ bob }) => ({ address: bob.address }),
		"roster.dismiss": ({ other }) => ({ address: other.address }),
		"history.read": ({ bob }) => ({ chat: bob.address, seq: 3 }),
	};

	/** Methods that look something up. Not in the store: what this session was told already. */
	const looks = {
		"account.devices": () => ({}),
		"roster.list": () => ({}),
		"roster.search": () => ({ text: "bo" }),
		"roster.suggestions": () => ({}),
		"history.page": ({ bob }) => ({ chat: bob.address }),
		"history.inbox": () => ({}),
		"presence.get": () => ({}),
	};

	/** All that alice can see, to be compared. */
	const state = async (wire) => {
		const { account } = await wire.get("account.get");
		const { people: known } = await wire.get("roster.list");
		const { chats } = await wire.get("history.inbox");
		const { devices } = await wire.get("account.devices");
		return { account, known, chats, devices: devices.map(({ id }) => id).sort() };
	};

	for (const [method, params] of Object.entries(changes)) {
		it(`${method} is refused, changes nothing, and works afterwards`, async () => {
			node.mayLog(/./);
			const all = await people();
			const wire = await node.wireOf(all.alice);
			const asked = params(all, (await node.wireOf(all.alice)).ready);
			const before = await state(wire);
			const answer = await failing(["write *"], () => wire.ask(method, asked));
			assertFailed(answer, method);
			assert.deepEqual(await state(wire), before);
			await wire.get(method, asked);
		});
	}

	it("all of these are refused when nothing can be read or written", async () => {
		const all = await cold();
		const wire = await node.wireOf(all.alice);
		await failing(["read *", "write *"], async () => {
			for (const [method, params] of Object.entries(changes)) {
				assertFailed(await wire.ask(method, params(all, { device: "nothing" })), method);
			}
		});
	});

	it("who looks something up is refused when nothing can be read, and not afterwards", async () => {
		const all = await cold();
		const wire = await node.wireOf(all.alice);
		await failing(["read *"], async () => {
			for (const [method, params] of Object.entries(looks)) {
				assertFailed(await wire.ask(method, params(all)), method);
			}
		});
		for (const [method, params] of Object.entries(looks)) {
			await wire.get(method, params(all));
		}
	});

	it("every method of every module answers, whatever it says", async () => {
		const operator = await node.operator();
		const methods = [];
		for (const { name } of (await operator.get("node.modules")).modules) {
			for (const method of (await operator.get("node.module", { name })).methods) {
				if (method.roles.includes("user")) {
					methods.push(method.name);
				}
			}
		}
		const all = await cold();
		const wire = await node.wireOf(all.alice);
		await failing(["read *", "write *"], async () => {
			for (const method of methods) {
				const params = { ...changes, ...looks }[method];
				const { type } = await wire.ask(method, params ? params(all, { device: "nothing" }) : {});
				assert.match(type, /^(result|error)$/, method);
			}
		});
	});

	it("nobody is signed up, and the name stays free", async () => {
		const guest = await node.wire();
		const params = { name: "newcomer", password: "correct horse battery", terms: TERMS };
		assertFailed(await failing(["write *"], () => guest.ask("register.create", params)), "register.create");
		assertFailed(await failing(["read *"], () => guest.ask("register.create", params)), "register.create");
		assertFailed(await failing(["read *"], () => guest.ask("register.check", { name: "newcomer" })), "register.check");
		assert.equal((await guest.get("register.check", { name: "newcomer" })).available, true);
		await guest.get("register.create", params);
	});

	it("who cannot be made findable is signed up and renamed all the same, and found after the next login", async () => {
		const guest = await node.wire();
		const person = { name: "findme", password: "correct horse battery" };
		const params = { ...person, terms: TERMS, display: "Early Bird" };
		const seeker = await node.wireOf(await node.signUp("seeker"));
		const found = async (text) => (await seeker.get("roster.search", { text })).people.map(({ name }) => name);
		await failing(["write names"], () => guest.get("register.create", params));
		assert.deepEqual(await found("early"), []);
		const wire = await node.wireOf(person);
		await until(async () => (await found("early")).length === 1);
		await failing(["write names"], () => wire.get("account.update", { display: "Late Worm" }));
		await node.wireOf(person);
		await until(async () => (await found("worm")).length === 1);
		assert.deepEqual(await found("early"), []);
	});

	it("nobody is logged in or taken for a stranger, and nothing counts as a wrong password", async () => {
		const { alice } = await cold();
		const tries = {
			PLAIN: async () => (await node.wire()).auth({ mechanism: "PLAIN", user: alice.name, password: alice.password }),
			SCRAM: async () => scramLogin(await node.wire(), alice),
			TOKEN: async () => (await node.wire()).auth({ mechanism: "TOKEN", user: alice.name, token: alice.token }),
		};
		alice.token = (await node.wireOf(alice)).ready.token;
		for (const [way, login] of Object.entries(tries)) {
			for (let n = 0; n < 15; n++) {
				assertFailed(await failing(["read *"], login), way);
			}
		}
		assertFailed(await failing(["write devices"], tries.PLAIN), "PLAIN");
		for (const login of Object.values(tries)) {
			assert.equal((await login()).type, "ready");
		}
	});

	it("a message is refused and reaches nobody; sent again with its id it is there once", async () => {
		const { alice, bob } = await people();
		const [from, to] = [await node.wireOf(alice), await node.wireOf(bob)];
		for (const faults of [["write *"], ["read *", "write *"]]) {
			const answers = await failing(faults, () =>
				Promise.all([1, 2, 3].map((n) => from.say(bob.address, `${n}`, `f-${n}`))),
			);
			answers.forEach((answer) => assertFailed(answer, "a message"));
		}
		await to.settled();
		assert.deepEqual(to.taken("message"), []);
		for (const n of [1, 2, 3]) {
			const { type, seq } = await from.say(bob.address, `${n}`, `f-${n}`);
			assert.deepEqual([type, seq], ["result", 3 + n]);
			const heard = await to.next("message");
			assert.deepEqual([heard.text, heard.seq], [`${n}`, 3 + n]);
		}
	});

	it("a message to a contact is refused when it cannot be told whether they are one", async () => {
		const { alice, bob } = await cold();
		const from = await node.wireOf(alice);
		assertFailed(await failing(["read *"], () => from.say(bob.address, "cold", "cold-1")), "a message");
		assert.equal((await from.say(bob.address, "cold", "cold-1")).type, "result");
	});

	it("who asks for what they missed is logged in, and gets it when the store is well", async () => {
		node.mayLog(/./);
		const { alice, bob } = await cold();
		const device = { id: "simple" };
		const first = await node.wireOf(alice, { device, missed: true });
		for (let n = 1; n <= 3; n++) {
			const { seq } = await first.next("message");
			assert.equal(seq, n);
		}
		await first.settled();
		first.send({ type: "ack", count: first.count });
		await first.settled();
		first.send({ type: "close" });
		await first.closed;
		const sender = await node.wireOf(bob);
		await sender.say(alice.address, "missed", "missed-1");

		fail(node, "read messages", "read members", "read positions");
		const second = await node.wireOf(alice, { device, missed: true });
		await second.settled();
		fail(node);
		second.send({ type: "close" });
		await second.closed;
		const third = await node.wireOf(alice, { device, missed: true });
		assert.equal((await third.next("message")).text, "missed");
	});

	it("who is there is told to contacts, also when it cannot be noted", async () => {
		const { alice, bob } = await people();
		const [one, other] = [await node.wireOf(alice), await node.wireOf(bob)];
		await one.settled();
		await failing(["write *"], async () => {
			one.send({ type: "presence", show: "busy" });
			await other.next({ type: "presence", show: "busy" });
			one.send({ type: "close" });
			await other.next({ type: "presence", show: "offline" });
		});
		await other.settled();
	});
});

conversation("a store that is slow", faultyStore(), (node) => {
	it("T57 who has left a group meanwhile is not shown what was written there since", async () => {
		const [alice, bob] = await circle(node, "alice", "bob");
		const group = await newGroup(alice, [bob]);
		const { mid } = await alice.says(group, "before");
		const wire = await node.wireOf(bob.person);
		const questions = [
			["history.page", { chat: group.address }],
			["history.get", { chat: group.address, mids: [mid] }],
			["history.pins", { chat: group.address }],
		];
		for (const [method, params] of questions) {
			await wire.get(method, params);
		}
		fail(node, "hold messages");
		const answers = questions.map(([method, params]) => wire.ask(method, params));
		await wire.get("groups.leave", { group: group.address });
		await alice.says(group, "after");
		fail(node);
		for (const answer of await Promise.all(answers)) {
			assert.deepEqual([answer.code, answer.where], ["not-found", "/params/chat"], JSON.stringify(answer));
		}
	});
});

conversation("a store that takes no members", faultyStore(), (node) => {
	it("who has joined a group is not told that there is none, and reads it when the store is well", async () => {
		const [alice, bob] = await circle(node, "alice", "bob");
		const group = await newGroup(alice, [], { kind: "public" });
		await alice.says(group, "before");
		const wire = await node.wireOf(bob.person);
		fail(node, "write members");
		await wire.get("groups.join", { group: group.address });
		assertFailed(await wire.ask("history.page", { chat: group.address }), "history.page");
		fail(node);
		await alice.says(group, "after");
		const { messages } = await wire.get("history.page", { chat: group.address });
		assert.equal(messages.at(-1).text, "after");
	});
});

conversation("a store that breaks", faultyStore(), (node) => {
	it("R04 stops the node before it acknowledges what nobody can know", async () => {
		node.mayLog(/the disk has gone/);
		const [alice, bob] = await node.newPeople("alice", "bob");
		await node.befriend(alice, bob);
		await alice.says(bob, "before");
		const wire = await node.wireOf(alice.person);
		await Promise.all([alice.close(), bob.close()]);
		fail(node, "break *");
		wire.send({ type: "message", id: "broken", to: bob.address, text: "never" });
		await wire.closed;
		assert.deepEqual(wire.taken({ type: "result" }), []);
		await node.died(1);
		fail(node);
		await node.restart();
		const again = await node.wireOf(alice.person);
		const { messages } = await again.get("history.page", { chat: bob.address });
		assert.deepEqual(
			messages.map(({ text }) => text),
			["before"],
		);
	});
});

conversation("a node that is started while its store is away", faultyStore(), (node) => {
	const waits = { area: "store", msg: /^the start waits for the store/ };

	/** Starts it again without its store; resolves with its start when it waits. */
	async function startedWithout(fault) {
		fail(node, fault);
		const from = node.log.length;
		const started = node.restart();
		await node.logged(waits, from);
		return { started };
	}

	for (const fault of ["away accounts", "away keyring", "away *"]) {
		it(`waits for it: ${fault}`, async () => {
			const person = await node.signUp("early");
			await node.stop();
			const { started } = await startedWithout(fault);
			fail(node);
			await started;
			await node.wireOf(person);
		});
	}

	it("can be stopped meanwhile", async () => {
		node.mayLog(/^cannot start: .*the database is away/);
		await node.stop();
		const { started } = await startedWithout("away *");
		node.signal("SIGTERM");
		await Promise.all([node.died(1), assert.rejects(started, /the database is away/)]);
		fail(node);
		await node.restart();
	});
});

/* Each write is a commit of its own here, so the node can end between any two. */
const between = faultyStore();
between.store.batch = 1;
conversation("a node that is killed between two writes", between, (node) => {
	/** The index of the name that somebody has is written, to the end: the next test counts its own commits. */
	const indexed = (wire, display) => wire.get("account.update", { display });

	for (const nth of [1, 2, 3, 6, 12, 18]) {
		it(`makes people findable by their new name and by no other, killed at commit ${nth} of the index`, async () => {
			const person = await node.signUp("renamed", { display: "Ancient Mariner" });
			const seeker = await node.signUp("seeker");
			const wire = await node.wireOf(person);
			fail(node, `kill names ${nth}`);
			wire.send({ type: "request", id: "rename", method: "account.update", params: { display: "Kubla Khan" } });
			await node.killed();
			fail(node);
			await node.restart();
			const back = await node.wireOf(person);
			assert.equal((await back.get("account.get")).account.display, "Kubla Khan");
			const other = await node.wireOf(seeker);
			const found = async (text) => {
				const { people } = await other.get("roster.search", { text });
				return people.some(({ name }) => name === person.name.toLowerCase());
			};
			await until(() => found("kubla")); /* the login has begun to write it */
			await indexed(back, "Kubla Khan");
			for (const text of ["kubla", "khan", "bla", "ubla khan", person.name]) {
				assert.ok(await found(text), `not found by "${text}"`);
			}
			for (const text of ["ancient", "mariner", "ient"]) {
				assert.ok(!(await found(text)), `still found by "${text}"`);
			}
		});

		it(`makes new people findable, killed at commit ${nth} of the index`, async () => {
			const seeker = await node.signUp("seeker");
			const person = { name: node.newName("newest"), password: "correct horse battery" };
			const guest = await node.wire();
			fail(node, `kill names ${nth}`);
			const params = { ...person, terms: TERMS, display: "Abora Dulcimer" };
			guest.send({ type: "request", id: "new", method: "register.create", params });
			await node.killed();
			fail(node);
			await node.restart();
			const back = await node.wireOf(person);
			const other = await node.wireOf(seeker);
			for (const text of [person.name, "dulcimer", "bora"]) {
				await until(async () => {
					const { people } = await other.get("roster.search", { text });
					return people.some(({ name }) => name === person.name);
				});
			}
			await indexed(back, "Abora Dulcimer");
		});
	}
});
