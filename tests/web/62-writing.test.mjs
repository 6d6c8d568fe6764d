// SPDX-License-Identifier: MIT
// The box to write in: names, marks, drafts on all devices, who is typing, and where one may not write.

import assert from "node:assert/strict";
import { test } from "node:test";

import { box, bubble, chatPath, onStage, row, until, write } from "./support/stage.mjs";

const LIVE = ".state-sent, .state-delivered, .state-read";

onStage("writing", (stage) => {
	test("an @ and a letter offer the members, recent first; Tab or Enter takes one; the mention is marked", async () => {
		const [carol, alice, bob] = await stage.friends("alice", "bob");
		const group = await stage.group(carol, [alice, bob]);
		await bob.says(group, "hello all");
		await alice.says(group, "hello from me");
		const page = await stage.logIn(carol, chatPath(group));
		await bubble(page, "hello from me").waitFor();
		await box(page).pressSequentially("😀 and @a");
		const options = page.getByRole("listbox", { name: "Suggestions" }).getByRole("option");
		await options.first().waitFor();
		assert.match(await options.first().textContent(), /Alice/);
		const active = await box(page).getAttribute("aria-activedescendant");
		assert.equal(await page.locator(`#${active}`).getAttribute("aria-selected"), "true");
		await page.keyboard.press("Tab");
		assert.equal(await box(page).inputValue(), `😀 and @${alice.name} `);
		await box(page).pressSequentially("@b");
		await until("Bob", async () => /Bob/.test((await options.first().textContent().catch(() => "")) ?? ""));
		await page.keyboard.press("Enter");
		await page.keyboard.press("Enter");
		const sent = page.locator(".msg-own");
		await sent.locator(".mention").first().waitFor();
		assert.deepEqual(await sent.locator(".mention").allTextContents(), [`@${alice.name}`, `@${bob.name}`]);
		const there = await stage.logIn(alice, chatPath(group));
		await there.locator(".mention-me").waitFor();
		assert.equal(await there.locator(".mention-me").textContent(), `@${alice.name}`);
	});

	test("Esc closes the offer and then nothing else; the arrows walk it", async () => {
		const [carol, alice, bob] = await stage.friends("alice", "bob");
		const group = await stage.group(carol, [alice, bob]);
		const page = await stage.logIn(carol, chatPath(group));
		await box(page).pressSequentially("@al");
		const options = page.getByRole("option");
		await options.first().waitFor();
		const n = await options.count();
		await page.keyboard.press("ArrowUp");
		assert.equal(await options.nth(n - 1).getAttribute("aria-selected"), "true");
		await page.keyboard.press("Escape");
		await until("closed", async () => (await options.count()) === 0);
		assert.equal(await box(page).inputValue(), "@al");
		await page.keyboard.press("Enter");
		await bubble(page, "@al").locator(LIVE).waitFor();
	});

	test("calling more than five people is asked about first, with their number", async () => {
		const [carol, ...others] = await stage.friends("alice", "bob", "dave", "erin", "frank");
		const group = await stage.group(carol, others);
		const page = await stage.logIn(carol, chatPath(group));
		await write(page, "@all lunch?");
		const dialog = page.getByRole("dialog", { name: "Notify 6 people?" });
		await dialog.getByRole("button", { name: "Cancel" }).click();
		assert.equal(await page.locator(".msg").count(), 0);
		assert.equal(await box(page).inputValue(), "@all lunch?");
		await box(page).press("Enter");
		await dialog.getByRole("button", { name: "Send" }).click();
		await bubble(page, "@all lunch?").locator(LIVE).waitFor();
	});

	test("where Enter does not send, it makes a line, and Ctrl-Enter sends", async () => {
		const [carol, alice] = await stage.friends("alice");
		const page = await stage.logIn(carol, "/settings/shortcuts");
		await page.getByRole("switch", { name: "Enter sends" }).uncheck();
		await row(page, "Alice").click();
		await box(page).pressSequentially("one");
		await page.keyboard.press("Enter");
		await page.keyboard.type("two");
		assert.equal(await box(page).inputValue(), "one\ntwo");
		assert.equal(await page.locator(".msg").count(), 0);
		await page.keyboard.press("Control+Enter");
		await bubble(page, "two").locator(LIVE).waitFor();
		await page.reload();
		await box(page).pressSequentially("still");
		await page.keyboard.press("Enter");
		assert.equal(await box(page).inputValue(), "still\n");
	});

	test("a colon and two letters offer emoji", async () => {
		const [carol, alice] = await stage.friends("alice");
		const page = await stage.logIn(carol, chatPath(alice));
		await box(page).pressSequentially("well done :tada");
		await page.getByRole("option", { name: "party popper" }).waitFor();
		await page.keyboard.press("Enter");
		assert.equal(await box(page).inputValue(), "well done 🎉 ");
	});

	test("Ctrl-B and Ctrl-I mark what is selected", async () => {
		const [carol, alice] = await stage.friends("alice");
		const page = await stage.logIn(carol, chatPath(alice));
		await box(page).fill("plain words");
		await box(page).evaluate((area) => area.setSelectionRange(6, 11));
		await page.keyboard.press("Control+b");
		assert.equal(await box(page).inputValue(), "plain **words**");
		await page.keyboard.press("Control+i");
		assert.equal(await box(page).inputValue(), "plain ***words***");
		await page.keyboard.press("Enter");
		assert.equal(await page.locator(".msg .text strong em").textContent(), "words");
	});

	test("a draft, and what it answers, is on the other device within seconds; sending clears both", async () => {
		const [carol, alice] = await stage.friends("alice");
		await alice.says(carol, "a question");
		const first = await stage.logIn(carol, chatPath(alice));
		const second = await stage.logIn(carol);
		await bubble(first, "a question").hover();
		await first.getByRole("button", { name: "Reply" }).click();
		await box(first).pressSequentially("half an answer");
		await row(second, "Alice").getByText("half an answer").waitFor();
		await row(second, "Alice").click();
		await until("the draft", async () => (await box(second).inputValue()) === "half an answer");
		await second.locator(".composer-bar").getByText("a question").waitFor();
		await box(second).press("Enter");
		await until("cleared", async () => (await box(first).inputValue()) === "");
		await first.locator(".composer-bar").waitFor({ state: "detached" });
	});

	test("who is typing is shown, and no longer when they stop or have sent", async () => {
		const [carol, alice] = await stage.friends("alice");
		const here = await stage.logIn(carol, chatPath(alice));
		const there = await stage.logIn(alice, chatPath(carol));
		await box(here).waitFor();
		await box(there).pressSequentially("hm");
		await here.getByText("Alice Ångström is typing…").waitFor();
		await row(here, "Alice").getByText("Typing…").waitFor();
		await box(there).press("Enter");
		await until("sent", async () => (await here.locator(".typing").count()) === 0);
		await box(there).pressSequentially("and");
		await here.locator(".typing").waitFor();
		await until("idle", async () => (await here.locator(".typing").count()) === 0);
	});

	test("ticks tell that it was sent, delivered, read; the details say by whom", async () => {
		const [carol, alice] = await stage.friends("alice");
		const here = await stage.logIn(carol, chatPath(alice));
		await alice.close();
		await write(here, "nobody is there");
		await bubble(here, "nobody is there").locator(".state-sent").waitFor();
		const there = await stage.logIn(alice);
		await row(there, "Carol").locator(".badge").waitFor();
		await write(here, "did you see?");
		await bubble(here, "did you see?").locator(".state-delivered").waitFor();
		await row(there, "Carol").click();
		await bubble(here, "did you see?").locator(".state-read").waitFor();
		await bubble(here, "did you see?").click({ button: "right", position: { x: 8, y: 20 } });
		await here.getByRole("menuitem", { name: "Details" }).click();
		await here.getByRole("dialog").getByText("Read by 1").waitFor();
		const time = await here.getByRole("dialog").locator("li").filter({ hasText: "Alice" }).locator("time").getAttribute("datetime");
		assert.ok(Math.abs(Date.parse(time) - Date.now()) < 600_000, "the reader is shown with the time");
	});

	test("where only moderators may write, the others are told so; in a slow group one waits", async () => {
		const [carol, alice] = await stage.friends("alice");
		const group = await stage.group(carol, [alice], { permissions: { post: "moderator" } });
		const there = await stage.logIn(alice, chatPath(group));
		await there.getByText("Only moderators may write here.").waitFor();
		assert.equal(await box(there).count(), 0);
		await carol.ask("groups.update", { group: group.address, permissions: { post: "member" }, slow: 30 });
		await box(there).waitFor();
		await write(there, "first");
		await bubble(there, "first").locator(LIVE).waitFor();
		await there.getByText(/Slow mode: you can write again in \d+ seconds?\./).waitFor({ state: "attached" });
		await write(there, "second");
		await there.locator(".toast", { hasText: "Slow mode" }).waitFor();
		assert.equal(await box(there).inputValue(), "second");
		assert.equal(await bubble(there, "second").count(), 0);
	});

	test("what happened in a group is told in quiet lines, the same live and after a reload", async () => {
		const [carol, alice, bob, dave, erin] = await stage.friends("alice", "bob", "dave", "erin");
		const group = await stage.group(carol, [alice, bob]);
		const page = await stage.logIn(carol, chatPath(group));
		await carol.ask("groups.update", { group: group.address, title: "Tulip club" });
		await carol.ask("groups.invite", { group: group.address, people: [dave.address, erin.address] });
		await bob.ask("groups.leave", { group: group.address });
		const lines = page.locator(".system p");
		const expand = async () => {
			const more = page.locator(".system button");
			await page.locator(".system", { hasText: "made the group" }).waitFor();
			if ((await more.count()) > 0) {
				await more.first().click();
			}
			return (await lines.allTextContents()).map((text) => text.replace(/ \d.*$/, ""));
		};
		await until("five lines", async () => (await expand()).length >= 4);
		const live = await expand();
		assert.ok(live.includes("You named the group “Tulip club”"), live.join());
		assert.ok(live.includes("Bob Marsh left"), live.join());
		await page.reload();
		await page.locator(".system").first().waitFor();
		await until("the same", async () => JSON.stringify(await expand()) === JSON.stringify(live));
	});
}, { store: { backend: "sqlite" } });
