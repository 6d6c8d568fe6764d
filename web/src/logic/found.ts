// SPDX-License-Identifier: MIT
// What of a message is shown among what was found: the words that were sought, marked, and some text around. Pure.

export interface Piece {
	text: string;
	hit: boolean;
}

const WORD = /[\p{L}\p{N}]/u;
/** Characters before the first hit, and in all. */
const BEFORE = 30;
const MOST = 180;

/** As the node compares: without case and accents. */
function fold(text: string): string {
	return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

/** How many characters from one on are the beginning of a word that was sought. */
function fits(folded: readonly string[], at: number, word: string): number {
	let seen = "";
	for (let i = at; i < folded.length; i++) {
		seen += folded[i]!;
		/* Marks that stand for themselves belong to the letter before. */
		if (seen.startsWith(word) && folded[i + 1] !== "") {
			return i + 1 - at;
		}
		if (!word.startsWith(seen) && !seen.startsWith(word)) {
			break;
		}
	}
	return 0;
}

/** Which characters are of a word that was sought; anywhere: also in the middle of a word. */
function hitsOf(chars: readonly string[], words: readonly string[], anywhere: boolean): boolean[] {
	const folded = chars.map(fold);
	const hits = chars.map(() => false);
	for (let i = 0; i < chars.length; i++) {
		if (WORD.test(chars[i]!) && (anywhere || i === 0 || !WORD.test(chars[i - 1]!))) {
			const length = Math.max(0, ...words.map((word) => fits(folded, i, word)));
			hits.fill(true, i, i + length);
			i += Math.max(0, length - 1);
		}
	}
	return hits;
}

/** The part of a text that shows why it was found. */
export function piecesOf(text: string, sought: string): Piece[] {
	const chars = [...text.replace(/\s+/g, " ").trim()];
	const words = fold(sought)
		.split(/[^\p{L}\p{N}]+/u)
		.filter(Boolean);
	const atStarts = hitsOf(chars, words, false);
	const hits = atStarts.includes(true) ? atStarts : hitsOf(chars, words, true);
	const from = Math.max(0, hits.indexOf(true) - BEFORE);
	const to = Math.min(chars.length, from + MOST);
	const pieces: Piece[] = from > 0 ? [{ text: "…", hit: false }] : [];
	for (let i = from; i < to; i++) {
		const last = pieces.at(-1);
		if (last && last.hit === hits[i]) {
			last.text += chars[i];
		} else {
			pieces.push({ text: chars[i]!, hit: hits[i]! });
		}
	}
	if (to < chars.length) {
		pieces.push({ text: "…", hit: false });
	}
	return pieces;
}
