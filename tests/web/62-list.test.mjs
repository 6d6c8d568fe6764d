// SPDX-License-Identifier: MIT
// The list of chats: filters, menus, what is set for a chat, and the quick ways through it.

import assert from "node:assert/strict";
import { test } from "node:test";

import { axe } from "./support/browser.mjs";
import { box, bubble, chatPath, heading, inboxOf, onStage, row, until, write } from "./support/stage.mjs";

const names = (page) => page.locator(".chat-row[data-chat] .chat-row-name").evaluateAll((all) => all.map((name) => name.firstChild.textContent));
const filter = (page, name) => page.getByRole("group", { name: "Which chats to show" }).getByRole("button", { name });
const item = (page, name) => page.getByRole("menuitem", { name, exact: true });
/* The pointer rests where it holds nothing still. */
const away = (page) => page.mouse.move(900, 300);

onStage("the list of chats", (stage) => {
	test("a chat is pinned, muted and marked by its menu, on every device", async () => {
		const [carol, alice, bob] = await stage.friends("alice", "bob");
		await alice.says(carol, "hello");
		await bob.says(carol, "later");
		const here = await stage.logIn(carol);
		const there = await stage.logIn(carol);
		await row(here, "Alice").click({ button: "right" });
		assert.deepEqual(await axe(here), []);
		await item(here, "Pin to the top").click();
		await away(here);
		await until("pinned first, there too", async () => (await names(there))[0] === "Alice Ångström" && (await names(here))[0] === "Alice Ångström");
		await row(here, "Bob").focus();
		await here.keyboard.press("Shift+F10");
		await item(here, "Mute until I switch it on").click();
		await row(here, "Bob").locator(".badge-dot").waitFor();
		await here.locator(".toast", { hasText: "Bob Marsh is muted." }).getByRole("button", { name: "Undo" }).click();
		await row(here, "Bob").locator(".badge-count").waitFor();
		await here.locator(".chat-item", { hasText: "Alice" }).hover();
		await here.getByRole("button", { name: "Actions for Alice Ångström" }).click();
		await item(here, "Mark as read").click();
		await row(there, "Alice").locator(".badge").waitFor({ state: "detached" });
		await row(here, "Alice").click({ button: "right" });
		await item(here, "Mark as unread").click();
		await row(there, "Alice").locator(".badge-dot").waitFor();
		assert.equal((await inboxOf(carol, alice)).marked, true);
	});

	test("a chat is archived, taken back, and comes back by itself with something new", async () => {
		const [carol, alice] = await stage.friends("alice");
		await alice.says(carol, "hello");
		const page = await stage.logIn(carol);
		const archive = async () => {
			await row(page, "Alice").click({ button: "right" });
			await item(page, "Archive").click();
			await row(page, "Alice").waitFor({ state: "detached" });
		};
		await archive();
		await page.locator(".toast").getByRole("button", { name: "Undo" }).click();
		await row(page, "Alice").waitFor();
		await archive();
		await filter(page, "Archived").click();
		await row(page, "Alice").waitFor();
		await filter(page, "All").click();
		await until("archived on the node", async () => (await inboxOf(carol, alice)).archived);
		await alice.says(carol, "something new");
		await row(page, "Alice").getByText("something new").waitFor();
	});

	test("filters show unread chats, people, groups and requests, and say so when there are none", async () => {
		const [carol, alice, bob] = await stage.friends("alice", "bob");
		const dave = await stage.node.newPerson("dave", { display: "Dave" });
		await carol.ask("groups.create", { title: "The club", people: [alice.address] });
		await bob.says(carol, "hello");
		await dave.ask("roster.request", { address: carol.address, text: "It is Dave" });
		const page = await stage.logIn(carol);
		await filter(page, "Unread").click();
		await until("only Bob", async () => (await names(page)).join() === "Bob Marsh");
		await filter(page, "Groups").click();
		await until("only the club", async () => (await names(page)).join() === "The club");
		await filter(page, "People").click();
		await until("no club", async () => !(await names(page)).includes("The club"));
		await filter(page, "Requests").click();
		await page.getByText("It is Dave").waitFor();
		await filter(page, "Archived").click();
		await page.getByText("Chats that you archive are kept here").waitFor();
		await page.getByRole("button", { name: "Show all chats" }).click();
		await row(page, "The club").waitFor();
		assert.deepEqual(await axe(page), []);
	});

	test("nothing moves under the pointer, and all is in order once it is gone", async () => {
		const [carol, alice, bob] = await stage.friends("alice", "bob");
		await bob.says(carol, "first");
		await alice.says(carol, "second");
		const page = await stage.logIn(carol);
		await until("Alice first", async () => (await names(page))[0] === "Alice Ångström");
		await row(page, "Alice").hover();
		await bob.says(carol, "third");
		let x = 20;
		await until("third", async () => {
			await row(page, "Alice").hover({ position: { x: (x ^= 2), y: 20 } });
			return row(page, "Bob").getByText("third").isVisible();
		});
		assert.equal((await names(page))[0], "Alice Ångström");
		await away(page);
		await until("Bob first", async () => (await names(page))[0] === "Bob Marsh");
	});

	test("a mention shows in the row, in the title, and is gone once read", async () => {
		const [carol, alice] = await stage.friends("alice");
		const { group } = await carol.ask("groups.create", { title: "The club", people: [alice.address] });
		const page = await stage.logIn(carol);
		await alice.says(group, `@${carol.name} look at this`);
		await row(page, "The club").locator(".badge-mention").waitFor();
		await until("the title", async () => (await page.title()).startsWith("(1) "));
		assert.match(await page.locator("link[rel=icon]").getAttribute("href"), /icon-unread/);
		await row(page, "The club").click();
		await bubble(page, "look at this").waitFor();
		await row(page, "The club").locator(".badge").waitFor({ state: "detached" });
		await until("the title", async () => !(await page.title()).startsWith("("));
	});

	test("unread chats beyond the edge are counted, and one press shows the next", async () => {
		const [carol] = await stage.friends();
		for (let i = 0; i < 14; i++) {
			await carol.ask("groups.create", { title: `Group ${i + 1}` });
		}
		const { group } = await carol.ask("groups.create", { title: "The first", people: [] });
		const page = await stage.logIn(carol);
		await row(page, "Group 1").first().waitFor();
		await page.locator(".side-list").evaluate((list) => list.scrollTo(0, 9999));
		await carol.ask("history.set", { chat: group.address, marked: true });
		await page.getByRole("button", { name: "1 unread above" }).click();
		await until("in sight", async () => (await page.locator(".list-pill").count()) === 0);
	});

	test("Ctrl-K goes to any chat by a few letters; empty, it offers what is unread and of late", async () => {
		const [carol, alice, bob] = await stage.friends("alice", "bob");
		await carol.ask("groups.create", { title: "Garden club", people: [alice.address] });
		await bob.says(carol, "hello");
		const page = await stage.logIn(carol, chatPath(alice));
		await row(page, "Garden club").waitFor();
		await page.keyboard.press("Control+k");
		const dialog = page.getByRole("dialog", { name: "Go to a chat" });
		await until("Bob first", async () => (await dialog.getByRole("option").first().textContent()).startsWith("BBob Marsh"));
		assert.equal(await page.evaluate(() => document.activeElement.role), "combobox");
		assert.deepEqual(await axe(page), []);
		await page.keyboard.type("gclub");
		await until("the club", async () => /Garden club/.test(await dialog.getByRole("option", { selected: true }).textContent()));
		await page.keyboard.press("Enter");
		await heading(page, "Garden club").waitFor();
		assert.equal(await dialog.count(), 0);
	});

	test("what is typed while the switcher is on its way goes nowhere, least of all into the message", async () => {
		const [carol, alice] = await stage.friends("alice");
		const context = await stage.context();
		let release;
		const released = new Promise((resolve) => (release = resolve));
		await context.route("**/assets/*.js", async (route) => {
			const response = await route.fetch();
			if ((await response.text()).includes("switcher-list")) {
				await released;
			}
			await route.fulfill({ response });
		});
		const page = await stage.open(context, "/login");
		await stage.fillLogin(page, carol);
		await row(page, "Alice").click();
		await box(page).focus();
		await page.keyboard.press("Control+k");
		await page.keyboard.type("nobody?");
		await page.keyboard.press("Enter");
		assert.equal(await box(page).inputValue(), "");
		assert.equal(new URL(page.url()).pathname, chatPath(alice));
		release();
		await page.getByRole("dialog", { name: "Go to a chat" }).waitFor();
		assert.equal(await page.evaluate(() => document.activeElement.role), "combobox");
		await page.keyboard.press("Escape");
		await until("the box has the focus again", () => page.evaluate(() => document.activeElement.tagName === "TEXTAREA"));
		await write(page, "as before");
		await bubble(page, "as before").waitFor();
	});

	test("the keys are listed, and those of one letter can be turned off", async () => {
		const [carol] = await stage.friends();
		const page = await stage.logIn(carol);
		await page.keyboard.press("?");
		const map = page.getByRole("dialog", { name: "Keyboard shortcuts" });
		await map.getByText("Go to a chat").waitFor();
		assert.deepEqual(await axe(page), []);
		await map.getByRole("switch", { name: "Shortcuts of one key" }).uncheck();
		await page.keyboard.press("Escape");
		await map.waitFor({ state: "detached" });
		await page.keyboard.press("?");
		await page.keyboard.press("Control+/");
		await map.waitFor();
	});

	test("Alt and arrows walk through the chats", async () => {
		const [carol, alice, bob] = await stage.friends("alice", "bob");
		await bob.says(carol, "one");
		await alice.says(carol, "two");
		const page = await stage.logIn(carol, chatPath(alice));
		await row(page, "Bob Marsh").getByText("one").waitFor();
		await page.keyboard.press("Alt+ArrowDown");
		await heading(page, "Bob Marsh").waitFor();
		await page.keyboard.press("Alt+ArrowUp");
		await heading(page, "Alice Ångström").waitFor();
	});

	test("notes to oneself are a chat like any other", async () => {
		const [carol] = await stage.friends();
		const page = await stage.logIn(carol);
		await page.keyboard.press("Control+k");
		await page.getByRole("dialog", { name: "Go to a chat" }).waitFor();
		await page.keyboard.type("saved");
		await page.keyboard.press("Enter");
		await heading(page, "Saved messages").waitFor();
		await write(page, "buy bread");
		await bubble(page, "buy bread").waitFor();
		await row(page, "Saved messages").getByText("buy bread").waitFor();
	});

	test("the list is made wider by keys, and stays so", async () => {
		const [carol] = await stage.friends();
		const page = await stage.logIn(carol);
		const line = page.getByRole("separator", { name: "Width of the list of chats" });
		await line.focus();
		await page.keyboard.press("ArrowRight");
		await page.keyboard.press("ArrowRight");
		assert.equal(await page.locator(".sidebar").evaluate((list) => list.offsetWidth), 352);
		await page.reload();
		await line.waitFor();
		assert.equal(await page.locator(".sidebar").evaluate((list) => list.offsetWidth), 352);
	});
});
