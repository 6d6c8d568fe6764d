// SPDX-License-Identifier: MIT
// The SDK for Node: TLS with JSON lines, WebSocket by an injected class, and scrypt by the built-in library.

import { scrypt as nodeScrypt, webcrypto } from "node:crypto";
import { connect, type ConnectionOptions } from "node:tls";

import { checkParameters, type Derive } from "./scrypt.ts";
import { SUBPROTOCOL, webSocketTransport, type OpenTransport, type WebSocketLike } from "./transport.ts";

export * from "./index.ts";

/* Node 18 has it, but not where browsers have it. */
(globalThis as { crypto?: unknown }).crypto ??= webcrypto;

/** The largest frame that is accepted from a node. */
const MAX_LINE = 4 * 1024 * 1024;

/** Lines out of chunks; gives false when a line grows beyond bounds. */
export function lineSplitter(line: (text: string) => void): (chunk: Buffer) => boolean {
	let parts: Buffer[] = [];
	let length = 0;
	return (chunk) => {
		let from = 0;
		for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
			parts.push(chunk.subarray(from, at));
			line(Buffer.concat(parts).toString("utf8"));
			parts = [];
			length = 0;
			from = at + 1;
		}
		parts.push(chunk.subarray(from));
		length += chunk.length - from;
		return length <= MAX_LINE;
	};
}

/** To a node's TLS port. The options are those of tls.connect; name the CA of a private node there. */
export function tlsTransport(options: ConnectionOptions): OpenTransport {
	return (handlers) => {
		let reason = "closed";
		const socket = connect({ ALPNProtocols: ["parley-client/1"], ...options });
		socket.setNoDelay(true);
		socket.on("secureConnect", () => handlers.open());
		const take = lineSplitter((text) => text.trim() && handlers.frame(text));
		socket.on("data", (chunk) => {
			if (!take(chunk)) {
				socket.destroy(new Error("a frame beyond bounds"));
			}
		});
		socket.on("error", (error) => (reason = error.message));
		socket.on("close", () => handlers.close(reason));
		return {
			send: (text) => void (socket.writable && socket.write(`${text}\n`)),
			close: () => {
				socket.end();
				setTimeout(() => socket.destroy(), 1000).unref();
			},
			binding: () =>
				socket.getProtocol() === "TLSv1.3"
					? {
							name: "tls-exporter",
							data: socket.exportKeyingMaterial(32, "EXPORTER-Channel-Binding", Buffer.alloc(0)),
						}
					: undefined,
		};
	};
}

interface WebSocketClass {
	new (url: string, protocol: string, options?: object): unknown;
}

/** make: a WebSocket class, such as the package ws has it; options go to its constructor. */
export function nodeWebSocketTransport(make: WebSocketClass, url: string, options?: object): OpenTransport {
	return webSocketTransport(() => new make(url, SUBPROTOCOL, options) as WebSocketLike);
}

/** scrypt by OpenSSL. */
export const nodeDerive: Derive = (password, salt, parameters) => {
	checkParameters(parameters);
	const { logN, r, p } = parameters;
	return new Promise((resolve, reject) => {
		nodeScrypt(password, salt, 32, { N: 2 ** logN, r, p, maxmem: 2 ** logN * r * 128 + 2 ** 20 * 8 }, (error, key) =>
			error ? reject(error) : resolve(new Uint8Array(key)),
		);
	});
};
