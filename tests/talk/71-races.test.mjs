// SPDX-License-Identifier: MIT
// Two things at the same moment that must not both come true.

import assert from "node:assert/strict";
import { it } from "node:test";

import { conversation } from "./support/talk.mjs";

conversation("a device that is signed out", { store: { backend: "sqlite" } }, (node) => {
	it("at the moment when it logs in has no session after that", async () => {
		const person = await node.signUp("racer");
		const owner = await node.wireOf(person);
		const operator = await node.operator();
		for (let round = 0; round < 100; round++) {
			const device = { id: `stolen${round}` };
			const first = await node.wireOf(person, { device });
			const { token } = first.ready;
			await first.close();
			const thieves = await Promise.all(Array.from({ length: 6 }, () => node.wire()));
			const revoked = owner.get("account.revoke", { device: device.id });
			const answers = await Promise.all(
				thieves.map(async (thief, later) => {
					for (let i = 0; i < later; i++) {
						thief.send({ type: "ping" });
						await thief.next("pong");
					}
					return thief.auth({ mechanism: "TOKEN", user: person.name, token, device });
				}),
			);
			await revoked;
			const { sessions } = await operator.get("node.sessions", { account: person.name });
			assert.deepEqual(
				sessions.filter(({ address }) => address.endsWith(device.id)),
				[],
				`round ${round}: ${answers.map((answer) => answer.type)}`,
			);
			await Promise.all(thieves.map((thief) => thief.close()));
		}
	});
});
