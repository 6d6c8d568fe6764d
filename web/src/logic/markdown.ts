// SPDX-License-Identifier: MIT
// How a message's text is read: a strict little Markdown, as a tree. tests/data/markdown.json has the examples that
// every reader of messages agrees on. Pure; time grows with the length of the text, whatever is in it.

import { bareLink, looksLikeLink } from "./links.ts";

export type Inline =
	| string
	| { type: "bold" | "italic" | "strike" | "spoiler"; content: Inline[] }
	| { type: "code"; text: string }
	/** href is as it was written. */
	| { type: "link"; href: string; content: Inline[] }
	/** One of the mentions that were given, by its place among them. */
	| { type: "mention"; index: number; text: string };

export type Block =
	| { type: "text"; content: Inline[] }
	| { type: "quote"; content: Block[] }
	/** start: the first number, of a numbered list. */
	| { type: "list"; start?: number; items: Inline[][] }
	| { type: "fence"; lang?: string; text: string };

/** A part of the text that names somebody; code points, as the protocol counts them. */
export interface Range {
	start: number;
	length: number;
}

const DEEPEST = 5;
/** The node takes no text with this character: it holds the place of a mention. */
const HOLE = "\ufffe";
const HOLES = /\ufffe([\ue000-\ue0ff])/gu;

interface Reader {
	mentions: string[];
}

/** The text with a mark in place of each mention, and what was there. */
function withHoles(text: string, ranges: readonly Range[]): { text: string; mentions: string[] } {
	const clean = text.replaceAll(HOLE, "\ufffd");
	if (ranges.length === 0) {
		return { text: clean, mentions: [] };
	}
	const points = [...clean];
	const mentions: string[] = [];
	let out = "";
	let at = 0;
	for (const { start, length } of ranges.slice(0, 256)) {
		const fits = start >= at && start + length <= points.length;
		mentions.push(fits ? points.slice(start, start + length).join("") : "");
		if (fits) {
			out += points.slice(at, start).join("") + HOLE + String.fromCharCode(0xe000 + mentions.length - 1);
			at = start + length;
		}
	}
	return { text: out + points.slice(at).join(""), mentions };
}

function filled(text: string, { mentions }: Reader): string {
	return text.replace(HOLES, (_, index: string) => mentions[index.charCodeAt(0) - 0xe000] ?? "");
}

/** Reads a text. mentions: what the node found in it, in order. */
export function parse(text: string, mentions: readonly Range[] = []): Block[] {
	const marked = withHoles(text, mentions);
	return blocksOf(marked.text.split("\n"), marked, 0);
}

const FENCE = /^```([\w+#.-]{0,20})[ \t]*$/;
const FENCE_END = /^```[ \t]*$/;
const QUOTE = /^>(?: |$)/;
const BULLET = /^- (?=.)/;
const NUMBER = /^(\d{1,9})\. (?=.)/;

/** The lines from "from" on that fit, without what marks them. */
function run(lines: string[], from: number, mark: RegExp): string[] {
	const found: string[] = [];
	for (let i = from; i < lines.length && mark.test(lines[i]!); i++) {
		found.push(lines[i]!.replace(mark, ""));
	}
	return found;
}

/** The line that ends a fence; from there on back, so that looking for it is done once. */
function lastFenceEnd(lines: string[]): number {
	return lines.findLastIndex((line) => FENCE_END.test(line));
}

/** What begins at line "at", if it is more than text, and how many lines it has. */
function blockAt(lines: string[], at: number, reader: Reader, depth: number, lastEnd: number): { block: Block; lines: number } | undefined {
	const line = lines[at]!;
	const fence = at < lastEnd && FENCE.exec(line);
	if (fence) {
		const end = lines.findIndex((other, i) => i > at && FENCE_END.test(other));
		const text = filled(lines.slice(at + 1, end).join("\n"), reader);
		return { block: { type: "fence", ...(fence[1] ? { lang: fence[1] } : {}), text }, lines: end - at + 1 };
	}
	if (depth < DEEPEST && QUOTE.test(line)) {
		const inner = run(lines, at, QUOTE);
		return { block: { type: "quote", content: blocksOf(inner, reader, depth + 1) }, lines: inner.length };
	}
	if (BULLET.test(line)) {
		const items = run(lines, at, BULLET);
		return { block: { type: "list", items: items.map((item) => inlineOf(item, reader)) }, lines: items.length };
	}
	const number = NUMBER.exec(line);
	if (number) {
		const items = run(lines, at, NUMBER);
		const list = items.map((item) => inlineOf(item, reader));
		return { block: { type: "list", start: Number(number[1]), items: list }, lines: items.length };
	}
	return undefined;
}

/** Lines of plain text; empty ones at their ends go when another block is there. */
function textOf(lines: string[], first: boolean, last: boolean, reader: Reader): Block | undefined {
	let from = 0;
	let to = lines.length;
	for (; !first && from < to && lines[from]!.trim() === ""; from++);
	for (; !last && to > from && lines[to - 1]!.trim() === ""; to--);
	return to > from ? { type: "text", content: inlineOf(lines.slice(from, to).join("\n"), reader) } : undefined;
}

function blocksOf(lines: string[], reader: Reader, depth: number): Block[] {
	const blocks: Block[] = [];
	const lastEnd = lastFenceEnd(lines);
	let from = 0;
	const flush = (to: number) => {
		const text = to > from && textOf(lines.slice(from, to), from === 0, to === lines.length, reader);
		if (text) {
			blocks.push(text);
		}
	};
	for (let at = 0; at < lines.length; ) {
		const found = blockAt(lines, at, reader, depth, lastEnd);
		if (found) {
			flush(at);
			blocks.push(found.block);
			from = at + found.lines;
		}
		at += found?.lines ?? 1;
	}
	flush(lines.length);
	return blocks;
}

const MARKS = { "**": "bold", "*": "italic", "~~": "strike", "||": "spoiler" } as const;
type Mark = keyof typeof MARKS;

const SPACE = /[ \t\n]/;
const WORD = /[A-Za-z0-9]/;
const LONGEST_LINK = 2_000;
const NO_LINK = ` \t\n\r<>"${HOLE}`;
const ESCAPED = "*~`|[>-";

/** Reads one run of text. Each kind of mark can be once around a place, so the depth is bounded. */
class Inliner {
	readonly #text: string;
	readonly #reader: Reader;
	/** Behind these places there is no end for such a mark. */
	readonly #hopeless = new Map<string, number>();

	constructor(text: string, reader: Reader) {
		this.#text = text;
		this.#reader = reader;
	}

	read(from: number, to: number, open: readonly Mark[]): Inline[] {
		const out: Inline[] = [];
		let plain = "";
		const put = (node: Inline) => {
			if (plain) {
				out.push(plain);
				plain = "";
			}
			out.push(node);
		};
		for (let at = from; at < to; ) {
			const found = this.#node(at, from, to, open);
			if (!found) {
				plain += this.#text[at];
				at++;
			} else if (typeof found.node === "string") {
				plain += found.node;
				at = found.end;
			} else {
				put(found.node);
				at = found.end;
			}
		}
		if (plain) {
			out.push(plain);
		}
		return out;
	}

	/** What begins at a place, other than a plain character. */
	#node(at: number, from: number, to: number, open: readonly Mark[]): { node: Inline; end: number } | undefined {
		const text = this.#text;
		switch (text[at]) {
			case "\\":
				return at + 1 < to && ESCAPED.includes(text[at + 1]!) ? { node: text[at + 1]!, end: at + 2 } : undefined;
			case HOLE: {
				const index = text.charCodeAt(at + 1) - 0xe000;
				return { node: { type: "mention", index, text: this.#reader.mentions[index] ?? "" }, end: at + 2 };
			}
			case "`":
				return this.#code(at, to);
			case "[":
				return this.#link(at, to, open);
			case "*":
			case "~":
			case "|":
				return this.#marked(at, from, to, open);
			case "h":
			case "H":
			case "m":
			case "M":
				return this.#bare(at, to);
			default:
				return undefined;
		}
	}

	#runOf(at: number, to: number): number {
		let end = at + 1;
		for (; end < to && this.#text[end] === this.#text[at]; end++);
		return end - at;
	}

	#code(at: number, to: number): { node: Inline; end: number } {
		const text = this.#text;
		const ticks = this.#runOf(at, to);
		const key = `\`${ticks}/${to}`;
		if (!this.#isHopeless(key, at)) {
			for (let i = at + ticks; i < to; i++) {
				if (text[i] === "`") {
					const length = this.#runOf(i, to);
					if (length === ticks) {
						const inside = text.slice(at + ticks, i);
						const padded = inside.length > 2 && inside.startsWith(" ") && inside.endsWith(" ") && inside.trim() !== "";
						return { node: { type: "code", text: filled(padded ? inside.slice(1, -1) : inside, this.#reader) }, end: i + ticks };
					}
					i += length - 1;
				}
			}
			this.#hopeless.set(key, at);
		}
		return { node: text.slice(at, at + ticks), end: at + ticks };
	}

	#isHopeless(key: string, at: number): boolean {
		const from = this.#hopeless.get(key);
		return from !== undefined && at >= from;
	}

	#link(at: number, to: number, open: readonly Mark[]): { node: Inline; end: number } | undefined {
		const text = this.#text;
		const middle = this.#isHopeless("](", at) ? -1 : text.indexOf("](", at + 1);
		if (middle < 0) {
			this.#hopeless.set("](", Math.min(at, this.#hopeless.get("](") ?? at));
		}
		if (middle < 0 || middle >= to) {
			return undefined;
		}
		/* The words of a link have no other link in them, so that none can look like another. */
		const words = text.slice(at + 1, middle);
		if (words === "" || /[[\n]|https?:\/\/|mailto:/i.test(words)) {
			return undefined;
		}
		const most = Math.min(to, middle + 2 + LONGEST_LINK);
		let depth = 1;
		let end = middle + 2;
		for (; end < most && depth > 0 && !NO_LINK.includes(text[end]!); end++) {
			depth += text[end] === "(" ? 1 : text[end] === ")" ? -1 : 0;
		}
		const href = text.slice(middle + 2, end - 1);
		if (depth > 0 || !looksLikeLink(href)) {
			return undefined;
		}
		return { node: { type: "link", href, content: this.read(at + 1, middle, open) }, end };
	}

	#bare(at: number, to: number): { node: Inline; end: number } | undefined {
		const href = bareLink(this.#text, at, to);
		return href === undefined ? undefined : { node: { type: "link", href, content: [href] }, end: at + href.length };
	}

	#marked(at: number, from: number, to: number, open: readonly Mark[]): { node: Inline; end: number } | undefined {
		const text = this.#text;
		const length = this.#runOf(at, to);
		const star = text[at] === "*";
		const literal = { node: text.slice(at, at + length), end: at + length };
		const before = at > from ? text[at - 1]! : "";
		const after = text[at + length];
		if (after === undefined || at + length >= to || SPACE.test(after) || (star && WORD.test(before))) {
			return literal;
		}
		if (star ? length > 3 : length !== 2) {
			return literal;
		}
		const mark = (star ? (length === 1 ? "*" : "**") : text[at]! + text[at]!) as Mark;
		const start = at + mark.length;
		const end = open.includes(mark) ? -1 : this.#endOf(mark, start, to);
		if (end < 0) {
			return literal;
		}
		return { node: { type: MARKS[mark], content: this.read(start, end, [...open, mark]) }, end: end + mark.length };
	}

	/** Where a mark that was opened ends; escapes, code and links are passed over. */
	#endOf(mark: Mark, start: number, to: number): number {
		const text = this.#text;
		if (this.#isHopeless(mark + to, start)) {
			return -1;
		}
		for (let at = start; at < to; ) {
			const character = text[at];
			if (character === "\\" || character === HOLE) {
				at += 2;
			} else if (character === "`") {
				at = this.#code(at, to).end;
			} else if (character === "[" || character === "h" || character === "H" || character === "m" || character === "M") {
				const found = character === "[" ? this.#link(at, to, []) : this.#bare(at, to);
				at = found?.end ?? at + 1;
			} else if (character === mark[0]) {
				const length = this.#runOf(at, to);
				if (at > start && this.#ends(mark, at, length)) {
					return at + length - mark.length;
				}
				at += length;
			} else {
				at++;
			}
		}
		this.#hopeless.set(mark + to, start);
		return -1;
	}

	#ends(mark: Mark, at: number, length: number): boolean {
		const text = this.#text;
		if (SPACE.test(text[at - 1]!)) {
			return false;
		}
		if (mark[0] !== "*") {
			return length === 2;
		}
		const after = text[at + length] ?? "";
		return !WORD.test(after) && length <= 3 && (mark === "*" ? length !== 2 : length >= 2);
	}
}

function inlineOf(text: string, reader: Reader): Inline[] {
	return new Inliner(text, reader).read(0, text.length, []);
}

/** What stands for a spoiler where nothing can be uncovered. */
const COVER = "███";

function plainInline(content: readonly Inline[]): string {
	return content
		.map((node) => {
			if (typeof node === "string") {
				return node;
			}
			switch (node.type) {
				case "code":
				case "mention":
					return node.text;
				case "spoiler":
					return COVER;
				case "link": {
					const words = plainInline(node.content);
					return words === node.href ? words : `${words} (${node.href})`;
				}
				default:
					return plainInline(node.content);
			}
		})
		.join("");
}

function plainBlock(block: Block): string {
	switch (block.type) {
		case "text":
			return plainInline(block.content);
		case "fence":
			return block.text;
		case "quote":
			return plain(block.content)
				.split("\n")
				.map((line) => (line ? `> ${line}` : ">"))
				.join("\n");
		case "list":
			return block.items
				.map((item, i) => `${block.start === undefined ? "-" : `${block.start + i}.`} ${plainInline(item)}`)
				.join("\n");
	}
}

/** The text without marks: for previews, notifications and whatever shows plain text only. */
export function plain(blocks: readonly Block[]): string {
	return blocks.map(plainBlock).join("\n");
}

export function plainText(text: string, mentions: readonly Range[] = []): string {
	return plain(parse(text, mentions));
}

function hasMention(node: Inline | Block): boolean {
	if (typeof node === "string") {
		return false;
	}
	return node.type === "mention" || ("content" in node && node.content.some(hasMention)) || ("items" in node && node.items.flat().some(hasMention));
}

/** Whether one of these places is outside of code, where a name calls somebody. */
export function isOutsideCode(text: string, places: readonly Range[]): boolean {
	return parse(text, places).some(hasMention);
}
