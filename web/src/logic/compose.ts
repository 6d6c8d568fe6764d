// SPDX-License-Identifier: MIT
// What keys do to the text that is being written. Pure.

import { isOutsideCode } from "./markdown.ts";

/** A text with a selection in it. */
export interface Written {
	text: string;
	from: number;
	to: number;
}

/** Puts marks around the selection, or takes them away. */
export function marked({ text, from, to }: Written, mark: string): Written {
	const inside = text.slice(from, to);
	const around = text.slice(from - mark.length, from) === mark && text.slice(to, to + mark.length) === mark;
	/* One star of two is not a mark of its own. */
	const whole = mark !== "*" || !(text[from - 2] === "*" && text[to + 1] === "*" && text[from - 3] !== "*");
	if (around && whole) {
		return {
			text: text.slice(0, from - mark.length) + inside + text.slice(to + mark.length),
			from: from - mark.length,
			to: to - mark.length,
		};
	}
	return { text: text.slice(0, from) + mark + inside + mark + text.slice(to), from: from + mark.length, to: to + mark.length };
}

/** Puts a text in place of the selection; the caret comes behind it. */
export function inserted({ text, from, to }: Written, what: string): Written {
	const at = from + what.length;
	return { text: text.slice(0, from) + what + text.slice(to), from: at, to: at };
}

/** What can be completed before the caret: "@" and a letter of a name, ":" and two of an emoji; and where it begins. */
export function tokenAt({ text, from, to }: Written): { at: number; token: string } | undefined {
	const match = from === to ? /(?:^|[\s([{*~|>"'])(@[\p{L}\p{N}_]{1,32}|:[\p{L}_+-][\p{L}\p{N}_+-]{1,31})$/u.exec(text.slice(0, from)) : null;
	return match ? { at: from - match[1]!.length, token: match[1]! } : undefined;
}

/** Whether everybody is called; what is in code calls nobody. */
export function callsAll(text: string): boolean {
	const calls = /(?:^|[^\p{L}\p{N}_@])@(?:all|here)(?![\p{L}\p{N}_])/giu;
	const found = [...text.matchAll(calls)].map((match) => {
		const start = match.index + match[0].lastIndexOf("@");
		return { start: [...text.slice(0, start)].length, length: match[0].length - match[0].lastIndexOf("@") };
	});
	return found.length > 0 && isOutsideCode(text, found);
}
