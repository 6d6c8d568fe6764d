// SPDX-License-Identifier: MIT
// Messages that are edited, deleted, reacted to and pinned: the same on every screen and on the node.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
	atEnd, box, bubble, chatPath, chooseFromMenu, keptMessages, midOf, onStage, openMenu, row, scrollToTop, shownMessages, stored, until, write,
} from "./support/stage.mjs";

/** The page shows what the node has. */
async function agrees(page, person, chat) {
	let shown;
	let kept;
	try {
		await until("the page agrees with the node", async () => {
			[shown, kept] = [await shownMessages(page), await keptMessages(person, chat)];
			return JSON.stringify(shown) === JSON.stringify(kept.slice(-shown.length)) && shown.length > 0;
		});
	} catch {
		assert.deepEqual(shown, kept);
	}
}

onStage("changes of messages", (stage) => {
	test("an edit is seen at once in both browsers, in the list, and after a reload; what it said before can be read", async () => {
		const [carol, alice] = await stage.friends("alice");
		const here = await stage.logIn(carol, chatPath(alice));
		const there = await stage.logIn(alice, chatPath(carol));
		await write(here, "helo");
		await bubble(there, "helo").waitFor();
		await box(here).press("ArrowUp");
		await here.getByRole("textbox", { name: "Edit your message" }).fill("hello");
		await here.keyboard.press("Enter");
		for (const page of [here, there]) {
			await bubble(page, "hello").getByRole("button", { name: "edited" }).waitFor();
		}
		await row(there, "Carol").getByText("hello").waitFor();
		assert.equal(await box(here).inputValue(), "");
		await there.reload();
		await bubble(there, "hello").getByRole("button", { name: "edited" }).click();
		await there.getByRole("dialog", { name: "Earlier versions" }).getByText("helo", { exact: true }).waitFor();
		await there.keyboard.press("Escape");
		await agrees(here, carol, alice);
		await agrees(there, alice, carol);
	});

	test("Esc gives an edit up and keeps what was being written; an edit that is refused can go on", async () => {
		const [carol, alice] = await stage.friends("alice");
		const page = await stage.logIn(carol, chatPath(alice));
		await write(page, "as it was");
		await bubble(page, "as it was").locator(".state-sent, .state-delivered").waitFor();
		await box(page).fill("a thought");
		await chooseFromMenu(page, "as it was", "Edit");
		const editor = page.getByRole("textbox", { name: "Edit your message" });
		assert.equal(await editor.inputValue(), "as it was");
		await editor.press("Escape");
		assert.equal(await box(page).inputValue(), "a thought");
		assert.equal(await page.locator(".text").textContent(), "as it was");
		await chooseFromMenu(page, "as it was", "Edit");
		const mid = await midOf(carol, alice, "as it was");
		stage.node.relay.delay = 3_000;
		await carol.ask("history.delete", { chat: alice.address, mid });
		await editor.fill("as it is");
		await editor.press("Enter");
		await page.locator(".toast-bad").waitFor();
		stage.node.relay.delay = 0;
		await page.locator(".msg").getByText("This message was deleted.").waitFor();
		await agrees(page, carol, alice);
	});

	test("a deleted message leaves a note in its place, for both and after a reload", async () => {
		const [carol, alice] = await stage.friends("alice");
		await carol.says(alice, "first");
		await carol.says(alice, "oh no");
		const here = await stage.logIn(carol, chatPath(alice));
		const there = await stage.logIn(alice, chatPath(carol));
		await bubble(there, "oh no").waitFor();
		await chooseFromMenu(here, "oh no", "Delete");
		await here.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
		for (const page of [here, there]) {
			await page.locator(".msg").getByText("This message was deleted.").waitFor();
			assert.equal(await bubble(page, "oh no").count(), 0);
		}
		await row(there, "Carol").getByText("This message was deleted.").waitFor();
		await there.reload();
		await there.locator(".msg").getByText("This message was deleted.").waitFor();
		assert.equal(await there.getByText("oh no").count(), 0);
		const menu = await openMenu(here, "This message was deleted.");
		assert.deepEqual(await menu.getByRole("menuitem").allTextContents(), ["Select", "Details"]);
		await here.keyboard.press("Escape");
		await agrees(here, carol, alice);
	});

	test("reactions are put on and taken off, counted and named, live on the other screen", async () => {
		const [carol, alice] = await stage.friends("alice");
		await alice.says(carol, "we won");
		const here = await stage.logIn(carol, chatPath(alice));
		const there = await stage.logIn(alice, chatPath(carol));
		await bubble(here, "we won").hover();
		await here.getByRole("button", { name: "React with 👍" }).click();
		const mine = bubble(here, "we won").locator(".reaction");
		await bubble(there, "we won").getByRole("button", { name: "👍 1: Carol Diaz" }).click();
		await until("two", async () => (await mine.textContent()) === "👍2");
		assert.equal(await mine.getAttribute("aria-pressed"), "true");
		assert.equal(await mine.getAttribute("aria-label"), "👍 2: You and Alice Ångström");
		await mine.click();
		await until("one", async () => (await bubble(there, "we won").locator(".reaction").textContent()) === "👍1");
		assert.equal(await mine.getAttribute("aria-pressed"), "false");
		await agrees(here, carol, alice);
		await agrees(there, alice, carol);
	});

	test("what is pinned has its line, leads to its message, and can be taken off", async () => {
		const [carol, alice] = await stage.friends("alice");
		await alice.says(carol, "the door code is 1234");
		await stage.history(alice, carol, 120);
		const here = await stage.logIn(carol, chatPath(alice));
		const there = await stage.logIn(alice, chatPath(carol));
		await bubble(there, "message 120").waitFor();
		await carol.ask("history.pin", { chat: alice.address, mid: await oldest(carol, alice), on: true });
		for (const page of [here, there]) {
			await page.locator(".pin-banner").getByText("the door code is 1234").waitFor();
		}
		await there.locator(".pin-jump").click();
		await bubble(there, "the door code is 1234").waitFor();
		await until("in sight", () => there.evaluate(() => document.activeElement.querySelector?.(".text")?.textContent === "the door code is 1234"));
		await there.getByRole("button", { name: "Back to where I was" }).click();
		await atEnd(there);
		await there.getByRole("button", { name: "Show all pinned messages" }).click();
		await there.getByRole("dialog").getByRole("button", { name: "Unpin" }).click();
		await there.getByRole("dialog").getByText("Nothing is pinned").waitFor();
		await until("gone there too", async () => (await here.locator(".pin-banner").count()) === 0);
	});

	test("what changed while the browser was closed is shown from the cache's messages on", async () => {
		const [carol, alice] = await stage.friends("alice");
		await stage.history(alice, carol, 30);
		const page = await stage.logIn(carol, chatPath(alice));
		await bubble(page, "message 30").waitFor();
		await until("the cookie", async () => (await page.context().cookies()).length > 0);
		await stored(page, "message 29");
		const context = page.context();
		await page.close();
		const mids = new Map(await Promise.all([3, 12, 20].map(async (n) => [n, await midOf(alice, carol, `message ${n}`)])));
		await alice.ask("history.edit", { chat: carol.address, mid: mids.get(3), text: "message 3, better" });
		await alice.ask("history.delete", { chat: carol.address, mid: mids.get(12) });
		await alice.ask("history.react", { chat: carol.address, mid: mids.get(20), emoji: "🎉", on: true });
		await alice.says(carol, "and one more");
		const again = await stage.open(context, chatPath(alice));
		await bubble(again, "and one more").waitFor();
		await bubble(again, "message 3, better").waitFor();
		await agrees(again, carol, alice);
	});

	test("who watches, who was cut off, and who opens the chat anew see the same after many changes", async () => {
		const [carol, alice] = await stage.friends("alice");
		await stage.history(alice, carol, 20);
		const watching = await stage.logIn(carol, chatPath(alice));
		const cut = await stage.logIn(carol, chatPath(alice));
		await until("the cookie", async () => (await cut.context().cookies()).length > 0);
		await bubble(watching, "message 20").waitFor();
		await bubble(cut, "message 20").waitFor();
		await cut.context().setOffline(true);
		stage.node.relay.cut();
		const { messages } = await alice.ask("history.page", { chat: carol.address, limit: 50 });
		for (const [i, { mid }] of messages.entries()) {
			const person = i % 3 ? alice : carol;
			const chat = (person === alice ? carol : alice).address;
			await person.ask("history.react", { chat, mid, emoji: ["👍", "🎉", "❤️"][i % 3], on: true });
			if (i % 4 === 0) {
				await alice.ask("history.edit", { chat: carol.address, mid, text: `changed ${i}` });
			}
			if (i % 7 === 0) {
				await alice.ask("history.delete", { chat: carol.address, mid });
			} else if (i % 5 === 0) {
				await person.ask("history.pin", { chat, mid, on: true });
			}
		}
		await cut.context().setOffline(false);
		await cut.evaluate(() => dispatchEvent(new Event("online")));
		await agrees(watching, carol, alice);
		await agrees(cut, carol, alice);
		await cut.reload();
		await agrees(cut, carol, alice);
		await scrollToTop(watching);
		await agrees(watching, carol, alice);
	});
});

/** The mid of the chat's first message. */
async function oldest(person, chat) {
	const { messages } = await person.ask("history.page", { chat: chat.address, after: 0, limit: 1 });
	return messages[0].mid;
}
