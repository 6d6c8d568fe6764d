// SPDX-License-Identifier: MIT
// What a rule keeps is not removed, what it does not keep is not shown, and a chat never begins earlier than before.

const DAY = 86_400_000;

export function retention(facts, report) {
	for (const chat of facts.chats.values()) {
		const told = [
			...chat.pages.map(({ event, asked, who, result }) => ({ event, asked, who, begins: result.begins ?? 1 })),
			...chat.rows.filter(({ row }) => !row.gone).map(({ event, asked, who, row }) => ({ event, asked, who, begins: row.begins ?? 1 })),
		].sort((a, b) => a.event.at - b.event.at);
		forward(chat, told, report);
		early(facts, chat, told, report);
		late(facts, chat, report);
	}
}

/** Where a chat begins moves on only: who asks later is told the same, or more. */
function forward(chat, told, report) {
	let known = { begins: 1 };
	for (const one of told) {
		if (one.asked.at > (known.event?.at ?? Infinity) && one.begins < known.begins) {
			report("came back", `${chat.key} began at ${known.begins}, and ${one.who} was told ${one.begins} later`, known.event, one.event);
		}
		known = one.begins > known.begins ? one : known;
	}
}

/** The latest that it can have been when something was told. */
function latest(facts, { at }) {
	return facts.clocks.find((clock) => clock.at > at)?.before ?? Infinity;
}

/** What was not yet too old is there. */
function early(facts, chat, told, report) {
	const entries = [...chat.bySeq.values()].map(({ event, message }) => ({ event, seq: message.seq, time: Date.parse(message.time) }));
	let checked = 1;
	for (const { event, who, begins } of told) {
		if (begins <= checked) {
			continue;
		}
		const cutoff = facts.keptDays === undefined ? -Infinity : latest(facts, event) - facts.keptDays * DAY;
		const lost = entries.find(({ seq, time }) => seq >= checked && seq < begins && time >= cutoff);
		if (lost || facts.keptDays === undefined) {
			report("lost", `${chat.key} begins at ${begins} for ${who}, and place ${lost?.seq ?? begins - 1} is not that old`, lost?.event, event);
		}
		checked = begins;
	}
}

/** Once all was removed, what was too old then is shown to nobody. */
function late(facts, chat, report) {
	const sweep = facts.sweeps.at(-1);
	if (sweep === undefined) {
		return;
	}
	const cutoff = sweep.now - facts.keptDays * DAY;
	for (const { event, how, message, who, since } of chat.sights) {
		if (how !== "answer" && since > sweep.at && Date.parse(message.time) < cutoff) {
			report("kept too long", `place ${message.seq} of ${chat.key} was too old, and ${who} was shown it`, sweep, event);
		}
	}
}
