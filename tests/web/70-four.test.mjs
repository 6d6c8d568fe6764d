// SPDX-License-Identifier: MIT
// Four people in four browsers, and the life of a group: made, joined, spoken in, moderated, and handed on.

import assert from "node:assert/strict";
import { test } from "node:test";

import { box, bubble, chatPath, chooseFromMenu, heading, onStage, openMenu, row, shownMessages, until, upToDate, write } from "./support/stage.mjs";

const DAY = 86_400;
const panel = (page) => page.getByRole("complementary", { name: "Details" });
const member = (page, name) => panel(page).locator(".member", { hasText: name });
const toast = (page, text) => page.locator(".toast", { hasText: text }).waitFor();
const all = (pages, look) => Promise.all(pages.map(look));

/** The page's own clock is as far ahead as the node's. */
const passHere = (page, seconds) =>
	page.evaluate((ms) => {
		const now = Date.now.bind(Date);
		Date.now = () => now() + ms;
	}, seconds * 1_000);

/** Names the group and its people in the browser of who makes it. */
async function makeGroup(page, title, names) {
	await page.getByRole("link", { name: "New group" }).click();
	for (const name of names) {
		await page.getByRole("combobox", { name: "People" }).fill(name);
		await page.getByRole("option", { name }).first().waitFor();
		await page.keyboard.press("Enter");
		await page.getByRole("button", { name: `Remove ${name}` }).waitFor();
	}
	await page.getByLabel("Name of the group").fill(title);
	await page.getByRole("button", { name: "Create group" }).click();
}

/** Makes a link in the details, and gives where it leads. */
async function makeLink(page) {
	await page.getByRole("button", { name: "About the group" }).click();
	await panel(page).getByRole("button", { name: "Invite by link" }).click();
	await panel(page).getByRole("button", { name: "Make a link" }).click();
	const { pathname, hash } = new URL(await panel(page).getByRole("textbox", { name: "Link" }).inputValue());
	await page.getByRole("button", { name: "About the group" }).click();
	return pathname + hash;
}

/** From a link in a browser that knows nobody to a place in the group. */
async function joinAsNewcomer(page, name, display) {
	await page.getByRole("link", { name: "Create an account" }).click();
	await page.getByLabel("Username").fill(name);
	await page.getByLabel("Name shown to others").fill(display);
	await page.getByLabel("Password", { exact: true }).fill("correct horse battery");
	await page.getByRole("checkbox", { name: "I agree to the Terms" }).check();
	await page.getByRole("checkbox", { name: "I have read the Privacy" }).check();
	await page.getByRole("button", { name: "Create account" }).click();
	await page.getByRole("button", { name: "Join the group" }).click();
}

onStage("four people", (stage) => {
	test("a group from its first day to its next owner, seen in four browsers", async () => {
		const [carol, alice, bob] = await stage.friends("alice", "bob");
		await bob.ask("account.update", { privacy: { groups: "nobody" } });
		const [carols, alices, bobs] = await all([carol, alice, bob], (person) => stage.logIn(person));

		/* Made; who refuses to be added is asked. */
		await makeGroup(carols, "Garden club", ["Alice Ångström", "Bob Marsh"]);
		await carols.getByText("Added: Alice Ångström.").waitFor();
		await carols.getByText("Invited: Bob Marsh.").waitFor();
		await carols.getByRole("button", { name: "Open the group" }).click();
		await heading(carols, "Garden club").waitFor();
		await toast(alices, "Carol Diaz added you to Garden club.");
		await row(alices, "Garden club").click();
		await toast(bobs, "Carol Diaz invites you to Garden club.");
		assert.equal(await row(bobs, "Garden club").count(), 0);
		await bobs.locator(".requests-row").click();
		await bobs.getByRole("button", { name: "Accept the invitation to Garden club" }).click();
		await heading(bobs, "Garden club").waitFor();
		await all([carols, alices], (page) => page.locator(".system", { hasText: "Bob Marsh joined" }).waitFor());

		/* A newcomer comes by a link. */
		const noras = await stage.open(await stage.context(), await makeLink(carols));
		await noras.getByText("Carol Diaz sent this link.").waitFor();
		await joinAsNewcomer(noras, `nora${carol.name.slice(-6)}`, "Nora New");
		await heading(noras, "Garden club").waitFor();
		await write(noras, "here I am");
		const everybody = [carols, alices, bobs, noras];
		await all(everybody, (page) => bubble(page, "here I am").waitFor());

		/* Somebody is named while away. */
		const club = new URL(bobs.url()).pathname;
		await until("read, also for the node", async () => {
			const { chats } = await bob.ask("history.inbox");
			return chats.length > 0 && chats.every(({ unread }) => !unread);
		});
		await bobs.goto("about:blank");
		await write(noras, "who has the spade?");
		await bubble(alices, "who has the spade?").waitFor();
		await box(alices).pressSequentially("@bob");
		await alices.getByRole("listbox", { name: "Suggestions" }).getByRole("option", { name: "Bob Marsh" }).waitFor();
		await alices.keyboard.press("Tab");
		await box(alices).pressSequentially("has it, I think");
		await alices.keyboard.press("Enter");
		await bubble(noras, "has it, I think").locator(".mention").waitFor();
		await bobs.goto(`${stage.node.url}/`);
		await upToDate(bobs);
		assert.equal(await row(bobs, "Garden club").locator(".badge-mention").textContent(), "@1, 2 unread, 1 mention");
		await row(bobs, "Garden club").click();
		await bobs.getByRole("heading", { name: "New messages" }).waitFor();
		assert.equal(await bubble(bobs, "has it, I think").locator(".mention-me").textContent(), `@${bob.name}`);
		await row(bobs, "Garden club").locator(".badge").waitFor({ state: "detached" });
		await bubble(alices, "has it, I think").locator(".state-read, .state-delivered, .state-sent").waitFor();

		/* A message is edited in time, for all; the next edit comes a day too late. */
		await write(noras, "tomorow at six");
		await bubble(bobs, "tomorow at six").waitFor();
		const editor = noras.getByRole("textbox", { name: "Edit your message" });
		await box(noras).press("ArrowUp");
		await editor.fill("tomorrow at six");
		await editor.press("Enter");
		await all(everybody, (page) => bubble(page, "tomorrow at six").getByRole("button", { name: "edited" }).waitFor());
		await box(noras).press("ArrowUp");
		await editor.fill("tomorrow at seven");
		stage.node.pass(DAY);
		await editor.press("Enter");
		await toast(noras, "You may not do that, or the time for it is over.");
		await all(everybody, (page) => bubble(page, "tomorrow at six").waitFor());
		assert.equal(await bubble(bobs, "tomorrow at seven").count(), 0);
		await chooseFromMenu(noras, "tomorrow at six", "Delete");
		await noras.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
		await until("refused as well", async () => (await noras.locator(".toast", { hasText: "You may not do that" }).count()) === 2);
		/* A browser whose clock is right offers neither. */
		await passHere(noras, DAY);
		const offered = await (await openMenu(noras, "tomorrow at six")).getByRole("menuitem").allTextContents();
		assert.deepEqual(offered.filter((item) => ["Edit", "Delete"].includes(item)), []);
		await noras.keyboard.press("Escape");
		/* Whoever moderates the group still may, and it says so. */
		await passHere(carols, DAY);
		await chooseFromMenu(carols, "tomorrow at six", "Delete");
		await carols.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
		await all([alices, bobs, noras], (page) => page.getByText("This message was deleted by Carol Diaz.").first().waitFor());
		/* What it was to say is not lost, nor sent as something else. */
		await editor.waitFor({ state: "detached" });
		assert.equal(await box(noras).inputValue(), "tomorrow at seven");
		await write(noras, "a new day");
		await all(everybody, (page) => bubble(page, "a new day").waitFor());

		/* Somebody is removed in the middle of a sentence. */
		await carols.getByRole("button", { name: "About the group" }).click();
		await member(carols, "Nora New").waitFor();
		await box(noras).pressSequentially("and another thing");
		await alices.getByText("Nora New is typing…").waitFor();
		await member(carols, "Nora New").getByRole("button", { name: "Actions for Nora New" }).click();
		await carols.getByRole("menuitem", { name: "Remove from group" }).click();
		await carols.getByRole("dialog").getByRole("button", { name: "Remove from group" }).click();
		await noras.getByText("You are not in this group.").waitFor();
		assert.equal(await box(noras).count(), 0);
		await all([alices, bobs], (page) => page.locator(".system", { hasText: "Carol Diaz removed Nora New" }).waitFor());
		await until("nobody types", async () => (await alices.locator(".typing").count()) === 0);
		await write(bobs, "where did Nora go?");
		await bubble(alices, "where did Nora go?").waitFor();
		assert.equal(await bubble(noras, "where did Nora go?").count(), 0);

		/* The owner leaves, and the one admin owns it then. */
		await member(carols, "Alice Ångström").getByRole("button", { name: "Actions for Alice Ångström" }).click();
		await carols.getByRole("menuitem", { name: "Make admin" }).click();
		await carols.getByRole("dialog").getByRole("button", { name: "Make admin" }).click();
		await bobs.locator(".system", { hasText: "Carol Diaz made Alice Ångström an admin" }).waitFor();
		await panel(carols).getByRole("button", { name: "Leave group" }).click();
		await carols.getByRole("dialog").getByRole("button", { name: "Leave group" }).click();
		await toast(carols, "You left Garden club.");
		await all([alices, bobs], (page) => page.locator(".system", { hasText: "Carol Diaz left" }).waitFor());
		await all([alices, bobs], (page) => page.getByRole("button", { name: "About the group" }).click());
		await member(alices, "You").getByText("Owner").waitFor();
		await member(bobs, "Alice Ångström").getByText("Owner").waitFor();
		await panel(alices).getByRole("button", { name: "Change the group" }).click();
		await panel(alices).getByLabel("Name of the group").fill("Alice's garden");
		await panel(alices).getByRole("button", { name: "Save" }).click();
		await heading(bobs, "Alice's garden").waitFor();

		/* Who stayed and who comes back to it see the same. */
		await write(bobs, "congratulations");
		await bubble(alices, "congratulations").waitFor();
		await bobs.goto(stage.node.url + club);
		await bubble(bobs, "congratulations").waitFor();
		await until("the same", async () => {
			const [one, two] = await all([alices, bobs], shownMessages);
			return JSON.stringify(one) === JSON.stringify(two);
		});
		assert.equal(club, chatPath({ name: decodeURIComponent(club).slice("/chat/".length) }));
	});
});
