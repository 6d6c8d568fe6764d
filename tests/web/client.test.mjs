// SPDX-License-Identifier: MIT
// The client's manners, in a real browser. The node behind it is the fake one: what is judged here is the client.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";

import { complaints, launch } from "./support/browser.mjs";
import { FakeNode, Refusal } from "./support/fake-node.mjs";

const PASSWORD = "correct horse";
let browser;
let node;
let url;
let watched = [];

before(async () => (browser = await launch()));
after(() => browser.close());

beforeEach(async () => {
	node = new FakeNode();
	for (const [name, display] of [["carol", "Carol Diaz"], ["alice", "Alice Ångström"], ["bob", ""], ["dave", ""]]) {
		node.addAccount(name, PASSWORD, { display });
	}
	befriend("carol", "alice");
	befriend("carol", "bob");
	url = await node.listen();
	watched = [];
});

afterEach(async () => {
	for (const context of browser.contexts()) {
		await context.close();
	}
	await node.close();
	const serious = watched.flat().filter((text) => !/WebSocket connection|Failed to load resource|ERR_INTERNET_DISCONNECTED/.test(text));
	assert.deepEqual(serious, [], "the page complained");
});

const get = (name) => node.accounts.get(name);
const befriend = (a, b) => node.relate(get(a), get(b), "contact", "contact");

function history(from, to, count, minutes = 60 * 24) {
	for (let i = 1; i <= count; i++) {
		node.post(get(from), get(to), `message ${i}`, { time: Date.now() - (minutes - i / 10) * 60_000, live: false });
	}
}

async function open(context, path = "/") {
	const page = await context.newPage();
	watched.push(complaints(page));
	await page.goto(url + path);
	return page;
}

async function fillLogin(page, name, password = PASSWORD) {
	await page.getByLabel("Username").fill(name);
	await page.getByLabel("Password", { exact: true }).fill(password);
	await page.getByRole("button", { name: "Log in" }).click();
}

async function logIn(name, path = "/", options = {}) {
	const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
	const page = await open(context, "/login");
	await fillLogin(page, name);
	await page.locator(".sidebar").waitFor();
	if (path !== "/") {
		await page.goto(url + path);
		await page.locator(".sidebar").waitFor({ state: "attached" });
	}
	return page;
}

const box = (page) => page.getByRole("textbox", { name: "Message to" });
const row = (page, name) => page.locator(".chat-row", { hasText: name });
const bubble = (page, text) => page.locator(".msg", { hasText: text });

async function write(page, text) {
	await box(page).fill(text);
	await box(page).press("Enter");
}

async function until(what, check, ms = 5_000) {
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

const scroll = (page) => page.evaluate(() => {
	const log = document.querySelector(".log");
	return { top: log.scrollTop, below: log.scrollHeight - log.scrollTop - log.clientHeight };
});
const top = (page, text) => page.evaluate((wanted) => {
	const found = [...document.querySelectorAll(".msg")].find((item) => item.querySelector(".text").textContent === wanted);
	return found?.getBoundingClientRect().top;
}, text);

test("somebody signs up: the name is checked while it is typed, errors stand beside their fields, nothing is lost", async () => {
	const context = await browser.newContext();
	const page = await open(context, "/");
	await page.getByRole("link", { name: "Create an account" }).click();
	await page.getByLabel("Username").fill("Alice");
	await page.locator(".field-error", { hasText: "Alice is taken" }).waitFor();
	await until("said politely", async () => (await page.locator("#live-polite").textContent()).includes("Alice is taken"));
	await page.getByLabel("Username").fill("a-b");
	await page.locator(".field-error", { hasText: "3 to 15 letters" }).waitFor();
	await page.getByLabel("Username").fill("Erin_7");
	await page.locator(".field-good", { hasText: "Erin_7 is free" }).waitFor();
	await page.getByLabel("Name shown").fill("Erin O'Neill");
	await page.getByLabel("Password", { exact: true }).fill("short");
	await page.getByRole("button", { name: "Create account" }).click();
	await page.locator(".field-error", { hasText: "at least 8" }).waitFor();
	assert.equal(await page.locator(".check .field-error").count(), 2);
	assert.equal(await page.evaluate(() => document.activeElement.name), "password");
	await page.getByLabel("Password", { exact: true }).fill("tulip anchor 93 sand");
	await page.getByText("Strength: ").waitFor();
	await page.getByRole("button", { name: "Terms of service" }).click();
	await page.getByRole("dialog").getByText("Be kind.").waitFor();
	await page.keyboard.press("Escape");
	await page.getByRole("checkbox", { name: "I agree to the Terms" }).check();
	await page.getByRole("checkbox", { name: "I have read the Privacy" }).check();
	assert.equal(await page.getByLabel("Name shown").inputValue(), "Erin O'Neill");
	await page.getByRole("button", { name: "Create account" }).click();
	await page.getByRole("heading", { name: "Find people" }).waitFor();
	assert.equal(new URL(page.url()).pathname, "/people");
	assert.equal(get("erin_7").display, "Erin O'Neill");
});

test("a name that is taken in the last moment gives one error at its field", async () => {
	const page = await open(await browser.newContext(), "/signup");
	await page.getByLabel("Username").fill("newbie");
	await page.locator(".field-good").waitFor();
	await page.getByLabel("Password", { exact: true }).fill("tulip anchor 93 sand");
	await page.getByRole("checkbox").first().check();
	await page.getByRole("checkbox").last().check();
	node.addAccount("newbie", "x");
	await page.getByRole("button", { name: "Create account" }).click();
	await page.locator(".field-error", { hasText: "newbie is taken" }).waitFor();
	assert.equal(await page.locator(".field-error").count(), 1);
	assert.equal(await page.getByLabel("Password", { exact: true }).inputValue(), "tulip anchor 93 sand");
});

test("a wrong password says so and keeps the form; the token is in no storage that a script can read", async () => {
	const context = await browser.newContext();
	const page = await open(context, "/login");
	await fillLogin(page, "carol", "wrong");
	await page.locator(".banner-bad", { hasText: "do not go together" }).waitFor();
	assert.equal(await page.getByLabel("Username").inputValue(), "carol");
	await fillLogin(page, "carol");
	await page.locator(".chat-row").first().waitFor();
	const [cookie] = await until("the cookie", async () => {
		const all = await context.cookies();
		return all.length > 0 && all;
	});
	assert.equal(cookie.httpOnly, true);
	assert.equal(cookie.sameSite, "Strict");
	const readable = await page.evaluate(() => JSON.stringify([localStorage, sessionStorage, document.cookie]));
	assert.ok(!readable.includes(cookie.value));
	assert.ok(![...node.tickets.keys()].some((ticket) => readable.includes(ticket)));
});

test("a guest who follows a link to a chat logs in and is there", async () => {
	const page = await open(await browser.newContext(), "/chat/alice");
	await page.getByText("Log in to open that page.").waitFor();
	await fillLogin(page, "carol");
	await page.getByRole("heading", { name: "Alice Ångström", level: 1 }).waitFor();
});

test("a message reaches the other browser, with ticks here and a badge there that reading clears", async () => {
	const carol = await logIn("carol", "/chat/alice");
	const alice = await logIn("alice");
	await write(carol, "hello Alice");
	await bubble(carol, "hello Alice").locator(".state-sent").waitFor();
	await row(alice, "Carol Diaz").locator(".badge").waitFor();
	assert.match(await alice.title(), /^\(1\) /);
	await row(alice, "Carol Diaz").click();
	await bubble(alice, "hello Alice").waitFor();
	await until("read", async () => (await alice.locator(".badge").count()) === 0);
	assert.equal(get("alice").read.get("carol"), 1);
	assert.equal(await alice.evaluate(() => document.activeElement.tagName), "TEXTAREA");
	await write(alice, "hello Carol");
	await bubble(carol, "hello Carol").waitFor();
	await until("said", async () => (await carol.locator("#live-polite").textContent()).includes("Alice Ångström: hello Carol"));
});

test("reading on one device clears the badge on the other", async () => {
	history("alice", "carol", 3);
	const first = await logIn("carol");
	const second = await logIn("carol");
	await row(second, "Alice").locator(".badge").waitFor();
	await row(first, "Alice").click();
	await until("cleared", async () => (await second.locator(".badge").count()) === 0);
});

test("the row of a message stays the same from the key to the tick", async () => {
	const page = await logIn("carol", "/chat/alice");
	await box(page).waitFor();
	node.delay = 300;
	await write(page, "steady");
	const item = bubble(page, "steady");
	await item.locator(".state-waiting").waitFor();
	await item.evaluate((element) => {
		element.marked = true;
	});
	const before = await item.locator(".bubble").boundingBox();
	await item.locator(".state-sent").waitFor();
	assert.equal(await item.evaluate((element) => element.marked), true);
	assert.deepEqual(await item.locator(".bubble").boundingBox(), before);
});

test("cutting the connection while sending neither loses nor doubles", async () => {
	const page = await logIn("carol", "/chat/alice");
	await box(page).waitFor();
	for (let i = 1; i <= 12; i++) {
		await write(page, `burst ${i}`);
		if (i % 4 === 0) {
			node.drop();
		}
	}
	await page.getByRole("button", { name: "Try now" }).click({ timeout: 1_500 }).catch(() => undefined);
	await until("all sent", async () => (await page.locator(".state-sent").count()) === 12, 15_000);
	const texts = node.chatOf(get("carol"), get("alice")).map(({ text }) => text);
	assert.deepEqual(texts, Array.from({ length: 12 }, (_, i) => `burst ${i + 1}`));
	assert.deepEqual(await page.locator(".msg .text").allTextContents(), texts);
});

test("a message that the node refuses can be retried or deleted", async () => {
	const page = await logIn("carol", "/chat/alice");
	await box(page).waitFor();
	node.refuse = (frame) => frame.type === "message" && new Refusal("blocked", "no");
	await write(page, "first");
	await bubble(page, "first").getByText("Cannot be delivered").waitFor();
	await row(page, "Alice").getByText("Not sent:").waitFor();
	node.refuse = undefined;
	await bubble(page, "first").getByRole("button", { name: "Retry" }).click();
	await bubble(page, "first").locator(".state-sent").waitFor();
	node.refuse = (frame) => frame.type === "message" && new Refusal("blocked", "no");
	await write(page, "second");
	await bubble(page, "second").getByRole("button", { name: "Delete" }).click();
	await until("gone", async () => (await bubble(page, "second").count()) === 0);
	assert.equal(node.chatOf(get("carol"), get("alice")).length, 1);
});

test("what is written offline is kept over a reload and sent once", async () => {
	const page = await logIn("carol", "/chat/alice");
	await box(page).waitFor();
	await page.waitForTimeout(600);
	node.sockets.options.verifyClient = () => false;
	node.drop();
	await page.locator(".statusbar").waitFor();
	await write(page, "from the tunnel");
	await bubble(page, "from the tunnel").locator(".state-waiting").waitFor();
	await page.waitForTimeout(300);
	await page.reload();
	await bubble(page, "from the tunnel").locator(".state-waiting").waitFor();
	delete node.sockets.options.verifyClient;
	await bubble(page, "from the tunnel").locator(".state-sent").waitFor();
	assert.equal(node.chatOf(get("carol"), get("alice")).length, 1);
	await page.locator(".statusbar").waitFor({ state: "detached" });
});

test("the page is drawn from the cache while the node is away", async () => {
	history("alice", "carol", 5);
	const page = await logIn("carol", "/chat/alice");
	await bubble(page, "message 5").waitFor();
	await page.waitForTimeout(700);
	node.sockets.options.verifyClient = () => false;
	node.drop();
	await page.reload();
	await bubble(page, "message 5").waitFor({ timeout: 2_000 });
	await row(page, "Alice").waitFor();
	delete node.sockets.options.verifyClient;
});

test("paging up keeps what is on the screen where it is, also at the very top", async () => {
	history("alice", "carol", 300);
	get("carol").read.set("alice", 300);
	const page = await logIn("carol", "/chat/alice");
	await bubble(page, "message 300").waitFor();
	assert.ok((await scroll(page)).below < 2);
	node.delay = 120;
	for (const oldest of [251, 201, 151]) {
		await until(`${oldest}`, () => top(page, `message ${oldest}`));
		await page.evaluate(() => document.querySelector(".log").scrollTo(0, 0));
		const before = await top(page, `message ${oldest}`);
		await until("older", () => top(page, `message ${oldest - 1}`));
		const moved = Math.abs((await top(page, `message ${oldest}`)) - before);
		assert.ok(moved <= 1, `moved by ${moved}`);
	}
});

test("the window of messages is bounded, and both ends can be reached again", async () => {
	history("alice", "carol", 700);
	get("carol").read.set("alice", 700);
	const page = await logIn("carol", "/chat/alice");
	await bubble(page, "message 700").waitFor();
	await until("the start", async () => {
		await page.evaluate(() => document.querySelector(".log").scrollTo(0, 0));
		return page.getByText("This is the beginning").isVisible();
	}, 15_000);
	assert.ok((await page.locator(".msg").count()) <= 400);
	await page.getByRole("button", { name: "Go to the newest message" }).click();
	await bubble(page, "message 700").waitFor();
	await until("down", async () => (await scroll(page)).below < 2);
});

test("a chat opens at its unread line", async () => {
	history("alice", "carol", 200);
	get("carol").read.set("alice", 120);
	const page = await logIn("carol", "/chat/alice");
	await page.getByRole("heading", { name: "New messages" }).waitFor();
	const line = await page.locator(".unread-line").boundingBox();
	assert.ok(line.y > 60 && line.y < 500, `line at ${line.y}`);
	const first = await top(page, "message 121");
	assert.ok(first > line.y && first < line.y + 60);
	await until("read what is seen", () => get("carol").read.get("alice") > 120);
	assert.ok(get("carol").read.get("alice") < 200);
});

test("what arrives is followed at the bottom, and counted when reading further up", async () => {
	history("alice", "carol", 120);
	get("carol").read.set("alice", 120);
	const page = await logIn("carol", "/chat/alice");
	await bubble(page, "message 120").waitFor();
	node.post(get("alice"), get("carol"), "live one");
	await bubble(page, "live one").waitFor();
	await until("followed", async () => (await scroll(page)).below < 2);
	await page.evaluate(() => document.querySelector(".log").scrollBy(0, -1200));
	await page.waitForTimeout(200);
	const anchor = await top(page, "message 100");
	for (const text of ["live two", "live three", "live four"]) {
		node.post(get("alice"), get("carol"), text);
	}
	await page.getByRole("button", { name: "3 new messages" }).waitFor();
	assert.ok(Math.abs((await top(page, "message 100")) - anchor) <= 1);
	await page.getByRole("button", { name: "3 new messages" }).click();
	await until("down", async () => (await scroll(page)).below < 2);
	await until("no pill", async () => (await page.locator(".pill").count()) === 0);
	await page.evaluate(() => document.querySelector(".log").scrollBy(0, -1500));
	await write(page, "mine");
	await until("own send goes down", async () => (await scroll(page)).below < 2);
});

test("each chat keeps its place while the page is open", async () => {
	history("alice", "carol", 120);
	get("carol").read.set("alice", 120);
	const page = await logIn("carol", "/chat/alice");
	await bubble(page, "message 120").waitFor();
	await page.evaluate(() => document.querySelector(".log").scrollBy(0, -900));
	await page.waitForTimeout(200);
	const before = await top(page, "message 100");
	await row(page, "bob").click();
	await page.getByRole("heading", { name: "bob", level: 1 }).waitFor();
	await row(page, "Alice").click();
	await until("back", () => top(page, "message 100"));
	assert.ok(Math.abs((await top(page, "message 100")) - before) <= 2);
});

test("drafts survive a change of chat and a reload, and the list says so", async () => {
	const page = await logIn("carol", "/chat/alice");
	await box(page).fill("half a thou");
	await row(page, "bob").click();
	await row(page, "Alice").getByText("Draft:").waitFor();
	assert.equal(await box(page).inputValue(), "");
	await page.waitForTimeout(350);
	await page.reload();
	await row(page, "Alice").getByText("half a thou").waitFor();
	await row(page, "Alice").click();
	await until("the draft", async () => (await box(page).inputValue()) === "half a thou");
	await box(page).press("Enter");
	await bubble(page, "half a thou").locator(".state-sent").waitFor();
	assert.equal(await box(page).inputValue(), "");
});

test("Enter sends, Shift-Enter makes a line, and Enter in a composition does neither", async () => {
	const page = await logIn("carol", "/chat/alice");
	await box(page).fill("にほ");
	for (const init of [{ isComposing: true }, { keyCode: 229 }]) {
		await box(page).evaluate((area, more) => {
			area.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true, ...more }));
		}, init);
	}
	assert.equal(await page.locator(".msg").count(), 0);
	await box(page).press("Shift+Enter");
	await box(page).pressSequentially("two");
	const tall = (await box(page).boundingBox()).height;
	assert.ok(tall > 60, `${tall} high`);
	await box(page).press("Enter");
	await bubble(page, "two").waitFor();
	assert.equal(await page.locator(".msg .text").textContent(), "にほ\ntwo");
	await box(page).fill("line\n".repeat(60));
	assert.ok((await box(page).boundingBox()).height <= 800 * 0.4 + 1);
});

test("links can be followed, markup stays text", async () => {
	const page = await logIn("carol", "/chat/alice");
	await write(page, "<img src=x onerror=alert(1)> https://a.example/x. javascript:alert(1)");
	const text = page.locator(".msg .text");
	await text.waitFor();
	assert.equal(await text.textContent(), "<img src=x onerror=alert(1)> https://a.example/x. javascript:alert(1)");
	assert.deepEqual(await text.locator("*").evaluateAll((all) => all.map((element) => [element.tagName, element.href, element.rel])), [
		["A", "https://a.example/x", "noopener noreferrer nofollow"],
	]);
});

test("somebody is found, asked, accepts, and both can write", async () => {
	const carol = await logIn("carol");
	const dave = await logIn("dave");
	await carol.keyboard.press("Control+k");
	await carol.keyboard.type("dav");
	await row(carol, "@dave").getByText("Ask to chat").waitFor();
	await carol.keyboard.press("Enter");
	await carol.getByLabel("A few words").fill("It is Carol from the club");
	await carol.getByRole("button", { name: "Send request" }).click();
	await carol.getByText("You asked dave to chat.").waitFor();
	await dave.locator(".requests-row").click();
	await dave.getByText("It is Carol from the club").waitFor();
	await dave.getByRole("button", { name: "Accept the request of Carol Diaz" }).click();
	await box(dave).waitFor();
	await box(carol).waitFor();
	await write(dave, "welcome");
	await bubble(carol, "welcome").waitFor();
});

test("a request can be withdrawn and declined; a person can be blocked and unblocked", async () => {
	const carol = await logIn("carol", "/chat/dave");
	await carol.getByRole("button", { name: "Send request" }).click();
	await carol.getByRole("button", { name: "Withdraw" }).click();
	await carol.getByRole("button", { name: "Send request" }).waitFor();
	await carol.getByRole("button", { name: "Send request" }).click();
	await carol.getByRole("button", { name: "Withdraw" }).waitFor();
	const dave = await logIn("dave", "/chat/carol");
	await dave.getByRole("button", { name: "Decline" }).click();
	await carol.getByRole("button", { name: "Send request" }).waitFor();
	await carol.goto(`${url}/chat/bob`);
	await carol.getByRole("button", { name: "More about bob" }).click();
	await until("the menu", () => carol.evaluate(() => document.activeElement.role === "menuitem"));
	await carol.keyboard.press("ArrowDown");
	await carol.keyboard.press("Enter");
	await carol.getByRole("dialog").getByRole("button", { name: "Block" }).click();
	await carol.getByText("You blocked bob.").waitFor();
	await until("not in the list", async () => (await row(carol, "bob").count()) === 0);
	await carol.goto(`${url}/settings/blocked`);
	await carol.getByRole("button", { name: "Unblock bob" }).click();
	await carol.getByText("You have not blocked anybody.").waitFor();
});

test("suggestions give their reason and stay away once dismissed", async () => {
	befriend("alice", "dave");
	const page = await logIn("carol", "/people");
	await page.getByText("1 contact in common").waitFor();
	await page.getByRole("button", { name: "Do not suggest dave" }).click();
	await page.getByText("Nobody to suggest yet.").waitFor();
	await page.reload();
	await page.getByText("Nobody to suggest yet.").waitFor();
});

test("status is chosen, told to contacts, and remembered", async () => {
	const alice = await logIn("alice");
	const carol = await logIn("carol");
	await carol.locator(".account-button").click();
	await carol.getByRole("radio", { name: "Busy" }).check();
	await carol.getByLabel("What are you up to?").fill("Painting the fence");
	await carol.getByRole("button", { name: "Save" }).click();
	await row(alice, "Carol Diaz").locator(".dot-busy").waitFor();
	await row(alice, "Carol Diaz").click();
	await alice.getByText("Painting the fence").first().waitFor();
	await carol.reload();
	await carol.locator(".account-button .dot-busy").waitFor();
	assert.equal(await carol.locator(".account-button .person-note").textContent(), "Painting the fence");
});

test("a new name is shown to contacts at once", async () => {
	const alice = await logIn("alice", "/chat/carol");
	const carol = await logIn("carol", "/settings/profile");
	await carol.getByLabel("Name shown to others").fill("Caroline");
	await carol.getByRole("button", { name: "Save" }).click();
	await alice.getByRole("heading", { name: "Caroline", level: 1 }).waitFor();
	await carol.getByRole("switch", { name: "Hidden from search" }).check();
	await until("hidden", () => get("carol").hidden);
});

test("tabs share one connection; when the one that has it goes, another takes over", async () => {
	const first = await logIn("carol", "/chat/alice");
	await box(first).waitFor();
	const second = await open(first.context(), "/chat/alice");
	await box(second).waitFor();
	const connected = () => [...node.sessions].filter(({ account, gone }) => account.name === "carol" && !gone).length;
	await until("one connection", () => connected() === 1);
	await write(second, "from the second tab");
	await bubble(second, "from the second tab").locator(".state-sent").waitFor();
	await bubble(first, "from the second tab").locator(".state-sent").waitFor();
	node.post(get("alice"), get("carol"), "for both");
	await bubble(first, "for both").waitFor();
	await bubble(second, "for both").waitFor();
	await first.close();
	await write(second, "alone now");
	await bubble(second, "alone now").locator(".state-sent").waitFor();
	await until("one connection", () => connected() === 1);
	node.post(get("alice"), get("carol"), "for the second");
	await bubble(second, "for the second").waitFor();
	assert.equal(await bubble(second, "for both").count(), 1);
});

test("logging out ends all tabs and erases what was kept", async () => {
	const first = await logIn("carol", "/chat/alice");
	await write(first, "secret words");
	await bubble(first, "secret words").locator(".state-sent").waitFor();
	const second = await open(first.context(), "/");
	await second.locator(".chat-row").first().waitFor();
	await first.locator(".account-button").click();
	await first.getByRole("button", { name: "Log out" }).click();
	await first.getByRole("dialog").getByRole("button", { name: "Log out" }).click();
	await first.getByRole("heading", { name: "Talk in peace." }).waitFor();
	await second.getByRole("heading", { name: "Talk in peace." }).waitFor();
	await until("erased", async () => (await first.evaluate(async () => (await indexedDB.databases()).length)) === 0);
	assert.equal(await first.evaluate(() => localStorage.getItem("parley.account")), null);
	assert.equal(node.cookies.size, 0);
});

test("a device that is signed out elsewhere says so and keeps nothing", async () => {
	const phone = await logIn("carol");
	const laptop = await logIn("carol", "/settings/devices");
	await laptop.getByText("This device").waitFor();
	await laptop.getByRole("button", { name: /^Sign out / }).click();
	await laptop.getByRole("dialog").getByRole("button", { name: "Sign out" }).click();
	await phone.goto(`${url}/chat/alice`);
	await phone.getByText("You were signed out on this device.").waitFor({ timeout: 10_000 });
});

test("on a phone there is one pane, and Back of the page and of the browser agree", async () => {
	const page = await logIn("carol", "/", { viewport: { width: 360, height: 740 } });
	assert.equal(await page.getByRole("main").count(), 1);
	await row(page, "Alice").click();
	await page.getByRole("heading", { name: "Alice Ångström", level: 1 }).waitFor();
	assert.equal(await page.locator(".side-list").isVisible(), false);
	await page.getByRole("button", { name: "Back" }).click();
	await row(page, "Alice").waitFor();
	assert.equal(new URL(page.url()).pathname, "/");
	await until("focus", () => page.evaluate(() => document.activeElement.dataset.chat === "alice@localhost"));
	await row(page, "Alice").click();
	await page.goBack();
	await row(page, "Alice").waitFor();
	await page.goForward();
	await page.getByRole("heading", { name: "Alice Ångström", level: 1 }).waitFor();
	await page.reload();
	await page.getByRole("heading", { name: "Alice Ångström", level: 1 }).waitFor();
	await page.getByRole("button", { name: "Back" }).click();
	await row(page, "Alice").waitFor();
});

test("messages are walked with the arrow keys, and Esc leads back to the box", async () => {
	history("alice", "carol", 5);
	get("carol").read.set("alice", 5);
	const page = await logIn("carol", "/chat/alice");
	await bubble(page, "message 5").waitFor();
	await box(page).focus();
	await page.keyboard.press("Shift+Tab");
	const text = () => page.evaluate(() => document.activeElement.querySelector?.(".text")?.textContent);
	assert.equal(await text(), "message 5");
	await page.keyboard.press("ArrowUp");
	assert.equal(await text(), "message 4");
	await page.keyboard.press("Home");
	assert.equal(await text(), "message 1");
	await page.keyboard.press("End");
	assert.equal(await text(), "message 5");
	await page.keyboard.press("Escape");
	assert.equal(await page.evaluate(() => document.activeElement.tagName), "TEXTAREA");
	assert.match(await page.locator(".msg").last().evaluate((item) => item.getAttribute("aria-labelledby").split(" ").map((id) => document.getElementById(id).textContent).join(" ")), /^Alice Ångström message 5 /);
});

test("the first Tab offers the ways past the list", async () => {
	const page = await logIn("carol", "/chat/alice");
	await box(page).waitFor();
	await page.evaluate(() => document.activeElement.blur());
	await page.keyboard.press("Tab");
	assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to chats");
	await page.keyboard.press("Tab");
	await page.keyboard.press("Tab");
	await page.keyboard.press("Enter");
	assert.equal(await page.evaluate(() => document.activeElement.tagName), "TEXTAREA");
});

test("after sleep a dead connection is noticed at once and nothing is missed", async () => {
	const page = await logIn("carol", "/chat/alice");
	await box(page).waitFor();
	for (const session of node.sessions) {
		session.socket.terminate();
	}
	node.post(get("alice"), get("carol"), "while you slept");
	await page.evaluate(() => dispatchEvent(new Event("online")));
	await bubble(page, "while you slept").waitFor({ timeout: 3_000 });
	assert.equal(await bubble(page, "while you slept").count(), 1);
});
