// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { createHash, createHmac, randomBytes, scryptSync } from "node:crypto";
import { test } from "node:test";

import type { Binding } from "../src/index.ts";
import { checkParameters, deriveHere, preparePassword, ScramClient, scrypt } from "../src/passwords.ts";
import { fromBase64, fromUtf8, toBase64, utf8 } from "../src/bytes.ts";
import { nodeDerive } from "../src/node.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

test("scrypt gives the vectors of RFC 7914", async () => {
	assert.equal(
		hex(await scrypt("password", utf8("NaCl"), { logN: 10, r: 8, p: 16 }, 64)),
		"fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640",
	);
	assert.equal(
		hex(await scrypt("pleaseletmein", utf8("SodiumChloride"), { logN: 14, r: 8, p: 1 }, 64)),
		"7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887",
	);
});

test("scrypt agrees with OpenSSL at the protocol's cost, and lets others run meanwhile", async () => {
	const salt = utf8("0123456789abcdef");
	let turns = 0;
	const timer = setInterval(() => turns++, 1);
	const ours = await deriveHere("pässword", salt, { logN: 15, r: 8, p: 1 });
	clearInterval(timer);
	assert.equal(hex(ours), hex(await nodeDerive("pässword", salt, { logN: 15, r: 8, p: 1 })));
	assert.ok(turns >= 3, `others ran ${turns} times`);
});

test("parameters that would freeze the machine are refused", () => {
	for (const parameters of [
		{ logN: 25, r: 1, p: 1 }, { logN: 20, r: 8, p: 1 }, { logN: 15, r: 0, p: 1 }, { logN: 1.5, r: 8, p: 1 },
		{ logN: Number.NaN, r: 8, p: 1 },
	]) {
		assert.throws(() => checkParameters(parameters), RangeError);
	}
});

test("passwords that look the same are the same", () => {
	for (const [typed, prepared] of [
		["correct horse", "correct horse"], ["no\u00a0break\u3000wide", "no break wide"], ["e\u0301", "\u00e9"],
		["\u1112\u1161\u11ab", "\ud55c"], ["q\u0307\u0323", "q\u0323\u0307"], ["\ufb01ne", "\ufb01ne"], ["a\u200db", "a\u200db"],
	]) {
		assert.equal(preparePassword(typed!), prepared);
	}
});

const salt = randomBytes(16);
const hmac = (key: Uint8Array, text: string) => createHmac("sha256", key).update(text).digest();

/** The node's side, from RFC 5802, to check the client against. */
function serve(first: string, password: string) {
	const message = fromUtf8(fromBase64(first));
	const [, header, bare] = /^([^,]*,[^,]*,)(.*)$/.exec(message)!;
	const nonce = `${/r=(.*)$/.exec(bare!)![1]!}NODE`;
	const challenge = `r=${nonce},s=${toBase64(salt)},i=4,b=8,p=1`;
	const salted = scryptSync(password, salt, 32, { N: 16, r: 8, p: 1 });
	const finish = (final: string, channel = "") => {
		const text = fromUtf8(fromBase64(final));
		const [, withoutProof, proof] = /^(.*),p=(.*)$/.exec(text)!;
		const signed = `${bare},${challenge},${withoutProof}`;
		const clientKey = hmac(salted, "Client Key");
		const stored = createHash("sha256").update(clientKey).digest();
		const signature = hmac(stored, signed);
		const recovered = Buffer.from(proof!, "base64").map((byte, i) => byte ^ signature[i]!);
		return {
			accepted: createHash("sha256").update(recovered).digest().equals(stored),
			bound: withoutProof!.startsWith(`c=${Buffer.from(header + channel).toString("base64")},r=${nonce}`),
			data: toBase64(utf8(`v=${hmac(hmac(salted, "Server Key"), signed).toString("base64")}`)),
		};
	};
	return { header, bare, challenge: toBase64(utf8(challenge)), finish };
}

for (const [binding, header, channel] of [
	["none", "n,,", ""],
	["not-offered", "y,,", ""],
	[{ name: "tls-exporter", data: utf8("CHANNEL") }, "p=tls-exporter,,", "CHANNEL"],
] as [Binding, string, string][]) {
	test(`SCRAM proves the password and checks the node, header ${header}`, async () => {
		const client = new ScramClient("alice", "pencil", binding, nodeDerive);
		const node = serve(client.first(), "pencil");
		assert.equal(node.header, header);
		const answer = node.finish(await client.final(node.challenge), channel);
		assert.ok(answer.accepted);
		assert.ok(answer.bound);
		client.verify(answer.data);
		assert.throws(() => client.verify(toBase64(utf8(`v=${toBase64(randomBytes(32))}`))), { code: "protocol" });
		assert.throws(() => client.verify(undefined), { code: "protocol" });
	});
}

test("a wrong password gives a wrong proof", async () => {
	const client = new ScramClient("alice", "pen", "none", nodeDerive);
	const node = serve(client.first(), "pencil");
	assert.equal(node.finish(await client.final(node.challenge)).accepted, false);
});

test("names are escaped", () => {
	const client = new ScramClient("a=b,c", "x", "none", nodeDerive, "NONCE");
	assert.equal(fromUtf8(fromBase64(client.first())), "n,,n=a=3Db=2Cc,r=NONCE");
});

test("a node that does not extend the nonce, or asks for too much, is refused", async () => {
	const client = new ScramClient("alice", "x", "none", nodeDerive, "NONCE");
	for (const challenge of ["r=NONCE,s=AAAA,i=4,b=8,p=1", "r=OTHER1,s=AAAA,i=4,b=8,p=1", "r=NONCE2,s=AAAA,i=30,b=8,p=1", "junk"]) {
		await assert.rejects(client.final(toBase64(utf8(challenge))), { code: "protocol" });
	}
});
