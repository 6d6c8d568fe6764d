// SPDX-License-Identifier: MIT
// What somebody found who looked at every screen: nothing is cut off on a phone, nothing waits without a word.

import assert from "node:assert/strict";
import { test } from "node:test";

import { SIZES } from "./support/browser.mjs";
import { bubble, chatPath, chooseFromMenu, onStage, until } from "./support/stage.mjs";

const [width, height] = SIZES.phone;
const PHONE = { viewport: { width, height } };

/** Where an element is, and how much of the window it needs. */
const placed = (locator) =>
	locator.evaluate((element) => {
		const { left, right, height: tall } = element.getBoundingClientRect();
		return { seen: left >= 0 && right <= innerWidth, tall };
	});

onStage("looks", (stage) => {
	test("on a phone the section of the settings that is open is in view, and what is done with chosen messages is in one line", async () => {
		const [carol, alice] = await stage.friends("alice");
		await alice.says(carol, "hello");
		const page = await stage.logIn(carol, "/settings/shortcuts", PHONE);
		const tab = page.getByRole("navigation", { name: "Sections of the settings" }).locator("[aria-current]");
		await until("in view", async () => (await placed(tab)).seen);
		await page.goto(stage.node.url + chatPath(alice));
		await bubble(page, "hello").waitFor();
		await chooseFromMenu(page, "hello", "Select");
		const bar = page.getByRole("toolbar", { name: "Selected messages" });
		for (const name of ["Copy", "Forward", "Delete"]) {
			assert.ok((await placed(bar.getByRole("button", { name }))).seen, name);
		}
		const { tall } = await placed(bar);
		assert.ok(tall < 80, `the bar is ${tall} pixels high`);
	});

	test("without a connection the page says what it waits for, and goes on by itself", async () => {
		const [carol] = await stage.friends();
		const page = await stage.logIn(carol, "/settings/profile");
		stage.node.relay.down = true;
		stage.node.relay.cut();
		await page.locator(".statusbar").waitFor();
		await page.getByRole("link", { name: "Devices" }).click();
		const waits = page.getByRole("main").getByText("This goes on when the connection is back.");
		await waits.waitFor();
		await page.getByRole("searchbox").fill("somebody");
		await page.locator(".results").getByText("This goes on when the connection is back.").waitFor();
		stage.node.relay.down = false;
		await page.getByText("This device").waitFor();
		await page.getByText("Nothing found for “somebody”.").first().waitFor();
		await waits.waitFor({ state: "detached" });
	});
});
