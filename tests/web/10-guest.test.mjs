// SPDX-License-Identifier: MIT
// Signing up, logging in and out.

import assert from "node:assert/strict";
import { test } from "node:test";

import { box, bubble, chatPath, heading, onStage, row, until, write } from "./support/stage.mjs";

const PASSWORD = "tulip anchor 93 sand";

async function agree(page) {
	await page.getByRole("checkbox").first().waitFor();
	for (const check of await page.getByRole("checkbox").all()) {
		await check.check();
	}
}

onStage("guests", (stage) => {
	test("somebody signs up: the name is checked while it is typed, errors stand beside their fields, nothing is lost", async () => {
		await stage.node.signUp("taken");
		const page = await stage.open(await stage.context());
		await page.getByRole("link", { name: "Create an account" }).click();
		await page.getByLabel("Username").fill("Taken");
		await page.locator(".field-error", { hasText: "Taken is taken" }).waitFor();
		await until("said politely", async () => (await page.locator("#live-polite").textContent()).includes("Taken is taken"));
		await page.getByLabel("Username").fill("a-b");
		await page.locator(".field-error", { hasText: "3 to 15 letters" }).waitFor();
		const place = () => page.getByLabel("Name shown").boundingBox();
		await page.getByLabel("Username").fill("Erin_7");
		await page.locator(".field-error").waitFor({ state: "detached" });
		const before = await place();
		await page.locator(".field-good", { hasText: "Erin_7 is free" }).waitFor();
		assert.deepEqual(await place(), before, "nothing moves under the pointer");
		await page.getByLabel("Name shown").fill("Erin O'Neill");
		await page.getByLabel("Password", { exact: true }).fill("short");
		await page.getByRole("button", { name: "Create account" }).click();
		await page.locator(".field-error", { hasText: "at least 8" }).waitFor();
		assert.equal(await page.locator(".check .field-error").count(), 2);
		assert.equal(await page.evaluate(() => document.activeElement.name), "password");
		await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
		await page.getByText("Strength: ").waitFor();
		await page.getByRole("button", { name: "Terms of service" }).click();
		await page.getByRole("dialog").waitFor();
		await page.keyboard.press("Escape");
		await page.getByRole("dialog").waitFor({ state: "detached" });
		await page.getByRole("checkbox", { name: "I agree to the Terms" }).check();
		await page.getByRole("checkbox", { name: "I have read the Privacy" }).check();
		assert.equal(await page.getByLabel("Name shown").inputValue(), "Erin O'Neill");
		await page.getByRole("button", { name: "Create account" }).click();
		await heading(page, "Find people").waitFor();
		assert.equal(new URL(page.url()).pathname, "/people");
		await page.getByText("Erin O'Neill").waitFor();
	});

	test("a name that is taken in the last moment gives one error at its field", async () => {
		const page = await stage.open(await stage.context(), "/signup");
		await page.getByLabel("Username").fill("newbie");
		await page.locator(".field-good").waitFor();
		await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
		await agree(page);
		await stage.node.signUp("newbie");
		await page.getByRole("button", { name: "Create account" }).click();
		await page.locator(".field-error", { hasText: "newbie is taken" }).waitFor();
		assert.equal(await page.locator(".field-error").count(), 1);
		assert.equal(await page.getByLabel("Password", { exact: true }).inputValue(), PASSWORD);
	});

	test("a password that the node finds too easy is refused beside its field", async () => {
		const page = await stage.open(await stage.context(), "/signup");
		await page.getByLabel("Username").fill("easyone");
		await page.getByLabel("Password", { exact: true }).fill("password");
		await agree(page);
		await page.getByRole("button", { name: "Create account" }).click();
		const error = page.locator(".field", { hasText: "Strength" }).locator(".field-error");
		await error.waitFor();
		assert.match(await error.textContent(), /Must not be so easy to guess: .*\.$/);
		assert.equal(await page.evaluate(() => document.activeElement.name), "password");
	});

	test("who comes from a network of too many sign-ups is told how long to wait", async () => {
		const page = await stage.open(await stage.context(), "/signup");
		await page.getByLabel("Username").fill("toomany");
		await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
		await agree(page);
		stage.node.configure({ "module register": { per_address_hour: 1 } });
		await stage.node.reload();
		try {
			await stage.node.signUp("onemore");
			await page.getByRole("button", { name: "Create account" }).click();
			await page.locator("#app").getByText(/^Too many accounts were made from your network. Wait (60|61) minutes/).waitFor();
		} finally {
			stage.node.configure({ "module register": { per_address_hour: 0 } });
			await stage.node.reload();
		}
	});

	test("rules that change while the form is open are agreed to again", async () => {
		const page = await stage.open(await stage.context(), "/signup");
		await page.getByLabel("Username").fill("latecomer");
		await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
		await agree(page);
		stage.node.configure({ "module register": { version: "2" } });
		await stage.node.reload();
		await page.getByRole("button", { name: "Create account" }).click();
		await page.locator("#app").getByText("have changed just now").waitFor();
		assert.equal(await page.getByRole("checkbox").first().isChecked(), false);
		assert.equal(await page.getByLabel("Password", { exact: true }).inputValue(), PASSWORD);
		await until("agreed", async () => {
			await agree(page);
			return page.getByRole("checkbox").last().isChecked();
		});
		await page.getByRole("button", { name: "Create account" }).click();
		await heading(page, "Find people").waitFor();
		stage.node.configure({ "module register": { version: "1" } });
		await stage.node.reload();
	});

	test("the rules can be read without an account", async () => {
		const page = await stage.open(await stage.context());
		await page.getByRole("link", { name: "Terms of service" }).click();
		await heading(page, "Terms of service").waitFor();
		await page.locator(".legal p").first().waitFor();
		await page.getByRole("button", { name: "Back" }).click();
		await heading(page, "Talk in peace.").waitFor();
	});

	test("a wrong password says so and keeps the form; no script can read the token", async () => {
		const [carol] = await stage.friends("alice");
		const context = await stage.context();
		const page = await stage.open(context, "/login");
		await stage.fillLogin(page, carol, "something else");
		await page.locator(".banner-bad", { hasText: "do not go together" }).waitFor();
		assert.equal(await page.getByLabel("Username").inputValue(), carol.name);
		await stage.fillLogin(page, carol);
		await page.locator(".chat-row").first().waitFor();
		const [cookie] = await until("the cookie", async () => {
			const all = await context.cookies();
			return all.length > 0 && all;
		});
		assert.deepEqual([cookie.httpOnly, cookie.secure, cookie.sameSite], [true, true, "Strict"]);
		const readable = await page.evaluate(() => JSON.stringify([localStorage, sessionStorage, document.cookie]));
		assert.ok(!cookie.value.split(":").some((part) => part.length > 12 && readable.includes(part)));
	});

	test("a guest who follows a link to a chat logs in and is there; a reload needs no password", async () => {
		const [carol, alice] = await stage.friends("alice");
		const page = await stage.open(await stage.context(), chatPath(alice));
		await page.getByText("Log in to open that page.").waitFor();
		await stage.fillLogin(page, carol);
		await heading(page, "Alice Ångström").waitFor();
		await box(page).waitFor();
		await until("the cookie", async () => (await page.context().cookies()).length > 0);
		await page.reload();
		await heading(page, "Alice Ångström").waitFor();
		await write(page, "still me");
		await bubble(page, "still me").locator(".state-sent").waitFor();
	});

	test("logging out ends all tabs and erases what was kept", async () => {
		const [carol, alice] = await stage.friends("alice");
		const first = await stage.logIn(carol, chatPath(alice));
		await write(first, "secret words");
		await bubble(first, "secret words").locator(".state-sent").waitFor();
		const second = await stage.open(first.context());
		await row(second, "Alice").waitFor();
		await first.locator(".account-button").click();
		await first.getByRole("button", { name: "Log out" }).click();
		await first.getByRole("dialog").getByRole("button", { name: "Log out" }).click();
		await heading(first, "Talk in peace.").waitFor();
		await heading(second, "Talk in peace.").waitFor();
		await until("erased", () => first.evaluate(async () => (await indexedDB.databases()).length === 0));
		assert.equal(await first.evaluate(() => localStorage.getItem("parley.account")), null);
		assert.deepEqual(await first.context().cookies(), []);
		const { devices } = await carol.ask("account.devices");
		assert.deepEqual(devices.map(({ current }) => current), [true]);
	});

	test("a device that is signed out elsewhere says so and keeps nothing", async () => {
		const [carol, alice] = await stage.friends("alice");
		const phone = await stage.logIn(carol, chatPath(alice));
		await box(phone).waitFor();
		await until("the cookie", async () => (await phone.context().cookies()).length > 0);
		const { devices } = await carol.ask("account.devices");
		await carol.ask("account.revoke", { device: devices.find(({ current }) => !current).id });
		await phone.getByText("You were signed out on this device.").waitFor();
		await until("erased", () => phone.evaluate(async () => (await indexedDB.databases()).length === 0));
	});

	test("devices are listed and signed out from the settings", async () => {
		const [carol] = await stage.friends("alice");
		const other = await carol.another({ device: { name: "old phone" } });
		const page = await stage.logIn(carol, "/settings/devices");
		await page.getByText("This device").waitFor();
		await page.getByRole("button", { name: "Sign out old phone" }).click();
		await page.getByRole("dialog").getByRole("button", { name: "Sign out" }).click();
		await page.getByText("old phone is signed out.").first().waitFor();
		await until("signed out", () => other.client.state.phase !== "live");
	});
});
