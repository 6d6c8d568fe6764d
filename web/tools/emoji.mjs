// SPDX-License-Identifier: MIT
// Makes the emoji of the picker from emojibase-data: what is needed of them, small. A plug-in of esbuild that serves
// the module "parley:emoji".

import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** In the order of the picker; the number is emojibase's. */
const GROUPS = { people: [0, 1], nature: [3], food: [4], travel: [5], activities: [6], objects: [7], symbols: [8], flags: [9] };

/** One person who can have any of five tones. */
const toned = ({ skins = [] }) => skins.length === 5 && skins.every(({ tone }) => typeof tone === "number");

/** "emoji name words tone" by group: one string each, so that the browser parses little. */
async function gather(web) {
	const all = JSON.parse(await readFile(join(web, "node_modules/emojibase-data/en/data.json"), "utf8"));
	const line = (one) => {
		const { emoji, label, tags = [] } = one;
		const words = [...new Set(tags)].filter((tag) => !label.includes(tag)).join(" ");
		return [emoji, label, words, toned(one) ? "t" : ""].join("\t").trimEnd();
	};
	return Object.fromEntries(
		Object.entries(GROUPS).map(([name, numbers]) => [
			name,
			all
				.filter(({ group, emoji }) => numbers.includes(group) && emoji)
				.sort((a, b) => a.order - b.order)
				.map(line)
				.join("\n"),
		]),
	);
}

export function emojiPlugin(web) {
	return {
		name: "emoji",
		setup(build) {
			build.onResolve({ filter: /^parley:emoji$/ }, ({ path }) => ({ path, namespace: "emoji" }));
			build.onLoad({ filter: /.*/, namespace: "emoji" }, async () => ({
				contents: `export const EMOJI = ${JSON.stringify(await gather(web))};`,
				loader: "js",
			}));
		},
	};
}
