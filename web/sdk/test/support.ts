// SPDX-License-Identifier: MIT
// Virtual time, and a node's end of a connection that a test plays by hand.

import type { Clock } from "../src/clock.ts";
import type { OpenTransport, TransportHandlers } from "../src/transport.ts";

export class VirtualClock implements Clock {
	#now = 1_000_000;
	#timers: { at: number; call: () => void }[] = [];

	now(): number {
		return this.#now;
	}

	after(ms: number, call: () => void): () => void {
		const timer = { at: this.#now + ms, call };
		this.#timers.push(timer);
		return () => void (this.#timers = this.#timers.filter((other) => other !== timer));
	}

	random(): number {
		return 0.5;
	}

	/** Lets ms pass: due timers run in order, and what they promised with them. */
	async pass(ms: number): Promise<void> {
		const end = this.#now + ms;
		for (;;) {
			await settle();
			const due = this.#timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
			if (!due) {
				break;
			}
			this.#timers = this.#timers.filter((timer) => timer !== due);
			this.#now = Math.max(this.#now, due.at);
			due.call();
		}
		this.#now = end;
		await settle();
	}
}

/** Everything that was promised and needs no time has happened. */
export function settle(): Promise<void> {
	return new Promise((resolve) => setImmediate(resolve));
}

export type Frame = Record<string, unknown> & { type: string };

export class NodeEnd {
	readonly received: Frame[] = [];
	closedByClient = false;
	readonly #handlers: TransportHandlers;

	constructor(handlers: TransportHandlers) {
		this.#handlers = handlers;
	}

	say(...frames: object[]): void {
		for (const frame of frames) {
			this.#handlers.frame(JSON.stringify(frame));
		}
	}

	raw(text: string): void {
		this.#handlers.frame(text);
	}

	drop(reason = "cut"): void {
		this.#handlers.close(reason);
	}

	take(type: string): Frame[] {
		return this.received.filter((frame) => frame.type === type);
	}

	last(type: string): Frame {
		const frame = this.take(type).at(-1);
		if (!frame) {
			throw new Error(`the client sent no ${type}`);
		}
		return frame;
	}
}

/** A transport whose other ends are in ends, oldest first. */
export function fakeTransport(): { open: OpenTransport; ends: NodeEnd[] } {
	const ends: NodeEnd[] = [];
	const open: OpenTransport = (handlers) => {
		const end = new NodeEnd(handlers);
		ends.push(end);
		return {
			send: (text) => void end.received.push(JSON.parse(text) as Frame),
			close: () => {
				end.closedByClient = true;
				handlers.close("closed here");
			},
		};
	};
	return { open, ends };
}

export const HELLO = {
	type: "hello",
	domain: "a.example",
	protocol: 1,
	stream: "s",
	auth: ["SCRAM-SCRYPT-SHA-256", "PLAIN", "TOKEN"],
	register: "open",
	terms: "1",
	limits: { frame: 262144, text: 10000 },
};

export const READY = {
	type: "ready",
	address: "alice@a.example/k3v9",
	account: { name: "alice", shown: "Alice", display: "", admin: false },
	device: "k3v9",
	token: "t-1",
	resume: "res-1",
	resumed: false,
};
