// SPDX-License-Identifier: MIT
// The same protocol over WebSocket, and the cookie that logs a browser in.

import assert from "node:assert/strict";
import { it } from "node:test";

import { conversation, until } from "./support/talk.mjs";
import { ask, originOf } from "./support/web.mjs";

conversation("a browser", { listeners: ["https", "http"] }, (node) => {
	const page = (options) => node.wire({ name: "a page", web: { ...options } });

	/** Posts a ticket; resolves with the answer. */
	const exchange = (ticket, headers = {}) =>
		ask(node, "POST", "/session", {
			headers: { origin: originOf(node), "content-type": "application/json", ...headers },
			body: JSON.stringify({ ticket }),
		});

	/** Logs a page in by password and turns the ticket into a cookie, as "name=value". */
	const cookieOf = async (person) => {
		const wire = await page();
		const ready = await wire.login(person, { cookie: true });
		const { status, headers } = await exchange(ready.ticket);
		assert.equal(status, 204);
		return { wire, ready, cookie: headers["set-cookie"][0].split(";")[0], whole: headers["set-cookie"][0] };
	};

	it("gets hello over WebSocket, where cookies are a way to log in", async () => {
		const { hello } = await page();
		assert.ok(hello.auth.includes("COOKIE"));
		assert.equal(hello.domain, node.domain);
		const plain = await page({ listener: "http" });
		assert.ok(plain.hello.auth.includes("COOKIE"));
		assert.ok(!plain.hello.auth.includes("SCRAM-SCRYPT-SHA-256-PLUS"), "nothing to bind to");
	});

	it("talks with those who use lines", async () => {
		const [alice, bob] = await node.newPeople("alice", "bob");
		await node.befriend(alice, bob);
		const tab = await page();
		await tab.login(alice.person);
		await tab.say(bob.address, "from the browser\nin two lines 🙂");
		await bob.hearsSaid("from the browser\nin two lines 🙂");
		await bob.says(alice, "hello page");
		assert.equal((await tab.next("message")).chat, bob.address);
	});

	it("T45 is let in from the node's own pages only", async () => {
		for (const origin of [
			"https://evil.example",
			"null",
			`https://${node.domain}:1`,
			originOf(node).replace("https", "http"),
		]) {
			await assert.rejects(page({ origin }), /403/, origin);
		}
		await page({ origin: null }); /* a program, which has no cookie */
	});

	it("has to offer the subprotocol", async () => {
		await assert.rejects(page({ protocol: null }), /400/);
		await assert.rejects(page({ protocol: "chat" }), /400/);
	});

	it("T43 gets a cookie for its ticket, which only the node can read", async () => {
		const { ready, whole, cookie } = await cookieOf(await node.signUp("carol"));
		assert.equal(ready.token, undefined);
		assert.match(whole, /^__Host-parley=[^;]{32,}; /);
		for (const attribute of ["HttpOnly", "Secure", "SameSite=Strict", "Path=/"]) {
			assert.ok(whole.includes(`; ${attribute}`), attribute);
		}
		const again = await page({ cookie });
		const { type, device, token, ticket } = await again.auth({ mechanism: "COOKIE" });
		assert.deepEqual([type, device, token, ticket], ["ready", ready.device, undefined, undefined]);
	});

	it("T58 can use a ticket once", async () => {
		const wire = await page();
		const { ticket } = await wire.login(await node.signUp("carol"), { cookie: true });
		assert.equal((await exchange(ticket)).status, 204);
		const second = await exchange(ticket);
		assert.ok(second.status >= 400 && second.status < 500, String(second.status));
		assert.equal(second.headers["set-cookie"], undefined);
		const wrong = await exchange("x".repeat(ticket.length));
		assert.ok(wrong.status >= 400 && wrong.status < 500);
	});

	it("T46 cannot get a cookie from the page of somebody else", async () => {
		const wire = await page();
		const { ticket } = await wire.login(await node.signUp("carol"), { cookie: true });
		assert.equal((await exchange(ticket, { origin: "https://evil.example" })).status, 403);
		assert.equal((await exchange(ticket, { "sec-fetch-site": "cross-site" })).status, 403);
		assert.equal((await exchange(ticket, { "content-type": "text/plain" })).status, 415);
		assert.equal((await exchange(ticket)).status, 204);
	});

	it("T45 is not logged in by a cookie that another page makes it send", async () => {
		const { cookie } = await cookieOf(await node.signUp("carol"));
		await assert.rejects(page({ cookie, origin: "https://evil.example" }), /403/);
		await assert.rejects(page({ cookie, origin: null }), /403/);
	});

	it("is not logged in without a cookie, or with a wrong one", async () => {
		const { cookie } = await cookieOf(await node.signUp("carol"));
		for (const wrong of [undefined, "__Host-parley=nonsense", cookie.slice(0, -2), "other=1"]) {
			const wire = await page({ cookie: wrong });
			const answer = await wire.auth({ mechanism: "COOKIE" });
			assert.deepEqual([answer.type, answer.code], ["error", "not-authorized"], String(wrong));
		}
	});

	it("resumes with its cookie", async () => {
		const [alice, bob] = await node.newPeople("alice", "bob");
		await node.befriend(alice, bob);
		const { wire, ready, cookie } = await cookieOf(alice.person);
		const count = wire.count;
		wire.drop();
		await wire.closed;
		await bob.says(alice, "while you were away");
		const again = await node.wire({ name: "a page", after: wire, web: { cookie } });
		const answer = await again.auth({ mechanism: "COOKIE", resume: { id: ready.resume, count } });
		assert.equal(answer.resumed, true);
		assert.equal((await again.next("message")).text, "while you were away");
	});

	it("T44 logs out: the session ends, the cookie is cleared and void", async () => {
		const { cookie } = await cookieOf(await node.signUp("carol"));
		const wire = await page({ cookie });
		assert.equal((await wire.auth({ mechanism: "COOKIE" })).type, "ready");
		const { status, headers } = await ask(node, "DELETE", "/session", {
			headers: { cookie, origin: originOf(node) },
		});
		assert.equal(status, 204);
		assert.match(headers["set-cookie"][0], /^__Host-parley=; .*Max-Age=0/);
		assert.equal((await wire.next({ fatal: true })).code, "gone");
		await wire.closed;
		const late = await page({ cookie });
		assert.equal((await late.auth({ mechanism: "COOKIE" })).code, "not-authorized");
	});

	it("may send frames that are as large as on lines, and no larger", async () => {
		const wire = await page();
		const ping = JSON.stringify({ type: "ping", id: "p" });
		wire.sendRaw(`${ping.slice(0, -1)}${" ".repeat(10_000 - ping.length)}}`);
		await wire.next("pong");
		wire.sendRaw(`${ping.slice(0, -1)}${" ".repeat(10_001 - ping.length)}}`);
		const error = await wire.next({ fatal: true });
		assert.equal(error.code, "too-large");
		await wire.closed;
	});

	it("sends text; anything else ends the connection", async () => {
		const wire = await page();
		wire.socket.socket.send(Buffer.from('{"type":"ping"}'), { binary: true });
		await wire.closed;
		assert.equal(wire.socket.closeCode, 1003);
	});

	it("may close as the protocol does, or as WebSocket does", async () => {
		const person = await node.signUp("carol");
		const one = await page();
		await one.login(person);
		one.send({ type: "close" });
		await one.closed;
		const two = await page();
		await two.login(person);
		two.socket.socket.close(1000);
		await two.closed;
		const operator = await node.operator();
		await until(async () => {
			const { sessions } = await operator.get("node.sessions", { account: person.name });
			return sessions.length === 1 && !sessions[0].connected;
		});
	});

	it("may send a password without TLS on the node's own machine", async () => {
		const wire = await page({ listener: "http" });
		await wire.login(await node.signUp("carol"));
	});
});

conversation("a browser behind a reverse proxy", { listeners: ["http"], web: { proxies: "127.0.0.0/8" } }, (node) => {
	const through = (headers) =>
		node.wire({
			web: {
				listener: "http",
				origin: `${headers["x-forwarded-proto"]}://${node.domain}:${node.portOf("http")}`,
				headers,
			},
		});
	const proxied = { "x-forwarded-for": "192.0.2.1, 198.51.100.7", "x-forwarded-proto": "https" };

	it("is known by the address that the proxy tells", async () => {
		const wire = await through(proxied);
		await wire.login(await node.signUp("carol"));
		const { devices } = await wire.get("account.devices");
		assert.equal(devices[0].peer, "198.51.100.7");
	});

	it("cannot log in with a password when its own way is not encrypted", async () => {
		const person = await node.signUp("carol");
		const wire = await through({ ...proxied, "x-forwarded-proto": "http" });
		const answer = await wire.auth({ mechanism: "PLAIN", user: person.name, password: person.password });
		assert.deepEqual([answer.code, answer.where], ["not-allowed", "/mechanism"]);
	});
});
