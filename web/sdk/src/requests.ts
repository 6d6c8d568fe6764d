// SPDX-License-Identifier: MIT
// Questions that wait for their answers, across reconnects.

import { idMaker } from "./bytes.ts";
import type { Clock } from "./clock.ts";
import { ParleyError } from "./errors.ts";
import type { ErrorFrame, ResultFrame } from "./protocol.ts";

interface Pending {
	frame: object;
	resolve(result: unknown): void;
	reject(error: ParleyError): void;
	cancel(): void;
}

export class Requests {
	readonly #clock: Clock;
	readonly #transmit: (frame: object) => void;
	readonly #nextId = idMaker("r");
	readonly #pending = new Map<string, Pending>();

	constructor(clock: Clock, transmit: (frame: object) => void) {
		this.#clock = clock;
		this.#transmit = transmit;
	}

	get size(): number {
		return this.#pending.size;
	}

	/** Sends now when send is true, else at the next resend(). Rejects after timeout milliseconds. */
	ask(method: string, params: unknown, timeout: number, send: boolean): Promise<unknown> {
		return new Promise((resolve, reject) => {
			const id = this.#nextId();
			const frame = { type: "request", id, method, ...(params === undefined ? {} : { params }) };
			const cancel = this.#clock.after(timeout, () => {
				this.#pending.delete(id);
				reject(new ParleyError("timeout", "the node did not answer in time", { id }));
			});
			this.#pending.set(id, { frame, resolve, reject, cancel });
			if (send) {
				this.#transmit(frame);
			}
		});
	}

	/** Whether the frame was an answer to a question of ours. */
	answer(frame: ResultFrame | ErrorFrame): boolean {
		const pending = this.#pending.get(frame.id ?? "");
		if (!pending) {
			return false;
		}
		this.#pending.delete(frame.id!);
		pending.cancel();
		if (frame.type === "result") {
			pending.resolve(frame.result ?? {});
		} else {
			pending.reject(ParleyError.fromFrame(frame));
		}
		return true;
	}

	/** Asks again what has no answer. */
	resend(): void {
		for (const { frame } of this.#pending.values()) {
			this.#transmit(frame);
		}
	}

	rejectAll(error: ParleyError): void {
		for (const pending of this.#pending.values()) {
			pending.cancel();
			pending.reject(error);
		}
		this.#pending.clear();
	}
}
