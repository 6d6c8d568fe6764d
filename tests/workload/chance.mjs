// SPDX-License-Identifier: MIT
// Chance that can be had again: numbers that a seed decides.

export class Chance {
	#state;

	/** mulberry32 */
	constructor(seed) {
		this.seed = seed >>> 0;
		this.#state = this.seed;
	}

	/** A seed of its own for each run, or that of PARLEY_SEED. */
	static fresh() {
		return new Chance(Number(process.env.PARLEY_SEED ?? Date.now() % 1_000_000_007));
	}

	/** From 0 to 1. */
	next() {
		this.#state = (this.#state + 0x6d2b79f5) >>> 0;
		let t = this.#state;
		t = Math.imul(t ^ (t >>> 15), t | 1);
		t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
		return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
	}

	below(n) {
		return Math.floor(this.next() * n);
	}

	/** From low to high, both included. */
	between(low, high) {
		return low + this.below(high - low + 1);
	}

	/** Small numbers as often as large ones. */
	spread(low, high) {
		return Math.round(low * (high / low) ** this.next());
	}

	of(list) {
		return list[this.below(list.length)];
	}

	/** True so many times out of a hundred. */
	percent(n) {
		return this.next() * 100 < n;
	}

	/** Another one that does not depend on how often this one is asked. */
	fork() {
		return new Chance(this.below(2 ** 31));
	}
}

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
