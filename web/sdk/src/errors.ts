// SPDX-License-Identifier: MIT
// The one error class: what the node answered, or what went wrong on this side.

import type { ErrorFrame } from "./protocol.ts";

/** The codes of docs/protocol.md section 9. */
export type NodeCode =
	| "bad-request"
	| "not-authorized"
	| "not-allowed"
	| "not-found"
	| "conflict"
	| "too-large"
	| "busy"
	| "limit"
	| "blocked"
	| "gone"
	| "not-implemented"
	| "remote-timeout"
	| "internal";

/** Codes minted here: the connection is gone, no answer came, the node broke the protocol. */
export type LocalCode = "closed" | "timeout" | "protocol";

export type Code = NodeCode | LocalCode;

export class ParleyError extends Error {
	readonly code: Code;
	/** JSON pointer into the frame that was refused. */
	readonly where?: string;
	/** Seconds to wait before another try. */
	readonly retryAfter?: number;

	constructor(code: Code, text: string, more: { where?: string; retryAfter?: number } = {}) {
		super(text);
		this.name = "ParleyError";
		this.code = code;
		this.where = more.where;
		this.retryAfter = more.retryAfter;
	}

	static fromFrame(frame: ErrorFrame): ParleyError {
		return new ParleyError(frame.code as Code, frame.text, {
			where: frame.where,
			retryAfter: frame.retry_after,
		});
	}

	/** Whether the same thing may work a little later, without anybody changing it. */
	get temporary(): boolean {
		return TEMPORARY.has(this.code);
	}
}

const TEMPORARY: ReadonlySet<Code> = new Set<Code>([
	"busy",
	"limit",
	"remote-timeout",
	"internal",
	"closed",
	"timeout",
]);

/** Any thrown thing as a ParleyError. */
export function asParleyError(error: unknown): ParleyError {
	if (error instanceof ParleyError) {
		return error;
	}
	return new ParleyError("closed", error instanceof Error ? error.message : String(error));
}
