// SPDX-License-Identifier: MIT
// The client's side of SCRAM-SCRYPT-SHA-256 and -PLUS (docs/protocol.md section 4, RFC 5802).

import { equalBytes, fromBase64, fromUtf8, randomName, toBase64, utf8, type Bytes } from "./bytes.ts";
import { ParleyError } from "./errors.ts";
import { checkParameters, type Derive, type ScryptParameters } from "./scrypt.ts";

export interface ChannelBinding {
	name: "tls-exporter" | "tls-server-end-point";
	data: Uint8Array;
}

/** How far binding to the channel goes: not possible here, possible but not offered, or done. */
export type Binding = "none" | "not-offered" | ChannelBinding;

async function hmac(key: Bytes, text: string): Promise<Bytes> {
	const usable = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
	return new Uint8Array(await crypto.subtle.sign("HMAC", usable, utf8(text)));
}

async function sha256(data: Bytes): Promise<Bytes> {
	return new Uint8Array(await crypto.subtle.digest("SHA-256", data));
}

function broken(what: string): ParleyError {
	return new ParleyError("protocol", what);
}

/** "a=1,b=2" as a map; SCRAM values may contain "=". */
function attributes(message: string): Map<string, string> {
	const map = new Map<string, string>();
	for (const part of message.split(",")) {
		if (part[1] !== "=") {
			throw broken("the node's SCRAM message is malformed");
		}
		map.set(part[0]!, part.slice(2));
	}
	return map;
}

interface ServerFirst {
	nonce: string;
	salt: Bytes;
	parameters: ScryptParameters;
}

function parseServerFirst(message: string, nonce: string): ServerFirst {
	const map = attributes(message);
	const joined = map.get("r") ?? "";
	if (!joined.startsWith(nonce) || joined.length === nonce.length) {
		throw broken("the node did not extend our nonce");
	}
	const number = (key: string) => Number.parseInt(map.get(key) ?? "", 10);
	const parameters = { logN: number("i"), r: number("b"), p: number("p") };
	try {
		checkParameters(parameters);
		return { nonce: joined, salt: fromBase64(map.get("s") ?? ""), parameters };
	} catch (error) {
		throw broken(`the node's SCRAM parameters are refused: ${String(error)}`);
	}
}

/** What is the same to the person who types it gets the same bytes: OpaqueString of RFC 8265. */
export function preparePassword(password: string): string {
	return password.replace(/\p{Zs}/gu, " ").normalize("NFC");
}

export class ScramClient {
	readonly #password: string;
	readonly #derive: Derive;
	readonly #nonce: string;
	readonly #bare: string;
	readonly #header: string;
	readonly #binding: Binding;
	#signature?: Bytes;

	constructor(user: string, password: string, binding: Binding, derive: Derive, nonce = randomName(24)) {
		this.#password = preparePassword(password);
		this.#derive = derive;
		this.#nonce = nonce;
		this.#binding = binding;
		this.#header = binding === "none" ? "n,," : binding === "not-offered" ? "y,," : `p=${binding.name},,`;
		this.#bare = `n=${user.replaceAll("=", "=3D").replaceAll(",", "=2C")},r=${this.#nonce}`;
	}

	/** The client-first message, in base64. */
	first(): string {
		return toBase64(utf8(this.#header + this.#bare));
	}

	/** The client-final message for the node's challenge. Throws ParleyError "protocol" when that is malformed. */
	async final(challenge: string): Promise<string> {
		const serverFirst = fromUtf8(fromBase64(challenge));
		const { nonce, salt, parameters } = parseServerFirst(serverFirst, this.#nonce);
		const salted = (await this.#derive(this.#password, salt, parameters)) as Bytes;
		const withoutProof = `c=${toBase64(this.#channel())},r=${nonce}`;
		const signed = `${this.#bare},${serverFirst},${withoutProof}`;
		const clientKey = await hmac(salted, "Client Key");
		const signature = await hmac(await sha256(clientKey), signed);
		const proof = clientKey.map((byte, i) => byte ^ signature[i]!);
		this.#signature = await hmac(await hmac(salted, "Server Key"), signed);
		return toBase64(utf8(`${withoutProof},p=${toBase64(proof)}`));
	}

	/** Throws unless data, the node's last word, proves that the node knows the keys too. */
	verify(data: string | undefined): void {
		const map = attributes(fromUtf8(fromBase64(data ?? "")));
		const theirs = fromBase64(map.get("v") ?? "");
		if (!this.#signature || !equalBytes(theirs, this.#signature)) {
			throw broken("the node could not prove that it knows this account");
		}
	}

	#channel(): Uint8Array {
		const header = utf8(this.#header);
		if (typeof this.#binding === "string") {
			return header;
		}
		const all = new Uint8Array(header.length + this.#binding.data.length);
		all.set(header);
		all.set(this.#binding.data, header.length);
		return all;
	}
}
