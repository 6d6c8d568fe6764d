// SPDX-License-Identifier: MIT
// Everything in support/hostile.mjs goes into every place of every frame and method, on a node with SQLite and on one
// with MongoDB. Both answer alike, keep the same, and tell nobody what is others'.

import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";

import { newGroup } from "./support/groups.mjs";
import { broken, frames, hostile, methods } from "./support/hostile.mjs";
import { Mongo, shared, storeIn } from "./support/mongo.mjs";
import { sanitized } from "./support/overload.mjs";
import { takeViolations } from "./support/schemas.mjs";
import { DOMAIN, Node, PATIENCE } from "./support/talk.mjs";

/** Each place gets every second text, the next one the others; instrumented nodes get fewer. */
const STEP = sanitized ? 6 : 2;
const SECRET = /zq(word|title|about|draft|mail|device)/;

const UNLIMITED = {
	limits: { guests_per_address: 1000, login_seconds: 3600, messages_second: 0, presence_minute: 0, updates_minute: 0 },
	accounts: { scrypt_log_n: 4, scrypt_queue: 1000, address_fails: 10000, account_fails: 10000 },
	"module register": { per_address_hour: 0, checks_minute: 0 },
	"module roster": { requests_hour: 100000 },
	"module groups": { groups_per_account: 900, groups_owned: 900, invitations_hour: 1000000, peeks_minute: 1000000 },
};

/** The same of all nodes: what chance, the clock or the machine chose is told by its kind alone. */
function masked(value, key) {
	const masks = { link: "<link>", cursor: "<cursor>", session: "<session>", token: "<token>", device: "<device>", resume: "<resume>", data: "<data>" };
	if (typeof value === "string") {
		return (key in masks && masks[key]) || maskedText(value);
	}
	if (Array.isArray(value)) {
		const all = value.map((one) => masked(one));
		/* in an order that depends on when they changed, or on names that the node made up */
		return /^(groups|chats|links|sessions|devices)$/.test(key) ? all.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : all;
	}
	if (value === null || typeof value !== "object") {
		return key === "retry_after" ? "<seconds>" : value;
	}
	return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, masked(inner, name)]));
}

function maskedText(text) {
	return text
		.replace(/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/g, "<mid>")
		.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, "<time>")
		.replace(/(@[a-z0-9.-]+)\/[A-Za-z0-9_-]+/g, "$1/<device>")
		.replace(/\b[a-z0-9]{10}@rooms\./g, "<group>@rooms.");
}

/** A node with people on it, one of whom says what is hostile. */
class Side {
	#wires = new Map();
	#count = 0;

	constructor(store) {
		this.node = new Node({ ...UNLIMITED, store });
	}

	async start() {
		await this.node.start();
		const names = ["alice", "bob", "eric", "frank", "hank", "carol", "dave"];
		for (const name of names) {
			this[name] = await this.node.newPerson(name, { display: `${name} 100% *` });
		}
		for (const other of [this.bob, this.eric]) {
			await this.node.befriend(this.alice, other);
		}
		const { mid } = await this.said(this.alice, this.bob, "bread and butter, see http://shop.example");
		await this.said(this.bob, this.alice, "100% of the .* in [a-z]");
		const club = await newGroup(this.alice, [this.bob, this.eric], { name: "theclub", title: "The club" });
		const { link } = await this.alice.ask("groups.link", { group: club.address });
		this.known = { mid, club: club.address, link: link.link };
		await this.others();
		this.mine = await this.private();
	}

	/** With the same id on all nodes. */
	async said(from, to, text) {
		const wire = await this.node.wireOf(from.person);
		const answer = await wire.say(to.address, text, `said-${from.name}`);
		await wire.close();
		return answer;
	}

	/** What is nobody's business but theirs. */
	async others() {
		const { carol, dave } = this;
		await this.node.befriend(carol, dave);
		await carol.says(dave, "zqword one");
		await dave.says(carol, "zqword two");
		await newGroup(carol, [dave], { name: "hidden_group", title: "zqtitle", about: "zqabout" });
		await carol.ask("history.set", { chat: dave.address, draft: { text: "zqdraft" } });
		await carol.ask("account.update", { hidden: true });
		await this.node.device(carol.person, { name: "zqdevice" });
	}

	async private() {
		const seen = [];
		for (const person of [this.carol, this.dave]) {
			const wire = await this.node.wireOf(person.person);
			const { chats } = await wire.get("history.inbox");
			for (const { chat } of chats) {
				seen.push(await wire.get("history.page", { chat, after: 0, limit: 200 }));
			}
			for (const method of ["account.get", "roster.list", "groups.list", "notify.get"]) {
				seen.push(await wire.get(method));
			}
			await wire.close();
		}
		return seen;
	}

	/** All that alice and bob can see, and what operators do. */
	async whole() {
		const seen = {};
		for (const person of [this.alice, this.bob]) {
			const wire = await this.#made("user", person.person);
			for (const method of ["account.get", "roster.list", "groups.list", "groups.invitations", "notify.get", "presence.get"]) {
				seen[`${method} ${person.name}`] = await wire.get(method);
			}
			const { chats } = await wire.get("history.inbox", { limit: 200 });
			/* how far the other's device has come is told when it has, not with an answer */
			chats.forEach((chat) => delete chat.delivered);
			seen[`history.inbox ${person.name}`] = { chats };
			seen[`pages ${person.name}`] = await this.#pages(wire, [this.bob, this.alice].filter((one) => one !== person).map(({ address }) => address));
			await wire.close();
		}
		const operator = await this.node.operator();
		seen.accounts = (await operator.get("account.list", { limit: 1000 })).accounts;
		await operator.close();
		return seen;
	}

	async #pages(wire, chats) {
		const pages = [];
		for (const chat of [...chats, this.known.club]) {
			for (let at = 0, more = true; more; ) {
				const page = await wire.get("history.page", { chat, after: at, limit: 200 });
				pages.push(...page.messages);
				[more, at] = [page.more, page.messages.at(-1)?.seq];
			}
		}
		return pages;
	}

	/** What examples have made up stands for what is there; names are new where they must be. */
	real(value, name) {
		const people = { "alice@localhost": name === "roster.request" ? "hank" : "bob", "bob@localhost": "eric" };
		const { mid, club, link } = this.known;
		const text = JSON.stringify(value)
			.replace(/(alice|bob)@localhost/g, (address) => this.node.address(people[address]))
			.replaceAll("f7k2m9x4qa@rooms.localhost", club)
			.replaceAll("#f7k2m9x4qa", "#theclub")
			.replaceAll("019ab1c2-3d4e-7f60-8a1b-2c3d4e5f6071", mid)
			.replaceAll("Zk3v9x2mqJ0a", link)
			.replaceAll("@localhost", `@${DOMAIN}`)
			.replace(/"(carol|Carol|dave)"/g, () => (/create$/.test(name) ? `"made_${++this.#count}"` : '"frank"'))
			.replaceAll('"gardening"', () => `"garden_${++this.#count}"`)
			.replaceAll("4294967297", "1");
		return JSON.parse(text);
	}

	async #made(who, person) {
		if (who === "operator") {
			return this.node.operator();
		}
		return who === "user" ? this.node.wireOf(person) : this.node.wire();
	}

	/** The line of somebody in this role; a new one where the last has ended. */
	async wire(who, name = "alice") {
		const key = `${who} ${name}`;
		const had = this.#wires.get(key);
		if (had && !had.ended) {
			return had;
		}
		const wire = await this.#made(who, this[name].person);
		this.#wires.set(key, wire);
		return wire;
	}

	forget(wire) {
		for (const [key, one] of this.#wires) {
			if (one === wire) {
				this.#wires.delete(key);
			}
		}
		wire.drop();
	}

	newId() {
		return `h-${++this.#count}`;
	}
}

/** What a node says to this: what is awaited, or all that it has said when it answers what was asked behind. */
async function answers(wire, text, awaited) {
	const from = wire.frames.length;
	wire.sendRaw(`${text}\n`);
	const said = [];
	if (awaited) {
		said.push(await orEnd(wire, wire.next((frame) => awaited.test(frame.type), 4 * PATIENCE)));
	} else {
		const behind = `behind-${from}`;
		await orEnd(wire, wire.ask("account.get", undefined, behind));
		said.push(...wire.frames.slice(from).filter(({ type, id }) => /^(result|error)$/.test(type) && id !== behind));
	}
	wire.taken(() => true);
	if (said.some(({ fatal }) => fatal)) {
		await wire.closed;
	}
	return said;
}

async function orEnd(wire, answer) {
	try {
		return await answer;
	} catch (error) {
		if (!wire.ended) {
			throw error;
		}
		return { type: "closed" };
	}
}

const mongo = shared ? { uri: shared, stop: () => undefined } : Mongo.start();

describe("what is hostile", { skip: !mongo && "SKIPPED: no MongoDB, and nothing to make one of" }, () => {
	/* a location: this one stays with SQLite whatever the others use */
	const sides = mongo ? [new Side({ backend: "sqlite", location: "" }), new Side(storeIn(mongo.uri, `hostile_${process.pid}`))] : [];
	const both = (what) => Promise.all(sides.map(what));

	before(() => both((side) => side.start()));
	after(async () => {
		await both(({ node }) => node.closeClients());
		await both(({ node }) => node.stop());
		sides.forEach(({ node }) => node.remove());
		mongo.stop();
	});

	/** Both are asked and say the same, and nothing that is not theirs. */
	async function same(what, ask) {
		const [sqlite, other] = await both(ask);
		const text = JSON.stringify(sqlite);
		assert.deepEqual(masked(other), masked(sqlite), `${what.slice(0, 300)}: MongoDB and SQLite differ`);
		assert.doesNotMatch(text + JSON.stringify(other), SECRET, `${what.slice(0, 300)} tells what is others'`);
		assert.ok(!/"internal"/.test(text), `${what.slice(0, 300)}: ${text}`);
		return sqlite;
	}

	/** Sizes are those of the machine. */
	const told = ({ name }, answer) => (name === "retention.status" && answer.result ? { ...answer, result: "sizes" } : answer);

	/** It is answered when all chats were looked at, as slowly as that is to be. */
	const isSlow = ({ name }, params) => name === "retention.run" && params.wait === true;

	const roles = (who) => who.replace("who: ", "").split(", ");

	async function askAll(kind, who) {
		for (const params of hostile(kind, STEP)) {
			if (isSlow(kind, params)) {
				continue;
			}
			const frame = (side) => ({ type: "request", id: side.newId(), method: kind.name, params: side.real(params, kind.name) });
			await same(`${kind.name} ${JSON.stringify(params)}`, async (side) => {
				const wire = await side.wire(who, kind.name === "account.password" ? "eric" : "alice");
				const said = await answers(wire, JSON.stringify(frame(side)), /^(result|error)$/);
				return said.map(({ id: _, ...rest }) => told(kind, rest));
			});
			if (kind.name === "roster.request") {
				await both(async (side) => (await side.wire(who)).ask("roster.withdraw", { address: side.hank.address }));
			}
		}
		for (const text of broken(kind)) {
			const complete = (side) => (params) => ({ type: "request", id: "x", method: kind.name, params: side.real(params, kind.name) });
			await same(`${kind.name} ${text((params) => params)}`, async (side) =>
				answers(await side.wire(who), text(complete(side)), /^(result|error)$/),
			);
		}
	}

	for (const kind of methods()) {
		for (const who of roles(kind.who)) {
			it(`T73 T74 is answered alike in ${kind.name}, asked by a ${who}`, () => askAll(kind, who));
		}
	}

	/** Logging in ends what the line was for. */
	async function sayAll(kind) {
		const isAuth = kind.name.startsWith("auth");
		const awaited = isAuth ? /^(ready|challenge|error)$/ : kind.name === "message" ? /^(result|error)$/ : undefined;
		const say = (what, textOf) =>
			same(`${kind.name} ${what}`, async (side) => {
				const wire = await side.wire(isAuth ? "guest" : "user");
				const said = await answers(wire, textOf(side), awaited);
				if (said.some(({ type }) => /^(ready|challenge)$/.test(type))) {
					side.forget(wire);
				}
				return said.map(({ id: _, ...rest }) => rest);
			});
		const fresh = (side, frame) => (frame.id === "c-1" || frame.id === "c-2" || frame.id === "c-3" ? { ...frame, id: side.newId() } : frame);
		for (const frame of hostile(kind, STEP)) {
			await say(JSON.stringify(frame), (side) => JSON.stringify(fresh(side, side.real(frame, kind.name))));
		}
		for (const text of broken(kind)) {
			await say(text((frame) => frame), (side) => text((frame) => side.real(frame, kind.name)));
		}
	}

	for (const kind of frames()) {
		it(`T73 T74 is answered alike in a frame, ${kind.name}`, () => sayAll(kind));
	}

	it("T73 logs nobody in as another, by a name within SCRAM", async () => {
		for (const name of ['{"$ne":""}', "$where", "' OR '1'='1", "%", "_____", "ali__", "alice\u0000", "alice=2Cm=x", "a.b", "ALICE", "*"]) {
			const data = Buffer.from(`n,,n=${name},r=fyko+d2lbbFgONRv9qkxdawL`).toString("base64");
			const frame = JSON.stringify({ type: "auth", mechanism: "SCRAM-SCRYPT-SHA-256", data });
			await same(`SCRAM ${name}`, async (side) => {
				const wire = await side.node.wire();
				const [{ type, code }] = await answers(wire, frame, /^(ready|challenge|error)$/);
				await wire.close();
				assert.notEqual(type, "ready");
				return { type, code };
			});
		}
	});

	it("T73 T74 has changed nothing that is others', and both nodes keep the same, also after a restart", async () => {
		const look = async () => {
			const seen = await both(async (side) => {
				assert.deepEqual(await side.private(), side.mine, "carol and dave have what they had");
				return side.whole();
			});
			const [sqlite, other] = seen.map((one) => masked(one));
			for (const [what, had] of Object.entries(sqlite)) {
				assert.deepEqual(other[what], had, what);
			}
		};
		await look();
		await both(({ node }) => node.closeClients());
		await both(({ node }) => node.stop());
		await both(({ node }) => node.restart());
		await look();
	});

	afterEach(() => {
		/* answers to lines that were written as they are */
		const wrong = takeViolations().filter((text) => !text.startsWith("an answer to what was not asked"));
		assert.deepEqual(wrong, [], "a node broke its own schemas");
	});
});
