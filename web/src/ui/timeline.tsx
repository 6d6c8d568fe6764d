// SPDX-License-Identifier: MIT
// The messages of a chat, and the art of not moving what somebody is reading.

import { signal } from "@preact/signals";
import { Component, createRef, type VNode } from "preact";

import { t } from "../i18n.ts";
import { dayOf } from "../logic/time.ts";
import { rowsOf, type Row } from "../logic/timeline.ts";
import { loadNewer, loadNewest, loadOlder, markRead, sends } from "../state/chats.ts";
import { now } from "../state/now.ts";
import { me, type Chat } from "../state/store.ts";
import { focusComposer } from "./composer.tsx";
import { Icon } from "./icons.tsx";
import { MessageItem } from "./message.tsx";
import { Avatar } from "./parts.tsx";

/** This near to its end the timeline follows what comes. */
const NEAR_END = 48;
/** This near to an end of what is loaded, more is loaded. */
const NEAR_EDGE = 800;

interface Props {
	chat: Chat;
	name: string;
}

/** A message and where it was on the screen. */
interface Anchor {
	key: string;
	top: number;
}

function sameRow(a: Row, b: Row): boolean {
	const keys = Object.keys(a) as (keyof Row)[];
	return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
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
	#anchor?: Anchor;
	#seen = 0;
	#sends = sends.peek();
	#frame = 0;
	#line: number | undefined;
	#active = "";
	#wayIn?: HTMLElement;
	#name = "";
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
		this.#settle(undefined);
	}

	override componentWillUnmount(): void {
		const { chat } = this.props;
		this.#observer?.disconnect();
		cancelAnimationFrame(this.#frame);
		removeEventListener("focus", this.#look);
		document.removeEventListener("visibilitychange", this.#look);
		if (this.#placed) {
			chat.place = { atEnd: this.#follows, key: this.#anchor?.key, offset: this.#anchor?.top };
		}
	}

	override getSnapshotBeforeUpdate(): Anchor | undefined {
		return this.#placed ? this.#topRow() : undefined;
	}

	override componentDidUpdate(_props: Props, _state: object, anchor: Anchor | undefined): void {
		this.#settle(anchor);
	}

	/** The first message that can be seen. */
	#topRow(): Anchor | undefined {
		const log = this.#log.current;
		const rows = this.#list.current?.children;
		if (!log || !rows) {
			return undefined;
		}
		const top = log.scrollTop;
		let low = 0;
		let high = rows.length;
		while (low < high) {
			const middle = (low + high) >> 1;
			const row = rows[middle] as HTMLElement;
			if (row.offsetTop + row.offsetHeight <= top) {
				low = middle + 1;
			} else {
				high = middle;
			}
		}
		for (let i = low; i < rows.length; i++) {
			const row = rows[i] as HTMLElement;
			if (row.dataset.key) {
				return { key: row.dataset.key, top: row.offsetTop - top };
			}
		}
		return undefined;
	}

	#row(key: string): HTMLElement | null | undefined {
		return this.#list.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`);
	}

	#restore(anchor: Anchor | undefined): void {
		const log = this.#log.current;
		const row = anchor && this.#row(anchor.key);
		if (log && row) {
			log.scrollTop = row.offsetTop - anchor.top;
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
		} else if (this.#sends !== sends.peek()) {
			this.#sends = sends.peek();
			this.#follows = true;
			this.#toEnd();
		} else if (this.#follows && chat.timeline.peek().atEnd) {
			this.#toEnd();
		} else {
			this.#restore(anchor);
		}
		this.#rove();
		this.#later();
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
		this.#coverDays();
		const last = this.#lastSeen(log);
		this.#seen = Math.max(this.#seen, last);
		this.#below.value = chat.timeline.peek().messages.filter(({ seq, from }) => seq > this.#seen && !from.startsWith(`${me.peek()}/`)).length;
		this.#away.value = !this.#follows && (this.#distance() > log.clientHeight * 1.5 || !chat.timeline.peek().atEnd);
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

	/** Of the days that stick to the top only the last is seen. */
	#coverDays(): void {
		const days = [...this.#list.current!.querySelectorAll<HTMLElement>(":scope > .day")];
		const tops = days.map((day) => day.offsetTop);
		days.forEach((day, i) => day.classList.toggle("day-covered", (tops[i + 1] ?? Infinity) < tops[i]! + day.offsetHeight));
	}

	/** The seq of the last message whose beginning is on the screen. */
	#lastSeen(log: HTMLElement): number {
		const rows = this.#list.current!.children;
		const bottom = log.scrollTop + log.clientHeight;
		for (let i = rows.length - 1; i >= 0; i--) {
			const row = rows[i] as HTMLElement;
			if (row.dataset.seq && row.offsetTop + Math.min(row.offsetHeight, 40) <= bottom) {
				return Number(row.dataset.seq);
			}
		}
		return 0;
	}

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

	/** One message is the way in for Tab: the one that was active, else the last. */
	#rove(): void {
		const chosen = this.#active === "unread" ? this.#list.current?.querySelector<HTMLElement>(".unread-line h2") : this.#row(this.#active);
		const active = chosen ?? this.#list.current?.querySelector<HTMLElement>(":scope > .msg:last-child");
		if (active !== this.#wayIn) {
			if (this.#wayIn) {
				this.#wayIn.tabIndex = -1;
			}
			if (active) {
				active.tabIndex = 0;
			}
			this.#wayIn = active ?? undefined;
		}
	}

	#stops(): HTMLElement[] {
		return [...(this.#list.current?.querySelectorAll<HTMLElement>(":scope > .msg, .unread-line h2") ?? [])];
	}

	#stopKey(stop: HTMLElement): string {
		return stop.dataset.key ?? "unread";
	}

	#focusStop(stop: HTMLElement | undefined): void {
		if (stop) {
			this.#active = this.#stopKey(stop);
			this.#rove();
			stop.focus({ preventScroll: true });
			stop.scrollIntoView({ block: "nearest" });
		}
	}

	#focused = (event: FocusEvent) => {
		const stop = (event.target as HTMLElement).closest<HTMLElement>(".msg, .unread-line h2");
		if (stop) {
			this.#active = this.#stopKey(stop);
			this.#rove();
		}
	};

	#keys = (event: KeyboardEvent) => {
		const target = event.target as HTMLElement;
		const all = this.#stops();
		const at = all.findIndex((stop) => stop.contains(target));
		if (at < 0 || event.altKey || event.metaKey) {
			return;
		}
		const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: all.length - 1, PageUp: at - 10, PageDown: at + 10 }[event.key];
		if (to !== undefined) {
			event.preventDefault();
			this.#focusStop(all[Math.min(all.length - 1, Math.max(0, to))]);
		} else if ((event.key === "Enter" || event.key === "ArrowRight") && target === all[at]) {
			const inside = target.querySelector<HTMLElement>("a, button");
			if (inside) {
				event.preventDefault();
				inside.focus();
			}
		} else if (event.key === "Escape") {
			event.preventDefault();
			if (target === all[at]) {
				focusComposer();
			} else {
				all[at]!.focus();
			}
		}
	};

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
		const { chat, name } = this.props;
		switch (row.kind) {
			case "start":
				return (
					<li key={row.key} class="chat-start">
						<Avatar name={name} address={chat.address} size="large" />
						<p>
							<b>{t("chat.start", { name })}</b>
						</p>
						<p class="muted">{t("chat.startHint")}</p>
					</li>
				);
			case "day":
				return (
					<li key={row.key} class="day">
						<Day time={row.time} />
					</li>
				);
			case "unread":
				return (
					<li key={row.key} class="unread-line">
						<h2 tabIndex={-1}>{t("chat.unread")}</h2>
					</li>
				);
			case "message":
				return <MessageItem key={row.key} row={row} name={name} />;
		}
	}

	override render({ chat, name }: Props) {
		const timeline = chat.timeline.value;
		const rows = rowsOf({ timeline, outgoing: chat.outgoing.value, me: me.value, unreadAfter: chat.unreadAfter.value });
		const loading = chat.loading.value;
		if (this.#drawn.size > rows.length * 3 || this.#name !== name) {
			this.#drawn.clear();
			this.#name = name;
		}
		const empty = timeline.messages.length === 0 && chat.outgoing.value.length === 0;
		return (
			<div class="log-frame">
				<div
					class="log"
					id="messages"
					ref={this.#log}
					role="log"
					aria-live="off"
					aria-label={t("chat.messagesWith", { name })}
					aria-busy={loading !== "no" && loading !== "failed"}
					tabIndex={empty ? 0 : undefined}
					onScroll={this.#scrolled}
					onKeyDown={this.#keys}
					onFocusCapture={this.#focused}
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
				<Pill below={this.#below.value} away={this.#away.value && !this.#follows} onClick={this.#goToEnd} />
			</div>
		);
	}
}

function Day({ time }: { time: number }) {
	const day = dayOf(time, now.value);
	return <h2>{day.kind === "date" ? day.text : t(`chat.${day.kind}`)}</h2>;
}

function Pill({ below, away, onClick }: { below: number; away: boolean; onClick(): void }) {
	if (below === 0 && !away) {
		return null;
	}
	return (
		<button type="button" class={`pill ${below > 0 ? "pill-new" : ""}`} onClick={onClick} aria-label={below > 0 ? undefined : t("chat.latest")}>
			{below > 0 && <span>{t("chat.new", { n: below })}</span>}
			<Icon name="down" />
		</button>
	);
}

function Skeleton() {
	return (
		<div class="skeletons log-skeleton" aria-hidden="true">
			{[0, 1, 2, 3, 4, 5].map((i) => (
				<span key={i} class={`skeleton skeleton-bubble skeleton-bubble-${i % 3}`} />
			))}
		</div>
	);
}
