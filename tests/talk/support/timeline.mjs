// SPDX-License-Identifier: MIT
// A chat as a client keeps it: messages by their mid, changed by what comes later. Written from docs/protocol.md
// alone, so that a test compares the node with what it says.

/** What stays of a message when live and read ones are compared: not what only some readers are told. */
function bare({ notify, missed, id, ...message }) {
	return message;
}

export class Timeline {
	/** Of whom: the bare address of the reader. */
	constructor(reader) {
		this.reader = reader;
		this.messages = new Map();
		this.seen = 0;
	}

	/** A message frame, live or from a page with "after": messages and changes in order of seq. */
	take(frame) {
		this.seen = Math.max(this.seen, frame.seq);
		if (frame.change === undefined) {
			this.put(frame);
		} else if (frame.change.mid !== undefined) {
			this.#change(frame);
		} else {
			this.put(frame);
		}
	}

	/** A message as it is now, of a page or of history.get: newer than what is known, or not. */
	put(message) {
		const known = this.messages.get(message.mid);
		if (known === undefined || (message.rev ?? 0) >= (known.rev ?? 0)) {
			this.messages.set(message.mid, structuredClone(message));
		}
	}

	page(page) {
		this.seen = Math.max(this.seen, page.last);
		for (const message of page.messages) {
			this.put(message);
		}
	}

	#change({ seq, from, time, change }) {
		const message = this.messages.get(change.mid);
		const by = from.split("/")[0];
		if (message === undefined || seq <= (message.rev ?? 0)) {
			return;
		}
		message.rev = seq;
		if (change.kind === "edit") {
			this.#edit(message, change, time);
		} else if (change.kind === "delete") {
			for (const name of ["text", "mentions", "reply", "forward", "reactions", "pinned", "edited"]) {
				delete message[name];
			}
			message.deleted = { by, time };
		} else if (change.kind === "react" && change.emoji !== undefined) {
			this.#react(message, change, by);
		} else if (change.kind === "pin" && change.on) {
			message.pinned = true;
		} else if (change.kind === "pin") {
			delete message.pinned;
		}
	}

	#edit(message, { text, mentions }, time) {
		if (text === undefined) {
			return; /* what it says now comes with a later change */
		}
		message.text = text;
		message.edited = time;
		delete message.mentions;
		if (mentions !== undefined) {
			message.mentions = mentions;
		}
	}

	#react(message, { emoji, on }, by) {
		const reactions = message.reactions ?? [];
		let reaction = reactions.find((one) => one.emoji === emoji);
		if (reaction === undefined) {
			reaction = { emoji, by: [], count: 0 };
			reactions.push(reaction);
		}
		reaction.by = reaction.by.filter((who) => who !== by);
		if (on) {
			reaction.by.push(by);
		}
		reaction.count = reaction.by.length;
		delete reaction.own;
		if (reaction.by.includes(this.reader)) {
			reaction.own = true;
		}
		message.reactions = reactions.filter(({ count }) => count > 0);
		if (message.reactions.length === 0) {
			delete message.reactions;
		}
	}

	copy() {
		const copy = new Timeline(this.reader);
		copy.messages = structuredClone(this.messages);
		copy.seen = this.seen;
		return copy;
	}

	/** One message, to be compared. */
	one(mid) {
		return bare(this.messages.get(mid));
	}

	/** Everything in order, to be compared. */
	get all() {
		return [...this.messages.values()].sort((a, b) => a.seq - b.seq).map(bare);
	}
}
