// SPDX-License-Identifier: MIT
// Signing up: names, passwords, terms.

import assert from "node:assert/strict";
import { on } from "node:events";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";

import { root } from "./support/places.mjs";
import { conversation, TERMS } from "./support/talk.mjs";

const { WebSocket } = createRequire(join(root, "web/package.json"))("ws");

const password = "correct horse battery";

conversation("signing up", { accounts: { reserved: "own_reserved other" } }, (node) => {
	const create = async (params) => {
		const guest = await node.wire();
		return guest.ask("register.create", { password, terms: TERMS, ...params });
	};

	/** Refused, naming the member and the rule. */
	const refused = async (params, code, where, text) => {
		const answer = await create(params);
		assert.equal(answer.type, "error", JSON.stringify(answer));
		assert.equal(answer.code, code, JSON.stringify(answer));
		assert.equal(answer.where, where, JSON.stringify(answer));
		assert.match(answer.text, text);
		assert.equal(answer.fatal, undefined);
	};

	const accepted = async (params) => {
		const answer = await create(params);
		assert.equal(answer.type, "result", JSON.stringify(answer));
		return answer.result;
	};

	const check = async (name) => {
		const guest = await node.wire();
		return guest.get("register.check", { name });
	};

	it("tells the rules, the terms and the privacy policy to everybody", async () => {
		const guest = await node.wire();
		const policy = await guest.get("register.policy");
		assert.equal(policy.register, "open");
		assert.deepEqual(policy.name, { min: 3, max: 15 });
		assert.equal(policy.password.min, 8);
		assert.equal(policy.terms.version, TERMS);
		assert.ok(policy.terms.text.length > 50);
		assert.ok(policy.privacy.text.length > 50);
	});

	it("takes a name of 3 characters and one of 15", async () => {
		assert.deepEqual(await accepted({ name: "abc" }), { name: "abc" });
		assert.deepEqual(await accepted({ name: "a23456789012345" }), { name: "a23456789012345" });
	});

	it("takes letters of both cases, digits and underscores, and keeps the name as it was written", async () => {
		assert.deepEqual(await accepted({ name: "Under_Score_9" }), { name: "under_score_9" });
		const person = await node.device({ name: "under_SCORE_9", password, address: node.address("under_score_9") });
		assert.equal(person.session.account.name, "under_score_9");
		assert.equal(person.session.account.shown, "Under_Score_9");
	});

	it("refuses a name of 16 characters as too large", async () => {
		await refused(
			{ name: "a234567890123456" },
			"too-large",
			"/params/name",
			/3 to 15 letters, digits or underscores/,
		);
	});

	/* Names that look like "admin" or "alice", that a folding or a trimming could turn into them, or that break something. */
	const tricks = [
		"ＡＤＭＩＮ", "ａｌｉｃｅ", "аdmin", "аlice", "alicе", "αlice", "alιce", "aℓice", "𝐚𝐥𝐢𝐜𝐞", "𝒶𝓁𝒾𝒸ℯ", "ⓐⓛⓘⓒⓔ", "ᴀlice",
		"al\u200dice", "al\u200bice", "al\u200cice", "al\u2060ice", "al\ufeffice", "al\u00adice", "al\u034fice", "al\u180eice",
		"ali\u0301ce", "a\u0308lice", "álice", "alicé", "ålice", "ñora", "straße", "ALİCE", "alıce", "ǆmin", "ﬁona", "K\u212alvin",
		"\u202eecila", "alice\u202c", "\u2066alice", "\u200falice", "alice\u0000", "alice\n", " alice", "alice ", "alice\u00a0", "alice\u3000",
		"alice/phone", "alice+bob", "#alice", "alice:x", "alice;x", "alice'--", "alice\"", "alice\\", "../alice", "alice%00", "<alice>", "{alice}", "$alice",
		"al*ce", "al?ce", "alice,bob", "alice=1", "alice&x", "😀😀😀", "你好吗",
	];
	it("T55 refuses every name that is not of these characters, whatever it looks like", async () => {
		assert.ok(tricks.length >= 60);
		for (const name of tricks) {
			const guest = await node.wire();
			const answer = await guest.ask("register.create", { name, password, terms: TERMS }).catch((error) => error);
			assert.notEqual(answer.type, "result", JSON.stringify(name));
			await guest.close();
		}
		const operator = await node.operator();
		const { accounts } = await operator.get("account.list", {});
		assert.deepEqual(accounts.filter(({ name }) => !/^[a-z0-9_]{3,15}$/.test(name)), []);
	});

	for (const [what, name] of [
		["2 characters", "ab"],
		["an umlaut", "jürgen"],
		["a letter of another alphabet that looks like one", "pаul"],
		["a space", "al ice"],
		["a dot", "al.ice"],
		["a hyphen", "al-ice"],
		["an @", "al@ice"],
		["nothing", ""],
	]) {
		it(`T55 refuses a name of ${what}`, async () => {
			await refused({ name }, "bad-request", "/params/name", /3 to 15 letters, digits or underscores/);
		});
	}

	it("refuses a name that is taken, in any case, and says so before, too", async () => {
		await accepted({ name: "Taken" });
		for (const name of ["taken", "TAKEN", "tAkEn"]) {
			await refused({ name }, "conflict", "/params/name", /./);
			assert.deepEqual(await check(name), { available: false, reason: "taken" });
		}
		assert.deepEqual(await check("free"), { available: true });
	});

	it("makes one account of two sign-ups at the same time, in every case", async () => {
		const names = ["racer", "RACER", "Racer", "rAcEr", "racer", "RaceR"];
		const answers = await Promise.all(names.map((name) => create({ name })));
		assert.equal(answers.filter((answer) => answer.type === "result").length, 1);
		assert.equal(answers.filter((answer) => answer.code === "conflict").length, names.length - 1);
	});

	for (const name of ["admin", "Root", "POSTMASTER", "parley", "everyone", "own_reserved"]) {
		it(`T55 keeps the name ${name} for the node`, async () => {
			await refused({ name }, "conflict", "/params/name", /./);
			assert.deepEqual(await check(name), { available: false, reason: "reserved" });
		});
	}

	it("refuses a password of 7 characters, and one of 257", async () => {
		const [short, long] = ["a7!kQ2z", "x7!kQ2z".repeat(40).slice(0, 257)];
		await refused({ name: "passwords", password: short }, "bad-request", "/params/password", /8 to 256 characters/);
		await refused({ name: "passwords", password: long }, "too-large", "/params/password", /8 to 256 characters/);
	});

	for (const bad of ["password", "12345678", "qwertyuiop", "aaaaaaaaaaaa", "letmein123", "Passwords1"]) {
		it(`refuses the password ${bad}, which is easy to guess`, async () => {
			await refused({ name: "passwords", password: bad }, "bad-request", "/params/password", /easy to guess/);
		});
	}

	it("refuses a password that is the name or the display name", async () => {
		await refused(
			{ name: "Montgomery_9", password: "montgomery_9" },
			"bad-request",
			"/params/password",
			/easy to guess/,
		);
		await refused(
			{ name: "monty", display: "Montgomery Q. Bartholomew", password: "montgomery" },
			"bad-request",
			"/params/password",
			/easy to guess/,
		);
	});

	it("takes a password in any script", async () => {
		const chosen = { name: "polyglot", password: "пароль лошадь батарея 電池" };
		await accepted(chosen);
		await node.device({ ...chosen, address: node.address("polyglot") });
	});

	it("refuses those who have agreed to other terms", async () => {
		await refused({ name: "lawyer", terms: "0" }, "conflict", "/params/terms", /terms/);
		await refused({ name: "lawyer", terms: "" }, "conflict", "/params/terms", /terms/);
		await accepted({ name: "lawyer" });
	});

	it("T81 keeps the display name, and refuses one that is too long or has several lines", async () => {
		await accepted({ name: "display1", display: "Jürgen Ørsted 🙂" });
		const person = await node.device({ name: "display1", password, address: node.address("display1") });
		assert.equal(person.session.account.display, "Jürgen Ørsted 🙂");
		await accepted({ name: "display2", display: "ü".repeat(64) });
		await refused({ name: "display3", display: "ü".repeat(65) }, "too-large", "/params/display", /64/);
		await refused({ name: "display3", display: "two\nlines" }, "bad-request", "/params/display", /one line/);
		const tricks = ["mir\u202eror", "\u2066a", "\u200b", "\u3164", "   ", `Z${"\u0301".repeat(5)}`, "a\u2028b"];
		for (const display of tricks) {
			await refused({ name: "display3", display }, "bad-request", "/params/display", /one line, and not blank/);
			assert.equal((await person.ask("account.update", { display }).catch((error) => error)).code, "bad-request");
			const titled = await person.ask("groups.create", { title: display, kind: "public" }).catch((error) => error);
			assert.deepEqual([titled.code, titled.where], ["bad-request", "/params/title"], JSON.stringify(display));
		}
		const { group } = await person.ask("groups.create", { title: "Ort \u{1f3f4}\u{e0067}\u{e007f}", kind: "public" });
		const topic = await person.ask("groups.update", { group: group.address, topic: "\u202eback" }).catch((error) => error);
		assert.deepEqual([topic.code, topic.where], ["bad-request", "/params/topic"]);
	});

	it("refuses an e-mail address that is none", async () => {
		await refused({ name: "mailer", email: "nowhere" }, "bad-request", "/params/email", /e-mail/);
		await accepted({ name: "mailer", email: "mailer@mail.example" });
	});

	it("T57 names a member that is missing, unknown or of another type", async () => {
		const guest = await node.wire();
		const lacking = await guest.refused("bad-request", "register.create", { name: "carol", password });
		assert.equal(lacking.where, "/params/terms");
		await refused({ name: "carol", admin: true }, "bad-request", "/params/admin", /./);
		await refused({ name: 7 }, "bad-request", "/params/name", /./);
	});

	it("does not log those in who have just signed up", async () => {
		const guest = await node.wire();
		await guest.get("register.create", { name: "stranger", password, terms: TERMS });
		await guest.refused("not-authorized", "account.get");
	});

	it("is not for those who are logged in, but they may read the terms", async () => {
		const person = await node.newPerson("member");
		await person.refused("not-allowed", "register.create", { name: "another", password, terms: TERMS });
		assert.equal((await person.ask("register.policy")).terms.version, TERMS);
	});
});

conversation("signing up where not everybody may", { "module register": { open: false } }, (node) => {
	it("is said in hello, and refused", async () => {
		const guest = await node.wire();
		assert.equal(guest.hello.register, "closed");
		assert.equal((await guest.get("register.policy")).register, "closed");
		await guest.refused("not-allowed", "register.create", { name: "carol", password, terms: TERMS });
	});

	it("is still possible for the operator", async () => {
		const operator = await node.operator();
		assert.deepEqual(await operator.get("account.create", { name: "Carol", password }), { name: "carol" });
		await node.device({ name: "carol", password, address: node.address("carol") });
	});
});

conversation("signing up from one network", { "module register": { per_address_hour: 3 } }, (node) => {
	it("has a limit for each address, and says when it will be over", async () => {
		const from = async (localAddress, name) => {
			const guest = await node.wire({ tls: { localAddress } });
			return guest.ask("register.create", { name, password, terms: TERMS });
		};
		for (const name of ["first", "second", "third"]) {
			assert.equal((await from("127.0.0.21", name)).type, "result");
		}
		const answer = await from("127.0.0.21", "fourth");
		assert.equal(answer.code, "limit");
		assert.ok(answer.retry_after > 3000 && answer.retry_after <= 3601, String(answer.retry_after));
		assert.equal((await from("127.0.0.22", "fourth")).type, "result");
	});
});

const httpSocket = join(tmpdir(), `parley-talk-${process.pid}.sock`);
const behindProxy = {
	"module register": { per_address_hour: 3 },
	web: { proxies: "unix" },
	"listen http": { path: httpSocket },
};

conversation("signing up from an IPv6 network", behindProxy, (node) => {
	/** Through a proxy that says whom it speaks for. */
	const from = async (address, name, how = password) => {
		const socket = new WebSocket(`ws+unix:${httpSocket}:/ws`, "parley.v1", {
			headers: { "X-Forwarded-For": address, "X-Forwarded-Proto": "https" },
		});
		const frames = on(socket, "message");
		await frames.next();
		socket.send(
			JSON.stringify({
				type: "request",
				id: "1",
				method: "register.create",
				params: { name, password: how, terms: TERMS },
			}),
		);
		const { value } = await frames.next();
		socket.close();
		return JSON.parse(value[0]);
	};

	it("is counted for its /64 as a whole", async () => {
		for (const [address, name] of [
			["2001:db8::1", "first"],
			["2001:db8::2:1", "second"],
			["2001:db8::3:2:1", "third"],
		]) {
			assert.equal((await from(address, name)).type, "result", address);
		}
		assert.equal((await from("2001:db8::4:3:2:1", "fourth")).code, "limit");
		assert.equal((await from("2001:db8:0:1::1", "fourth")).type, "result");
	});

	it("counts accounts, and many attempts that make none", async () => {
		for (let i = 0; i < 29; i++) {
			assert.equal((await from("2001:db8:1::1", "weak", "password")).code, "bad-request");
		}
		assert.equal((await from("2001:db8:1::1", "fifth")).type, "result");
		assert.equal((await from("2001:db8:1::1", "sixth")).code, "limit");
	});
});

conversation("signing up with terms of the operator's own", {}, (node) => {
	it("shows them, and asks for their version", async () => {
		node.configure({
			"module register": {
				version: "2026-11",
				terms_file: node.file("terms.txt", "Bring cake.\n"),
				privacy_file: node.file("privacy.txt", "We forget.\n"),
			},
		});
		await node.reload();
		const guest = await node.wire();
		assert.equal(guest.hello.terms, "2026-11");
		const policy = await guest.get("register.policy");
		assert.deepEqual(policy.terms, { version: "2026-11", text: "Bring cake.\n" });
		assert.deepEqual(policy.privacy, { version: "2026-11", text: "We forget.\n" });
		const refused = await guest.refused("conflict", "register.create", { name: "carol", password, terms: "1" });
		assert.match(refused.text, /2026-11/);
		await guest.get("register.create", { name: "carol", password, terms: "2026-11" });
	});

	it("keeps the old ones, and their version, when the new ones cannot be read", async () => {
		const guest = await node.wire();
		const before = await guest.get("register.policy");
		node.configure({ "module register": { version: "2027-01", privacy_file: "/nowhere.txt" } });
		const warned = node.logged({ level: "warn", area: "register", msg: /nowhere\.txt/ });
		await node.reload();
		await warned;
		assert.deepEqual(await guest.get("register.policy"), before);
		assert.equal((await node.wire()).hello.terms, "2026-11");
		await guest.get("register.create", { name: "carla", password, terms: "2026-11" });
	});
});

conversation(
	"passwords that cost much to judge",
	{ listeners: ["metrics"], runtime: { workers: 1, worker_queue: 16 } },
	(node) => {
		/* The longest that there may be, of a kind that takes milliseconds. */
		const costly = "a".repeat(256);

		const jobs = async () => {
			const answer = await fetch(`http://${node.host}:${node.portOf("metrics")}/metrics`);
			return Number(/^parley_worker_jobs_total (\d+)$/m.exec(await answer.text())[1]);
		};

		it("are judged on a worker, each once", async () => {
			const guest = await node.wire();
			const before = await jobs();
			for (let n = 0; n < 5; n++) {
				const error = await guest.refused("bad-request", "register.create", {
					name: `costly${n}`,
					password: costly,
					terms: TERMS,
				});
				assert.equal(error.where, "/params/password");
			}
			assert.equal((await jobs()) - before, 5);
		});

		it("are refused as busy when too many wait, and the others go on", async () => {
			const guests = await Promise.all(Array.from({ length: 8 }, () => node.wire()));
			const asked = guests.flatMap((guest, n) =>
				Array.from({ length: 12 }, (_, m) =>
					guest.ask("register.create", { name: `many${n}x${m}`, password: costly, terms: TERMS }),
				),
			);
			const other = await node.wire();
			await other.get("register.policy"); /* needs no worker */
			const answers = await Promise.all(asked);
			for (const { type, code, retry_after } of answers) {
				assert.equal(type, "error");
				assert.ok(code === "bad-request" || (code === "busy" && retry_after > 0), code);
			}
			assert.ok(answers.some(({ code }) => code === "busy"));
			await node.signUp("afterwards");
		});
	},
);
