// SPDX-License-Identifier: MIT
// Replies, ways to far messages and back, forwarding, and choosing several.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
	atEnd, box, bubble, chatPath, chooseFromMenu, keptMessages, midOf, onStage, placeOf, row, scrollBy, scrolled, textsOf, until, write, drawn,
} from "./support/stage.mjs";

const focusedText = (page) => page.evaluate(() => document.activeElement.querySelector?.(".text")?.textContent);

onStage("answers", (stage) => {
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
});
