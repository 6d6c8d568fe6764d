// SPDX-License-Identifier: MIT
// A file of tests in a real browser with a real node: the people, their browsers, and what they see.

import assert from "node:assert/strict";
import { after, afterEach, before, describe } from "node:test";

import { complaints, launch } from "./browser.mjs";
import { ServedNode } from "./served.mjs";

/** What the browser says of a network that a test has broken. */
const EXPECTED = /WebSocket connection|Failed to load resource|ERR_/;
const DESKTOP = { width: 1280, height: 800 };

class Stage {
	node;
	#browser;
	#watched = [];

	async start(sections) {
		this.node = await ServedNode.start(sections);
		this.#browser = await launch();
	}

	async sweep() {
		this.node.mend();
		for (const context of this.#browser.contexts()) {
			await context.close();
		}
		await this.node.closeClients();
		const serious = this.#watched.flat().filter((text) => !EXPECTED.test(text));
		this.#watched = [];
		assert.deepEqual(serious, [], "the page complained");
	}

	async end() {
		await this.#browser?.close();
		await this.node?.end();
	}

	/** A browser of its own. */
	async context(options = {}) {
		const context = await this.#browser.newContext({ viewport: DESKTOP, ...options });
		context.setDefaultTimeout(30_000);
		return context;
	}

	async open(context, path = "/") {
		const page = await context.newPage();
		this.#watched.push(complaints(page));
		await page.goto(this.node.url + path);
		return page;
	}

	/** Carol and her friends, each with a device beside the browser; the friends are her contacts. */
	async friends(...names) {
		const displays = { carol: "Carol Diaz", alice: "Alice Ångström", bob: "Bob Marsh", dave: "Dave" };
		const all = [];
		for (const name of ["carol", ...names]) {
			all.push(await this.node.newPerson(name, { display: displays[name] }));
		}
		const [carol, ...others] = all;
		for (const other of others) {
			await this.node.befriend(carol, other);
		}
		return all;
	}

	async fillLogin(page, person, password = person.person.password) {
		await page.getByLabel("Username").fill(person.name);
		await page.getByLabel("Password", { exact: true }).fill(password);
		await page.getByRole("button", { name: "Log in" }).click();
	}

	/** A person's browser, logged in, at a path. */
	async logIn(person, path = "/", options = {}) {
		const page = await this.open(await this.context(options), "/login");
		await this.fillLogin(page, person);
		await page.locator(".sidebar").waitFor();
		if (path !== "/") {
			await page.goto(this.node.url + path);
		}
		await upToDate(page);
		return page;
	}

	/** A group of contacts; all are in it. */
	async group(owner, members, more = {}) {
		const people = members.map(({ address }) => address);
		const { group, added } = await owner.ask("groups.create", { title: "Garden club", people, ...more });
		assert.equal(added.length, people.length);
		return { ...group, name: group.address };
	}

	/** Says "message 1" to "message n". */
	async history(from, to, n) {
		const texts = Array.from({ length: n }, (_, i) => `message ${i + 1}`);
		await Promise.all(texts.map((text) => from.says(to, text)));
	}
}

/** Groups the tests of an area; they share a node and a browser program. */
export function onStage(area, body, sections) {
	describe(area, () => {
		const stage = new Stage();
		before(() => stage.start(sections));
		afterEach(() => stage.sweep());
		after(() => stage.end());
		body(stage);
	});
}

export const chatPath = (person) => `/chat/${person.name.replaceAll(".", "~")}`;
export const box = (page) => page.getByRole("textbox", { name: "Message to" });
export const row = (page, name) => page.locator(".chat-row", { hasText: name });
export const bubble = (page, text) => page.locator(".msg").filter({ has: page.locator(".text", { hasText: text }) });
/** The menu of a message. */
export async function openMenu(page, text) {
	await bubble(page, text).locator(".bubble").click({ button: "right", position: { x: 8, y: 20 } });
	return page.getByRole("menu");
}

export async function chooseFromMenu(page, text, item) {
	await openMenu(page, text);
	await page.getByRole("menuitem", { name: item, exact: true }).click();
}

/** The mid of a message, as the node has it. */
export async function midOf(person, chat, text) {
	const { messages } = await person.ask("history.page", { chat: chat.address, limit: 200 });
	return messages.find((message) => message.text === text).mid;
}

/** What the page shows of each message, in words that both sides can say. */
export const shownMessages = (page) =>
	page.locator(".msg").evaluateAll((rows) =>
		rows.map((row) => ({
			text: row.querySelector(".text-deleted") ? null : row.querySelector(".text").textContent,
			edited: row.querySelector(".edited") !== null,
			reactions: [...row.querySelectorAll(".reaction")].map((chip) => `${chip.textContent} ${chip.ariaPressed}`),
			pinned: row.querySelector(".meta").textContent.includes("pinned"),
		})),
	);

/** The same of what the node says. */
export async function keptMessages(person, chat) {
	const { messages } = await person.ask("history.page", { chat: chat.address, limit: 200 });
	return messages.filter(({ change }) => !change).map((message) => ({
		text: message.deleted ? null : message.text,
		edited: message.edited !== undefined,
		reactions: (message.reactions ?? []).map(({ emoji, count, own }) => `${emoji}${count} ${own === true}`),
		pinned: message.pinned === true,
	}));
}

/** Waits until the list of chats is as the node has it: what is asked of the page before may be asked too early. */
export const upToDate = (page) => page.locator(".side-list:not([aria-busy=true])").waitFor({ state: "attached" });

export const heading = (page, name) => page.getByRole("heading", { name, level: 1 });

export async function write(page, text) {
	await box(page).fill(text);
	await box(page).press("Enter");
}

/** Resolves with what check gives, as soon as that is something. */
export async function until(what, check, ms = 30_000) {
	const end = Date.now() + ms;
	for (;;) {
		const value = await check();
		if (value) {
			return value;
		}
		assert.ok(Date.now() < end, `not in time: ${what}`);
		await new Promise((resolve) => setTimeout(resolve, 20));
	}
}

/** How far the messages are scrolled, from the top and from the end. */
export const scrolled = (page) =>
	page.evaluate(() => {
		const log = document.querySelector(".log");
		return { top: log.scrollTop, below: log.scrollHeight - log.scrollTop - log.clientHeight };
	});

export const scrollBy = (page, by) => page.evaluate((pixels) => document.querySelector(".log").scrollBy(0, pixels), by);
export const scrollToTop = (page) => page.evaluate(() => document.querySelector(".log").scrollTo(0, 0));
export const atEnd = (page) => until("at the end", async () => (await scrolled(page)).below < 2);

/** The place of a message on the screen, or nothing when it is not there. */
export const placeOf = (page, text) =>
	page.evaluate((wanted) => {
		const found = [...document.querySelectorAll(".msg")].find((item) => item.querySelector(".text").textContent === wanted);
		return found?.getBoundingClientRect().top;
	}, text);

/**
 * Holds back the node's answers to some requests of a page that is opened next, until they are released or refused.
 * which: whether an answer to this request waits.
 */
export async function holding(page, which) {
	const held = [];
	let open = false;
	let answered = 0;
	await page.routeWebSocket(/\/ws$/, (socket) => {
		const server = socket.connectToServer();
		const waiting = new Set();
		socket.onMessage((text) => {
			const frame = JSON.parse(text);
			if (frame.type === "request" && which(frame)) {
				waiting.add(frame.id);
			}
			server.send(text);
		});
		server.onMessage((text) => {
			const { id } = JSON.parse(text);
			if (!open && waiting.delete(id)) {
				held.push({ id, pass: () => socket.send(text), say: (frame) => socket.send(JSON.stringify(frame)) });
			} else {
				socket.send(text);
			}
		});
	});
	const letGo = (how) => {
		open = true;
		for (const answer of held.splice(0)) {
			how(answer);
			answered++;
		}
	};
	return {
		count: () => held.length,
		answered: () => answered > 0,
		release: () => letGo(({ pass }) => pass()),
		refuse: (code, text) => letGo(({ id, say }) => say({ type: "error", id, code, text })),
	};
}

/** What somebody's inbox says of a chat. */
export async function inboxOf(person, other) {
	const { chats } = await person.ask("history.inbox");
	return chats.find(({ chat }) => chat === other.address);
}

/** All texts of a chat, as the node has them. */
export async function textsOf(person, other) {
	const { messages } = await person.ask("history.page", { chat: other.address, limit: 200 });
	return messages.map(({ text }) => text);
}

/** Waits until the browser has drawn what it was told, and the page has answered to that. */
export const drawn = (page) =>
	page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(done)))));

/** Waits until the page's database holds this text. */
export const stored = (page, text) =>
	until(`${text} in the cache`, () =>
		page.evaluate(async (wanted) => {
			const done = (request) => new Promise((yes, no) => Object.assign(request, { onsuccess: () => yes(request.result), onerror: no }));
			for (const { name } of await indexedDB.databases()) {
				const db = await done(indexedDB.open(name));
				const found = await Promise.all([...db.objectStoreNames].map((store) => done(db.transaction(store).objectStore(store).getAll())));
				db.close();
				if (JSON.stringify(found).includes(wanted)) {
					return true;
				}
			}
			return false;
		}, text),
	);
