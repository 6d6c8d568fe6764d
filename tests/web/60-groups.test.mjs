// SPDX-License-Identifier: MIT
// Groups in the browser: made, looked at, changed, joined and left.

import assert from "node:assert/strict";
import { test } from "node:test";

import { axe } from "./support/browser.mjs";
import { box, bubble, heading, onStage, row, until, write } from "./support/stage.mjs";

const panel = (page) => page.getByRole("complementary", { name: "Details" });
const toast = (page, text) => page.locator(".toast", { hasText: text }).waitFor();
const groupPath = (group) => `/chat/${group.address.replaceAll(".", "~")}`;

async function choose(page, ...names) {
	for (const name of names) {
		await page.getByRole("combobox", { name: "People" }).fill(name);
		await page.getByRole("option", { name }).first().waitFor();
		await page.keyboard.press("Enter");
		await page.getByRole("button", { name: `Remove ${name}` }).waitFor();
	}
}

async function newGroup(owner, people = [], more = {}) {
	const { group } = await owner.ask("groups.create", { title: "The club", people: people.map(({ address }) => address), ...more });
	return group;
}

onStage("groups", (stage) => {
	test("a group is made of several people, some of whom are asked first", async () => {
		const [carol, , bob] = await stage.friends("alice", "bob", "dave");
		await bob.ask("account.update", { privacy: { groups: "nobody" } });
		const here = await stage.logIn(carol);
		const there = await stage.logIn(bob);
		await here.getByRole("link", { name: "New group" }).click();
		await choose(here, "Alice Ångström", "Bob Marsh", "Dave");
		await here.keyboard.press("Backspace");
		await here.getByRole("button", { name: "Remove Dave" }).waitFor({ state: "detached" });
		await here.getByLabel("Name of the group").fill("Garden club");
		await here.getByRole("button", { name: "Create group" }).click();
		await here.getByText("Added: Alice Ångström.").waitFor();
		await here.getByText("Invited: Bob Marsh.").waitFor();
		assert.deepEqual(await axe(here), []);
		await here.getByRole("button", { name: "Open the group" }).click();
		await heading(here, "Garden club").waitFor();
		await write(here, "welcome");

		await toast(there, "Carol Diaz invites you to Garden club.");
		await there.locator(".requests-row").click();
		assert.deepEqual(await axe(there), []);
		await there.getByRole("button", { name: "Accept the invitation to Garden club" }).click();
		await heading(there, "Garden club").waitFor();
		await write(there, "glad to be here");
		await bubble(here, "glad to be here").waitFor();
		await row(here, "Garden club").getByText("Bob Marsh:").waitFor();
		assert.equal(await there.locator(".requests-row").count(), 0);
	});

	test("an invitation can be declined", async () => {
		const [carol, bob] = await stage.friends("bob");
		await bob.ask("account.update", { privacy: { groups: "nobody" } });
		await newGroup(carol, [bob]);
		const page = await stage.logIn(bob, "/people");
		await page.getByRole("button", { name: "Decline the invitation to The club" }).click();
		await page.getByRole("heading", { name: "Invitations to groups" }).waitFor({ state: "detached" });
		assert.deepEqual((await bob.ask("groups.invitations")).invitations, []);
	});

	test("a group without a name is called by its members, and renamed for everybody at once", async () => {
		const [carol, alice, bob] = await stage.friends("alice", "bob");
		const group = await newGroup(carol, [alice, bob], { title: undefined });
		const here = await stage.logIn(carol, groupPath(group));
		await heading(here, "Alice Ångström, Bob Marsh").waitFor();
		const there = await stage.logIn(alice, groupPath(group));
		await here.getByRole("button", { name: "About the group" }).click();
		await panel(here).getByRole("button", { name: "Change the group" }).click();
		await panel(here).getByLabel("Name of the group").fill("Book club");
		await panel(here).getByRole("textbox", { name: "Topic" }).fill("Middlemarch");
		await panel(here).getByRole("button", { name: "Save" }).click();
		await heading(there, "Book club").waitFor();
		await there.getByText("Carol Diaz named the group “Book club”").waitFor();
		await row(there, "Book club").waitFor();
	});

	test("members are shown with their roles, found, promoted, removed and banned", async () => {
		const [carol, alice, bob, dave] = await stage.friends("alice", "bob", "dave");
		const group = await newGroup(carol, [alice, bob, dave]);
		const page = await stage.logIn(carol, `${groupPath(group)}/info`);
		const member = (name) => panel(page).locator(".member", { hasText: name });
		await member("You").getByText("Owner").waitFor();
		await panel(page).getByRole("searchbox", { name: "Find a member" }).fill("bo");
		await until("one found", async () => (await panel(page).locator(".member").count()) === 1);
		await panel(page).getByRole("searchbox", { name: "Find a member" }).fill("");
		await member("Bob Marsh").getByRole("button", { name: "Actions for Bob Marsh" }).click();
		await page.getByRole("menuitem", { name: "Make moderator" }).click();
		await member("Bob Marsh").getByText("Moderator").waitFor();
		await member("Dave").getByRole("button", { name: "Actions for Dave" }).click();
		await page.getByRole("menuitem", { name: "Ban" }).click();
		await page.getByRole("dialog").getByRole("button", { name: "Ban" }).click();
		await member("Dave").waitFor({ state: "detached" });
		assert.deepEqual(await axe(page), []);
		await panel(page).getByRole("button", { name: "Banned people" }).click();
		await panel(page).getByRole("button", { name: "Lift the ban on Dave" }).click();
		await panel(page).getByText("Nobody is banned.").waitFor();
	});

	test("who is removed while writing sees why the box is gone", async () => {
		const [carol, alice] = await stage.friends("alice");
		const group = await newGroup(carol, [alice]);
		const there = await stage.logIn(alice, groupPath(group));
		await box(there).pressSequentially("I was just about to");
		await carol.ask("groups.remove", { group: group.address, address: alice.address });
		await there.getByText("You are not in this group.").waitFor();
		await toast(there, "Carol Diaz removed you from The club.");
		assert.equal(await box(there).count(), 0);
		await there.getByRole("link", { name: "Find people" }).click();
		await there.getByRole("button", { name: "Archived" }).click();
		await row(there, "The club").waitFor();
	});

	test("the last owner who leaves is told who owns the group then", async () => {
		const [carol, alice] = await stage.friends("alice");
		const group = await newGroup(carol, [alice]);
		const here = await stage.logIn(carol, `${groupPath(group)}/info`);
		const there = await stage.logIn(alice, groupPath(group));
		await panel(here).getByRole("button", { name: "Leave group" }).click();
		await here.getByRole("dialog").getByText("the longest-serving admin becomes owner").waitFor();
		await here.getByRole("dialog").getByRole("button", { name: "Leave group" }).click();
		await toast(here, "You left The club.");
		await there.getByText("Carol Diaz left").first().waitFor();
		await there.getByRole("button", { name: "About the group" }).click();
		await panel(there).locator(".member", { hasText: "You" }).getByText("Owner").waitFor();
	});

	test("a public group is found, looked at, joined, and left with a way back", async () => {
		const [carol, alice] = await stage.friends("alice");
		const name = `open${alice.name.slice(-6)}`;
		const group = await newGroup(carol, [], { title: `Open house ${name}`, kind: "public", name, about: "For everybody" });
		const page = await stage.logIn(alice);
		await page.keyboard.press("/");
		await page.keyboard.type(name);
		await row(page, group.title).click();
		await page.getByRole("button", { name: "Join" }).click();
		await box(page).waitFor();
		await write(page, "hello house");
		await page.getByRole("button", { name: "About the group" }).click();
		await panel(page).getByRole("button", { name: "Leave group" }).click();
		await page.getByRole("dialog").getByRole("button", { name: "Leave group" }).click();
		await page.locator(".toast").getByRole("button", { name: "Undo" }).click();
		await box(page).waitFor();
	});

	test("a link is made, used by somebody who has yet to sign up, and withdrawn", async () => {
		const [carol] = await stage.friends();
		const group = await newGroup(carol);
		const here = await stage.logIn(carol, `${groupPath(group)}/links`);
		await panel(here).getByLabel("For how many people").selectOption("5 people");
		await panel(here).getByRole("button", { name: "Make a link" }).click();
		const url = await panel(here).getByRole("textbox", { name: "Link" }).inputValue();
		assert.match(url, /\/join#[\w-]+$/);
		await panel(here).getByText("for 5 more people").waitFor();

		const { pathname, hash } = new URL(url);
		const newcomer = await stage.open(await stage.context(), pathname + hash);
		await newcomer.getByText("The club").waitFor();
		await newcomer.getByText("Carol Diaz sent this link.").waitFor();
		assert.deepEqual(await axe(newcomer), []);
		await newcomer.getByRole("link", { name: "Create an account" }).click();
		await newcomer.getByLabel("Username").fill(`new${carol.name.slice(-8)}`);
		await newcomer.getByLabel("Name shown to others").fill("Nora New");
		await newcomer.getByLabel("Password", { exact: true }).fill("correct horse battery");
		await newcomer.getByRole("checkbox").first().waitFor();
		for (const box of await newcomer.getByRole("checkbox").all()) {
			await box.check();
		}
		await newcomer.getByRole("button", { name: "Create account" }).click();
		await newcomer.getByRole("button", { name: "Join the group" }).click();
		await write(newcomer, "here I am");
		await bubble(here, "here I am").waitFor();

		await panel(here).getByRole("button", { name: "Withdraw" }).click();
		await toast(here, "The link no longer works.");
		const late = await stage.open(await stage.context(), pathname + hash);
		await late.getByText("This link does not work any more.").waitFor();
	});

	test("settings of a group hold at once: only admins write, then everybody again", async () => {
		const [carol, alice] = await stage.friends("alice");
		const group = await newGroup(carol, [alice]);
		const here = await stage.logIn(carol, `${groupPath(group)}/edit`);
		const there = await stage.logIn(alice, groupPath(group));
		await box(there).waitFor();
		await panel(here).getByLabel("Write", { exact: true }).selectOption("Admins and owners");
		await there.getByText("Only admins may write here.").waitFor();
		await panel(here).getByLabel("Write", { exact: true }).selectOption("Everybody");
		await box(there).waitFor();
		assert.deepEqual(await axe(here), []);
	});

	test("two admins change the same member at once: one outcome that both see", async () => {
		const [carol, alice, bob] = await stage.friends("alice", "bob");
		const group = await newGroup(carol, [alice, bob]);
		await carol.ask("groups.role", { group: group.address, address: alice.address, role: "admin" });
		const one = await stage.logIn(carol, `${groupPath(group)}/info`);
		const two = await stage.logIn(alice, `${groupPath(group)}/info`);
		const member = (page) => panel(page).locator(".member", { hasText: "Bob Marsh" });
		for (const page of [one, two]) {
			await member(page).getByRole("button", { name: "Actions for Bob Marsh" }).click();
		}
		await Promise.all([
			one.getByRole("menuitem", { name: "Make moderator" }).click(),
			two.getByRole("menuitem", { name: "Remove from group" }).click().then(() => two.getByRole("dialog").getByRole("button", { name: "Remove from group" }).click()),
		]);
		await member(one).waitFor({ state: "detached" });
		await member(two).waitFor({ state: "detached" });
	});
});
