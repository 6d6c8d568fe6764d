// SPDX-License-Identifier: MIT
// A new configuration, while people talk.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";

import { makeCertificate } from "./support/certificate.mjs";
import { conversation, DOMAIN } from "./support/talk.mjs";

conversation("a new configuration", {}, (node) => {
	/** Writes a configuration with these options and text 150, and takes them out again after the test. */
	const usedFor = async (sections, test) => {
		const changes = { ...sections, limits: { text: 150, ...sections.limits } };
		node.configure(changes);
		try {
			await test();
		} finally {
			for (const [section, options] of Object.entries(changes)) {
				node.configure({
					[section]: Object.fromEntries(Object.keys(options).map((name) => [name, undefined])),
				});
			}
		}
	};

	/** The operator's answer, when the node has logged it too: what is counted below must not be this one. */
	const reloadedBy = async (operator) => {
		const told = node.logged({ area: "node", msg: /^reloaded/ });
		const answer = await operator.get("node.reload");
		await told;
		return answer;
	};

	it("is used at once, for those who are connected, too, and ends no session", async () => {
		const [alice, bob] = await node.newPeople("alice", "bob");
		await node.befriend(alice, bob);
		const before = await node.wireOf(alice.person);
		node.configure({
			limits: { text: 200 },
			"module register": { open: false },
			"module roster": { requests_hour: 1 },
		});
		assert.equal((await node.reload()).msg, "reloaded");
		const guest = await node.wire();
		assert.equal(guest.hello.limits.text, 200);
		assert.equal(guest.hello.register, "closed");
		assert.equal((await before.say(bob.address, "x".repeat(201))).code, "too-large");
		await alice.says(bob, "still here");
		await bob.hearsSaid("still here");
		node.configure({
			limits: { text: 10000 },
			"module register": { open: true },
			"module roster": { requests_hour: 30 },
		});
		await node.reload();
		assert.equal((await before.say(bob.address, "x".repeat(201))).type, "result");
	});

	it("R22 with a mistake in it is refused as a whole", async () => {
		node.mayLog(/is not used/);
		for (const [bad, rule] of [
			[{ limits: { guest_frame: 1 } }, /:\d+: guest_frame must be/],
			[{ limits: { txt: 1 } }, /:\d+: .*txt/],
			[{ "module roster": { requests_hour: 0 } }, /:\d+: requests_hour must be/],
			[{ something: { good: 1 } }, /:\d+: .*something/],
			[{ tls: { certificate: "/nowhere.pem" } }, /nowhere\.pem/],
		]) {
			await usedFor(bad, async () => {
				const line = await node.reload();
				assert.match(line.msg, /is not used/);
				assert.match(line.msg, rule);
				assert.equal((await node.wire()).hello.limits.text, 10000);
				await node.signUp("newcomer");
			});
		}
		const both = { limits: { guest_frame: 1 }, "module roster": { requests_hour: 0, contcts: 3 } };
		await usedFor(both, async () => {
			assert.match((await node.reload()).msg, /guest_frame must be[^]*requests_hour must be[^]*"contcts"/);
		});
		writeFileSync(node.configFile, `${readFileSync(node.configFile, "utf8")}\nlimits {`);
		assert.match((await node.reload()).msg, /is not used.*parley\.conf:\d+/);
		node.configure();
		assert.equal((await node.reload()).msg, "reloaded");
	});

	it("may be put in force by the operator, who is told what is wrong", async () => {
		const operator = await node.operator();
		await usedFor({ limits: { txt: 1 } }, async () => {
			const { ok, problems } = await operator.get("node.reload");
			assert.equal(ok, false);
			assert.equal(problems.length, 1);
			assert.match(problems[0].text, /txt/);
			assert.match(problems[0].where, /parley\.conf:\d+$/);
		});
		await usedFor({ limits: { text: 300 } }, async () => {
			assert.deepEqual(await reloadedBy(operator), { ok: true, problems: [] });
			assert.equal((await node.wire()).hello.limits.text, 300);
		});
		assert.deepEqual(await reloadedBy(operator), { ok: true, problems: [] });
	});

	it("says what it changes and only a restart puts in force, and changes none of that", async () => {
		const operator = await node.operator();
		const [alice, bob] = await node.newPeople("alice", "bob");
		await node.befriend(alice, bob);
		const changes = {
			node: { domain: "other.example", more_modules: "pause", log: "debug" },
			"module pause": { reason: "not loaded, so nobody knows this option" },
			store: { write_queue: 4000 },
			accounts: { scrypt_threads: 3, token_days: 80 },
			"listen json": { port: node.port + 20 },
			limits: { text: 300 },
		};
		const restart = ["node.domain", "node.more_modules", "accounts.scrypt_threads", "store.write_queue", "listen"];
		await usedFor(changes, async () => {
			for (const time of ["once", "and again"]) {
				assert.deepEqual(await reloadedBy(operator), { ok: true, problems: [], restart }, time);
			}
			await alice.says(bob, "the same domain");
			const { hello } = await node.wire();
			assert.deepEqual([hello.domain, hello.limits.text], [node.domain, 300]);
			const waits = node.logged({ area: "node", msg: new RegExp(`before a restart: ${restart.join(" ")}$`) });
			await node.reload();
			await waits;
		});
		assert.deepEqual(await reloadedBy(operator), { ok: true, problems: [] });
	});

	it("reads each file once, and is put in force once, with what the modules say in hello", async () => {
		const from = node.log.length;
		await usedFor({ "module register": { open: false } }, async () => {
			assert.equal((await node.reload()).msg, "reloaded");
			const times = (what) => node.log.slice(from).filter(({ msg }) => what.test(msg)).length;
			assert.equal(times(/certificate\.pem expires in/), 1);
			assert.equal((await node.wire()).hello.register, "closed");
		});
		assert.equal((await node.reload()).msg, "reloaded");
	});

	it("R23 brings a new certificate for new connections", async () => {
		const before = await node.wireOf(await node.signUp("carol"));
		const fingerprint = before.socket.getPeerCertificate().fingerprint256;
		const old = node.certificate;
		node.certificate = readFileSync(makeCertificate(node.folder, DOMAIN).certificate);
		assert.equal((await node.reload()).msg, "reloaded");
		/* Each I/O thread takes the new settings at its next turn, which may come after the log line. */
		const served = async () => {
			const wire = await node.wire({ tls: { ca: [old, node.certificate] } });
			return wire.socket.getPeerCertificate().fingerprint256;
		};
		let turns = 0;
		while ((await served()) === fingerprint) {
			assert.ok(++turns < 100, "the old certificate is still served");
		}
		await before.settled();
	});

	it("R23 with the key of another certificate is refused, and the old pair is served", async () => {
		const keyFile = join(node.folder, "key.pem");
		const good = readFileSync(keyFile);
		const other = mkdtempSync(join(tmpdir(), "parley-key-"));
		const served = async () => (await node.wire()).socket.getPeerCertificate().fingerprint256;
		const before = await served();
		node.mayLog(/is not used/);
		writeFileSync(keyFile, readFileSync(makeCertificate(other, DOMAIN).key));
		assert.match((await node.reload()).msg, /is not used.*key/);
		assert.equal(await served(), before);
		writeFileSync(keyFile, good);
		assert.equal((await node.reload()).msg, "reloaded");
		rmSync(other, { recursive: true });
	});

	it("does not lose or double a message that is on its way", async () => {
		const [alice, bob] = await node.newPeople("alice", "bob");
		await node.befriend(alice, bob);
		const [from, to] = [await node.wireOf(alice.person), await node.wireOf(bob.person)];
		const count = 200;
		from.send(
			...Array.from({ length: count }, (_, n) => ({
				type: "message",
				id: `r-${n}`,
				to: bob.address,
				text: `${n}`,
			})),
		);
		const reloads = (async () => {
			for (let i = 0; i < 5; i++) {
				await node.reload();
			}
		})();
		for (let n = 0; n < count; n++) {
			const message = await to.next("message");
			assert.deepEqual([message.seq, message.text], [n + 1, `${n}`]);
		}
		await reloads;
	});
});
