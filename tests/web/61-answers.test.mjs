// SPDX-License-Identifier: MIT
// Replies, ways to far messages and back, forwarding, and choosing several.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
	atEnd, box, bubble, chatPath, chooseFromMenu, keptMessages, midOf, onStage, placeOf, row, scrollBy, scrolled, textsOf, until, write, drawn,
} from "./support/stage.mjs";

const focusedText = (page) => page.evaluate(() => document.activeElement.querySelector?.(".text")?.textContent);

onStage("answers", (stage) => {
	test("a reply quotes its message with its author, on both sides, and the quote follows an edit", async () => {
		const [carol, alice] = await stage.friends("alice");
		await alice.says(carol, "shall we *meet* at six?");
		const here = await stage.logIn(carol, chatPath(alice));
		const there = await stage.logIn(alice, chatPath(carol));
		await bubble(here, "shall we").hover();
		await here.getByRole("button", { name: "Reply" }).click();
		await here.locator(".composer-bar").getByText("shall we meet at six?").waitFor();
		assert.equal(await here.evaluate(() => document.activeElement.tagName), "TEXTAREA");
		await write(here, "yes");
		assert.equal(await here.locator(".composer-bar").count(), 0);
		for (const page of [here, there]) {
			await bubble(page, "yes").locator(".quote").getByText("shall we meet at six?").waitFor();
		}
		assert.equal(await bubble(here, "yes").locator(".quote-who").textContent(), "Alice Ångström");
		assert.equal(await bubble(there, "yes").locator(".quote-who").textContent(), "You");
		await alice.ask("history.edit", { chat: carol.address, mid: await midOf(alice, carol, "shall we *meet* at six?"), text: "seven?" });
		await bubble(here, "yes").locator(".quote").getByText("seven?").waitFor();
		await bubble(here, "yes").locator(".quote").click();
		await until("there", async () => (await focusedText(here)) === "seven?");
	});

	test("a quote leads to a message far above, flashes it, and there is a way back", async () => {
		const [carol, alice] = await stage.friends("alice");
		const first = await alice.says(carol, "far away");
		for (let i = 0; i < 6; i++) {
			await stage.history(alice, carol, 100);
		}
		await alice.says(carol, "look there", { reply: first.mid });
		await stage.history(alice, carol, 5);
		await carol.ask("history.read", { chat: alice.address, seq: 607 });
		const page = await stage.logIn(carol, chatPath(alice));
		await bubble(page, "look there").waitFor();
		await atEnd(page);
		await scrollBy(page, -120);
		await drawn(page);
		const before = await placeOf(page, "look there");
		await bubble(page, "look there").locator(".quote").click();
		await bubble(page, "far away").waitFor();
		await until("focused", async () => (await focusedText(page)) === "far away");
		assert.equal(await page.locator(".msg-flash").count(), 1);
		assert.ok((await page.locator(".msg").count()) < 100, "only what is around was loaded");
		await page.getByRole("button", { name: "Back to where I was" }).click();
		await until("back", async () => Math.abs(((await placeOf(page, "look there")) ?? 9999) - before) <= 2);
		assert.equal(await page.getByRole("button", { name: "Back to where I was" }).count(), 0);
		await bubble(page, "look there").locator(".quote").click();
		await bubble(page, "far away").waitFor();
		await alice.says(carol, "meanwhile");
		await drawn(page);
		assert.equal(await bubble(page, "meanwhile").count(), 0);
		await page.getByRole("button", { name: "Go to the newest message" }).click();
		await bubble(page, "meanwhile").waitFor();
		await atEnd(page);
	});

	test("a quote of a message that is gone says so, and Esc gives a reply up without its text", async () => {
		const [carol, alice] = await stage.friends("alice");
		const said = await alice.says(carol, "a slip");
		await carol.says(alice, "what?", { reply: said.mid });
		await alice.ask("history.delete", { chat: carol.address, mid: said.mid });
		const page = await stage.logIn(carol, chatPath(alice));
		await bubble(page, "what?").locator(".quote").getByText("This message was deleted.").waitFor();
		await chooseFromMenu(page, "what?", "Reply");
		await box(page).fill("never mind");
		await box(page).press("Escape");
		assert.equal(await page.locator(".composer-bar").count(), 0);
		assert.equal(await box(page).inputValue(), "never mind");
	});

	test("one goes to a date", async () => {
		const [carol, alice] = await stage.friends("alice");
		await stage.history(alice, carol, 150);
		await carol.ask("history.read", { chat: alice.address, seq: 150 });
		const page = await stage.logIn(carol, chatPath(alice));
		await bubble(page, "message 150").waitFor();
		await page.getByRole("button", { name: "More about" }).click();
		await page.getByRole("menuitem", { name: "Go to a date" }).click();
		await page.getByLabel("Day").fill(await page.evaluate(() => new Date(Date.now() - 86_400_000).toISOString().slice(0, 10)));
		await page.getByRole("button", { name: "Go", exact: true }).click();
		await page.getByText("This is the beginning").waitFor();
		await until("the first", async () => /message \d+$/.test((await focusedText(page)) ?? ""));
		await until("at its start", async () => (await scrolled(page)).top < 400);
	});

	test("a message is forwarded to several at once, with its author or without", async () => {
		const [carol, alice, bob, dave] = await stage.friends("alice", "bob", "dave");
		await alice.says(carol, "the **news**");
		const page = await stage.logIn(carol, chatPath(alice));
		await chooseFromMenu(page, "the news", "Forward");
		const dialog = page.getByRole("dialog", { name: "Forward message" });
		await dialog.getByRole("combobox").fill("bo");
		await page.keyboard.press("Enter");
		await dialog.getByRole("combobox").fill("dav");
		await page.keyboard.press("Enter");
		await dialog.getByRole("button", { name: "Remove Dave" }).waitFor();
		await dialog.getByRole("button", { name: "Forward" }).click();
		await page.getByText("Forwarded to 2 chats.").first().waitFor();
		for (const person of [bob, dave]) {
			const frame = await until("forwarded", async () => (await person.ask("history.page", { chat: carol.address })).messages.at(-1));
			assert.equal(frame.text, "the **news**");
			assert.equal(frame.forward.from, alice.address);
		}
		await row(page, "Bob").click();
		await bubble(page, "the news").getByText("Forwarded from Alice Ångström").waitFor();
		await chooseFromMenu(page, "the news", "Forward");
		await dialog.getByRole("combobox").fill("ali");
		await page.keyboard.press("Enter");
		await dialog.getByLabel("Say who wrote it").uncheck();
		await dialog.getByRole("button", { name: "Forward" }).click();
		const last = await until("forwarded", async () => {
			const { messages } = await alice.ask("history.page", { chat: carol.address });
			return messages.length === 2 && messages[1];
		});
		assert.deepEqual([last.text, last.forward], ["the **news**", {}]);
	});

	test("several messages are chosen: copied, forwarded, deleted", async () => {
		const [carol, alice] = await stage.friends("alice", "bob");
		for (const text of ["one", "two", "three"]) {
			await carol.says(alice, text);
		}
		await alice.says(carol, "four");
		const page = await stage.logIn(carol, chatPath(alice), { permissions: ["clipboard-read", "clipboard-write"] });
		await chooseFromMenu(page, "one", "Select");
		await page.getByText("1 selected").waitFor();
		await bubble(page, "four").getByRole("checkbox").check();
		assert.equal(await page.getByRole("button", { name: "Delete" }).isDisabled(), true);
		await page.getByRole("button", { name: "Copy" }).click();
		assert.equal(await page.evaluate(() => navigator.clipboard.readText()), "Carol Diaz: one\nAlice Ångström: four");
		assert.equal(await page.getByRole("checkbox").count(), 0);
		await chooseFromMenu(page, "one", "Select");
		await bubble(page, "two").getByRole("checkbox").check();
		await page.getByRole("button", { name: "Delete" }).click();
		await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
		await until("two are gone", async () => (await keptMessages(alice, carol)).filter(({ text }) => text === null).length === 2);
		assert.deepEqual((await textsOf(alice, carol)).filter(Boolean), ["three", "four"]);
		await chooseFromMenu(page, "three", "Select");
		await page.getByText("1 selected").waitFor();
		await page.keyboard.press("Escape");
		await box(page).waitFor();
	});

	test("what is said to oneself is kept as notes", async () => {
		const [carol, alice] = await stage.friends("alice");
		await alice.says(carol, "worth keeping");
		const page = await stage.logIn(carol, chatPath(alice));
		await chooseFromMenu(page, "worth keeping", "Forward");
		await page.getByRole("combobox").fill("saved");
		await page.keyboard.press("Enter");
		await page.getByRole("dialog").getByRole("button", { name: "Forward" }).click();
		await row(page, "Saved messages").click();
		await bubble(page, "worth keeping").waitFor();
		await write(page, "my own thought");
		await bubble(page, "my own thought").locator(".state-sent").waitFor();
		await page.reload();
		await bubble(page, "my own thought").waitFor();
	});
});
