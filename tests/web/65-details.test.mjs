// SPDX-License-Identifier: MIT
// The panel beside a chat: what was gathered in it, how long it is kept, and what one has in common with somebody.

import assert from "node:assert/strict";
import { test } from "node:test";

import { axe, SIZES } from "./support/browser.mjs";
import { bubble, chatPath, heading, onStage, row, until } from "./support/stage.mjs";

const panel = (page) => page.getByRole("complementary", { name: "Details" });
const groupPath = ({ address }, rest = "") => `/chat/${address}`.replaceAll(".", "~") + rest;
const dialog = (page) => page.getByRole("dialog");

onStage("details of chats", (stage) => {
	test("what is pinned and what has links in it is found in the details, by key, and leads to its place", async () => {
		const [carol, alice] = await stage.friends("alice");
		const group = await stage.group(carol, [alice], { title: "Garden club" });
		const { mid } = await alice.says(group, "the plan: https://garden.example/plan");
		await alice.says(group, "no link in this");
		await stage.history(alice, group, 60);
		await carol.ask("history.pin", { chat: group.address, mid, on: true });
		const page = await stage.logIn(carol, groupPath(group, "/info"));
		await panel(page).getByRole("button", { name: "1 pinned message" }).focus();
		await page.keyboard.press("Enter");
		await dialog(page).getByText("the plan").waitFor();
		await page.keyboard.press("Escape");
		await panel(page).getByRole("button", { name: "Links in messages" }).focus();
		await page.keyboard.press("Enter");
		await panel(page).getByRole("heading", { name: "Links in messages" }).waitFor();
		const hits = panel(page).getByRole("listitem");
		await until("one", async () => (await hits.count()) === 1);
		assert.deepEqual(await axe(page), []);
		await hits.first().getByRole("link").click();
		await bubble(page, "the plan").waitFor();
		/* The same of a chat with one person, where there is none. */
		await page.goto(`${stage.node.url}${chatPath(alice)}/shared`);
		await panel(page).getByText("Nobody has written a link here yet.").waitFor();
	});

	test("how long messages are kept is told to all, and decided by those who may", async () => {
		const [carol, alice] = await stage.friends("alice");
		const group = await stage.group(carol, [alice], { title: "Garden club" });
		const page = await stage.logIn(carol, groupPath(group, "/info"));
		const rule = panel(page).getByRole("region", { name: "How long messages are kept" });
		await rule.getByText("Messages are kept until somebody deletes them.").waitFor();
		await rule.getByLabel("Rule of this chat").selectOption("Keep for 30 days");
		await rule.getByText("Messages are removed for everybody after 30 days. Nothing is removed by this before").waitFor();
		assert.equal((await alice.ask("history.keep", { chat: group.address })).keep.days, 30);
		assert.deepEqual(await axe(page), []);
		const other = await stage.logIn(alice, groupPath(group, "/info"));
		await panel(other).getByText("Messages are removed for everybody after 30 days.").waitFor();
		assert.equal(await panel(other).getByLabel("Rule of this chat").count(), 0);
		/* Of a chat with one person either side decides. */
		await other.goto(`${stage.node.url}${chatPath(carol)}/info`);
		await panel(other).getByLabel("Rule of this chat").selectOption("Keep for 7 days");
		await until("on the node", async () => (await carol.ask("history.keep", { chat: alice.address })).keep.days === 7);
	});

	test("a request says which groups both are in, and so does who somebody is", async () => {
		const [carol, alice] = await stage.friends("alice");
		const mallory = await stage.node.newPerson("mallory", { display: "Mallory Stone" });
		await stage.node.befriend(alice, mallory);
		for (const title of ["Garden club", "Chess"]) {
			await alice.ask("groups.create", { title, people: [carol.address, mallory.address] });
		}
		await mallory.ask("roster.request", { address: carol.address, text: "We know each other" });
		const page = await stage.logIn(carol, "/people");
		const both = /You share 2 groups: (Garden club, Chess|Chess, Garden club)\./;
		await page.locator(".person-card", { hasText: "We know each other" }).getByText(both).waitFor();
		await page.goto(stage.node.url + chatPath(mallory));
		await page.locator(".request-form").getByText(both).waitFor();
		await page.goto(`${stage.node.url}${chatPath(mallory)}/info`);
		const together = panel(page).getByRole("region", { name: "2 groups with both of you" });
		await together.getByRole("link", { name: /Chess/ }).waitFor();
		assert.deepEqual(await axe(page), []);
		await together.getByRole("link", { name: /Chess/ }).click();
		await heading(page, "Chess").waitFor();
	});

	test("an invitation is answered where the group is shown, too", async () => {
		const [carol, alice] = await stage.friends("alice");
		await carol.ask("account.update", { privacy: { groups: "nobody" } });
		const { group: one } = await alice.ask("groups.create", { title: "The club", people: [carol.address] });
		const { group: two } = await alice.ask("groups.create", { title: "The other club", people: [carol.address] });
		const [width, height] = SIZES.phone;
		const page = await stage.logIn(carol, groupPath(one), { viewport: { width, height } });
		await page.getByText("Alice Ångström invites you to The club.").waitFor();
		assert.deepEqual(await axe(page), []);
		await page.getByRole("button", { name: "Accept" }).click();
		await page.getByRole("textbox", { name: "Message to The club" }).waitFor();
		await page.goto(stage.node.url + groupPath(two));
		await page.getByRole("button", { name: "Decline" }).click();
		await heading(page, "Find people").waitFor();
		assert.deepEqual((await carol.ask("groups.invitations")).invitations, []);
	});

	test("who is in a group already is not offered to be added", async () => {
		const [carol, alice] = await stage.friends("alice", "bob");
		const group = await stage.group(carol, [alice], { title: "The club" });
		const page = await stage.logIn(carol, groupPath(group, "/add"));
		await panel(page).getByRole("option", { name: /Bob Marsh/ }).waitFor();
		await until("without Alice", async () => (await panel(page).getByRole("option", { name: /Alice/ }).count()) === 0);
		await panel(page).getByRole("option", { name: /Bob Marsh/ }).click();
		await panel(page).getByRole("button", { name: "Add to the group" }).click();
		await panel(page).getByText("Added: Bob Marsh.").waitFor();
		await until("nobody is left", async () => (await panel(page).getByRole("option").count()) === 0);
	});

	test("a long name leaves the signs beside it in sight", async () => {
		const [carol, alice] = await stage.friends("alice");
		const group = await stage.group(alice, [carol], { title: "A group with a name that is as long as names can be, or almost so" });
		await carol.ask("notify.chat", { chat: group.address, mute: -1 });
		const page = await stage.logIn(carol);
		await row(page, "A group with").locator(".row-sign").waitFor();
		const [sign, line] = await Promise.all([".row-sign", ".chat-row-name"].map((part) => row(page, "A group with").locator(part).boundingBox()));
		assert.ok(sign.x + sign.width <= line.x + line.width + 1, "the sign is in the row");
	});
}, { store: { backend: "sqlite" } });
