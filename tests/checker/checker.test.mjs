// SPDX-License-Identifier: MIT
// The checker finds every kind of fault where one is planted, and none where there is none.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { check, verdict } from "./check.mjs";
import { History } from "./history.mjs";
import { goodHistory, Ideal, keptHistory } from "./ideal.mjs";

const CLUB = "club@rooms.x";

/** The good history after fault(events, helpers); places are counted again. */
function planted(fault, good = goodHistory) {
	let events = structuredClone(good().events);
	const find = (members) => events.find((event) => has(event, members)) ?? assert.fail(JSON.stringify(members));
	const copy = (event, more) => ({ ...structuredClone(event), ...more });
	events = fault(events, find, copy) ?? events;
	const history = new History();
	for (const { at, kind, ...facts } of events) {
		history.add(kind, facts);
	}
	return history;
}

function has(value, members) {
	return Object.entries(members).every(([key, want]) =>
		want !== null && typeof want === "object" ? value?.[key] != null && has(value[key], want) : value?.[key] === want,
	);
}

/** The kinds that are found. */
function kinds(history) {
	return [...new Set(check(history).violations.map(({ kind }) => kind))].sort();
}

/** Among what is found is this kind, in a sentence like this. */
function finds(kind, sentence, fault, good) {
	const { violations } = check(planted(fault, good));
	assert.ok(
		violations.some((one) => one.kind === kind && sentence.test(one.sentence)),
		`"${kind}" was not found, but: ${violations.map((one) => `${one.kind}: ${one.sentence}`).join("\n") || "nothing"}`,
	);
	assert.ok(violations.every(({ evidence }) => evidence.every((event) => event.at !== undefined)));
}

const insertAfter = (events, event, ...others) => events.splice(events.indexOf(event) + 1, 0, ...others);

/** The last answer to "who" asking this method with these params. */
function lastAnswer(events, who, method, params = {}) {
	const ask = events.filter((event) => event.kind === "ask" && event.who === who && has(event, { method, params })).at(-1);
	return events.find(({ kind, id, device }) => kind === "done" && id === ask.id && device === ask.device);
}

const without = (answer, text) => {
	answer.result.messages = answer.result.messages.filter((message) => message.text !== text);
};

describe("the checker", () => {
	it("finds nothing wrong in a history in which nothing is", () => {
		const judged = check(goodHistory());
		assert.deepEqual(judged.violations, []);
		assert.match(verdict(judged), /^The promise held \(3 chats, 9 messages, 9 acknowledged, 10 attempts, 4 changes/);
	});

	it("tells each violation in a sentence, with the events that show it", () => {
		const judged = check(planted((events, find) => void (find({ kind: "answer", id: "p-2" }).seq = 1)));
		assert.match(verdict(judged), /^THE PROMISE WAS BROKEN .*\nreused: place 1 of alice@x\+bob@x was given to two entries\n {4}#\d+/);
	});

	it("tells of one kind only so many", () => {
		const judged = check(planted((events) => events.filter(({ kind }) => kind !== "live")));
		assert.ok(judged.violations.length <= 10);
		assert.ok(judged.hidden > 0);
	});
});

describe("where messages are stored, the checker finds", () => {
	it("an acknowledged message that is in no page", () => {
		finds("lost", /place 2 of alice@x\+bob@x is not in a page that bob@x read/, (events) => {
			const page = lastAnswer(events, "bob@x", "history.page", { chat: "alice@x", after: 0 });
			page.result.messages = page.result.messages.filter(({ seq }) => seq !== 2);
		});
	});

	it("one that is left out where changes are left out", () => {
		finds("lost", /place 3 .* bob@x/, (events) => without(lastAnswer(events, "bob@x", "history.page", { chat: "alice@x" }), "three"));
	});

	it("one that is missing at the end of a page", () => {
		finds("lost", /read open@rooms.x to its end, 2/, (events) => {
			const { result } = lastAnswer(events, "bob@x", "history.page", { chat: "open@rooms.x", after: 0 });
			result.messages.pop();
			result.last = 2;
			const said = events.find(({ id }) => id === "p-4");
			const answer = events.find(({ kind, id }) => kind === "answer" && id === "p-4");
			answer.seq = 3;
			assert.ok(said);
		});
	});

	it("a page that is not in order", () => {
		finds("disorder", /a page of alice@x\+bob@x shows bob@x place/, (events) =>
			void lastAnswer(events, "bob@x", "history.page", { chat: "alice@x", after: 0 }).result.messages.reverse(),
		);
	});

	it("a message that is stored twice", () => {
		finds("twice", /alice@x's p-1 is stored as mid-1 and as again/, (events, find, copy) => {
			const live = find({ kind: "live", who: "bob@x", message: { text: "one" } });
			insertAfter(events, live, copy(live, { message: { ...live.message, mid: "again", seq: 99 } }));
		});
	});

	it("a place that two messages have", () => {
		finds("reused", /place 1 /, (events, find) => void (find({ kind: "live", message: { text: "two" } }).message.seq = 1));
	});

	it("a message that moves", () => {
		finds("moved", /mid-1 was at 1 of .* and then at 50/, (events) => {
			const page = lastAnswer(events, "bob@x", "history.page", { chat: "alice@x" });
			page.result.messages.find(({ mid }) => mid === "mid-1").seq = 50;
		});
	});

	it("a mid that is in two chats", () => {
		finds("moved", /mid-1 is in .* and in /, (events, find) => {
			find({ kind: "live", message: { text: "before carol" } }).message.mid = "mid-1";
		});
	});

	it("another sender, or another time", () => {
		finds("altered", /who wrote mid-1 /, (events, find) => {
			find({ kind: "live", who: "bob@x", message: { text: "one" } }).message.from = "carol@x/watch";
		});
		finds("altered", /or when/, (events) => {
			lastAnswer(events, "bob@x", "history.page", { chat: "alice@x" }).result.messages[0].time = "later";
		});
	});

	it("what nobody has sent, or not there, or not yet", () => {
		finds("unsent", /alice@x has not written "ghost"/, (events, find, copy) => {
			const live = find({ kind: "live", who: "bob@x", message: { text: "one" } });
			insertAfter(events, live, copy(live, { message: { ...live.message, text: "ghost", mid: "ghost", seq: 98 } }));
		});
		finds("unsent", /has not written "one" in club/, (events, find) => {
			find({ kind: "live", message: { text: "before carol" } }).message.text = "one";
		});
		finds("unsent", /has not written "hello all"/, (events, find) => {
			const attempt = find({ kind: "attempt", id: "c-1" });
			events.splice(events.indexOf(attempt), 1);
			events.splice(events.indexOf(find({ kind: "answer", id: "c-1" })), 0, attempt);
		});
		finds("unsent", /carol@x was given an answer to c-1, which was not sent/, (events, find) => {
			const attempt = find({ kind: "attempt", id: "c-1" });
			return events.filter((event) => event !== attempt);
		});
	});

	it("changes that nobody has asked for", () => {
		finds("unsent", /bob@x has not asked for this pin of mid-1/, (events, find) => {
			find({ kind: "ask", method: "history.pin" }).params.mid = "other";
		});
		finds("unsent", /nobody has edited mid-1 .* to "forged"/, (events) => {
			lastAnswer(events, "bob@x", "history.page", { chat: "alice@x" }).result.messages[0].text = "forged";
		});
	});
});

describe("of answers and order, the checker finds", () => {
	it("a retry that is answered otherwise", () => {
		for (const [name, other] of Object.entries({ mid: "other", seq: 77, time: "other" })) {
			finds("two answers", /p-1 was answered in two ways/, (events) => {
				events.filter(({ kind, id }) => kind === "answer" && id === "p-1")[1][name] = other;
			});
		}
	});

	it("a retry that is refused", () => {
		finds("two answers", /acknowledged and refused/, (events) => {
			const again = events.filter(({ kind, id }) => kind === "answer" && id === "p-1")[1];
			Object.assign(again, { kind: "refused", code: "not-allowed" });
		});
	});

	it("one that is put off, and takes it", () => {
		const history = planted((events) => {
			const again = events.filter(({ kind, id }) => kind === "answer" && id === "p-1")[1];
			Object.assign(again, { kind: "refused", code: "busy" });
		});
		assert.deepEqual(kinds(history), []);
	});

	it("a message that has no answer at the end", () => {
		finds("unanswered", /c-1 has no answer/, (events, find) => events.filter((event) => event !== find({ kind: "answer", id: "c-1" })));
	});

	it("two messages of a device in the wrong order", () => {
		finds("disorder", /alice@x sent p-2 before p-1, but .* stand at 2 and 1/, (events, find) => {
			const attempt = find({ kind: "attempt", id: "p-2" });
			return [attempt, ...events.filter((event) => event !== attempt)];
		});
	});

	it("the same of one that was never acknowledged", () => {
		finds("disorder", /p-2 before p-1/, (events, find) => {
			const attempt = find({ kind: "attempt", id: "p-2" });
			return [attempt, ...events.filter((event) => event !== attempt && !(event.kind === "answer" && event.id === "p-1"))];
		});
	});
});

describe("of what comes live, the checker finds", () => {
	it("a message that comes twice in a session, also when it was resumed", () => {
		finds("told twice", /bob\/tablet was sent place 1 /, (events, find, copy) => {
			const live = find({ kind: "live", who: "bob@x", message: { text: "one" } });
			insertAfter(events, live, copy(live));
		});
		finds("told twice", /bob\/tablet was sent place 4 /, (events, find, copy) => {
			const live = find({ kind: "live", who: "bob@x", message: { text: "four" } });
			insertAfter(events, find({ kind: "login", who: "bob@x", resumed: true }), copy(live));
		});
	});

	it("messages that come in the wrong order", () => {
		finds("disorder", /bob\/tablet was sent place 1 of .* after 2/, (events, find) => {
			const [one, two] = ["one", "two"].map((text) => find({ kind: "live", who: "bob@x", message: { text } }));
			[one.message, two.message] = [two.message, one.message];
		});
	});

	it("a message that is left out between others, on another device of the sender too", () => {
		for (const [device, text] of [["bob/tablet", "two"], ["alice/desk", "three"]]) {
			finds("not delivered", new RegExp(`${device} was not sent place`), (events, find) =>
				events.filter((event) => event !== find({ kind: "live", device, message: { text } })),
			);
		}
	});

	it("the last message, when it does not come", () => {
		finds("not delivered", /bob\/tablet was not sent alice@x's p-3/, (events, find) => {
			const join = find({ kind: "done", device: "bob/tablet", id: find({ kind: "ask", method: "groups.join" }).id });
			assert.ok(join);
			for (const event of events.filter(({ message }) => message?.text === "before carol")) {
				event.message.change = { kind: "joined", who: "bob@x" };
			}
		});
		finds("not delivered", /alice\/desk was not sent alice@x's p-4/, (events) =>
			events.filter(({ device, kind, message }) => !(device === "alice/desk" && kind === "live" && message.text === "for all who come")),
		);
	});

	it("nothing wrong in a gap between two sessions", () => {
		const history = planted((events, find, copy) => {
			const live = find({ kind: "live", who: "bob@x", message: { text: "two" } });
			events.splice(events.indexOf(live), 1, copy(find({ kind: "login", who: "bob@x" })));
		});
		assert.deepEqual(kinds(history), []);
	});
});

describe("of changes, the checker finds", () => {
	it("one whose place holds something else", () => {
		finds("change lost", /alice@x's history.edit was acknowledged as place 3/, (events) => {
			lastAnswer(events, "alice@x", "history.edit").result.seq = 3;
		});
	});

	it("one that is not in force any more", () => {
		finds("change undone", /history.pin of mid-1 .* not in force/, (events) => {
			const [message] = lastAnswer(events, "bob@x", "history.page", { chat: "alice@x" }).result.messages;
			message.rev--;
			delete message.pinned;
		});
	});

	it("one that is not in force although it was not acknowledged, when somebody has seen it", () => {
		finds("change undone", /place 7 of .* changes mid-1, which is not changed/, (events, find) => {
			const ask = find({ kind: "ask", method: "history.pin" });
			const [message] = lastAnswer(events, "bob@x", "history.page", { chat: "alice@x" }).result.messages;
			message.rev--;
			delete message.pinned;
			return events.filter(({ kind, id }) => !(kind === "done" && id === ask.id));
		});
	});

	it("a deletion that comes undone", () => {
		finds("change undone", /was deleted by alice@x, and is there/, (events) => {
			const message = lastAnswer(events, "bob@x", "history.page", { chat: "alice@x" }).result.messages[1];
			delete message.deleted;
			message.text = "two";
		});
	});

	it("a message that does not say what it should", () => {
		const at = (events, n, more) =>
			Object.assign(lastAnswer(events, "bob@x", "history.page", { chat: "alice@x" }).result.messages[n], more);
		finds("wrong content", /text is one, not one, edited/, (events) => void at(events, 0, { text: "one" }));
		finds("wrong content", /pinned is false, not true/, (events) => void at(events, 0, { pinned: false }));
		finds("wrong content", /reactions is , not 👍 bob@x/, (events) => void at(events, 0, { reactions: [] }));
		finds("wrong content", /reactions is 👍 carol@x, not 👍 bob@x/, (events) => {
			at(events, 0, { reactions: [{ emoji: "👍", by: ["carol@x"] }] });
		});
		finds("wrong content", /edited is true, not false/, (events) => void at(events, 2, { edited: "t" }));
	});
});

describe("of groups, the checker finds", () => {
	it("somebody who is shown what came after they left", () => {
		finds("not entitled", /carol@x was shown place 8/, (events, find, copy) => {
			const gone = find({ kind: "live", who: "alice@x", message: { text: "she is gone" } });
			insertAfter(events, gone, copy(gone, { who: "carol@x", device: "carol/watch" }));
		});
	});

	it("somebody who writes after they left", () => {
		finds("not entitled", /place 8 of club@rooms.x is by carol@x, who was not in it/, (events) => {
			for (const event of events) {
				for (const message of [event.message, event.result?.last, ...(event.result?.messages ?? [])]) {
					if (message?.text === "she is gone") {
						message.from = "carol@x/watch";
					}
				}
			}
		});
	});

	it("somebody who is shown what came before they joined", () => {
		finds("not entitled", /carol@x was shown place 2 of club/, (events, find) => {
			const said = find({ kind: "live", message: { text: "before carol" } }).message;
			lastAnswer(events, "carol@x", "history.page").result.messages.unshift(structuredClone(said));
		});
	});

	it("a page for somebody who has left, and none for a member", () => {
		finds("not entitled", /carol@x read club@rooms.x after leaving/, (events, find, copy) => {
			const ask = find({ kind: "ask", who: "carol@x", method: "history.page" });
			const done = lastAnswer(events, "carol@x", "history.page");
			events.splice(-1, 0, copy(ask, { id: "late" }), copy(done, { id: "late" }));
		});
		finds("shut out", /carol@x is in club@rooms.x/, (events) => {
			Object.assign(lastAnswer(events, "carol@x", "history.page"), { kind: "denied", code: "not-found" });
		});
	});

	it("nothing wrong where it is not certain whether somebody was in", () => {
		const history = planted((events, find, copy) => {
			const asked = find({ kind: "ask", who: "carol@x", method: "groups.leave" });
			const done = find({ kind: "done", device: asked.device, id: asked.id });
			Object.assign(done, { kind: "denied", code: "not-found" });
			events.splice(events.indexOf(done), 0, copy(asked));
			const page = find({ kind: "ask", who: "carol@x", method: "history.page" });
			events.splice(-1, 0, copy(page, { id: "late" }), copy(done, { id: "late" }));
		});
		assert.deepEqual(kinds(history), []);
	});

	it("nothing wrong with who was refused, and got the answer to the second attempt when they had come back", () => {
		const history = planted((events, find, copy) => {
			const sent = find({ kind: "attempt", id: "c-1" });
			const refused = copy(sent, { kind: "refused", code: "not-allowed" });
			insertAfter(events, sent, copy(sent));
			insertAfter(events, sent, refused);
		});
		assert.deepEqual(kinds(history), []);
	});

	it("an answer to what was refused before, and a refusal of what was answered", () => {
		finds("two answers", /carol@x's c-1 was acknowledged and refused/, (events, find, copy) => {
			const sent = find({ kind: "attempt", id: "c-1" });
			insertAfter(events, sent, copy(sent, { kind: "refused", code: "not-allowed" }));
		});
		finds("two answers", /carol@x's c-1 was acknowledged and refused/, (events, find, copy) => {
			const answer = find({ kind: "answer", id: "c-1" });
			insertAfter(events, answer, copy(answer, { kind: "refused", code: "not-allowed" }));
			insertAfter(events, answer, copy(find({ kind: "attempt", id: "c-1" })));
		});
	});

	it("nothing about who was to be brought and was not, but about who is in it already", () => {
		const brings = (code) => (events, find, copy) => {
			const page = find({ kind: "ask", who: "carol@x", method: "history.page" });
			const done = lastAnswer(events, "carol@x", "history.page");
			const by = find({ kind: "ask", who: "alice@x", method: "groups.create" });
			const refused = [{ address: "carol@x", code }];
			const params = { group: CLUB, people: ["carol@x"] };
			events.splice(
				-1,
				0,
				copy(by, { id: "bring", method: "groups.invite", params }),
				copy(by, { kind: "done", id: "bring", method: undefined, params: undefined, result: { added: [], refused } }),
				copy(page, { id: "late" }),
				copy(done, { id: "late", kind: "denied", code: "not-found", result: undefined }),
			);
		};
		assert.deepEqual(kinds(planted(brings("busy"))), []);
		finds("shut out", /carol@x is in club@rooms.x/, brings("conflict"));
	});

	it("a member who has left and is still there", () => {
		finds("change lost", /carol@x left club@rooms.x 1 times, its journal says 0/, (events) => {
			for (const { message, result } of events) {
				for (const one of [message, ...(result?.messages ?? [])]) {
					if (one?.change?.kind === "left") {
						one.change.kind = "topic";
					}
				}
			}
		});
	});

	it("somebody who sees a chat of two others", () => {
		finds("unsent", /alice@x has not written "one" in alice@x\+carol@x/, (events, find, copy) => {
			const live = find({ kind: "live", who: "bob@x", message: { text: "one" } });
			insertAfter(events, live, copy(live, { who: "carol@x", device: "carol/watch" }));
		});
	});
});

describe("of the inbox and the proof, the checker finds", () => {
	const row = (events, who, chat) => lastAnswer(events, who, "history.inbox").result.chats.find((one) => one.chat === chat);

	it("a row that is not up to date", () => {
		finds("lost", /the inbox of bob@x ends alice@x\+bob@x at 2, before place 3/, (events) => {
			row(events, "bob@x", "alice@x").seq = 2;
		});
	});

	it("a wrong number of unread messages", () => {
		finds("wrong count", /bob@x has \d unread in club/, (events) => void row(events, "bob@x", CLUB).unread++);
	});

	it("a read position that has gone back", () => {
		finds("change undone", /alice@x has read .* to 3, the inbox says 2/, (events) => {
			Object.assign(row(events, "alice@x", "bob@x"), { read: 2 });
		});
	});

	it("a reader who has not read everything, and a history about which nothing is proven", () => {
		finds("not proven", /bob@x has not read all of open@rooms.x/, (events) => {
			const answer = lastAnswer(events, "bob@x", "history.page", { chat: "open@rooms.x", after: 0 });
			return events.filter((event) => event !== answer);
		});
		finds("not proven", /alice@x has not read all/, (events) =>
			events.filter(({ method, params }) => !(method === "history.page" && params.after === 0)).filter(
				(event, _, all) => event.kind !== "done" || all.some(({ kind, id }) => kind === "ask" && id === event.id),
			),
		);
	});
});

describe("where messages are kept for a time, the checker finds", () => {
	const pages = (events) => events.filter(({ kind, result }) => kind === "done" && result?.messages);

	it("nothing wrong where all that is too old goes, and nothing else", () => {
		assert.deepEqual(check(keptHistory()).violations, []);
	});

	it("a message that is gone too early", () => {
		const early = (events) => Object.assign(pages(events)[0].result, { begins: 2 });
		finds("lost", /begins at 2 for bob@x, and place 1 is not that old/, (events) => void early(events), keptHistory);
	});

	it("messages that are gone although nobody has said that they may be", () => {
		finds("lost", /begins at/, (events) => events.filter(({ kind }) => kind !== "rule"), keptHistory);
	});

	it("a message that is still there when all were removed that are so old", () => {
		const late = (events) => {
			const all = pages(events);
			const { messages } = all[0].result;
			Object.assign(all.at(-1).result, { messages: [...messages, ...all.at(-1).result.messages] });
		};
		finds("kept too long", /place 1 of/, late, keptHistory);
	});

	it("a chat that begins earlier again", () => {
		const back = (events) => void delete pages(events).at(-1).result.begins;
		finds("came back", /was told 1 later/, back, keptHistory);
	});
});

describe("a device that asks for what it missed", () => {
	/** Bob's watch is away while Alice writes, and says something herself. */
	const scene = () => {
		const node = new Ideal();
		const alice = node.device("alice", "phone");
		const watch = node.simple("bob", "watch");
		node.say(alice, "p-1", watch.who, "live");
		node.go(watch);
		node.say(alice, "p-2", watch.who, "missed");
		node.comeBack(watch);
		node.say(watch, "w-1", alice.who, "its own");
		node.settle();
		return node.history;
	};

	it("is told everything", () => {
		assert.deepEqual(check(scene()).violations, []);
	});

	/** The same without what it was told when it came back. */
	const untold = (whole) => {
		const history = new History();
		for (const { at, kind, ...facts } of whole.events) {
			if (facts.message?.missed !== true) {
				history.add(kind, facts);
			}
		}
		return check(history).violations.map(({ kind, sentence }) => `${kind}: ${sentence}`);
	};

	it("has been wronged when it was not told all", () => {
		assert.deepEqual(untold(scene()), ["not delivered: bob/watch was never told of alice@x's p-2"]);
	});

	it("is told of a group as long as its owner is in it", () => {
		const inClub = (leaves) => {
			const node = new Ideal();
			const alice = node.device("alice", "phone");
			const phone = node.device("bob", "phone");
			const watch = node.simple("bob", "watch");
			const club = node.create(alice, "club", "joined");
			node.join(phone, club);
			node.go(watch);
			node.say(alice, "p-1", club, "missed");
			if (leaves) {
				node.leave(phone, club);
			}
			node.comeBack(watch);
			node.settle();
			return node.history;
		};
		assert.deepEqual(untold(inClub(false)), ["not delivered: bob/watch was never told of alice@x's p-1"]);
		assert.deepEqual(untold(inClub(true)), []);
	});
});
