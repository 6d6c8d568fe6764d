// SPDX-License-Identifier: MIT
// What clients did and saw, in the order in which it happened to them: the only thing the checker judges by.
//
// Events, each with "at" (its place), "who" (a bare address) and "device" (a name for one client program):
//   login    resource, resumed, missed         the node said ready; missed: who logs in is told what it missed
//   attempt  id, chat, text                    a message was sent, for the first time or again
//   answer   id, mid, seq, time                and acknowledged
//   refused  id, code                          or refused
//   ask      id, method, params                a method was asked, for the first time or again
//   done     id, result                        and answered
//   denied   id, code                          or refused
//   live     message                           a message frame came (message.missed: what a device had missed)
//   rule     days                              from now on the node removes what is older, in every chat
//   clock    before, now                       its clock was moved on, in ms since 1970
//   swept    now                               all that was too old then is gone
//   settled                                    nothing is under way any more, everybody has read everything

import { createWriteStream } from "node:fs";
import { once } from "node:events";

export class History {
	events = [];

	add(kind, facts = {}) {
		const event = { at: this.events.length, kind, ...facts };
		this.events.push(event);
		return event;
	}

	/** Every client is idle, and every reader has read all of every chat since it is. */
	settle() {
		this.add("settled");
	}

	/** One event a line, for whoever looks into a violation. */
	async write(path) {
		const file = createWriteStream(path);
		for (const event of this.events) {
			if (!file.write(`${JSON.stringify(event)}\n`)) {
				await once(file, "drain");
			}
		}
		file.end();
		await once(file, "finish");
	}
}

/** Methods whose answers say something about messages; of others only that there was one is kept. */
const TOLD = /^(history\.|groups\.(create|invite)$)/;

/** Notes the frames of one client program, over all its connections. */
export class Tap {
	#history;
	#of;
	#methods = new Map();
	/** Whether the last login asked for what was missed. */
	#missed = false;

	constructor(history, who, device) {
		this.#history = history;
		this.#of = { who, device };
	}

	sent(frame) {
		if (frame.type === "message") {
			const { id, to: chat, text } = frame;
			this.#add("attempt", { id, chat, text });
		} else if (frame.type === "request") {
			const { id, method, params } = frame;
			this.#methods.set(id, method);
			this.#add("ask", { id, method, params });
		} else if (frame.type === "auth") {
			this.#missed = frame.missed === true;
		}
	}

	received(frame) {
		if (frame.type === "ready") {
			this.#add("login", {
				resource: frame.address.split("/")[1],
				resumed: frame.resumed,
				...(this.#missed ? { missed: true } : {}),
			});
		} else if (frame.type === "message") {
			this.#add("live", { message: frame });
		} else if (frame.type === "result" && frame.mid !== undefined) {
			const { id, mid, seq, time } = frame;
			this.#add("answer", { id, mid, seq, time });
		} else if (frame.type === "result") {
			const told = TOLD.test(this.#methods.get(frame.id) ?? "");
			this.#add("done", { id: frame.id, ...(told ? { result: frame.result } : {}) });
		} else if (frame.type === "error" && frame.id !== undefined) {
			this.#add(this.#methods.has(frame.id) ? "denied" : "refused", { id: frame.id, code: frame.code });
		}
	}

	#add(kind, facts) {
		this.#history.add(kind, { ...this.#of, ...facts });
	}
}

/** An event as somebody reads it. */
export function told(event) {
	const { at, kind, who, device, ...facts } = event;
	return `#${at} ${[who, device].filter(Boolean).join("/")} ${kind} ${JSON.stringify(facts)}`;
}
