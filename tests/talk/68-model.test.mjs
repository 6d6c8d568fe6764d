// SPDX-License-Identifier: MIT
// Random histories of chats. Who watched them live, who was away and came back, who reads them for the first time,
// and a model of what the protocol says: all end in the same state.
// PARLEY_SEED repeats the same histories (not the same moments), PARLEY_HISTORIES is how many.

import assert from "node:assert/strict";
import { it } from "node:test";

import { Line } from "./support/line.mjs";
import { until } from "./support/mailbox.mjs";
import { conversation } from "./support/talk.mjs";
import { Chance } from "../workload/chance.mjs";
import { Timeline } from "./support/timeline.mjs";

const SEED = Number(process.env.PARLEY_SEED ?? Date.now() % 1_000_000_007);
const HISTORIES = Number(process.env.PARLEY_HISTORIES ?? (process.env.PARLEY_TEST_STORE === "mongo" ? 60 : 1000));
/** On MongoDB each waits for others longer. */
const AT_ONCE = process.env.PARLEY_TEST_STORE === "mongo" ? 6 : 24;

const EMOJI = ["👍", "❤️", "🎉", "😀", "👀"];

/** Somebody with a device that watches and one that acts. */
class Person {
	constructor(node, person) {
		this.node = node;
		this.person = person;
		this.address = person.address;
		this.timelines = new Map();
		this.heard = new Map(); /* frames by chat, as they came */
		this.late = new Map(); /* timelines of who opens a chat in the middle of it */
	}

	async start() {
		[this.watcher, this.actor] = await Promise.all([
			Line.of(this.node, this.person, (frame) => this.#hear(frame)),
			Line.of(this.node, this.person),
		]);
	}

	timeline(chat) {
		if (!this.timelines.has(chat)) {
			this.timelines.set(chat, new Timeline(this.address));
		}
		return this.timelines.get(chat);
	}

	#hear(frame) {
		if (frame.type !== "message") {
			return;
		}
		const line = this.timeline(frame.chat);
		assert.ok(frame.seq > line.seen, `${this.address}: ${frame.chat} ${frame.seq} after ${line.seen}`);
		if (line.seen > 0) {
			assert.equal(frame.seq, line.seen + 1, `${this.address}: ${frame.chat}: a gap`);
		}
		line.take(frame);
		this.late.get(frame.chat)?.take(frame);
		this.heard.get(frame.chat)?.push(frame) ?? this.heard.set(frame.chat, [frame]);
	}

	/** Stops watching at some moment: what a client that is away from then on keeps. */
	async goAway() {
		const { cursor, chats } = await wholeInbox(this.watcher, {});
		this.away = { cursor, timelines: new Map() };
		for (const [chat, line] of this.timelines) {
			this.away.timelines.set(chat, line.copy());
		}
		this.away.rows = new Map(chats.map((row) => [row.chat, row]));
	}

	/** Comes back with what it kept: the inbox tells which chats have changed, their pages what. */
	async comeBack() {
		const { chats } = await wholeInbox(this.actor, { since: this.away.cursor });
		for (const row of chats) {
			this.away.rows.set(row.chat, row);
			const line = this.away.timelines.get(row.chat) ?? new Timeline(this.address);
			this.away.timelines.set(row.chat, line);
			for (let more = row.seq > line.seen; more; ) {
				const page = await this.actor.get("history.page", { chat: row.chat, after: line.seen, limit: 7 });
				for (const frame of page.messages) {
					line.take(frame);
				}
				({ more } = page);
			}
		}
	}
}

async function wholeInbox(line, params) {
	const all = [];
	let answer = { cursor: params.since, more: true };
	while (answer.more) {
		answer = await line.get("history.inbox", answer.cursor ? { since: answer.cursor, limit: 100 } : { limit: 100 });
		all.push(...answer.chats);
	}
	return { cursor: answer.cursor, chats: all };
}

/** One chat, and what is done in it. */
class History {
	constructor(number, chance, people, group) {
		this.number = number;
		this.chance = chance;
		this.people = people;
		this.group = group; /* its address, or undefined */
		this.said = []; /* { mid, by, seq } */
		this.steps = 0; /* done */
		this.read = new Map(people.map(({ address }) => [address, 0]));
		this.marked = new Map(); /* from which seq on people have marked it as unread */
	}

	/** The chat as somebody sees it. */
	chatOf(person) {
		return this.group ?? (this.people.find((other) => other !== person) ?? person).address;
	}

	async run() {
		const steps = 8 + this.chance.below(24);
		const lanes = this.people.map((person) => ({ person, chance: new Chance(this.chance.below(2 ** 31)) }));
		/* everybody acts on their own, at the same time */
		await Promise.all([
			this.#openLate(steps),
			...lanes.map(async ({ person, chance }) => {
				for (let n = 0; n < steps / this.people.length; n++) {
					await this.#step(person, chance);
					this.steps++;
				}
			}),
		]);
	}

	/** Somebody opens the chat while things happen: what comes live from then on must fit to the pages. */
	async #openLate(steps) {
		const person = this.chance.of(this.people);
		const when = this.chance.below(steps);
		const chance = new Chance(this.chance.below(2 ** 31));
		await until(() => this.steps >= when);
		person.late.set(this.chatOf(person), new Timeline(person.address));
		await this.#readAll(person, chance, person.late.get(this.chatOf(person)));
	}

	async #step(person, chance) {
		const what = chance.below(100);
		const target = this.said.length > 0 ? chance.of(this.said) : undefined;
		if (target === undefined || what < 35) {
			await this.#say(person, chance, target);
		} else if (what < 90) {
			await this.#change(person, chance, target, what);
		} else if (what < 93) {
			await this.#markUnread(person, target);
		} else if (what < 97 || this.group === undefined) {
			const seq = 1 + chance.below(this.timelineOf(person).seen + 1);
			this.#moved(person, await person.actor.get("history.read", { chat: this.chatOf(person), seq }));
		} else {
			await person.actor.ask("groups.update", { group: this.group, title: `title ${chance.below(1000)}` });
		}
	}

	async #markUnread(person, { mid }) {
		const answer = await person.actor.ask("history.unread", { chat: this.chatOf(person), mid });
		if (answer.type === "error") {
			assert.deepEqual([answer.code, answer.where], ["bad-request", "/params/mid"], JSON.stringify(answer));
		} else {
			this.#moved(person, answer.result);
		}
	}

	#moved({ address }, { read, unread_from: marked }) {
		this.read.set(address, Math.max(read, this.read.get(address)));
		this.marked.set(address, marked);
	}

	timelineOf(person) {
		return person.timeline(this.chatOf(person));
	}

	#text(chance) {
		const words = Array.from({ length: 1 + chance.below(4) }, () => `w${chance.below(50)}`);
		if (chance.below(4) === 0) {
			words.push(`@${chance.of(this.people).person.name}`);
		}
		if (chance.below(12) === 0) {
			words.unshift(chance.of(["@all", "@here", "né", "語"]));
		}
		return words.join(" ");
	}

	async #say(person, chance, target) {
		const members = { text: this.#text(chance) };
		if (target !== undefined && chance.below(5) === 0) {
			members.reply = target.mid;
		} else if (target !== undefined && chance.below(8) === 0) {
			delete members.text;
			members.forward = { chat: this.chatOf(person), mid: target.mid, source: chance.below(2) === 0 };
		}
		const answer = await person.actor.say(this.chatOf(person), members);
		if (answer.type === "error") {
			/* somebody deleted it meanwhile */
			assert.deepEqual([answer.code, answer.where], ["bad-request", "/forward/mid"], JSON.stringify(answer));
			return;
		}
		this.said.push({ mid: answer.mid, by: person, seq: answer.seq });
		this.marked.delete(person.address);
	}

	async #change(person, chance, target, what) {
		const params = { chat: this.chatOf(person), mid: target.mid };
		const on = chance.below(3) > 0;
		let answer;
		if (what < 50) {
			answer = await person.actor.ask("history.edit", { ...params, text: this.#text(chance) });
		} else if (what < 56) {
			answer = await person.actor.ask("history.delete", params);
		} else if (what < 82) {
			answer = await person.actor.ask("history.react", { ...params, emoji: chance.of(EMOJI), on });
		} else {
			answer = await person.actor.ask("history.pin", { ...params, on });
		}
		if (answer.type === "error") {
			assert.match(answer.code, /^(not-allowed|gone)$/, JSON.stringify(answer));
		}
	}

	// ---- what everybody ends with ----

	async compare() {
		const [first] = this.people;
		const truth = this.timelineOf(first).seen;
		for (const person of this.people) {
			const chat = this.chatOf(person);
			await until(() => this.timelineOf(person).seen === truth);
			const live = this.timelineOf(person);
			const why = `PARLEY_SEED=${SEED}: history ${this.number} of ${chat} as ${person.address} sees it`;
			const fresh = await this.#readFresh(person);
			assert.deepEqual(fresh.all, live.all, `${why}: live and read from the end`);
			assert.equal(fresh.seen, live.seen, why);
			const late = person.late.get(chat)?.all ?? live.all;
			assert.deepEqual(late, live.all, `${why}: live and opened in the middle`);
			const away = person.away.timelines.get(chat) ?? new Timeline(person.address);
			assert.deepEqual(away.all, live.all, `${why}: live and after being away`);
			await this.#compareSome(person, live, why);
			this.#compareRow(person, live, why);
		}
	}

	/** By pages of any size, from the newest back. */
	async #readFresh(person) {
		const line = new Timeline(person.address);
		await this.#readAll(person, this.chance, line);
		return line;
	}

	async #readAll(person, chance, line) {
		const chat = this.chatOf(person);
		for (let before, more = true; more; ) {
			const limit = 1 + chance.below(12);
			const params = { chat, limit, ...(before ? { before } : {}) };
			const page = await person.watcher.get("history.page", params, (answer) => line.page(answer));
			[before, more] = [page.first, page.more];
		}
	}

	/** A part around a message, and single ones. */
	async #compareSome(person, live, why) {
		if (this.said.length === 0) {
			return;
		}
		const { mid } = this.chance.of(this.said);
		const chat = this.chatOf(person);
		const around = new Timeline(person.address);
		const page = await person.actor.get("history.page", { chat, around: mid, limit: 1 + this.chance.below(9) });
		around.page(page);
		const part = live.all.filter(({ seq }) => seq >= page.first && seq <= page.last);
		assert.deepEqual(around.all, part, `${why}: around ${mid}`);
		const { messages } = await person.actor.get("history.get", { chat, mids: [mid] });
		assert.deepEqual(messages.map(({ id, ...message }) => message), [live.one(mid)], `${why}: ${mid} alone`);
		const pins = await person.actor.get("history.pins", { chat });
		assert.deepEqual(
			pins.messages.map((message) => message.mid).sort(),
			live.all.filter(({ pinned }) => pinned).map((message) => message.mid).sort(),
			`${why}: pins`,
		);
	}

	/** What the node counted, and what a client would count from all that happened. */
	#compareRow(person, live, why) {
		const row = person.away.rows.get(this.chatOf(person));
		const frames = person.heard.get(this.chatOf(person)) ?? [];
		if (frames.length === 0) {
			return;
		}
		const own = frames.filter(({ from, change }) => from.startsWith(`${person.address}/`) && !change);
		const read = Math.max(this.read.get(person.address), own.at(-1)?.seq ?? 0);
		const marked = this.marked.get(person.address);
		const said = frames.filter(({ change }) => change === undefined);
		const behind = said.filter(({ seq }) => seq > read);
		const unread = marked ? said.filter((frame) => frame.seq >= marked && !own.includes(frame)) : behind;
		const mentions = behind.filter((frame) => names(frame, person, frames));
		const last = live.all.filter(({ change }) => change === undefined).at(-1);
		assert.deepEqual(
			[row.seq, row.read, row.unread_from, row.unread, row.mentions ?? 0, row.last?.mid],
			[live.seen, Math.max(read, row.read), marked, unread.length, mentions.length, last?.mid],
			`${why}: the inbox`,
		);
		if (last !== undefined) {
			const { id, ...told } = row.last;
			assert.deepEqual(told, live.one(last.mid), `${why}: the last message`);
		}
	}
}

/** Whether a message named somebody when it was written, and in every edit since. */
function names(frame, person, frames) {
	const later = frames.filter(({ change }) => change?.mid === frame.mid);
	const naming = (mentions) =>
		[(mentions ?? []).some(({ who }) => who === person.address), (mentions ?? []).some(({ all }) => all)];
	let [named, all] = naming(frame.mentions);
	for (const { change } of later) {
		if (change.kind === "delete") {
			return false;
		}
		if (change.kind === "edit") {
			const now = naming(change.mentions);
			[named, all] = [named && now[0], all && now[1]];
		}
	}
	return named || all;
}

/** Runs the work with so many at the same time. */
async function pool(count, list, work) {
	const left = [...list];
	await Promise.all(
		Array.from({ length: count }, async () => {
			for (let one = left.shift(); one !== undefined; one = left.shift()) {
				await work(one);
			}
		}),
	);
}

const LIMITS = {
	limits: { messages_burst: 100_000, messages_second: 0 },
	"module roster": { requests_hour: 100_000 },
	"module groups": { invitations_hour: 100_000 },
};

for (const [backend, share] of [
	["memory", 0.8],
	["sqlite", 0.2],
]) {
	conversation(`random histories, with the store ${backend}`, { ...LIMITS, store: { backend } }, (node) => {
		it(`end in the same state for everybody (PARLEY_SEED=${SEED})`, async () => {
			const count = Math.max(1, Math.round(HISTORIES * share));
			const chance = new Chance(SEED + backend.length);
			const people = await newPeople(node, Math.max(4, Math.ceil(Math.sqrt(2 * count)) + 1));
			const histories = await newHistories(chance, people, count);
			const half = histories.splice(0, Math.floor(count / 2));
			/* everybody goes away at some moment of it */
			const running = pool(AT_ONCE, half, (history) => history.run());
			await Promise.race([running, new Promise((resolve) => setImmediate(resolve))]);
			for (const person of people) {
				await person.goAway();
			}
			await running;
			await pool(AT_ONCE, histories, (history) => history.run());
			await Promise.all(people.map(({ watcher }) => watcher.get("account.get")));
			await pool(8, people, (person) => person.comeBack());
			await pool(8, [...half, ...histories], (history) => history.compare());
			for (const { watcher, actor } of people) {
				watcher.close();
				actor.close();
			}
		});
	});
}

async function newPeople(node, count) {
	const people = [];
	await pool(4, Array.from({ length: count }, (_, n) => n), async (n) => {
		const person = new Person(node, await node.signUp(`p${n}x`));
		await person.start();
		people.push(person);
	});
	return people;
}

/** Chats of two, of three in a group, and with oneself. */
async function newHistories(chance, people, count) {
	const pairs = people.flatMap((a, i) => people.slice(i + 1).map((b) => [a, b]));
	const histories = [];
	for (let n = 0; n < count; n++) {
		const own = new Chance(chance.below(2 ** 31));
		if (n % 5 === 4) {
			histories.push({ n, own, people: [0, 1, 3].map((k) => people[(n + k) % people.length]), group: true });
		} else if (n % 40 === 3) {
			histories.push({ n, own, people: [people[Math.floor(n / 40) % people.length]] });
		} else {
			histories.push({ n, own, people: pairs.splice(chance.below(pairs.length), 1)[0] });
		}
	}
	await pool(8, histories, prepare);
	return histories.map(({ n, own, people: those, group }) => new History(n, own, those, group));
}

async function befriend(a, b) {
	await a.actor.ask("roster.request", { address: b.address });
	await b.actor.ask("roster.accept", { address: a.address });
}

async function prepare(history) {
	const [a, b, c] = history.people;
	if (b !== undefined) {
		await befriend(a, b);
	}
	if (history.group) {
		await befriend(a, c);
		const { group, added } = await a.actor.get("groups.create", {
			title: `group ${history.n}`,
			people: [b.address, c.address],
		});
		assert.equal(added.length, 2, "both know the owner");
		history.group = group.address;
	}
}
