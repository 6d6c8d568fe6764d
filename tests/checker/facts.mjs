// SPDX-License-Identifier: MIT
// A history, put in order for the rules: what was sent, what was asked, and every sight of every entry of every chat.

const bare = (address) => address.split("/")[0];

/** One chat has one name, whoever talks about it. */
export function chatKey(who, chat) {
	return isGroup(chat) ? chat : [who, chat].sort().join("+");
}

export function isGroup(chat) {
	return chat.split("@")[1]?.startsWith("rooms.") ?? false;
}

/** Everything known of a chat. */
class Chat {
	/** Of entries, in the order in which they were seen: { event, who, how, message, since }. */
	sights = [];
	/** Pages that were read: { event, asked, who, params, result }. */
	pages = [];
	/** Rows of the inbox: { event, asked, who, row }. */
	rows = [];
	/** The first sight of each place, and of each mid. */
	bySeq = new Map();
	byMid = new Map();
	/** The highest place that was seen. */
	last = 0;

	constructor(key, people) {
		this.key = key;
		this.group = isGroup(key);
		/** Of a chat of two, who they are. */
		this.people = people;
	}

	see(sight) {
		const { seq, mid } = sight.message;
		this.sights.push(sight);
		this.last = Math.max(this.last, seq);
		if (!this.bySeq.has(seq)) {
			this.bySeq.set(seq, sight);
		}
		if (mid !== undefined && !this.byMid.has(mid)) {
			this.byMid.set(mid, sight);
		}
	}
}

export class Facts {
	chats = new Map();
	/** Messages that were sent, by sender and id: { who, id, chat, text, attempts, answers, refusals }. */
	messages = new Map();
	/** Questions, by device and id: { who, device, method, params, asked, done, denied }. */
	questions = new Map();
	/** From a login that was not resumed to the next: { who, device, resource, login, live, missed, dones }. */
	sessions = [];
	/** Of groups, whether new members may read everything. */
	whole = new Map();
	settledAt;
	/** What is older than so many days may be removed; undefined: nothing may. */
	keptDays;
	/** When the clock was moved, and when all was removed that had to: { at, before, now }. */
	clocks = [];
	sweeps = [];
	/** Answers to what was not sent. */
	strays = [];
	#current = new Map();

	constructor(history) {
		for (const event of history.events) {
			this[`_${event.kind}`](event);
		}
		this.#byText();
	}

	chat(who, address) {
		const key = chatKey(who, address);
		if (!this.chats.has(key)) {
			this.chats.set(key, new Chat(key, isGroup(address) ? undefined : [who, address]));
		}
		return this.chats.get(key);
	}

	/** Everybody who appears. */
	get people() {
		return new Set(this.sessions.map(({ who }) => who));
	}

	/** Entries name who made them with the device; rules want the person. */
	static by(message) {
		return bare(message.from);
	}

	_login(event) {
		const { who, device, resource, resumed } = event;
		if (!resumed || !this.#current.has(device)) {
			const session = { who, device, resource, login: event, live: [], missed: [], dones: [] };
			this.sessions.push(session);
			this.#current.set(device, session);
		}
	}

	#message({ who, id }) {
		return this.messages.get(`${who}/${id}`);
	}

	_attempt(event) {
		const { who, id, chat, text } = event;
		const known = this.#message(event);
		if (known) {
			known.attempts.push(event);
			return;
		}
		const message = { who, id, chat: this.chat(who, chat), text, attempts: [event], answers: [], refusals: [] };
		this.messages.set(`${who}/${id}`, message);
	}

	_answer(event) {
		const message = this.#message(event);
		if (message === undefined) {
			this.strays.push(event);
			return;
		}
		message.answers.push(event);
		const { who, mid, seq, time } = event;
		message.chat.see({ event, who, how: "answer", message: { mid, seq, time, from: who, text: message.text } });
	}

	_refused(event) {
		this.#message(event)?.refusals.push(event);
	}

	_ask(event) {
		const { who, device, id, method, params } = event;
		const key = `${device}/${id}`;
		const known = this.questions.get(key);
		if (known) {
			known.asked.push(event);
		} else {
			this.questions.set(key, { who, device, method, params, asked: [event] });
		}
	}

	_denied(event) {
		const question = this.questions.get(`${event.device}/${event.id}`);
		question.denied = event;
	}

	_done(event) {
		const question = this.questions.get(`${event.device}/${event.id}`);
		question.done ??= event; /* asked again it may be answered again */
		this.#current.get(event.device)?.dones.push(question);
		const { method, params, who } = question;
		if (method === "groups.create" && event.result) {
			this.whole.set(event.result.group.address, params.history === "all");
		} else if (method === "history.page" || method === "history.get") {
			this.#read(question, this.chat(who, params.chat), event);
		} else if (method === "history.inbox") {
			this.#inbox(question, event);
		}
	}

	#read(question, chat, event) {
		const { who, params, method } = question;
		const asked = question.asked[0];
		const how = method === "history.get" ? "get" : params.after === undefined ? "page" : "after";
		if (how !== "get") {
			chat.pages.push({ event, asked, who, how, params, result: event.result });
		}
		for (const message of event.result.messages) {
			chat.see({ event, who, how, message, since: asked.at });
		}
	}

	#inbox(question, event) {
		const asked = question.asked[0];
		for (const row of event.result.chats) {
			const chat = this.chat(question.who, row.chat);
			chat.rows.push({ event, asked, who: question.who, row });
			if (row.last) {
				chat.see({ event, who: question.who, how: "inbox", message: row.last, since: asked.at });
			}
		}
	}

	_live(event) {
		const { who, device, message } = event;
		const chat = this.chat(who, message.chat);
		const sight = { event, who, how: message.missed ? "missed" : "live", message };
		chat.see(sight);
		this.#current.get(device)?.[message.missed ? "missed" : "live"].push({ ...sight, chat });
	}

	_rule({ days }) {
		this.keptDays = days;
	}

	_clock(event) {
		this.clocks.push(event);
	}

	_swept(event) {
		this.sweeps.push(event);
	}

	_settled(event) {
		this.settledAt = event.at;
	}

	/** The messages by what they say: readers other than the sender's devices are not told the id. */
	#byText() {
		this.texts = new Map();
		for (const message of this.messages.values()) {
			this.texts.set(message.text, message);
		}
		this.edits = new Map();
		for (const question of this.questions.values()) {
			if (question.method === "history.edit") {
				this.edits.set(question.params.text, question);
			}
		}
	}
}
