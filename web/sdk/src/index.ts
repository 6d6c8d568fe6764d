// SPDX-License-Identifier: MIT
// The SDK for browsers; Node programs take node.ts, which adds their transports.

export { backoff } from "./backoff.ts";
export { idMaker, randomName } from "./bytes.ts";
export { Client, type ClientEvents, type ClientOptions, type ConnectionState, type Session } from "./client.ts";
export { systemClock, type Clock } from "./clock.ts";
export { Emitter } from "./emitter.ts";
export { asParleyError, ParleyError, type AnyCode } from "./errors.ts";
export { Guest } from "./guest.ts";
export { passwords, type Credentials } from "./login.ts";
export { Outbox, type Extras, type Outgoing, type OutboxKeeper, type Sent } from "./outbox.ts";
export type * from "./protocol.ts";
export type { Binding, ChannelBinding } from "./scram.ts";
export type { Derive, ScryptParameters } from "./scrypt.ts";
export {
	browserTransport, SUBPROTOCOL, webSocketTransport, type OpenTransport, type Transport, type TransportHandlers,
	type WebSocketLike,
} from "./transport.ts";
export { workerDerive } from "./worker.ts";
