// SPDX-License-Identifier: MIT
// More than the node can take, in small: tests/soak overload has it in large, and looks at the time it takes.

import assert from "node:assert/strict";
import { it } from "node:test";

import {
	addressOf,
	fewFiles,
	historyOf,
	IDLERS,
	Idlers,
	limitsOf,
	loginFlood,
	pairsOf,
	sanitized,
	shareOf,
	slowReaders,
} from "./support/overload.mjs";
import { Probe } from "./support/probe.mjs";
import { conversation, until } from "./support/talk.mjs";

const MIB = 1024 * 1024;

/** Nobody who talks has noticed anything. */
function assertAllHeard({ sent, heard }) {
	assert.ok(sent > 0);
	assert.equal(heard, sent);
}

conversation("readers that read nothing", { store: { backend: "sqlite" } }, (node) => {
	it("R16 cost less than 2 MiB each, and catch up from the history", async () => {
		const messages = 4000; /* of 1 KB: the half that is not read is twice what is kept */
		const { pairs, wires, bytesEach, text } = await slowReaders(node, { readers: 4, messages });
		assert.ok(sanitized || bytesEach < 2 * MIB, `${bytesEach} bytes each`);
		await Promise.all(wires.flat().map((wire) => wire.close()));
		for (const [reader, writer] of pairs) {
			const all = await historyOf(await node.wireOf(reader), writer.address);
			assert.deepEqual(
				all.map(({ seq }) => seq),
				Array.from({ length: messages }, (_, n) => n + 1),
			);
			assert.ok(all.every((message) => message.text === text));
		}
	});
});

conversation("a flood of logins", { accounts: { scrypt_log_n: 14, scrypt_threads: 1, scrypt_queue: 4 } }, (node) => {
	it("T12 T51 is refused or waits; those who talk go on, and its victim logs in from where they were before", async (test) => {
		const pairs = await pairsOf(node, 2);
		const victim = await node.signUp("victim");
		const home = { tls: { localAddress: addressOf(500) } };
		await (await node.wireOf(victim, {}, home)).close();
		const probe = new Probe(node, pairs, 10);
		await probe.started;
		const flood = loginFlood(node, victim.name, 20);
		test.after(() => flood.stop());
		const operator = await node.operator();
		await until(async () => (await limitsOf(operator))["login.passwords"].refused > 0);
		const wire = await node.wire(home);
		await until(async () => {
			const answer = await wire.auth({ mechanism: "PLAIN", user: victim.name, password: victim.password });
			return answer.type === "ready" || (assert.equal(answer.code, "busy"), false);
		});
		const answers = await flood.stop();
		assert.equal(answers.ready, undefined, "nobody has guessed it");
		assertAllHeard(await probe.stop());
	});
});

conversation("connections that do nothing", { limits: { tls_seconds: 2, login_seconds: 2 } }, (node) => {
	for (const kind of Object.keys(IDLERS)) {
		it(`T06 and ${kind} are gone in their time, while others log in and talk`, async () => {
			const pairs = await pairsOf(node, 1);
			const probe = new Probe(node, pairs, 10);
			await probe.started;
			const operator = await node.operator();
			const idlers = await Idlers.of(node, kind, 100);
			const person = await node.signUp("arriving");
			await (await node.wireOf(person)).close();
			await idlers.gone(30_000);
			idlers.close();
			assertAllHeard(await probe.stop());
			await until(async () => (await operator.get("node.status")).connections === 1);
		});
	}
});

const waiting = { guests_per_address: 1000, login_seconds: 300, tls_seconds: 300 };

conversation("a node without more files", { ...fewFiles(100), limits: waiting }, (node) => {
	it("R19 takes no more connections, does not spin, and those who are there go on", async () => {
		const probe = new Probe(node, await pairsOf(node, 1), 20);
		await probe.started;
		const operator = await node.operator();
		const idlers = await Idlers.of(node, "say nothing", 300, 300);
		const share = await shareOf(node, 1);
		assert.ok(sanitized || share < 0.5, `${share} of a processor`);
		assert.equal((await operator.ask("node.status")).type, "result");
		idlers.close();
		assertAllHeard(await probe.stop());
		await node.wireOf(await node.signUp("after"));
	});

	it("R22 whose configuration is read again keeps the old one whole, and takes the new one when it can", async () => {
		const [[person, other]] = await pairsOf(node, 1);
		const wire = await node.wireOf(person);
		const long = "x".repeat(201);
		const idlers = await Idlers.of(node, "say nothing", 300, 300);
		node.configure({ limits: { ...waiting, text: 200 } });
		node.mayLog(/is not used/);
		assert.match((await node.reload()).msg, /is not used.*Too many open files/);
		assert.equal((await wire.say(other.address, long)).type, "result");
		idlers.close();
		await until(async () => (await node.reload()).msg === "reloaded");
		assert.equal((await wire.say(other.address, long)).code, "too-large");
	});
});

conversation(
	"more work than the workers can take",
	{ store: { backend: "sqlite", readers: 64 }, runtime: { workers: 1, worker_queue: 16 } },
	(node) => {
		it("waits, or is refused as busy, and what is asked again is done; who talks goes on", async () => {
			const pairs = await pairsOf(node, 2);
			const probe = new Probe(node, [pairs[0]], 10);
			await probe.started;
			const operator = await node.operator();
			const wire = await node.wireOf(pairs[1][0]);
			const chat = pairs[1][1].address;
			const wires = await Promise.all(Array.from({ length: 8 }, () => node.wireOf(pairs[1][0])));
			for (let round = 0; round < 25; round++) {
				const asked = wires.flatMap((one) => Array.from({ length: 16 }, () => one.ask("history.page", { chat })));
				for (const answer of await Promise.all(asked)) {
					if (answer.type === "error") {
						assert.equal(answer.code, "busy", JSON.stringify(answer));
						assert.ok(answer.retry_after >= 1);
					}
				}
			}
			await wire.get("history.page", { chat });
			const { "runtime.worker_queue": queue, "store.readers": readers } = await limitsOf(operator);
			assert.ok(queue.used <= queue.max && readers.used <= readers.max);
			assertAllHeard(await probe.stop());
		});
	},
);

conversation("a clock that jumps", { store: { backend: "sqlite" } }, (node) => {
	it("R18 by a day, forth and back, ends no session, loses and reorders nothing", async () => {
		const [[from, to]] = await pairsOf(node, 1);
		const [sender, reader] = [await node.wireOf(from), await node.wireOf(to)];
		const day = 24 * 3600;
		const mids = [];
		for (const seconds of [0, day, -day, -day, day, day]) {
			node.pass(seconds);
			const { mid, seq } = await sender.say(to.address, `after ${seconds}`);
			mids.push(mid);
			assert.equal(seq, mids.length);
			assert.equal((await reader.next("message")).mid, mid);
		}
		assert.deepEqual([...mids].sort(), mids, "ids rise, whatever the clock says");
		const { messages } = await reader.get("history.page", { chat: from.address, after: 0 });
		assert.deepEqual(
			messages.map(({ mid }) => mid),
			mids,
		);
		/* A token of "tomorrow", and one of "yesterday", are as good as the others; sessions resume. */
		for (const seconds of [-day, -day, day, day]) {
			node.pass(seconds);
			const again = await node.wireOf({ name: from.name, token: sender.ready.token, address: from.address });
			reader.drop();
			const back = await node.wireOf({ name: to.name, token: reader.ready.token }, { resume: reader.resume() });
			assert.equal(back.ready.resumed, true);
			await back.close();
			reader.ready = { ...reader.ready, resume: back.ready.resume ?? reader.ready.resume };
			await again.close();
		}
	});
});
