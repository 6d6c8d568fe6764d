// SPDX-License-Identifier: MIT
// Messages on their way out: kept until the node has them, sent in order, and sent again as often as it takes.

import { backoff } from "./backoff.ts";
import type { Clock } from "./clock.ts";
import { ParleyError } from "./errors.ts";
import type { Address, ErrorFrame, Mid, ResultFrame } from "./protocol.ts";

/** What goes with a text, or in place of it. */
export interface Extras {
	/** The message that this one answers. */
	readonly reply?: Mid;
	/** Repeats a message; what the text of the outgoing message says is not sent, only shown. */
	readonly forward?: {
		readonly chat: Address;
		readonly mid: Mid;
		readonly source: boolean;
		/** Who wrote it; kept here, the node knows it. */
		readonly from?: Address;
	};
}

export interface Outgoing extends Extras {
	readonly id: string;
	readonly to: Address;
	readonly text: string;
	/** When it was written, in milliseconds. */
	readonly written: number;
	/** waiting: not yet with the node; failed: the node will not have it, somebody must decide. */
	state: "waiting" | "failed";
	error?: { code: string; text: string };
}

/** Where an outbox survives the program's end. */
export interface OutboxKeeper {
	load(): Promise<Outgoing[]>;
	put(message: Outgoing): Promise<void>;
	remove(id: string): Promise<void>;
}

export interface Sent extends Extras {
	id: string;
	to: Address;
	text: string;
	mid: string;
	seq: number;
	time: string;
}

export interface OutboxHandlers {
	transmit(frame: object): void;
	/** A message is new here, or its state changed. */
	changed(message: Outgoing): void;
	/** The node has it. */
	sent(sent: Sent): void;
	/** Somebody threw it away. */
	removed(message: Outgoing): void;
}

const IN_FLIGHT = 16;
/** Tries after temporary errors before a person is asked. */
const TRIES = 5;

interface Entry {
	message: Outgoing;
	tries: number;
	inFlight: boolean;
	/** Not before this time; the chat's later messages wait behind it. */
	notBefore: number;
}

function frameOf({ id, to, text, reply, forward }: Outgoing): object {
	const repeated = forward && { chat: forward.chat, mid: forward.mid, source: forward.source };
	return { type: "message", id, to, ...(repeated ? { forward: repeated } : { text }), ...(reply ? { reply } : {}) };
}

export class Outbox {
	readonly #clock: Clock;
	readonly #handlers: OutboxHandlers;
	readonly #keeper?: OutboxKeeper;
	readonly #entries = new Map<string, Entry>();
	#live = false;
	#cancelWake?: () => void;

	constructor(clock: Clock, handlers: OutboxHandlers, keeper?: OutboxKeeper) {
		this.#clock = clock;
		this.#handlers = handlers;
		this.#keeper = keeper;
	}

	get messages(): Outgoing[] {
		return Array.from(this.#entries.values(), (entry) => entry.message);
	}

	has(id: string): boolean {
		return this.#entries.has(id);
	}

	/** Brings back what an earlier program left, before what was added meanwhile. */
	async restore(): Promise<void> {
		const kept = (await this.#keeper?.load()) ?? [];
		const newer = new Map(this.#entries);
		this.#entries.clear();
		for (const message of kept.filter(({ id }) => !newer.has(id))) {
			this.#add(message);
		}
		newer.forEach((entry, id) => this.#entries.set(id, entry));
		this.#pump();
	}

	/** Resolves when the message is kept; it is sent as soon as that can be. */
	add(message: Outgoing): void {
		this.#keep(message);
		this.#add(message);
		this.#pump();
	}

	retry(id: string): void {
		const entry = this.#entries.get(id);
		if (entry?.message.state === "failed") {
			Object.assign(entry, { tries: 0, notBefore: 0, inFlight: false });
			this.#change(entry, "waiting");
			this.#pump();
		}
	}

	/** Throws a message away that has failed or has not left yet. */
	discard(id: string): void {
		const entry = this.#entries.get(id);
		if (entry && !entry.inFlight) {
			this.#forget(id);
			this.#handlers.removed(entry.message);
			this.#pump();
		}
	}

	/** The stream is ready: sends everything that has no answer, again where it was sent before. */
	goLive(): void {
		this.#live = true;
		for (const entry of this.#entries.values()) {
			entry.inFlight = false;
		}
		this.#pump();
	}

	stop(): void {
		this.#live = false;
		this.#cancelWake?.();
		this.#cancelWake = undefined;
	}

	result(frame: ResultFrame): void {
		const entry = this.#entries.get(frame.id);
		if (!entry || frame.mid === undefined || frame.seq === undefined || frame.time === undefined) {
			return;
		}
		const { id, to, text, reply, forward } = entry.message;
		this.#forget(id);
		this.#handlers.sent({
			id, to, text, ...(reply ? { reply } : {}), ...(forward ? { forward } : {}), mid: frame.mid, seq: frame.seq, time: frame.time,
		});
		this.#pump();
	}

	error(frame: ErrorFrame): void {
		const entry = this.#entries.get(frame.id ?? "");
		if (!entry) {
			return;
		}
		const error = ParleyError.fromFrame(frame);
		entry.inFlight = false;
		if (error.temporary && ++entry.tries < TRIES) {
			const wait = backoff(entry.tries, this.#clock.random(), error.retryAfter);
			entry.notBefore = this.#clock.now() + wait;
		} else {
			this.#change(entry, "failed", { code: error.code, text: error.message });
		}
		this.#pump();
	}

	#add(message: Outgoing): void {
		this.#entries.set(message.id, { message, tries: 0, inFlight: false, notBefore: 0 });
		this.#handlers.changed(message);
	}

	#change(entry: Entry, state: Outgoing["state"], error?: Outgoing["error"]): void {
		entry.message = { ...entry.message, state, error };
		this.#keep(entry.message);
		this.#handlers.changed(entry.message);
	}

	#keep(message: Outgoing): void {
		this.#keeper?.put(message).catch((error: unknown) => console.warn("a message could not be kept:", error));
	}

	#forget(id: string): void {
		this.#entries.delete(id);
		this.#keeper?.remove(id).catch((error: unknown) => console.warn("a message could not be removed:", error));
	}

	/** Sends what may be sent. A message that has to wait holds back the later ones of its chat. */
	#pump(): void {
		if (!this.#live) {
			return;
		}
		const now = this.#clock.now();
		const held = new Set<Address>();
		let flying = 0;
		let wake = Number.POSITIVE_INFINITY;
		for (const entry of this.#entries.values()) {
			const { message } = entry;
			if (entry.inFlight) {
				flying++;
			} else if (message.state === "waiting" && !held.has(message.to)) {
				if (entry.notBefore > now) {
					held.add(message.to);
					wake = Math.min(wake, entry.notBefore);
				} else if (flying < IN_FLIGHT) {
					flying++;
					entry.inFlight = true;
					this.#handlers.transmit(frameOf(message));
				}
			}
		}
		this.#cancelWake?.();
		this.#cancelWake = Number.isFinite(wake) ? this.#clock.after(wake - now, () => this.#pump()) : undefined;
	}
}
