// SPDX-License-Identifier: MIT
// What tools/emoji.mjs makes.

declare module "parley:emoji" {
	/** By group: a line for each emoji, with its name and more words to find it by, parted by tabs. */
	export const EMOJI: Record<"people" | "nature" | "food" | "travel" | "activities" | "objects" | "symbols" | "flags", string>;
}
