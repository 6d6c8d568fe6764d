// SPDX-License-Identifier: MIT
// One message in the timeline.

import type { Signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

import type { Message } from "../../sdk/src/index.ts";
import { t } from "../i18n.ts";
import { replyOf, type MessageRow, type SendState } from "../logic/rows.ts";
import { clockTime, fullTime } from "../logic/time.ts";
import { me, nameOfAddress, type Chat } from "../state/store.ts";
import { Icon } from "./icons.tsx";
import { lazy, pages } from "./lazy.tsx";
import { choose } from "./message-acts.ts";
import { nameOrYou } from "./names.ts";
import { openOverlay } from "./overlay.ts";
import { Avatar, Hidden } from "./parts.tsx";
import { Quote } from "./quote.tsx";
import { Reactions } from "./reactions.tsx";
import { Text } from "./text.tsx";
import { Toolbar } from "./toolbar.tsx";

const Failed = lazy(async () => (await pages()).Failed);

const STATE_ICONS = { waiting: "clock", sent: "tick", delivered: "ticks", read: "ticks", failed: "warning" } as const;

/** What was read was delivered, and what was delivered was sent. */
const STATE_CLASSES = {
	waiting: "state-waiting", failed: "state-failed", sent: "state-sent", delivered: "state-sent state-delivered",
	read: "state-sent state-delivered state-read",
} as const;

function State({ state }: { state: SendState }) {
	if (state === "received") {
		return null;
	}
	return (
		<>
			<Icon name={STATE_ICONS[state]} className={`state ${STATE_CLASSES[state]}`} />
			<Hidden>, {t(`chat.state.${state}`)}</Hidden>
		</>
	);
}

/** A text with more characters or lines than these may be too long to be shown whole. */
const LONG = 300;
const LINES = 12;

function isLong(text: string): boolean {
	return text.length > LONG || text.split("\n", LINES + 1).length > LINES;
}

/** Shows twelve lines; the rest when it is asked for. */
function Folded({ children }: { children: ComponentChildren }) {
	const box = useRef<HTMLDivElement>(null);
	const [state, setState] = useState<"measure" | "folded" | "open">("measure");
	useLayoutEffect(() => {
		const { scrollHeight, clientHeight } = box.current!;
		if (state === "measure") {
			setState(scrollHeight > clientHeight + 30 ? "folded" : "open");
		}
	}, []);
	return (
		<>
			<div class={state === "open" ? "unfolded" : "folded"} ref={box}>
				{children}
			</div>
			{state === "folded" && (
				<button type="button" class="link-button show-more" tabIndex={-1} onClick={() => setState("open")}>
					{t("message.showMore")}
				</button>
			)}
		</>
	);
}

function Body({ row, id }: { row: MessageRow; id: string }) {
	const { message, text } = row;
	if (message?.deleted) {
		const by = message.deleted.by === row.from ? "message.deleted" : "message.deletedBy";
		return (
			<div class="text text-deleted" id={id}>
				<Icon name="block" /> {t(by, { name: message.deleted.by === me.value ? t("system.you") : nameOrYou(message.deleted.by) })}
			</div>
		);
	}
	const words = (
		<div class="text" id={id} dir="auto">
			<Text text={text} mentions={message?.mentions} />
		</div>
	);
	return isLong(text) ? <Folded>{words}</Folded> : words;
}

function Meta({ chat, row, id }: { chat: Chat; row: MessageRow; id: string }) {
	const { message, time, state } = row;
	return (
		<span class="meta" id={id}>
			{message?.pinned && (
				<>
					<Icon name="pin" className="state" />
					<Hidden>{t("message.isPinned")}, </Hidden>
				</>
			)}
			{message?.edited && !message.deleted && (
				<button
					type="button"
					class="edited"
					tabIndex={-1}
					title={t("message.editedAt", { time: fullTime(Date.parse(message.edited)) })}
					onClick={() => openOverlay({ kind: "versions", chat, message })}
				>
					{t("message.edited")}
				</button>
			)}
			<time dateTime={new Date(time).toISOString()} title={fullTime(time)}>
				{clockTime(time)}
			</time>
			<State state={state} />
		</span>
	);
}

function ForwardHead({ from }: { from?: string }) {
	return (
		<span class="forwarded">
			<Icon name="forward" />
			{from ? t("message.forwardedFrom", { name: nameOfAddress(from) }) : t("message.forwarded")}
		</span>
	);
}

function Chooser({ chat, message, name }: { chat: Chat; message: Message; name: string }) {
	const chosen = chat.chosen.value;
	return chosen ? (
		<input
			type="checkbox"
			class="chooser"
			tabIndex={-1}
			checked={chosen.has(message.mid)}
			aria-label={t("select.one", { name })}
			onChange={() => choose(chat, message.mid)}
		/>
	) : null;
}

interface MessageProps {
	chat: Chat;
	row: MessageRow;
	active: Signal<string>;
}

function labelOf(row: MessageRow, id: string): string {
	const parts = [`${id}-who`, replyOf(row) && `${id}-quote`, `${id}-text`, `${id}-when`, row.message?.reactions?.length && `${id}-reactions`];
	return parts.filter(Boolean).join(" ");
}

export function MessageItem({ chat, row, active }: MessageProps) {
	const id = `m-${row.key}`;
	const { message, own, opens, ends, state } = row;
	const reply = replyOf(row);
	const forward = message?.forward ?? (row.outgoing?.forward && (row.outgoing.forward.source ? row.outgoing.forward : {}));
	const grouped = chat.group.value !== undefined && !own;
	const name = nameOrYou(row.from);
	const classes = ["msg", own ? "msg-own" : "msg-other", opens && "msg-opens", ends && "msg-ends", grouped && "msg-grouped", `msg-${state}`];
	return (
		<li
			class={classes.filter(Boolean).join(" ")}
			data-key={row.key}
			data-seq={row.seq}
			data-mid={message?.mid}
			tabIndex={-1}
			aria-labelledby={labelOf(row, id)}
		>
			{message && <Chooser chat={chat} message={message} name={name} />}
			{message && <Toolbar chat={chat} message={message} rowKey={row.key} active={active} />}
			{grouped && opens && <Avatar name={name} address={row.from} size="small" />}
			<div class="bubble">
				<span class={grouped && opens ? "sender" : "visually-hidden"} id={`${id}-who`}>
					{name}
				</span>
				{forward && !message?.deleted && <ForwardHead from={forward.from} />}
				{reply && !message?.deleted && <Quote chat={chat} mid={reply} id={`${id}-quote`} />}
				<Body key={row.text} row={row} id={`${id}-text`} />
				<Meta chat={chat} row={row} id={`${id}-when`} />
			</div>
			{message && <Reactions chat={chat} message={message} id={`${id}-reactions`} />}
			{state === "failed" && row.outgoing && <Failed outgoing={row.outgoing} />}
		</li>
	);
}
