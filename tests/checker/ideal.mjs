// SPDX-License-Identifier: MIT
// A node of a hundred lines that keeps the promise, and the history of people who use it: what tests plant faults in.

import { chatKey, isGroup } from "./facts.mjs";
import { History, Tap } from "./history.mjs";

const bare = (address) => address.split("/")[0];
const MEMBER = new Set(["reactions", "pinned"]);
/** Between two entries of the node of those who keep messages for a time: twelve hours. */
const STEP = 43_200_000;

export class Ideal {
	history = new History();
	devices = [];
	chats = new Map();
	/** Whether times are times, and not only names of them. */
	timed = false;
	/** Read positions, "who chat" => place. */
	#reads = new Map();
	#n = 0;

	device(name, label) {
		const who = `${name}@x`;
		const device = { who, full: `${who}/${label}`, tap: new Tap(this.history, who, `${name}/${label}`) };
		this.devices.push(device);
		this.login(device);
		return device;
	}

	/** A device that asks for what it missed; it is told that when it comes back. */
	simple(name, label) {
		const device = this.device(name, label);
		this.history.events.at(-1).missed = true;
		return Object.assign(device, { missing: [] });
	}

	go(device) {
		device.away = true;
	}

	comeBack(device) {
		device.away = false;
		device.tap.sent({ type: "auth", missed: true });
		this.login(device);
		for (const frame of device.missing.splice(0)) {
			device.tap.received({ ...frame, missed: true });
		}
	}

	login(device, resumed = false) {
		device.tap.received({ type: "ready", address: device.full, resumed });
	}

	#chat(key) {
		if (!this.chats.has(key)) {
			this.chats.set(key, { key, entries: [], members: isGroup(key) ? new Map() : undefined });
		}
		return this.chats.get(key);
	}

	#isIn(chat, who) {
		return chat.members ? chat.members.get(who)?.in === true : chat.key.split("+").includes(who);
	}

	/** An entry, sent to all devices but the one that wrote a message. */
	#append(chat, by, entry) {
		const seq = chat.entries.length + 1;
		const full = { type: "message", mid: `mid-${++this.#n}`, seq, time: this.#time(), from: by.full, ...entry };
		chat.entries.push(full);
		for (const device of this.devices) {
			if (this.#isIn(chat, device.who) && (device !== by || entry.change)) {
				const frame = { ...full, chat: this.#nameFor(chat, device.who) };
				if (device.away) {
					device.missing.push(frame);
				} else {
					device.tap.received(frame);
				}
			}
		}
		return full;
	}

	#time() {
		return this.timed ? new Date(this.now).toISOString() : `t${this.#n}`;
	}

	get now() {
		return this.#n * STEP;
	}

	/** What is older than so many days goes from a chat. */
	sweep(device, to, days) {
		const chat = this.#chat(chatKey(device.who, to));
		const kept = chat.entries.find(({ time }) => Date.parse(time) >= this.now - days * 86_400_000);
		chat.begins = kept?.seq ?? chat.entries.length + 1;
	}

	#nameFor(chat, who) {
		return chat.members ? chat.key : (chat.key.split("+").find((one) => one !== who) ?? who);
	}

	say(device, id, to, text) {
		device.tap.sent({ type: "message", id, to, text });
		const { mid, seq, time } = this.#append(this.#chat(chatKey(device.who, to)), device, { text, to });
		device.tap.received({ type: "result", id, mid, seq, time });
		return { id, to, text, mid, seq, time };
	}

	again(device, { id, to, text, mid, seq, time }) {
		device.tap.sent({ type: "message", id, to, text });
		device.tap.received({ type: "result", id, mid, seq, time, repeated: true });
	}

	ask(device, method, params, answer) {
		const id = `r-${++this.#n}`;
		device.tap.sent({ type: "request", id, method, params });
		device.tap.received({ type: "result", id, result: answer() });
	}

	change(device, chat, kind, mid, more = {}) {
		this.ask(device, `history.${kind}`, { chat, mid, ...more }, () => {
			const known = this.#chat(chatKey(device.who, chat));
			const entry = this.#append(known, device, { change: { kind, mid, ...more } });
			this.#apply(known.entries.find((one) => one.mid === mid && !one.change), entry, kind, more);
			return { seq: entry.seq };
		});
	}

	#apply(message, { seq, time, from }, kind, { text, emoji, on }) {
		message.rev = seq;
		if (kind === "edit") {
			Object.assign(message, { text, edited: time });
		} else if (kind === "delete") {
			for (const name of ["text", "edited", ...MEMBER]) {
				delete message[name];
			}
			message.deleted = { by: bare(from), time };
		} else if (kind === "pin") {
			message.pinned = on;
		} else {
			message.reactions = on ? [{ emoji, by: [bare(from)], count: 1 }] : [];
		}
	}

	create(device, name, history) {
		this.ask(device, "groups.create", { name, history }, () => {
			const chat = this.#chat(`${name}@rooms.x`);
			Object.assign(chat, { all: history === "all" });
			this.#enter(chat, device, "created");
			return { group: { address: chat.key } };
		});
		return `${name}@rooms.x`;
	}

	#enter(chat, device, kind) {
		chat.members.set(device.who, { in: true, from: chat.entries.length + 1 });
		this.#append(chat, device, { change: { kind } });
	}

	join(device, group) {
		this.ask(device, "groups.join", { group }, () => (this.#enter(this.#chat(group), device, "joined"), {}));
	}

	leave(device, group) {
		this.ask(device, "groups.leave", { group }, () => {
			this.#append(this.#chat(group), device, { change: { kind: "left" } });
			this.#chat(group).members.get(device.who).in = false;
			return {};
		});
	}

	page(device, chat, where = {}) {
		const known = this.#chat(chatKey(device.who, chat));
		this.ask(device, "history.page", { chat, ...where }, () => {
			const from = known.members && !known.all ? known.members.get(device.who).from : 1;
			const low = Math.max(from, known.begins ?? 1);
			const scanned = known.entries.filter(({ seq }) => seq >= low && seq > (where.after ?? 0));
			const told = where.after === undefined ? scanned.filter(({ change }) => !change?.mid) : scanned;
			const [first, last] = [scanned[0]?.seq ?? 0, scanned.at(-1)?.seq ?? 0];
			const begins = known.begins > 1 ? { begins: known.begins } : {};
			return structuredClone({ messages: told, first, last, more: false, ...begins });
		});
	}

	inbox(device) {
		this.ask(device, "history.inbox", {}, () => {
			const mine = [...this.chats.values()].filter((chat) => this.#isIn(chat, device.who));
			return { chats: mine.map((chat) => this.#row(chat, device)), full: true, more: false };
		});
	}

	#row(chat, device) {
		const from = chat.members?.get(device.who).from ?? 1;
		const begins = chat.begins > 1 ? { begins: chat.begins } : {};
		const read = Math.max(this.#reads.get(`${device.who} ${chat.key}`) ?? 0, from - 1);
		const unread = chat.entries.filter(({ seq, change }) => seq > read && seq >= (chat.begins ?? 1) && !change).length;
		const last = chat.entries.filter(({ seq, change }) => !change && seq >= (chat.begins ?? 1)).at(-1);
		const name = this.#nameFor(chat, device.who);
		return structuredClone({ chat: name, seq: chat.entries.length, read, unread, ...begins, ...(last ? { last } : {}) });
	}

	read(device, chat, seq) {
		this.#reads.set(`${device.who} ${chatKey(device.who, chat)}`, seq);
		this.ask(device, "history.read", { chat, seq }, () => ({ read: seq, unread: 0 }));
	}

	/** Everybody reads everything. */
	settle() {
		for (const device of this.devices) {
			this.ask(device, "account.get", undefined, () => ({}));
			for (const chat of this.chats.values()) {
				if (this.#isIn(chat, device.who)) {
					this.page(device, this.#nameFor(chat, device.who), { after: 0 });
					this.page(device, this.#nameFor(chat, device.who));
				}
			}
			this.inbox(device);
		}
		this.history.settle();
	}
}

/** A history in which everything that the checker looks at happens, and nothing is wrong. */
export function goodHistory() {
	const node = new Ideal();
	const phone = node.device("alice", "phone");
	const desk = node.device("alice", "desk");
	const bob = node.device("bob", "tablet");
	const carol = node.device("carol", "watch");
	const first = node.say(phone, "p-1", bob.who, "one");
	node.again(phone, first);
	const second = node.say(phone, "p-2", bob.who, "two");
	const third = node.say(bob, "b-1", phone.who, "three");
	node.say(desk, "d-1", bob.who, "four");
	node.login(bob, true);
	node.inbox(bob);
	node.change(phone, bob.who, "edit", first.mid, { text: "one, edited" });
	node.change(bob, phone.who, "react", first.mid, { emoji: "👍", on: true });
	node.change(bob, phone.who, "pin", first.mid, { on: true });
	node.change(phone, bob.who, "delete", second.mid);
	node.read(phone, bob.who, third.seq);
	node.page(bob, phone.who, { after: 2 });
	const club = node.create(phone, "club", "joined");
	node.say(phone, "p-3", club, "before carol");
	node.join(bob, club);
	node.join(carol, club);
	node.say(bob, "b-2", club, "hello carol");
	node.page(carol, club, { after: 0 });
	node.say(carol, "c-1", club, "hello all");
	node.leave(carol, club);
	node.say(bob, "b-3", club, "she is gone");
	const open = node.create(phone, "open", "all");
	node.say(phone, "p-4", open, "for all who come");
	node.join(bob, open);
	node.settle();
	return node.history;
}

/** The same of a node that keeps messages for two days. */
export function keptHistory() {
	const node = new Ideal();
	node.timed = true;
	const phone = node.device("alice", "phone");
	const bob = node.device("bob", "tablet");
	const clock = (days) => {
		const before = node.now;
		for (let steps = 2 * days; steps > 0; steps--) {
			node.ask(bob, "account.get", undefined, () => ({}));
		}
		node.history.add("clock", { before, now: node.now });
	};
	node.history.add("rule", { days: 2 });
	node.say(phone, "p-1", bob.who, "one");
	node.say(bob, "b-1", phone.who, "two");
	node.page(bob, phone.who, { after: 0 });
	clock(2);
	node.say(phone, "p-2", bob.who, "three");
	node.page(bob, phone.who, { after: 0 });
	node.sweep(bob, phone.who, 2);
	node.page(bob, phone.who, { after: 0 });
	clock(5);
	node.sweep(bob, phone.who, 2);
	node.history.add("swept", { now: node.now });
	node.say(bob, "b-2", phone.who, "four");
	node.settle();
	clock(0);
	return node.history;
}
