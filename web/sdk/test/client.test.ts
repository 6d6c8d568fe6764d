// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { test } from "node:test";

import { Client, type ClientOptions, type ConnectionState, type Outgoing, type Sent } from "../src/index.ts";
import { fakeTransport, HELLO, READY, settle, VirtualClock, type NodeEnd } from "./support.ts";

function setup(more: Partial<ClientOptions> = {}) {
	const clock = new VirtualClock();
	const { open, ends } = fakeTransport();
	const client = new Client({
		open,
		clock,
		credentials: { user: "alice", password: "secret", plain: true },
		...more,
	});
	const states: ConnectionState["phase"][] = [];
	const outgoing: Outgoing[] = [];
	const sent: Sent[] = [];
	client.on("state", (state) => states.push(state.phase));
	client.on("outgoing", (message) => outgoing.push(message));
	client.on("sent", (message) => sent.push(message));
	return { clock, ends, client, states, outgoing, sent };
}

async function goLive(ends: NodeEnd[], ready: object = READY): Promise<NodeEnd> {
	const end = ends.at(-1)!;
	end.say(HELLO);
	await settle();
	end.say(ready);
	await settle();
	return end;
}

test("start logs in and tells who one is", async () => {
	const { client, ends, states } = setup();
	const started = client.start();
	const end = await goLive(ends);
	assert.equal((await started).address, "alice@a.example/k3v9");
	assert.deepEqual(end.last("auth"), { type: "auth", mechanism: "PLAIN", user: "alice", password: "secret", device: {} });
	assert.deepEqual(states, ["connecting", "live"]);
});

test("a refused password closes the client and rejects start", async () => {
	const { client, ends, states } = setup();
	const started = client.start();
	ends[0]!.say(HELLO);
	await settle();
	ends[0]!.say({ type: "error", code: "not-authorized", text: "no" });
	await assert.rejects(started, { code: "not-authorized" });
	assert.deepEqual(states, ["connecting", "closed"]);
});

test("too many failures make the client wait as long as the node asks", async () => {
	const { client, ends, clock } = setup();
	void client.start();
	ends[0]!.say(HELLO);
	await settle();
	ends[0]!.say({ type: "error", code: "limit", text: "later", retry_after: 90 });
	await settle();
	assert.equal(client.state.phase, "waiting");
	await clock.pass(89_000);
	assert.equal(ends.length, 1);
	await clock.pass(10_000);
	assert.equal(ends.length, 2);
});

test("a form's client gives up at the first failure", async () => {
	const { client, ends } = setup({ giveUp: true });
	const started = client.start();
	ends[0]!.drop();
	await assert.rejects(started, { code: "closed" });
	assert.equal(client.state.phase, "closed");
});

test("what makes something is asked for under a name, which stays when it is asked again", async () => {
	const { client, ends } = setup();
	void client.start();
	const end = await goLive(ends);
	const made = client.request("groups.create", { title: "The club" });
	void client.request("groups.create", { once: "mine" }).catch(() => undefined);
	const [first, second] = end.take("request");
	assert.match((first!["params"] as { once: string }).once, /^o-[a-z0-9]{10}-0$/);
	assert.deepEqual(second!["params"], { once: "mine" });
	end.drop();
	client.tryNow();
	const again = await goLive(ends);
	assert.deepEqual(again.take("request")[0], first);
	again.say({ type: "result", id: first!["id"], result: {} });
	await made;
	client.stop();
});

test("after a lost connection the client waits longer each time, and logs in by its token", async () => {
	const { client, ends, clock } = setup();
	void client.start();
	const end = await goLive(ends);
	end.drop();
	const waits: number[] = [];
	for (let i = 0; i < 4; i++) {
		assert.equal(client.state.phase, "waiting");
		const before = clock.now();
		const count = ends.length;
		while (ends.length === count) {
			await clock.pass(50);
		}
		waits.push(clock.now() - before);
		if (i < 3) {
			ends.at(-1)!.drop();
			await settle();
		}
	}
	assert.ok(waits[0]! < waits[1]! && waits[1]! < waits[2]! && waits[2]! < waits[3]!, String(waits));
	ends.at(-1)!.say(HELLO);
	await settle();
	assert.deepEqual(ends.at(-1)!.last("auth"), {
		type: "auth",
		mechanism: "TOKEN",
		user: "alice",
		token: "t-1",
		device: { id: "k3v9" },
		resume: { id: "res-1", count: 0 },
	});
});

test("tryNow does not wait", async () => {
	const { client, ends } = setup();
	void client.start();
	(await goLive(ends)).drop();
	client.tryNow();
	assert.equal(ends.length, 2);
	assert.equal(client.state.phase, "connecting");
});

test("without a network the state is offline, and a probe tries at once", async () => {
	let online = true;
	const { client, ends } = setup({ online: () => online });
	void client.start();
	const end = await goLive(ends);
	online = false;
	end.drop();
	assert.equal(client.state.phase, "offline");
	client.probe();
	assert.equal(ends.length, 2);
});

test("a request is answered by its id", async () => {
	const { client, ends } = setup();
	void client.start();
	const end = await goLive(ends);
	const answer = client.request("roster.search", { text: "bo" });
	const { id } = end.last("request");
	end.say({ type: "result", id: "other", result: {} }, { type: "result", id, result: { people: [] } });
	assert.deepEqual(await answer, { people: [] });
});

test("a request that the node refuses rejects with code, place and patience", async () => {
	const { client, ends } = setup();
	void client.start();
	const end = await goLive(ends);
	const answer = client.request("roster.search", { text: "" });
	end.say({ type: "error", id: end.last("request").id, code: "limit", text: "x", where: "/params", retry_after: 3 });
	await assert.rejects(answer, { code: "limit", where: "/params", retryAfter: 3 });
});

test("a request without an answer times out", async () => {
	const { client, ends, clock } = setup();
	void client.start();
	await goLive(ends);
	const answer = assert.rejects(client.request("account.get"), { code: "timeout" });
	await clock.pass(20_000);
	ends[0]!.say({ type: "pong", id: "p-0" });
	await clock.pass(11_000);
	await answer;
});

test("requests wait for the connection and survive its loss", async () => {
	const { client, ends, clock } = setup();
	void client.start();
	const answer = client.request("account.get");
	const end = await goLive(ends);
	assert.equal(end.take("request").length, 1);
	end.drop();
	await clock.pass(1_000);
	const second = await goLive(ends);
	assert.equal(second.last("request").id, end.last("request").id);
	second.say({ type: "result", id: second.last("request").id, result: { account: READY.account } });
	assert.deepEqual(await answer, { account: READY.account });
});

test("counted frames are acknowledged after 32, or after 5 seconds", async () => {
	const { client, ends, clock } = setup();
	void client.start();
	const end = await goLive(ends);
	const presence = { type: "presence", from: "bob@a.example", show: "away" };
	end.say(...Array.from({ length: 33 }, () => presence));
	assert.deepEqual(end.take("ack").map((ack) => ack.count), [32]);
	await clock.pass(5_000);
	assert.deepEqual(end.take("ack").map((ack) => ack.count), [32, 33]);
	await clock.pass(10_000);
	assert.equal(end.take("ack").length, 2);
});

test("pongs are not counted", async () => {
	const { client, ends, clock } = setup();
	void client.start();
	const end = await goLive(ends);
	end.say({ type: "pong" });
	await clock.pass(6_000);
	assert.equal(end.take("ack").length, 0);
});

test("frames right behind ready are counted and delivered after it", async () => {
	const { client, ends } = setup();
	const order: string[] = [];
	client.on("ready", () => order.push("ready"));
	client.on("presence", () => order.push("presence"));
	void client.start();
	ends[0]!.say(HELLO);
	await settle();
	ends[0]!.say(READY, { type: "presence", from: "bob@a.example", show: "away" });
	await settle();
	assert.deepEqual(order, ["ready", "presence"]);
	assert.deepEqual(client.resume, { id: "res-1", count: 1 });
});

test("a resumed stream goes on counting; what has no answer after the replay is sent again", async () => {
	const { client, ends, clock, sent } = setup();
	void client.start();
	const end = await goLive(ends);
	end.say({ type: "presence", from: "bob@a.example", show: "away" });
	client.send("bob@a.example", "one", "m1");
	client.send("bob@a.example", "two", "m2");
	end.drop();
	await clock.pass(1_000);
	const second = ends.at(-1)!;
	second.say(HELLO);
	await settle();
	assert.deepEqual(second.last("auth").resume, { id: "res-1", count: 1 });
	second.say({ ...READY, token: undefined, resume: "res-2", resumed: true });
	second.say({ type: "result", id: "m1", mid: "u1", seq: 1, time: "2026-11-22T10:00:00.000Z" });
	await settle();
	assert.equal(second.take("message").length, 0);
	second.say({ type: "pong", id: second.last("ping").id });
	assert.deepEqual(second.take("message").map((message) => message.id), ["m2"]);
	second.say({ type: "result", id: "m2", mid: "u2", seq: 2, time: "2026-11-22T10:00:01.000Z", repeated: true });
	assert.deepEqual(sent.map((message) => [message.id, message.mid, message.seq]), [["m1", "u1", 1], ["m2", "u2", 2]]);
	assert.deepEqual(client.resume, { id: "res-2", count: 3 });
});

test("a session that could not be resumed counts from zero and sends all again", async () => {
	const { client, ends, clock } = setup();
	void client.start();
	const end = await goLive(ends);
	end.say({ type: "presence", from: "bob@a.example", show: "away" });
	client.send("bob@a.example", "one", "m1");
	end.drop();
	await clock.pass(1_000);
	const second = await goLive(ends, { ...READY, resume: "res-9" });
	assert.deepEqual(client.resume, { id: "res-9", count: 0 });
	assert.deepEqual(second.take("message").map((message) => message.id), ["m1"]);
});

test("messages written without a connection are sent in order when there is one", async () => {
	const { client, ends, outgoing } = setup();
	void client.start();
	client.send("bob@a.example", "one", "m1");
	client.send("bob@a.example", "two", "m2");
	assert.deepEqual(outgoing.map((message) => message.state), ["waiting", "waiting"]);
	const end = await goLive(ends);
	assert.deepEqual(end.take("message"), [
		{ type: "message", id: "m1", to: "bob@a.example", text: "one" },
		{ type: "message", id: "m2", to: "bob@a.example", text: "two" },
	]);
});

test("a silent connection is pinged after 25 s and given up 10 s later", async () => {
	const { client, ends, clock } = setup();
	void client.start();
	const end = await goLive(ends);
	await clock.pass(25_000);
	assert.equal(end.take("ping").length, 1);
	end.say({ type: "pong", id: end.last("ping").id });
	await clock.pass(25_000);
	assert.equal(end.take("ping").length, 2);
	await clock.pass(9_900);
	assert.equal(client.state.phase, "live");
	await clock.pass(200);
	assert.equal(client.state.phase, "waiting");
	assert.ok(end.closedByClient);
});

test("a probe pings at once", async () => {
	const { client, ends } = setup();
	void client.start();
	const end = await goLive(ends);
	client.probe();
	client.probe();
	assert.equal(end.take("ping").length, 1);
});

test("the ticket becomes a cookie, and the next login uses it", async () => {
	const tickets: string[] = [];
	const { client, ends, clock } = setup({ onTicket: async (ticket) => void tickets.push(ticket) });
	void client.start();
	const end = await goLive(ends, { ...READY, token: undefined, ticket: "tick" });
	assert.equal(end.last("auth").cookie, true);
	assert.deepEqual(tickets, ["tick"]);
	end.drop();
	await clock.pass(1_000);
	ends.at(-1)!.say(HELLO);
	await settle();
	assert.equal(ends.at(-1)!.last("auth").mechanism, "COOKIE");
	assert.equal(ends.at(-1)!.last("auth").cookie, undefined);
});

test("a login is not told before its cookie is there, so that a page may be left at once", async () => {
	let stored = () => {};
	const { client, ends } = setup({ onTicket: () => new Promise((resolve) => (stored = () => resolve())) });
	let ready = 0;
	client.on("ready", () => ready++);
	void client.start();
	await goLive(ends, { ...READY, token: undefined, ticket: "tick" });
	await settle();
	assert.equal(ready, 0);
	stored();
	await settle();
	assert.equal(ready, 1);
});

test("presence is said again after each login", async () => {
	const { client, ends, clock } = setup();
	client.setPresence("busy", "in a meeting");
	void client.start();
	const end = await goLive(ends);
	assert.deepEqual(end.last("presence"), { type: "presence", show: "busy", status: "in a meeting" });
	end.drop();
	await clock.pass(1_000);
	assert.equal((await goLive(ends)).take("presence").length, 1);
});

test("stop ends the session and rejects what was asked", async () => {
	const { client, ends } = setup();
	void client.start();
	const end = await goLive(ends);
	const answer = assert.rejects(client.request("account.get"), { code: "closed" });
	client.stop();
	await answer;
	assert.equal(end.take("close").length, 1);
	assert.ok(end.closedByClient);
	assert.equal(client.state.phase, "closed");
	await assert.rejects(client.request("account.get"), { code: "closed" });
});

test("a fatal error ends the stream; a revoked token then ends the client", async () => {
	const { client, ends, clock } = setup();
	void client.start();
	const end = await goLive(ends);
	end.say({ type: "error", code: "not-authorized", text: "signed out", fatal: true });
	assert.equal(client.state.phase, "waiting");
	await clock.pass(1_000);
	ends.at(-1)!.say(HELLO);
	await settle();
	ends.at(-1)!.say({ type: "error", code: "not-authorized", text: "no" });
	await settle();
	assert.equal(client.state.phase, "closed");
});

test("text that is not JSON ends the connection, not the program", async () => {
	const { client, ends } = setup();
	void client.start();
	const end = await goLive(ends);
	end.raw("{");
	assert.equal(client.state.phase, "waiting");
});

test("frames and events of unknown kinds are ignored", async () => {
	const { client, ends } = setup();
	void client.start();
	const end = await goLive(ends);
	end.say({ type: "weather", sun: true });
	assert.equal(client.state.phase, "live");
	assert.equal(client.resume!.count, 0);
});
