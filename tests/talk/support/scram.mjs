// SPDX-License-Identifier: MIT
// SCRAM-SCRYPT-SHA-256 written a second time from docs/protocol.md and RFC 5802, able to cheat.

import assert from "node:assert/strict";
import { createHash, createHmac, randomBytes, scryptSync } from "node:crypto";

const hmac = (key, text) => createHmac("sha256", key).update(text).digest();
const sha256 = (data) => createHash("sha256").update(data).digest();
const base64 = (data) => Buffer.from(data).toString("base64");

/** What binds to the channel of a wire. */
export const bindings = {
	"tls-exporter": (wire) => wire.socket.exportKeyingMaterial(32, "EXPORTER-Channel-Binding", Buffer.alloc(0)),
	/* The certificate of these tests is signed with SHA-256. */
	"tls-server-end-point": (wire) => sha256(wire.socket.getPeerCertificate().raw),
};

export class Scram {
	#password;
	#header;
	#binding;
	#bare;
	#signature;
	/** Of the node's first message: r, s, i, b, p. */
	said;

	/** gs2: the start of the client-first message, like "n,," or "p=tls-exporter,,"; binding: its bytes. */
	constructor(user, password, { gs2 = "n,,", binding = Buffer.alloc(0), nonce = base64(randomBytes(18)) } = {}) {
		this.#password = password.replace(/[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/g, " ").normalize("NFC");
		this.#header = gs2;
		this.#binding = binding;
		this.#bare = `n=${user},r=${nonce}`;
		this.nonce = nonce;
	}

	first() {
		return base64(this.#header + this.#bare);
	}

	/** cheat: members of the final message to be other than they should, { c, r, p }. */
	final(challenge, cheat = {}) {
		const serverFirst = Buffer.from(challenge, "base64").toString();
		this.said = Object.fromEntries(serverFirst.split(",").map((part) => [part[0], part.slice(2)]));
		const { r, s, i, b, p } = this.said;
		assert.ok(r.startsWith(this.nonce) && r.length > this.nonce.length, "the nonce is extended");
		const cost = { N: 2 ** i, r: Number(b), p: Number(p), maxmem: 128 * 2 ** i * b + 2 ** 23 };
		const salted = scryptSync(this.#password, Buffer.from(s, "base64"), 32, cost);
		const c = cheat.c ?? base64(Buffer.concat([Buffer.from(this.#header), this.#binding]));
		const withoutProof = `c=${c},r=${cheat.r ?? r}`;
		const signed = `${this.#bare},${serverFirst},${withoutProof}`;
		const clientKey = hmac(salted, "Client Key");
		const signature = hmac(sha256(clientKey), signed);
		const proof = clientKey.map((byte, at) => byte ^ signature[at]);
		this.#signature = hmac(hmac(salted, "Server Key"), signed);
		return base64(`${withoutProof},p=${cheat.p ?? base64(proof)}`);
	}

	/** Whether the node's last word proves that it knows the keys. */
	proves(data) {
		return Buffer.from(data, "base64").toString() === `v=${base64(this.#signature)}`;
	}
}

/** The whole exchange on a wire; resolves with the last frame, ready or error. */
export async function scramLogin(
	wire,
	{ name, password },
	{ mechanism = "SCRAM-SCRYPT-SHA-256", how, cheat, ...options } = {},
) {
	const scram = new Scram(name, password, options);
	const first = await wire.auth({ mechanism, data: scram.first(), ...how });
	if (first.type !== "challenge") {
		return first;
	}
	wire.send({ type: "response", data: scram.final(first.data, cheat) });
	const last = await wire.next({ type: /^(ready|error)$/ });
	if (last.type === "ready") {
		assert.ok(scram.proves(last.data), "the node proves that it knows the keys");
	}
	return { ...last, said: scram.said };
}

/** The same, bound to the channel. */
export function scramPlusLogin(wire, person, kind, options = {}) {
	return scramLogin(wire, person, {
		mechanism: "SCRAM-SCRYPT-SHA-256-PLUS",
		gs2: `p=${kind},,`,
		binding: bindings[kind](wire),
		...options,
	});
}
