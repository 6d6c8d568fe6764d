// SPDX-License-Identifier: MIT
// One client program with the project's SDK, all of whose frames go into a history.

import { Tap } from "../checker/history.mjs";
import { FrameCheck } from "../talk/support/schemas.mjs";
import { Client, nodeDerive, tlsTransport } from "../talk/support/sdk.mjs";
import { pause } from "./chance.mjs";

/** Comes back after so many ms at most: the SDK's own waits are for people's networks. */
const COMES_BACK = 80;

/** What is busy for longer than that, in ms, stays so. */
const PATIENCE = 60_000;

/** Refusals that pass. */
const LATER = new Set(["busy", "limit", "internal"]);

export class Actor {
	client;
	/** Whether its messages may be refused for good, because it writes where it does not belong any more. */
	mayBeRefused = false;
	#check = new FrameCheck();
	#transport;
	#retry;

	/** device: its id; reach: how the node is reached, as options of tls.connect. */
	constructor(history, chance, person, device, reach) {
		this.person = person;
		this.address = person.address;
		this.label = `${person.name}/${device}`;
		this.chance = chance;
		this.tap = new Tap(history, person.address, this.label);
		this.client = new Client({
			open: (handlers) => this.#open(handlers, reach()),
			credentials: { user: person.name, password: person.password, plain: true },
			device: { id: device },
			derive: nodeDerive,
		});
		this.client.on("message", (frame) => this.tap.received(frame));
		this.client.on("state", (state) => this.#state(state));
		this.client.on("outgoing", (outgoing) => this.#outgoing(outgoing));
	}

	/** Message frames are noted when the SDK gives them out: what it has not counted, it gets again. */
	#open(handlers, reach) {
		const transport = tlsTransport(reach)({
			...handlers,
			frame: (text) => {
				const frame = this.#check.received(text);
				if (frame.type !== "message") {
					this.tap.received(frame);
				}
				handlers.frame(text);
			},
		});
		const send = transport.send;
		transport.send = (text) => {
			const frame = JSON.parse(text);
			this.#check.sent(frame);
			this.tap.sent(frame);
			send(text);
		};
		this.#transport = transport;
		return transport;
	}

	#state({ phase, error }) {
		clearTimeout(this.#retry);
		if (phase === "waiting") {
			this.#retry = setTimeout(() => this.client.tryNow(), this.chance.between(1, COMES_BACK));
		} else if (phase === "closed" && error && error.code !== "closed") {
			this.failed = new Error(`${this.label} was refused for good: ${error.code} ${error.message}`);
		}
	}

	/** The SDK asks a person after some tries; here nobody gives up. */
	#outgoing({ id, state, error }) {
		if (state !== "failed") {
			return;
		}
		if (LATER.has(error.code)) {
			this.client.retry(id);
		} else if (this.mayBeRefused) {
			this.client.discard(id);
		} else {
			this.failed ??= new Error(`${this.label}: ${id} was refused: ${error.code} ${error.text}`);
		}
	}

	async start() {
		await this.client.start();
	}

	get live() {
		return this.client.state.phase === "live";
	}

	/** Asks, and again when the node says that it is busy. */
	async ask(method, params) {
		for (const end = Date.now() + PATIENCE; ; ) {
			try {
				return await this.client.request(method, params);
			} catch (error) {
				if (error.code !== "busy" || Date.now() > end) {
					throw error;
				}
				await pause((error.retryAfter ?? 1) * 1000);
			}
		}
	}

	/** Asks once; undefined when it was refused or got no answer. */
	async tries(method, params) {
		try {
			return await this.client.request(method, params);
		} catch (error) {
			if (error.code === undefined) {
				throw error;
			}
			return undefined;
		}
	}

	/** The network fails; the SDK comes back by itself. */
	cut() {
		this.#transport?.close();
	}

	close() {
		clearTimeout(this.#retry);
		this.client.stop();
	}

	// ---- reading ----

	/** Everything of a chat behind a place, page by page; gives the last place. */
	async readFrom(chat, after, limit = 200) {
		for (;;) {
			const page = await this.ask("history.page", { chat, after, limit });
			after = Math.max(after, page.last);
			if (!page.more) {
				return after;
			}
		}
	}

	/** The newest messages, as they are now. */
	readBack(chat, limit = 50) {
		return this.ask("history.page", { chat, limit });
	}

	/** All messages as they are now, backwards. */
	async readAllBack(chat) {
		for (let before; ; ) {
			const page = await this.ask("history.page", { chat, limit: 200, ...(before ? { before } : {}) });
			if (!page.more) {
				return;
			}
			before = page.first;
		}
	}
}
