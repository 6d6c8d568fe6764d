// SPDX-License-Identifier: MIT
// Without a mouse: from signing up to writing in a new group; and what is seen on narrow screens and in forced colours.

import assert from "node:assert/strict";
import { test } from "node:test";

import { axe, SIZES } from "./support/browser.mjs";
import { bubble, heading, onStage, until } from "./support/stage.mjs";

const focused = (page) =>
	page.evaluate(() => {
		const it = document.activeElement;
		const label = it?.labels?.[0]?.textContent ?? it?.getAttribute("aria-label") ?? "";
		return `${it?.tagName} ${label} ${it?.textContent?.slice(0, 60) ?? ""}`;
	});

const title = (page, name) => page.getByRole("heading", { name, level: 2 });

/** Presses Tab until what is wanted has the focus. */
async function tabTo(page, wanted) {
	for (let i = 0; i < 60; i++) {
		if (wanted.test(await focused(page))) {
			return;
		}
		await page.keyboard.press("Tab");
	}
	assert.fail(`Tab does not lead to ${wanted}; at ${await focused(page)}`);
}

onStage("keyboard and looks", (stage) => {
	test("from signing up to a message in a new group, with the keyboard alone", async () => {
		const bob = await stage.node.newPerson("bob", { display: "Bob Marsh" });
		await bob.ask("account.update", { privacy: { groups: "everyone" } });
		const page = await stage.open(await stage.context());
		await heading(page, "Talk in peace.").waitFor();
		await tabTo(page, /^A .*Create an account/);
		await page.keyboard.press("Enter");
		await page.getByLabel("Username").waitFor();
		await tabTo(page, /^INPUT Username/);
		await page.keyboard.type(`kim${Date.now() % 100_000}`);
		await tabTo(page, /^INPUT Password/);
		await page.keyboard.type("correct horse battery");
		await tabTo(page, /^INPUT I agree/);
		await page.keyboard.press("Space");
		await tabTo(page, /^INPUT I have read/);
		await page.keyboard.press("Space");
		await tabTo(page, /^BUTTON .*Create account/);
		await page.keyboard.press("Enter");
		await heading(page, "Find people").waitFor();
		await until("the heading has the focus", async () => /^H1/.test(await focused(page)));

		await page.keyboard.press("n");
		await page.getByRole("combobox", { name: "People" }).waitFor();
		await tabTo(page, /^INPUT People/);
		await page.keyboard.type(bob.name);
		await page.getByRole("option", { name: "Bob Marsh" }).waitFor();
		await page.keyboard.press("Enter");
		await page.getByRole("button", { name: "Remove Bob Marsh" }).waitFor();
		await tabTo(page, /^INPUT Name of the group/);
		await page.keyboard.type("Without a mouse");
		await tabTo(page, /^BUTTON .*Create group/);
		await page.keyboard.press("Enter");
		await heading(page, "Without a mouse").waitFor();
		await tabTo(page, /^TEXTAREA/);
		await page.keyboard.type("typed, not clicked");
		await page.keyboard.press("Enter");
		await bubble(page, "typed, not clicked").waitFor();
		await bob.hearsSaid("typed, not clicked");
	});

	test("groups and settings have nothing that axe minds, at three widths, light, dark and in forced colours", async () => {
		const [carol, alice] = await stage.friends("alice");
		const { group } = await carol.ask("groups.create", { title: "The club", about: "All about it", people: [alice.address] });
		await alice.says(group, `@${carol.name} hello`);
		await carol.ask("groups.role", { group: group.address, address: alice.address, role: "admin" });
		const { link } = await carol.ask("groups.link", { group: group.address });
		const { group: other } = await alice.ask("groups.create", { title: "Book club" });
		await carol.ask("account.update", { privacy: { groups: "nobody" } });
		await alice.ask("groups.invite", { group: other.address, people: [carol.address] });
		const chat = `/chat/${group.address.replaceAll(".", "~")}`;
		const paths = [chat, `${chat}/banned`, "/people", `/join#${link.link}`, "/new", `${chat}/info`, `${chat}/edit`, `${chat}/links`, `${chat}/add`, "/settings/notifications", "/settings/privacy", "/settings/shortcuts"];
		for (const [size, [width, height]] of Object.entries(SIZES)) {
			const page = await stage.logIn(carol, "/", { viewport: { width, height } });
			for (const path of paths) {
				await page.goto(stage.node.url + path);
				await page.locator(path === chat ? ".msg" : ".info-body > *, .page-body > *").first().waitFor();
				for (const look of [{ colorScheme: "light", forcedColors: "none" }, { colorScheme: "dark" }, { forcedColors: "active" }]) {
					await page.emulateMedia(look);
					assert.deepEqual(await axe(page), [], `${path} ${size} ${JSON.stringify(look)}`);
				}
				await page.emulateMedia({ colorScheme: "light", forcedColors: "none" });
				assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, `${path} ${size} is too wide`);
			}
			await page.context().close();
		}
	});

	test("on a narrow screen the details are a page of their own, and Back leads to the chat", async () => {
		const [carol, alice] = await stage.friends("alice");
		const { group } = await carol.ask("groups.create", { title: "The club", people: [alice.address] });
		const [width, height] = SIZES.phone;
		const page = await stage.logIn(carol, `/chat/${group.address.replaceAll(".", "~")}`, { viewport: { width, height } });
		await page.getByRole("button", { name: "About the group" }).click();
		await title(page, "About the group").waitFor();
		assert.equal(await page.locator(".chat-head").count(), 0);
		await page.goBack();
		await heading(page, "The club").waitFor();
		await page.getByRole("button", { name: "About the group" }).click();
		await page.getByRole("button", { name: "Add people" }).click();
		await title(page, "Add people").waitFor();
		await page.getByRole("button", { name: "Back" }).click();
		await title(page, "About the group").waitFor();
		await page.getByRole("button", { name: "Back" }).click();
		await heading(page, "The club").waitFor();
	});
});
