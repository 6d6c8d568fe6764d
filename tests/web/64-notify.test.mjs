// SPDX-License-Identifier: MIT
// Notifications: what is set, what holds, and what the system shows.

import assert from "node:assert/strict";
import { test } from "node:test";

import { axe } from "./support/browser.mjs";
import { bubble, chatPath, heading, onStage, row, until, upToDate } from "./support/stage.mjs";

const panel = (page) => page.getByRole("complementary", { name: "Details" });

/** The system's notifications, caught; the page counts as looked at only when a test says so. */
async function caught(context, focused = false) {
	await context.grantPermissions(["notifications"]);
	await context.addInitScript((looks) => {
		globalThis.shown = [];
		globalThis.looks = looks;
		document.hasFocus = () => globalThis.looks;
		globalThis.Notification = class {
			static permission = "granted";
			static requestPermission = async () => "granted";
			constructor(title, { body, tag }) {
				globalThis.shown.push({ title, body, tag, click: () => this.onclick?.() });
			}
			close() {}
		};
	}, focused);
}

async function watching(stage, person, path, focused) {
	const context = await stage.context();
	await caught(context, focused);
	const page = await stage.open(context, "/login");
	await stage.fillLogin(page, person);
	await page.locator(".sidebar").waitFor();
	await page.goto(stage.node.url + path);
	await upToDate(page);
	return page;
}

const shown = (page) => page.evaluate(() => globalThis.shown.map(({ title, body }) => [title, body]));
const asked = (page, n) => until(`${n} notifications`, async () => (await shown(page)).length >= n);

onStage("notifications", (stage) => {
	test("a message calls by name, and a click shows it where it was written", async () => {
		const [carol, alice, bob] = await stage.friends("alice", "bob");
		const page = await watching(stage, carol, chatPath(bob));
		await heading(page, "Bob Marsh").waitFor();
		await alice.says(carol, "are you **there**?");
		await asked(page, 1);
		assert.deepEqual(await shown(page), [["Alice Ångström", "are you there?"]]);
		await page.evaluate(() => globalThis.shown[0].click());
		await heading(page, "Alice Ångström").waitFor();
		await bubble(page, "are you there?").waitFor();
		assert.match(new URL(page.url()).pathname, /\/at\//);
	});

	test("nothing calls for a chat that is being looked at", async () => {
		const [carol, alice, bob] = await stage.friends("alice", "bob");
		const page = await watching(stage, carol, chatPath(alice), true);
		await page.locator(".chat-row[aria-current]").waitFor();
		await alice.says(carol, "I see you");
		await bubble(page, "I see you").waitFor();
		await bob.says(carol, "and me?");
		await asked(page, 1);
		assert.deepEqual(await shown(page), [["Bob Marsh", "and me?"]]);
	});

	test("a group calls only for mentions when it is set so, and says why in its details", async () => {
		const [carol, alice] = await stage.friends("alice");
		const { group } = await carol.ask("groups.create", { title: "The club", people: [alice.address] });
		const page = await watching(stage, carol, `${`/chat/${group.address}`.replaceAll(".", "~")}/info`);
		await panel(page).getByText(/as for all groups/).waitFor();
		await panel(page).getByLabel("Notify me of").selectOption("Only when I am mentioned");
		await panel(page).getByText("You are notified when you are mentioned here, as you set it for this chat.").waitFor();
		await alice.says(group, "not for you");
		await alice.says(group, `@${carol.name} this is`);
		await asked(page, 1);
		assert.deepEqual(await shown(page), [["Alice Ångström in The club", `@${carol.name} this is`]]);
		await panel(page).getByRole("button", { name: "Mute for 8 hours" }).click();
		await panel(page).getByText(/^Muted until/).waitFor();
		await row(page, "The club").getByText(", muted").waitFor({ state: "attached" });
		assert.deepEqual(await axe(page), []);
		await page.goto(`${stage.node.url}/settings/notifications`);
		await page.getByRole("button", { name: "Unmute The club" }).click();
		await page.getByRole("button", { name: "Unmute The club" }).waitFor({ state: "detached" });
		await page.getByLabel("Notifications of The club").selectOption("As set for all");
		await page.getByText("All chats follow the settings above.").waitFor();
	});

	test("whether @all is for one is chosen for each group, by key, and told among the chats that differ", async () => {
		const [carol, alice, bob] = await stage.friends("alice", "bob");
		const group = await stage.group(carol, [alice, bob], { title: "The club", permissions: { mention: "member" } });
		const page = await watching(stage, carol, `${`/chat/${group.address}`.replaceAll(".", "~")}/info`);
		const all = panel(page).getByRole("switch", { name: "Let @all and @here notify me" });
		await panel(page).getByLabel("Notify me of").selectOption("Only when I am mentioned");
		await panel(page).getByText("as you set it for this chat").waitFor();
		assert.equal(await all.isChecked(), true);
		await all.focus();
		await page.keyboard.press("Space");
		await until("on the node", async () => (await carol.ask("notify.get")).settings.chats[0].everybody === false);
		assert.deepEqual(await axe(page), []);
		/* What is shown again is what was chosen. */
		await panel(page).getByRole("button", { name: "Close the details" }).click();
		await page.getByRole("button", { name: "About the group" }).click();
		await until("off", async () => !(await all.isChecked()));
		assert.equal(await panel(page).getByLabel("Notify me of").inputValue(), "mentions");
		await alice.says(group, "@all not you");
		await alice.says(group, `@${carol.name} but this`);
		await asked(page, 1);
		assert.deepEqual(await shown(page), [["Alice Ångström in The club", `@${carol.name} but this`]]);
		await page.goto(`${stage.node.url}/settings/notifications`);
		await page.getByText("@all and @here are not for you.").waitFor();
		await page.getByLabel("Notifications of The club").selectOption("As set for all");
		await page.getByRole("button", { name: "Let @all notify me: The club" }).click();
		await page.getByText("All chats follow the settings above.").waitFor();
		assert.equal((await carol.ask("notify.get")).settings.chats.length, 0);
	});

	test("settings are saved at once, on the node, and shown on other devices", async () => {
		const [carol] = await stage.friends();
		const here = await watching(stage, carol, "/settings/notifications");
		const there = await watching(stage, carol, "/settings/notifications");
		const groups = (page) => page.getByRole("group", { name: "Groups" });
		await there.getByRole("switch", { name: "Quiet hours" }).waitFor();
		await groups(here).getByLabel("Only when I am mentioned").check();
		await until("there too", () => groups(there).getByLabel("Only when I am mentioned").isChecked());
		await here.getByRole("switch", { name: "Quiet hours" }).check();
		await here.getByLabel("From").fill("22:30");
		await here.getByLabel("From").blur();
		await until("on the node", async () => {
			const { settings } = await carol.ask("notify.get");
			return settings.group === "mentions" && settings.quiet.on && settings.quiet.start === 22 * 60 + 30;
		});
		await here.getByRole("button", { name: "Show a test" }).click();
		await asked(here, 1);
		assert.deepEqual(await axe(here), []);
	});

	test("what was written is hidden where somebody chose so", async () => {
		const [carol, alice] = await stage.friends("alice");
		const page = await watching(stage, carol, "/settings/notifications");
		await page.getByRole("switch", { name: "Show what was written" }).uncheck();
		await alice.says(carol, "a secret");
		await asked(page, 1);
		assert.deepEqual(await shown(page), [["Alice Ångström", "Alice Ångström wrote to you."]]);
	});

	test("requests and invitations call, too", async () => {
		const [carol, alice] = await stage.friends("alice");
		const dave = await stage.node.newPerson("dave", { display: "Dave" });
		await carol.ask("account.update", { privacy: { groups: "nobody" } });
		const page = await watching(stage, carol, "/");
		await dave.ask("roster.request", { address: carol.address, text: "It is Dave" });
		await asked(page, 1);
		await alice.ask("groups.create", { title: "The club", people: [carol.address] });
		await asked(page, 2);
		assert.deepEqual(await shown(page), [
			["Dave wants to chat with you.", "It is Dave"],
			["Alice Ångström invites you to The club.", ""],
		]);
	});

	test("settings made one right after the other neither jump back nor get lost", async () => {
		const [carol] = await stage.friends();
		const page = await stage.logIn(carol, "/settings/privacy");
		const nobody = page.getByLabel("Nobody");
		const receipts = page.getByRole("switch", { name: "Share what I have read" });
		await nobody.waitFor();
		stage.node.relay.delay = 300;
		await nobody.check();
		await receipts.uncheck();
		await page.getByRole("switch", { name: "Share that I am typing" }).uncheck();
		/* What the node answers to the first must not undo what was chosen after it. */
		await page.evaluate(() => {
			const [one, two] = [...document.querySelectorAll("[role=switch]")];
			globalThis.jumps = 0;
			const look = () => {
				globalThis.jumps += Number(one.checked || two.checked);
				requestAnimationFrame(look);
			};
			look();
		});
		await until("on the node", async () => {
			const { account } = await carol.ask("account.get");
			return account.privacy.groups === "nobody" && account.privacy.receipts === false && account.privacy.typing === false;
		});
		await until("all answered", async () => (await page.locator(".toast", { hasText: "Saved." }).count()) === 3);
		assert.equal(await page.evaluate(() => globalThis.jumps), 0);
		assert.deepEqual([await nobody.isChecked(), await receipts.isChecked()], [true, false]);
	});

	test("who may add one to groups, and what others see, is chosen in the settings", async () => {
		const [carol] = await stage.friends();
		const page = await stage.logIn(carol, "/settings/privacy");
		await page.getByLabel("Nobody").check();
		await page.getByRole("switch", { name: "Share what I have read" }).uncheck();
		await until("on the node", async () => {
			const { account } = await carol.ask("account.get");
			return account.privacy.groups === "nobody" && account.privacy.receipts === false && account.privacy.typing !== false;
		});
		assert.deepEqual(await axe(page), []);
	});
});
