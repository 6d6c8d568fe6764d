// SPDX-License-Identifier: MIT
// Tells what is a link. Only http, https and mailto ever are.

const BARE = /(?:https?:\/\/|mailto:)[^\s<>"'`\u0000-\u001f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe]+/iuy;
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

/** Whether it is written like a link that somebody could follow. */
export function looksLikeLink(candidate: string): boolean {
	return /^(?:https?:\/\/[a-z0-9[\u0080-\uffff]|mailto:[^@]+@.)/i.test(candidate);
}

/** The address to go to, or undefined when the text only looks like one. */
export function hrefOf(candidate: string): string | undefined {
	try {
		const url = new URL(candidate);
		return SCHEMES.has(url.protocol) && looksLikeLink(candidate) ? url.href : undefined;
	} catch {
		return undefined;
	}
}

/** The link that begins at a place of the text and ends before "to", as it is written. */
export function bareLink(text: string, at: number, to: number): string | undefined {
	if (at > 0 && /[A-Za-z0-9_]/.test(text[at - 1]!)) {
		return undefined;
	}
	BARE.lastIndex = at;
	const match = BARE.exec(text);
	const link = match && withoutTail(match[0].slice(0, to - at));
	return link && looksLikeLink(link) ? link : undefined;
}
