// SPDX-License-Identifier: MIT
// The messages of a chat, and the art of not moving what somebody is reading.

import { effect, signal } from "@preact/signals";
import { Component, createRef, type VNode } from "preact";

import { t } from "../i18n.ts";
import { isGroup } from "../logic/address.ts";
import { rowsOf, type Row } from "../logic/rows.ts";
import { markRead, sends } from "../state/chats.ts";
import { meetAuthors } from "../state/members.ts";
import { loadNewer, loadNewest, loadOlder } from "../state/pages.ts";
import { blocked, me, type Chat } from "../state/store.ts";
import { BlockedItem } from "./blocked.tsx";
import { focusComposer } from "./composer-focus.ts";
import { anchorAt, anchorOf, type Anchor as Spot } from "./floating.tsx";
import { watchGestures } from "./gestures.ts";
import { forgetWays, goBackInChat, jump, ways } from "./jump.ts";
import { coverDays, lastSeen, topRow, type Anchor } from "./measure.ts";
import { MessageItem } from "./message.tsx";
import { openMessageMenu, replyTo, writable } from "./message-acts.ts";
import { Rover } from "./rover.ts";
import { SystemItem } from "./system.tsx";
import { BackPill, Day, Pill, Skeleton, Start, UnreadLine } from "./timeline-parts.tsx";

/** This near to its end the timeline follows what comes. */
const NEAR_END = 48;
/** This near to an end of what is loaded, more is loaded. */
const NEAR_EDGE = 800;
const FLASH_MS = 1_600;

interface Props {
	chat: Chat;
}

function same(a: unknown, b: unknown): boolean {
	return a === b || (Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((entry, i) => entry === b[i]));
}

function sameRow(a: Row, b: Row): boolean {
	const keys = Object.keys(a) as (keyof Row)[];
	return keys.length === Object.keys(b).length && keys.every((key) => same(a[key], b[key]));
}

export class Timeline extends Component<Props> {
	readonly #log = createRef<HTMLDivElement>();
	readonly #list = createRef<HTMLOListElement>();
	/** Drawn rows: what has not changed is not drawn again. */
	readonly #drawn = new Map<string, { row: Row; node: VNode }>();
	readonly #below = signal(0);
	readonly #away = signal(false);
	#follows = true;
	#placed = false;
	/** The focus was in a message, before drawing. */
	#held = false;
	#anchor?: Anchor;
	#seen = 0;
	#sends = sends.peek();
	#frame = 0;
	#line: number | undefined;
	readonly #rover = new Rover(() => this.#list.current);
	/** The message that shows its toolbar: pointed at, or with the focus. */
	readonly #active = signal("");
	#jumped = jump.peek();
	#stop: (() => void)[] = [];
	#observer?: ResizeObserver;
	/** Of the view, when its place was kept last. */
	#height = 0;

	override componentDidMount(): void {
		const log = this.#log.current!;
		this.#observer = new ResizeObserver(() => this.#keepPlace());
		this.#observer.observe(log);
		this.#observer.observe(this.#list.current!);
		addEventListener("focus", this.#look);
		document.addEventListener("visibilitychange", this.#look);
		this.#stop = [
			watchGestures(log, { press: (row, x, y) => this.#menu(row, anchorAt(x, y)), swipe: (row) => this.#swiped(row) }),
			effect(() => void (jump.value && this.forceUpdate())),
			effect(() => void (isGroup(this.props.chat.address) && this.props.chat.timeline.value.last > 0 && meetAuthors(this.props.chat))),
		];
		this.#settle(undefined);
	}

	override componentWillUnmount(): void {
		const { chat } = this.props;
		this.#observer?.disconnect();
		cancelAnimationFrame(this.#frame);
		removeEventListener("focus", this.#look);
		document.removeEventListener("visibilitychange", this.#look);
		this.#stop.forEach((stop) => stop());
		if (this.#placed) {
			this.#keep(chat);
		}
		forgetWays();
	}

	/** Remembers where the reader is. */
	#keep(chat: Chat): void {
		const row = this.#anchor && this.#row(this.#anchor.key);
		chat.place = { atEnd: this.#follows, key: this.#anchor?.key, mid: row?.dataset.mid, offset: this.#anchor?.top };
	}

	override getSnapshotBeforeUpdate(): Anchor | undefined {
		this.#held = this.#list.current?.contains(document.activeElement) === true;
		return this.#placed ? this.#topRow() : undefined;
	}

	override componentDidUpdate(_props: Props, _state: object, anchor: Anchor | undefined): void {
		this.#settle(anchor);
	}

	#topRow(): Anchor | undefined {
		return topRow(this.#log.current, this.#list.current);
	}

	#row(key: string): HTMLElement | null | undefined {
		return this.#list.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`);
	}

	#restore(anchor: Pick<Anchor, "key" | "top"> | undefined): void {
		const log = this.#log.current;
		const row = anchor && this.#row(anchor.key);
		if (log && row) {
			log.scrollTop = row.offsetTop - anchor.top;
		}
	}

	/** The message with the focus may be gone, being too old: then the first one that is left has it. */
	#refocus(): void {
		if (this.#held && document.activeElement === document.body) {
			const next = this.#list.current?.querySelector<HTMLElement>(":scope > .msg");
			if (next) {
				this.#rover.focus(next);
			} else {
				focusComposer();
			}
		}
	}

	#toEnd(): void {
		const log = this.#log.current;
		if (log) {
			log.scrollTop = log.scrollHeight;
		}
	}

	/** Sizes changed, the messages did not. */
	#keepPlace(): void {
		this.#height = this.#log.current?.clientHeight ?? 0;
		if (!this.#placed) {
			return;
		}
		if (this.#follows) {
			this.#toEnd();
		} else {
			this.#restore(this.#anchor);
		}
	}

	/** After drawing: the view is where it belongs. */
	#settle(anchor: Anchor | undefined): void {
		const { chat } = this.props;
		const line = chat.unreadAfter.peek();
		if (line !== undefined && this.#line === undefined && !chat.fresh && this.#follows) {
			/* The page was drawn from the cache, and now it turns out that there is something new. */
			this.#placed = false;
		}
		this.#line = line;
		if (!this.#placed) {
			this.#place();
		} else if (this.#jumped !== jump.peek()) {
			this.#jump();
		} else if (this.#sends !== sends.peek()) {
			this.#sends = sends.peek();
			this.#follows = true;
			this.#toEnd();
		} else if (this.#follows && chat.timeline.peek().atEnd) {
			this.#toEnd();
		} else {
			this.#restore(anchor);
			if (anchor && anchor.seq < chat.begins.peek()) {
				/* What was being read is gone: what came next is read. */
				this.#log.current!.scrollTop = 0;
			}
		}
		this.#rover.settle();
		this.#refocus();
		this.#later();
	}

	/** Goes where it was asked to go. */
	#jump(): void {
		this.#jumped = jump.peek();
		const { chat, key, offset } = this.#jumped!;
		const log = this.#log.current!;
		const row = key === undefined ? undefined : this.#row(key);
		if (chat !== this.props.chat) {
			return;
		}
		if (!row) {
			this.#follows = true;
			this.#toEnd();
			return;
		}
		this.#follows = false;
		log.scrollTop = row.offsetTop - (offset ?? (log.clientHeight - Math.min(row.offsetHeight, log.clientHeight / 2)) / 2);
		this.#anchor = this.#topRow();
		this.#rover.focus(row, true);
		if (offset === undefined) {
			row.classList.add("msg-flash");
			setTimeout(() => row.classList.remove("msg-flash"), FLASH_MS);
		}
	}

	/** Where a chat opens: where it was left, at its unread line, or at its end. */
	#place(): void {
		const { chat } = this.props;
		const { messages, atEnd } = chat.timeline.peek();
		const log = this.#log.current;
		if (!log || messages.length + chat.outgoing.peek().length === 0) {
			return;
		}
		const line = this.#list.current?.querySelector<HTMLElement>(".unread-line");
		/* The unread line may stand in what is still to come. */
		if (!line && chat.unreadAfter.peek() !== undefined && !chat.fresh) {
			this.#toEnd();
			return;
		}
		this.#placed = true;
		const { place } = chat;
		if (line) {
			log.scrollTop = Math.max(0, line.offsetTop - log.clientHeight / 4);
		} else if (place && !place.atEnd && place.key && this.#row(place.key)) {
			this.#restore({ key: place.key, top: place.offset ?? 0 });
		} else {
			this.#toEnd();
		}
		this.#follows = atEnd && this.#distance() < NEAR_END;
	}

	#distance(): number {
		const log = this.#log.current!;
		return log.scrollHeight - log.scrollTop - log.clientHeight;
	}

	#scrolled = () => {
		/* With another height it is not the reader who scrolled: the observer, which comes next, keeps the place. */
		if (this.#placed && this.#log.current?.clientHeight === this.#height) {
			this.#follows = this.props.chat.timeline.peek().atEnd && this.#distance() < NEAR_END;
			this.#later();
		}
	};

	#later(): void {
		cancelAnimationFrame(this.#frame);
		this.#frame = requestAnimationFrame(this.#look);
	}

	/** What is on the screen now: remembers the place, marks as read, loads more. */
	#look = () => {
		const log = this.#log.current;
		const { chat } = this.props;
		if (!log || !this.#placed) {
			return;
		}
		this.#anchor = this.#topRow();
		this.#keep(chat);
		coverDays(this.#list.current!);
		const last = lastSeen(log, this.#list.current!);
		this.#seen = Math.max(this.#seen, last);
		const known = Math.max(this.#seen, chat.read);
		this.#below.value = chat.timeline.peek().messages.filter(({ seq, from, change }) => seq > known && !change && !from.startsWith(`${me.peek()}/`)).length;
		this.#away.value = !this.#follows && (this.#distance() > log.clientHeight * 1.5 || !chat.timeline.peek().atEnd);
		if (this.#follows && this.#distance() < NEAR_END) {
			forgetWays();
		}
		if (last > 0 && document.visibilityState === "visible" && document.hasFocus()) {
			markRead(chat, last);
		}
		if (log.scrollTop < NEAR_EDGE) {
			void loadOlder(chat);
		}
		if (this.#distance() < NEAR_EDGE) {
			void loadNewer(chat);
		}
	};

	#goToEnd = () => {
		const { chat } = this.props;
		this.#follows = true;
		this.#seen = Number.MAX_SAFE_INTEGER;
		if (chat.timeline.peek().atEnd) {
			this.#toEnd();
		} else {
			void loadNewest(chat);
		}
		this.#seen = chat.seq;
		focusComposer();
	};

	#focused = (event: FocusEvent) => {
		this.#active.value = this.#rover.focused(event.target)?.dataset.key ?? "";
	};

	#pointed = (event: PointerEvent) => {
		const row = (event.target as HTMLElement).closest<HTMLElement>(".msg");
		if (event.pointerType === "mouse" && row) {
			this.#active.value = row.dataset.key ?? "";
		}
	};

	#unpointed = (event: PointerEvent) => {
		if (event.pointerType === "mouse") {
			const row = document.activeElement?.closest<HTMLElement>(".log .msg");
			this.#active.value = row?.dataset.key ?? "";
		}
	};

	#keys = (event: KeyboardEvent) => this.#rover.key(event, (stop) => this.#menu(stop, anchorOf(stop.querySelector(".bubble") ?? stop)));

	#menu(row: HTMLElement, at: Spot): void {
		const { chat } = this.props;
		const message = chat.timeline.peek().messages.find(({ mid }) => mid === row.dataset.mid);
		if (message && !chat.chosen.peek()) {
			row.focus({ preventScroll: true });
			openMessageMenu(chat, message, at, true);
		}
	}

	/** The browser's own menu stays for links, and for text that is selected. */
	#context = (event: MouseEvent) => {
		const target = event.target as HTMLElement;
		const row = target.closest<HTMLElement>(".msg[data-mid]");
		if (row && !target.closest("a") && getSelection()?.isCollapsed !== false) {
			event.preventDefault();
			this.#menu(row, anchorAt(event.clientX, event.clientY));
		}
	};

	#swiped(row: HTMLElement): void {
		const { chat } = this.props;
		const message = chat.timeline.peek().messages.find(({ mid }) => mid === row.dataset.mid);
		if (message?.text !== undefined && writable(chat)) {
			replyTo(chat, message);
		}
	}

	#draw(row: Row): VNode {
		const known = this.#drawn.get(row.key);
		if (known && sameRow(known.row, row)) {
			return known.node;
		}
		const node = this.#drawNew(row);
		this.#drawn.set(row.key, { row, node });
		return node;
	}

	#drawNew(row: Row): VNode {
		const { chat } = this.props;
		switch (row.kind) {
			case "start":
				return <Start key={row.key} chat={chat} />;
			case "day":
				return <Day key={row.key} chat={chat} time={row.time} />;
			case "unread":
				return <UnreadLine key={row.key} />;
			case "system":
				return <SystemItem key={row.key} id={row.key} entries={row.entries} seq={row.seq} />;
			case "blocked":
				return <BlockedItem key={row.key} chat={chat} row={row} active={this.#active} />;
			case "message":
				return <MessageItem key={row.key} chat={chat} row={row} active={this.#active} />;
		}
	}

	override render({ chat }: Props) {
		const timeline = chat.timeline.value;
		const direct = chat.group.value === undefined;
		const rows = rowsOf({
			timeline,
			outgoing: chat.outgoing.value,
			me: me.value,
			unreadAfter: chat.unreadAfter.value,
			...(direct ? { delivered: chat.delivered.value, seen: chat.seen.value } : { blocked: new Set(blocked.value.map(({ address }) => address)) }),
		});
		const loading = chat.loading.value;
		if (this.#drawn.size > rows.length * 3) {
			this.#drawn.clear();
		}
		const empty = timeline.messages.length === 0 && chat.outgoing.value.length === 0;
		return (
			<div class={`log-frame ${chat.chosen.value ? "log-choosing" : ""}`}>
				<div
					class="log"
					id="messages"
					ref={this.#log}
					role="log"
					aria-live="off"
					aria-label={t("chat.messagesWith", { name: chat.title.value })}
					aria-busy={loading !== "no" && loading !== "failed"}
					tabIndex={empty ? 0 : undefined}
					onScroll={this.#scrolled}
					onKeyDown={this.#keys}
					onFocusCapture={this.#focused}
					onPointerOver={this.#pointed}
					onPointerLeave={this.#unpointed}
					onContextMenu={this.#context}
				>
					{empty && loading === "newest" && <Skeleton />}
					<ol ref={this.#list}>{rows.map((row) => this.#draw(row))}</ol>
				</div>
				{loading === "failed" && (
					<p class="log-note">
						{t("chat.loadFailed")}{" "}
						<button type="button" class="link-button" onClick={() => void loadNewest(chat)}>
							{t("action.retry")}
						</button>
					</p>
				)}
				{ways.value.some((way) => way.chat === chat) && <BackPill onClick={() => void goBackInChat(chat)} />}
				<Pill below={this.#below.value} away={this.#away.value && !this.#follows} onClick={this.#goToEnd} />
			</div>
		);
	}
}
