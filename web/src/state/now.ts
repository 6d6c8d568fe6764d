// SPDX-License-Identifier: MIT
// The time of day for relative times: ticks once a minute.

import { signal } from "@preact/signals";

export const now = signal(Date.now());

/** For what only knows days: changes once a day. */
export const today = signal(Date.now());

/* What nobody sees need not tick; it is right when it is seen again. */
function tick(): void {
	if (!document.hidden) {
		now.value = Date.now();
		if (new Date(now.peek()).toDateString() !== new Date(today.peek()).toDateString()) {
			today.value = now.peek();
		}
	}
}

setInterval(tick, 60_000);
document.addEventListener("visibilitychange", tick);

/** Whether there is room for one pane only. */
const query = matchMedia("(max-width: 699.98px)");
export const narrow = signal(query.matches);
query.addEventListener("change", () => (narrow.value = query.matches));

/* Where a keyboard covers the page and does not resize it, the page makes itself as small as what is seen. */
const seen = globalThis.visualViewport;
seen?.addEventListener("resize", () => {
	const covered = innerHeight - seen.height * seen.scale > 1;
	document.documentElement.style.setProperty("--seen", covered ? `${seen.height}px` : "");
});

/** A keyboard on the screen: Enter makes a new line there. */
export const touch = matchMedia("(pointer: coarse) and (hover: none)");
