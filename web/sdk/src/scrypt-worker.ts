// SPDX-License-Identifier: MIT
// The worker behind workerDerive: one derivation for each message.

import type { Bytes } from "./bytes.ts";
import { scrypt, type ScryptParameters } from "./scrypt.ts";

interface Order {
	password: string;
	salt: Bytes;
	parameters: ScryptParameters;
}

/* The type check of the page does not know a worker's own postMessage. */
const answer = (value: Uint8Array | string) => (postMessage as (value: unknown) => void)(value);

addEventListener("message", ({ data }: MessageEvent<Order>) => {
	scrypt(data.password, data.salt, data.parameters).then(answer, (error: unknown) => answer(String(error)));
});
