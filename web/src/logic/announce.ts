// SPDX-License-Identifier: MIT
// How much of what arrives is read aloud: single messages when they are rare, a number when they are not. Pure.

export interface Announcement {
	/** Say this message. */
	say?: { sender: string; text: string };
	/** Say how many arrived. */
	count?: number;
}

const RARE_MS = 4_000;
const LONGEST = 200;

export class Announcer {
	#last = Number.NEGATIVE_INFINITY;
	#held: { sender: string; text: string }[] = [];

	/** A message has arrived. What is to be said now, if anything; the rest is due after due() ms. */
	arrived(sender: string, text: string, now: number): Announcement | undefined {
		const short = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
		this.#held.push({ sender, text: short });
		return now - this.#last >= RARE_MS ? this.flush(now) : undefined;
	}

	/** Milliseconds until flush has something to say; undefined when it has nothing. */
	due(now: number): number | undefined {
		return this.#held.length > 0 ? Math.max(0, this.#last + RARE_MS - now) : undefined;
	}

	flush(now: number): Announcement | undefined {
		const held = this.#held;
		this.#held = [];
		if (held.length === 0) {
			return undefined;
		}
		this.#last = now;
		return held.length === 1 ? { say: held[0]! } : { count: held.length };
	}
}
