// SPDX-License-Identifier: MIT
// scrypt in a Web Worker, so that the page does not wait for it.

import { passwords } from "./login.ts";
import type { Derive } from "./scrypt.ts";

const here: Derive = async (...what) => (await passwords()).deriveHere(...what);

/** make: starts the worker of scrypt-worker.ts. Where that fails, the work is done here. */
export function workerDerive(make: () => Worker): Derive {
	return (password, salt, parameters) => {
		let worker: Worker;
		try {
			worker = make();
		} catch {
			return here(password, salt, parameters);
		}
		return new Promise<Uint8Array>((resolve, reject) => {
			worker.onmessage = ({ data }: MessageEvent<Uint8Array | string>) =>
				typeof data === "string" ? reject(new Error(data)) : resolve(data);
			worker.onerror = () => resolve(here(password, salt, parameters));
			worker.postMessage({ password, salt, parameters });
		}).finally(() => worker.terminate());
	};
}
