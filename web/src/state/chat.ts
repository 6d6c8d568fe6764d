// SPDX-License-Identifier: MIT
// What is known of one chat, each thing in a signal of its own.

import { batch, computed, signal, type ReadonlySignal, type Signal } from "@preact/signals";

import type { Effective, Group, Keep, Message, Outgoing, Person, Presence } from "../../sdk/src/index.ts";
import { changed, changesMessage } from "../logic/changes.ts";
import { nameOf } from "../logic/people.ts";
import { beginningAt, EMPTY, type Timeline } from "../logic/timeline.ts";

/** Where the reader was in a chat, for the way back to it. */
export interface Place {
	atEnd: boolean;
	key?: string;
	/** Of the message there, if the node has it. */
	mid?: string;
	offset?: number;
}

/** A message that is shown outside of its place: being looked for, here, or nowhere to be found. */
export type Copy = Message | "asked" | "missing";

/** What is being done in the message box instead of writing something new. */
export interface Editing {
	mid: string;
	seq: number;
	/** What it says so far. */
	before: string;
	text: string;
}

export class Chat {
	readonly address: string;
	readonly person: Signal<Person>;
	/** Of a group. */
	readonly group = signal<Group | undefined>(undefined);
	/** One is no longer in it. */
	readonly gone = signal(false);
	readonly last = signal<Message | undefined>(undefined);
	readonly unread = signal(0);
	/** How many of them name the reader. */
	readonly mentions = signal(0);
	/** Shown as unread although it was read. */
	readonly marked = signal(false);
	readonly archived = signal(false);
	readonly pinned = signal(false);
	readonly notify = signal<Effective | undefined>(undefined);
	readonly outgoing = signal<readonly Outgoing[]>([]);
	readonly presence = signal<Presence | undefined>(undefined);
	readonly draft = signal("");
	/** The message that the draft answers. */
	readonly reply = signal<string | undefined>(undefined);
	readonly editing = signal<Editing | undefined>(undefined);
	readonly timeline = signal<Timeline>(EMPTY);
	/** What was before this place was too old and is gone; 0: nothing was. */
	readonly begins = signal(0);
	/** How long messages are kept, where that has an end. */
	readonly keep = signal<Keep | undefined>(undefined);
	readonly loading = signal<"no" | "newest" | "older" | "newer" | "failed">("no");
	/** Behind this seq the line "new messages" stands, until the chat is left. */
	readonly unreadAfter = signal<number | undefined>(undefined);
	/** How far the other has received and read it. */
	readonly delivered = signal(0);
	readonly seen = signal(0);
	/** Who is typing. */
	readonly typing = signal<readonly string[]>([]);
	readonly pins = signal<readonly Message[]>([]);
	/** Messages that are chosen, by mid; undefined while nobody chooses. */
	readonly chosen = signal<ReadonlySet<string> | undefined>(undefined);
	/** Messages that others quote. */
	readonly copies = new Map<string, Signal<Copy>>();
	readonly title: ReadonlySignal<string>;
	/** The read position and the last seq, as the node told them. */
	read = 0;
	/** Up to here it was seen, and the node is being told; 0 for no. */
	reading = 0;
	/** It was marked as unread: up to here seeing it is not reading it, until it is opened again. */
	held = 0;
	seq = 0;
	time = 0;
	/** It is in the inbox: somebody wrote something. */
	listed = false;
	/** The timeline is as new as the connection. */
	fresh = false;
	/** Of a timeline that is not fresh: changes up to this seq are in it. */
	known = 0;
	/** How often another part of it was taken in place of the timeline. */
	taken = 0;
	/** What is in the box has not been told to the node yet. */
	draftUnsaved = false;
	place?: Place;

	constructor(person: Person) {
		this.address = person.address;
		this.person = signal(person);
		this.title = computed(() => {
			const group = this.group.value;
			return group ? group.title || group.names?.join(", ") || group.address : nameOf(this.person.value);
		});
	}

	get name(): string {
		return this.title.value;
	}

	/** What is before a place is gone, wherever it was shown. Tells whether that is new. */
	beginAt(seq: number): boolean {
		if (seq <= this.begins.peek()) {
			return false;
		}
		const stays = (message: Message) => message.seq >= seq;
		const mids = new Set(this.timeline.peek().messages.filter((message) => !stays(message)).map(({ mid }) => mid));
		batch(() => {
			this.begins.value = seq;
			this.timeline.value = beginningAt(this.timeline.peek(), seq);
			this.pins.value = this.pins.peek().filter(stays);
			const last = this.last.peek();
			this.last.value = last && stays(last) ? last : undefined;
			const chosen = this.chosen.peek();
			this.chosen.value = chosen && new Set([...chosen].filter((mid) => !mids.has(mid)));
			for (const copy of this.copies.values()) {
				const quoted = copy.peek();
				if (typeof quoted === "object" && !stays(quoted)) {
					copy.value = "missing";
				}
			}
		});
		return true;
	}

	/** A change reaches every copy of its message. */
	applyToCopies(entry: Message, me: string): void {
		if (!changesMessage(entry)) {
			return;
		}
		const last = this.last.peek();
		if (last) {
			this.last.value = changed(last, entry, me);
		}
		const copy = this.copies.get(entry.change!.mid!);
		const quoted = copy?.peek();
		if (copy && typeof quoted === "object") {
			copy.value = changed(quoted, entry, me);
		}
		if (this.pins.peek().some(({ mid }) => mid === entry.change!.mid)) {
			this.pins.value = this.pins.peek().map((pin) => changed(pin, entry, me)).filter((pin) => pin.pinned && !pin.deleted);
		}
	}
}
