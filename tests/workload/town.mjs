// SPDX-License-Identifier: MIT
// The people of a run and what they do: eight who write, four who read, each in another way, and visitors of a group.

import { History } from "../checker/history.mjs";
import { TERMS } from "../talk/support/node.mjs";
import { Wire } from "../talk/support/wire.mjs";
import { Actor } from "./actor.mjs";
import { pause } from "./chance.mjs";
import { Sender } from "./sender.mjs";
import { Visitor } from "./visitor.mjs";

const SENDERS = 8;
const VISITORS = 2;
/** What all may write in a round, so that a slow machine has no more to do than a fast one. */
const MESSAGES = 150;
const VISITS = 4;
/** What waits longer than that, while nothing else comes either, will not come any more. */
const PATIENCE = 60_000;

export class Town {
	history = new History();
	actors = [];
	senders = [];
	visitors = [];
	#chats = new Map(); /* of each person, by address */
	#quota = { left: 0 };
	#visits = { left: 0 };
	/** Answers from before, in ms since 1970, are not asked for again: what is removed is not known any more. */
	recent = 0;
	#resting = true;
	#reading = [];

	/** reach and slowReach: how most clients and the slow one reach the node. tag: begins the names of its people. */
	constructor(node, chance, { reach, slowReach, tag }) {
		Object.assign(this, { node, chance, reach, slowReach, tag });
	}

	async #signUp(name) {
		const full = `${this.tag}_${name}`;
		const guest = new Wire(this.node, { name: full });
		await guest.opened();
		await guest.get("register.create", { name: full, password: "correct horse battery", terms: TERMS });
		await guest.close();
		this.#chats.set(this.node.address(full), new Set());
		return { name: full, password: "correct horse battery", address: this.node.address(full) };
	}

	async #actor(person, device, reach = this.reach) {
		const actor = new Actor(this.history, this.chance.fork(), person, device, reach);
		this.actors.push(actor);
		await actor.start();
		return actor;
	}

	async build() {
		this.people = { senders: [], readers: [], visitors: [] };
		for (let n = 0; n < SENDERS; n++) {
			this.people.senders.push(await this.#signUp(`send${n}`));
		}
		for (const name of ["slow", "two", "back", "pages"]) {
			this.people.readers.push(await this.#signUp(name));
		}
		for (let n = 0; n < VISITORS; n++) {
			this.people.visitors.push(await this.#signUp(`visit${n}`));
		}
		await this.#connectAll();
		await this.#befriendAll();
		await this.#gather();
		this.senders = this.writers.map((actor) => new Sender(actor, this.chance.fork(), [...this.#chatsOf(actor)], this.#quota));
		this.visitors = this.guests.map((actor) => new Visitor(actor, this.chance.fork(), this.club, this.#visits));
	}

	async #connectAll() {
		const { senders, readers, visitors } = this.people;
		const [slow, two, back, pages] = readers;
		const start = (people) => Promise.all(people.map((person) => this.#actor(person, "phone")));
		this.writers = await start(senders);
		this.guests = await start(visitors);
		this.slow = await this.#actor(slow, "phone", this.slowReach);
		this.two = [await this.#actor(two, "phone"), await this.#actor(two, "desk")];
		this.back = await this.#actor(back, "phone");
		this.pages = await this.#actor(pages, "phone");
		/* the other devices of who writes see what is written */
		for (const person of senders.slice(0, 2)) {
			await this.#actor(person, "desk");
		}
	}

	#chatsOf(actor) {
		return this.#chats.get(actor.address);
	}

	/** Each writer has two of the readers as contacts. */
	async #befriendAll() {
		const readers = [this.slow, this.two[0], this.back, this.pages];
		for (const [n, writer] of this.writers.entries()) {
			for (const reader of [readers[n % 4], readers[(n + 1) % 4]]) {
				await writer.ask("roster.request", { address: reader.address });
				await reader.ask("roster.accept", { address: writer.address });
				this.#chatsOf(writer).add(reader.address);
				this.#chatsOf(reader).add(writer.address);
			}
		}
	}

	/** A group of all whose history everybody reads, and a club in which everybody reads from when they came. */
	async #gather() {
		const [founder, ...others] = [...this.writers, this.slow, this.two[0], this.back, this.pages];
		const create = async (name, history) => {
			const answer = await founder.ask("groups.create", { title: name, kind: "public", history });
			return answer.group.address;
		};
		this.all = await create("All", "all");
		this.club = await create("Club", "joined");
		this.#chatsOf(founder).add(this.all).add(this.club);
		for (const actor of others) {
			for (const group of [this.all, this.club]) {
				await actor.ask("groups.join", { group });
				this.#chatsOf(actor).add(group);
			}
		}
	}

	// ---- a round ----

	/** There is more to write; who reads goes on until settle(). */
	write() {
		[this.#quota.left, this.#visits.left] = [MESSAGES, VISITS];
		for (const writer of [...this.senders, ...this.visitors]) {
			writer.write();
		}
		if (this.#resting) {
			this.#resting = false;
			this.#reading = [this.#looks(this.two[0]), this.#goesAndComes(), this.#pages()];
		}
	}

	#stopWriting() {
		this.#resting = true;
		[this.#quota.left, this.#visits.left] = [0, 0];
		for (const sender of this.senders) {
			sender.stop();
		}
	}

	get acknowledged() {
		return this.senders.reduce((sum, sender) => sum + sender.acknowledged, 0);
	}

	/** Somebody looks into the inbox, reads what is new, and says so. */
	async #looks(actor) {
		while (!this.#resting) {
			const inbox = await actor.tries("history.inbox", {});
			const row = inbox && this.chance.of(inbox.chats);
			if (row?.seq > 0) {
				await actor.tries("history.page", { chat: row.chat, after: row.read, limit: 50 });
				await actor.tries("history.read", { chat: row.chat, seq: row.seq });
				await this.#reacts(actor, row);
			}
			await pause(this.chance.between(5, 60));
		}
	}

	async #reacts(actor, { chat, last }) {
		if (last?.mid && last.change === undefined) {
			await actor.tries("history.react", { chat, mid: last.mid, emoji: "👀", on: this.chance.percent(80) });
		}
	}

	/** One loses the connection again and again, and resumes. */
	async #goesAndComes() {
		while (!this.#resting) {
			await pause(this.chance.between(30, 300));
			this.back.cut();
		}
	}

	/** One only reads pages, on whatever connection there is, and one of them comes as a new session each time. */
	async #pages() {
		while (!this.#resting) {
			const chat = this.chance.of([...this.#chatsOf(this.pages)]);
			if (this.chance.percent(70)) {
				await this.pages.tries("history.page", { chat, limit: this.chance.between(1, 100) });
			} else {
				await this.pages.tries("history.page", { chat, after: this.chance.below(100), limit: 100 });
			}
			await pause(this.chance.between(5, 50));
		}
	}

	/** After a restart: some answers are asked for again. */
	repeat() {
		for (const sender of this.senders) {
			sender.repeat(this.recent);
		}
	}

	/** The ids of what has no answer yet. */
	get unanswered() {
		return new Set(this.senders.flatMap(({ actor }) => actor.client.outgoing.map(({ id }) => id)));
	}

	/** Until all of these ids have one. */
	async answered(ids) {
		const end = Date.now() + PATIENCE;
		while (Date.now() < end && [...this.unanswered].some((id) => ids.has(id))) {
			await pause(5);
		}
	}

	/** Some of the newest is read again, while everybody writes. */
	async glance() {
		await Promise.all(
			[this.slow, this.two[1], this.back, this.pages].map(async (actor) => {
				const chat = this.chance.of([...this.#chatsOf(actor)]);
				await actor.tries("history.page", { chat, limit: 100 });
				await actor.tries("history.inbox", {});
			}),
		);
	}

	// ---- the end ----

	/** Everybody who was refused what may not be refused. */
	get failed() {
		return this.actors.map((actor) => actor.failed).find(Boolean);
	}

	/**
	 * Waits until everything that was sent is acknowledged and everybody is connected; then all read everything. before:
	 * what is to be done before that.
	 */
	async settle(before = async () => undefined) {
		this.#stopWriting();
		await this.until(() => this.senders.every((sender) => sender.idle), "all is acknowledged");
		await Promise.all([...this.visitors.map((visitor) => visitor.idle()), ...this.#reading]);
		await this.until(() => this.actors.every(({ live }) => live), "everybody is connected");
		await Promise.all(this.actors.map((actor) => actor.ask("account.get")));
		await before();
		await this.readAll();
		this.history.settle();
	}

	async readAll() {
		for (const actor of this.actors.filter(({ label }) => label.endsWith("/phone"))) {
			const { chats } = await actor.ask("history.inbox", {});
			for (const { chat, gone } of chats) {
				if (!gone) {
					await actor.readFrom(chat, 0);
					await actor.readAllBack(chat);
				}
			}
		}
	}

	async until(question, what) {
		let [before, end] = [this.acknowledged, Date.now() + PATIENCE];
		for (; !question(); await pause(5)) {
			if (this.failed) {
				throw this.failed;
			}
			if (this.acknowledged > before) {
				[before, end] = [this.acknowledged, Date.now() + PATIENCE];
			}
			if (Date.now() > end) {
				const waiting = this.actors.filter(({ live, client }) => !live || client.outgoing.length > 0);
				const who = waiting.map(({ label, client }) => `${label} ${client.state.phase} ${client.outgoing.length}`);
				throw new Error(`for ${PATIENCE} ms nothing came, and it was not so that ${what}: ${who.join(", ")}`);
			}
		}
	}

	close() {
		for (const actor of this.actors) {
			actor.close();
		}
	}
}
