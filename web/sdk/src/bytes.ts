// SPDX-License-Identifier: MIT
// Bytes and text: UTF-8, base64, comparison, random names.

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

export type Bytes = Uint8Array<ArrayBuffer>;

export function utf8(text: string): Bytes {
	return encoder.encode(text) as Bytes;
}

export function fromUtf8(bytes: Uint8Array): string {
	return decoder.decode(bytes);
}

export function toBase64(bytes: Uint8Array): string {
	let binary = "";
	for (const byte of bytes) {
		binary += String.fromCharCode(byte);
	}
	return btoa(binary);
}

/** Throws on text that is not base64. */
export function fromBase64(text: string): Bytes {
	const binary = atob(text);
	const bytes = new Uint8Array(binary.length);
	for (let i = 0; i < binary.length; i++) {
		bytes[i] = binary.charCodeAt(i);
	}
	return bytes;
}

/** Compares without telling by its time where the first difference is. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
	if (a.length !== b.length) {
		return false;
	}
	let difference = 0;
	for (let i = 0; i < a.length; i++) {
		difference |= a[i]! ^ b[i]!;
	}
	return difference === 0;
}

/** n random characters of [a-z0-9]; close enough to uniform for names, not meant for keys. */
export function randomName(n: number): string {
	const bytes = crypto.getRandomValues(new Uint8Array(n));
	return Array.from(bytes, (byte) => (byte % 36).toString(36)).join("");
}

/** Ids for frames that never repeat: a random prefix and a counter. */
export function idMaker(kind: string): () => string {
	const prefix = `${kind}-${randomName(10)}-`;
	let count = 0;
	return () => prefix + (count++).toString(36);
}
