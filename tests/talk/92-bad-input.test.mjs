// SPDX-License-Identifier: MIT
// Frames that are wrong: each is answered with the member and the rule, and only nonsense ends the stream.

import assert from "node:assert/strict";
import { it } from "node:test";

import { conversation, DOMAIN } from "./support/talk.mjs";

const bob = `bob@${DOMAIN}`;
const request = (method, params, more = {}) => ({
	type: "request",
	id: "1",
	method,
	...(params ? { params } : {}),
	...more,
});
const plain = (more) => ({ type: "auth", mechanism: "PLAIN", user: "carol", password: "x", ...more });

/** What cannot be read as a frame at all: the text, where it goes wrong, and how that is said. */
const nonsense = [
	["words", "nonsense", undefined, /a value is expected/],
	["half an object", "{", undefined, /ends too early/],
	["an array", "[]", undefined, /a frame is a JSON object/],
	["a number", "1", undefined, /a frame is a JSON object/],
	["a text", '"x"', undefined, /a frame is a JSON object/],
	["null", "null", undefined, /a frame is a JSON object/],
	["a byte order mark", '\ufeff{"type":"ping"}', undefined, /a value is expected, at byte 0/],
	["a comma too many", '{"type":"ping",}', undefined, /a name in quotes is expected, at byte 15/],
	["the other quotes", "{'type':'ping'}", undefined, /a name in quotes is expected/],
	["a word behind it", '{"type":"ping"} x', undefined, /something follows the value/],
	["two objects in a line", '{"type":"ping"}{"type":"ping"}', undefined, /something follows the value/],
	["a name twice", '{"type":"ping","type":"ping"}', "/type", /the name is there twice/],
	["a name twice, spelled otherwise", '{"type":"ping","id":"a","\\u0069d":"b"}', "/id", /the name is there twice/],
	["a name twice, inside", '{"type":"request","id":"1","method":"x","params":{"a":1,"a":1}}', "/params/a", /twice/],
	["a zero in front", '{"type":"ping","n":01}', "/n", /expected/],
	["not a number", '{"type":"ping","n":NaN}', "/n", /expected/],
	["a number beyond all bounds", '{"type":"ping","n":1e999}', "/n", /the number is too large/],
	["a NUL that is escaped", '{"type":"ping","id":"a\\u0000"}', "/id", /not allowed/],
	["a control character that is escaped", '{"type":"ping","id":"\\u0001"}', "/id", /not allowed/],
	["a control character", '{"type":"ping","id":"\u0001"}', "/id", /not escaped/],
	["what is no character", '{"type":"ping","id":"\\uffff"}', "/id", /not allowed/],
	["half a surrogate pair", '{"type":"ping","id":"\\ud800"}', "/id", /not a valid escape/],
	["an escape that there is not", '{"type":"ping","id":"\\x41"}', "/id", /escape/],
	["a byte that is not UTF-8", Buffer.from([0x7b, 0xff, 0x7d]), undefined, /at byte 1/],
	["a NUL written as two bytes", Buffer.from('{"type":"ping","id":"\xc0\x80"}', "latin1"), "/id", /not valid UTF-8/],
	["a surrogate in UTF-8", Buffer.from('{"type":"ping","id":"\xed\xa0\x80"}', "latin1"), "/id", /not valid UTF-8/],
	["a NUL", '{"type":"ping"\0}', "/type", /a comma or the end is expected/],
	["a request of HTTP", "GET / HTTP/1.1\r", undefined, /a value is expected/],
];

/** What a guest says wrong: the frame, the code, where, and the rule. */
const ofGuests = [
	[{}, "bad-request", "/type", /is required, as a string/],
	[{ type: 1 }, "bad-request", "/type", /is required, as a string/],
	[{ type: "dance" }, "not-implemented", "/type", /no such type/],
	[{ type: "hello" }, "not-implemented", "/type", /no such type/],
	[{ type: "result", id: "1" }, "not-implemented", "/type", /no such type/],
	[{ type: "ping", id: "" }, "bad-request", "/id", /1 to 64 letters, digits or any of/],
	[{ type: "ping", id: "a b" }, "bad-request", "/id", /1 to 64 letters, digits or any of/],
	[{ type: "ping", id: "x".repeat(65) }, "too-large", "/id", /1 to 64 letters, digits or any of/],
	[{ type: "ping", id: 7 }, "bad-request", "/id", /must be a string/],
	[{ type: "ping", x: 1 }, "bad-request", "/x", /is not a known member/],
	[{ type: "ping", "a/b~c": 1 }, "bad-request", "/a~1b~0c", /is not a known member/],
	[{ type: "response" }, "bad-request", "/data", /is required/],
	[{ type: "response", data: "%" }, "bad-request", "/data", /base64/],
	[{ type: "auth" }, "bad-request", "/mechanism", /is required/],
	[{ type: "auth", mechanism: "FOO" }, "bad-request", "/mechanism", /one of "PLAIN", "SCRAM-SCRYPT-SHA-256"/],
	[{ type: "auth", mechanism: "PLAIN" }, "bad-request", "/user", /is required/],
	[plain({ user: "c" }), "bad-request", "/user", /3 to 15 letters, digits or underscores/],
	[plain({ password: "" }), "bad-request", "/password", /1 to 256 characters/],
	[plain({ token: "x" }), "bad-request", "/token", /is not a known member/],
	[plain({ device: { id: "a b" } }), "bad-request", "/device/id", /1 to 32 letters, digits, underscores or hyphens/],
	[plain({ device: { name: "two\nlines" } }), "bad-request", "/device/name", /on one line/],
	[plain({ resume: { id: "x" } }), "bad-request", "/resume/count", /is required/],
	[plain({ resume: { id: "x", count: -1 } }), "bad-request", "/resume/count", /must be 0 to/],
	[plain({ missed: false }), "bad-request", "/missed", /must be true/],
	[plain({ cookie: 1 }), "bad-request", "/cookie", /must be true/],
	[{ type: "auth", mechanism: "TOKEN", user: "carol" }, "bad-request", "/token", /is required/],
	[{ type: "request", id: "1" }, "bad-request", "/method", /is required/],
	[{ type: "request", method: "register.policy" }, "bad-request", "/id", /is required/],
	[request("no such"), "bad-request", "/method", /the name of a method/],
	[request("register.policy", []), "bad-request", "/params", /must be an object/],
	[request("register.policy", { x: 1 }), "bad-request", "/params/x", /is not a known member/],
	[request("register.check"), "bad-request", "/params/name", /is required/],
	[request("register.check", { name: null }), "bad-request", "/params/name", /must be a string/],
	[request("register.policy", undefined, { to: bob }), "bad-request", "/to", /is not a known member/],
];

const ofUsers = [
	[{ type: "ack" }, "bad-request", "/count", /is required/],
	[{ type: "ack", count: -1 }, "bad-request", "/count", /must be 0 to/],
	[{ type: "ack", count: 1.5 }, "bad-request", "/count", /a whole number/],
	[{ type: "ack", count: "1" }, "bad-request", "/count", /a whole number/],
	[{ type: "ack", count: 9007199254740992 }, "bad-request", "/count", /must be 0 to/],
	[{ type: "message" }, "bad-request", "/id", /is required/],
	[{ type: "message", id: "1", to: "bob", text: "x" }, "bad-request", "/to", /an address like name@domain/],
	[{ type: "message", id: "1", to: `@${DOMAIN}`, text: "x" }, "bad-request", "/to", /an address like name@domain/],
	[{ type: "message", id: "1", to: "bob@", text: "x" }, "bad-request", "/to", /an address like name@domain/],
	[{ type: "message", id: "1", to: bob }, "bad-request", "/text", /is required/],
	[{ type: "message", id: "1", to: bob, text: 1 }, "bad-request", "/text", /must be a string/],
	[{ type: "message", id: "1", to: bob, text: "x", seq: 1 }, "bad-request", "/seq", /is not a known member/],
	[{ type: "message", id: "1", to: bob, text: "x", from: bob }, "bad-request", "/from", /is not a known member/],
	[{ type: "presence" }, "bad-request", "/show", /is required/],
	[{ type: "presence", show: "asleep" }, "bad-request", "/show", /one of "available", "away", "busy", "offline"/],
	[{ type: "presence", show: "away", status: 1 }, "bad-request", "/status", /must be a string/],
	[{ type: "close", x: 1 }, "bad-request", "/x", /is not a known member/],
	[request("account.get", { x: 1 }), "bad-request", "/params/x", /is not a known member/],
	[request("account.update", { display: 1 }), "bad-request", "/params/display", /must be a string/],
	[request("roster.search"), "bad-request", "/params/text", /is required/],
	[request("roster.search", { text: "a", limit: 201 }), "bad-request", "/params/limit", /must be 1 to 200/],
	[request("history.page", { chat: "x" }), "bad-request", "/params/chat", /an address like name@domain/],
	[request("history.read", { chat: bob, seq: "1" }), "bad-request", "/params/seq", /a whole number/],
	[request("history.inbox", { since: "with a space" }), "bad-request", "/params/since", /printable ASCII/],
	[request("account.revoke", { device: "" }), "bad-request", "/params/device", /1 to 32/],
];

function assertError(error, code, where, rule) {
	assert.equal(error.code, code, JSON.stringify(error));
	assert.equal(error.where, where, JSON.stringify(error));
	assert.match(error.text, rule);
}

conversation("bad input", {}, (node) => {
	for (const [what, text, where, rule] of nonsense) {
		it(`T76 T77 T78 T79 that is ${what} is refused, and the stream ends`, async () => {
			for (const person of [undefined, await node.signUp("carol")]) {
				const wire = person ? await node.wireOf(person) : await node.wire();
				wire.sendRaw(text);
				wire.sendRaw('\n{"type":"ping","id":"behind"}\n');
				const error = await wire.next("error");
				assertError(error, "bad-request", where, rule);
				assert.equal(error.fatal, true);
				await wire.closed;
				assert.deepEqual(wire.taken("pong"), [], "nothing behind it is looked at");
			}
		});
	}

	it("of guests is refused with the member and the rule, and the stream goes on", async () => {
		const wire = await node.wire();
		for (const [frame, ...expected] of ofGuests) {
			wire.send(frame);
			const error = await wire.next("error");
			assertError(error, ...expected);
			assert.equal(error.fatal, undefined);
			const isId = typeof frame.id === "string" && /^[\w.:-]{1,64}$/.test(frame.id);
			assert.equal(error.id, isId ? frame.id : undefined);
		}
		await wire.get("register.policy");
	});

	it("of users is refused with the member and the rule, and the stream goes on", async () => {
		const wire = await node.wireOf(await node.signUp("carol"));
		for (const [frame, ...expected] of ofUsers) {
			wire.send(frame);
			const error = await wire.next("error");
			assertError(error, ...expected);
			assert.equal(error.fatal, undefined);
			assert.equal(error.id, frame.id);
		}
		await wire.settled();
	});

	it("of methods that are for operators is refused to everybody else", async () => {
		const wire = await node.wireOf(await node.signUp("carol"));
		for (const method of ["node.status", "node.sessions", "node.reload", "account.list", "node.fibers"]) {
			await wire.refused("not-allowed", method);
		}
		await wire.refused("not-allowed", "account.create", { name: "dave", password: "correct horse battery" });
		await wire.refused("not-allowed", "session.end", { session: "1" });
	});

	it("is not TLS: the connection ends without a word", async () => {
		const { connect } = await import("node:net");
		const socket = connect(node.port, node.host);
		const said = [];
		socket.on("data", (chunk) => said.push(chunk));
		socket.on("error", () => undefined);
		socket.write("GET / HTTP/1.1\r\nHost: talk.example\r\n\r\n");
		await new Promise((resolve) => socket.on("close", resolve));
		assert.doesNotMatch(Buffer.concat(said).toString("latin1"), /hello|error/);
	});
});
