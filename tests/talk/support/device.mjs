// SPDX-License-Identifier: MIT
// A device of somebody who uses the project's SDK: reconnects, resumes, and keeps what is unsent.

import assert from "node:assert/strict";

import { Mailbox } from "./mailbox.mjs";
import { FrameCheck } from "./schemas.mjs";
import { Client, nodeDerive, ParleyError, tlsTransport } from "./sdk.mjs";

export { ParleyError };

export class Device {
	node;
	name;
	address;
	person;
	client;
	/** Every message frame in the order in which they came. */
	messages = [];
	#check = new FrameCheck();
	#mailbox;
	#transport;

	/** credentials: other than the person's name and password; the rest are options of the SDK's Client. */
	constructor(node, person, { credentials, ...options } = {}) {
		this.node = node;
		this.person = person;
		this.name = person.name;
		this.address = person.address;
		this.#mailbox = new Mailbox(person.name);
		this.client = new Client({
			open: (handlers) => this.#open(handlers),
			credentials: credentials ?? { user: person.name, password: person.password },
			derive: nodeDerive,
			giveUp: true,
			...options,
		});
		this.client.on("message", (frame) => this.messages.push(frame));
		for (const kind of ["message", "presence", "event"]) {
			this.client.on(kind, (frame) => this.#mailbox.push(frame));
		}
		this.client.on("sent", (sent) => this.#mailbox.push({ type: "sent", ...sent }));
		this.client.on("outgoing", (outgoing) => this.#mailbox.push({ type: "outgoing", ...outgoing }));
		this.client.on("state", (state) => this.#mailbox.push({ type: "state", ...state }));
		this.client.on("ready", (ready) => this.#mailbox.push({ type: "ready", ...ready }));
	}

	/** The SDK's transport, with every frame checked. */
	#open(handlers) {
		const transport = tlsTransport(this.node.tlsOptions)({
			...handlers,
			frame: (text) => {
				this.#check.received(text);
				handlers.frame(text);
			},
		});
		const send = transport.send;
		transport.send = (text) => {
			this.#check.sent(JSON.parse(text));
			send(text);
		};
		this.#transport = transport;
		return transport;
	}

	async start() {
		await this.client.start();
		await this.hears({ type: "ready" });
	}

	get session() {
		return this.client.session;
	}

	get device() {
		return this.client.session.device;
	}

	get fullAddress() {
		return this.client.session.address;
	}

	/** Another device of the same person. */
	another(options) {
		return this.node.device(this.person, options);
	}

	/** The next frame that fits and was not taken yet; also { type: "sent" | "outgoing" | "state" | "ready" }. */
	hears(pattern, patience) {
		return this.#mailbox.next(pattern, patience);
	}

	/** Those that have come and fit, without waiting. */
	heard(pattern) {
		return this.#mailbox.taken(pattern);
	}

	ask(method, params) {
		return this.client.request(method, params);
	}

	/** Asks for what is to be refused, with this code; resolves with the error. */
	async refused(code, method, params) {
		let answer;
		try {
			answer = await this.ask(method, params);
		} catch (error) {
			assert.equal(error.code, code, `${method} was refused otherwise: ${error.code} ${error.message}`);
			return error;
		}
		return assert.fail(`${method} was answered: ${JSON.stringify(answer)}`);
	}

	/** Sends a message; resolves when it is durable, with its mid, seq and time. extras: a reply or a forward. */
	async says(to, text, extras) {
		const { id } = this.client.send(to.address ?? to, text, undefined, undefined, extras);
		const end = await this.#mailbox.next(
			(frame) =>
				frame.id === id && (frame.type === "sent" || (frame.type === "outgoing" && frame.state === "failed")),
		);
		assert.equal(end.type, "sent", `"${text}" was refused: ${JSON.stringify(end.error)}`);
		return end;
	}

	/** Sends a message that is to be refused, with this code. */
	async cannotSay(code, to, text) {
		const { id } = this.client.send(to.address ?? to, text);
		const { error } = await this.hears({ type: "outgoing", id, state: "failed" });
		assert.equal(error.code, code, `"${text}" was refused otherwise: ${error.code} ${error.text}`);
		return error;
	}

	/** The next message with this text. */
	hearsSaid(text) {
		return this.hears({ type: "message", text });
	}

	/** This person and that one are contacts now. */
	seesContact(other) {
		return this.seesRelation(other, "contact");
	}

	seesRelation(other, relation) {
		return this.hears({ type: "event", name: "roster.changed", person: { address: other.address, relation } });
	}

	seesPresence(other, show) {
		return this.hears({ type: "presence", from: other.address, show });
	}

	/** All that the node did before this was asked has been said when it is answered. */
	async settled() {
		await this.ask("account.get");
	}

	/** The network fails; the SDK comes back by itself. */
	async losesConnection() {
		this.#transport.close();
		await this.hears({ type: "state", phase: "waiting" });
	}

	/** The connection is back, and the session goes on or is a new one. */
	async reconnects() {
		this.client.tryNow();
		return this.hears({ type: "ready" });
	}

	/** Logs out: the session is not kept. */
	async close() {
		this.client.stop();
	}
}
