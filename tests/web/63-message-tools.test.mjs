// SPDX-License-Identifier: MIT
// The toolbar, the menu and the emoji of a message: by mouse, by finger, by keys; and what axe says of them.

import assert from "node:assert/strict";
import { test } from "node:test";

import { axe, SIZES } from "./support/browser.mjs";
import { box, bubble, chatPath, chooseFromMenu, keptMessages, onStage, openMenu, row, until } from "./support/stage.mjs";

const ITEMS = ["Reply", "React", "Edit", "Copy", "Forward", "Pin for everybody", "Select", "Details", "Delete"];
const focused = (page) => page.evaluate(() => document.activeElement.getAttribute("aria-label") ?? document.activeElement.textContent);

onStage("message tools", (stage) => {
	/** Carol's page with an own message and one of Alice's. */
	async function talking(options) {
		const [carol, alice] = await stage.friends("alice");
		await carol.says(alice, "from me");
		await alice.says(carol, "from you");
		await carol.ask("history.read", { chat: alice.address, seq: 2 });
		const page = await stage.logIn(carol, chatPath(alice), options);
		await bubble(page, "from you").waitFor();
		return { carol, alice, page };
	}

	test("the menu opens by right-click, Shift-F10 and the button, and gives the focus back", async () => {
		const { page } = await talking();
		const menu = await openMenu(page, "from me");
		assert.deepEqual(await menu.locator(":scope > [role=menuitem]").allTextContents(), ITEMS);
		await page.keyboard.press("Escape");
		await until("closed", async () => (await menu.count()) === 0);
		assert.match(await page.evaluate(() => document.activeElement.querySelector(".text").textContent), /from me/);
		await page.keyboard.press("ArrowDown");
		await page.keyboard.press("Shift+F10");
		assert.deepEqual(await menu.locator(":scope > [role=menuitem]").allTextContents(), [
			"Reply", "React", "Copy", "Forward", "Pin for everybody", "Select", "Mark as unread from here", "Details",
		]);
		await page.keyboard.press("End");
		assert.equal(await focused(page), "Details");
		await page.keyboard.press("Enter");
		await page.getByRole("dialog", { name: "Details" }).waitFor();
		await page.keyboard.press("Escape");
		await until("the focus is back", () => page.evaluate(() => document.activeElement.classList.contains("msg")));
	});

	test("with keys alone: into the toolbar, along it, a reaction, and out again", async () => {
		const { page, carol, alice } = await talking();
		await box(page).focus();
		await page.keyboard.press("Shift+Tab");
		await page.keyboard.press("Enter");
		assert.equal(await focused(page), "React with 👍");
		await page.keyboard.press("ArrowRight");
		assert.equal(await focused(page), "React with ❤️");
		await page.keyboard.press("Enter");
		await bubble(page, "from you").getByRole("button", { name: "❤️ 1: You" }).waitFor();
		await page.keyboard.press("Escape");
		assert.equal(await page.evaluate(() => document.activeElement.classList.contains("msg")), true);
		await page.keyboard.press("Escape");
		assert.equal(await page.evaluate(() => document.activeElement.tagName), "TEXTAREA");
		await until("kept", async () => (await keptMessages(carol, alice))[1].reactions[0] === "❤️1 true");
	});

	test("on a phone a long press opens the menu as a sheet, and a swipe answers", async () => {
		const { page } = await talking({ viewport: { width: 360, height: 740 }, hasTouch: true });
		const spot = await bubble(page, "from you").locator(".bubble").boundingBox();
		const touch = (type, x, y) =>
			page.evaluate(
				([kind, clientX, clientY]) => {
					const at = document.elementFromPoint(clientX, clientY) ?? document.body;
					at.dispatchEvent(new PointerEvent(kind, { pointerType: "touch", isPrimary: true, bubbles: true, clientX, clientY }));
				},
				[type, x, y],
			);
		await touch("pointerdown", spot.x + 20, spot.y + 10);
		const menu = page.getByRole("menu");
		await menu.waitFor();
		const sheet = await menu.boundingBox();
		assert.ok(sheet.width === 360 && Math.abs(sheet.y + sheet.height - 740) < 2, JSON.stringify(sheet));
		await menu.getByRole("menuitem", { name: "React with 😂" }).click();
		await bubble(page, "from you").getByRole("button", { name: "😂 1: You" }).waitFor();
		await touch("pointerdown", spot.x + 20, spot.y + 10);
		await touch("pointermove", spot.x + 50, spot.y + 12);
		await touch("pointermove", spot.x + 95, spot.y + 12);
		await touch("pointerup", spot.x + 95, spot.y + 12);
		await page.locator(".composer-bar").getByText("from you").waitFor();
	});

	test("the picker finds emoji by name, is walked with arrows, and remembers what was used", async () => {
		const { page } = await talking();
		await chooseFromMenu(page, "from you", "React");
		const picker = page.getByRole("dialog", { name: "Emoji" });
		await picker.getByRole("searchbox").fill("tul");
		await picker.getByRole("button", { name: "tulip", exact: true }).waitFor();
		await page.keyboard.press("Enter");
		await bubble(page, "from you").getByRole("button", { name: "🌷 1: You" }).waitFor();
		await page.getByRole("button", { name: "Emoji", exact: true }).click();
		await picker.getByRole("heading", { name: "Used lately" }).waitFor();
		await page.keyboard.press("ArrowDown");
		assert.equal(await focused(page), "tulip");
		await picker.getByRole("button", { name: "Food and drink" }).click();
		const grid = picker.getByRole("grid", { name: "Food and drink" });
		await grid.getByRole("button").first().focus();
		const first = await focused(page);
		await page.keyboard.press("ArrowRight");
		await page.keyboard.press("ArrowDown");
		await page.keyboard.press("ArrowLeft");
		await page.keyboard.press("ArrowUp");
		assert.equal(await focused(page), first);
		await page.keyboard.press("Enter");
		assert.equal(await box(page).inputValue(), "🍇");
		await page.reload();
		await bubble(page, "from you").hover();
		await page.getByRole("button", { name: "React with 🍇" }).waitFor();
	});

	test("a skin tone that was chosen is kept", async () => {
		const { page } = await talking();
		await page.getByRole("button", { name: "Emoji", exact: true }).click();
		const picker = page.getByRole("dialog", { name: "Emoji" });
		await picker.getByRole("button", { name: "Medium-dark" }).click();
		await picker.getByRole("searchbox").fill("thumbs up");
		await page.keyboard.press("Enter");
		assert.equal(await box(page).inputValue(), "👍🏾");
		await page.getByRole("button", { name: "Emoji", exact: true }).click();
		await picker.getByRole("searchbox").fill("red heart");
		await page.keyboard.press("Enter");
		assert.equal(await box(page).inputValue(), "👍🏾❤️");
	});

	test("a chat is marked as unread from a message on, and stays so although it is open", async () => {
		const { page, carol, alice } = await talking();
		await chooseFromMenu(page, "from you", "Mark as unread from here");
		await page.getByRole("heading", { name: "New messages" }).waitFor();
		const unread = (where) => row(where, "Alice").getByText("1 unread").waitFor({ state: "attached" });
		await unread(page);
		const other = await stage.logIn(carol);
		await unread(other);
		await row(other, "Alice").click();
		await other.getByRole("heading", { name: "New messages" }).waitFor();
		await until("no longer", async () => (await row(page, "Alice").locator(".badge").count()) === 0);
		assert.ok(alice);
	});

	test("toolbar, menu, picker, dialogs, reply and selection are axe-clean in light, dark and forced colours", async () => {
		const { page } = await talking();
		await chooseFromMenu(page, "from me", "Reply");
		await bubble(page, "from me").hover();
		await page.getByRole("button", { name: "React with 👍" }).click();
		const states = {
			toolbar: () => bubble(page, "from you").hover(),
			menu: () => openMenu(page, "from you"),
			picker: () => page.getByRole("button", { name: "Emoji", exact: true }).click().then(() => page.locator(".emoji-row").first().waitFor()),
			details: () => chooseFromMenu(page, "from me", "Details"),
			forward: () => chooseFromMenu(page, "from me", "Forward"),
			delete: () => chooseFromMenu(page, "from me", "Delete"),
			select: () => chooseFromMenu(page, "from me", "Select"),
		};
		for (const [name, enter] of Object.entries(states)) {
			await enter();
			for (const [width, height] of [SIZES.phone, SIZES.desktop]) {
				for (const media of [{ colorScheme: "light" }, { colorScheme: "dark" }, { colorScheme: "light", forcedColors: "active" }]) {
					await page.emulateMedia({ forcedColors: "none", ...media });
					if (name !== "menu" && name !== "picker") {
						await page.setViewportSize({ width, height });
					}
					assert.deepEqual(await axe(page), [], `${name} ${width} ${JSON.stringify(media)}`);
					assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, `${name} ${width}: too wide`);
				}
			}
			await page.keyboard.press("Escape");
			await page.setViewportSize({ width: 1280, height: 800 });
		}
	});
});
