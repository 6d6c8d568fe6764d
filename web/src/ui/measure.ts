// SPDX-License-Identifier: MIT
// Where messages are in their scrolled list.

/** A message and where it was on the screen. */
export interface Anchor {
	key: string;
	top: number;
	seq: number;
}

/** The first message that can be seen. */
export function topRow(log: HTMLElement | null, list: HTMLElement | null): Anchor | undefined {
	const rows = list?.children;
	if (!log || !rows) {
		return undefined;
	}
	const top = log.scrollTop;
	let low = 0;
	let high = rows.length;
	while (low < high) {
		const middle = (low + high) >> 1;
		const row = rows[middle] as HTMLElement;
		if (row.offsetTop + row.offsetHeight <= top) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	for (let i = low; i < rows.length; i++) {
		const row = rows[i] as HTMLElement;
		if (row.dataset.key) {
			return { key: row.dataset.key, top: row.offsetTop - top, seq: Number(row.dataset.seq ?? Infinity) };
		}
	}
	return undefined;
}

/** Of the days that stick to the top only the last is seen. */
export function coverDays(list: HTMLElement): void {
	const days = [...list.querySelectorAll<HTMLElement>(":scope > .day")];
	const tops = days.map((day) => day.offsetTop);
	days.forEach((day, i) => day.classList.toggle("day-covered", (tops[i + 1] ?? Infinity) < tops[i]! + day.offsetHeight));
}

/** The seq of the last message whose beginning is on the screen. */
export function lastSeen(log: HTMLElement, list: HTMLElement): number {
	const rows = list.children;
	const bottom = log.scrollTop + log.clientHeight;
	for (let i = rows.length - 1; i >= 0; i--) {
		const row = rows[i] as HTMLElement;
		if (row.dataset.seq && row.offsetTop + Math.min(row.offsetHeight, 40) <= bottom) {
			return Number(row.dataset.seq);
		}
	}
	return 0;
}
