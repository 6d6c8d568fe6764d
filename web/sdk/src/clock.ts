// SPDX-License-Identifier: MIT
// Time and chance behind a seam, so that tests run on virtual time.

export interface Clock {
	now(): number;
	/** Calls back once after ms; the returned function calls it off. */
	after(ms: number, call: () => void): () => void;
	/** From 0 to 1. */
	random(): number;
}

export const systemClock: Clock = {
	now: () => Date.now(),
	after(ms, call) {
		const timer = setTimeout(call, ms);
		return () => clearTimeout(timer);
	},
	random: () => Math.random(),
};
