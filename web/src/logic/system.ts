// SPDX-License-Identifier: MIT
// What happened in a group, in few lines: runs of the same kind become one. Pure.

import type { Change, Message } from "../../sdk/src/index.ts";
import { bare } from "./address.ts";

export interface Happening {
	kind: Change["kind"];
	/** Who did it. */
	by: string;
	/** To whom, each once, in order; for what one does oneself, those who did. */
	who: string[];
	change: Change;
	time: number;
	/** The entry, or the first of them. */
	mid: string;
}

const TOGETHER: ReadonlySet<Change["kind"]> = new Set<Change["kind"]>(["added", "joined", "left", "removed"]);
const ALONE: ReadonlySet<Change["kind"]> = new Set<Change["kind"]>(["joined", "left"]);

function happening({ from, mid, time, change }: Message): Happening {
	const by = bare(from);
	const who = ALONE.has(change!.kind) ? by : change!.who;
	return { kind: change!.kind, by, who: who ? [who] : [], change: change!, time: Date.parse(time), mid };
}

function joins(a: Happening, b: Happening): boolean {
	return a.kind === b.kind && TOGETHER.has(a.kind) && (ALONE.has(a.kind) || a.by === b.by);
}

/** The lines of a run of entries. */
export function happenings(entries: readonly Message[]): Happening[] {
	const lines: Happening[] = [];
	for (const entry of entries) {
		const next = happening(entry);
		const last = lines.at(-1);
		if (last && joins(last, next)) {
			last.who.push(...next.who.filter((address) => !last.who.includes(address)));
		} else {
			lines.push(next);
		}
	}
	return lines;
}
