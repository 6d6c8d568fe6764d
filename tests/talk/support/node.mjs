// SPDX-License-Identifier: MIT
// A private node: its configuration, its life, its log, and the people on it.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";

import { makeCertificate } from "./certificate.mjs";
import { PATIENCE } from "./mailbox.mjs";
import { elsewhere, forget } from "./mongo.mjs";
import { modules, parleyd, schemas } from "./places.mjs";
import { Device } from "./device.mjs";
import { Wire } from "./wire.mjs";

export const DOMAIN = "talk.example";
export const TERMS = "1";

/** What the sanitizers and our own asserts print. */
const REPORT = /Sanitizer|runtime error:|assertion failed|DEADLYSIGNAL/i;

/** For messages: the hook that stops a node belongs to no test that could be named. */
const testFile = basename(process.argv[1] ?? "");

/** As in make check: that option moves locals off the stacks of fibers. */
const asanOptions = `detect_leaks=1:detect_stack_use_after_return=0:${process.env.ASAN_OPTIONS ?? ""}`;

/** Every process has a loopback address of its own, so no two of them can want the same port. */
export const loopback = `127.${64 + ((process.pid >> 16) & 63)}.${(process.pid >> 8) & 255}.${process.pid & 255}`;

/** A port that nobody listens on at this process's address. */
export function freePort() {
	return new Promise((resolve, reject) => {
		const server = createServer();
		server.on("error", reject);
		server.listen(0, loopback, () => {
			const { port } = server.address();
			/* some more behind it are used as well */
			server.close(() => (port < 65000 ? resolve(port) : resolve(freePort())));
		});
	});
}

function optionText(value) {
	return typeof value === "string" ? `"${value}"` : String(value);
}

function sectionText(title, options) {
	const lines = Object.entries(options).map(([name, value]) => `\t${name} = ${optionText(value)}\n`);
	return `${title} {\n${lines.join("")}}\n`;
}

export class Node {
	folder;
	host = loopback;
	domain;
	port;
	certificate;
	/** Its store section. */
	store;
	/** Lines of the log since the node was made, parsed where they are JSON. */
	log = [];
	#sections;
	#listeners;
	#program;
	#libraries;
	#environment;
	#child;
	#exit;
	/** How it ended, once it has; and whether it was to. */
	#ended;
	#mayEnd = false;
	#ahead = 0;
	#mayLog = [];
	#open = new Set();
	#names = new Map();
	#logWaiters = new Set();

	/**
	 * sections: options that differ from the defaults here, like { limits: { window: 4 } }; listeners: those besides
	 * json and control, of "https", "http" and "metrics"; program: another parleyd than that of the build, and the
	 * folder with its library; environment: what more it finds in its environment.
	 */
	constructor({ domain = DOMAIN, listeners = [], program = parleyd, libraries = dirname(program), environment = {}, ...sections } = {}) {
		this.domain = domain;
		this.#program = program;
		this.#libraries = libraries;
		this.#environment = environment;
		this.#sections = sections;
		this.#listeners = listeners;
	}

	/** The port of a listener. */
	portOf(listener) {
		return this.port + ["json", "https", "http", "metrics"].indexOf(listener);
	}

	/** With store: { backend: "sqlite" } data outlives the process; "memory", the default here, forgets. */
	async start() {
		assert.ok(existsSync(this.#program), `${this.#program} is missing: build first, or set PARLEY_BUILD`);
		this.folder = mkdtempSync(join(tmpdir(), "parley-talk-"));
		const files = makeCertificate(this.folder, this.domain);
		this.certificate = readFileSync(files.certificate);
		this.port = await freePort();
		this.configure();
		this.#setClock();
		await this.#run();
	}

	get #clockFile() {
		return join(this.folder, "clock");
	}

	#setClock() {
		const bytes = Buffer.alloc(8);
		bytes.writeBigInt64LE(BigInt(this.#ahead));
		writeFileSync(this.#clockFile, bytes, { flag: existsSync(this.#clockFile) ? "r+" : "w" });
	}

	/** Moves the node's time of day on, at once; timers go on as they were. */
	pass(seconds) {
		this.#ahead += seconds * 1000;
		this.#setClock();
	}

	/** The node's time of day, in ms since 1970. */
	now() {
		return Date.now() + this.#ahead;
	}

	/** Writes the configuration; changes are like the constructor's sections, and stay. undefined takes one back. */
	configure(changes = {}) {
		for (const [section, options] of Object.entries(changes)) {
			this.#sections[section] = { ...this.#sections[section], ...options };
		}
		const all = this.#defaults();
		for (const [section, options] of Object.entries(this.#sections)) {
			const said = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
			all[section] = { ...all[section], ...said };
		}
		all.store = this.store = elsewhere(all.store, this.folder);
		const used = Object.entries(all).filter(([, options]) => Object.keys(options).length > 0);
		const text = used.map(([title, options]) => sectionText(title, options));
		writeFileSync(this.configFile, text.join(""));
	}

	get configFile() {
		return join(this.folder, "parley.conf");
	}

	get controlPath() {
		return join(this.folder, "control.sock");
	}

	#defaults() {
		return {
			node: { domain: this.domain, data: this.folder, module_path: modules, schemas },
			tls: { certificate: join(this.folder, "certificate.pem"), key: join(this.folder, "key.pem") },
			limits: { guests_per_address: 1000, messages_second: 0 },
			/* all tests come from one network, which has a share of the passwords that wait */
			accounts: { scrypt_log_n: 4, scrypt_queue: 1000, address_fails: 10000 },
			store: { backend: "memory" },
			"listen json": { address: loopback, port: this.port },
			"listen control": { path: this.controlPath },
			"module register": { per_address_hour: 0 },
			...Object.fromEntries(
				this.#listeners.map((name) => [`listen ${name}`, { address: loopback, port: this.portOf(name) }]),
			),
		};
	}

	async #run() {
		const path = [this.#libraries, process.env.LD_LIBRARY_PATH].filter(Boolean).join(":");
		this.#child = spawn(this.#program, ["-c", this.configFile], {
			stdio: ["ignore", "inherit", "pipe"],
			env: { ...process.env, LD_LIBRARY_PATH: path, ASAN_OPTIONS: asanOptions, PARLEY_TEST_CLOCK: this.#clockFile, ...this.#environment },
		});
		const from = this.log.length;
		this.#listen(this.#child.stderr);
		[this.#ended, this.#mayEnd] = [undefined, false];
		this.#exit = new Promise((resolve) => {
			const over = (status, signal) => {
				this.#ended = { status, signal };
				resolve(this.#ended);
				this.#lookAtLog();
			};
			this.#child.on("error", (error) => over(error.code));
			this.#child.on("close", over);
		});
		await this.logged({ area: "node", msg: /^ready/ }, from);
	}

	#lookAtLog() {
		for (const waiter of [...this.#logWaiters]) {
			waiter();
		}
	}

	#listen(stream) {
		let rest = "";
		stream.setEncoding("utf8");
		stream.on("data", (chunk) => {
			const lines = (rest + chunk).split("\n");
			rest = lines.pop();
			for (const line of lines) {
				this.#line(line);
			}
		});
	}

	#line(text) {
		let line;
		try {
			line = JSON.parse(text);
		} catch {
			line = { text };
		}
		this.log.push(line);
		this.#lookAtLog();
	}

	/** Resolves with the first log line, from the line "from" on, whose members are or match these. */
	logged(members, from = this.log.length) {
		const fits = (line) =>
			Object.entries(members).every(([key, want]) =>
				want instanceof RegExp ? want.test(line[key] ?? "") : line[key] === want,
			);
		return new Promise((resolve, reject) => {
			const settle = (settled, value) => {
				clearTimeout(timer);
				this.#logWaiters.delete(look);
				settled(value);
			};
			const look = () => {
				const found = this.log.slice(from).find(fits);
				if (found) {
					settle(resolve, found);
				} else if (this.#ended) {
					settle(reject, new Error(this.#obituary("ended")));
				}
			};
			const wanted = Object.values(members);
			const tooLate = () => settle(reject, new Error(`the node did not log ${wanted}; its log:\n${this.logText()}`));
			const timer = setTimeout(tooLate, PATIENCE);
			this.#logWaiters.add(look);
			look();
		});
	}

	logText() {
		return this.log
			.slice(-40)
			.map((line) => line.text ?? JSON.stringify(line))
			.join("\n");
	}

	/** A sanitizer's report or the like, else the last that was logged: so much that a summary can hold it. */
	#lastWords() {
		const report = this.log.findIndex(({ text }) => text !== undefined && REPORT.test(text));
		const lines = report < 0 ? this.log.slice(-15) : this.log.slice(report, report + 15);
		return lines.map((line) => line.text ?? JSON.stringify(line)).join("\n");
	}

	#obituary(what) {
		const { status, signal } = this.#ended;
		const how = signal ? `by ${signal}` : `with status ${status}`;
		return `${testFile}: the node ${what} ${how}; what it said:\n${this.#lastWords()}`;
	}

	/** Lines of level "error" fail the test, but for those that it brings about. */
	mayLog(pattern) {
		this.#mayLog.push(pattern);
	}

	get pid() {
		return this.#child.pid;
	}

	signal(name) {
		this.#child.kill(name);
	}

	/** Stops in order, and looks whether it did. */
	async stop() {
		if (this.#child && !this.#ended) {
			this.signal("SIGTERM");
			await this.stopped();
		}
		if (this.#ended && !this.#mayEnd) {
			assert.fail(this.#obituary("ended by itself"));
		}
		this.assertHealthy();
	}

	/** Waits for the end of a node that was told to stop. One that does not says what its fibers wait for. */
	async stopped() {
		this.#mayEnd = true;
		let what = "ended";
		const patience = setTimeout(() => {
			what = `did not stop in ${2 * PATIENCE} ms and was aborted, it ended`;
			this.signal("SIGUSR1");
			setTimeout(() => this.signal("SIGABRT"), 1000).unref();
		}, 2 * PATIENCE);
		const { status } = await this.#exit;
		clearTimeout(patience);
		if (status !== 0) {
			assert.fail(this.#obituary(what));
		}
	}

	/** No sanitizer report, and no error in the log that the test did not ask for. */
	assertHealthy() {
		const bad = this.log.filter((line) =>
			line.text !== undefined
				? REPORT.test(line.text)
				: line.level === "error" && !this.#mayLog.some((pattern) => pattern.test(line.msg)),
		);
		assert.deepEqual(bad, [], `${testFile}: the node has logged errors:\n${this.#lastWords()}`);
	}

	/** As a power cut would, for the process. */
	async kill9() {
		this.#mayEnd = true;
		this.signal("SIGKILL");
		await this.#exit;
	}

	/** Waits for the end of a node that is about to be killed from within, or by a signal of the test. */
	async killed(signal = "SIGKILL") {
		this.#mayEnd = true;
		assert.deepEqual(await this.#exit, { status: null, signal });
	}

	/** Waits for the end of a node that gives up, with this exit status. */
	async died(status) {
		this.#mayEnd = true;
		assert.deepEqual(await this.#exit, { status, signal: null });
	}

	/** The same data and port again, after stop() or kill9(). */
	async restart() {
		await this.#run();
	}

	/** Has the configuration read again; resolves when it is used, or refused. */
	async reload() {
		const from = this.log.length;
		this.signal("SIGHUP");
		return this.logged({ area: "node", msg: /^reloaded|is not used/ }, from);
	}

	/** A file of the node's folder. */
	file(name, text) {
		const path = join(this.folder, name);
		writeFileSync(path, text);
		return path;
	}

	// ---- clients and people ----

	/** A name that nobody on this node has: name itself, or with a number. */
	newName(name) {
		const count = (this.#names.get(name) ?? 0) + 1;
		this.#names.set(name, count);
		return count === 1 ? name : `${name}${count}`;
	}

	address(name) {
		return `${name.toLowerCase()}@${this.domain}`;
	}

	/** How a client reaches the node, as options of tls.connect. */
	get tlsOptions() {
		return { host: this.host, port: this.port, ca: this.certificate, servername: this.domain };
	}

	/** A plain line client, with the node's hello read; see wire.mjs for its options. */
	async wire(options) {
		const wire = this.keep(new Wire(this, options));
		await wire.opened();
		return wire;
	}

	/** A line client on the control socket. */
	async operator() {
		return this.wire({ path: this.controlPath, name: "the operator" });
	}

	/** Signs somebody up; more: further params of register.create. Resolves with { name, password, address }. */
	async signUp(name, more = {}) {
		const chosen = this.newName(name);
		const password = "correct horse battery";
		const guest = await this.wire({ name: chosen });
		await guest.get("register.create", { name: chosen, password, terms: TERMS, ...more });
		guest.drop();
		return { name: chosen, password: more.password ?? password, address: this.address(chosen) };
	}

	/** Signs somebody up and logs them in with the SDK. */
	async newPerson(name, more) {
		return this.device(await this.signUp(name, more));
	}

	/** Several at once. */
	newPeople(...names) {
		return Promise.all(names.map((name) => this.newPerson(name)));
	}

	/** Logs a device of a person in, with the SDK; see device.mjs for the options. */
	async device(person, options) {
		const device = this.keep(new Device(this, person, options));
		await device.start();
		return device;
	}

	/** Logs a person in with the plain line client; how: further members of the auth frame. */
	async wireOf(person, how = {}, options = {}) {
		const wire = await this.wire({ name: person.name, ...options });
		await wire.login(person, how);
		return wire;
	}

	/** Makes contacts of two devices' people. */
	async befriend(a, b) {
		assert.equal((await a.ask("roster.request", { address: b.address })).relation, "requested");
		assert.equal((await b.ask("roster.accept", { address: a.address })).relation, "contact");
		await Promise.all([a.seesContact(b), b.seesContact(a)]);
	}

	keep(client) {
		this.#open.add(client);
		return client;
	}

	/** Ends all that a test has left connected. */
	async closeClients() {
		const all = [...this.#open];
		this.#open.clear();
		await Promise.all(all.map((client) => client.close()));
	}

	remove() {
		if (this.folder) {
			forget(this.store ?? {});
			rmSync(this.folder, { recursive: true, force: true });
		}
	}
}
