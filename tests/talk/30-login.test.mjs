// SPDX-License-Identifier: MIT
// Logging in, by every way there is, and being refused.

import assert from "node:assert/strict";
import { it } from "node:test";

import { bindings, Scram, scramLogin, scramPlusLogin } from "./support/scram.mjs";
import { conversation, DOMAIN } from "./support/talk.mjs";
import { ask } from "./support/web.mjs";

const wrong = { code: "not-authorized", text: "wrong user name or password" };

function assertRefused(answer, expected) {
	assert.equal(answer.type, "error", JSON.stringify(answer));
	for (const [key, value] of Object.entries(expected)) {
		assert.equal(answer[key], value, JSON.stringify(answer));
	}
}

/** [passwords tried, blocks of scrypt computed] since the node was started. */
async function passwordWork(node) {
	const { text } = await ask(node, "GET", "/metrics", { listener: "metrics" });
	return ["passwords_total", "password_blocks_total"].map((name) => Number(new RegExp(`^parley_${name} (\\d+)$`, "m").exec(text)[1]));
}

conversation("logging in with a password", { listeners: ["metrics"] }, (node) => {
	it("works by PLAIN and tells all that a client has to keep", async () => {
		const carol = await node.signUp("Carol", { display: "Carol C." });
		const wire = await node.wire();
		const ready = await wire.login(carol, { device: { name: "terminal" } });
		assert.equal(ready.address, `carol@${DOMAIN}/${ready.device}`);
		assert.deepEqual(ready.account, {
			name: "carol",
			shown: "Carol",
			display: "Carol C.",
			admin: false,
			hidden: false,
			privacy: { groups: "contacts", receipts: true, typing: true },
		});
		assert.ok(ready.token.length >= 32);
		assert.ok(ready.resume.length >= 16);
		assert.equal(ready.resumed, false);
		assert.equal(ready.data, undefined);
	});

	it("works in every case of the name", async () => {
		const person = await node.signUp("cased");
		for (const name of ["CASED", "Cased"]) {
			const wire = await node.wire();
			assert.equal((await wire.login({ ...person, name })).account.name, "cased");
		}
		const wire = await node.wire();
		assert.equal((await scramLogin(wire, { ...person, name: "cASED" })).type, "ready");
	});

	it("takes passwords that look the same for the same, by every way", async () => {
		const typed = "Grüße aus\u00a0Montréal".normalize("NFD");
		const person = await node.signUp("keyboards", { password: typed });
		for (const password of [typed, "Grüße aus Montréal".normalize("NFC"), "Grüße aus\u2003Montréal"]) {
			assert.equal((await (await node.wire()).login({ ...person, password })).account.name, "keyboards");
			assert.equal((await scramLogin(await node.wire(), { ...person, password })).type, "ready");
			await node.device({ ...person, password });
		}
		const other = { ...person, password: "Gruße aus Montréal" };
		const plain = { mechanism: "PLAIN", user: other.name, password: other.password };
		assertRefused(await (await node.wire()).auth(plain), wrong);
		assertRefused(await scramLogin(await node.wire(), other), wrong);
	});

	it("gives a new device an id, and a known one keeps its own", async () => {
		const person = await node.signUp("devices");
		const first = await (await node.wire()).login(person);
		const second = await (await node.wire()).login(person);
		assert.notEqual(first.device, second.device);
		const again = await (await node.wire()).login(person, { device: { id: first.device } });
		assert.equal(again.device, first.device);
		assert.equal(again.address, first.address);
	});

	it("works by SCRAM, and the node proves that it knows the keys", async () => {
		const person = await node.signUp("scram");
		const ready = await scramLogin(await node.wire(), person, { how: { device: { name: "laptop" } } });
		assert.equal(ready.type, "ready");
		assert.ok(ready.token);
	});

	it("works by SCRAM-PLUS, bound by tls-exporter", async () => {
		const person = await node.signUp("exporter");
		const ready = await scramPlusLogin(await node.wire(), person, "tls-exporter");
		assert.equal(ready.type, "ready", JSON.stringify(ready));
	});

	it("works by SCRAM-PLUS, bound by tls-server-end-point", async () => {
		const person = await node.signUp("endpoint");
		const ready = await scramPlusLogin(await node.wire(), person, "tls-server-end-point");
		assert.equal(ready.type, "ready", JSON.stringify(ready));
	});

	it("works by SCRAM-PLUS over TLS 1.2, too", async () => {
		const person = await node.signUp("twelve");
		for (const kind of Object.keys(bindings)) {
			const wire = await node.wire({ tls: { maxVersion: "TLSv1.2" } });
			assert.equal((await scramPlusLogin(wire, person, kind)).type, "ready", kind);
		}
	});

	it("is refused by SCRAM-PLUS with the binding of another channel", async () => {
		const person = await node.signUp("mitm");
		const [victim, attacker] = await Promise.all([node.wire(), node.wire()]);
		const binding = bindings["tls-exporter"](victim);
		assertRefused(await scramPlusLogin(attacker, person, "tls-exporter", { binding }), { code: "not-authorized" });
	});

	it("is refused when a client says that the node offers no channel binding", async () => {
		const person = await node.signUp("downgrade");
		const answer = await scramLogin(await node.wire(), person, { gs2: "y,," });
		assertRefused(answer, { code: "not-authorized" });
	});

	it("is refused with a kind of binding that there is not", async () => {
		const person = await node.signUp("unique");
		const answer = await scramLogin(await node.wire(), person, {
			mechanism: "SCRAM-SCRYPT-SHA-256-PLUS",
			gs2: "p=tls-unique,,",
			binding: Buffer.alloc(12),
		});
		assert.equal(answer.type, "error");
	});

	it("T25 takes one's own bare address as the identity to act as, and no other", async () => {
		const person = await node.signUp("actor");
		const own = await scramLogin(await node.wire(), person, { gs2: `n,a=actor@${DOMAIN},` });
		assert.equal(own.type, "ready", JSON.stringify(own));
		const other = await scramLogin(await node.wire(), person, { gs2: `n,a=carol@${DOMAIN},` });
		assert.equal(other.type, "error");
	});

	it("T24 is refused with a wrong proof, a nonce of one's own, or a proof for other words", async () => {
		const person = await node.signUp("cheater");
		for (const cheat of [
			{ p: Buffer.alloc(32).toString("base64") },
			{ p: "" },
			{ r: "fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j" },
			{ c: Buffer.from("y,,").toString("base64") },
			{ c: "" },
		]) {
			const answer = await scramLogin(await node.wire(), person, { cheat });
			assert.equal(answer.type, "error", JSON.stringify(cheat));
			assert.match(answer.code, /^(not-authorized|bad-request)$/);
		}
	});

	it("T24 refuses what is not SCRAM", async () => {
		const wire = await node.wire();
		for (const data of [
			"",
			"AAAA",
			Buffer.from("n,,n=carol").toString("base64"),
			Buffer.from("n,,m=x,n=carol,r=abc").toString("base64"),
		]) {
			const another = await node.wire();
			assertRefused(await another.auth({ mechanism: "SCRAM-SCRYPT-SHA-256", data }), { code: "bad-request" });
		}
		assertRefused(await wire.auth({ mechanism: "SCRAM-SCRYPT-SHA-256", data: "%%%" }), {
			code: "bad-request",
			where: "/data",
		});
	});

	it("is refused while a response is due, which ends the exchange and costs a try", async () => {
		const person = await node.signUp("changer");
		const wire = await node.wire();
		const scram = new Scram(person.name, person.password);
		assert.equal((await wire.auth({ mechanism: "SCRAM-SCRYPT-SHA-256", data: scram.first() })).type, "challenge");
		const auth = { mechanism: "PLAIN", user: person.name, password: person.password };
		assertRefused(await wire.auth(auth), { code: "bad-request", fatal: undefined });
		assert.equal((await wire.auth(auth)).type, "ready");
	});

	it("T49 answers wrong passwords and unknown users alike", async () => {
		const person = await node.signUp("known");
		const answers = [];
		for (const name of [person.name, "unknown"]) {
			const wire = await node.wire();
			answers.push(await wire.auth({ mechanism: "PLAIN", user: name, password: "wrong horse" }));
			const scram = await scramLogin(wire, { name, password: "wrong horse" });
			delete scram.said;
			answers.push(scram);
		}
		assertRefused(answers[0], wrong);
		assert.deepEqual(answers.slice(0, 2), answers.slice(2));
	});

	it("T49 does the same work for unknown users as for wrong passwords", async () => {
		const person = await node.signUp("worked");
		/* what each attempt has cost: passwords tried, blocks of scrypt */
		const costs = async (attempt) => {
			const seen = [];
			for (const name of [person.name, "unknown_1", person.name, "unknown_2"]) {
				const before = await passwordWork(node);
				const wire = await node.wire();
				await attempt(wire, name);
				await wire.close();
				const after = await passwordWork(node);
				seen.push(after.map((number, which) => number - before[which]));
			}
			return seen;
		};
		const plain = (wire, name) => wire.auth({ mechanism: "PLAIN", user: name, password: "wrong horse" });
		const blocks = 8 << 4; /* r is 8, N is 2^4 here */
		assert.deepEqual(await costs(plain), Array(4).fill([1, blocks]));
		/* the client does that work */
		const scram = (wire, name) => scramLogin(wire, { name, password: "wrong horse" });
		assert.deepEqual(await costs(scram), Array(4).fill([0, 0]));
	});

	it("T24 gives unknown users a salt that stays the same, of the same kind as a true one", async () => {
		const person = await node.signUp("salted");
		const said = async (name) => {
			const wire = await node.wire();
			const scram = new Scram(name, "whatever");
			const { data } = await wire.auth({ mechanism: "SCRAM-SCRYPT-SHA-256", data: scram.first() });
			scram.final(data);
			return scram.said;
		};
		const [real, fake, again, capital, other] = await Promise.all(
			[person.name, "nobody1", "nobody1", "NOBODY1", "nobody2"].map(said),
		);
		assert.equal(fake.s, again.s);
		assert.equal(fake.s, capital.s);
		assert.notEqual(fake.s, other.s);
		assert.notEqual(fake.r, again.r);
		assert.deepEqual([fake.i, fake.b, fake.p], [real.i, real.b, real.p]);
		assert.equal(Buffer.from(fake.s, "base64").length, Buffer.from(real.s, "base64").length);
	});

	it("closes the connection at the third failure", async () => {
		const person = await node.signUp("tries");
		const wire = await node.wire();
		for (const fatal of [undefined, undefined, true]) {
			const answer = await wire.auth({ mechanism: "PLAIN", user: person.name, password: "wrong horse" });
			assertRefused(answer, { ...wrong, fatal });
		}
		await wire.closed;
	});

	it("is possible once on a connection, and one step at a time", async () => {
		const person = await node.signUp("twice");
		const wire = await node.wire();
		const auth = { type: "auth", mechanism: "PLAIN", user: person.name, password: person.password };
		wire.send(auth, auth);
		const answers = [await wire.next({ type: /^(ready|error)$/ }), await wire.next({ type: /^(ready|error)$/ })];
		assert.deepEqual(answers.map((answer) => answer.code ?? answer.type).sort(), ["conflict", "ready"]);
		assertRefused(await wire.auth(auth), { code: "conflict" });
		wire.send({ type: "response", data: "" });
		assertRefused(await wire.next("error"), { code: "conflict" });
		await wire.settled();
	});

	it("refuses a response that nothing has asked for", async () => {
		const wire = await node.wire();
		wire.send({ type: "response", data: "YmxhYmxh" });
		assertRefused(await wire.next("error"), { code: "bad-request" });
	});

	it("does not know other mechanisms, and has no cookies on this transport", async () => {
		const wire = await node.wire();
		const cookie = await wire.auth({ mechanism: "COOKIE" });
		assertRefused(cookie, { code: "not-implemented", where: "/mechanism" });
		const other = await wire.auth({ mechanism: "SCRAM-SHA-1", data: "" });
		assert.match(other.code, /^(not-implemented|bad-request)$/);
		assert.equal(other.where, "/mechanism");
	});

	it("gives a ticket in place of a token to those who want a cookie", async () => {
		const person = await node.signUp("browser");
		const ready = await (await node.wire()).login(person, { cookie: true });
		assert.equal(ready.token, undefined);
		assert.ok(ready.ticket.length >= 22);
	});
});

conversation("logging in with a token", {}, (node) => {
	it("works for the same device, without a new token", async () => {
		const person = await node.signUp("alice");
		const first = await (await node.wire()).login(person, { device: { name: "phone" } });
		const again = await (await node.wire()).login({ name: person.name, token: first.token });
		assert.equal(again.device, first.device);
		assert.equal(again.address, first.address);
		assert.equal(again.token, undefined);
		assert.equal(again.ticket, undefined);
		await (await node.wire()).login({ name: person.name, token: first.token });
	});

	it("does not work with the old token when the device has logged in anew", async () => {
		const person = await node.signUp("renewer");
		const first = await (await node.wire()).login(person);
		const second = await (await node.wire()).login(person, { device: { id: first.device } });
		assert.notEqual(first.token, second.token);
		const wire = await node.wire();
		assertRefused(await wire.auth({ mechanism: "TOKEN", user: person.name, token: first.token }), {
			code: "not-authorized",
		});
		await wire.login({ name: person.name, token: second.token });
	});

	it("does not work for somebody else, or with any other text", async () => {
		const [person, other] = [await node.signUp("owner"), await node.signUp("thief")];
		const { token } = await (await node.wire()).login(person);
		const answers = [];
		for (const [user, text] of [
			[other.name, token],
			["nobody9", token],
			[person.name, `${token}x`],
			[person.name, token.slice(0, -1)],
			[person.name, "x"],
			[person.name, token.replace(/.$/, (last) => (last === "A" ? "B" : "A"))],
		]) {
			const wire = await node.wire();
			answers.push(await wire.auth({ mechanism: "TOKEN", user, token: text }));
		}
		for (const answer of answers) {
			assert.deepEqual(answer, answers[0]);
			assertRefused(answer, { code: "not-authorized" });
		}
	});

	it("is what the SDK does when it reconnects", async () => {
		const person = await node.newPerson("sdk");
		await person.losesConnection();
		assert.equal((await person.reconnects()).resumed, true);
		await person.settled();
	});
});

conversation("logging in with a password that costs what it should", { accounts: { scrypt_log_n: 15 } }, (node) => {
	it("is done with scrypt of N 2^15, r 8, p 1", async () => {
		const person = await node.signUp("costly");
		const ready = await scramLogin(await node.wire(), person);
		assert.equal(ready.type, "ready");
		assert.deepEqual([ready.said.i, ready.said.b, ready.said.p], ["15", "8", "1"]);
		await (await node.wire()).login(person);
	});
});

conversation(
	"guessing passwords",
	{ accounts: { account_fails: 3, address_fails: 6, fail_minutes: 1, login_tries: 20 } },
	(node) => {
		const from = (localAddress) => node.wire({ tls: { localAddress } });
		const guess = (wire, user, password = "wrong horse") => wire.auth({ mechanism: "PLAIN", user, password });

		it("T51 at one account makes strangers wait, even with the right password, but not the owner", async () => {
			const person = await node.signUp("target");
			const home = await from("127.0.0.41");
			const { token } = await home.login(person);
			const attacker = await from("127.0.0.42");
			for (let i = 0; i < 3; i++) {
				assertRefused(await guess(attacker, person.name), wrong);
			}
			const limit = await guess(attacker, person.name);
			assertRefused(limit, { code: "limit" });
			assert.ok(limit.retry_after >= 1 && limit.retry_after <= 60, String(limit.retry_after));
			const stranger = await from("127.0.0.43");
			assertRefused(await guess(stranger, person.name, person.password), { code: "limit" });
			assertRefused(await scramLogin(stranger, person), { code: "limit" });
			/* from a network where the owner has been, and with a token from anywhere */
			assert.equal((await guess(await from("127.0.0.41"), person.name, person.password)).type, "ready");
			await stranger.login({ name: person.name, token });
		});

		it("is counted for users that there are not, too", async () => {
			const attacker = await from("127.0.0.44");
			for (let i = 0; i < 3; i++) {
				assertRefused(await guess(attacker, "nobody"), wrong);
			}
			assertRefused(await guess(attacker, "nobody"), { code: "limit" });
		});

		it("from one network makes this network wait, and no other", async () => {
			const person = await node.signUp("bystander");
			const attacker = await from("127.0.0.45");
			for (let i = 0; i < 6; i++) {
				assertRefused(await guess(attacker, `nobody${i}`), wrong);
			}
			const limit = await guess(attacker, person.name, person.password);
			assertRefused(limit, { code: "limit" });
			assert.ok(limit.retry_after >= 1);
			assert.equal((await guess(await from("127.0.0.46"), person.name, person.password)).type, "ready");
		});

		it("is not counted when the password was right", async () => {
			const person = await node.signUp("typist");
			for (let i = 0; i < 10; i++) {
				const wire = await from("127.0.0.47");
				assert.equal((await guess(wire, person.name, person.password)).type, "ready");
				await wire.close();
			}
		});
	},
);
