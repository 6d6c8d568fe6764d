// SPDX-License-Identifier: MIT
// How people become contacts, and cease to be; and what the others see of it.

import assert from "node:assert/strict";
import { it } from "node:test";

import { conversation, DOMAIN } from "./support/talk.mjs";

const anyRoster = { type: "event", name: /^roster\./ };

/** The relation that one sees the other in, "none" when the list does not have them. */
async function listed(device, other) {
	const { people } = await device.ask("roster.list");
	return people.find((person) => person.address === other.address)?.relation ?? "none";
}

async function assertListed(pairs) {
	for (const [device, other, relation] of pairs) {
		assert.equal(await listed(device, other), relation, `${device.name} about ${other.name}`);
	}
}

/** Nothing about the roster has reached them and is unaccounted for. */
async function assertSilent(...devices) {
	for (const device of devices) {
		await device.settled();
		assert.deepEqual(device.heard(anyRoster), [], device.name);
	}
}

conversation("requests to chat", {}, (node) => {
	it("reach every device of the other, with who asks and what they wrote", async () => {
		const [alice, bob] = await node.newPeople("alice", "bob");
		const phone = await bob.another();
		const answer = await alice.ask("roster.request", { address: bob.address, text: "It is Alice" });
		assert.equal(answer.relation, "requested");
		const person = {
			address: alice.address,
			name: alice.name,
			shown: alice.name,
			display: "",
			relation: "asks",
			text: "It is Alice",
		};
		for (const device of [bob, phone]) {
			const event = await device.hears({ type: "event", name: "roster.request" });
			assert.deepEqual(event.person, person);
			assert.equal(event.text, "It is Alice");
			assert.ok(Math.abs(Date.now() - Date.parse(event.time)) < 60_000);
		}
		assert.deepEqual((await bob.ask("roster.list")).people, [person]);
		await assertListed([[alice, bob, "requested"]]);
	});

	it("are seen on the asker's other devices", async () => {
		const [alice, bob] = await node.newPeople("alice", "bob");
		const phone = await alice.another();
		await alice.ask("roster.request", { address: bob.address });
		await phone.seesRelation(bob, "requested");
	});

	it("that are accepted make contacts of both, on all their devices", async () => {
		const [alice, bob] = await node.newPeople("alice", "bob");
		const [alicePhone, bobPhone] = [await alice.another(), await bob.another()];
		await alice.ask("roster.request", { address: bob.address });
		assert.equal((await bob.ask("roster.accept", { address: alice.address })).relation, "contact");
		await Promise.all([alice, alicePhone].map((device) => device.seesContact(bob)));
		await Promise.all([bob, bobPhone].map((device) => device.seesContact(alice)));
		await assertListed([
			[alicePhone, bob, "contact"],
			[bobPhone, alice, "contact"],
		]);
		await alice.says(bob, "thanks");
		await bobPhone.hearsSaid("thanks");
	});

	it("that are declined look to the asker as if they had not asked", async () => {
		const [alice, bob] = await node.newPeople("alice", "bob");
		await alice.ask("roster.request", { address: bob.address });
		assert.equal((await bob.ask("roster.decline", { address: alice.address })).relation, "none");
		await alice.seesRelation(bob, "none");
		await bob.seesRelation(alice, "none");
		await assertListed([
			[alice, bob, "none"],
			[bob, alice, "none"],
		]);
		/* and may be made again */
		assert.equal((await alice.ask("roster.request", { address: bob.address })).relation, "requested");
	});

	it("can be withdrawn, and then cannot be accepted", async () => {
		const [alice, bob] = await node.newPeople("alice", "bob");
		await alice.ask("roster.request", { address: bob.address });
		await bob.hears({ name: "roster.request" });
		assert.equal((await alice.ask("roster.withdraw", { address: bob.address })).relation, "none");
		await bob.seesRelation(alice, "none");
		const error = await bob.refused("not-found", "roster.accept", { address: alice.address });
		assert.equal(error.where, "/params/address");
		await assertListed([
			[alice, bob, "none"],
			[bob, alice, "none"],
		]);
	});

	it("of both sides make contacts without more ado", async () => {
		const [alice, bob] = await node.newPeople("alice", "bob");
		await alice.ask("roster.request", { address: bob.address });
		assert.equal((await bob.ask("roster.request", { address: alice.address })).relation, "contact");
		await alice.seesContact(bob);
	});

	it("of both sides at the same moment make contacts, too", async () => {
		for (let round = 0; round < 5; round++) {
			const [alice, bob] = await node.newPeople("alice", "bob");
			const answers = await Promise.all([
				alice.ask("roster.request", { address: bob.address }),
				bob.ask("roster.request", { address: alice.address }),
			]);
			assert.deepEqual(answers.map((answer) => answer.relation).sort(), ["contact", "requested"]);
			await Promise.all([alice.seesContact(bob), bob.seesContact(alice)]);
		}
	});

	it("that are repeated change nothing and tell nobody", async () => {
		const [alice, bob] = await node.newPeople("alice", "bob");
		await alice.ask("roster.request", { address: bob.address, text: "one" });
		await bob.hears({ name: "roster.request" });
		assert.equal((await alice.ask("roster.request", { address: bob.address, text: "two" })).relation, "requested");
		await assertSilent(bob);
		await bob.ask("roster.accept", { address: alice.address });
		await Promise.all([alice.seesContact(bob), bob.seesContact(alice)]);
		assert.equal((await alice.ask("roster.request", { address: bob.address })).relation, "contact");
		assert.equal((await bob.ask("roster.decline", { address: alice.address })).relation, "contact");
		assert.equal((await alice.ask("roster.withdraw", { address: bob.address })).relation, "contact");
		await assertSilent(bob);
	});

	it("to oneself, to nobody and to other nodes are refused", async () => {
		const alice = await node.newPerson("alice");
		for (const method of ["request", "accept", "decline", "withdraw", "remove", "block", "unblock"]) {
			const own = await alice.refused("bad-request", `roster.${method}`, { address: alice.address });
			assert.equal(own.where, "/params/address");
			await alice.refused("not-found", `roster.${method}`, { address: node.address("nobody") });
			await alice.refused("not-implemented", `roster.${method}`, { address: "bob@elsewhere.example" });
			const bad = await alice.refused("bad-request", `roster.${method}`, { address: "bob" });
			assert.equal(bad.where, "/params/address");
		}
	});

	it("find their addressee in every case of the address", async () => {
		const [alice, bob] = await node.newPeople("alice", "bob");
		const loud = `${bob.name.toUpperCase()}@${DOMAIN.toUpperCase()}`;
		assert.equal((await alice.ask("roster.request", { address: loud })).relation, "requested");
		await assertListed([[bob, alice, "asks"]]);
	});

	it("come with at most 200 characters, of any kind", async () => {
		const [alice, bob] = await node.newPeople("alice", "bob");
		const error = await alice.refused("too-large", "roster.request", {
			address: bob.address,
			text: "🙂".repeat(201),
		});
		assert.equal(error.where, "/params/text");
		await alice.ask("roster.request", { address: bob.address, text: "🙂".repeat(200) });
		assert.equal((await bob.hears({ name: "roster.request" })).text, "🙂".repeat(200));
	});

	it("are there when the other logs in later", async () => {
		const [alice, bob] = [await node.newPerson("alice"), await node.signUp("bob")];
		await alice.ask("roster.request", { address: bob.address, text: "later" });
		const device = await node.device(bob);
		assert.deepEqual(
			(await device.ask("roster.list")).people.map(({ address, relation, text }) => ({
				address,
				relation,
				text,
			})),
			[{ address: alice.address, relation: "asks", text: "later" }],
		);
	});
});

conversation("contacts", {}, (node) => {
	it("can be removed by either, and then cannot write, but what was said stays", async () => {
		const [alice, bob] = await node.newPeople("alice", "bob");
		await node.befriend(alice, bob);
		await alice.says(bob, "before");
		assert.equal((await bob.ask("roster.remove", { address: alice.address })).relation, "none");
		await Promise.all([alice.seesRelation(bob, "none"), bob.seesRelation(alice, "none")]);
		await alice.cannotSay("not-allowed", bob, "after");
		await bob.cannotSay("not-allowed", alice, "after");
		const { messages } = await alice.ask("history.page", { chat: bob.address });
		assert.deepEqual(
			messages.map((message) => message.text),
			["before"],
		);
	});

	it("that were removed can ask again", async () => {
		const [alice, bob] = await node.newPeople("alice", "bob");
		await node.befriend(alice, bob);
		await bob.ask("roster.remove", { address: alice.address });
		await alice.ask("roster.request", { address: bob.address });
		await bob.ask("roster.accept", { address: alice.address });
		await alice.says(bob, "again");
	});

	it("see a new display name at once, and others do not", async () => {
		const [alice, bob, carol] = await node.newPeople("alice", "bob", "carol");
		await node.befriend(alice, bob);
		await bob.ask("account.update", { display: "Robert" });
		const { person } = await alice.hears({ name: "roster.changed", person: { display: "Robert" } });
		assert.deepEqual(person, {
			address: bob.address,
			name: bob.name,
			shown: bob.name,
			display: "Robert",
			relation: "contact",
		});
		await assertSilent(carol);
	});
});

conversation("blocking", {}, (node) => {
	it("ends a contact: the blocked one sees no more than that", async () => {
		const [alice, bob] = await node.newPeople("alice", "bob");
		const phone = await alice.another();
		await node.befriend(alice, bob);
		assert.equal((await alice.ask("roster.block", { address: bob.address })).relation, "blocked");
		await Promise.all([alice, phone].map((device) => device.seesRelation(bob, "blocked")));
		await bob.seesRelation(alice, "none");
		await bob.seesPresence(alice, "offline");
		await assertListed([
			[alice, bob, "blocked"],
			[bob, alice, "none"],
		]);
	});

	it("of a stranger is told to nobody else", async () => {
		const [alice, bob] = await node.newPeople("alice", "bob");
		await alice.ask("roster.block", { address: bob.address });
		await assertSilent(bob);
	});

	it("takes a waiting request away, as if it had been declined", async () => {
		const [alice, bob] = await node.newPeople("alice", "bob");
		await bob.ask("roster.request", { address: alice.address });
		await bob.seesRelation(alice, "requested");
		await alice.ask("roster.block", { address: bob.address });
		await bob.seesRelation(alice, "none");
		await alice.refused("not-found", "roster.accept", { address: bob.address });
		await assertListed([[alice, bob, "blocked"]]);
	});

	it("keeps the blocker from writing and asking, too, until they unblock", async () => {
		const [alice, bob] = await node.newPeople("alice", "bob");
		await node.befriend(alice, bob);
		await alice.ask("roster.block", { address: bob.address });
		await alice.cannotSay("not-allowed", bob, "hello?");
		await alice.refused("not-allowed", "roster.request", { address: bob.address });
		assert.equal((await alice.ask("roster.unblock", { address: bob.address })).relation, "none");
		await alice.seesRelation(bob, "none");
		await assertListed([[alice, bob, "none"]]);
		await alice.ask("roster.request", { address: bob.address });
		await bob.ask("roster.accept", { address: alice.address });
		await alice.says(bob, "friends again");
	});

	it("can be mutual, and each unblocks for themselves", async () => {
		const [alice, bob] = await node.newPeople("alice", "bob");
		await alice.ask("roster.block", { address: bob.address });
		await bob.ask("roster.block", { address: alice.address });
		await alice.ask("roster.unblock", { address: bob.address });
		await assertListed([
			[alice, bob, "none"],
			[bob, alice, "blocked"],
		]);
		assert.equal((await bob.ask("roster.unblock", { address: alice.address })).relation, "none");
	});

	it("T49 gives the blocked no hint: all looks as with a stranger who hides and does not answer", async () => {
		const [alice, zoe, bob] = await node.newPeople("alice", "zoey_", "bob");
		await zoe.ask("account.update", { hidden: true });
		await alice.ask("roster.block", { address: bob.address });
		const seen = async (other) => {
			const plain = (value) => JSON.parse(JSON.stringify(value).replaceAll(other.name, "NAME"));
			const say = await bob.cannotSay("not-allowed", other, "hello?");
			const result = {
				search: (await bob.ask("roster.search", { text: other.name })).people,
				say,
				asked: await bob.ask("roster.request", { address: other.address, text: "please" }),
				again: await bob.ask("roster.request", { address: other.address }),
				event: (await bob.hears({ name: "roster.changed", person: { address: other.address } })).person,
				list: (await bob.ask("roster.list")).people.filter(({ address }) => address === other.address),
				sayAfter: await bob.cannotSay("not-allowed", other, "hello?"),
				presence: (await bob.ask("presence.get")).people,
				page: await bob.ask("history.page", { chat: other.address }),
				accept: (await bob.refused("not-found", "roster.accept", { address: other.address })).message,
				withdrawn: await bob.ask("roster.withdraw", { address: other.address }),
				eventAfter: (await bob.hears({ name: "roster.changed", person: { address: other.address } })).person,
				listAfter: (await bob.ask("roster.list")).people.filter(({ address }) => address === other.address),
			};
			return plain(result);
		};
		assert.deepEqual(await seen(alice), await seen(zoe));
		assert.equal((await bob.ask("roster.request", { address: alice.address })).relation, "requested");
		await alice.seesRelation(bob, "blocked"); /* her own doing; and nothing of all that he does */
		await assertSilent(alice);
		await assertListed([[alice, bob, "blocked"]]);
	});
});

conversation("limits of the roster", { "module roster": { requests_hour: 3, contacts_max: 5 } }, (node) => {
	it("are 3 requests in an hour here, and who has used them up is told how long to wait", async () => {
		const [alice, ...others] = await node.newPeople("alice", "one", "two", "three", "four");
		for (const other of others.slice(0, 3)) {
			await alice.ask("roster.request", { address: other.address });
		}
		const error = await alice.refused("limit", "roster.request", { address: others[3].address });
		assert.ok(error.retryAfter > 3000 && error.retryAfter <= 3601, String(error.retryAfter));
		/* answering those who ask is not asking */
		await others[3].ask("roster.request", { address: alice.address });
		assert.equal((await alice.ask("roster.request", { address: others[3].address })).relation, "contact");
	});

	it("are 5 people whom one can know here, on either side", async () => {
		const alice = await node.newPerson("alice");
		for (let i = 0; i < 5; i++) {
			const other = await node.newPerson("other");
			await alice.ask("roster.block", { address: other.address });
		}
		const late = await node.newPerson("late");
		await alice.refused("limit", "roster.request", { address: late.address });
		await alice.refused("limit", "roster.block", { address: late.address });
		await late.refused("limit", "roster.request", { address: alice.address });
	});

	it("count nobody with whom there is nothing any more", async () => {
		const alice = await node.newPerson("alice");
		for (let i = 0; i < 6; i++) {
			const other = await node.newPerson("other");
			await alice.ask("roster.block", { address: other.address });
			await alice.ask("roster.unblock", { address: other.address });
			await alice.ask("roster.remove", { address: other.address });
		}
		const late = await node.newPerson("late");
		await alice.ask("roster.request", { address: late.address });
		await assertListed([[alice, late, "requested"]]);
	});
});

conversation(
	"an account that more people block than one find returns",
	{ "module roster": { people_cached: 10 } },
	(node) => {
		it("loses none of its contacts", async () => {
			const [alice, zoe] = await node.newPeople("alice", "zoey_");
			const operator = await node.operator();
			await node.befriend(alice, zoe);
			const names = Array.from({ length: 1001 }, (_, i) => `m${String(i).padStart(4, "0")}`);
			for (let at = 0; at < names.length; at += 8) {
				const some = names.slice(at, at + 8);
				await Promise.all(
					some.map((name) => operator.get("account.create", { name, password: "correct horse battery" })),
				);
				await Promise.all(
					some.map(async (name) => {
						const wire = await node.wireOf({ name, password: "correct horse battery" });
						await wire.get("roster.block", { address: alice.address });
						await wire.close();
					}),
				);
			}
			await alice.says(zoe, "still there");
			assert.equal(await listed(alice, zoe), "contact");
		});
	},
);
