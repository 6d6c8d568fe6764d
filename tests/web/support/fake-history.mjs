// SPDX-License-Identifier: MIT
// Chats of the fake node: messages, and what is done to them.

import { randomUUID } from "node:crypto";

const MESSAGE_CHANGES = new Set(["edit", "delete", "react", "pin"]);
const RANK = { owner: 4, admin: 3, moderator: 2, member: 1, none: 0 };

export class FakeChat {
	entries = [];
	receipts = new Map(); /* name -> { delivered, read } */

	constructor(node, names, group) {
		Object.assign(this, { node, names: new Set(names), group });
	}

	addressFor(viewer) {
		if (this.group) {
			return this.group.address;
		}
		return this.node.address([...this.names].find((name) => name !== viewer.name) ?? viewer.name);
	}

	get people() {
		return [...this.names].map((name) => this.node.accounts.get(name));
	}

	add(from, more, time = this.node.clock()) {
		const entry = { mid: randomUUID(), from: from.name, device: "seed", seq: this.entries.length + 1, time: new Date(time).toISOString(), reactions: new Map(), ...more };
		this.entries.push(entry);
		for (const person of this.people) {
			person.changed.set(this, ++this.node.changes);
		}
		return entry;
	}

	find(mid) {
		const found = this.entries.find((entry) => entry.mid === mid && !entry.change);
		if (!found) {
			throw this.node.refusal("not-found", "There is no such message.");
		}
		return found;
	}

	view(viewer, entry) {
		const { node } = this;
		const { mid, id, from, device, seq, time, text, reply, forward, mentions, edited, deleted, reactions, pinned, rev, change } = entry;
		const shown = [...reactions].filter(([, who]) => who.size > 0).map(([emoji, who]) => ({
			emoji, count: who.size, ...(who.has(viewer.name) ? { own: true } : {}), by: [...who].slice(0, 20).map((name) => node.address(name)),
		}));
		return {
			type: "message", mid, ...(id && from === viewer.name ? { id } : {}), from: `${node.address(from)}/${device}`,
			to: this.group?.address ?? this.addressFor(node.accounts.get(from)), chat: this.addressFor(viewer), seq, time,
			...(text === undefined ? {} : { text }), ...(reply ? { reply } : {}), ...(forward ? { forward } : {}), ...(mentions?.length ? { mentions } : {}),
			...(edited ? { edited } : {}), ...(deleted ? { deleted } : {}), ...(shown.length > 0 ? { reactions: shown } : {}),
			...(pinned ? { pinned } : {}), ...(rev ? { rev } : {}), ...(change ? { change } : {}),
		};
	}

	tell(entry, but) {
		for (const person of this.people) {
			this.node.tell(person, this.view(person, entry), but);
		}
	}

	/** A change, done and told. */
	change(by, change, target) {
		const entry = this.add(by, { change: { ...change, ...(target ? { mid: target.mid } : {}) } });
		if (target) {
			target.rev = entry.seq;
		}
		return entry;
	}

	mentions(text) {
		const found = [];
		for (const match of text.matchAll(/@(\w+)/g)) {
			const name = match[1].toLowerCase();
			const start = [...text.slice(0, match.index)].length;
			if (this.names.has(name)) {
				found.push({ start, length: match[0].length, who: this.node.address(name) });
			} else if (name === "all" || name === "here") {
				found.push({ start, length: match[0].length, all: name });
			}
		}
		return found;
	}

	said() {
		return this.entries.filter(({ change }) => !change || !MESSAGE_CHANGES.has(change.kind));
	}

	row(viewer) {
		const read = viewer.read.get(this) ?? 0;
		const last = this.entries.findLast(({ change }) => !change);
		const settings = viewer.settings?.get(this) ?? {};
		const other = !this.group && this.people.find((person) => person !== viewer);
		const receipt = other && this.receipts.get(other.name);
		const from = viewer.marked?.get(this);
		const unread = this.entries.filter((entry) => entry.seq >= (from ?? read + 1) && entry.from !== viewer.name && !entry.change && !entry.deleted);
		const mine = unread.filter(({ mentions = [] }) => mentions.some(({ who, all }) => all || who === this.node.address(viewer.name)));
		return {
			chat: this.addressFor(viewer), ...(this.group ? { group: this.groupFor(viewer) } : { person: this.node.person(viewer, other || viewer) }),
			...(last ? { last: this.view(viewer, last) } : {}), seq: this.entries.length, read, unread: unread.length, ...(from ? { unread_from: from } : {}),
			...(mine.length > 0 ? { mentions: mine.length } : {}), ...(receipt ? { delivered: receipt.delivered, seen: receipt.read } : {}), ...settings,
			time: last?.time ?? this.group?.created ?? new Date(0).toISOString(),
		};
	}

	groupFor(viewer) {
		const { roles, ...rest } = this.group;
		return { ...rest, role: roles.get(viewer.name) ?? "none", members: this.names.size };
	}

	receipt(who, kind, seq) {
		const before = this.receipts.get(who.name) ?? { delivered: 0, read: 0 };
		const next = { delivered: Math.max(before.delivered, seq), read: kind === "read" ? Math.max(before.read, seq) : before.read };
		this.receipts.set(who.name, next);
		for (const person of this.people.filter((other) => other !== who)) {
			this.node.tell(person, { type: "event", name: "receipt", chat: this.addressFor(person), from: this.node.address(who.name), kind, seq });
		}
	}
}

function pageOf(chat, viewer, { before, after, around, limit = 50 }) {
	const { entries } = chat;
	const show = (entry) => chat.view(viewer, entry);
	if (after !== undefined) {
		const part = entries.slice(after, after + limit);
		return { messages: part.map(show), first: part[0]?.seq ?? 0, last: part.at(-1)?.seq ?? 0, more: after + limit < entries.length };
	}
	const all = chat.said();
	if (around !== undefined) {
		const at = all.findIndex(({ mid }) => mid === around);
		if (at < 0) {
			throw chat.node.refusal("not-found", "There is no such message.");
		}
		const from = Math.max(0, at - (limit >> 1));
		const part = all.slice(from, from + limit);
		const later = from + limit < all.length;
		return {
			messages: part.map(show), first: from > 0 ? part[0].seq : 1, last: later ? part.at(-1).seq : entries.length, more: from > 0, later,
		};
	}
	const end = before === undefined ? entries.length + 1 : before;
	const part = all.filter(({ seq }) => seq < end).slice(-limit);
	const more = part.length > 0 && all[0] !== part[0];
	return { messages: part.map(show), first: more ? part[0].seq : Math.min(1, end - 1), last: end - 1, more };
}

/** The methods of the module history, and what the client asks of groups. */
export function chatMethods(node) {
	const open = (session, address) => node.chatAt(session.account, address);
	const own = (session, entry) => {
		if (entry.from !== session.account.name) {
			throw node.refusal("not-allowed", "That is somebody else's message.");
		}
	};
	/** Tells the other devices where somebody stands in a chat now, and answers with it. */
	const moved = (session, chat, address) => {
		session.account.changed.set(chat, ++node.changes);
		const { read, unread, unread_from } = chat.row(session.account);
		const told = { unread, ...(unread_from ? { unread_from } : {}) };
		node.tell(session.account, { type: "event", name: "read", chat: address, seq: read, ...told }, session);
		return { read, ...told };
	};
	const done = (chat, entry) => {
		chat.tell(entry);
		return { seq: entry.seq };
	};
	return {
		"history.page": (session, params) => pageOf(open(session, params.chat), session.account, params),
		"history.inbox": (session, { since }) => {
			const from = since ? Number(since.slice(1)) : 0;
			const rows = [...session.account.changed].filter(([, at]) => at > from).sort((a, b) => b[1] - a[1]).map(([chat]) => chat.row(session.account));
			return { chats: rows, cursor: `c${node.changes}`, full: !since, more: false };
		},
		"history.read": (session, { chat: address, seq }) => {
			const chat = open(session, address);
			const me = session.account;
			const before = me.read.get(chat) ?? 0;
			if (seq >= (me.marked?.get(chat) ?? Infinity)) {
				me.marked.delete(chat);
				if (seq < before) {
					me.marked.set(chat, seq + 1);
				}
			}
			me.read.set(chat, Math.max(before, seq));
			chat.receipt(me, "read", seq);
			return moved(session, chat, address);
		},
		"history.unread": (session, { chat: address, mid }) => {
			const chat = open(session, address);
			const me = session.account;
			me.marked ??= new Map();
			me.marked.set(chat, chat.find(mid).seq);
			return moved(session, chat, address);
		},
		"history.get": (session, { chat: address, mids }) => {
			const chat = open(session, address);
			return { messages: chat.entries.filter(({ mid }) => mids.includes(mid)).map((entry) => chat.view(session.account, entry)) };
		},
		"history.edit": (session, { chat: address, mid, text }) => {
			const chat = open(session, address);
			const target = chat.find(mid);
			own(session, target);
			if (target.text === text) {
				return {};
			}
			const mentions = chat.mentions(text);
			const entry = chat.change(session.account, { kind: "edit", text, ...(mentions.length > 0 ? { mentions } : {}) }, target);
			(target.versions ??= []).push({ text: target.text, time: target.edited ?? target.time });
			Object.assign(target, { text, mentions, edited: entry.time });
			return done(chat, entry);
		},
		"history.delete": (session, { chat: address, mid }) => {
			const chat = open(session, address);
			const target = chat.find(mid);
			if (RANK[chat.group?.roles.get(session.account.name) ?? "none"] < RANK.moderator) {
				own(session, target);
			}
			const entry = chat.change(session.account, { kind: "delete" }, target);
			for (const key of ["text", "mentions", "reply", "forward", "pinned", "edited"]) {
				delete target[key];
			}
			target.reactions.clear();
			target.deleted = { by: node.address(session.account.name), time: entry.time };
			return done(chat, entry);
		},
		"history.react": (session, { chat: address, mid, emoji, on }) => {
			const chat = open(session, address);
			const target = chat.find(mid);
			const who = target.reactions.get(emoji) ?? new Set();
			if (who.has(session.account.name) === on) {
				return {};
			}
			who[on ? "add" : "delete"](session.account.name);
			target.reactions.set(emoji, who);
			return done(chat, chat.change(session.account, { kind: "react", emoji, on }, target));
		},
		"history.pin": (session, { chat: address, mid, on }) => {
			const chat = open(session, address);
			const target = chat.find(mid);
			if (Boolean(target.pinned) === on) {
				return {};
			}
			target.pinned = on || undefined;
			return done(chat, chat.change(session.account, { kind: "pin", on }, target));
		},
		"history.pins": (session, { chat: address }) => {
			const chat = open(session, address);
			return { messages: chat.entries.filter(({ pinned }) => pinned).map((entry) => chat.view(session.account, entry)) };
		},
		"history.versions": (session, { chat: address, mid }) => {
			const { versions = [], text, edited, time } = open(session, address).find(mid);
			return { versions: [...versions, { text, time: edited ?? time }] };
		},
		"history.readers": (session, { chat: address, mid }) => {
			const chat = open(session, address);
			const { seq } = chat.find(mid);
			const others = [...chat.receipts].filter(([name]) => name !== session.account.name);
			const told = ([name]) => ({ address: node.address(name), at: new Date().toISOString() });
			const read = others.filter(([, receipt]) => receipt.read >= seq).map(told);
			const delivered = others.filter(([, receipt]) => receipt.read < seq && receipt.delivered >= seq).map(told);
			return { read, delivered };
		},
		"history.date": (session, { chat: address, time }) => ({ seq: open(session, address).said().find((entry) => entry.time >= time)?.seq ?? 0 }),
		"history.set": (session, { chat: address, draft, ...flags }) => {
			const chat = open(session, address);
			const me = session.account;
			me.settings ??= new Map();
			const settings = me.settings.get(chat) ?? {};
			for (const [name, on] of Object.entries(flags)) {
				settings[name] = on || undefined;
			}
			if (draft) {
				settings.draft = draft.text || draft.reply ? draft : undefined;
			}
			me.settings.set(chat, settings);
			me.changed.set(chat, ++node.changes);
			const { archived = false, pinned = false, marked = false } = settings;
			node.tell(me, { type: "event", name: "chat.changed", chat: address, archived, pinned, marked, ...(settings.draft ? { draft: settings.draft } : {}) }, session);
			return {};
		},
		"history.typing": (session, { chat: address, on }) => {
			const chat = open(session, address);
			for (const person of chat.people.filter((other) => other !== session.account)) {
				node.tell(person, { type: "event", name: "typing", chat: chat.addressFor(person), from: node.address(session.account.name), on });
			}
			return {};
		},
		"groups.get": (session, { group }) => ({ group: open(session, group).groupFor(session.account) }),
		"groups.members": (session, { group, text = "", limit = 50 }) => {
			const chat = open(session, group);
			const want = text.toLowerCase();
			const fits = chat.people.filter(({ name, display }) => name.startsWith(want) || display.toLowerCase().startsWith(want));
			const members = fits.slice(0, limit).map((person) => ({
				person: node.person(session.account, person), role: chat.group.roles.get(person.name), since: chat.group.created,
			}));
			return { members, total: chat.names.size };
		},
	};
}
