// SPDX-License-Identifier: MIT
// One connection, from its hello to its end: frames in and out, the login, and signs of life.

import type { Clock } from "./clock.ts";
import { ParleyError } from "./errors.ts";
import type { HelloFrame, ServerFrame } from "./protocol.ts";
import type { ChannelBinding } from "./scram.ts";
import type { OpenTransport, Transport } from "./transport.ts";

export const OPEN_TIMEOUT = 15_000;
const PING_EVERY = 25_000;
const DEAD_AFTER = 10_000;
/** A node may replay 1,000 frames behind its ready. */
const MAX_EARLY = 4_000;

export interface StreamHandlers {
	/** Each frame that nobody waits for with next(), from flow() on. */
	frame(frame: ServerFrame): void;
	/** Once, when the connection is over. */
	close(reason: ParleyError): void;
}

interface Waiter {
	resolve(frame: ServerFrame): void;
	reject(error: ParleyError): void;
}

export class Stream {
	readonly hello: Promise<HelloFrame>;
	readonly #clock: Clock;
	readonly #handlers: StreamHandlers;
	readonly #transport?: Transport;
	#waiter?: Waiter;
	#early: ServerFrame[] = [];
	#flowing = false;
	#closed?: ParleyError;
	#cancelPing: () => void = () => undefined;
	#cancelDeath?: () => void;
	#pings = 0;

	constructor(open: OpenTransport, clock: Clock, handlers: StreamHandlers) {
		this.#clock = clock;
		this.#handlers = handlers;
		this.hello = this.next(OPEN_TIMEOUT).then((frame) => {
			if (frame.type !== "hello" || frame.protocol !== 1) {
				throw this.close(new ParleyError("protocol", "this is not a node that we understand"));
			}
			return frame;
		});
		this.hello.catch(() => undefined); /* who waits for it hears of it */
		this.#transport = open({
			open: () => undefined,
			frame: (text) => this.#receive(text),
			close: (reason) => this.#end(new ParleyError("closed", reason)),
		});
	}

	get closed(): ParleyError | undefined {
		return this.#closed;
	}

	binding(): ChannelBinding | undefined {
		return this.#transport?.binding?.();
	}

	send(frame: object): void {
		if (!this.#closed) {
			this.#transport?.send(JSON.stringify(frame));
		}
	}

	/** The next frame, which then does not reach the frame handler. Rejects after ms, or when the stream ends. */
	next(ms: number): Promise<ServerFrame> {
		return new Promise((resolve, reject) => {
			const early = this.#early.shift();
			if (early) {
				resolve(early);
				return;
			}
			if (this.#closed) {
				reject(this.#closed);
				return;
			}
			const cancel = this.#clock.after(ms, () => {
				this.#waiter = undefined;
				reject(this.close(new ParleyError("timeout", "the node did not answer in time")));
			});
			this.#waiter = {
				resolve: (frame) => (cancel(), resolve(frame)),
				reject: (error) => (cancel(), reject(error)),
			};
		});
	}

	/** Hands over what came early, and from now on each frame as it comes. */
	flow(): void {
		this.#flowing = true;
		for (let frame = this.#early.shift(); frame && !this.#closed; frame = this.#early.shift()) {
			this.#handlers.frame(frame);
		}
	}

	/** From now on the connection is kept alive and its death is noticed. */
	watch(): void {
		this.#cancelPing();
		this.#cancelPing = this.#clock.after(PING_EVERY, () => this.probe());
	}

	/** Asks for a sign of life; without one the stream ends. */
	probe(): void {
		if (this.#closed || this.#cancelDeath) {
			return;
		}
		this.#cancelDeath = this.#clock.after(DEAD_AFTER, () => {
			this.close(new ParleyError("closed", "the connection went dead"));
		});
		this.send({ type: "ping", id: `p-${this.#pings++}` });
	}

	/** Ends the connection; gives back the reason. */
	close(reason = new ParleyError("closed", "closed here")): ParleyError {
		this.#end(reason);
		this.#transport?.close();
		return reason;
	}

	#receive(text: string): void {
		if (this.#closed) {
			return;
		}
		let frame: ServerFrame;
		try {
			frame = JSON.parse(text) as ServerFrame;
		} catch {
			this.close(new ParleyError("protocol", "the node sent something that is not JSON"));
			return;
		}
		if (this.#cancelDeath) {
			this.#cancelDeath();
			this.#cancelDeath = undefined;
			this.watch();
		}
		const waiter = this.#waiter;
		if (waiter) {
			this.#waiter = undefined;
			waiter.resolve(frame);
		} else if (this.#flowing) {
			this.#handlers.frame(frame);
		} else if (this.#early.push(frame) > MAX_EARLY) {
			this.close(new ParleyError("protocol", "the node talks without being asked"));
		}
	}

	#end(reason: ParleyError): void {
		if (this.#closed) {
			return;
		}
		this.#closed = reason;
		this.#cancelPing();
		this.#cancelDeath?.();
		const waiter = this.#waiter;
		this.#waiter = undefined;
		waiter?.reject(reason);
		this.#handlers.close(reason);
	}
}
