// SPDX-License-Identifier: MIT
// A client that can do everything wrong: lines over TLS, over the control socket, or in WebSocket messages.

import assert from "node:assert/strict";
import { connect as netConnect } from "node:net";
import { connect as tlsConnect } from "node:tls";

import { Mailbox } from "./mailbox.mjs";
import { FrameCheck } from "./schemas.mjs";
import { webSocket } from "./web.mjs";

const UNCOUNTED = new Set(["hello", "challenge", "ready", "pong"]);

export class Wire {
	socket;
	hello;
	ready;
	/** Counted frames since the last ready that did not resume. */
	count = 0;
	/** Every frame in the order in which they came. */
	frames = [];
	/** Resolves when the connection is over, whoever ended it. */
	closed;
	#check;
	#mailbox;
	#nextId = 1;
	#rest = [];
	#ended = false;

	/**
	 * name: for what failing tests say; path: of a Unix socket; tls: further options of tls.connect, such as
	 * localAddress, maxVersion or ALPNProtocols; web: a WebSocket instead, with the options of web.mjs; greeted:
	 * false when the node will not say hello; after: the wire whose questions may be answered here.
	 */
	constructor(node, { name = "a guest", path, tls = {}, web, greeted = true, after } = {}) {
		this.#check = after ? after.#check : new FrameCheck();
		this.#mailbox = new Mailbox(name);
		this.greeted = greeted;
		if (web) {
			this.socket = webSocket(node, web);
		} else {
			this.socket = path ? netConnect({ path }) : tlsConnect({ ...node.tlsOptions, ...tls });
		}
		this.socket.setNoDelay?.(true);
		this.closed = new Promise((resolve) => {
			let reason = "closed";
			this.socket.on("error", (error) => (reason = error.message));
			this.socket.on("close", () => {
				this.#ended = true;
				this.#mailbox.end(reason);
				resolve(reason);
			});
		});
		this.socket.on("data", (chunk) => this.#receive(chunk));
	}

	async opened() {
		if (this.greeted) {
			this.hello = await this.next("hello");
		}
	}

	get ended() {
		return this.#ended;
	}

	#receive(chunk) {
		let from = 0;
		for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
			this.#rest.push(chunk.subarray(from, at));
			this.#line(Buffer.concat(this.#rest).toString("utf8"));
			this.#rest = [];
			from = at + 1;
		}
		if (from < chunk.length) {
			this.#rest.push(chunk.subarray(from));
		}
	}

	#line(text) {
		const frame = this.#check.received(text);
		this.frames.push(frame);
		if (frame.type === "ready") {
			this.count = frame.resumed ? this.count : 0;
		} else if (!UNCOUNTED.has(frame.type) && !frame.fatal) {
			this.count++;
		}
		this.#mailbox.push(frame);
	}

	// ---- saying ----

	send(...frames) {
		for (const frame of frames) {
			this.#check.sent(frame);
		}
		this.socket.write(frames.map((frame) => `${JSON.stringify(frame)}\n`).join(""));
	}

	/** Bytes or text, as they are: no line end is added. */
	sendRaw(bytes) {
		this.socket.write(bytes);
	}

	newId() {
		return `w-${this.#nextId++}`;
	}

	// ---- hearing ----

	/** The next frame that fits and was not taken yet; a text stands for a type. */
	next(pattern, patience) {
		return this.#mailbox.next(typeof pattern === "string" ? { type: pattern } : pattern, patience);
	}

	/** Those that have come and fit, without waiting. */
	taken(pattern) {
		return this.#mailbox.taken(typeof pattern === "string" ? { type: pattern } : pattern);
	}

	// ---- asking ----

	/** Asks; resolves with the result frame or the error frame. */
	async ask(method, params, id = this.newId()) {
		this.send({ type: "request", id, method, ...(params === undefined ? {} : { params }) });
		return this.next({ id, type: /^(result|error)$/ });
	}

	/** Asks for something that is to be had. */
	async get(method, params) {
		const answer = await this.ask(method, params);
		assert.equal(answer.type, "result", `${method} was refused: ${JSON.stringify(answer)}`);
		return answer.result;
	}

	/** Asks for what is to be refused, with this code; resolves with the error frame. */
	async refused(code, method, params) {
		const answer = await this.ask(method, params);
		assert.equal(answer.code, code, `${method} was not refused so: ${JSON.stringify(answer)}`);
		return answer;
	}

	/** Sends a message; resolves with the result or error frame. */
	async say(to, text, id = this.newId()) {
		this.send({ type: "message", id, to, text });
		return this.next({ id, type: /^(result|error)$/ });
	}

	/** All that the node did before this was asked has been said when it is answered. */
	async settled() {
		await this.get("account.get");
	}

	/** Answers to an auth frame: ready, challenge or error. */
	async auth(frame) {
		this.send({ type: "auth", ...frame });
		return this.next({ type: /^(ready|challenge|error)$/ });
	}

	/** Logs in by PLAIN, or by TOKEN when the person comes with a token; how: further members of auth. */
	async login({ name, password, token }, how = {}) {
		const frame = token
			? { mechanism: "TOKEN", user: name, token, ...how }
			: { mechanism: "PLAIN", user: name, password, ...how };
		const answer = await this.auth(frame);
		assert.equal(answer.type, "ready", `the login was refused: ${JSON.stringify(answer)}`);
		this.ready = answer;
		this.person = { name, password, address: answer.address.split("/")[0] };
		return answer;
	}

	get address() {
		return this.person.address;
	}

	/** How this session would be resumed. */
	resume(count = this.count) {
		return { id: this.ready.resume, count };
	}

	// ---- ending ----

	/** The network fails: nothing more is said. */
	drop() {
		this.socket.destroy();
	}

	async close() {
		this.drop();
		await this.closed;
	}
}
