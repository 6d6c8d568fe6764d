// SPDX-License-Identifier: MIT
// Who may ask what: every method of every module, asked by everybody. What is not allowed is denied.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { before, it } from "node:test";

import { schemas } from "./support/places.mjs";
import { conversation, DOMAIN, TERMS } from "./support/talk.mjs";

/** Whom the reference names, and who of the node's roles that is at least. */
const WHO = {
	guest: ["guest"],
	user: ["user", "admin"],
	"guest, user": ["guest", "user", "admin"],
	operator: ["operator"],
};

/** Params that the method's schema allows: its first example, or none. */
function example(method) {
	const text = readFileSync(join(schemas, "methods", `${method}.json`), "utf8");
	const { $comment, $defs } = JSON.parse(text.replaceAll("@localhost", `@${DOMAIN}`));
	const { examples, properties = {} } = $defs.params ?? {};
	return { who: $comment.replace("who: ", ""), params: examples?.[0], properties };
}

conversation("roles", {}, (node) => {
	/** All methods with their roles, as the loaded modules say. */
	const methods = new Map();

	before(async () => {
		const operator = await node.operator();
		for (const { name } of (await operator.get("node.modules")).modules) {
			for (const method of (await operator.get("node.module", { name })).methods) {
				methods.set(method.name, method.roles);
			}
		}
	});

	it("every method has a schema, every schema a method, and they agree on who may ask", () => {
		const described = readdirSync(join(schemas, "methods")).map((file) => file.replace(".json", ""));
		assert.deepEqual([...methods.keys()].sort(), described.sort());
		for (const [method, roles] of methods) {
			const named = WHO[example(method).who];
			assert.ok(
				named?.every((role) => roles.includes(role)),
				`${method}: ${example(method).who}, but ${roles}`,
			);
		}
	});

	it("change for those who are logged in, and for those who resume, at once", async () => {
		const operator = await node.operator();
		const person = await node.signUp("promoted");
		const admin = (is) => operator.get("account.change", { name: person.name, admin: is });
		/* Only administrators may ask this of a module; none does yet: what ready and roles say is looked at. */
		const roles = async () => {
			const { sessions } = await operator.get("node.sessions", { account: person.name });
			return sessions.map(({ roles: of }) => of.join(" ")).join(", ");
		};
		let wire = await node.wireOf(person);
		assert.equal(await roles(), "user");
		await admin(true);
		assert.equal(await roles(), "user admin");
		for (const [is, expected] of [
			[false, "user"],
			[true, "user admin"],
			[false, "user"],
		]) {
			wire.drop();
			await wire.closed;
			await admin(is);
			const again = await node.wireOf(person, { device: { id: wire.ready.device }, resume: wire.resume() });
			assert.deepEqual([again.ready.resumed, again.ready.account.admin], [true, is]);
			assert.equal(await roles(), expected);
			wire = again;
		}
	});

	const asks = {
		guest: () => node.wire(),
		user: async () => node.wireOf(await node.signUp("user")),
		admin: async () => {
			const operator = await node.operator();
			const person = { name: node.newName("boss"), password: "correct horse battery" };
			await operator.get("account.create", { ...person, admin: true });
			return node.wireOf(person);
		},
		operator: () => node.operator(),
	};

	for (const [role, connect] of Object.entries(asks)) {
		it(`T94 ${role}: denied what is for others, and nothing else`, async () => {
			const wire = await connect();
			const denial = role === "guest" ? "not-authorized" : "not-allowed";
			for (const [method, roles] of methods) {
				const { params } = example(method);
				if (roles.includes(role)) {
					continue;
				}
				const answer = await wire.ask(method, params);
				assert.equal(answer.code, denial, `${method} is for ${roles}: ${JSON.stringify(answer)}`);
			}
			for (const [method, roles] of methods) {
				if (!roles.includes(role) || method === "node.reload") {
					continue;
				}
				const { params } = example(method);
				const answer = await wire.ask(
					method,
					method === "register.create" ? { ...params, terms: TERMS } : params,
				);
				assert.notEqual(answer.code, "not-authorized", method);
				assert.notEqual(answer.code, "not-implemented", method);
				assert.doesNotMatch(answer.text ?? "", /is not for you/, method);
			}
		});
	}

	for (const [role, connect] of Object.entries(asks)) {
		it(`T57 ${role}: no method takes a member that it does not know`, async () => {
			const wire = await connect();
			for (const [method, roles] of methods) {
				if (!roles.includes(role)) {
					continue;
				}
				for (const more of [{ admin: true }, { verified: true }, { role: "admin" }, { $set: { admin: true } }]) {
					const [name] = Object.keys(more);
					const { params, properties } = example(method);
					if (name in properties) {
						continue;
					}
					const answer = await wire.ask(method, { ...params, ...more });
					assert.equal(answer.code, "bad-request", `${method} with ${name}: ${JSON.stringify(answer)}`);
					assert.match(answer.where, new RegExp(`^/params(/${name.replace("$", "\\$")})?$`), `${method} with ${name}`);
				}
			}
		});
	}
});
