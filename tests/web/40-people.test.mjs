// SPDX-License-Identifier: MIT
// Finding people, asking them, and what they see of one another.

import assert from "node:assert/strict";
import { test } from "node:test";

import { box, bubble, chatPath, heading, onStage, row, until, write } from "./support/stage.mjs";

onStage("people", (stage) => {
	test("somebody is found, asked, accepts, and both can write", async () => {
		const carol = await stage.node.newPerson("carol", { display: "Carol Diaz" });
		const dave = await stage.node.newPerson("zdavid");
		const here = await stage.logIn(carol);
		const there = await stage.logIn(dave);
		await here.keyboard.press("/");
		await here.keyboard.type(dave.name.slice(0, 5));
		await row(here, `@${dave.name}`).getByText("Ask to chat").waitFor();
		await here.keyboard.press("Enter");
		await here.getByLabel("A few words").fill("It is Carol from the club");
		await here.getByRole("button", { name: "Send request" }).click();
		await here.getByText(`You asked ${dave.name} to chat.`).waitFor();
		await there.locator(".requests-row").click();
		await there.getByText("It is Carol from the club").waitFor();
		await there.getByRole("button", { name: "Accept the request of Carol Diaz" }).click();
		await box(there).waitFor();
		await box(here).waitFor();
		await write(there, "welcome");
		await bubble(here, "welcome").waitFor();
	});

	test("a request can be withdrawn, and declined", async () => {
		const carol = await stage.node.newPerson("carol", { display: "Carol Diaz" });
		const dave = await stage.node.newPerson("dave", { display: "Dave" });
		const here = await stage.logIn(carol, chatPath(dave));
		await here.getByRole("button", { name: "Send request" }).click();
		await here.getByRole("button", { name: "Withdraw" }).click();
		await here.getByRole("button", { name: "Send request" }).click();
		await here.getByRole("button", { name: "Withdraw" }).waitFor();
		const there = await stage.logIn(dave, chatPath(carol));
		await there.getByRole("button", { name: "Decline" }).click();
		await there.getByRole("button", { name: "Decline" }).waitFor({ state: "detached" });
	});

	test("a person is blocked and unblocked with the keyboard", async () => {
		const [carol, bob] = await stage.friends("bob");
		const page = await stage.logIn(carol, chatPath(bob));
		await page.getByRole("button", { name: "More about Bob" }).focus();
		await page.keyboard.press("Enter");
		await until("the menu", () => page.evaluate(() => document.activeElement.role === "menuitem"));
		await page.keyboard.press("End");
		await page.keyboard.press("Enter");
		await page.getByRole("dialog").getByRole("button", { name: "Block" }).focus();
		await page.keyboard.press("Enter");
		await page.getByText("You blocked Bob Marsh.").waitFor();
		await until("not in the list", async () => (await row(page, "Bob").count()) === 0);
		await bob.cannotSay("not-allowed", carol, "let me in");
		await page.getByRole("link", { name: "Settings" }).click();
		await page.getByRole("link", { name: "Blocked people" }).click();
		await page.getByRole("button", { name: "Unblock Bob Marsh" }).click();
		await page.getByText("You have not blocked anybody.").waitFor();
	});

	test("suggestions give their reason and stay away once dismissed", async () => {
		const [carol, alice] = await stage.friends("alice");
		const dave = await stage.node.newPerson("dave", { display: "Dave Rossi" });
		await stage.node.befriend(alice, dave);
		const page = await stage.logIn(carol, "/people");
		await page.getByText("1 contact in common").waitFor();
		await page.getByRole("button", { name: "Do not suggest Dave Rossi" }).click();
		await page.getByText("Nobody to suggest yet.").waitFor();
		const { people } = await until("dismissed", async () => {
			const answer = await carol.ask("roster.suggestions");
			return answer.people.length === 0 && answer;
		});
		assert.deepEqual(people, []);
	});

	test("status is chosen, told to contacts, and remembered", async () => {
		const [carol, alice] = await stage.friends("alice");
		await carol.close();
		const there = await stage.logIn(alice);
		const here = await stage.logIn(carol);
		await row(there, "Carol Diaz").locator(".dot-available").waitFor();
		await here.locator(".account-button").click();
		await here.getByRole("radio", { name: "Busy" }).check();
		await here.getByLabel("What are you up to?").fill("Painting the fence");
		await here.getByRole("button", { name: "Save" }).click();
		await row(there, "Carol Diaz").locator(".dot-busy").waitFor();
		await row(there, "Carol Diaz").click();
		await there.getByText("Painting the fence").first().waitFor();
		await until("the cookie", async () => (await here.context().cookies()).length > 0);
		await here.reload();
		await here.locator(".account-button .dot-busy").waitFor();
		assert.equal(await here.locator(".account-button .person-note").textContent(), "Painting the fence");
		await here.locator(".account-button").click();
		await here.getByRole("radio", { name: "Appear offline" }).check();
		await row(there, "Carol Diaz").locator(".dot-offline").waitFor();
	});

	test("a new name is shown to contacts at once, and hidden people are not found", async () => {
		const [carol, alice] = await stage.friends("alice");
		const there = await stage.logIn(alice, chatPath(carol));
		const here = await stage.logIn(carol, "/settings/profile");
		await here.getByLabel("Name shown to others").fill("Caroline");
		await here.getByRole("button", { name: "Save" }).click();
		await heading(there, "Caroline").waitFor();
		await here.getByRole("link", { name: "Privacy" }).click();
		await here.getByRole("switch", { name: "Hidden from search" }).check();
		await here.getByText("Saved.").first().waitFor();
		const dave = await stage.node.newPerson("dave");
		await until("hidden", async () => {
			const { people } = await dave.ask("roster.search", { text: carol.name });
			return !people.some(({ address }) => address === carol.address);
		});
	});

	test("a new name that is refused stays in its field, and others see the old one", async () => {
		const [carol] = await stage.friends();
		const page = await stage.logIn(carol, "/settings/profile");
		const field = page.getByLabel("Name shown to others");
		await field.fill("\u202elorac");
		await page.getByRole("button", { name: "Save" }).click();
		await page.locator(".toast").getByText(/^That did not work: must be at most 64/).waitFor();
		assert.equal(await field.inputValue(), "\u202elorac");
		assert.equal((await carol.ask("account.get")).account.display, "Carol Diaz");
	});

	test("the search is worked with the keyboard alone and says how many it found", async () => {
		const [carol, , bob] = await stage.friends("alice", "bob");
		const page = await stage.logIn(carol);
		await page.keyboard.press("/");
		await page.keyboard.type("marsh");
		await until("said", async () => /\d+ results?/.test(await page.locator("#live-polite").textContent()));
		await page.keyboard.press("ArrowDown");
		await page.keyboard.press("Enter");
		await heading(page, "Bob Marsh").waitFor();
		assert.equal(new URL(page.url()).pathname, chatPath(bob));
		assert.equal(await page.getByRole("searchbox").inputValue(), "");
	});
});
