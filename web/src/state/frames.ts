// SPDX-License-Identifier: MIT
// Things to do, one after the other, and drawn together: the first at once, the rest of a rush once a frame.

import { batch } from "@preact/signals";

const FRAME_MS = 16;
/** A page that nobody sees has no frames. */
const SLOW_MS = 100;

let queue: (() => void)[] = [];
let waiting = false;
let last = 0;

function run(): void {
	const due = queue;
	queue = [];
	last = performance.now();
	batch(() => {
		for (const act of due) {
			try {
				act();
			} catch (error) {
				console.error("an event was not handled:", error);
			}
		}
	});
}

/** Has act done in its turn. */
export function inTurn(act: () => void): void {
	queue.push(act);
	if (waiting) {
		return;
	}
	if (performance.now() - last >= FRAME_MS) {
		run();
		return;
	}
	waiting = true;
	const once = () => {
		if (waiting) {
			waiting = false;
			run();
		}
	};
	requestAnimationFrame(once);
	setTimeout(once, SLOW_MS);
}
