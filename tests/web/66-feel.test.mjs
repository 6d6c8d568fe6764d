// SPDX-License-Identifier: MIT
// What it feels like: nothing flickers, nothing waits for the node that need not, and what failed can be told to somebody.

import assert from "node:assert/strict";
import { test } from "node:test";

import { axe } from "./support/browser.mjs";
import { box, bubble, chatPath, holding, inboxOf, onStage, row, stored, until, upToDate } from "./support/stage.mjs";

onStage("the feel", (stage) => {
	test("skeletons are unseen for 150 ms, and go when the messages come", async () => {
		const [carol, alice] = await stage.friends("alice");
		await alice.says(carol, "here I am");
		const page = await stage.logIn(carol);
		/* When one is put into the page, whether it is seen then, and when it begins to be. */
		await page.evaluate(() => {
			globalThis.seen = [];
			new MutationObserver(() => {
				const skeleton = document.querySelector(".log-skeleton");
				if (skeleton && !skeleton.watched) {
					skeleton.watched = true;
					const put = performance.now();
					globalThis.seen.push({ first: getComputedStyle(skeleton).visibility });
					skeleton.addEventListener("animationstart", ({ animationName }) => {
						if (animationName === "appear") {
							Object.assign(globalThis.seen.at(-1), { after: performance.now() - put });
						}
					});
				}
			}).observe(document.body, { childList: true, subtree: true });
		});
		stage.node.relay.delay = 2_000;
		await row(page, "Alice").click();
		await until("seen", () => page.evaluate(() => globalThis.seen[0]?.after !== undefined));
		const [{ first, after }] = await page.evaluate(() => globalThis.seen);
		assert.equal(first, "hidden");
		assert.ok(after >= 130, `seen after ${after} ms`);
		await bubble(page, "here I am").waitFor();
		assert.equal(await page.locator(".log-skeleton").count(), 0);
	});

	test("the list has its skeletons late, too", async () => {
		const [carol] = await stage.friends("alice");
		const page = await stage.open(await stage.context(), "/login");
		const held = await holding(page, ({ method }) => method === "roster.list");
		await page.goto(`${stage.node.url}/login`);
		await page.evaluate(() => {
			globalThis.seen = [];
			new MutationObserver(() => {
				const skeletons = document.querySelector(".side-list .skeletons");
				if (skeletons) {
					globalThis.seen.push(getComputedStyle(skeletons).visibility);
				}
			}).observe(document.body, { childList: true, subtree: true });
		});
		await stage.fillLogin(page, carol);
		await until("drawn", () => page.evaluate(() => globalThis.seen.length > 0));
		assert.equal(await page.evaluate(() => globalThis.seen[0]), "hidden");
		await page.locator(".side-list .skeletons").waitFor();
		await until("asked", () => held.count() > 0);
		held.release();
		await row(page, "Alice").waitFor();
		assert.equal(await page.locator(".skeletons").count(), 0);
	});

	test("a node with a newer client is told in the bar; a reload keeps what was written", async () => {
		const [carol, alice] = await stage.friends("alice");
		const page = await stage.logIn(carol, chatPath(alice));
		await box(page).fill("half a sent");
		await stored(page, "half a sent");
		/* Everything that is needed later is here before the node has another client. */
		await page.waitForLoadState("networkidle");
		await page.route(
			(url) => url.pathname === "/",
			async (route) => {
				const answer = await route.fetch();
				await route.fulfill({ response: answer, body: (await answer.text()).replace(/main-\w+\.js/, "main-0123456789ab.js") });
			},
		);
		await stage.node.stop();
		await stage.node.restart();
		const bar = page.getByRole("region", { name: "There is a new version of this page. What you are writing is kept." });
		await bar.waitFor();
		assert.deepEqual(await axe(page), []);
		/* The old page goes on working. */
		await box(page).press("End");
		await page.keyboard.type("ence");
		await page.unrouteAll();
		await bar.getByRole("button", { name: "Reload" }).click();
		await until("the draft", async () => (await box(page).inputValue()) === "half a sentence");
		assert.equal(await bar.count(), 0);
	});

	test("what was seen counts as read at once, and as unread again when the node refuses", async () => {
		const [carol, alice] = await stage.friends("alice");
		await stage.history(alice, carol, 3);
		const page = await stage.open(await stage.context(), "/login");
		const held = await holding(page, ({ method }) => method === "history.read");
		await page.goto(`${stage.node.url}/login`);
		await stage.fillLogin(page, carol);
		await row(page, "Alice").locator(".badge", { hasText: "3" }).waitFor();
		await row(page, "Alice").click();
		await bubble(page, "message 3").waitFor();
		await row(page, "Alice").locator(".badge").waitFor({ state: "detached" });
		await until("the node was told", () => held.count() > 0);
		assert.equal(await row(page, "Alice").locator(".badge").count(), 0);
		held.refuse("internal", "the disk is full");
		await row(page, "Alice").locator(".badge", { hasText: "3" }).waitFor({ state: "attached" });
		/* The next look tries again. */
		await alice.says(carol, "message 4");
		await bubble(page, "message 4").waitFor();
		await until("read", async () => (await inboxOf(carol, alice)).unread === 0);
		await row(page, "Alice").locator(".badge").waitFor({ state: "detached" });
	});

	test("a reaction is there at once, and gone when the node refuses; its number can be copied", async () => {
		const [carol, alice] = await stage.friends("alice");
		await alice.says(carol, "look at this");
		const page = await stage.open(await stage.context({ permissions: ["clipboard-read", "clipboard-write"] }), "/login");
		let id;
		const held = await holding(page, (frame) => frame.method === "history.react" && (id = frame.id));
		await page.goto(`${stage.node.url}/login`);
		await stage.fillLogin(page, carol);
		await row(page, "Alice").click();
		await bubble(page, "look at this").hover();
		await page.getByRole("button", { name: "React with 👍" }).click();
		const reaction = bubble(page, "look at this").locator(".reaction");
		await reaction.waitFor();
		await until("the node was asked", () => held.count() > 0);
		assert.equal(await reaction.getAttribute("aria-pressed"), "true");
		held.refuse("internal", "the disk is full");
		const toast = page.locator(".toast", { hasText: `tell those who run it this number: ${id}` });
		await toast.waitFor();
		assert.equal(await reaction.count(), 0);
		assert.deepEqual(await axe(page), []);
		await toast.getByRole("button", { name: "Copy the number" }).click();
		await until("copied", async () => (await page.evaluate(() => navigator.clipboard.readText())) === id);
	});

	test("how long ago somebody was there ticks each minute, and draws no row of the list", async () => {
		const [carol, alice] = await stage.friends("alice", "bob");
		await alice.says(carol, "bye");
		await alice.close();
		const context = await stage.context();
		await context.clock.install();
		const page = await stage.open(context, "/login");
		await stage.fillLogin(page, carol);
		/* Before the inbox is there nothing is unread yet, and then it is. */
		await upToDate(page);
		await row(page, "Alice").click();
		await page.locator(".chat-head").getByText("Last seen just now").waitFor();
		await row(page, "Alice").getByText("unread").waitFor({ state: "detached" });
		await page.evaluate(() => {
			globalThis.changed = [];
			new MutationObserver((records) => globalThis.changed.push(...records.map(({ target }) => target.outerHTML ?? target.data))).observe(
				document.querySelector(".chat-list"),
				{ childList: true, characterData: true, subtree: true, attributes: true },
			);
		});
		await page.clock.fastForward(90_000);
		await page.locator(".chat-head").getByText(/Last seen [12] minutes? ago/).waitFor();
		assert.deepEqual(await page.evaluate(() => globalThis.changed), []);
	});

	test("the list names people who are no contacts as they call themselves", async () => {
		const [carol, alice] = await stage.friends("alice");
		const mallory = await stage.node.newPerson("mallory", { display: "Mallory Stone" });
		await stage.node.befriend(alice, mallory);
		const { group } = await alice.ask("groups.create", { title: "Mixed", people: [carol.address, mallory.address] });
		await mallory.says(group, "hello all");
		const page = await stage.logIn(carol);
		const said = row(page, "Mixed").getByText("Mallory Stone: hello all");
		await said.waitFor();
		await row(page, "Mixed").click();
		await bubble(page, "hello all").waitFor();
		const dave = await stage.node.newPerson("dave", { display: "Dave Late" });
		await stage.node.befriend(alice, dave);
		await alice.ask("groups.invite", { group: group.address, people: [dave.address] });
		/* What happened is told in the chat; the list goes on saying what was said last, and so it does when it comes from the node. */
		const added = page.locator(".system").getByText("Alice Ångström added Dave Late");
		await added.waitFor();
		assert.equal(await said.count(), 1);
		await page.goto(`${stage.node.url}/`);
		await upToDate(page);
		await said.waitFor();
		await row(page, "Mixed").click();
		await added.waitFor();
		assert.equal(await said.count(), 1);
	});
}, { store: { backend: "sqlite" } });
