// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { test } from "node:test";

import { backoff, Emitter, Guest, idMaker } from "../src/index.ts";
import { equalBytes, fromBase64, toBase64 } from "../src/bytes.ts";
import { lineSplitter } from "../src/node.ts";
import { webSocketTransport, type WebSocketLike } from "../src/transport.ts";
import { fakeTransport, HELLO, settle, VirtualClock } from "./support.ts";

test("waits double up to half a minute, with half of it left to chance", () => {
	assert.equal(backoff(0, 0), 250);
	assert.equal(backoff(0, 1), 500);
	assert.equal(backoff(3, 1), 4_000);
	assert.equal(backoff(50, 1), 30_000);
	assert.equal(backoff(50, 0), 15_000);
	assert.equal(backoff(0, 0, 60), 60_000);
	assert.ok(backoff(0, 1, 60) > 60_000);
});

test("ids do not repeat and suit the protocol", () => {
	const next = idMaker("m");
	const other = idMaker("m");
	const ids = new Set(Array.from({ length: 100 }, () => [next(), other()]).flat());
	assert.equal(ids.size, 200);
	for (const id of ids) {
		assert.match(id, /^[A-Za-z0-9._:-]{1,64}$/);
	}
});

test("base64 goes there and back", () => {
	const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
	assert.ok(equalBytes(fromBase64(toBase64(bytes)), bytes));
	assert.ok(!equalBytes(bytes, bytes.subarray(1)));
});

test("a listener that throws does not deafen the others", (context) => {
	context.mock.method(console, "error", () => undefined);
	const emitter = new Emitter<{ x: number }>();
	const heard: number[] = [];
	emitter.on("x", () => {
		throw new Error("bad");
	});
	const off = emitter.on("x", (value) => heard.push(value));
	emitter.emit("x", 1);
	off();
	emitter.emit("x", 2);
	assert.deepEqual(heard, [1]);
});

test("lines are found across chunks, also inside a character", () => {
	const lines: string[] = [];
	const take = lineSplitter((line) => lines.push(line));
	const bytes = Buffer.from('{"a":"ü"}\n{}\n{"b":1}');
	for (const byte of bytes) {
		assert.ok(take(Buffer.from([byte])));
	}
	assert.deepEqual(lines, ['{"a":"ü"}', "{}"]);
	assert.equal(take(Buffer.alloc(5 * 1024 * 1024, 32)), false);
});

test("a guest connects when there is a question, and hangs up by itself", async () => {
	const clock = new VirtualClock();
	const { open, ends } = fakeTransport();
	const guest = new Guest(open, clock);
	assert.equal(ends.length, 0);
	const answer = guest.request("register.check", { name: "carol" });
	ends[0]!.say(HELLO);
	await settle();
	ends[0]!.say({ type: "result", id: ends[0]!.last("request").id, result: { available: true } });
	assert.deepEqual(await answer, { available: true });
	await clock.pass(21_000);
	assert.ok(ends[0]!.closedByClient);
	void guest.request("register.check", { name: "carol" }).catch(() => undefined);
	assert.equal(ends.length, 2);
});

test("a guest's question rejects when the connection ends", async () => {
	const { open, ends } = fakeTransport();
	const guest = new Guest(open, new VirtualClock());
	const answer = guest.request("register.policy");
	ends[0]!.drop("no such host");
	await assert.rejects(answer, { code: "closed" });
});

test("a WebSocket's end is told once", () => {
	const socket = { readyState: 1, close: () => undefined, send: () => undefined } as unknown as WebSocketLike;
	const told: string[] = [];
	const transport = webSocketTransport(() => socket)({
		open: () => told.push("open"),
		frame: (text) => told.push(text),
		close: () => told.push("close"),
	});
	(socket.onopen as () => void)();
	(socket.onmessage as (event: object) => void)({ data: "{}" });
	transport.close();
	(socket.onclose as (event: object) => void)({ code: 1006 });
	(socket.onmessage as (event: object) => void)({ data: "late" });
	assert.deepEqual(told, ["open", "{}", "close"]);
});
