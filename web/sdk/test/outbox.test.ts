// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { test } from "node:test";

import { Outbox, type Outgoing, type OutboxKeeper } from "../src/index.ts";
import { settle, VirtualClock, type Frame } from "./support.ts";

function setup(keeper?: OutboxKeeper) {
	const clock = new VirtualClock();
	const out: Frame[] = [];
	const states = new Map<string, string>();
	const outbox = new Outbox(
		clock,
		{
			transmit: (frame) => out.push(frame as Frame),
			changed: (message) => states.set(message.id, message.state),
			sent: ({ id }) => states.set(id, "sent"),
			removed: ({ id }) => states.set(id, "removed"),
		},
		keeper,
	);
	const write = (id: string, to = "bob@a") => outbox.add({ id, to, text: id, written: 0, state: "waiting" });
	const ids = () => out.map((frame) => frame.id);
	return { clock, outbox, out, states, write, ids };
}

const result = (id: string, seq = 1) => ({ type: "result" as const, id, mid: `mid-${id}`, seq, time: "t" });

test("a refusal that no waiting cures asks a person; retry sends with the same id", () => {
	const { outbox, states, write, ids } = setup();
	outbox.goLive();
	write("a");
	outbox.error({ type: "error", id: "a", code: "blocked", text: "cannot be delivered" });
	assert.equal(states.get("a"), "failed");
	assert.deepEqual(outbox.messages[0]!.error, { code: "blocked", text: "cannot be delivered" });
	outbox.retry("a");
	assert.deepEqual(ids(), ["a", "a"]);
	outbox.result(result("a"));
	assert.equal(states.get("a"), "sent");
	assert.equal(outbox.messages.length, 0);
});

test("a busy node is asked again after its time, and later messages of the chat wait behind", async () => {
	const { outbox, clock, write, ids } = setup();
	outbox.goLive();
	write("a");
	outbox.error({ type: "error", id: "a", code: "busy", text: "later", retry_after: 10 });
	write("b");
	write("c", "eve@a");
	assert.deepEqual(ids(), ["a", "c"]);
	await clock.pass(9_000);
	assert.deepEqual(ids(), ["a", "c"]);
	await clock.pass(3_000);
	assert.deepEqual(ids(), ["a", "c", "a", "b"]);
});

test("after five temporary failures a person is asked", async () => {
	const { outbox, clock, write, states, ids } = setup();
	outbox.goLive();
	write("a");
	for (let i = 0; i < 5; i++) {
		outbox.error({ type: "error", id: "a", code: "internal", text: "oops" });
		await clock.pass(60_000);
	}
	assert.equal(states.get("a"), "failed");
	assert.equal(ids().length, 5);
});

test("at most sixteen messages are in flight", () => {
	const { outbox, write, ids } = setup();
	outbox.goLive();
	for (let i = 0; i < 20; i++) {
		write(`m${i}`);
	}
	assert.equal(ids().length, 16);
	outbox.result(result("m0"));
	assert.equal(ids().length, 17);
	assert.equal(ids()[16], "m16");
});

test("a failed message can be thrown away, one in flight cannot", () => {
	const { outbox, write, states } = setup();
	outbox.goLive();
	write("a");
	outbox.discard("a");
	assert.equal(states.get("a"), "waiting");
	outbox.error({ type: "error", id: "a", code: "too-large", text: "no" });
	outbox.discard("a");
	assert.equal(states.get("a"), "removed");
	assert.equal(outbox.has("a"), false);
});

test("messages of an earlier program are restored and sent", async () => {
	const kept = new Map<string, Outgoing>();
	const keeper: OutboxKeeper = {
		load: async () => [...kept.values()],
		put: async (message) => void kept.set(message.id, message),
		remove: async (id) => void kept.delete(id),
	};
	const first = setup(keeper);
	first.write("a");
	await settle();
	const second = setup(keeper);
	second.outbox.goLive();
	await second.outbox.restore();
	assert.deepEqual(second.ids(), ["a"]);
	second.outbox.result(result("a"));
	await settle();
	assert.equal(kept.size, 0);
});

test("what an earlier program left goes before what was written while it was being read", async () => {
	const kept = new Map<string, Outgoing>();
	const first = setup({ load: async () => [], put: async (message) => void kept.set(message.id, message), remove: async () => undefined });
	first.write("a");
	first.write("b");
	await settle();
	const second = setup({ load: async () => [...kept.values()], put: async () => undefined, remove: async () => undefined });
	second.write("b");
	second.write("c");
	await second.outbox.restore();
	second.outbox.goLive();
	assert.deepEqual(second.ids(), ["a", "b", "c"]);
});
