// SPDX-License-Identifier: MIT
// Frames that have come and that no test has asked for yet; nobody sleeps to wait for one.

/** How long something that is to happen may take, in ms. Only a failing test waits so long. */
export const PATIENCE = process.env.PARLEY_TEST_STORE === "mongo" ? 60_000 : 30_000;

/** Asks again and again, for what nobody tells: whether a session has ended, say. */
export async function until(question, patience = PATIENCE) {
	const end = Date.now() + patience;
	while (!(await question())) {
		if (Date.now() > end) {
			throw new Error(`not so in ${patience} ms: ${question}`);
		}
		await new Promise((resolve) => setImmediate(resolve));
	}
}

/** Whether value has all that pattern has; a RegExp stands for the texts that it matches. */
export function matches(pattern, value) {
	if (typeof pattern === "function") {
		return pattern(value);
	}
	if (pattern instanceof RegExp) {
		return typeof value === "string" && pattern.test(value);
	}
	if (pattern === null || typeof pattern !== "object") {
		return Object.is(pattern, value);
	}
	if (value === null || typeof value !== "object" || Array.isArray(pattern) !== Array.isArray(value)) {
		return false;
	}
	return Object.entries(pattern).every(([key, inner]) => matches(inner, value[key]));
}

function show(pattern) {
	return typeof pattern === "function"
		? pattern.toString()
		: JSON.stringify(pattern, (_, value) => (value instanceof RegExp ? String(value) : value));
}

export class Mailbox {
	#name;
	#frames = [];
	#waiters = [];
	#latest = [];
	#ended;

	/** name: whose it is, for what a failing test says. */
	constructor(name) {
		this.#name = name;
	}

	push(frame) {
		this.#latest.push(frame);
		if (this.#latest.length > 12) {
			this.#latest.shift();
		}
		const at = this.#waiters.findIndex((waiter) => matches(waiter.pattern, frame));
		if (at < 0) {
			this.#frames.push(frame);
		} else {
			this.#waiters.splice(at, 1)[0].resolve(frame);
		}
	}

	/** No frames come any more, for this reason. */
	end(reason) {
		this.#ended = reason;
		for (const waiter of this.#waiters.splice(0)) {
			waiter.reject(this.#failure(waiter.pattern, `the connection ended (${reason})`));
		}
	}

	/** Frames come again: the client has a new connection. */
	begin() {
		this.#ended = undefined;
	}

	/** Takes the first frame that matches, now or when it comes. */
	next(pattern = {}, patience = PATIENCE) {
		const at = this.#frames.findIndex((frame) => matches(pattern, frame));
		if (at >= 0) {
			return Promise.resolve(this.#frames.splice(at, 1)[0]);
		}
		if (this.#ended !== undefined) {
			return Promise.reject(this.#failure(pattern, `the connection had ended (${this.#ended})`));
		}
		return new Promise((resolve, reject) => {
			const waiter = { pattern, resolve: done(resolve), reject: done(reject) };
			const timer = setTimeout(() => {
				this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
				reject(this.#failure(pattern, `nothing came in ${patience} ms`));
			}, patience);
			function done(call) {
				return (value) => (clearTimeout(timer), call(value));
			}
			this.#waiters.push(waiter);
		});
	}

	/** Takes what has come and matches, without waiting. */
	taken(pattern = {}) {
		const those = this.#frames.filter((frame) => matches(pattern, frame));
		this.#frames = this.#frames.filter((frame) => !those.includes(frame));
		return those;
	}

	#failure(pattern, why) {
		const latest = this.#latest.map((frame) => `\n    ${JSON.stringify(frame)}`).join("");
		return new Error(`${this.#name} waited for ${show(pattern)}, but ${why}. The latest were:${latest || " none"}`);
	}
}
