// SPDX-License-Identifier: MIT
// What a device wrote in a chat one after the other stands there in that order.

export function order(facts, report) {
	const lines = new Map();
	for (const message of facts.messages.values()) {
		const place = placeOf(message);
		if (place === undefined || message.refusals.length > 0) {
			continue; /* what was refused and sent again has come later by right */
		}
		const key = `${message.attempts[0].device} ${message.chat.key}`;
		lines.set(key, [...(lines.get(key) ?? []), { message, place }]);
	}
	for (const line of lines.values()) {
		line.sort((a, b) => a.message.attempts[0].at - b.message.attempts[0].at);
		for (let n = 1; n < line.length; n++) {
			compare(line[n - 1], line[n], report);
		}
	}
}

function compare(before, after, report) {
	if (before.place < after.place) {
		return;
	}
	const [a, b] = [before.message, after.message];
	report(
		"disorder",
		`${a.who} sent ${a.id} before ${b.id}, but in ${a.chat.key} they stand at ${before.place} and ${after.place}`,
		a.attempts[0],
		b.attempts[0],
		a.answers[0],
		b.answers[0],
	);
}

/** Where it stands, from its answer or from who has seen it. */
function placeOf(message) {
	if (message.answers.length > 0) {
		return message.answers[0].seq;
	}
	message.chat.said ??= new Map(
		message.chat.sights.filter(({ message: { text } }) => text !== undefined).map((sight) => [sight.message.text, sight]),
	);
	return message.chat.said.get(message.text)?.message.seq;
}
