// SPDX-License-Identifier: MIT
// Where the messages are on the screen, and that they stay there.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
	atEnd, box, bubble, chatPath, drawn, heading, holding, inboxOf, midOf, onStage, placeOf, row, scrollBy, scrolled, scrollToTop, stored, until, write,
} from "./support/stage.mjs";

onStage("the timeline", (stage) => {
	/** Carol's page with n messages of Alice's, of which she has read so many. */
	async function reading(n, read = n) {
		const [carol, alice, bob] = await stage.friends("alice", "bob");
		await stage.history(alice, carol, n);
		await carol.ask("history.read", { chat: alice.address, seq: read });
		const page = await stage.logIn(carol, chatPath(alice));
		return { carol, alice, bob, page };
	}

	test("paging up keeps what is on the screen where it is, also at the very top", async () => {
		const { page } = await reading(300);
		await bubble(page, "message 300").waitFor();
		await atEnd(page);
		stage.node.relay.delay = 120;
		for (const oldest of [251, 201, 151]) {
			await until(`message ${oldest}`, async () => (await placeOf(page, `message ${oldest}`)) !== undefined);
			await scrollToTop(page);
			const before = await placeOf(page, `message ${oldest}`);
			await until("older ones", async () => (await placeOf(page, `message ${oldest - 1}`)) !== undefined);
			const moved = Math.abs((await placeOf(page, `message ${oldest}`)) - before);
			assert.ok(moved <= 1, `moved by ${moved}`);
		}
	});

	test("the window of messages is bounded, and both ends can be reached again", async () => {
		const { page } = await reading(600);
		await bubble(page, "message 600").waitFor();
		await until(
			"the start",
			async () => {
				await scrollToTop(page);
				return page.getByText("This is the beginning").isVisible();
			},
			30_000,
		);
		assert.ok((await page.locator(".msg").count()) <= 400);
		await page.getByRole("button", { name: "Go to the newest message" }).click();
		await bubble(page, "message 600").waitFor();
		await atEnd(page);
	});

	test("a chat opens at its unread line, and only what was seen counts as read", async () => {
		const { page, carol, alice } = await reading(200, 120);
		await page.getByRole("heading", { name: "New messages" }).waitFor();
		const line = await until("the line is in sight", async () => {
			const box = await page.locator(".unread-line").boundingBox();
			return box && box.y > 60 && box.y < 500 && box;
		});
		const first = await placeOf(page, "message 121");
		assert.ok(first > line.y && first < line.y + 60);
		const { read } = await until("something is read", async () => {
			const chat = await inboxOf(carol, alice);
			return chat.read > 120 && chat;
		});
		assert.ok(read < 200, `read up to ${read}`);
	});

	test("a chat that is opened at a message stays there when its newest page comes late", async () => {
		const [carol, alice] = await stage.friends("alice");
		await stage.history(alice, carol, 300);
		await carol.ask("history.read", { chat: alice.address, seq: 300 });
		const mid = await midOf(carol, alice, "message 120");
		const page = await stage.logIn(carol);
		/* The newest page waits for a word; all that comes after it is quicker. */
		const held = await holding(page, ({ method, params }) => method === "history.page" && params.limit === 50 && !params.around && !params.after);
		await page.goto(`${stage.node.url}${chatPath(alice)}/at/${mid}`);
		await bubble(page, "message 120").first().waitFor();
		await until("the newest page was asked for", () => held.count() > 0);
		await until("in sight", async () => (await placeOf(page, "message 120")) > 0);
		await drawn(page);
		const before = await placeOf(page, "message 120");
		held.release();
		await until("the newest page has come", () => held.answered());
		await drawn(page);
		assert.ok(Math.abs((await placeOf(page, "message 120")) - before) <= 1);
		assert.equal(await placeOf(page, "message 300"), undefined);
		/* And the end can be reached. */
		await page.getByRole("button", { name: "Go to the newest message" }).click();
		await bubble(page, "message 300").waitFor();
		await atEnd(page);
	});

	for (const first of ["older", "newest"]) {
		test(`the newest message is gone to while an older page is on its way; the ${first} page comes first`, async () => {
			const [carol, alice] = await stage.friends("alice");
			await stage.history(alice, carol, 300);
			await carol.ask("history.read", { chat: alice.address, seq: 300 });
			const mid = await midOf(carol, alice, "message 120");
			const page = await stage.logIn(carol);
			let gone = false;
			const newest = ({ params }) => gone && first === "older" && !params.around && !params.after;
			const held = await holding(page, (frame) => frame.method === "history.page" && (frame.params.before !== undefined || newest(frame)));
			await page.goto(`${stage.node.url}${chatPath(alice)}/at/${mid}`);
			await until("in sight", async () => (await placeOf(page, "message 120")) > 0);
			await scrollToTop(page);
			await until("older ones were asked for", () => held.count() === 1);
			gone = true;
			await page.getByRole("button", { name: "Go to the newest message" }).click();
			if (first === "older") {
				await until("both are on their way", () => held.count() === 2);
				held.release();
			}
			await bubble(page, "message 300").waitFor();
			await atEnd(page);
			held.release();
			await until("the older page has come", () => held.answered());
			await drawn(page);
			const shown = await page.locator(".msg .text").allTextContents();
			const from = 301 - shown.length;
			assert.deepEqual(shown, shown.map((_, i) => `message ${from + i}`), "nothing is missing between");
			await atEnd(page);
		});
	}

	test("what arrives is followed at the end, and counted when reading further up", async () => {
		const { page, carol, alice } = await reading(120);
		await bubble(page, "message 120").waitFor();
		await alice.says(carol, "live one");
		await bubble(page, "live one").waitFor();
		await atEnd(page);
		await scrollBy(page, -1200);
		await until("away from the end", async () => (await scrolled(page)).below > 1000);
		await drawn(page);
		const before = await placeOf(page, "message 100");
		for (const text of ["live two", "live three", "live four"]) {
			await alice.says(carol, text);
		}
		await page.getByRole("button", { name: "3 new messages" }).waitFor();
		assert.ok(Math.abs((await placeOf(page, "message 100")) - before) <= 1);
		await page.getByRole("button", { name: "3 new messages" }).click();
		await atEnd(page);
		await until("no pill", async () => (await page.locator(".pill").count()) === 0);
		await scrollBy(page, -1500);
		await write(page, "mine");
		await atEnd(page);
	});

	test("messages that come while nobody looks at the bottom never move what is read", async () => {
		const { page, carol, alice } = await reading(150);
		await bubble(page, "message 150").waitFor();
		await atEnd(page);
		await scrollBy(page, -2500);
		await drawn(page);
		const before = await placeOf(page, "message 100");
		await Promise.all(Array.from({ length: 60 }, (_, i) => alice.says(carol, `rush ${i + 1} ${"word ".repeat(i % 20)}`)));
		await page.getByRole("button", { name: "60 new messages" }).waitFor();
		assert.ok(Math.abs((await placeOf(page, "message 100")) - before) <= 1);
	});

	test("each chat keeps its place while the page is open", async () => {
		const { page } = await reading(120);
		await bubble(page, "message 120").waitFor();
		await atEnd(page);
		await scrollBy(page, -900);
		await drawn(page);
		const before = await placeOf(page, "message 100");
		await row(page, "Bob").click();
		await heading(page, "Bob Marsh").waitFor();
		await row(page, "Alice").click();
		await until("back", async () => (await placeOf(page, "message 100")) !== undefined);
		assert.ok(Math.abs((await placeOf(page, "message 100")) - before) <= 2);
	});

	test("a growing box and a smaller window keep the last message in sight", async () => {
		const { page } = await reading(60);
		await bubble(page, "message 60").waitFor();
		await box(page).fill("line\n".repeat(8));
		await atEnd(page);
		await page.setViewportSize({ width: 800, height: 500 });
		await atEnd(page);
	});

	test("the page is drawn from the cache while the node is away", async () => {
		const { page } = await reading(5);
		await bubble(page, "message 5").waitFor();
		await until("the cookie", async () => (await page.context().cookies()).length > 0);
		await stored(page, "message 4");
		/* The page itself still comes, the conversation with the node does not. */
		await page.routeWebSocket(/\/ws$/, (socket) => socket.close());
		await page.reload();
		await bubble(page, "message 5").waitFor();
		await row(page, "Alice").waitFor();
	});

	test("what came while the page was closed begins with the line, though the page is drawn from the cache", async () => {
		const { page, carol, alice } = await reading(80);
		await bubble(page, "message 80").waitFor();
		await until("the cookie", async () => (await page.context().cookies()).length > 0);
		await stored(page, "message 79");
		const context = page.context();
		await page.close();
		await Promise.all(Array.from({ length: 30 }, (_, i) => alice.says(carol, `missed ${i + 1}`)));
		const again = await stage.open(context, chatPath(alice));
		await again.getByRole("heading", { name: "New messages" }).waitFor();
		await until("the line is in sight", async () => {
			const line = await again.locator(".unread-line").boundingBox();
			return line && line.y > 60 && line.y < 500;
		});
		await bubble(again, "missed 1").first().waitFor();
	});

	test("messages are walked with the arrow keys, and Esc leads back to the box", async () => {
		const { page } = await reading(5);
		await bubble(page, "message 5").waitFor();
		await box(page).focus();
		await page.keyboard.press("Shift+Tab");
		const text = () => page.evaluate(() => document.activeElement.querySelector?.(".text")?.textContent);
		assert.equal(await text(), "message 5");
		for (const [key, expected] of [["ArrowUp", "message 4"], ["Home", "message 1"], ["End", "message 5"]]) {
			await page.keyboard.press(key);
			assert.equal(await text(), expected);
		}
		const label = await page.evaluate(() =>
			document.activeElement
				.getAttribute("aria-labelledby")
				.split(" ")
				.map((id) => document.getElementById(id).textContent)
				.join(" "),
		);
		assert.match(label, /^Alice Ångström message 5 \d/);
		await page.keyboard.press("Escape");
		assert.equal(await page.evaluate(() => document.activeElement.tagName), "TEXTAREA");
	});
});
