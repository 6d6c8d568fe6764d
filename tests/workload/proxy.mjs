// SPDX-License-Identifier: MIT
// A bad network between clients and the node: it delays, loses acknowledgements, and cuts connections at any byte.
// It speaks TLS to both sides, so that it can cut a frame in the middle.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { connect, createServer } from "node:tls";

import { loopback } from "../talk/support/node.mjs";

/** How long a connection whose answers are lost still carries what the client says. */
const DEAF_MS = 40;

export class Proxy {
	/** How often each fault was done. */
	counts = { connections: 0, cuts: 0, unanswered: 0, delays: 0 };
	#links = new Set();
	#server;

	/** plan: what happens to a connection, made for each one; see faults() and slow(). */
	constructor(node, chance, plan) {
		this.node = node;
		this.chance = chance;
		this.plan = plan;
		this.calm = false;
	}

	async start() {
		const [key, cert] = ["key.pem", "certificate.pem"].map((name) => readFileSync(join(this.node.folder, name)));
		this.#server = createServer({ key, cert, ALPNProtocols: ["parley-client/1"] }, (socket) => this.#accept(socket));
		this.#server.on("tlsClientError", () => undefined);
		await new Promise((resolve) => this.#server.listen(0, loopback, resolve));
	}

	/** How a client reaches the node through it. */
	get reach() {
		return { ...this.node.tlsOptions, port: this.#server.address().port };
	}

	/** From now on nothing goes wrong. */
	rest() {
		this.calm = true;
		for (const link of this.#links) {
			link.fails({});
		}
	}

	/** From now on things go wrong, on the connections that there are as well. */
	work() {
		this.calm = false;
		for (const link of this.#links) {
			link.fails(this.plan(this.chance));
		}
	}

	async stop() {
		for (const link of this.#links) {
			link.cut();
		}
		await new Promise((resolve) => this.#server.close(resolve));
	}

	#accept(client) {
		this.counts.connections++;
		const plan = this.calm ? {} : this.plan(this.chance);
		const link = new Link(client, connect(this.node.tlsOptions), plan, this.counts, () => this.#links.delete(link));
		this.#links.add(link);
	}
}

/** A network that fails in every way. */
export function faults(chance) {
	const plan = {};
	if (chance.percent(60)) {
		plan[chance.percent(70) ? "down" : "up"] = chance.spread(100, 20_000);
	}
	if (chance.percent(40)) {
		plan.answers = chance.spread(1, 10);
	}
	if (chance.percent(40)) {
		plan.delay = () => (chance.percent(15) ? chance.between(1, 25) : 0);
	}
	return plan;
}

/** A network that is only slow: so much at once, and then nothing for some ms. */
export function slow(chance) {
	return { delay: () => chance.between(0, 12) };
}

/** One connection through the proxy. down, up: bytes until it is cut; answers: until they are lost. */
class Link {
	#client;
	#upstream;
	#plan;
	#counts;
	#done;
	#bytes = { up: 0, down: 0 };
	/** The client gets no more; neither does anything more. */
	#deaf = false;
	#over = false;
	#line = "";

	constructor(client, upstream, plan, counts, done) {
		[this.#client, this.#upstream, this.#plan, this.#counts, this.#done] = [client, upstream, plan, counts, done];
		for (const socket of [client, upstream]) {
			socket.setNoDelay(true);
			socket.on("error", () => undefined);
			socket.on("close", () => this.cut());
		}
		this.#carry("up", client, upstream);
		this.#carry("down", upstream, client);
	}

	/** Another plan from now on. */
	fails(plan) {
		this.#plan = plan;
		this.#bytes = { up: 0, down: 0 };
	}

	cut() {
		this.#client.destroy();
		this.#upstream.destroy();
		this.#done();
	}

	/** In order, whatever each piece waits for; meanwhile nothing more is read, so that the sender feels it. */
	#carry(way, from, to) {
		from.on("data", async (chunk) => {
			const delay = this.#plan.delay?.() ?? 0;
			if (delay > 0) {
				this.#counts.delays++;
				from.pause();
				await new Promise((resolve) => setTimeout(resolve, delay));
			}
			this.#pass(way, chunk, to);
			from.resume();
		});
	}

	#pass(way, chunk, to) {
		if (this.#over) {
			return; /* bytes are never left out in the middle */
		}
		const rest = (this.#plan[way] ?? Infinity) - this.#bytes[way];
		this.#bytes[way] += chunk.length;
		const whole = way === "down" ? this.#beforeLostAnswer(chunk) : chunk;
		this.#over = chunk.length >= rest;
		this.#counts.cuts += this.#over ? 1 : 0;
		to.write(this.#over ? whole.subarray(0, rest) : whole, this.#over ? () => this.cut() : undefined);
	}

	/** The part of a chunk that passes: up to the acknowledgement from which on nothing does. */
	#beforeLostAnswer(chunk) {
		if (this.#deaf) {
			return chunk.subarray(0, 0);
		}
		if (this.#plan.answers === undefined) {
			return chunk;
		}
		for (let from = 0, at = chunk.indexOf(10); at >= 0; from = at + 1, at = chunk.indexOf(10, from)) {
			this.#line += chunk.subarray(from, at);
			const isAnswer = this.#line.includes('"type":"result"') && this.#line.includes('"mid"');
			this.#line = "";
			if (isAnswer && --this.#plan.answers === 0) {
				this.#goDeaf();
				return chunk.subarray(0, from);
			}
		}
		this.#line += chunk.subarray(chunk.lastIndexOf(10) + 1);
		return chunk;
	}

	#goDeaf() {
		this.#deaf = true;
		this.#counts.unanswered++;
		setTimeout(() => this.cut(), DEAF_MS);
	}
}
