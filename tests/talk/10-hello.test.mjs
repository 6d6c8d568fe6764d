// SPDX-License-Identifier: MIT
// What a node says first, and how one speaks with it at all.

import assert from "node:assert/strict";
import { it } from "node:test";

import { conversation, DOMAIN } from "./support/talk.mjs";

conversation("hello", {}, (node) => {
	it("names the domain, the protocol and what may be done", async () => {
		const { hello } = await node.wire();
		assert.equal(hello.domain, DOMAIN);
		assert.equal(hello.protocol, 1);
		assert.equal(hello.register, "open");
		assert.equal(hello.terms, "1");
		assert.deepEqual(hello.limits, { frame: 262144, text: 10000, edit: 86400, delete: 86400 });
	});

	it("offers the strongest way to log in first", async () => {
		const { hello } = await node.wire();
		assert.deepEqual(hello.auth, ["SCRAM-SCRYPT-SHA-256-PLUS", "SCRAM-SCRYPT-SHA-256", "PLAIN", "TOKEN"]);
	});

	it("names each stream differently", async () => {
		const [a, b] = await Promise.all([node.wire(), node.wire()]);
		assert.notEqual(a.hello.stream, b.hello.stream);
	});

	it("comes over TLS 1.3 with the protocol negotiated, or without ALPN", async () => {
		const named = await node.wire({ tls: { ALPNProtocols: ["parley-client/1"] } });
		assert.equal(named.socket.getProtocol(), "TLSv1.3");
		assert.equal(named.socket.alpnProtocol, "parley-client/1");
		const plain = await node.wire();
		assert.equal(plain.socket.alpnProtocol, false);
	});

	it("T15 comes over TLS 1.2 with forward secrecy", async () => {
		const wire = await node.wire({ tls: { maxVersion: "TLSv1.2" } });
		assert.equal(wire.socket.getProtocol(), "TLSv1.2");
		assert.match(wire.socket.getCipher().name, /^ECDHE-/);
	});

	it("T15 does not come over TLS 1.1", async () => {
		const wire = node.wire({
			tls: { minVersion: "TLSv1.1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" },
		});
		await assert.rejects(wire, /the connection (had )?ended/);
	});

	it("T18 does not come to those who want to speak another protocol", async () => {
		await assert.rejects(node.wire({ tls: { ALPNProtocols: ["h2"] } }), /the connection (had )?ended/);
	});

	it("answers a ping with its id, before and after login", async () => {
		const wire = await node.wire();
		wire.send({ type: "ping", id: "p-1" }, { type: "ping" });
		assert.deepEqual(await wire.next("pong"), { type: "pong", id: "p-1" });
		assert.deepEqual(await wire.next("pong"), { type: "pong" });
		await wire.login(await node.signUp("pinger"));
		wire.send({ type: "ping", id: "p-2" });
		assert.deepEqual(await wire.next("pong"), { type: "pong", id: "p-2" });
	});

	it("accepts CR LF, passes over empty lines, and takes lines in any pieces", async () => {
		const wire = await node.wire();
		wire.sendRaw('\r\n\n\n{"type":"ping","id":"a"}\r\n{"type":"pi');
		assert.equal((await wire.next("pong")).id, "a");
		wire.sendRaw('ng","id":"b"}\n{"type":"ping","id":"c"}\n');
		assert.equal((await wire.next("pong")).id, "b");
		assert.equal((await wire.next("pong")).id, "c");
	});

	it("asks for a login before anything that needs one", async () => {
		const wire = await node.wire();
		for (const frame of [
			{ type: "message", id: "m-1", to: `alice@${DOMAIN}`, text: "hi" },
			{ type: "presence", show: "away" },
			{ type: "ack", count: 0 },
			{ type: "close" },
			{ type: "request", id: "r-1", method: "roster.list" },
			{ type: "request", id: "r-2", method: "node.status" },
		]) {
			wire.send(frame);
			const error = await wire.next("error");
			assert.equal(error.code, "not-authorized", frame.type);
			assert.equal(error.id, frame.id);
			assert.equal(error.fatal, undefined);
		}
	});

	it("says which methods there are not", async () => {
		const wire = await node.wire();
		const error = await wire.refused("not-implemented", "roster.dance");
		assert.equal(error.where, "/method");
	});
});
