// SPDX-License-Identifier: MIT
// The list of chats with its filters. Nothing in it moves while somebody points at it or walks through it.

import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { t } from "../i18n.ts";
import { FILTERS, heldOrder, passes, type Filter } from "../logic/list.ts";
import { nameOf } from "../logic/people.ts";
import { chatPath } from "../logic/routes.ts";
import { invitations, titleOf, waiting } from "../state/invitations.ts";
import { follow } from "../state/router.ts";
import { asking, home, listed, loaded, order, type Chat } from "../state/store.ts";
import { ChatRow } from "./chat-row.tsx";
import { Icon } from "./icons.tsx";
import { Avatar, Go } from "./parts.tsx";
import { rowContextMenu, rowMenuKey, watchLongPress } from "./row-events.ts";
import { walkRows } from "./search.tsx";

export const filter = signal<Filter>("all");

/** A pointer that rests for so long points no more. */
const REST_MS = 4_000;

/** The order of rows; held is what it was when somebody began to point at the list, or went into it by key. */
function useHeld(next: readonly Chat[]) {
	const [held, setHeld] = useState<readonly Chat[]>();
	const why = useRef({ pointer: false, focus: false });
	const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
	const shown = held ? heldOrder(held, next) : next;
	const now = useRef(shown);
	now.current = shown;
	const change = (what: "pointer" | "focus", on: boolean) => {
		why.current[what] = on;
		const hold = why.current.pointer || why.current.focus;
		setHeld((before) => (hold ? (before ?? now.current) : undefined));
	};
	const pointer = (event: PointerEvent) => {
		if (event.pointerType === "mouse") {
			clearTimeout(timer.current);
			timer.current = setTimeout(() => change("pointer", false), REST_MS);
			if (!why.current.pointer) {
				change("pointer", true);
			}
		}
	};
	const leave = () => {
		clearTimeout(timer.current);
		change("pointer", false);
	};
	useEffect(() => () => clearTimeout(timer.current), []);
	return {
		shown,
		on: {
			onPointerMove: pointer,
			onPointerLeave: leave,
			onFocusIn: (event: FocusEvent) => change("focus", (event.target as HTMLElement).matches(":focus-visible")),
			onFocusOut: () => change("focus", false),
		},
	};
}

/** Many filters fit no narrow list: they scroll. */
export function Filters() {
	return (
		<div class="filters" role="group" aria-label={t("list.filters")}>
			{FILTERS.map((name) => {
				const n = name === "requests" ? waiting.value : 0;
				return (
					<button type="button" key={name} aria-pressed={filter.value === name} onClick={() => (filter.value = name)}>
						{t(`list.filter.${name}`)}
						{n > 0 && <span class="filter-count">{n}</span>}
					</button>
				);
			})}
		</div>
	);
}

function Empty({ name }: { name: Filter }) {
	return name === "all" ? (
		<div class="list-empty">
			<p>
				<b>{t("list.empty")}</b>
			</p>
			<p>{t("list.emptyText")}</p>
			<Go to="/people" class="button button-primary">
				{t("list.emptyAction")}
			</Go>
		</div>
	) : (
		<div class="list-empty">
			<p>{t(`list.none.${name}`)}</p>
			{name === "groups" ? (
				<Go to="/new" class="button">
					{t("nav.newGroup")}
				</Go>
			) : (
				<button type="button" class="button" onClick={() => (filter.value = "all")}>
					{t("list.showAll")}
				</button>
			)}
		</div>
	);
}

function Skeletons() {
	return (
		<div class="skeletons" aria-hidden="true">
			{[0, 1, 2, 3, 4].map((i) => (
				<div class="skeleton-row" key={i}>
					<span class="skeleton skeleton-round" />
					<span class="skeleton skeleton-line" />
					<span class="skeleton skeleton-line skeleton-short" />
				</div>
			))}
		</div>
	);
}

interface RequestRowProps {
	address: string;
	name: string;
	path: string;
	children: ComponentChildren;
}

function RequestRow({ address, name, path, children }: RequestRowProps) {
	return (
		<li class="chat-item">
			<a class="chat-row" href={path} onClick={follow}>
				<Avatar name={name} address={address} />
				<span class="chat-row-name">{name}</span>
				<span class="preview">{children}</span>
			</a>
		</li>
	);
}

function RequestRows() {
	return (
		<>
			{asking.value.map((person) => (
				<RequestRow key={person.address} address={person.address} name={nameOf(person)} path={chatPath(person.address, home.value)}>
					{person.text || t("requests.wants")}
				</RequestRow>
			))}
			{invitations.value.map(({ group, by }) => (
				<RequestRow key={group.address} address={group.address} name={titleOf(group)} path="/people">
					{t("groups.invites", { name: nameOf(by) })}
				</RequestRow>
			))}
		</>
	);
}

export function ChatList() {
	const name = filter.value;
	const { shown, on } = useHeld(order.value.filter((chat) => passes(listed(chat), name)));
	const list = useRef<HTMLUListElement>(null);
	const empty = name === "requests" ? waiting.value === 0 : shown.length === 0;
	useEffect(() => (list.current ? watchLongPress(list.current) : undefined), [empty]);
	if (empty) {
		return loaded.value ? <Empty name={name} /> : <Skeletons />;
	}
	const keys = (event: KeyboardEvent) => {
		rowMenuKey(event);
		walkRows(event);
	};
	return (
		<ul class="chat-list" ref={list} onKeyDown={keys} onContextMenu={rowContextMenu} {...on}>
			{name === "requests" ? <RequestRows /> : shown.map((chat) => <ChatRow key={chat.address} chat={chat} />)}
		</ul>
	);
}

/** How many unread chats are beyond an edge of the list, and the way to the next of them. */
export function UnreadPills() {
	const [beyond, setBeyond] = useState({ above: 0, below: 0 });
	const mark = useRef<HTMLSpanElement>(null);
	const pane = () => mark.current?.closest<HTMLElement>(".list-frame")?.querySelector<HTMLElement>(".side-list");
	const rows = () => [...(pane()?.querySelectorAll<HTMLElement>(".chat-row-unread") ?? [])];
	const places = order.value.map((chat) => (chat.unread.value > 0 || chat.marked.value ? chat.address : "")).join();
	useEffect(() => {
		const list = pane();
		if (!list) {
			return undefined;
		}
		let frame = 0;
		const look = () => {
			frame = 0;
			const { top, bottom } = list.getBoundingClientRect();
			const boxes = rows().map((row) => row.getBoundingClientRect());
			const above = boxes.filter((box) => box.bottom < top + 8).length;
			const below = boxes.filter((box) => box.top > bottom - 8).length;
			setBeyond((before) => (before.above === above && before.below === below ? before : { above, below }));
		};
		const later = () => (frame ||= requestAnimationFrame(look));
		later();
		list.addEventListener("scroll", later, { passive: true });
		const observer = new ResizeObserver(later);
		observer.observe(list);
		return () => {
			cancelAnimationFrame(frame);
			list.removeEventListener("scroll", later);
			observer.disconnect();
		};
	}, [places, filter.value]);
	const go = (down: boolean) => {
		const { top, bottom } = pane()!.getBoundingClientRect();
		const all = rows();
		const next = down
			? all.find((row) => row.getBoundingClientRect().top > bottom - 8)
			: all.findLast((row) => row.getBoundingClientRect().bottom < top + 8);
		next?.scrollIntoView({ block: "center" });
	};
	return (
		<>
			<span ref={mark} hidden />
			{beyond.above > 0 && (
				<button type="button" class="list-pill list-pill-above" onClick={() => go(false)}>
					<Icon name="down" />
					{t("list.above", { n: beyond.above })}
				</button>
			)}
			{beyond.below > 0 && (
				<button type="button" class="list-pill list-pill-below" onClick={() => go(true)}>
					<Icon name="down" />
					{t("list.below", { n: beyond.below })}
				</button>
			)}
		</>
	);
}
