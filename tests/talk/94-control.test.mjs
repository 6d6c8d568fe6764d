// SPDX-License-Identifier: MIT
// What operators ask the node on its control socket.

import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { it } from "node:test";

import { conversation, DOMAIN } from "./support/talk.mjs";

/** Every queue, cache and pool; docs/security.md says what bounds what is not among them. */
const KEPT = [
	"net.connections",
	"net.out_queue_bytes",
	"router.intake",
	"router.rates",
	"runtime.fibers",
	"runtime.worker_queue",
	"session.all",
	"session.detached",
	"session.kept_bytes",
	"login.failures",
	"login.passwords",
	"login.scrypt",
	"login.tickets",
	"login.waiting",
	"account.cache",
	"store.write_queue",
	"store.away",
	"store.note_bytes",
	"store.readers",
	"store.reads_waiting",
	"log.ring_bytes",
	"groups.groups",
	"groups.members",
	"groups.rates",
	"history.awaited",
	"history.chats",
	"history.members",
	"history.search_fresh",
	"history.search_pending",
	"notify.accounts",
	"offline.followers",
	"presence.people",
	"register.networks",
	"roster.people",
	"roster.rates",
];

conversation("the control socket", {}, (node) => {
	it("T94 is for the node's own user only, and needs no login", async () => {
		assert.equal(statSync(node.controlPath).mode & 0o077, 0);
		const operator = await node.operator();
		const status = await operator.get("node.status");
		assert.equal(status.domain, DOMAIN);
		assert.equal(status.pid, node.pid);
		assert.equal(status.store, node.store.backend);
		assert.ok(status.memory > 1_000_000);
		const answer = await operator.auth({ mechanism: "PLAIN", user: "carol", password: "x" });
		assert.equal(answer.code, "not-allowed");
	});

	it("counts connections, sessions and messages", async () => {
		const operator = await node.operator();
		const before = await operator.get("node.status");
		const person = await node.wireOf(await node.signUp("counted"));
		const [phone] = [await node.wireOf(person.person)];
		await person.say(person.address, "note");
		phone.drop();
		await phone.closed;
		await person.settled();
		const after = await operator.get("node.status");
		assert.equal(after.sessions, before.sessions + 2);
		assert.equal(after.messages, before.messages + 1);
		assert.ok(after.uptime >= before.uptime);
	});

	it("makes accounts, also admins, and lists them by name", async () => {
		const operator = await node.operator();
		const password = "correct horse battery";
		assert.deepEqual(
			await operator.get("account.create", { name: "Zelda", password, admin: true, display: "Z." }),
			{
				name: "zelda",
			},
		);
		const zelda = await node.device({ name: "zelda", password, address: node.address("zelda") });
		assert.equal(zelda.session.account.admin, true);
		const names = ["list_a", "list_b", "list_c"];
		for (const name of names) {
			await node.signUp(name);
		}
		const { accounts } = await operator.get("account.list", { after: "list_", limit: 3 });
		assert.deepEqual(
			accounts.map(({ name }) => name),
			names,
		);
		const all = await operator.get("account.list");
		assert.deepEqual(
			all.accounts.map(({ name }) => name),
			all.accounts.map(({ name }) => name).sort(),
		);
		const part = await operator.get("account.list", { limit: 1 });
		assert.deepEqual([part.accounts.length, part.more], [1, true]);
		const listed = all.accounts.find(({ name }) => name === "zelda");
		assert.deepEqual([listed.shown, listed.display, listed.admin, listed.disabled], ["Zelda", "Z.", true, false]);
	});

	it("does not make accounts that there must not be", async () => {
		const operator = await node.operator();
		await node.signUp("taken");
		const password = "correct horse battery";
		await operator.refused("conflict", "account.create", { name: "TAKEN", password });
		await operator.refused("bad-request", "account.create", { name: "x", password });
		await operator.refused("bad-request", "account.create", { name: "fine", password: "short" });
	});

	it("lists sessions, of all or of one account", async () => {
		const operator = await node.operator();
		const person = await node.signUp("listed");
		const laptop = await node.wireOf(person, {}, { tls: { localAddress: "127.0.0.81" } });
		const phone = await node.wireOf(person);
		phone.drop();
		await phone.closed;
		const look = () => operator.get("node.sessions", { account: "LISTED" });
		const of = (wire, { sessions }) => sessions.find(({ address }) => address === wire.ready.address);
		let seen = await look();
		/* The phone's end comes from a thread of its own. */
		for (let n = 0; n < 2000 && of(phone, seen).connected; n++) {
			seen = await look();
		}
		assert.equal(seen.total, 2);
		assert.deepEqual([of(laptop, seen).connected, of(laptop, seen).peer], [true, "127.0.0.81"]);
		assert.equal(of(phone, seen).connected, false);
		const few = await operator.get("node.sessions", { limit: 1 });
		assert.equal(few.sessions.length, 1);
		assert.ok(few.total >= 2);
	});

	it("ends a session, with words for the person", async () => {
		const operator = await node.operator();
		const wire = await node.wireOf(await node.signUp("ended"));
		const { sessions } = await operator.get("node.sessions", { account: "ended" });
		await operator.get("session.end", { session: sessions[0].session, text: "please update your client" });
		const last = await wire.next({ fatal: true });
		assert.deepEqual([last.code, last.text], ["gone", "please update your client"]);
		await wire.closed;
		await operator.refused("not-found", "session.end", { session: sessions[0].session });
	});

	it("shows modules with all that they have", async () => {
		const operator = await node.operator();
		const { modules } = await operator.get("node.modules");
		const names = modules.map(({ name }) => name);
		for (const name of ["register", "roster", "presence", "history", "groups", "offline"]) {
			assert.ok(names.includes(name), name);
			const info = await operator.get("node.module", { name });
			assert.equal(info.name, name);
			assert.ok(info.summary.length > 10);
			assert.match(info.file, new RegExp(`/${name}\\.so$`));
		}
		assert.ok(names.indexOf("history") < names.indexOf("offline"), "what is needed comes first");
		const roster = await operator.get("node.module", { name: "roster" });
		assert.ok(roster.methods.some(({ name }) => name === "roster.search"));
		assert.ok(roster.services.includes("roster/1"));
		assert.equal(roster.options.find(({ name }) => name === "requests_hour").value, 30);
		await operator.refused("not-found", "node.module", { name: "nothing" });
	});

	it("shows the order of the hooks", async () => {
		const operator = await node.operator();
		const { hooks } = await operator.get("node.hooks");
		const check = hooks.find(({ name }) => name === "message-check");
		const modules = check.handlers.map(({ module }) => module);
		assert.ok(modules.indexOf("roster") < modules.indexOf("history"), modules.join());
	});

	it("shows limits, how much of them is used, and what waits", async () => {
		const operator = await node.operator();
		const { limits } = await operator.get("node.limits");
		for (const { name, used, max } of limits) {
			assert.ok(max > 0 && used <= max, name);
		}
		const names = limits.map(({ name }) => name);
		assert.equal(new Set(names).size, names.length);
		for (const name of KEPT) {
			assert.ok(names.includes(name), name);
		}
		const fibers = await operator.get("node.fibers");
		assert.ok(fibers.live >= 1 && fibers.peak >= fibers.live && fibers.max >= fibers.peak);
		assert.match(fibers.dump, /fiber/);
	});

	it("checks the configuration without using it", async () => {
		const operator = await node.operator();
		assert.deepEqual(await operator.get("node.check"), { ok: true, problems: [] });
		for (const [wrong, names] of [
			[{ limits: { guest_frame: 1, txt: 3 } }, [/guest_frame/, /txt/]],
			[{ "module roster": { contcts: 3, requests_hour: 0 } }, [/contcts/, /requests_hour/]],
			[
				{ limits: { window: 0 }, "module roster": { requests_hour: 0 }, "module rostr": { x: 1 } },
				[/window/, /requests_hour/, /"rostr" is not loaded; did you mean "roster"/],
			],
			[{ limits: { window: 0 }, tls: { key: "/nowhere.pem" } }, [/window/, /nowhere\.pem/]],
		]) {
			node.configure(wrong);
			const { ok, problems } = await operator.get("node.check");
			assert.equal(ok, false);
			assert.equal(problems.length, names.length, JSON.stringify(problems));
			for (const [i, { where, text }] of problems.entries()) {
				assert.match(where, /parley\.conf:\d+$/);
				assert.match(text, names[i]);
			}
			for (const [section, options] of Object.entries(wrong)) {
				node.configure({ [section]: Object.fromEntries(Object.keys(options).map((name) => [name, undefined])) });
			}
		}
		await node.wire();
		assert.deepEqual(await operator.get("node.check"), { ok: true, problems: [] });
	});

	it("is as strict about frames as the others", async () => {
		const operator = await node.operator();
		const bad = await operator.refused("bad-request", "account.create", { name: "fine" });
		assert.equal(bad.where, "/params/password");
		operator.sendRaw("nonsense\n");
		assert.equal((await operator.next({ fatal: true })).code, "bad-request");
		await operator.closed;
	});
});
