// SPDX-License-Identifier: MIT
// What conversations about groups have in common.

import assert from "node:assert/strict";

/** People of whom the first is a contact of all the others. */
export async function circle(node, ...names) {
	const people = await node.newPeople(...names);
	for (const other of people.slice(1)) {
		await node.befriend(people[0], other);
	}
	return people;
}

export async function newGroup(owner, people = [], more = {}) {
	const { group, added, invited, refused } = await owner.ask("groups.create", {
		title: "The club",
		people: people.map(({ address }) => address),
		...more,
	});
	assert.deepEqual(refused, []);
	assert.deepEqual(invited, []);
	assert.equal(added.length, people.length);
	return group;
}

/** What happened in the group, as [kind, by, who]. */
export async function lines(reader, group) {
	const { messages } = await reader.ask("history.page", { chat: group.address, after: 0, limit: 200 });
	const name = (address) => address?.split("@")[0];
	return messages.map((message) =>
		message.change
			? [message.change.kind, name(message.from), ...(message.change.who ? [name(message.change.who)] : [])]
			: [message.text, name(message.from)],
	);
}

/** Who has which role, most first. */
export async function roles(reader, group) {
	const { members } = await reader.ask("groups.members", { group: group.address, limit: 200 });
	return members.map(({ person, role }) => [person.name, role]);
}

/** This person is in the group now, or no longer, or in another role. */
export function hearsRole(person, group, role) {
	return person.hears({ type: "event", name: "groups.changed", group: { address: group.address, role } });
}
