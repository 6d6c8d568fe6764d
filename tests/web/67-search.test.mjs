// SPDX-License-Identifier: MIT
// Looking for what was said: in all chats, in one, and from the result to the message.

import assert from "node:assert/strict";
import { test } from "node:test";

import { axe, SIZES } from "./support/browser.mjs";
import { bubble, chatPath, heading, onStage, row, until } from "./support/stage.mjs";

const search = (page) => page.getByRole("searchbox");
const hits = (page, name = "Messages") => page.getByRole("region", { name }).getByRole("link");
const focusedText = (page) => page.evaluate(() => document.activeElement.querySelector?.(".text")?.textContent);

onStage("the search for messages", (stage) => {
	test("messages are found among people and chats, their words marked, and shown in their chat", async () => {
		const [carol, alice, bob] = await stage.friends("alice", "bob");
		await alice.says(carol, "the *spade* is in the shed");
		await stage.history(alice, carol, 120);
		await bob.says(carol, "whose spade?");
		await carol.ask("history.read", { chat: alice.address, seq: 121 });
		const page = await stage.logIn(carol);
		await page.keyboard.press("/");
		await page.keyboard.type("spad");
		await until("both", async () => (await hits(page).count()) === 2);
		assert.deepEqual(await hits(page).locator("mark").allTextContents(), ["spad", "spad"]);
		assert.match(await hits(page).last().textContent(), /Alice Ångström.*Alice Ångström: the spade is in the shed/);
		await until("said", async () => (await page.locator("#live-polite").textContent()) === "2 results");
		assert.deepEqual(await axe(page), []);
		await page.keyboard.press("ArrowDown");
		await page.keyboard.press("ArrowDown");
		await page.keyboard.press("Enter");
		await bubble(page, "the spade is in the shed").waitFor();
		await until("there", async () => (await focusedText(page)) === "the spade is in the shed");
		await hits(page).first().click();
		await bubble(page, "whose spade?").waitFor();
		await page.getByRole("button", { name: "Clear search" }).click();
		await row(page, "Bob Marsh").waitFor();
	});

	test("Ctrl-Shift-F looks in the open chat alone; what was deleted is not found", async () => {
		const [carol, alice, bob] = await stage.friends("alice", "bob");
		await bob.says(carol, "tulips");
		const { mid } = await alice.says(carol, "tulips, too");
		await alice.says(carol, "red tulips");
		await alice.ask("history.delete", { chat: carol.address, mid });
		const page = await stage.logIn(carol, chatPath(alice));
		await bubble(page, "red tulips").waitFor();
		await page.keyboard.press("Control+Shift+F");
		await page.keyboard.type("tulip");
		await until("one", async () => (await hits(page, "Messages in Alice Ångström").count()) === 1);
		assert.equal(await page.getByRole("region", { name: "People" }).count(), 0);
		await search(page).fill("nothing like it");
		await page.getByText("Nothing found for “nothing like it”.").first().waitFor();
		await page.keyboard.press("Escape");
		await row(page, "Bob Marsh").waitFor();
		assert.equal(await search(page).getAttribute("aria-label"), "Search people, chats and messages");
		await page.getByRole("button", { name: "More about" }).click();
		await page.getByRole("menuitem", { name: "Search in this chat" }).click();
		await until("in the search", () => page.evaluate(() => document.activeElement.type === "search"));
	});

	test("more are shown when asked for; on a phone, Back leads from the message to what was found", async () => {
		const [carol, alice] = await stage.friends("alice");
		await stage.history(alice, carol, 45);
		await carol.ask("history.read", { chat: alice.address, seq: 45 });
		const [width, height] = SIZES.phone;
		const page = await stage.logIn(carol, "/people", { viewport: { width, height } });
		await search(page).fill("message");
		await until("the first", async () => (await hits(page).count()) === 20);
		await page.getByRole("button", { name: "Show more" }).click();
		await until("twice as many", async () => (await hits(page).count()) === 40);
		await page.getByRole("button", { name: "Show more" }).click();
		await until("all", async () => (await hits(page).count()) === 45);
		assert.deepEqual(await axe(page), []);
		assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false);
		await hits(page).filter({ hasText: /message 7$/ }).click();
		await heading(page, "Alice Ångström").waitFor();
		await bubble(page, "message 7").first().waitFor();
		await page.goBack();
		await heading(page, "Find people").waitFor();
		await until("still there", async () => (await hits(page).count()) >= 20);
	});
});
