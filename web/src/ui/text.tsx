// SPDX-License-Identifier: MIT
// The text of a message as elements: whatever is not marked stays text.

import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

import type { Mention } from "../../sdk/src/index.ts";
import { t } from "../i18n.ts";
import { hrefOf } from "../logic/links.ts";
import { parse, plain, type Block, type Inline } from "../logic/markdown.ts";
import { say } from "../state/live.ts";
import { me } from "../state/store.ts";
import { Icon } from "./icons.tsx";

/** Copies, and says so. */
export async function copyText(text: string): Promise<void> {
	try {
		await navigator.clipboard.writeText(text);
		say("polite", t("chat.copied"));
	} catch (error) {
		console.warn("not copied:", error);
		say("assertive", t("chat.notCopied"));
	}
}

/** Covered until it is pressed. */
function Spoiler({ content, children }: { content: Inline[]; children: ComponentChildren }) {
	const [open, setOpen] = useState(false);
	const words = useRef<HTMLSpanElement>(null);
	useLayoutEffect(() => {
		if (open) {
			words.current?.focus({ preventScroll: true });
		}
	}, [open]);
	if (open) {
		return (
			<span ref={words} class="spoiler-open" tabIndex={-1}>
				{children}
			</span>
		);
	}
	return (
		<button type="button" class="spoiler" aria-label={t("text.spoiler")} title={t("text.spoiler")} onClick={() => setOpen(true)}>
			<span>{plain([{ type: "text", content }])}</span>
		</button>
	);
}

function Words({ content, mentions }: { content: readonly Inline[]; mentions: readonly Mention[] }) {
	return (
		<>
			{content.map((node, i) => {
				if (typeof node === "string") {
					return node;
				}
				switch (node.type) {
					case "code":
						return <code key={i}>{node.text}</code>;
					case "mention":
						return (
							<span key={i} class={`mention ${mentions[node.index]?.all || mentions[node.index]?.who === me.value ? "mention-me" : ""}`}>
								{node.text}
							</span>
						);
					case "link":
						return <Link key={i} node={node} mentions={mentions} />;
					default:
						return <Marked key={i} node={node} mentions={mentions} />;
				}
			})}
		</>
	);
}

function Link({ node, mentions }: { node: Extract<Inline, { type: "link" }>; mentions: readonly Mention[] }) {
	const href = hrefOf(node.href);
	const words = <Words content={node.content} mentions={mentions} />;
	if (href === undefined) {
		return words;
	}
	const named = node.content.length !== 1 || node.content[0] !== node.href;
	return (
		<a href={href} target="_blank" rel="noopener noreferrer nofollow" title={named ? node.href : undefined}>
			{words}
		</a>
	);
}

type MarkedNode = Extract<Inline, { type: "bold" | "italic" | "strike" | "spoiler" }>;

function Marked({ node, mentions }: { node: MarkedNode; mentions: readonly Mention[] }) {
	const words = <Words content={node.content} mentions={mentions} />;
	switch (node.type) {
		case "bold":
			return <strong>{words}</strong>;
		case "italic":
			return <em>{words}</em>;
		case "strike":
			return <s>{words}</s>;
		case "spoiler":
			return <Spoiler content={node.content}>{words}</Spoiler>;
	}
}

function Fence({ text }: { text: string }) {
	return (
		<div class="fence">
			<pre>
				<code>{text}</code>
			</pre>
			<button type="button" class="fence-copy" aria-label={t("text.copyCode")} title={t("text.copyCode")} onClick={() => void copyText(text)}>
				<Icon name="copy" />
			</button>
		</div>
	);
}

function BlockView({ block, mentions }: { block: Block; mentions: readonly Mention[] }) {
	switch (block.type) {
		case "text":
			return <Words content={block.content} mentions={mentions} />;
		case "fence":
			return <Fence text={block.text} />;
		case "quote":
			return (
				<blockquote>
					<Blocks blocks={block.content} mentions={mentions} />
				</blockquote>
			);
		case "list": {
			const items = block.items.map((item, i) => (
				<li key={i}>
					<Words content={item} mentions={mentions} />
				</li>
			));
			return block.start === undefined ? <ul>{items}</ul> : <ol start={block.start}>{items}</ol>;
		}
	}
}

function Blocks({ blocks, mentions }: { blocks: readonly Block[]; mentions: readonly Mention[] }) {
	return (
		<>
			{blocks.map((block, i) => (
				<BlockView key={i} block={block} mentions={mentions} />
			))}
		</>
	);
}

const NONE: readonly Mention[] = [];

/** A message's text with its marks. */
export function Text({ text, mentions = NONE }: { text: string; mentions?: readonly Mention[] }) {
	return <Blocks blocks={parse(text, mentions)} mentions={mentions} />;
}
