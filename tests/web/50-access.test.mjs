// SPDX-License-Identifier: MIT
// axe on every screen, at every size, in both themes and in forced colours; and no page wider than its window.

import assert from "node:assert/strict";
import { test } from "node:test";

import { axe, SIZES } from "./support/browser.mjs";
import {
	bubble, box, chatPath, onStage, until, write, drawn,
} from "./support/stage.mjs";

async function clean(page, screen) {
	/* Motion is off, so that what axe sees is what stays. */
	assert.deepEqual(await axe(page), [], screen);
	const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
	assert.ok(wide <= 0, `${screen} is ${wide} pixels too wide`);
}

const LOOKS = [
	...Object.entries(SIZES).flatMap(([size, [width, height]]) =>
		["light", "dark"].map((colorScheme) => ({ name: `${size}, ${colorScheme}`, options: { viewport: { width, height }, colorScheme } })),
	),
	{ name: "forced colours", options: { viewport: { width: 1280, height: 800 }, forcedColors: "active" } },
	{ name: "400 % zoom", options: { viewport: { width: 320, height: 256 } } },
];

onStage("accessibility", (stage) => {
	for (const { name, options } of LOOKS) {
		test(`every screen is clean: ${name}`, async () => {
			const [carol, alice, bob] = await stage.friends("alice", "bob");
			const dave = await stage.node.newPerson("dave", { display: "Dave Rossi" });
			const erin = await stage.node.newPerson("erin", { display: "Erin" });
			await dave.ask("roster.request", { address: carol.address, text: "It is Dave" });
			await carol.ask("roster.request", { address: erin.address });
			await carol.ask("roster.block", { address: bob.address });
			await stage.history(alice, carol, 30);
			const settings = { ...options, reducedMotion: "reduce" };
			const guest = await stage.open(await stage.context(settings));
			for (const path of ["/", "/login", "/signup", "/terms", "/chat/nobody"]) {
				await guest.goto(stage.node.url + path);
				await guest.locator("h1").waitFor();
				await clean(guest, path);
			}
			const page = await stage.logIn(carol, "/", settings);
			await until("the cookie", async () => (await page.context().cookies()).length > 0);
			const paths = [
				"/", chatPath(alice), chatPath(bob), chatPath(dave), chatPath(erin), "/people", "/settings/profile", "/settings/devices",
				"/settings/blocked", "/nothing/here",
			];
			for (const path of paths) {
				await page.goto(stage.node.url + path);
				await page.locator("h1").first().waitFor({ state: "attached" });
				await drawn(page);
				await clean(page, path);
			}
			await page.goto(stage.node.url + chatPath(alice));
			await box(page).waitFor();
			stage.node.relay.delay = 2_500;
			await alice.ask("roster.block", { address: carol.address });
			await write(page, "never to arrive");
			await page.locator(".msg-failed").waitFor();
			stage.node.relay.delay = 0;
			await clean(page, "a message that failed");
			await page.getByRole("button", { name: "More about Alice" }).click();
			await page.getByRole("menu").waitFor();
			await clean(page, "a menu");
			await page.getByRole("menuitem", { name: "Block" }).click();
			await page.getByRole("dialog").waitFor();
			await clean(page, "a dialog");
		});
	}

	test("the first Tab offers the ways past the list, and Ctrl-F6 goes round the regions", async () => {
		const [carol, alice] = await stage.friends("alice");
		await stage.history(alice, carol, 2);
		const page = await stage.logIn(carol, chatPath(alice));
		await bubble(page, "message 2").waitFor();
		await page.evaluate(() => document.activeElement.blur());
		await page.keyboard.press("Tab");
		assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to chats");
		await page.keyboard.press("Tab");
		await page.keyboard.press("Tab");
		await page.keyboard.press("Enter");
		assert.equal(await page.evaluate(() => document.activeElement.tagName), "TEXTAREA");
		const visited = [];
		for (let i = 0; i < 3; i++) {
			await page.keyboard.press("Control+F6");
			visited.push(await page.evaluate(() => document.activeElement.closest(".sidebar, .log, .composer").className));
		}
		assert.deepEqual(visited, ["sidebar", "log", "composer"]);
	});

	test("whatever has the focus is seen, and can be seen to have it", async () => {
		const [carol, alice] = await stage.friends("alice");
		await stage.history(alice, carol, 3);
		const page = await stage.logIn(carol, chatPath(alice));
		await bubble(page, "message 3").waitFor();
		await page.evaluate(() => document.activeElement.blur());
		for (let i = 0; i < 14; i++) {
			await page.keyboard.press("Tab");
			const state = await page.evaluate(() => {
				const element = document.activeElement;
				const { left, top, width, height } = element.getBoundingClientRect();
				const hit = document.elementFromPoint(left + width / 2, top + height / 2);
				const style = getComputedStyle(element);
				const box = element.closest(".composer-box");
				return {
					what: element.outerHTML.slice(0, 80),
					seen: element === document.body || element.contains(hit) || (hit?.contains(element) ?? false),
					outlined: element === document.body || style.outlineStyle !== "none" || (box && getComputedStyle(box).boxShadow !== "none"),
				};
			});
			assert.ok(state.seen, `covered: ${state.what}`);
			assert.ok(state.outlined, `no focus to be seen: ${state.what}`);
		}
	});

	test("targets are large enough for fingers on a touch screen", async () => {
		const [carol, alice] = await stage.friends("alice");
		const page = await stage.logIn(carol, chatPath(alice), { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });
		await box(page).waitFor();
		const small = await page.evaluate(() =>
			[...document.querySelectorAll("button, textarea, input, .chat-row")]
				.filter((element) => element.offsetParent)
				.map((element) => ({ what: element.outerHTML.slice(0, 60), ...element.getBoundingClientRect().toJSON() }))
				.filter(({ width, height }) => width < 44 || height < 44)
				.map(({ what, width, height }) => `${what} ${width}x${height}`),
		);
		assert.deepEqual(small, []);
	});
});
