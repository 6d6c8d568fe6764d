// SPDX-License-Identifier: MIT
// One's own account on several devices.

import assert from "node:assert/strict";
import { it } from "node:test";

import { conversation } from "./support/talk.mjs";

conversation("devices", {}, (node) => {
	it("are listed with their names, and which of them asks", async () => {
		const person = await node.signUp("carol");
		const laptop = await node.wireOf(person, { device: { name: "laptop" } });
		const phone = await node.wireOf(
			person,
			{ device: { name: "Carol's 📱" } },
			{ tls: { localAddress: "127.0.0.61" } },
		);
		const { devices } = await laptop.get("account.devices");
		assert.deepEqual(
			devices.map(({ id, name, current }) => [id, name, current]).sort(),
			[
				[laptop.ready.device, "laptop", true],
				[phone.ready.device, "Carol's 📱", false],
			].sort(),
		);
		assert.equal(devices.find(({ id }) => id === phone.ready.device).peer, "127.0.0.61");
		for (const { created, seen } of devices) {
			assert.ok(Math.abs(Date.now() - Date.parse(created)) < 60_000);
			assert.ok(Date.parse(seen) >= Date.parse(created));
		}
	});

	it("keep their name and age when they log in again, and take a new name", async () => {
		const person = await node.signUp("carol");
		const first = await node.wireOf(person, { device: { name: "old name" } });
		const [before] = (await first.get("account.devices")).devices;
		const id = first.ready.device;
		const second = await node.wireOf(person, { device: { id } });
		const [same] = (await second.get("account.devices")).devices;
		assert.deepEqual([same.name, same.created], ["old name", before.created]);
		const third = await node.wireOf(person, { device: { id, name: "new name" } });
		const { devices } = await third.get("account.devices");
		assert.deepEqual(
			devices.map(({ name }) => name),
			["new name"],
		);
	});

	it("T44 can be signed out by another: the session ends and the token is void", async () => {
		const person = await node.signUp("carol");
		const [laptop, phone] = [await node.wireOf(person), await node.wireOf(person)];
		assert.deepEqual(await laptop.get("account.revoke", { device: phone.ready.device }), {});
		const last = await phone.next({ fatal: true });
		assert.equal(last.code, "gone");
		await phone.closed;
		const { devices } = await laptop.get("account.devices");
		assert.deepEqual(
			devices.map(({ id }) => id),
			[laptop.ready.device],
		);
		const wire = await node.wire();
		const answer = await wire.auth({
			mechanism: "TOKEN",
			user: person.name,
			token: phone.ready.token,
			resume: phone.resume(),
		});
		assert.equal(answer.code, "not-authorized");
		/* the password still opens the door, to a new device of the same name */
		await node.wireOf(person, { device: { id: phone.ready.device } });
	});

	it("can be signed out while they have no connection", async () => {
		const person = await node.signUp("carol");
		const [laptop, phone] = [await node.wireOf(person), await node.wireOf(person)];
		phone.drop();
		await phone.closed;
		await laptop.get("account.revoke", { device: phone.ready.device });
		const again = await node.wireOf(person, { device: { id: phone.ready.device }, resume: phone.resume() });
		assert.equal(again.ready.resumed, false);
	});

	it("can sign themselves out", async () => {
		const person = await node.signUp("carol");
		const phone = await node.wireOf(person);
		phone.send({ type: "request", id: "r-1", method: "account.revoke", params: { device: phone.ready.device } });
		assert.equal((await phone.next({ fatal: true })).code, "gone");
		await phone.closed;
		const wire = await node.wire();
		const answer = await wire.auth({ mechanism: "TOKEN", user: person.name, token: phone.ready.token });
		assert.equal(answer.code, "not-authorized");
	});

	it("T44 are signed out by a new password, but the one that sets it", async () => {
		const person = await node.signUp("carol");
		const [laptop, phone, tablet] = await Promise.all([1, 2, 3].map(() => node.wireOf(person)));
		tablet.drop();
		await tablet.closed;
		const next = "staple the other horse";
		const wrong = await laptop.refused("not-authorized", "account.password", { password: "not that one", new: next });
		assert.equal(wrong.where, "/params/password");
		const weak = await laptop.refused("bad-request", "account.password", { password: person.password, new: "password" });
		assert.equal(weak.where, "/params/new");
		const long = await laptop.refused("bad-request", "account.password", { password: "\u{1f600}".repeat(65), new: next });
		assert.deepEqual([long.where, long.text], ["/params/password", "must be at most 256 bytes long"]);
		await phone.settled();

		assert.deepEqual(await laptop.get("account.password", { password: person.password, new: next }), {});
		const last = await phone.next({ fatal: true });
		assert.deepEqual([last.code, /password/.test(last.text)], ["gone", true]);
		await phone.closed;
		const { devices } = await laptop.get("account.devices");
		assert.deepEqual(
			devices.map(({ id }) => id),
			[laptop.ready.device],
		);
		for (const { ready, resume } of [phone, { ready: tablet.ready, resume: tablet.resume() }]) {
			const answer = await (await node.wire()).auth({
				mechanism: "TOKEN",
				user: person.name,
				token: ready.token,
				resume: typeof resume === "object" ? resume : undefined,
			});
			assert.equal(answer.code, "not-authorized");
		}
		const again = await node.wireOf(
			{ name: person.name, token: laptop.ready.token },
			{ device: { id: laptop.ready.device }, resume: laptop.resume() },
		);
		assert.equal(again.ready.resumed, true);
		const old = await (await node.wire()).auth({ mechanism: "PLAIN", user: person.name, password: person.password });
		assert.equal(old.code, "not-authorized");
		const back = await node.wireOf({ ...person, password: next }, { device: { id: tablet.ready.device }, resume: tablet.resume() });
		assert.equal(back.ready.resumed, false);
	});

	it("T44 are signed out when an operator sets a password or disables the account", async () => {
		const operator = await node.operator();
		const person = await node.signUp("carol");
		const { name } = person;
		const phone = await node.wireOf(person);
		const password = "staple the other horse";
		const changed = await operator.get("account.change", { name, password });
		assert.equal(changed.account.disabled, false);
		assert.equal((await phone.next({ fatal: true })).code, "gone");
		const token = async (wire) =>
			(await (await node.wire()).auth({ mechanism: "TOKEN", user: name, token: wire.ready.token })).code;
		assert.equal(await token(phone), "not-authorized");

		const next = await node.wireOf({ ...person, password });
		assert.equal((await operator.get("account.change", { name, disabled: true })).account.disabled, true);
		const last = await next.next({ fatal: true });
		assert.deepEqual([last.code, last.text], ["gone", "this account was disabled"]);
		assert.equal(await token(next), "not-authorized");
		const refused = await (await node.wire()).auth({ mechanism: "PLAIN", user: name, password });
		assert.equal(refused.code, "not-allowed");
		await operator.get("account.change", { name, disabled: false });
		assert.equal(await token(next), "not-authorized");
		await node.wireOf({ ...person, password });
		await operator.refused("not-found", "account.change", { name: "nobody", admin: true });
	});

	it("of others, and those that there are not, cannot be signed out", async () => {
		const [carol, dave] = [
			await node.wireOf(await node.signUp("carol")),
			await node.wireOf(await node.signUp("dave")),
		];
		for (const device of [dave.ready.device, "nothing", "a-b_c"]) {
			const error = await carol.refused("not-found", "account.revoke", { device });
			assert.equal(error.where, "/params/device");
		}
		await carol.refused("bad-request", "account.revoke", { device: "../dave/phone" });
		await dave.settled();
	});

	it("tell the others of a new display name, and of hiding", async () => {
		const [carol, phone] = await (async () => {
			const device = await node.newPerson("carol");
			return [device, await device.another()];
		})();
		const { account } = await carol.ask("account.update", { display: "Carol C." });
		assert.equal(account.display, "Carol C.");
		assert.deepEqual((await phone.hears({ name: "account.changed" })).account, account);
		const hidden = await phone.ask("account.update", { hidden: true });
		assert.deepEqual(hidden.account, { ...account, hidden: true });
		assert.deepEqual((await carol.hears({ name: "account.changed" })).account, hidden.account);
		await carol.settled();
		assert.deepEqual(carol.heard({ name: "account.changed" }), [], "the device that changes it knows");
		assert.deepEqual((await carol.ask("account.get")).account, hidden.account);
		assert.deepEqual((await carol.ask("account.update", {})).account, hidden.account);
	});

	it("T57 cannot give themselves more than a display name and hiding", async () => {
		const carol = await node.newPerson("carol");
		for (const member of ["admin", "name", "shown", "disabled", "email"]) {
			const error = await carol.refused("bad-request", "account.update", { [member]: true });
			assert.equal(error.where, `/params/${member}`);
		}
		await carol.refused("too-large", "account.update", { display: "x".repeat(65) });
		const lines = await carol.refused("bad-request", "account.update", { display: "two\nlines" });
		assert.equal(lines.where, "/params/display");
		assert.equal((await carol.ask("account.get")).account.display, "");
	});
});

conversation("many devices", { session: { per_account: 3 } }, (node) => {
	it("are too many for one account: the oldest session makes room", async () => {
		const person = await node.signUp("carol");
		const wires = [];
		for (let i = 0; i < 3; i++) {
			wires.push(await node.wireOf(person));
		}
		const fourth = await node.wireOf(person);
		assert.equal((await wires[0].next({ fatal: true })).code, "limit");
		await wires[0].closed;
		for (const wire of [wires[1], wires[2], fourth]) {
			await wire.settled();
		}
	});
});
