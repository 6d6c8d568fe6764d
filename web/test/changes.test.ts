// SPDX-License-Identifier: MIT
// Live changes and pages lead to the same messages.
import assert from "node:assert/strict";
import { test } from "node:test";

import type { Change, Message } from "../sdk/src/index.ts";
import { changed, changesMessage, reacted, unsure } from "../src/logic/changes.ts";
import { marked, inserted, tokenAt, callsAll } from "../src/logic/compose.ts";
import { mayDelete, mayEdit, may, slowLeft, USUAL_WINDOWS } from "../src/logic/rights.ts";
import { happenings } from "../src/logic/system.ts";
import { EMPTY, withLive, withNewer, withNewest, withOlder, type Page, type Timeline } from "../src/logic/timeline.ts";

const ME = "carol@a.example";
const PEOPLE = [ME, "alice@a.example", "bob@a.example"];

/** Numbers that are the same in each run (Park and Miller). */
function dice(seed: number): (n: number) => number {
	let state = seed;
	return (n) => {
		state = (state * 48271) % 2147483647;
		return state % n;
	};
}

/** A chat as a node keeps it: entries in order, messages as they are now. */
class Archive {
	readonly entries: Message[] = [];
	readonly now = new Map<string, Message>();

	#put(from: string, more: Partial<Message>): Message {
		const seq = this.entries.length + 1;
		const time = new Date(Date.UTC(2026, 10, 22) + seq * 1000).toISOString();
		const entry: Message = { type: "message", mid: `mid-${seq}`, from: `${from}/dev`, to: "#x", chat: "#x", seq, time, ...more };
		this.entries.push(entry);
		return entry;
	}

	say(from: string, text: string): Message {
		const message = this.#put(from, { text });
		this.now.set(message.mid, message);
		return message;
	}

	/** What the protocol's words say, written another way than the client has it. */
	change(from: string, change: Change): Message {
		const entry = this.#put(from, { change });
		const message = { ...this.now.get(change.mid!)!, rev: entry.seq };
		if (change.kind === "edit") {
			Object.assign(message, { text: change.text, edited: entry.time });
		} else if (change.kind === "delete") {
			for (const key of ["text", "mentions", "reply", "forward", "reactions", "pinned", "edited"] as const) {
				delete message[key];
			}
			message.deleted = { by: from, time: entry.time };
		} else if (change.kind === "pin") {
			delete message.pinned;
			Object.assign(message, change.on ? { pinned: true } : {});
		} else {
			const who = new Map((message.reactions ?? []).map((reaction) => [reaction.emoji, new Set(reaction.by)]));
			const set = who.get(change.emoji!) ?? new Set<string>();
			who.set(change.emoji!, set);
			set[change.on ? "add" : "delete"](from);
			message.reactions = [...who].filter(([, by]) => by.size > 0).map(([emoji, by]) => ({
				emoji, count: by.size, ...(by.has(ME) ? { own: true as const } : {}), by: [...by],
			}));
			if (message.reactions.length === 0) {
				delete message.reactions;
			}
		}
		this.now.set(change.mid!, message);
		return entry;
	}

	#seen(entry: Message): Message {
		return this.now.get(entry.mid) ?? entry;
	}

	before(place: number, limit: number): Page {
		const all = this.entries.filter((entry) => entry.seq < place && !changesMessage(entry));
		const messages = all.slice(-limit).map((entry) => this.#seen(entry));
		const more = all.length > limit;
		const last = Math.min(place - 1, this.entries.length);
		return { messages, first: more ? messages[0]!.seq : Math.min(1, last), last, more };
	}

	after(place: number, limit: number): Page {
		const part = this.entries.slice(place, place + limit);
		const messages = part.map((entry) => {
			const { kind, mid } = entry.change ?? {};
			const gone = (kind === "edit" || kind === "react") && this.now.get(mid!)!.deleted;
			return gone ? { ...entry, change: { kind: kind!, mid } } : this.#seen(entry);
		});
		return { messages, first: part[0]?.seq ?? 0, last: part.at(-1)?.seq ?? 0, more: place + limit < this.entries.length };
	}
}

function act(archive: Archive, roll: (n: number) => number): Message {
	const from = PEOPLE[roll(3)]!;
	const alive = [...archive.now.values()].filter(({ deleted }) => !deleted);
	const target = alive[roll(Math.max(1, alive.length))];
	const kind = roll(9);
	if (!target || kind < 4) {
		return archive.say(from, `text ${archive.entries.length}`);
	}
	const { mid } = target;
	if (kind === 4) {
		return archive.change(from, { kind: "delete", mid });
	}
	if (kind === 5) {
		return archive.change(from, { kind: "edit", mid, text: `edited ${archive.entries.length}` });
	}
	if (kind === 6) {
		return archive.change(from, { kind: "pin", mid, on: !target.pinned });
	}
	const emoji = ["👍", "🎉"][roll(2)]!;
	const on = !target.reactions?.find((reaction) => reaction.emoji === emoji)?.by.includes(from);
	return archive.change(from, { kind: "react", mid, emoji, on });
}

function follow(timeline: Timeline, archive: Archive, limit: number): Timeline {
	let next = timeline;
	while (next.last < archive.entries.length) {
		next = withNewer(next, archive.after(next.last, limit), ME);
	}
	return next;
}

test("who watches, who comes back, and who pages see the same messages", () => {
	const seed = Number(process.env.SEED ?? 20261122);
	for (let round = 0; round < 300; round++) {
		const roll = dice(seed + round);
		const archive = new Archive();
		let watching: Timeline = { ...EMPTY, atStart: true, atEnd: true };
		let away: Timeline = watching;
		let paging: Timeline | undefined;
		for (let i = 0; i < 60; i++) {
			const entry = act(archive, roll);
			watching = withLive(watching, entry, ME).timeline;
			if (paging) {
				paging = withLive(paging, entry, ME).timeline;
			}
			if (roll(9) === 0) {
				away = follow(away, archive, 1 + roll(12));
			}
			if (roll(12) === 0) {
				paging = paging && paging.first > 1 ? withOlder(paging, archive.before(paging.first, 1 + roll(9))) : withNewest(EMPTY, archive.before(1e9, 1 + roll(9)));
			}
		}
		const truth = [...archive.now.values()];
		assert.deepEqual(watching.messages, truth, `watching, seed ${seed + round}`);
		assert.deepEqual(follow(away, archive, 5).messages, truth, `away, seed ${seed + round}`);
		if (paging) {
			assert.deepEqual(paging.messages, truth.slice(-paging.messages.length || truth.length), `paging, seed ${seed + round}`);
		}
	}
});

const message: Message = { type: "message", mid: "m", from: `${ME}/x`, to: "a@b", chat: "a@b", seq: 1, time: "2026-11-22T10:00:00.000Z", text: "hi" };

test("what is done at once and then heard of is done once", () => {
	const mine = reacted(message, "👍", ME, true, ME);
	const entry: Message = { ...message, mid: "e", seq: 5, text: undefined, change: { kind: "react", mid: "m", emoji: "👍", on: true } };
	assert.deepEqual(changed(mine, entry, ME).reactions, [{ emoji: "👍", count: 1, own: true, by: [ME] }]);
	assert.equal(changed({ ...mine, rev: 5 }, entry, ME).rev, 5);
	assert.deepEqual(reacted(mine, "👍", ME, false, ME), message);
	assert.equal(reacted(message, "👍", ME, false, ME).reactions, undefined);
});

test("of a reaction of many only the node knows who is told when one goes", () => {
	const by = Array.from({ length: 20 }, (_, i) => `p${i}@a`);
	const many = { ...message, reactions: [{ emoji: "👍", count: 30, by }] };
	assert.equal(unsure(many), false);
	const less = reacted(many, "👍", "p3@a", false, ME);
	assert.deepEqual([less.reactions![0]!.count, unsure(less)], [29, true]);
});

test("Ctrl-B and Ctrl-I put marks around, and take them away", () => {
	assert.deepEqual(marked({ text: "a b c", from: 2, to: 3 }, "**"), { text: "a **b** c", from: 4, to: 5 });
	assert.deepEqual(marked({ text: "a **b** c", from: 4, to: 5 }, "**"), { text: "a b c", from: 2, to: 3 });
	assert.deepEqual(marked({ text: "**b**", from: 2, to: 3 }, "*"), { text: "***b***", from: 3, to: 4 });
	assert.deepEqual(marked({ text: "", from: 0, to: 0 }, "*"), { text: "**", from: 1, to: 1 });
});

test("a name is completed from its first letter on, an emoji from its second, and only where one begins", () => {
	const at = (text: string) => tokenAt({ text, from: text.length, to: text.length });
	assert.deepEqual(at("hi @al"), { at: 3, token: "@al" });
	assert.deepEqual(at("@a"), { at: 0, token: "@a" });
	assert.equal(at("hi @"), undefined);
	assert.equal(at("ann@example"), undefined);
	assert.deepEqual(at("so :sm"), { at: 3, token: ":sm" });
	assert.deepEqual([at(":s"), at("10:30"), at("https://x"), at(":)")], [undefined, undefined, undefined, undefined]);
	assert.deepEqual(inserted({ text: "hi @al!", from: 3, to: 6 }, "@alice "), { text: "hi @alice !", from: 10, to: 10 });
	assert.deepEqual(["@all", "hi @here!", "@allen", "a@all"].map(callsAll), [true, true, false, false]);
	assert.deepEqual(["`@all`", "```\n@here\n```", "`@all` 😀 @here", "> `@all"].map(callsAll), [false, false, true, true]);
});

test("buttons are there for what one may do", () => {
	const now = Date.parse(message.time) + 1000;
	const group = {
		address: "g@rooms.a", title: "", about: "", topic: "", kind: "private" as const, role: "member" as const, members: 3,
		created: "", history: "all" as const, slow: 30, permissions: { post: "moderator" as const },
	};
	const look = { me: ME, now, windows: USUAL_WINDOWS };
	assert.equal(mayEdit(message, look), true);
	assert.equal(mayEdit(message, { ...look, now: now + 25 * 3_600_000 }), false);
	assert.equal(mayEdit(message, { ...look, me: "x@a" }), false);
	assert.equal(mayDelete(message, { ...look, me: "x@a", group }), false);
	assert.equal(mayDelete(message, { ...look, me: "x@a", group: { ...group, role: "moderator" } }), true);
	assert.deepEqual([may(group, "post"), may(group, "invite"), may({ ...group, role: "owner" }, "post")], [false, true, true]);
	assert.deepEqual([slowLeft(group, now - 10_000, now), slowLeft({ ...group, role: "admin" }, now, now), slowLeft(undefined, now, now)], [20_000, 0, 0]);
});

test("a message can be edited and deleted for as long as the node says", () => {
	const sent = Date.parse(message.time);
	const look = { me: ME, windows: { edit: 60, delete: 3_600 } };
	const at = (seconds: number, windows = look.windows) => {
		const then = { ...look, windows, now: sent + seconds * 1_000 };
		return [mayEdit(message, then), mayDelete(message, then)];
	};
	assert.deepEqual([at(59), at(60), at(3_600)], [[true, true], [false, true], [false, false]]);
	assert.deepEqual(at(0, { edit: 0, delete: 0 }), [false, false]);
	const note = { ...message, chat: ME };
	assert.equal(mayEdit(note, { ...look, now: sent + 99_999_000 }), true);
	assert.equal(mayEdit(note, { ...look, now: sent, windows: { edit: 0, delete: 0 } }), false);
});

test("runs of the same happening become one line", () => {
	const entry = (from: string, change: Change): Message => ({ ...message, mid: from + change.kind + (change.who ?? ""), from, text: undefined, change });
	const lines = happenings([
		entry("a@x", { kind: "added", who: "b@x" }), entry("a@x", { kind: "added", who: "c@x" }), entry("d@x", { kind: "added", who: "e@x" }),
		entry("f@x", { kind: "joined" }), entry("g@x", { kind: "joined" }), entry("a@x", { kind: "title", text: "T" }), entry("a@x", { kind: "title", text: "U" }),
	]);
	assert.deepEqual(lines.map(({ kind, by, who }) => [kind, by, who.join()]), [
		["added", "a@x", "b@x,c@x"], ["added", "d@x", "e@x"], ["joined", "f@x", "f@x,g@x"], ["title", "a@x", ""], ["title", "a@x", ""],
	]);
});
