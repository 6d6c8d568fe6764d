// SPDX-License-Identifier: MIT
// Messages that are kept for a time only: when they are removed they vanish from wherever the page shows them.

import assert from "node:assert/strict";
import { test } from "node:test";

import { axe } from "./support/browser.mjs";
import { box, bubble, chatPath, chooseFromMenu, onStage, row, stored, until } from "./support/stage.mjs";

const DAY = 86400;
const start = (page) => page.locator(".chat-start");
const list = (page, text) => row(page, "Alice Ångström").filter({ hasText: text });

onStage("messages that are kept for a time", (stage) => {
	/** Looks for what is too old, and waits until it is gone. */
	async function sweep() {
		const operator = await stage.node.operator();
		await operator.get("retention.run", { wait: true });
		operator.drop();
	}

	/** Some messages of long ago, one of today. */
	async function write(alice, carol) {
		await alice.ask("history.keep", { chat: carol.address, days: 7 });
		await stage.history(alice, carol, 5);
		const old = await alice.says(carol, "the *old* spade");
		await alice.ask("history.pin", { chat: carol.address, mid: old.mid, on: true });
		stage.node.pass(8 * DAY);
		await alice.says(carol, "a young spade", { reply: old.mid });
		await carol.says(alice, "read");
	}

	test("they go from the chat, from quotes, from what is pinned and from what was found, while one looks", async () => {
		const [carol, alice] = await stage.friends("alice");
		await write(alice, carol);
		const page = await stage.logIn(carol, chatPath(alice));
		await bubble(page, "the old spade").waitFor();
		await page.getByRole("region", { name: "Pinned messages" }).getByText("the old spade").waitFor();
		await bubble(page, "a young spade").locator(".quote", { hasText: "the old spade" }).waitFor();
		await start(page).getByText("Messages in this chat are removed after 7 days.").waitFor();
		await start(page).getByText("This is the beginning of your chat").waitFor();
		await page.getByRole("searchbox").fill("spade");
		const hits = page.getByRole("region", { name: "Messages" }).getByRole("link");
		await until("both", async () => (await hits.count()) === 2);
		await bubble(page, "message 3").focus();
		await sweep();
		await bubble(page, "the old spade").waitFor({ state: "detached" });
		assert.equal(await bubble(page, "message 3").count(), 0);
		await bubble(page, "a young spade").locator(".quote", { hasText: "cannot be found" }).waitFor();
		assert.equal(await page.getByRole("region", { name: "Pinned messages" }).count(), 0);
		assert.equal(await hits.count(), 1);
		await start(page).getByText("What was written before was removed.").waitFor();
		assert.equal(await page.evaluate(() => document.activeElement.querySelector(".text")?.textContent), "a young spade", "the focus is not lost");
		assert.deepEqual(await axe(page), []);
		await page.getByRole("button", { name: "Clear search" }).click();
		assert.equal(await page.evaluate(() => document.body.innerText.includes("the old spade")), false);
	});

	test("they go from the list and from what is counted, also where the chat is not open, and from what the browser keeps", async () => {
		const [carol, alice] = await stage.friends("alice");
		await alice.ask("history.keep", { chat: carol.address, days: 1 });
		await alice.says(carol, "soon gone");
		const page = await stage.logIn(carol, chatPath(alice));
		await bubble(page, "soon gone").waitFor();
		await stored(page, "soon gone");
		await page.goto(`${stage.node.url}/people`);
		await alice.says(carol, "soon gone, too");
		await list(page, "soon gone, too").waitFor();
		await until("counted", async () => (await page.title()).startsWith("("));
		stage.node.pass(3 * DAY);
		await sweep();
		await list(page, "Nothing here any more").waitFor();
		await until("not counted", async () => !(await page.title()).startsWith("("));
		await until("forgotten", () =>
			page.evaluate(async () => {
				const done = (request) => new Promise((yes, no) => Object.assign(request, { onsuccess: () => yes(request.result), onerror: no }));
				const db = await done(indexedDB.open("parley"));
				const found = await Promise.all([...db.objectStoreNames].map((store) => done(db.transaction(store).objectStore(store).getAll())));
				db.close();
				return !JSON.stringify(found).includes("soon gone");
			}),
		);
		await row(page, "Alice Ångström").click();
		await start(page).getByText("What was written before was removed.").waitFor();
		assert.equal(await page.locator(".msg").count(), 0);
		await alice.says(carol, "here again");
		await bubble(page, "here again").waitFor();
	});

	test("a device that was away finds them gone, with the dialog about one; an edit of one becomes a draft", async () => {
		const [carol, alice] = await stage.friends("alice");
		await alice.ask("history.keep", { chat: carol.address, days: 7 });
		await carol.says(alice, "mine of long ago");
		stage.node.pass(6 * DAY);
		const page = await stage.logIn(carol, chatPath(alice));
		await bubble(page, "mine of long ago").waitFor();
		await box(page).press("ArrowUp");
		await page.getByRole("textbox", { name: "Edit your message" }).fill("mine, changed");
		await chooseFromMenu(page, "mine of long ago", "Details");
		await page.getByRole("dialog", { name: "Details" }).waitFor();
		stage.node.relay.down = true;
		stage.node.relay.cut();
		stage.node.pass(2 * DAY);
		await sweep();
		await alice.says(carol, "while you were away");
		stage.node.relay.down = false;
		await bubble(page, "while you were away").waitFor();
		await bubble(page, "mine of long ago").waitFor({ state: "detached" });
		await page.getByRole("dialog").waitFor({ state: "detached" });
		await until("what it was to say is kept", async () => (await box(page).inputValue()) === "mine, changed");
	});
});
