// SPDX-License-Identifier: MIT
// A small node in memory, for working on the client without a daemon. A development aid: it checks nothing that
// matters, and no test of the project's promises may rely on it.

import { createHash, createHmac, randomBytes, scryptSync } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { chatMethods, FakeChat } from "./fake-history.mjs";

const web = fileURLToPath(new URL("../../../web/", import.meta.url));
const { WebSocketServer } = createRequire(join(web, "package.json"))("ws");

export const CSP =
	"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; " +
	"font-src 'self'; worker-src 'self'; manifest-src 'self'; frame-ancestors 'none'; base-uri 'none'; " +
	"form-action 'self'; require-trusted-types-for 'script'; trusted-types parley";

const TYPES = {
	".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml",
	".png": "image/png", ".webmanifest": "application/manifest+json",
};

const LOG_N = 12;
const random = (n) => randomBytes(n).toString("base64url").toLowerCase().replace(/[^a-z0-9]/g, "x");
const hmac = (key, text) => createHmac("sha256", key).update(text).digest();
const bare = (address) => address.split("/")[0];

class Refusal extends Error {
	constructor(code, text, more = {}) {
		super(text);
		this.frame = { type: "error", code, text, ...more };
	}
}

export class FakeNode {
	domain = "localhost";
	accounts = new Map(); /* name -> account */
	chats = new Map(); /* "a b" -> messages */
	sessions = new Set();
	cookies = new Map();
	tickets = new Map();
	resumable = new Map();
	clock = () => Date.now();
	delay = 0;
	refuse = undefined; /* (frame) => Refusal or nothing */
	register = "open";
	changes = 0;

	addAccount(name, password, more = {}) {
		const salt = randomBytes(16);
		const salted = scryptSync(password, salt, 32, { N: 2 ** LOG_N, r: 8, p: 1, maxmem: 2 ** 28 });
		this.accounts.set(name.toLowerCase(), {
			name: name.toLowerCase(), shown: name, display: "", admin: false, hidden: false, salt, salted,
			relations: new Map(), read: new Map(), dismissed: new Set(), devices: new Map(), presence: { show: "offline" },
			changed: new Map(), ...more,
		});
	}

	address(name) {
		return `${name}@${this.domain}`;
	}

	account(address) {
		const found = this.accounts.get(address.split("@")[0]);
		if (!found) {
			throw new Refusal("not-found", "There is no such account.");
		}
		return found;
	}

	profile({ name, shown, display, admin, hidden }) {
		return { name, shown, display, admin, hidden };
	}

	person(viewer, other) {
		const relation = viewer.relations.get(other.name) ?? {};
		return {
			address: this.address(other.name), name: other.name, shown: other.shown, display: other.display,
			relation: relation.kind ?? "none", ...(relation.kind === "asks" && relation.text ? { text: relation.text } : {}),
		};
	}

	relate(a, b, kindA, kindB, text) {
		a.relations.set(b.name, { kind: kindA });
		b.relations.set(a.name, { kind: kindB, text });
	}

	/* Frames to all sessions of an account. */
	tell(account, frame, but) {
		for (const session of this.sessions) {
			if (session.account === account && session !== but) {
				session.count(frame);
			}
		}
	}

	rosterChanged(viewer, other) {
		this.tell(viewer, { type: "event", name: "roster.changed", person: this.person(viewer, other) });
	}

	refusal(code, text) {
		return new Refusal(code, text);
	}

	chatOf(a, b) {
		const key = [a.name, b.name].sort().join(" ");
		if (!this.chats.has(key)) {
			this.chats.set(key, new FakeChat(this, [a.name, b.name]));
		}
		return this.chats.get(key);
	}

	addGroup(name, owner, others, more = {}) {
		const address = `${name}@rooms.${this.domain}`;
		const group = {
			address, title: "", about: "", topic: "", kind: "private", created: new Date(this.clock()).toISOString(), history: "all", slow: 0,
			permissions: { invite: "member", post: "member", pin: "moderator", edit: "admin", mention: "moderator" },
			roles: new Map([[owner.name, "owner"], ...others.map((other) => [other.name, "member"])]), ...more,
		};
		const chat = new FakeChat(this, [owner.name, ...others.map((other) => other.name)], group);
		this.chats.set(address, chat);
		return chat;
	}

	/* The chat that an address means for somebody. */
	chatAt(viewer, address) {
		const group = this.chats.get(address);
		return group?.names.has(viewer.name) ? group : this.chatOf(viewer, this.account(address));
	}

	post(from, chat, text, { id = random(8), device = "seed", time = this.clock(), live = true, session, ...more } = {}) {
		const before = chat.entries.find((entry) => entry.id === id && entry.from === from.name);
		if (before) {
			return { ...before, repeated: true };
		}
		const entry = chat.add(from, { id, device, text, mentions: chat.mentions(text), ...more }, time);
		from.read.set(chat, entry.seq);
		if (live) {
			chat.tell(entry, session);
			for (const other of chat.people.filter((person) => person !== from)) {
				if ([...this.sessions].some((their) => their.account === other)) {
					chat.receipt(other, "delivered", entry.seq);
				}
			}
		}
		return entry;
	}

	contacts(account) {
		return [...account.relations].filter(([, { kind }]) => kind === "contact").map(([name]) => this.accounts.get(name));
	}

	methods = {
		"register.policy": () => ({
			register: this.register,
			terms: { version: "1", text: "Be kind.\n\nDo not send spam. Do not pretend to be somebody else.\n\nThe people who run this node may close accounts that break these rules." },
			privacy: { version: "1", text: "This node keeps your name, your contacts and your messages so that you can read them on all your devices.\n\nNothing is given to others." },
			name: { min: 3, max: 15 }, password: { min: 8, max: 256 },
		}),
		"register.check": (_, { name }) => {
			if (!/^[A-Za-z0-9_]{3,15}$/.test(name)) {
				return { available: false, reason: "invalid" };
			}
			return this.accounts.has(name.toLowerCase()) ? { available: false, reason: "taken" } : { available: true };
		},
		"register.create": (_, { name, password, display = "" }) => {
			if (this.accounts.has(name.toLowerCase())) {
				throw new Refusal("conflict", "That name is taken.", { where: "/params/name" });
			}
			this.addAccount(name, password, { display });
			return { name: name.toLowerCase() };
		},
		"account.get": (session) => ({ account: this.profile(session.account) }),
		"account.update": (session, params) => {
			Object.assign(session.account, params);
			const account = this.profile(session.account);
			this.tell(session.account, { type: "event", name: "account.changed", account });
			for (const contact of this.contacts(session.account)) {
				this.rosterChanged(contact, session.account);
			}
			return { account };
		},
		"account.devices": (session) => ({
			devices: [...session.account.devices].map(([id, device]) => ({ id, ...device, current: id === session.device })),
		}),
		"account.revoke": (session, { device }) => {
			session.account.devices.delete(device);
			for (const other of this.sessions) {
				if (other.account === session.account && other.device === device) {
					other.count({ type: "event", name: "session.ended", reason: "signed out" });
					other.end();
				}
			}
			for (const [cookie, owner] of this.cookies) {
				if (owner.device === device) {
					this.cookies.delete(cookie);
				}
			}
			return {};
		},
		"roster.list": (session) => ({
			people: [...session.account.relations].filter(([, { kind }]) => kind !== "none").map(([name]) => this.person(session.account, this.accounts.get(name))),
		}),
		"roster.search": (session, { text, limit = 20 }) => {
			const want = text.toLowerCase().replace(/^@/, "").split("@")[0];
			const hits = [...this.accounts.values()].filter(
				(other) => other !== session.account && !other.hidden && (other.name.includes(want) || other.display.toLowerCase().includes(want)),
			);
			hits.sort((a, b) => Number(b.name.startsWith(want)) - Number(a.name.startsWith(want)) || (a.name < b.name ? -1 : 1));
			return { people: hits.slice(0, limit).map((other) => this.person(session.account, other)) };
		},
		"roster.suggestions": (session) => {
			const mine = new Set(this.contacts(session.account));
			const people = [];
			for (const other of this.accounts.values()) {
				const count = this.contacts(other).filter((contact) => mine.has(contact)).length;
				const known = other === session.account || session.account.relations.has(other.name);
				if (count > 0 && !known && !session.account.dismissed.has(other.name)) {
					people.push({ ...this.person(session.account, other), reason: { kind: "mutual", count } });
				}
			}
			return { people };
		},
		"roster.dismiss": (session, { address }) => (session.account.dismissed.add(this.account(address).name), {}),
		"roster.request": (session, { address, text = "" }) => {
			const me = session.account;
			const other = this.account(address);
			if (me.relations.get(other.name)?.kind === "asks") {
				return this.methods["roster.accept"](session, { address });
			}
			this.relate(me, other, "requested", "asks", text);
			this.rosterChanged(me, other);
			this.tell(other, { type: "event", name: "roster.request", person: this.person(other, me), text, time: new Date(this.clock()).toISOString() });
			this.rosterChanged(other, me);
			return { relation: "requested" };
		},
		"roster.accept": (session, { address }) => this.change(session, address, "contact", "contact"),
		"roster.withdraw": (session, { address }) => this.change(session, address, "none", "none"),
		"roster.decline": (session, { address }) => this.change(session, address, "none", "none"),
		"roster.remove": (session, { address }) => this.change(session, address, "none", "none"),
		"roster.block": (session, { address }) => this.change(session, address, "blocked", "none"),
		"roster.unblock": (session, { address }) => this.change(session, address, "none", "none"),
		...chatMethods(this),
		"presence.get": (session) => ({
			people: this.contacts(session.account).map((other) => ({ address: this.address(other.name), ...other.presence })),
		}),
	};

	change(session, address, mine, theirs) {
		const me = session.account;
		const other = this.account(address);
		this.relate(me, other, mine, theirs);
		this.rosterChanged(me, other);
		this.rosterChanged(other, me);
		for (const [viewer, person] of [[me, other], [other, me]]) {
			if (mine === "contact" && person.presence.show !== "offline") {
				this.tell(viewer, { type: "presence", from: this.address(person.name), ...person.presence });
			}
		}
		return { relation: mine };
	}

	setPresence(account, presence) {
		account.presence = presence;
		for (const contact of this.contacts(account)) {
			this.tell(contact, { type: "presence", from: this.address(account.name), ...presence });
		}
	}

	/* Cuts all connections, as a bad network would. */
	drop() {
		for (const session of [...this.sessions]) {
			session.socket.terminate();
		}
	}

	async listen(port = 0, dist = join(web, "dist")) {
		this.dist = dist;
		this.server = createServer((request, response) => void this.http(request, response));
		this.sockets = new WebSocketServer({ server: this.server, path: "/ws", handleProtocols: () => "parley.v1" });
		this.sockets.on("connection", (socket, request) => new Session(this, socket, request));
		await new Promise((resolve) => this.server.listen(port, "127.0.0.1", resolve));
		return `http://localhost:${this.server.address().port}`;
	}

	async close() {
		this.drop();
		this.sockets.close();
		this.server.closeAllConnections();
		await new Promise((resolve) => this.server.close(resolve));
	}

	async http(request, response) {
		const headers = { "content-security-policy": CSP, "x-content-type-options": "nosniff", "referrer-policy": "no-referrer" };
		const { pathname } = new URL(request.url, "http://x");
		if (pathname === "/session") {
			await this.httpSession(request, response, headers);
			return;
		}
		const name = extname(pathname) ? pathname : "/index.html";
		try {
			const body = await readFile(join(this.dist, name));
			const cache = name === "/index.html" ? "no-cache" : "public, max-age=31536000, immutable";
			response.writeHead(200, { ...headers, "content-type": TYPES[extname(name)] ?? "application/octet-stream", "cache-control": cache });
			response.end(body);
		} catch {
			response.writeHead(404, headers).end();
		}
	}

	async httpSession(request, response, headers) {
		const old = /parley=([a-z0-9]+)/.exec(request.headers.cookie ?? "")?.[1];
		const attributes = "HttpOnly; SameSite=Strict; Path=/";
		if (request.method === "DELETE") {
			this.cookies.delete(old);
			response.writeHead(204, { ...headers, "set-cookie": `parley=; Max-Age=0; ${attributes}` }).end();
			return;
		}
		let body = "";
		for await (const chunk of request) {
			body += chunk;
		}
		const owner = this.tickets.get(JSON.parse(body).ticket);
		if (!owner) {
			response.writeHead(401, headers).end();
			return;
		}
		const cookie = random(24);
		this.cookies.set(cookie, owner);
		response.writeHead(204, { ...headers, "set-cookie": `parley=${cookie}; ${attributes}` }).end();
	}
}

class Session {
	constructor(node, socket, request) {
		this.node = node;
		this.socket = socket;
		this.cookie = /parley=([a-z0-9]+)/.exec(request.headers.cookie ?? "")?.[1];
		socket.on("message", (data) => this.receive(JSON.parse(String(data))));
		socket.on("close", () => this.closed());
		this.send({
			type: "hello", domain: node.domain, protocol: 1, stream: random(8), auth: ["SCRAM-SCRYPT-SHA-256", "PLAIN", "TOKEN", "COOKIE"],
			register: node.register, terms: "1", limits: { frame: 262144, text: 10000 },
		});
	}

	send(frame) {
		setTimeout(() => this.socket.readyState === 1 && this.socket.send(JSON.stringify(frame)), this.node.delay);
	}

	/* A counted frame: kept for the resume. */
	count(frame) {
		this.log?.push(frame);
		this.send(frame);
	}

	receive(frame) {
		try {
			const refusal = this.node.refuse?.(frame, this);
			if (refusal) {
				throw refusal;
			}
			this[`on_${frame.type}`]?.(frame);
		} catch (error) {
			if (!(error instanceof Refusal)) {
				throw error;
			}
			this.count({ ...error.frame, ...(frame.id ? { id: frame.id } : {}) });
		}
	}

	on_ping({ id }) {
		this.send({ type: "pong", id });
	}

	on_auth(frame) {
		if (frame.mechanism === "COOKIE") {
			const owner = this.node.cookies.get(this.cookie);
			if (!owner) {
				throw new Refusal("not-authorized", "Log in, please.");
			}
			this.ready(owner.account, owner.device, frame, {});
			return;
		}
		const message = Buffer.from(frame.data, "base64").toString();
		const bareMessage = message.replace(/^[^,]*,[^,]*,/, "");
		const [, user, nonce] = /^n=(.*),r=(.*)$/.exec(bareMessage);
		const account = this.node.accounts.get(user.toLowerCase());
		const salt = account?.salt ?? createHash("sha256").update(user).digest().subarray(0, 16);
		const first = `r=${nonce}${random(12)},s=${salt.toString("base64")},i=${LOG_N},b=8,p=1`;
		this.scram = { frame, account, bareMessage, first };
		this.send({ type: "challenge", data: Buffer.from(first).toString("base64") });
	}

	on_response({ data }) {
		const { frame, account, bareMessage, first } = this.scram;
		const [, withoutProof, proof] = /^(.*),p=(.*)$/.exec(Buffer.from(data, "base64").toString());
		const signed = `${bareMessage},${first},${withoutProof}`;
		const salted = account?.salted ?? randomBytes(32);
		const clientKey = hmac(salted, "Client Key");
		const signature = hmac(createHash("sha256").update(clientKey).digest(), signed);
		if (!Buffer.from(proof, "base64").equals(Buffer.from(clientKey.map((byte, i) => byte ^ signature[i])))) {
			throw new Refusal("not-authorized", "Wrong name or password.");
		}
		const ticket = random(16);
		const device = frame.device?.id ?? random(8);
		account.devices.set(device, {
			name: frame.device?.name ?? "", created: new Date(this.node.clock()).toISOString(), seen: new Date(this.node.clock()).toISOString(), peer: "127.0.0.1",
		});
		this.node.tickets.set(ticket, { account, device });
		const server = hmac(hmac(salted, "Server Key"), signed).toString("base64");
		this.ready(account, device, frame, { ticket, data: Buffer.from(`v=${server}`).toString("base64") });
	}

	ready(account, device, frame, more) {
		const { node } = this;
		if (!account.devices.has(device)) {
			throw new Refusal("not-authorized", "Log in, please.");
		}
		const old = frame.resume && node.resumable.get(frame.resume.id);
		const resumed = Boolean(old && old.account === account);
		Object.assign(this, { account, device, resume: random(12), log: resumed ? old.log : [], signedIn: true });
		node.resumable.set(this.resume, this);
		if (resumed) {
			old.log = undefined;
			node.sessions.delete(old);
		}
		node.sessions.add(this);
		this.send({
			type: "ready", address: `${node.address(account.name)}/${device}`, account: node.profile(account), device, resume: this.resume, resumed, ...more,
		});
		if (resumed) {
			for (const missed of this.log.slice(frame.resume.count)) {
				this.send(missed);
			}
		} else {
			node.setPresence(account, { show: "available" });
		}
	}

	on_presence({ show, status }) {
		this.node.setPresence(this.account, { show, ...(status ? { status } : {}), ...(show === "offline" ? { since: new Date().toISOString() } : {}) });
	}

	on_message({ id, to, text, reply, forward }) {
		const { node } = this;
		const chat = node.chatAt(this.account, bare(to));
		const other = chat.people.find((person) => person !== this.account);
		if (!chat.group && other && this.account.relations.get(other.name)?.kind !== "contact") {
			throw new Refusal("blocked", "This cannot be delivered.");
		}
		const source = forward && node.chatAt(this.account, forward.chat).find(forward.mid);
		const from = forward?.source ? { from: source.forward?.from ?? node.address(source.from) } : {};
		const { mid, seq, time, repeated } = node.post(this.account, chat, text ?? source.text, {
			id, device: this.device, session: this, ...(reply ? { reply } : {}), ...(source ? { forward: from } : {}),
		});
		this.count({ type: "result", id, mid, seq, time, ...(repeated ? { repeated } : {}) });
	}

	on_request({ id, method, params = {} }) {
		const handler = this.node.methods[method];
		if (!handler) {
			throw new Refusal("not-implemented", "There is no such method.");
		}
		if (!method.startsWith("register.") && !this.signedIn) {
			throw new Refusal("not-authorized", "Log in, please.");
		}
		this.count({ type: "result", id, result: handler(this, params) });
	}

	on_close() {
		this.node.resumable.delete(this.resume);
		this.end();
	}

	end() {
		this.ended = true;
		setTimeout(() => this.socket.close(), 20 + this.node.delay);
	}

	closed() {
		this.gone = true;
		if (this.ended && this.account) {
			this.node.sessions.delete(this);
			this.node.setPresence(this.account, { show: "offline", since: new Date().toISOString() });
		}
	}
}

export { Refusal };

/** A few people who have talked, for looking at the client. */
export function populate(node) {
	for (const [name, display] of [
		["Carol", "Carol Diaz"], ["alice", "Alice Ångström"], ["bob", "Bob Marsh"], ["Dave", ""], ["erin", "Erin O'Neill"], ["frank", "Frank Li"],
		["grace", "Grace Hopper"], ["heidi", "Heidi Keller"], ["ivan", "Иван Петров"], ["judy", "Judy"], ["mallory", "Mallory"], ["niaj", "Niaj"],
	]) {
		node.addAccount(name, "correct horse", { display });
	}
	const get = (name) => node.accounts.get(name);
	const carol = get("carol");
	for (const name of ["alice", "bob", "dave", "erin", "frank", "grace"]) {
		node.relate(carol, get(name), "contact", "contact");
	}
	node.relate(get("alice"), get("heidi"), "contact", "contact");
	node.relate(get("bob"), get("heidi"), "contact", "contact");
	node.relate(get("alice"), get("niaj"), "contact", "contact");
	node.relate(get("ivan"), carol, "requested", "asks", "Привет! We met at the club on Friday.");
	node.relate(carol, get("judy"), "requested", "asks", "");
	node.relate(carol, get("mallory"), "blocked", "none");
	const now = node.clock();
	const minute = 60_000;
	const say = (from, to, text, minutes, more = {}) =>
		node.post(get(from), node.chatOf(get(from), get(to)), text, { time: now - minutes * minute, live: false, ...more });
	const lines = ["ok", "See you then", "I think we should take the early train, it is much cheaper", "👍", "Did you read the minutes?", "Not yet, will do tonight."];
	for (let i = 0; i < 230; i++) {
		say(i % 3 ? "alice" : "carol", i % 3 ? "carol" : "alice", `${lines[i % lines.length]} (${i + 1})`, 5000 - i * 11);
	}
	say("alice", "carol", "Are we still on for Saturday?", 1500);
	say("carol", "alice", "Yes! I booked the table for seven.", 1497);
	say("carol", "alice", "It is here: https://maps.example/garden-room?table=4", 1496);
	say("alice", "carol", "Perfect, thank you 🌿", 1490);
	say("alice", "carol", "I am bringing my brother, he is in town until Monday. He was wondering whether they have anything without nuts, he is allergic.\n\nI can call them if that is easier.", 31);
	carol.read.set(node.chatOf(carol, get("alice")), 235);
	say("alice", "carol", "Also: should we get Frank something? It is his birthday next week.", 30);
	say("bob", "carol", "The printer is on fire again", 95);
	say("carol", "bob", "Of course it is.", 94);
	say("erin", "carol", "Thanks for the notes!", 60 * 26);
	carol.read.set(node.chatOf(carol, get("erin")), 1);
	say("dave", "carol", "lunch?", 60 * 50);
	say("carol", "dave", "Thursday works", 60 * 49);
	carol.read.set(node.chatOf(carol, get("bob")), 2);
	tellMore(node, now);
	get("alice").presence = { show: "available", status: "In the garden" };
	get("bob").presence = { show: "busy", status: "Fighting the printer" };
	get("erin").presence = { show: "away" };
	get("dave").presence = { show: "offline", since: new Date(now - 200 * minute).toISOString() };
	get("frank").presence = { show: "offline", since: new Date(now - 3 * 1440 * minute).toISOString() };
	carol.devices.set("oldphone", {
		name: "Firefox on Android", created: new Date(now - 90 * 1440 * minute).toISOString(), seen: new Date(now - 3 * 1440 * minute).toISOString(), peer: "192.0.2.44",
	});
	return node;
}

/** A group, and messages with everything that can be on them. */
function tellMore(node, now) {
	const get = (name) => node.accounts.get(name);
	const [carol, alice, bob, erin, frank, grace] = ["carol", "alice", "bob", "erin", "frank", "grace"].map(get);
	const minute = 60_000;
	const club = node.addGroup("garden", carol, [alice, bob, erin, frank, grace, get("dave")], { title: "Garden club", topic: "Spring planting", about: "Who waters when" });
	const at = (minutes) => new Date(now - minutes * minute).toISOString();
	const happened = (by, minutes, change) => club.add(by, { change }, now - minutes * minute);
	const say = (by, text, minutes, more = {}) => node.post(by, club, text, { time: now - minutes * minute, live: false, ...more });
	happened(carol, 2000, { kind: "created", text: "Garden club" });
	for (const other of [alice, bob, erin, frank]) {
		happened(carol, 1999, { kind: "added", who: node.address(other.name) });
	}
	happened(grace, 1800, { kind: "joined" });
	happened(get("dave"), 1799, { kind: "joined" });
	happened(carol, 1798, { kind: "topic", text: "Spring planting" });
	const plan = say(alice, "**Plan for Saturday**\n- tulips along the *south* wall\n- ~~cut the old pear tree~~ Bob says no\n1. bring gloves\n2. bring `spade.txt`\n> remember the hose", 120);
	plan.pinned = true;
	plan.rev = 1;
	plan.reactions.set("👍", new Set(["bob", "carol", "erin"]));
	plan.reactions.set("🌷", new Set(["grace"]));
	say(bob, "The tree stays! ||I have hidden the saw||", 118, { reply: plan.mid });
	say(bob, "```js\nconst tulips = plant({ wall: \"south\" });\nconsole.log(tulips.length);\n```", 117);
	const gone = say(erin, "never mind", 110);
	Object.assign(gone, { text: undefined, deleted: { by: node.address("erin"), time: at(109) }, rev: 2 });
	const own = say(carol, "@alice can you bring the long hose? @bob too", 60);
	Object.assign(own, { edited: at(59), versions: [{ text: "@alice can you bring the hose?", time: at(60) }], rev: 3 });
	say(frank, "Forwarding what Heidi wrote: the market opens at eight", 55, { forward: { from: node.address("heidi") } });
	say(alice, `A long one. ${"We should think about the compost, the fence, the neighbours and the cat. ".repeat(16)}`, 40);
	say(alice, "@carol will you?", 12);
	carol.read.set(club, club.entries.length);
	node.chatOf(carol, alice).receipts.set("alice", { delivered: 233, read: 232 });
	node.chatOf(carol, bob).receipts.set("bob", { delivered: 2, read: 2 });
}
