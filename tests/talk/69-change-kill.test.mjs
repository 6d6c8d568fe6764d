// SPDX-License-Identifier: MIT
// A node that is killed while messages are changed: what was acknowledged is in force, and nothing is half done.

import assert from "node:assert/strict";
import { it } from "node:test";

import { Line } from "./support/line.mjs";
import { conversation } from "./support/talk.mjs";
import { Timeline } from "./support/timeline.mjs";

const CHATS = 12;
const KILLS_MAX = 25;

async function befriend(a, b) {
	await a.get("roster.request", { address: b.address });
	await b.get("roster.accept", { address: a.address });
}

/** Two who change their messages until the connection ends. */
class Couple {
	said = [];
	acknowledged = []; /* seqs of changes */
	deleted = new Set();
	#n = 0;

	constructor(people) {
		this.people = people;
	}

	async connect(node) {
		this.lines = await Promise.all(this.people.map((person) => Line.of(node, person)));
	}

	/** The other's address. */
	chat(which) {
		return this.people[1 - which].address;
	}

	async run() {
		await Promise.all(
			[0, 1].map(async (which) => {
				try {
					for (;;) {
						await this.#step(which, this.#n++);
					}
				} catch (error) {
					assert.match(error.message, /the connection ended/);
				}
			}),
		);
	}

	async #step(which, n) {
		const line = this.lines[which];
		const chat = this.chat(which);
		const target = this.said[(n * 7) % Math.max(1, this.said.length)];
		if (target === undefined || n % 6 === 0) {
			const { mid } = await line.say(chat, { text: `secret ${n} @${this.people[1 - which].name}` });
			this.said.push({ mid, which });
			return;
		}
		const params = { chat, mid: target.mid };
		let answer;
		if (n % 6 === 1 && target.which === which) {
			answer = await line.ask("history.edit", { ...params, text: `secret ${n}` });
		} else if (n % 12 === 5 && target.which === which) {
			answer = await line.ask("history.delete", params);
			this.deleted.add(target.mid);
		} else if (n % 6 === 3) {
			answer = await line.ask("history.pin", { ...params, on: n % 4 === 1 });
		} else {
			answer = await line.ask("history.react", { ...params, emoji: ["👍", "🎉", "👀"][n % 3], on: n % 5 > 0 });
		}
		if (answer.result?.seq) {
			this.acknowledged.push(answer.result.seq);
		}
	}

	/** What happened, replayed, is what is there. */
	async check() {
		for (const which of [0, 1]) {
			const line = this.lines[which];
			const chat = this.chat(which);
			const entries = [];
			for (let after = 0, more = true; more; ) {
				const page = await line.get("history.page", { chat, after, limit: 200 });
				entries.push(...page.messages);
				[more, after] = [page.more, page.last];
			}
			assert.deepEqual(
				entries.map(({ seq }) => seq),
				entries.map((_, i) => i + 1),
			);
			const changes = new Set(entries.filter(({ change }) => change).map(({ seq }) => seq));
			assert.ok(this.acknowledged.every((seq) => changes.has(seq)));
			/* from the messages as they were said on: what they are now is left out */
			const replayed = new Timeline(line.address);
			for (const { edited, reactions, pinned, rev, deleted, ...entry } of entries) {
				replayed.take(entry);
			}
			const fresh = new Timeline(line.address);
			for (let before, more = true; more; ) {
				const page = await line.get("history.page", { chat, limit: 50, ...(before ? { before } : {}) });
				fresh.page(page);
				[before, more] = [page.first, page.more];
			}
			assert.deepEqual(fresh.all.map(facts), replayed.all.map(facts));
			for (const mid of this.deleted) {
				const { deleted, text } = fresh.messages.get(mid);
				assert.ok(deleted && text === undefined);
				const about = entries.filter(({ change }) => change?.mid === mid);
				assert.ok(about.every(({ change }) => change.text === undefined && change.emoji === undefined));
			}
			await this.#checkRow(line, chat, entries, fresh);
		}
	}

	async #checkRow(line, chat, entries, fresh) {
		const { chats } = await line.get("history.inbox", {});
		const row = chats.find((one) => one.chat === chat);
		const unread = entries.filter(({ seq, change }) => seq > row.read && !change);
		const named = ({ mid }) => (fresh.messages.get(mid).mentions ?? []).some(({ who }) => who === line.address);
		assert.equal(row.unread, unread.length);
		assert.equal(row.mentions ?? 0, unread.filter(named).length);
		assert.equal(row.seq, entries.length);
	}
}

/** What must be the same when the reactions in entries of a message that was deleted are not known any more. */
function facts({ mid, seq, text, deleted, reactions, pinned, rev, mentions }) {
	return { mid, seq, text, deleted, reactions: deleted ? undefined : reactions, pinned, rev, mentions };
}

const sections = { store: { backend: "sqlite" }, limits: { messages_burst: 100_000, messages_second: 0 } };

conversation("a node that is killed while messages are changed", sections, (node) => {
	it("has done all of what was acknowledged when it is back, and nothing by halves", async () => {
		const couples = [];
		for (let n = 0; n < CHATS; n++) {
			const couple = new Couple([await node.signUp("amy"), await node.signUp("ben")]);
			await couple.connect(node);
			await befriend(...couple.lines);
			couples.push(couple);
		}
		let redone = 0;
		for (let kills = 0; kills < 5 || (redone === 0 && kills < KILLS_MAX); kills++) {
			const running = couples.map((couple) => couple.run());
			const before = couples.reduce((sum, { acknowledged }) => sum + acknowledged.length, 0);
			while (couples.reduce((sum, { acknowledged }) => sum + acknowledged.length, 0) < before + 150 + kills * 7) {
				await new Promise((resolve) => setImmediate(resolve));
			}
			await node.kill9();
			await Promise.all(running);
			const from = node.log.length;
			await node.restart();
			redone += node.log.slice(from).filter(({ msg }) => /changes=\d+ that were cut short are done/.test(msg)).length;
			for (const couple of couples) {
				await couple.connect(node);
				await couple.check();
			}
		}
		assert.ok(redone > 0, "no kill has cut a change short");
		couples.forEach(({ lines }) => lines.forEach((line) => line.close()));
	});
});
