// SPDX-License-Identifier: MIT
// What tools/emoji.mjs makes.

declare module "parley:emoji" {
	/** By group: a line for each emoji, with its name, more words to find it by, and "t" if it has skin tones; parted by tabs. */
	export const EMOJI: Record<"people" | "nature" | "food" | "travel" | "activities" | "objects" | "symbols" | "flags", string>;
}
