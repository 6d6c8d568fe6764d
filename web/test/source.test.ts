// SPDX-License-Identifier: MIT
// What must hold for every file of the client: no text outside the catalogue, nothing that the policy forbids.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { transformSync } from "esbuild";

import { addTexts, t } from "../src/i18n.ts";
import { en } from "../src/messages.en.ts";
import { later } from "../src/messages.later.en.ts";

declare const __WEB__: string;
const src = join(__WEB__, "src");

function files(folder: string, pattern: RegExp): string[] {
	return readdirSync(join(src, folder), { withFileTypes: true }).flatMap((entry) => {
		const path = join(folder, entry.name);
		return entry.isDirectory() ? files(path, pattern) : pattern.test(entry.name) ? [join(src, path)] : [];
	});
}

const components = files("ui", /\.tsx$/);
const everything = files(".", /\.(?:ts|tsx|html|css|js)$/);

const SPOKEN = /(?<![\w-])(?:"aria-label"|"aria-description"|title|placeholder|alt|label|heading|text|hint|children):\s*$/;

interface Frame {
	bracket: string;
	/** Elements of this array are children. */
	children: boolean;
}

/** String literals that a component would show: as children, or in attributes that are read out. */
function shownLiterals(source: string): string[] {
	const { code } = transformSync(source, { loader: "tsx", jsx: "automatic", jsxImportSource: "preact" });
	const found: string[] = [];
	const stack: Frame[] = [];
	const tokens = /"(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`|\/\/.*|\/(?![/*\s])(?:[^/\\\n[]|\\.|\[(?:[^\]\\]|\\.)*\])+\/[a-z]*|[[\](){}]/g;
	for (let match = tokens.exec(code); match; match = tokens.exec(code)) {
		const token = match[0];
		const before = code.slice(Math.max(0, match.index - 60), match.index);
		if ("[({".includes(token)) {
			stack.push({ bracket: token, children: token === "[" && /children:\s*$/.test(before) });
		} else if ("])}".includes(token)) {
			stack.pop();
		} else if (token.startsWith('"') || token.startsWith("`")) {
			const element = stack.at(-1)?.children && /[[,]\s*$/.test(before);
			const spoken = SPOKEN.test(before) && /jsxs?\(/.test(code.slice(0, match.index));
			if ((element || spoken) && /\p{L}/u.test(token.replace(/\$\{[^}]*\}/g, ""))) {
				found.push(token);
			}
		}
	}
	return found;
}

test("the search for literal text finds what it looks for", () => {
	const wrap = (jsx: string) => `export const x = (n) => ${jsx};`;
	assert.equal(shownLiterals(wrap("<p>Hello</p>")).length, 1);
	assert.equal(shownLiterals(wrap("<p>{n} Hello <b>there</b></p>")).length, 2);
	assert.equal(shownLiterals(wrap('<input aria-label="Name" />')).length, 1);
	assert.equal(shownLiterals(wrap('<input placeholder={"Name"} class="box" />')).length, 1);
	assert.equal(shownLiterals(wrap('<p class="muted" id="a">{t("a.b")}: {n}</p>')).length, 0);
});

test("no component has text of its own: every text is in the catalogue", () => {
	for (const path of components) {
		assert.deepEqual(shownLiterals(readFileSync(path, "utf8")), [], path);
	}
});

test("every text of the catalogue is used, and every text that is used exists", () => {
	const code = files(".", /\.tsx?$/)
		.filter((path) => !/messages\.(?:later\.)?en\.ts$/.test(path))
		.map((path) => readFileSync(path, "utf8"))
		.join("\n");
	const exact = new Set([...code.matchAll(/"([a-z]+(?:\.[\w-]+)+)"/gi)].map((match) => match[1]!));
	const patterns = [...code.matchAll(/`([^`\s]*\$\{[^`]*)`/g)].map(
		(match) => new RegExp(`^${match[1]!.replace(/[.]/g, "\\.").replace(/\$\{[^}]*\}/g, "[\\w-]*")}$`),
	);
	const unused = Object.keys({ ...en, ...later }).filter((key) => !exact.has(key) && !patterns.some((pattern) => pattern.test(key)));
	assert.deepEqual(unused, []);
});

test("texts take values and plurals", () => {
	addTexts(later);
	assert.equal(t("list.unread", { n: 1 }), "1 unread");
	assert.equal(t("chat.new", { n: 1 }), "1 new message");
	assert.equal(t("chat.new", { n: 12_345 }), "12,345 new messages");
	assert.equal(t("chat.announce", { name: "Ann", text: "{name} $& {x}" }), "Ann: {name} $& {x}");
	assert.equal(t("signup.taken", {}), "{name} is taken. Try another.");
});

test("nothing makes HTML of text, or styles and scripts that the policy forbids", () => {
	for (const path of everything) {
		const text = readFileSync(path, "utf8");
		assert.doesNotMatch(text, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function/, path);
		assert.doesNotMatch(text, /setAttribute\(\s*["']style|\sstyle="|\son\w+="/, path);
	}
	const html = readFileSync(join(src, "index.html"), "utf8");
	assert.doesNotMatch(html, /<style|<script(?![^>]*\ssrc=)/);
	assert.equal([...html.matchAll(/aria-live|role="status"/g)].length, 3);
});

test("no token is ever kept where scripts can read it", () => {
	for (const path of everything) {
		assert.doesNotMatch(readFileSync(path, "utf8"), /localStorage\.setItem\([^)]*(?:token|ticket|password)/i, path);
	}
});
