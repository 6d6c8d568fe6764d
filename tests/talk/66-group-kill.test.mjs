// SPDX-License-Identifier: MIT
// A node that is killed in the middle of changes of a group: what the journal says is so, and nothing else.

import assert from "node:assert/strict";
import { it } from "node:test";

import { fail, faultyStore } from "./support/faulty.mjs";
import { circle, newGroup, roles } from "./support/groups.mjs";
import { conversation } from "./support/talk.mjs";

const sqlite = { store: { backend: "sqlite" }, "module groups": { invitations_hour: 100_000 } };

/** All entries of a chat. */
async function journal(reader, group) {
	const all = [];
	for (let after = 0, more = true; more; ) {
		const page = await reader.ask("history.page", { chat: group.address, after, limit: 200 });
		all.push(...page.messages);
		[more, after] = [page.more, page.messages.at(-1)?.seq];
	}
	return all;
}

/** What the entries make of a group. */
function replay(entries) {
	const state = { title: "The club", topic: "", roles: new Map(), banned: new Set() };
	for (const { from, change } of entries) {
		const subject = (change.who ?? from).split("@")[0];
		switch (change.kind) {
			case "created":
				state.roles.set(subject, "owner");
				break;
			case "added":
			case "joined":
				state.roles.set(subject, "member");
				break;
			case "role":
				state.roles.set(subject, change.role);
				break;
			case "banned":
				state.banned.add(subject);
				state.roles.delete(subject);
				break;
			case "unbanned":
				state.banned.delete(subject);
				break;
			case "left":
			case "removed":
				state.roles.delete(subject);
				break;
			case "title":
			case "topic":
				state[change.kind] = change.text ?? "";
				break;
		}
	}
	return state;
}

const sorted = (entries) => [...entries].sort(([a], [b]) => (a < b ? -1 : 1));

conversation("a group whose node is killed", sqlite, (node) => {
	it("is after that what its journal says, whenever it happens", async () => {
		const people = await circle(node, "owner", "amy", "ann", "bea", "ben", "cat", "cid");
		const [owner, ...others] = people;
		const group = await newGroup(owner, others.slice(0, 2), { kind: "public", history: "all", name: "killed" });
		for (const admin of others.slice(0, 2)) {
			await owner.ask("groups.role", { group: group.address, address: admin.address, role: "admin" });
		}
		await Promise.all(people.map((person) => person.close()));
		const rest = others.slice(2);
		const actors = [owner, ...others.slice(0, 2)];

		/** Changes this and that until the connection ends; gives how many answers it got. */
		async function act(actor, n, count) {
			const wire = await node.wireOf(actor.person);
			const ask = (method, params) => wire.ask(method, { group: group.address, ...params }).then(() => count());
			try {
				for (let i = 0; ; i++) {
					const { address } = rest[(i + n) % rest.length];
					await ask("groups.invite", { people: [address] });
					await ask("groups.update", { title: `${n}-${i}`, topic: `${i}` });
					await ask("groups.role", { address, role: i % 2 ? "moderator" : "member" });
					await ask("groups.update", { slow: i % 7, kind: i % 3 ? "public" : "private" });
					await ask("groups.remove", { address, ban: i % 4 === 0 });
					await ask("groups.unban", { address });
				}
			} catch (error) {
				if (error instanceof assert.AssertionError) {
					throw error; /* else the connection ended */
				}
			}
		}

		for (const killAfter of [7, 30, 61, 100, 144]) {
			let answers = 0;
			const acting = actors.map((actor, n) => act(actor, n, () => answers++));
			while (answers < killAfter) {
				await new Promise((resolve) => setImmediate(resolve));
			}
			await node.kill9();
			await Promise.all(acting);
			await node.restart();
			const reader = await node.device(owner.person);
			const entries = await journal(reader, group);
			assert.deepEqual(
				entries.map(({ seq }) => seq),
				entries.map((_, n) => n + 1),
				"no gaps",
			);
			const state = replay(entries);
			assert.deepEqual(sorted(await roles(reader, group)), sorted(state.roles));
			const { people: banned } = await reader.ask("groups.banned", { group: group.address });
			assert.deepEqual(banned.map(({ name }) => name).sort(), [...state.banned].sort());
			const { group: now } = await reader.ask("groups.get", { group: group.address });
			assert.deepEqual([now.title, now.topic, now.members], [state.title, state.topic, state.roles.size]);
			const { groups } = await reader.ask("groups.search", { text: now.title });
			assert.equal(
				groups.some(({ address }) => address === group.address),
				now.kind === "public",
				"search knows what it is called",
			);
			for (const person of rest) {
				const device = await node.device(person.person);
				const isIn = state.roles.has(person.name);
				const listed = (await device.ask("groups.list")).groups.length;
				assert.equal(listed, isIn ? 1 : 0);
				if (isIn) {
					assert.equal((await journal(device, group)).length, entries.length);
				} else {
					await device.refused("not-found", "history.page", { chat: group.address });
				}
				await device.close();
			}
			await reader.close();
		}
	});

	it("is made and left whole, or not at all", async () => {
		const people = await circle(node, "alice", "bob", "carol");
		await Promise.all(people.map((person) => person.close()));
		for (const killAfter of [1, 3, 6]) {
			const wire = await node.wireOf(people[0].person);
			let made = 0;
			const making = (async () => {
				try {
					for (;;) {
						const { result } = await wire.ask("groups.create", {
							title: "Quick",
							people: people.slice(1).map(({ address }) => address),
						});
						made++;
						if (made % 2 === 0) {
							await wire.ask("groups.leave", { group: result.group.address });
						}
					}
				} catch (error) {
					if (error instanceof assert.AssertionError) {
						throw error;
					}
				}
			})();
			while (made < killAfter) {
				await new Promise((resolve) => setImmediate(resolve));
			}
			await node.kill9();
			await making;
			await node.restart();
			for (const person of people) {
				const device = await node.device(person.person);
				for (const group of (await device.ask("groups.list")).groups) {
					const entries = await journal(device, group);
					assert.ok(entries.length > 0);
					const now = await roles(device, group);
					assert.equal(now[0][1], "owner", "there is one, or two when it was just handed on");
					assert.ok(now.some(([name]) => name === person.name));
					await device.says(group, "still here");
				}
				await device.close();
			}
		}
	});
});

conversation("a group whose node dies before its first entry", faultyStore(), (node) => {
	it("leaves its name to whoever asks next", async () => {
		const [alice, bob] = await node.newPeople("alice", "bob");
		const wire = await node.wireOf(alice.person);
		await Promise.all([alice, bob].map((person) => person.close()));
		fail(node, "kill messages 1");
		wire.send({ type: "request", id: "a", method: "groups.create", params: { name: "Wanted", title: "Never", kind: "public" } });
		await node.killed();
		fail(node);
		await node.restart();
		const again = await node.device(alice.person);
		assert.deepEqual((await again.ask("groups.list")).groups, []);
		assert.deepEqual((await again.ask("groups.search", { text: "wanted" })).groups, []);
		await again.refused("not-found", "groups.join", { group: "wanted@rooms.talk.example" });
		const other = await node.device(bob.person);
		const answers = await Promise.allSettled([
			again.ask("groups.create", { name: "wanted", title: "By alice" }),
			other.ask("groups.create", { name: "wanted", title: "By bob", about: "us", kind: "public" }),
		]);
		assert.deepEqual(answers.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
		const [lost] = answers.filter(({ status }) => status === "rejected");
		assert.deepEqual([lost.reason.code, lost.reason.message], ["conflict", "this name is taken"]);
		const [{ value: { group } }] = answers.filter(({ status }) => status === "fulfilled");
		const owner = answers[0].status === "fulfilled" ? again : other;
		assert.deepEqual([group.title, group.members, group.role], [owner === again ? "By alice" : "By bob", 1, "owner"]);
		assert.deepEqual(await roles(owner, group), [[owner.name, "owner"]]);
		assert.deepEqual((await journal(owner, group)).map(({ seq, change }) => [seq, change.kind]), [[1, "created"]]);
		const found = (await again.ask("groups.search", { text: "wanted" })).groups;
		assert.equal(found.length, group.kind === "public" ? 1 : 0);
		await Promise.all([again, other].map((person) => person.close()));
		await node.stop();
		await node.restart();
		const back = await node.device(owner.person);
		await back.says(group, "still here");
		await back.refused("conflict", "groups.create", { name: "wanted" });
	});

	it("and one whose first entry could not be written leaves it, too", async () => {
		const alice = await node.newPerson("anna");
		fail(node, "write messages");
		await assert.rejects(alice.ask("groups.create", { name: "later" }));
		fail(node);
		const { group } = await alice.ask("groups.create", { name: "later", title: "Now" });
		assert.deepEqual([group.title, group.members], ["Now", 1]);
	});
});
