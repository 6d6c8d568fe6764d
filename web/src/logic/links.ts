// SPDX-License-Identifier: MIT
// Finds the links in a text. Only http, https and mailto ever become links.

export type Piece = { kind: "text"; text: string } | { kind: "link"; text: string; href: string };

const CANDIDATE = /\b(?:https?:\/\/|mailto:)[^\s<>"'`\u0000-\u001f\u200e\u200f\u202a-\u202e\u2066-\u2069]+/giu;
const SCHEMES = new Set(["http:", "https:", "mailto:"]);
const PAIRS: Record<string, string> = { ")": "(", "]": "[", "}": "{" };

function count(text: string, character: string): number {
	return text.split(character).length - 1;
}

/** Without the punctuation that ends the sentence around it; a bracket stays when its partner is inside. */
function withoutTail(candidate: string): string {
	let end = candidate.length;
	for (; end > 0; end--) {
		const last = candidate[end - 1]!;
		const inside = candidate.slice(0, end);
		const partner = PAIRS[last];
		if (partner ? count(inside, last) <= count(inside, partner) : !/[.,:;!?…*_~|»”’]/u.test(last)) {
			break;
		}
	}
	return candidate.slice(0, end);
}

/** The address to go to, or undefined when the text only looks like one. */
function hrefOf(candidate: string): string | undefined {
	try {
		const url = new URL(candidate);
		const complete = url.protocol === "mailto:" ? url.pathname.includes("@") : url.hostname !== "";
		return SCHEMES.has(url.protocol) && complete ? url.href : undefined;
	} catch {
		return undefined;
	}
}

/** The text in pieces; joined together they are the text. */
export function findLinks(text: string): Piece[] {
	const pieces: Piece[] = [];
	let from = 0;
	for (const match of text.matchAll(CANDIDATE)) {
		const candidate = withoutTail(match[0]);
		const href = hrefOf(candidate);
		if (href === undefined) {
			continue;
		}
		if (match.index > from) {
			pieces.push({ kind: "text", text: text.slice(from, match.index) });
		}
		pieces.push({ kind: "link", text: candidate, href });
		from = match.index + candidate.length;
	}
	if (from < text.length) {
		pieces.push({ kind: "text", text: text.slice(from) });
	}
	return pieces;
}
