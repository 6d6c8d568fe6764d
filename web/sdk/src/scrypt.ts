// SPDX-License-Identifier: MIT
// scrypt (RFC 7914) in plain TypeScript; PBKDF2 comes from WebCrypto.

import { utf8, type Bytes } from "./bytes.ts";

export interface ScryptParameters {
	/** N = 2 ** logN */
	logN: number;
	r: number;
	p: number;
}

/** Turns a password into 32 bytes. */
export type Derive = (password: string, salt: Bytes, parameters: ScryptParameters) => Promise<Uint8Array>;

/** The most memory that a node may ask for: a hostile one must not freeze the machine. */
const MAX_MEMORY = 256 * 1024 * 1024;
/** How much is mixed before others may run, in milliseconds. */
const SLICE = 12;

/** Throws RangeError for parameters that are nonsense or too costly. */
export function checkParameters({ logN, r, p }: ScryptParameters): void {
	const whole = [logN, r, p].every((value) => Number.isInteger(value) && value >= 1);
	if (!whole || logN > 24 || r > 64 || p > 16 || 2 ** logN * r * 128 > MAX_MEMORY) {
		throw new RangeError(`scrypt parameters out of bounds: ${logN}, ${r}, ${p}`);
	}
}

async function pbkdf2(password: Bytes, salt: Bytes, length: number): Promise<Bytes> {
	const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
	const bits = await crypto.subtle.deriveBits(
		{ name: "PBKDF2", hash: "SHA-256", salt, iterations: 1 },
		key,
		length * 8,
	);
	return new Uint8Array(bits);
}

/** Salsa20/8 over the sixteen words of x, in place. */
function salsa(x: Uint32Array): void {
	let x0 = x[0]!;
	let x1 = x[1]!;
	let x2 = x[2]!;
	let x3 = x[3]!;
	let x4 = x[4]!;
	let x5 = x[5]!;
	let x6 = x[6]!;
	let x7 = x[7]!;
	let x8 = x[8]!;
	let x9 = x[9]!;
	let x10 = x[10]!;
	let x11 = x[11]!;
	let x12 = x[12]!;
	let x13 = x[13]!;
	let x14 = x[14]!;
	let x15 = x[15]!;
	let t = 0;
	for (let round = 0; round < 8; round += 2) {
		t = (x0 + x12) | 0; x4 ^= (t << 7) | (t >>> 25);
		t = (x4 + x0) | 0; x8 ^= (t << 9) | (t >>> 23);
		t = (x8 + x4) | 0; x12 ^= (t << 13) | (t >>> 19);
		t = (x12 + x8) | 0; x0 ^= (t << 18) | (t >>> 14);
		t = (x5 + x1) | 0; x9 ^= (t << 7) | (t >>> 25);
		t = (x9 + x5) | 0; x13 ^= (t << 9) | (t >>> 23);
		t = (x13 + x9) | 0; x1 ^= (t << 13) | (t >>> 19);
		t = (x1 + x13) | 0; x5 ^= (t << 18) | (t >>> 14);
		t = (x10 + x6) | 0; x14 ^= (t << 7) | (t >>> 25);
		t = (x14 + x10) | 0; x2 ^= (t << 9) | (t >>> 23);
		t = (x2 + x14) | 0; x6 ^= (t << 13) | (t >>> 19);
		t = (x6 + x2) | 0; x10 ^= (t << 18) | (t >>> 14);
		t = (x15 + x11) | 0; x3 ^= (t << 7) | (t >>> 25);
		t = (x3 + x15) | 0; x7 ^= (t << 9) | (t >>> 23);
		t = (x7 + x3) | 0; x11 ^= (t << 13) | (t >>> 19);
		t = (x11 + x7) | 0; x15 ^= (t << 18) | (t >>> 14);
		t = (x0 + x3) | 0; x1 ^= (t << 7) | (t >>> 25);
		t = (x1 + x0) | 0; x2 ^= (t << 9) | (t >>> 23);
		t = (x2 + x1) | 0; x3 ^= (t << 13) | (t >>> 19);
		t = (x3 + x2) | 0; x0 ^= (t << 18) | (t >>> 14);
		t = (x5 + x4) | 0; x6 ^= (t << 7) | (t >>> 25);
		t = (x6 + x5) | 0; x7 ^= (t << 9) | (t >>> 23);
		t = (x7 + x6) | 0; x4 ^= (t << 13) | (t >>> 19);
		t = (x4 + x7) | 0; x5 ^= (t << 18) | (t >>> 14);
		t = (x10 + x9) | 0; x11 ^= (t << 7) | (t >>> 25);
		t = (x11 + x10) | 0; x8 ^= (t << 9) | (t >>> 23);
		t = (x8 + x11) | 0; x9 ^= (t << 13) | (t >>> 19);
		t = (x9 + x8) | 0; x10 ^= (t << 18) | (t >>> 14);
		t = (x15 + x14) | 0; x12 ^= (t << 7) | (t >>> 25);
		t = (x12 + x15) | 0; x13 ^= (t << 9) | (t >>> 23);
		t = (x13 + x12) | 0; x14 ^= (t << 13) | (t >>> 19);
		t = (x14 + x13) | 0; x15 ^= (t << 18) | (t >>> 14);
	}
	x[0] = x[0]! + x0; x[1] = x[1]! + x1; x[2] = x[2]! + x2; x[3] = x[3]! + x3;
	x[4] = x[4]! + x4; x[5] = x[5]! + x5; x[6] = x[6]! + x6; x[7] = x[7]! + x7;
	x[8] = x[8]! + x8; x[9] = x[9]! + x9; x[10] = x[10]! + x10; x[11] = x[11]! + x11;
	x[12] = x[12]! + x12; x[13] = x[13]! + x13; x[14] = x[14]! + x14; x[15] = x[15]! + x15;
}

/** scryptBlockMix from a to b; t is sixteen words of scratch. */
function blockMix(a: Uint32Array, b: Uint32Array, r: number, t: Uint32Array): void {
	const last = (2 * r - 1) * 16;
	for (let i = 0; i < 16; i++) {
		t[i] = a[last + i]!;
	}
	for (let block = 0; block < 2 * r; block++) {
		const from = block * 16;
		for (let i = 0; i < 16; i++) {
			t[i] = t[i]! ^ a[from + i]!;
		}
		salsa(t);
		b.set(t, ((block >> 1) + (block & 1 ? r : 0)) * 16);
	}
}

/** scryptROMix in steps: yields now and then, so that the caller may let others run. */
function* romix(x: Uint32Array, n: number, r: number, v: Uint32Array): Generator<void> {
	const words = 32 * r;
	const t = new Uint32Array(16);
	let a = x;
	let b: Uint32Array = new Uint32Array(words);
	for (let i = 0; i < n; i++) {
		v.set(a, i * words);
		blockMix(a, b, r, t);
		[a, b] = [b, a];
		if ((i & 255) === 255) {
			yield;
		}
	}
	for (let i = 0; i < n; i++) {
		const from = (a[words - 16]! & (n - 1)) * words;
		for (let k = 0; k < words; k++) {
			a[k] = a[k]! ^ v[from + k]!;
		}
		blockMix(a, b, r, t);
		[a, b] = [b, a];
		if ((i & 255) === 255) {
			yield;
		}
	}
	if (a !== x) {
		x.set(a);
	}
}

function readWords(bytes: Uint8Array): Uint32Array {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	return Uint32Array.from({ length: bytes.length / 4 }, (_, i) => view.getUint32(i * 4, true));
}

function writeWords(words: Uint32Array, bytes: Uint8Array): void {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	words.forEach((word, i) => view.setUint32(i * 4, word, true));
}

async function inSlices(work: Generator<void>): Promise<void> {
	let started = performance.now();
	while (!work.next().done) {
		if (performance.now() - started > SLICE) {
			await new Promise((resume) => setTimeout(resume));
			started = performance.now();
		}
	}
}

/** scrypt with an output of length bytes. Runs in slices, so that a page stays responsive. */
export async function scrypt(
	password: string,
	salt: Bytes,
	parameters: ScryptParameters,
	length = 32,
): Promise<Uint8Array> {
	checkParameters(parameters);
	const { r, p } = parameters;
	const n = 2 ** parameters.logN;
	const secret = utf8(password);
	const blocks = await pbkdf2(secret, salt, p * 128 * r);
	const v = new Uint32Array(n * 32 * r);
	for (let i = 0; i < p; i++) {
		const part = blocks.subarray(i * 128 * r, (i + 1) * 128 * r);
		const words = readWords(part);
		await inSlices(romix(words, n, r, v));
		writeWords(words, part);
	}
	return pbkdf2(secret, blocks, length);
}

/** The derivation that needs nothing from outside. */
export const deriveHere: Derive = (password, salt, parameters) => scrypt(password, salt, parameters);
