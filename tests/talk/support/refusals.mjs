// SPDX-License-Identifier: MIT
// What a refusal says: its code, its words, and where in the frame the reason is.

import assert from "node:assert/strict";

const NOWHERE = undefined;

async function answerOf(who, method, params) {
	const wire = who.wire ?? who;
	return wire.ask(method, params);
}

/** Asks for what is refused with this code, these words (text or pattern) and at this place. Resolves with the error. */
export async function refuses(who, method, params, code, text, where = NOWHERE) {
	const answer = await answerOf(who, method, params);
	const said = `${method} ${JSON.stringify(params)}`;
	assert.equal(answer.type, "error", `${said} was answered: ${JSON.stringify(answer)}`);
	assert.deepEqual([answer.code, answer.where], [code, where], `${said}: ${answer.text}`);
	if (text instanceof RegExp) {
		assert.match(answer.text, text, said);
	} else {
		assert.equal(answer.text, text, said);
	}
	return answer;
}

let ids = 0;

/** The same of a message; members stand beside or in place of its text. */
export async function refusesMessage(who, to, members, code, text, where = NOWHERE) {
	const id = `refused-${++ids}`;
	who.wire.send({ type: "message", id, to: to.address ?? to, ...members });
	const answer = await who.wire.next({ id, type: /^(result|error)$/ });
	assert.deepEqual([answer.code, answer.text, answer.where], [code, text, where], JSON.stringify(members));
	return answer;
}

/** Gives everybody a line client beside the device, with which frames are sent as they are. */
export async function wired(node, people) {
	for (const person of people) {
		person.wire = await node.wireOf(person.person);
	}
	return people;
}
