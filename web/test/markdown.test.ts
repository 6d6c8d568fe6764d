// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { parse, plain, plainText, type Block, type Inline, type Range } from "../src/logic/markdown.ts";

declare const __WEB__: string;

interface Example {
	input: string;
	mentions?: Range[];
	tree: Block[];
	plain: string;
}

const { examples } = JSON.parse(readFileSync(join(__WEB__, "../tests/data/markdown.json"), "utf8")) as { examples: Example[] };

test("every example is read as it says", () => {
	assert.ok(examples.length > 80);
	for (const { input, mentions, tree, plain: words } of examples) {
		const read = parse(input, mentions);
		assert.deepEqual(read, tree, input);
		assert.equal(plain(read), words, input);
	}
});

function visit(nodes: readonly Inline[], see: (node: Inline) => void): void {
	for (const node of nodes) {
		see(node);
		if (typeof node !== "string" && "content" in node) {
			visit(node.content, see);
		}
	}
}

function visitBlocks(blocks: readonly Block[], see: (node: Inline) => void): void {
	for (const block of blocks) {
		if (block.type === "quote") {
			visitBlocks(block.content, see);
		} else if (block.type === "list") {
			block.items.forEach((item) => visit(item, see));
		} else if (block.type === "text") {
			visit(block.content, see);
		}
	}
}

const PARTS = [
	"*", "**", "***", "~~", "||", "`", "```", "\n", "> ", "- ", "1. ", "[", "](", ")", "https://a.example/x", "javascript:alert(1)", "mailto:a@b",
	"\\", " ", "a", "Ω", "😀", "<img src=x>", "@", ".", "\ufffe", "\ue000", "http://", "_", "\t",
];

/** Numbers that are the same in each run (Park and Miller). */
function dice(seed: number): (n: number) => number {
	let state = seed;
	return (n) => {
		state = (state * 48271) % 2147483647;
		return state % n;
	};
}

test("fuzzed text never fails, never makes an unsafe link, and keeps every letter", () => {
	const roll = dice(11);
	for (let i = 0; i < 6_000; i++) {
		const text = Array.from({ length: 1 + roll(20) }, () => PARTS[roll(PARTS.length)]).join("");
		const letters = (words: string) => words.replace(/[^aΩ😀]/gu, "");
		const uncovered: string[] = [];
		visitBlocks(parse(text), (node) => {
			if (typeof node !== "string" && node.type === "link") {
				assert.match(node.href, /^(?:https?:\/\/|mailto:)/, text);
			}
			if (typeof node === "string") {
				uncovered.push(node);
			}
		});
		if (!/[|`[]|https?|mailto/.test(text)) {
			assert.equal(letters(uncovered.join("")), letters(text), JSON.stringify(text));
		}
	}
});

test("text that is made to be slow is read fast", () => {
	const many = (part: string) => part.repeat(Math.floor(10_000 / part.length));
	for (const text of [
		many("**a "), many("*a **b "), many("`"), many("` `` ``` "), many("["), many("[a]("), many("||~~**"), many("> "), many("> a\n"), many("```\n"),
		many("*a"), many("https://a.example/)"), `${many("https://a.example/")}${")".repeat(5000)}`, many("[a](http://x"), many("*a _b* "), many("~~a ||b **c *d "),
	]) {
		const before = process.cpuUsage(); // not the time, of which a busy machine takes more
		parse(text);
		const { user, system } = process.cpuUsage(before);
		assert.ok((user + system) / 1000 < 400, text.slice(0, 20));
	}
});

test("a mention is one piece, counted in code points, and others stay where they are", () => {
	assert.equal(plainText("😀 @ann, *look*", [{ start: 2, length: 4 }]), "😀 @ann, look");
	assert.deepEqual(parse("x", [{ start: 0, length: 5 }]), [{ type: "text", content: ["x"] }]);
});
