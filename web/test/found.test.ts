// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { test } from "node:test";

import { piecesOf } from "../src/logic/found.ts";

/** As one text, hits in brackets. */
const shown = (text: string, sought: string) =>
	piecesOf(text, sought)
		.map((piece) => (piece.hit ? `[${piece.text}]` : piece.text))
		.join("");

test("beginnings of words are marked, without regard to case and accents", () => {
	assert.equal(shown("Bread and butter", "bread bu"), "[Bread] and [bu]tter");
	assert.equal(shown("Der Ångström-Weg", "angstrom"), "Der [Ångström]-Weg");
	assert.equal(shown("Cafe\u0301 au lait", "café"), "[Cafe\u0301] au lait");
	assert.equal(shown("a border and an order", "order"), "a border and an [order]");
	assert.equal(shown("😀 smile 😀", "smi"), "😀 [smi]le 😀");
});

test("where no word begins so, it is marked within words", () => {
	assert.equal(shown("a border", "order"), "a b[order]");
	assert.equal(shown("今日は図書館", "図書"), "今日は[図書]館");
});

test("of a long text the part around the first hit is shown, on one line", () => {
	const text = shown(`${"word ".repeat(50)}\n\nneedle ${"more ".repeat(80)}`, "needle");
	assert.match(text, /^….{1,30}\[needle\] more/);
	assert.match(text, /…$/);
	assert.ok([...text].length <= 184);
	assert.equal(shown("line one\nline two", "nothing"), "line one line two");
	assert.equal(shown("", "x"), "");
	assert.equal(shown("words", "!?"), "words");
});
