// SPDX-License-Identifier: MIT
// A line client for many thousands of frames: answers by their ids, everything else to one function.

import { connect } from "node:tls";

import { FrameCheck } from "./schemas.mjs";

export class Line {
	person;
	#check = new FrameCheck();
	#socket;
	#rest = "";
	#waiting = new Map();
	#nextId = 1;
	#count = 0;
	#hear;
	#ended;
	#refused;

	/** Logs a person in; hear is called with each message, presence and event. */
	static async of(node, person, hear = () => {}) {
		const line = new Line();
		line.person = person;
		line.#hear = hear;
		line.#socket = connect({ ...node.tlsOptions });
		line.#socket.setNoDelay(true); /* else what follows an ack waits 40 ms */
		line.#socket.setEncoding("utf8");
		line.#socket.on("data", (chunk) => line.#receive(chunk));
		line.#socket.on("error", () => undefined);
		line.#socket.on("close", () => line.#end());
		await line.#answer("hello");
		const { name: user, password } = person;
		line.#send({ type: "auth", mechanism: "PLAIN", user, password });
		line.session = await line.#answer("ready");
		return line;
	}

	get address() {
		return this.person.address;
	}

	get ended() {
		return this.#ended === true;
	}

	#answer(key, use) {
		return new Promise((resolve, reject) => this.#waiting.set(key, { resolve, reject, use }));
	}

	#receive(chunk) {
		const lines = (this.#rest + chunk).split("\n");
		this.#rest = lines.pop();
		for (const line of lines) {
			this.#frame(this.#check.received(line));
		}
	}

	#frame(frame) {
		const key = frame.id !== undefined && frame.type !== "message" ? frame.id : frame.type;
		const waiting = this.#waiting.get(key);
		if (frame.type !== "hello" && frame.type !== "ready" && ++this.#count % 32 === 0) {
			this.#send({ type: "ack", count: this.#count });
		}
		if (frame.type === "error" && frame.id === undefined) {
			this.#refused = frame;
			this.#waiting.get("ready")?.reject(new Error(`${this.person.name}: ${frame.code} ${frame.text}`));
		}
		if (waiting === undefined) {
			this.#hear(frame);
			return;
		}
		this.#waiting.delete(key);
		waiting.use?.(frame); /* before any frame behind it */
		waiting.resolve(frame);
	}

	#send(frame) {
		this.#check.sent(frame);
		this.#socket.write(`${JSON.stringify(frame)}\n`);
	}

	#end() {
		this.#ended = true;
		for (const { reject } of this.#waiting.values()) {
			reject(new Error(`${this.person.name}: the connection ended (${JSON.stringify(this.#refused)})`));
		}
		this.#waiting.clear();
	}

	/** Resolves with the result or error frame. */
	async #asks(frame, use) {
		const id = `l-${this.#nextId++}`;
		const answer = this.#answer(id, use);
		this.#send({ ...frame, id });
		return answer;
	}

	/** Sends a message with these members. */
	say(to, members) {
		return this.#asks({ type: "message", to, ...members });
	}

	/** use: called with the answer before any frame that comes behind it. */
	ask(method, params, use) {
		return this.#asks({ type: "request", method, params }, use);
	}

	/** Asks for what is to be had. */
	async get(method, params, use) {
		const answer = await this.ask(method, params, ({ result }) => result && use?.(result));
		if (answer.type !== "result") {
			throw new Error(`${this.person.name}: ${method} ${JSON.stringify(params)}: ${JSON.stringify(answer)}`);
		}
		return answer.result;
	}

	close() {
		this.#socket.destroy();
	}
}
