// SPDX-License-Identifier: MIT
// How long to wait before the next try.

const FIRST = 500;
const LONGEST = 30_000;

/**
 * Exponential with jitter: tries are numbered from 0. Half of the time is fixed and half is chance, so that the
 * clients of a node that restarts do not return all at once. retryAfter, in seconds, is a lower bound.
 */
export function backoff(attempt: number, random: number, retryAfter = 0): number {
	const full = Math.min(LONGEST, FIRST * 2 ** Math.min(attempt, 16));
	const wait = full / 2 + (full / 2) * random;
	return Math.round(Math.max(wait, retryAfter * 1000 * (1 + random / 10)));
}
