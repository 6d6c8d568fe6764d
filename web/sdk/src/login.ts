// SPDX-License-Identifier: MIT
// Logging in on a stream, by whichever way the credentials and the node allow.

import { ParleyError } from "./errors.ts";
import type { HelloFrame, ReadyFrame, ServerFrame } from "./protocol.ts";
import type { Binding } from "./scram.ts";
import type { Derive } from "./scrypt.ts";
import type { Stream } from "./stream.ts";

export type Credentials =
	| { user: string; password: string; /** PLAIN even where SCRAM is offered. */ plain?: boolean }
	| { user: string; token: string }
	/** The token in the cookie that the browser sends by itself. */
	| { cookie: true };

export interface LoginOptions {
	device?: { id?: string; name?: string };
	/** Ask for a ticket in place of a token; see POST /session. */
	cookie?: boolean;
	missed?: boolean;
	resume?: { id: string; count: number };
	derive?: Derive;
}

const ANSWER_TIMEOUT = 30_000;

function extras(options: LoginOptions): object {
	return {
		device: { ...options.device },
		...(options.cookie ? { cookie: true } : {}),
		...(options.missed ? { missed: true } : {}),
		...(options.resume ? { resume: options.resume } : {}),
	};
}

function expect<T extends ServerFrame["type"]>(frame: ServerFrame, type: T): Extract<ServerFrame, { type: T }> {
	if (frame.type === "error") {
		throw ParleyError.fromFrame(frame);
	}
	if (frame.type !== type) {
		throw new ParleyError("protocol", `expected ${type}, got ${frame.type}`);
	}
	return frame as Extract<ServerFrame, { type: T }>;
}

async function ask(stream: Stream, frame: object): Promise<ServerFrame> {
	const answer = stream.next(ANSWER_TIMEOUT);
	stream.send(frame);
	return answer;
}

function chooseBinding(stream: Stream, offered: readonly string[]): Binding {
	const binding = stream.binding();
	if (!binding) {
		return "none";
	}
	return offered.includes("SCRAM-SCRYPT-SHA-256-PLUS") ? binding : "not-offered";
}

/** What logging in with a password takes. Who has a token does without. */
export const passwords = () => import("./passwords.ts");

async function loginByScram(
	stream: Stream,
	hello: HelloFrame,
	user: string,
	password: string,
	options: LoginOptions,
): Promise<ReadyFrame> {
	const { deriveHere, ScramClient } = await passwords();
	const binding = chooseBinding(stream, hello.auth);
	const mechanism = typeof binding === "string" ? "SCRAM-SCRYPT-SHA-256" : "SCRAM-SCRYPT-SHA-256-PLUS";
	const scram = new ScramClient(user, password, binding, options.derive ?? deriveHere);
	const challenge = expect(
		await ask(stream, { type: "auth", mechanism, data: scram.first(), ...extras(options) }),
		"challenge",
	);
	const data = await scram.final(challenge.data);
	const ready = expect(await ask(stream, { type: "response", data }), "ready");
	scram.verify(ready.data);
	return ready;
}

/** Resolves with the node's ready; rejects with what the node said, and then the stream may be tried again. */
export async function login(
	stream: Stream,
	hello: HelloFrame,
	credentials: Credentials,
	options: LoginOptions = {},
): Promise<ReadyFrame> {
	if ("password" in credentials && !credentials.plain && hello.auth.includes("SCRAM-SCRYPT-SHA-256")) {
		return loginByScram(stream, hello, credentials.user, credentials.password, options);
	}
	const { cookie, ...others } = options;
	let frame: object;
	if ("cookie" in credentials) {
		frame = { type: "auth", mechanism: "COOKIE", ...extras(others) };
	} else if ("token" in credentials) {
		frame = { type: "auth", mechanism: "TOKEN", user: credentials.user, token: credentials.token, ...extras(others) };
	} else {
		const { user, password } = credentials;
		frame = { type: "auth", mechanism: "PLAIN", user, password, ...extras({ ...others, cookie }) };
	}
	return expect(await ask(stream, frame), "ready");
}
