// SPDX-License-Identifier: MIT
// What can be asked without an account: connects when there is a question, and not for longer.

import { systemClock, type Clock } from "./clock.ts";
import { ParleyError } from "./errors.ts";
import type { Ask, HelloFrame, Method, Result } from "./protocol.ts";
import { Requests } from "./requests.ts";
import { Stream } from "./stream.ts";
import type { OpenTransport } from "./transport.ts";

const TIMEOUT = 15_000;
/** The node ends a stream without login after 30 s; this side ends it first. */
const KEEP = 20_000;
/** How much longer when an answer is still due. */
const GRACE = 8_000;

export class Guest {
	readonly #open: OpenTransport;
	readonly #clock: Clock;
	readonly #requests: Requests;
	#stream?: Stream;
	#cancelEnd: () => void = () => undefined;

	constructor(open: OpenTransport, clock: Clock = systemClock) {
		this.#open = open;
		this.#clock = clock;
		this.#requests = new Requests(clock, (frame) => this.#stream?.send(frame));
	}

	/** What the node says of itself. */
	async hello(): Promise<HelloFrame> {
		return this.#connect().hello;
	}

	async request<M extends Method>(method: M, ...[params]: Ask<M>): Promise<Result<M>> {
		await this.#connect().hello;
		return this.#requests.ask(method, params, TIMEOUT, true) as Promise<Result<M>>;
	}

	close(): void {
		this.#cancelEnd();
		const stream = this.#stream;
		this.#stream = undefined;
		stream?.close();
	}

	#connect(): Stream {
		if (this.#stream && !this.#stream.closed) {
			return this.#stream;
		}
		const stream: Stream = new Stream(this.#open, this.#clock, {
			frame: (frame) => {
				if (frame.type === "result" || frame.type === "error") {
					this.#requests.answer(frame);
				}
			},
			close: (reason) => {
				if (this.#stream === stream || this.#stream === undefined) {
					this.#requests.rejectAll(reason);
				}
			},
		});
		this.#stream = stream;
		stream.hello.then(
			() => stream.flow(),
			() => undefined,
		);
		this.#endAfter(KEEP);
		return stream;
	}

	#endAfter(ms: number): void {
		this.#cancelEnd();
		this.#cancelEnd = this.#clock.after(ms, () => {
			if (ms === KEEP && this.#requests.size > 0) {
				this.#endAfter(GRACE);
			} else {
				this.#stream?.close(new ParleyError("closed", "idle"));
			}
		});
	}
}
