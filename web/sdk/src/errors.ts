// SPDX-License-Identifier: MIT
// The one error class: what the node answered, or what went wrong on this side.

import type { Code as NodeCode, ErrorFrame } from "./protocol.ts";

/** Codes minted here: the connection is gone, no answer came, the node broke the protocol. */
export type LocalCode = "closed" | "timeout" | "protocol";

export type AnyCode = NodeCode | LocalCode;

export class ParleyError extends Error {
	readonly code: AnyCode;
	/** JSON pointer into the frame that was refused. */
	readonly where?: string;
	/** Seconds to wait before another try. */
	readonly retryAfter?: number;
	/** Of the frame that was refused, as it stands in the node's log. */
	readonly id?: string;

	constructor(code: AnyCode, text: string, more: { where?: string; retryAfter?: number; id?: string } = {}) {
		super(text);
		this.name = "ParleyError";
		this.code = code;
		this.where = more.where;
		this.retryAfter = more.retryAfter;
		this.id = more.id;
	}

	static fromFrame(frame: ErrorFrame): ParleyError {
		return new ParleyError(frame.code, frame.text, {
			where: frame.where,
			retryAfter: frame.retry_after,
			id: frame.id,
		});
	}

	/** Whether the same thing may work a little later, without anybody changing it. */
	get temporary(): boolean {
		return TEMPORARY.has(this.code);
	}
}

const TEMPORARY: ReadonlySet<AnyCode> = new Set<AnyCode>([
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
