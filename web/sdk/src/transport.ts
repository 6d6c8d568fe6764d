// SPDX-License-Identifier: MIT
// What carries frames, and the browser's one: WebSocket.

import type { ChannelBinding } from "./scram.ts";

export interface TransportHandlers {
	open(): void;
	/** One whole frame, as text. */
	frame(text: string): void;
	/** Once, whoever closed it and also when it could not be opened. */
	close(reason: string): void;
}

export interface Transport {
	send(text: string): void;
	close(): void;
	/** What the TLS channel can be bound by, where that can be known. */
	binding?(): ChannelBinding | undefined;
}

/** Opens a connection and tells the handlers about it. */
export type OpenTransport = (handlers: TransportHandlers) => Transport;

/** The part of the WebSocket interface in use, so that Node programs can bring their own class. */
export interface WebSocketLike {
	readyState: number;
	onopen: ((event: never) => void) | null;
	onclose: ((event: never) => void) | null;
	onerror: ((event: never) => void) | null;
	onmessage: ((event: never) => void) | null;
	send(text: string): void;
	close(code?: number): void;
}

export const SUBPROTOCOL = "parley.v1";

/** make: "new WebSocket(url, SUBPROTOCOL)", of whatever class there is. */
export function webSocketTransport(make: () => WebSocketLike): OpenTransport {
	return (handlers) => {
		const socket = make();
		let closed = false;
		const end = (reason: string) => {
			if (!closed) {
				closed = true;
				handlers.close(reason);
			}
		};
		socket.onopen = () => handlers.open();
		socket.onclose = ((event: { reason?: string; code?: number }) =>
			end(event.reason || `closed (${event.code ?? 0})`)) as (event: never) => void;
		socket.onerror = () => undefined; /* a close follows */
		socket.onmessage = ((event: { data: unknown }) => {
			if (!closed && typeof event.data === "string") {
				handlers.frame(event.data);
			}
		}) as (event: never) => void;
		return {
			send(text) {
				if (socket.readyState === 1) {
					socket.send(text);
				}
			},
			close() {
				socket.close(1000);
				/* A close handshake over a dead network takes minutes; nobody waits for it. */
				end("closed here");
			},
		};
	};
}

/** The browser's WebSocket to a URL like wss://host/ws. */
export function browserTransport(url: string): OpenTransport {
	return webSocketTransport(() => new WebSocket(url, SUBPROTOCOL));
}
