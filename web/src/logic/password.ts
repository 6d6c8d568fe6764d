// SPDX-License-Identifier: MIT
// A rough idea of how hard a password is to guess. Pure; a hint, never a gate.

export type Strength = 0 | 1 | 2 | 3;

const COMMON = /^(?:pass(?:word)?|qwert[yz]|letmein|welcome|admin|iloveyou|dragon|monkey|abc|[0-9])+[0-9!.]*$/i;

/** How many different pieces are in it: repeats and runs like "aaaa" and "1234" count once. */
function pieces(password: string): number {
	let count = 0;
	let previous = Number.NaN;
	let step = Number.NaN;
	for (const character of password) {
		const code = character.codePointAt(0)!;
		const next = code - previous;
		if (next !== step || Math.abs(next) > 1) {
			count++;
		}
		step = next;
		previous = code;
	}
	return count;
}

function alphabet(password: string): number {
	const kinds: [RegExp, number][] = [
		[/[a-z]/, 26], [/[A-Z]/, 26], [/[0-9]/, 10], [/[^\p{L}\p{N}]/u, 24], [/[^\x00-\x7f]/, 40],
	];
	return kinds.reduce((sum, [kind, size]) => sum + (kind.test(password) ? size : 0), 0);
}

/** 0 weak, 1 fair, 2 good, 3 strong. */
export function strengthOf(password: string, userName = ""): Strength {
	const lower = password.toLowerCase();
	if (password.length < 8 || COMMON.test(password) || (userName.length > 2 && lower.includes(userName.toLowerCase()))) {
		return 0;
	}
	const bits = pieces(password) * Math.log2(alphabet(password) + 1);
	return bits < 40 ? 0 : bits < 56 ? 1 : bits < 76 ? 2 : 3;
}
