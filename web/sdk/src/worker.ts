// SPDX-License-Identifier: MIT
// scrypt in a Web Worker, so that the page does not wait for it.

import type { Derive } from "./scrypt.ts";

/** make: starts the worker of scrypt-worker.ts. Where that fails, fallback does the work. */
export function workerDerive(make: () => Worker, fallback: Derive): Derive {
	return (password, salt, parameters) => {
		let worker: Worker;
		try {
			worker = make();
		} catch {
			return fallback(password, salt, parameters);
		}
		return new Promise<Uint8Array>((resolve, reject) => {
			worker.onmessage = ({ data }: MessageEvent<Uint8Array | string>) =>
				typeof data === "string" ? reject(new Error(data)) : resolve(data);
			worker.onerror = () => resolve(fallback(password, salt, parameters));
			worker.postMessage({ password, salt, parameters });
		}).finally(() => worker.terminate());
	};
}
