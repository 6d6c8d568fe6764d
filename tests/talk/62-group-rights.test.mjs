// SPDX-License-Identifier: MIT
// What each role may do in a group, and what it may not, at the protocol.

import assert from "node:assert/strict";
import { it } from "node:test";

import { circle, hearsRole, lines, newGroup, roles } from "./support/groups.mjs";
import { conversation } from "./support/talk.mjs";

/** A group with somebody of each role, and one more member. */
async function cast(node, more) {
	const [owner, admin, moderator, member, other] = await circle(node, "owner", "amy", "moe", "meg", "ned");
	const group = await newGroup(owner, [admin, moderator, member, other], more);
	const give = (person, role) =>
		owner.ask("groups.role", { group: group.address, address: person.address, role });
	await give(admin, "admin");
	await give(moderator, "moderator");
	await hearsRole(admin, group, "admin");
	await hearsRole(moderator, group, "moderator");
	return { owner, admin, moderator, member, other, group, give };
}

conversation("in a group", {}, (node) => {
	it("roles are given below one's own, and by owners to anybody", async () => {
		const { owner, admin, moderator, member, other, group } = await cast(node);
		const give = (giver, taker, role) =>
			giver.ask("groups.role", { group: group.address, address: taker.address, role });
		const cannot = (giver, taker, role, code = "not-allowed") =>
			giver.refused(code, "groups.role", { group: group.address, address: taker.address, role });
		await cannot(member, other, "moderator");
		await cannot(moderator, other, "moderator");
		await cannot(admin, other, "admin");
		await cannot(admin, other, "owner");
		await cannot(admin, owner, "member");
		await cannot(admin, admin, "owner");
		await cannot(owner, owner, "admin");
		await cannot(owner, { address: node.address("nobody") }, "admin", "not-found");
		await cannot(owner, { address: "bob@elsewhere.example" }, "admin", "not-implemented");
		await cannot(owner, other, "king", "bad-request");
		await give(admin, other, "moderator");
		const event = await hearsRole(other, group, "moderator");
		assert.equal(event.by, admin.address);
		const line = await member.hears({ change: { kind: "role", who: other.address } });
		assert.equal(line.change.role, "moderator");
		await give(admin, other, "member");
		await give(admin, admin, "moderator");
		await cannot(admin, other, "moderator");
		await give(owner, admin, "owner");
		await give(owner, owner, "member");
		assert.deepEqual(await roles(member, group), [
			[admin.name, "owner"],
			[moderator.name, "moderator"],
			...[member, other, owner].map(({ name }) => [name, "member"]).sort(),
		]);
		const before = (await lines(member, group)).length;
		await give(admin, owner, "member");
		assert.equal((await lines(member, group)).length, before, "what is so already leaves no line");
	});

	it("moderators remove members, admins those below them, owners all", async () => {
		const { owner, admin, moderator, member, other, group } = await cast(node);
		const remove = (by, who) => by.ask("groups.remove", { group: group.address, address: who.address });
		const cannot = (by, who, code = "not-allowed") =>
			by.refused(code, "groups.remove", { group: group.address, address: who.address });
		await cannot(member, other);
		await cannot(moderator, admin);
		await cannot(moderator, owner);
		await cannot(admin, owner);
		await cannot(moderator, moderator, "bad-request");
		await cannot(moderator, { address: node.address("nobody") }, "not-found");
		await remove(moderator, other);
		const event = await hearsRole(other, group, "none");
		assert.equal(event.by, moderator.address);
		await member.hears({ change: { kind: "removed", who: other.address } });
		await cannot(moderator, other, "not-found");
		await other.cannotSay("not-found", group, "hello?");
		await other.refused("not-found", "groups.get", { group: group.address });
		await remove(admin, moderator);
		await remove(owner, admin);
		assert.deepEqual(await roles(owner, group), [
			[owner.name, "owner"],
			[member.name, "member"],
		]);
	});

	it("admins ban, also those who are not in it, and let in again", async () => {
		const { owner, admin, moderator, member, other, group } = await cast(node, { kind: "public", name: "fair" });
		const stranger = await node.newPerson("stranger");
		const ban = { group: group.address, ban: true };
		await moderator.refused("not-allowed", "groups.remove", { ...ban, address: other.address });
		await admin.refused("not-allowed", "groups.remove", { ...ban, address: owner.address });
		await admin.refused("not-found", "groups.remove", { ...ban, address: node.address("nobody") });
		await admin.ask("groups.remove", { ...ban, address: other.address });
		assert.equal((await hearsRole(other, group, "banned")).by, admin.address);
		await admin.ask("groups.remove", { ...ban, address: other.address });
		await admin.ask("groups.remove", { ...ban, address: stranger.address });
		await other.refused("not-allowed", "groups.join", { group: group.address });
		await stranger.refused("not-allowed", "groups.join", { group: group.address });
		await other.cannotSay("not-allowed", group, "hello?");
		assert.equal((await other.ask("groups.get", { group: group.address })).group.role, "banned");
		const { refused } = await owner.ask("groups.invite", { group: group.address, people: [other.address] });
		assert.deepEqual([refused[0].address, refused[0].code], [other.address, "not-allowed"]);
		const { people } = await admin.ask("groups.banned", { group: group.address });
		assert.deepEqual(people.map(({ name }) => name).sort(), [other.name, stranger.name].sort());
		await moderator.refused("not-allowed", "groups.banned", { group: group.address });
		await moderator.refused("not-allowed", "groups.unban", { group: group.address, address: other.address });
		await admin.refused("not-found", "groups.unban", { group: group.address, address: member.address });
		await admin.ask("groups.unban", { group: group.address, address: other.address });
		assert.equal((await other.ask("groups.join", { group: group.address })).group.role, "member");
		assert.deepEqual((await lines(owner, group)).slice(-4), [
			["banned", admin.name, other.name],
			["banned", admin.name, stranger.name],
			["unbanned", admin.name, other.name],
			["joined", other.name],
		]);
	});

	it("who may edit, invite and write is what the group says", async () => {
		const { owner, admin, moderator, member, other, group } = await cast(node);
		const update = (by, what) => by.ask("groups.update", { group: group.address, ...what });
		const cannot = (by, what) => by.refused("not-allowed", "groups.update", { group: group.address, ...what });
		for (const what of [{ title: "x" }, { about: "x" }, { topic: "x" }, { slow: 5 }, { kind: "public" }]) {
			await cannot(member, what);
			await cannot(moderator, what);
		}
		await cannot(member, { history: "all" });
		await cannot(member, { permissions: { edit: "member" } });
		await update(admin, { permissions: { edit: "member", invite: "moderator", post: "moderator" } });
		await update(member, { title: "Ours" });
		await cannot(member, { title: "Ours", slow: 5 });
		await member.refused("not-allowed", "groups.invite", { group: group.address, people: [other.address] });
		await member.refused("not-allowed", "groups.link", { group: group.address });
		await member.refused("not-allowed", "groups.links", { group: group.address });
		const error = await member.cannotSay("not-allowed", group, "may I?");
		assert.match(error.text, /only moderators/);
		await moderator.says(group, "announcement");
		await member.hearsSaid("announcement");
		await update(owner, { permissions: { post: "owner" } });
		await admin.cannotSay("not-allowed", group, "and I?");
		await owner.says(group, "by the owner");
	});

	it("slow mode lets members write now and then, and moderators always", async () => {
		const { admin, moderator, member, other, group } = await cast(node);
		await admin.ask("groups.update", { group: group.address, slow: 30 });
		const wire = await node.wireOf(member.person);
		const sent = await wire.say(group.address, "one", "s-1");
		const refused = await wire.say(group.address, "two");
		assert.equal(refused.code, "limit");
		assert.ok(refused.retry_after > 25 && refused.retry_after <= 30, `${refused.retry_after}`);
		const again = await wire.say(group.address, "one", "s-1");
		assert.deepEqual(again, { ...sent, repeated: true }, "a retry is no new message");
		await other.says(group, "of somebody else");
		await moderator.says(group, "three");
		await moderator.says(group, "four");
		node.pass(31);
		assert.equal((await wire.say(group.address, "five")).type, "result");
		assert.equal((await wire.say(group.address, "six")).code, "limit");
		await admin.ask("groups.update", { group: group.address, slow: 0 });
		assert.equal((await wire.say(group.address, "seven")).type, "result");
	});

	it("two changes at once have one outcome that everybody sees", async () => {
		const { owner, admin, moderator, member, other, group, give } = await cast(node);
		await give(moderator, "admin");
		await hearsRole(moderator, group, "admin");
		const outcomes = await Promise.allSettled([
			admin.ask("groups.remove", { group: group.address, address: other.address }),
			moderator.ask("groups.remove", { group: group.address, address: other.address }),
			moderator.ask("groups.role", { group: group.address, address: other.address, role: "moderator" }),
			admin.ask("groups.update", { group: group.address, title: "A" }),
			moderator.ask("groups.update", { group: group.address, title: "B" }),
			owner.ask("groups.remove", { group: group.address, address: moderator.address }),
		]);
		const removals = outcomes.slice(0, 2).filter(({ status }) => status === "fulfilled");
		assert.equal(removals.length, 1, "one of them removed");
		const story = await lines(owner, group);
		assert.equal(story.filter(([kind]) => kind === "removed").length, 2);
		const titles = (await owner.ask("history.page", { chat: group.address, after: 0, limit: 200 })).messages
			.filter(({ change }) => change?.kind === "title")
			.map(({ change }) => change.text);
		const { group: now } = await owner.ask("groups.get", { group: group.address });
		assert.equal(now.title, titles.at(-1) ?? group.title);
		assert.deepEqual(await lines(member, group), story.slice(3), "all read the same from where they came in");
		assert.equal(now.members, 3);
	});

	it("two owners who make each other members leave one of them", async () => {
		const [alice, bob] = await circle(node, "alice", "bob");
		const group = await newGroup(alice, [bob]);
		await alice.ask("groups.role", { group: group.address, address: bob.address, role: "owner" });
		await hearsRole(bob, group, "owner");
		const lower = (by, who) => by.ask("groups.role", { group: group.address, address: who.address, role: "member" });
		const outcomes = await Promise.allSettled([
			lower(alice, bob),
			lower(bob, alice),
			lower(alice, alice),
			lower(bob, bob),
		]);
		assert.ok(outcomes.some(({ status }) => status === "fulfilled"));
		assert.equal((await roles(alice, group)).filter(([, role]) => role === "owner").length, 1);
	});

	it("who is removed while others write gets nothing that comes behind it", async () => {
		const { owner, admin, member, other, group } = await cast(node);
		const wires = await Promise.all([owner, admin, member].map(({ person }) => node.wireOf(person)));
		const gone = await node.wireOf(other.person);
		let writing = true;
		const writers = wires.map(async (wire, n) => {
			for (let i = 0; writing || i < 10; i++) {
				assert.equal((await wire.say(group.address, `${n}-${i}`)).type, "result");
			}
			assert.equal((await wire.say(group.address, `${n}-last`)).type, "result");
		});
		const own = (async () => {
			for (let i = 0; ; i++) {
				const answer = await gone.say(group.address, `mine-${i}`);
				if (answer.type === "error") {
					return answer;
				}
			}
		})();
		await gone.next({ type: "message", text: /-5$/ });
		await admin.ask("groups.remove", { group: group.address, address: other.address });
		writing = false;
		await Promise.all(writers);
		assert.equal((await own).code, "not-found");
		await gone.settled();
		const { messages } = await owner.ask("history.page", { chat: group.address, limit: 200 });
		const removed = (await (async () => {
			const all = [];
			for (let after = 0, more = true; more; ) {
				const page = await owner.ask("history.page", { chat: group.address, after, limit: 200 });
				all.push(...page.messages);
				[more, after] = [page.more, page.messages.at(-1).seq];
			}
			return all;
		})()).find(({ change }) => change?.kind === "removed");
		assert.ok(messages.at(-1).seq > removed.seq, "others wrote behind it");
		const got = gone.frames.filter(({ type }) => type === "message").map(({ seq }) => seq);
		assert.ok(Math.max(...got) < removed.seq, `${Math.max(...got)} is not before ${removed.seq}`);
		const wrote = gone.frames.filter(({ type, mid }) => type === "result" && mid).map(({ seq }) => seq);
		assert.ok(Math.max(...wrote) < removed.seq);
	});
});
