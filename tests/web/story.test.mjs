// SPDX-License-Identifier: MIT
// The whole story against the real node: two people in two browsers and a third with a line of TLS, with
// reloads, an absence, and the node killed in the middle.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { after, afterEach, before, beforeEach, test } from "node:test";

import { Node, freePort, loopback } from "../talk/support/node.mjs";
import { web } from "../talk/support/places.mjs";
import { axe, complaints, launch, SIZES } from "./support/browser.mjs";

const PASSWORD = "correct horse battery";
let browser;
let node;
let url;
let watched;

before(async () => (browser = await launch()));
after(() => browser.close());

beforeEach(async () => {
	const port = await freePort();
	node = new Node({
		store: { backend: "sqlite" },
		accounts: { scrypt_log_n: 10 },
		web: { root: web },
		"listen http": { address: loopback, port },
	});
	await node.start();
	url = `http://${node.host}:${port}`;
	watched = [];
});

afterEach(async () => {
	for (const context of browser.contexts()) {
		await context.close();
	}
	await node.stop();
	node.remove();
	const serious = watched.flat().filter((text) => !/WebSocket connection|Failed to load resource/.test(text));
	assert.deepEqual(serious, [], "the page complained");
});

/** A browser of somebody, at the screen of that size. */
async function visit(size, options = {}) {
	const [width, height] = SIZES[size];
	const context = await browser.newContext({ viewport: { width, height }, ...options });
	const page = await context.newPage();
	watched.push(complaints(page));
	await page.goto(url);
	return page;
}

async function signUp(page, name, display) {
	await page.getByRole("link", { name: "Create an account" }).click();
	await page.getByLabel("Username").fill(name);
	await page.getByLabel("Name shown to others").fill(display);
	await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
	await page.getByRole("checkbox", { name: "I agree to the Terms" }).check();
	await page.getByRole("checkbox", { name: "I have read the Privacy" }).check();
	await page.getByRole("button", { name: "Create account" }).click();
	await page.getByRole("heading", { name: "Find people" }).waitFor();
}

/** Finds somebody by part of a name and asks to chat. */
async function ask(page, part, display) {
	await page.getByRole("searchbox").fill(part);
	await page.getByRole("link", { name: display }).click();
	await page.getByRole("button", { name: "Send request" }).click();
	await page.getByText(`You asked ${display} to chat.`).waitFor();
}

const box = (page) => page.getByRole("textbox", { name: "Message to" });
const row = (page, name) => page.locator(".chat-row", { hasText: name });
const bubble = (page, text) => page.locator(".msg", { hasText: text });
const texts = (page) => page.locator(".msg .text").allTextContents();

async function write(page, text) {
	await box(page).fill(text);
	await box(page).press("Enter");
}

const sent = (page, text) => bubble(page, text).locator(".state-sent").waitFor();

async function befriended() {
	const alice = await visit("desktop");
	const bob = await visit("phone");
	await signUp(alice, "Alice", "Alice Anders");
	await signUp(bob, "bob_b", "Bob Builder");
	await ask(alice, "uild", "Bob Builder");
	await bob.getByRole("button", { name: "Accept the request of Alice Anders" }).click();
	await box(alice).waitFor();
	await bob.goto(`${url}/chat/alice`);
	await box(bob).waitFor();
	return { alice, bob };
}

test("two people find each other and talk; who goes away gets what was missed; a reload loses nothing", async () => {
	const { alice, bob } = await befriended();
	await write(alice, "Hello Bob!");
	await sent(alice, "Hello Bob!");
	await bubble(bob, "Hello Bob!").waitFor();
	await write(bob, "Hi Alice <b>not bold</b>");
	await bubble(alice, "Hi Alice <b>not bold</b>").waitFor();
	assert.equal(await alice.locator(".msg .text b").count(), 0);

	await bob.goto("about:blank");
	for (const n of [1, 2, 3]) {
		await write(alice, `while you were away ${n}`);
		await sent(alice, `while you were away ${n}`);
	}
	await box(alice).fill("a draft that stays");
	await alice.getByRole("link", { name: "Find people" }).click();
	await row(alice, "Bob Builder").getByText("Draft:").waitFor();
	await row(alice, "Bob Builder").click();
	await alice.reload();
	await alice.waitForFunction(() => document.querySelector("textarea")?.value === "a draft that stays");

	await bob.goto(`${url}/`);
	await row(bob, "Alice Anders").getByText("while you were away 3").waitFor();
	await row(bob, "Alice Anders").click();
	await bob.getByRole("heading", { name: "New messages" }).waitFor();
	await bubble(bob, "while you were away 3").waitFor();
	const all = ["Hello Bob!", "Hi Alice <b>not bold</b>", 1, 2, 3].map((n) =>
		typeof n === "number" ? `while you were away ${n}` : n,
	);
	assert.deepEqual(await texts(bob), all);
	assert.deepEqual(await texts(alice), all);
});

test("the node is killed while both write: what was acknowledged is there, once, in one order", async () => {
	const { alice, bob } = await befriended();
	const wanted = new Set();
	for (let n = 1; n <= 5; n++) {
		for (const [page, name] of [[alice, "a"], [bob, "b"]]) {
			wanted.add(`${name} before ${n}`);
			await write(page, `${name} before ${n}`);
		}
	}
	await node.kill9();
	for (const [page, name] of [[alice, "a"], [bob, "b"]]) {
		for (let n = 1; n <= 3; n++) {
			wanted.add(`${name} without a node ${n}`);
			await write(page, `${name} without a node ${n}`);
		}
	}
	await bubble(alice, "a without a node 3").locator(".state-waiting").waitFor();
	await node.restart();
	await bob.reload();
	for (const page of [alice, bob]) {
		await page.getByRole("button", { name: "Try now" }).click({ timeout: 2_000 }).catch(() => undefined);
	}
	for (const n of [1, 2, 3]) {
		await sent(alice, `a without a node ${n}`);
		await sent(bob, `b without a node ${n}`);
		await bubble(alice, `b without a node ${n}`).waitFor();
		await bubble(bob, `a without a node ${n}`).waitFor();
	}
	const seen = await texts(alice);
	assert.deepEqual([...seen].sort(), [...wanted].sort());
	assert.deepEqual(await texts(bob), seen);
	await alice.reload();
	await bubble(alice, "b without a node 3").waitFor();
	assert.deepEqual(await texts(alice), seen);
});

test("somebody with openssl s_client signs up, asks, is accepted in a browser, and is read there", async () => {
	const alice = await visit("tablet");
	await signUp(alice, "alice", "Alice Anders");
	const carol = spawn("openssl", ["s_client", "-quiet", "-verify_quiet", "-connect", `${node.host}:${node.port}`], {
		stdio: ["pipe", "pipe", "ignore"],
	});
	const lines = [];
	let heard = () => undefined;
	let rest = "";
	carol.stdout.setEncoding("utf8").on("data", (chunk) => {
		const parts = (rest + chunk).split("\n");
		rest = parts.pop();
		lines.push(...parts.map((line) => JSON.parse(line)));
		heard();
	});
	const hear = (fits) =>
		new Promise((resolve) => {
			heard = () => lines.some(fits) && resolve(lines.find(fits));
			heard();
		});
	const type = (frame) => carol.stdin.write(`${JSON.stringify(frame)}\n`);
	const address = node.address("alice");

	await hear((f) => f.type === "hello");
	type({ type: "request", id: "1", method: "register.create", params: { name: "carol", password: PASSWORD, terms: "1" } });
	await hear((f) => f.id === "1" && f.type === "result");
	type({ type: "auth", mechanism: "PLAIN", user: "carol", password: PASSWORD });
	await hear((f) => f.type === "ready");
	type({ type: "request", id: "2", method: "roster.request", params: { address, text: "It is Carol from the club" } });
	await alice.getByRole("button", { name: "Accept the request of carol" }).click();
	await hear((f) => f.name === "roster.changed" && f.person.relation === "contact");
	type({ type: "message", id: "c-1", to: address, text: "typed by hand" });
	assert.equal((await hear((f) => f.id === "c-1")).seq, 1);
	await row(alice, "carol").click();
	await bubble(alice, "typed by hand").waitFor();
	await write(alice, "read with pleasure");
	assert.equal((await hear((f) => f.type === "message")).text, "read with pleasure");
	carol.stdin.end();
	carol.kill();
});

test("every screen of the story is axe-clean, in light and dark, on phone, tablet and desktop", async () => {
	const { alice, bob } = await befriended();
	await write(alice, "for the eyes");
	await bubble(bob, "for the eyes").waitFor();
	for (const page of [alice, bob]) {
		for (const [width, height] of Object.values(SIZES)) {
			for (const colorScheme of ["light", "dark"]) {
				await page.setViewportSize({ width, height });
				await page.emulateMedia({ colorScheme });
				assert.deepEqual(await axe(page), [], `${width} ${colorScheme}`);
			}
		}
	}
});

test("with the keyboard alone: from the welcome to a message that was sent", async () => {
	const bob = await visit("desktop");
	await signUp(bob, "bob_b", "Bob Builder");
	const alice = await visit("desktop");
	const focused = () => alice.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent ?? "");
	const tabTo = async (wanted) => {
		for (let n = 0; n < 40; n++) {
			await alice.keyboard.press("Tab");
			if (wanted.test(await focused())) {
				return;
			}
		}
		assert.fail(`Tab does not come to ${wanted}`);
	};
	const tabToField = async (name) => {
		for (let n = 0; n < 40; n++) {
			await alice.keyboard.press("Tab");
			if ((await alice.evaluate(() => document.activeElement?.name)) === name) {
				return;
			}
		}
		assert.fail(`Tab does not come to the field ${name}`);
	};
	await alice.getByRole("link", { name: "Create an account" }).waitFor();
	await tabTo(/Create an account/);
	await alice.keyboard.press("Enter");
	await alice.getByLabel("Username").waitFor();
	if ((await alice.evaluate(() => document.activeElement?.name)) !== "username") {
		await tabToField("username");
	}
	await alice.keyboard.type("alice");
	await tabToField("password");
	await alice.keyboard.type(PASSWORD);
	await alice.getByRole("checkbox").first().waitFor();
	for (let n = 0; n < 12 && (await alice.getByRole("checkbox", { checked: true }).count()) < 2; n++) {
		await alice.keyboard.press("Tab");
		if ((await alice.evaluate(() => document.activeElement?.type)) === "checkbox") {
			await alice.keyboard.press("Space");
		}
	}
	await alice.keyboard.press("Enter");
	await alice.getByRole("heading", { name: "Find people" }).waitFor();
	await alice.keyboard.press("/");
	await alice.keyboard.type("bob");
	await alice.getByRole("link", { name: "Bob Builder" }).waitFor();
	await tabTo(/Bob Builder/);
	await alice.keyboard.press("Enter");
	await alice.getByRole("button", { name: "Send request" }).waitFor();
	await tabTo(/Send request/);
	await alice.keyboard.press("Enter");
	await bob.getByRole("button", { name: "Accept the request of alice" }).click();
	await box(alice).waitFor();
	if ((await alice.evaluate(() => document.activeElement?.tagName)) !== "TEXTAREA") {
		await tabTo(/Message to/);
	}
	await alice.keyboard.type("without a mouse");
	await alice.keyboard.press("Enter");
	await sent(alice, "without a mouse");
});
