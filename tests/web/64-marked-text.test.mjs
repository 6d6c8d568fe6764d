// SPDX-License-Identifier: MIT
// Marked text in real messages: only the elements that it may become, and nothing that it may not.

import assert from "node:assert/strict";
import { test } from "node:test";

import { bubble, chatPath, onStage, row, until, write } from "./support/stage.mjs";

const ALLOWED = new Set(["A", "BLOCKQUOTE", "BUTTON", "CODE", "DIV", "EM", "LI", "OL", "P", "PATH", "PRE", "S", "SPAN", "STRONG", "SVG", "UL"]);

onStage("marked text", (stage) => {
	test("marks, lists, quotes, code and links are shown, in the list without their marks", async () => {
		const [carol, alice] = await stage.friends("alice");
		await carol.says(alice, "**bold** *italic* ~~gone~~ `code`\n- one\n- two\n1. first\n> said\n[words](https://a.example/x)");
		const page = await stage.logIn(alice, chatPath(carol));
		const text = page.locator(".msg .text");
		await text.waitFor();
		for (const [selector, words] of [["strong", "bold"], ["em", "italic"], ["s", "gone"], ["code", "code"], ["ul li:last-child", "two"], ["ol li", "first"], ["blockquote", "said"]]) {
			assert.equal(await text.locator(selector).textContent(), words);
		}
		const link = text.locator("a");
		assert.deepEqual([await link.textContent(), await link.getAttribute("href"), await link.getAttribute("title")], ["words", "https://a.example/x", "https://a.example/x"]);
		await row(page, "Carol").getByText("bold italic gone code").waitFor();
	});

	test("a spoiler is covered until it is pressed, also for those who listen", async () => {
		const [carol, alice] = await stage.friends("alice");
		await carol.says(alice, "it was ||the gardener||");
		const page = await stage.logIn(alice, chatPath(carol));
		const cover = page.getByRole("button", { name: "Hidden text, press to show" });
		await cover.waitFor();
		assert.equal(await page.getByText("the gardener").isVisible(), false);
		await row(page, "Carol").getByText("it was ███").waitFor();
		await cover.click();
		assert.equal(await page.getByText("the gardener").isVisible(), true);
	});

	test("code is copied by its button", async () => {
		const [carol, alice] = await stage.friends("alice");
		await carol.says(alice, "```js\nlet a = 1;\n\nlet b = `${a}`;\n```");
		const page = await stage.logIn(alice, chatPath(carol), { permissions: ["clipboard-read", "clipboard-write"] });
		await page.getByRole("button", { name: "Copy code" }).click();
		assert.equal(await page.evaluate(() => navigator.clipboard.readText()), "let a = 1;\n\nlet b = `${a}`;");
	});

	test("long texts are folded at twelve lines and open when asked; very long ones break nothing", async () => {
		const [carol, alice] = await stage.friends("alice");
		await carol.says(alice, Array.from({ length: 40 }, (_, i) => `line ${i + 1}`).join("\n"));
		await carol.says(alice, "x".repeat(10_000));
		await carol.says(alice, "short\nof\nthat");
		const page = await stage.logIn(alice, chatPath(carol));
		const long = bubble(page, "line 40");
		await bubble(page, "short").waitFor();
		const folded = (await long.boundingBox()).height;
		assert.ok(folded < 420, `${folded} high`);
		await long.getByRole("button", { name: "Show more" }).click();
		assert.ok((await long.boundingBox()).height > 2 * folded);
		assert.equal(await bubble(page, "short").getByRole("button", { name: "Show more" }).count(), 0);
		assert.equal(await page.evaluate(() => document.querySelector(".log").scrollWidth > document.querySelector(".log").clientWidth), false);
	});

	test("fuzzed text never becomes an element that is not allowed", async () => {
		const [carol, alice] = await stage.friends("alice");
		const page = await stage.logIn(alice, chatPath(carol));
		const parts = ["<img src=x onerror=alert(1)>", "<script>alert(1)</script>", "**", "*", "~~", "||", "`", "```\n", "\n", "> ", "- ", "1. ", "[", "](", ")", "https://a.example/", "javascript:alert(1)", "mailto:a@b.c", " ", "w", "&lt;", "\"", "'"];
		let seed = 5;
		const roll = (n) => (seed = (seed * 48271) % 2147483647) % n;
		const texts = Array.from({ length: 60 }, (_, i) => `${i} ${Array.from({ length: 14 }, () => parts[roll(parts.length)]).join("")}`);
		for (const text of texts) {
			await carol.says(alice, text.trim());
		}
		await until("all of them", async () => (await page.locator(".msg").count()) === texts.length);
		const found = await page.locator(".msg .bubble *").evaluateAll((all) => [...new Set(all.map(({ tagName }) => tagName.toUpperCase()))]);
		assert.deepEqual(found.filter((name) => !ALLOWED.has(name) && name !== "TIME"), []);
		const hrefs = await page.locator(".msg .text a").evaluateAll((all) => all.map(({ protocol }) => protocol));
		assert.ok(hrefs.length > 0 && hrefs.every((protocol) => ["https:", "mailto:"].includes(protocol)));
	});

	test("what a browser sends is kept as it was written", async () => {
		const [carol, alice] = await stage.friends("alice");
		const page = await stage.logIn(carol, chatPath(alice));
		await write(page, "**not** changed");
		await bubble(page, "not changed").locator(".state-sent, .state-delivered").waitFor();
		const { messages } = await alice.ask("history.page", { chat: carol.address });
		assert.equal(messages[0].text, "**not** changed");
	});
});
