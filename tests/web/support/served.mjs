// SPDX-License-Identifier: MIT
// A real node that serves the client, behind a wire that a test can cut or slow down.

import { connect, createServer } from "node:net";
import { fileURLToPath } from "node:url";

import { Node } from "../../talk/support/node.mjs";

const dist = fileURLToPath(new URL("../../../web/dist", import.meta.url));

function listen(server) {
	return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server.address().port)));
}

async function freePort() {
	const server = createServer();
	const port = await listen(server);
	await new Promise((resolve) => server.close(resolve));
	return port;
}

/** A TCP relay on localhost. */
class Relay {
	/** No new connections, as without a network. */
	down = false;
	/** Milliseconds that what the node says takes. */
	delay = 0;
	#to;
	#server = createServer((socket) => this.#join(socket));
	#sockets = new Set();

	constructor(to) {
		this.#to = to;
	}

	listen() {
		return listen(this.#server);
	}

	#join(socket) {
		if (this.down) {
			socket.destroy();
			return;
		}
		const inner = connect(this.#to, "127.0.0.1");
		for (const [one, other] of [
			[socket, inner],
			[inner, socket],
		]) {
			this.#sockets.add(one);
			one.setNoDelay(true);
			one.on("error", () => undefined);
			one.on("close", () => {
				this.#sockets.delete(one);
				other.destroy();
			});
		}
		socket.pipe(inner);
		inner.on("data", (data) => {
			if (this.delay > 0) {
				setTimeout(() => socket.writable && socket.write(data), this.delay);
			} else {
				socket.write(data);
			}
		});
	}

	/** Ends all connections, without a word to either side's program. */
	cut() {
		for (const socket of this.#sockets) {
			socket.destroy();
		}
	}

	close() {
		this.cut();
		this.#server.close();
	}
}

export class ServedNode extends Node {
	relay;
	url;

	static async start(sections = {}) {
		const port = await freePort();
		const node = new ServedNode({ "listen http": { address: "127.0.0.1", port }, web: { root: dist }, ...sections });
		await node.start();
		node.relay = new Relay(port);
		node.url = `http://localhost:${await node.relay.listen()}`;
		return node;
	}

	/** Takes every difficulty away again. */
	mend() {
		this.relay.down = false;
		this.relay.delay = 0;
	}

	async end() {
		this.relay?.close();
		try {
			await this.closeClients();
			await this.stop();
		} finally {
			this.remove();
		}
	}
}
