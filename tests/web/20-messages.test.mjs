// SPDX-License-Identifier: MIT
// Writing to one another: states, drafts, and networks that break.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { build, modules, root } from "../talk/support/places.mjs";
import {
	bubble, box, chatPath, heading, inboxOf, onStage, row, textsOf, until, write, stored,
} from "./support/stage.mjs";

const PERMANENT = { store: { backend: "sqlite" } };

onStage("messages", (stage) => {
	test("a message reaches the other browser, with ticks here and a badge there that reading clears", async () => {
		const [carol, alice] = await stage.friends("alice");
		const here = await stage.logIn(carol, chatPath(alice));
		const there = await stage.logIn(alice);
		await write(here, "hello Alice");
		await bubble(here, "hello Alice").locator(".state-sent").waitFor();
		await row(there, "Carol Diaz").locator(".badge").waitFor();
		await until("in the title", async () => (await there.title()).startsWith("(1) "));
		await row(there, "Carol Diaz").click();
		await bubble(there, "hello Alice").waitFor();
		await until("the badge is gone", async () => (await there.locator(".badge").count()) === 0);
		await until("read, also for the node", async () => (await inboxOf(alice, carol)).unread === 0);
		await until("the box has the focus", () => there.evaluate(() => document.activeElement.tagName === "TEXTAREA"));
		await write(there, "hello Carol");
		await bubble(here, "hello Carol").waitFor();
		await until("said", async () => (await here.locator("#live-polite").textContent()).includes("Alice Ångström: hello Carol"));
	});

	test("reading on one device clears the badge on the other", async () => {
		const [carol, alice] = await stage.friends("alice");
		await stage.history(alice, carol, 3);
		const first = await stage.logIn(carol);
		const second = await stage.logIn(carol);
		await row(second, "Alice").locator(".badge").waitFor();
		await row(first, "Alice").click();
		await until("cleared", async () => (await second.locator(".badge").count()) === 0);
	});

	test("what one device sends, the other shows once", async () => {
		const [carol, alice] = await stage.friends("alice");
		const page = await stage.logIn(carol, chatPath(alice));
		await box(page).waitFor();
		await carol.says(alice, "from my terminal");
		await bubble(page, "from my terminal").locator(".state-sent").waitFor();
		assert.equal(await page.locator(".msg-own").count(), 1);
	});

	test("the row of a message stays the same from the key to the tick", async () => {
		const [carol, alice] = await stage.friends("alice");
		const page = await stage.logIn(carol, chatPath(alice));
		await box(page).waitFor();
		stage.node.relay.delay = 400;
		await write(page, "steady");
		const item = bubble(page, "steady");
		await item.locator(".state-waiting").waitFor();
		await item.evaluate((element) => {
			element.marked = true;
		});
		const before = await item.locator(".bubble").boundingBox();
		await item.locator(".state-sent").waitFor();
		assert.equal(await item.evaluate((element) => element.marked), true);
		assert.deepEqual(await item.locator(".bubble").boundingBox(), before);
	});

	test("cutting the connection while sending neither loses nor doubles", async () => {
		const [carol, alice] = await stage.friends("alice");
		const page = await stage.logIn(carol, chatPath(alice));
		await box(page).waitFor();
		await until("the cookie", async () => (await page.context().cookies()).length > 0);
		const texts = Array.from({ length: 12 }, (_, i) => `burst ${i + 1}.`);
		for (const [i, text] of texts.entries()) {
			await write(page, text);
			if (i % 4 === 3) {
				stage.node.relay.cut();
			}
		}
		await until("all sent", async () => (await page.locator(".state-sent").count()) === 12);
		assert.deepEqual(await textsOf(alice, carol), texts);
		assert.deepEqual(await page.locator(".msg .text").allTextContents(), texts);
	});

	test("a message that cannot be delivered can be retried, copied or deleted", async () => {
		const [carol, alice] = await stage.friends("alice");
		const page = await stage.logIn(carol, chatPath(alice));
		await box(page).waitFor();
		/* Blocked, but this page does not know it yet. */
		stage.node.relay.delay = 3_000;
		await alice.ask("roster.block", { address: carol.address });
		await write(page, "first");
		const failed = page.locator(".msg-failed");
		await failed.getByText("Not delivered: you are not in contact.").waitFor();
		stage.node.relay.delay = 0;
		await row(page, "Alice").getByText("Not sent:").waitFor();
		await failed.getByRole("button", { name: "Retry" }).click();
		await failed.getByRole("button", { name: "Delete" }).click();
		await until("gone", async () => (await page.locator(".msg").count()) === 0);
		assert.deepEqual(await textsOf(carol, alice), []);
	});

	test("what is written without a network survives a reload and is sent once", async () => {
		const [carol, alice] = await stage.friends("alice");
		const page = await stage.logIn(carol, chatPath(alice));
		await box(page).waitFor();
		await until("the cookie", async () => (await page.context().cookies()).length > 0);
		stage.node.relay.down = true;
		stage.node.relay.cut();
		await page.locator(".statusbar").waitFor();
		await write(page, "from the tunnel");
		await bubble(page, "from the tunnel").locator(".state-waiting").waitFor();
		await until("kept", () =>
			page.evaluate(
				() =>
					new Promise((resolve) => {
						const opening = indexedDB.open("parley");
						opening.onsuccess = () => {
							const count = opening.result.transaction("outbox").objectStore("outbox").count();
							count.onsuccess = () => {
								opening.result.close();
								resolve(count.result === 1);
							};
						};
					}),
			),
		);
		stage.node.relay.down = false;
		await page.reload();
		await bubble(page, "from the tunnel").locator(".state-sent").waitFor();
		assert.deepEqual(await textsOf(alice, carol), ["from the tunnel"]);
		await page.locator(".statusbar").waitFor({ state: "detached" });
	});

	test("after sleep a dead connection is noticed at once and nothing is missed", async () => {
		const [carol, alice] = await stage.friends("alice");
		const page = await stage.logIn(carol, chatPath(alice));
		await box(page).waitFor();
		await until("the cookie", async () => (await page.context().cookies()).length > 0);
		stage.node.relay.cut();
		await alice.says(carol, "while you slept");
		await page.evaluate(() => dispatchEvent(new Event("online")));
		await bubble(page, "while you slept").waitFor({ timeout: 10_000 });
		assert.equal(await bubble(page, "while you slept").count(), 1);
	});

	test("a node that was restarted is found again", async () => {
		const [carol, alice] = await stage.friends("alice");
		const page = await stage.logIn(carol, chatPath(alice));
		await write(page, "before");
		await bubble(page, "before").locator(".state-sent").waitFor();
		await until("the cookie", async () => (await page.context().cookies()).length > 0);
		await stage.node.closeClients();
		await stage.node.stop();
		await page.locator(".statusbar").waitFor();
		await write(page, "meanwhile");
		await stage.node.restart();
		await bubble(page, "meanwhile").locator(".state-sent").waitFor({ timeout: 40_000 });
		assert.deepEqual(await page.locator(".msg .text").allTextContents(), ["before", "meanwhile"]);
	});

	test("drafts survive a change of chat and a reload, and the list says so", async () => {
		const [carol, alice] = await stage.friends("alice", "bob");
		const page = await stage.logIn(carol, chatPath(alice));
		await until("the cookie", async () => (await page.context().cookies()).length > 0);
		await box(page).fill("half a thou");
		await row(page, "Bob").click();
		await row(page, "Alice").getByText("Draft:").waitFor();
		assert.equal(await box(page).inputValue(), "");
		await stored(page, "half a thou");
		await page.reload();
		await row(page, "Alice").getByText("half a thou").waitFor();
		await row(page, "Alice").click();
		await until("the draft", async () => (await box(page).inputValue()) === "half a thou");
		await box(page).press("Enter");
		await bubble(page, "half a thou").locator(".state-sent").waitFor();
		assert.equal(await box(page).inputValue(), "");
	});

	test("Enter sends, Shift-Enter makes a line, and Enter in a composition does neither", async () => {
		const [carol, alice] = await stage.friends("alice");
		const page = await stage.logIn(carol, chatPath(alice));
		await box(page).fill("にほ");
		for (const init of [{ isComposing: true }, { keyCode: 229 }]) {
			await box(page).evaluate((area, more) => {
				area.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true, ...more }));
			}, init);
		}
		assert.equal(await page.locator(".msg").count(), 0);
		await box(page).press("Shift+Enter");
		await box(page).pressSequentially("two");
		assert.ok((await box(page).boundingBox()).height > 60);
		await box(page).press("Enter");
		await page.locator(".msg").waitFor();
		assert.equal(await page.locator(".msg .text").textContent(), "にほ\ntwo");
		await box(page).fill("line\n".repeat(60));
		assert.ok((await box(page).boundingBox()).height <= 800 * 0.4 + 1);
	});

	test("a text over the limit is not sent and says by how much", async () => {
		const [carol, alice] = await stage.friends("alice");
		const page = await stage.logIn(carol, chatPath(alice));
		await box(page).fill("x".repeat(10_003));
		await page.getByText("3 characters too long").waitFor();
		await box(page).press("Enter");
		assert.equal(await page.locator(".msg").count(), 0);
		await box(page).fill("y".repeat(10_000));
		await box(page).press("Enter");
		await page.locator(".state-sent").waitFor();
		const wide = await page.evaluate(() => document.querySelector(".log").scrollWidth > document.querySelector(".log").clientWidth);
		assert.equal(wide, false);
	});

	test("links can be followed, markup stays text", async () => {
		const [carol, alice] = await stage.friends("alice");
		const page = await stage.logIn(carol, chatPath(alice));
		const words = "<img src=x onerror=alert(1)> https://a.example/x. javascript:alert(1)";
		await write(page, words);
		const text = page.locator(".msg .text");
		await text.waitFor();
		assert.equal(await text.textContent(), words);
		assert.deepEqual(await text.locator("*").evaluateAll((all) => all.map(({ tagName, href, rel }) => [tagName, href, rel])), [
			["A", "https://a.example/x", "noopener noreferrer nofollow"],
		]);
	});

	test("tabs share one connection; when the one that has it goes, another takes over", async () => {
		const [carol, alice] = await stage.friends("alice");
		const operator = await stage.node.operator();
		const first = await stage.logIn(carol, chatPath(alice));
		await box(first).waitFor();
		await until("the cookie", async () => (await first.context().cookies()).length > 0);
		await carol.close();
		const second = await stage.open(first.context(), chatPath(alice));
		await box(second).waitFor();
		const connected = async () => {
			const { sessions } = await operator.get("node.sessions", { account: carol.name });
			return sessions.filter((session) => session.connected).length;
		};
		await until("one connection", async () => (await connected()) === 1);
		await write(second, "from the second tab");
		await bubble(second, "from the second tab").locator(".state-sent").waitFor();
		await bubble(first, "from the second tab").locator(".state-sent").waitFor();
		await alice.says(carol, "for both");
		await bubble(first, "for both").waitFor();
		await bubble(second, "for both").waitFor();
		await first.close();
		await write(second, "alone now");
		await bubble(second, "alone now").locator(".state-sent").waitFor();
		await until("one connection", async () => (await connected()) === 1);
		await alice.says(carol, "for the second");
		await bubble(second, "for the second").waitFor();
		assert.equal(await bubble(second, "for both").count(), 1);
	});

	test("on a phone there is one pane, and Back of the page and of the browser agree", async () => {
		const [carol, alice] = await stage.friends("alice");
		const page = await stage.logIn(carol, "/", { viewport: { width: 360, height: 740 } });
		assert.equal(await page.getByRole("main").count(), 1);
		await row(page, "Alice").click();
		await heading(page, "Alice Ångström").waitFor();
		assert.equal(await page.locator(".side-list").isVisible(), false);
		await page.getByRole("button", { name: "Back" }).click();
		await row(page, "Alice").waitFor();
		assert.equal(new URL(page.url()).pathname, "/");
		await until("focus", () => page.evaluate((address) => document.activeElement.dataset.chat === address, alice.address));
		await row(page, "Alice").click();
		await page.goBack();
		await row(page, "Alice").waitFor();
		await page.goForward();
		await heading(page, "Alice Ångström").waitFor();
		await until("the cookie", async () => (await page.context().cookies()).length > 0);
		await page.reload();
		await heading(page, "Alice Ångström").waitFor();
		await page.getByRole("button", { name: "Back" }).click();
		await row(page, "Alice").waitFor();
	});
}, PERMANENT);

onStage("the last moment of a page", (stage) => {
	/** A browser in which Carol's page has no way to the node, and whose database takes no message any more. */
	async function slowDatabase(carol, alice) {
		const context = await stage.context();
		const way = { closed: false };
		await context.routeWebSocket(/\/ws$/, (socket) => (way.closed ? void socket.close() : void socket.connectToServer()));
		const page = await stage.open(context, "/login");
		await stage.fillLogin(page, carol);
		await page.locator(".sidebar").waitFor();
		await page.goto(stage.node.url + chatPath(alice));
		await box(page).waitFor();
		way.closed = true;
		stage.node.relay.cut();
		await page.locator(".statusbar").waitFor();
		await write(page, "before");
		await stored(page, '"text":"before"');
		await page.evaluate(() => {
			const { put } = IDBObjectStore.prototype;
			IDBObjectStore.prototype.put = function (...what) {
				if (this.name === "outbox") {
					throw new DOMException("too late", "AbortError");
				}
				return put.apply(this, what);
			};
		});
		return { page, way };
	}

	test("what was sent when the page was left is not lost, though the database did not take it in time, and goes in its order", async () => {
		const [carol, alice] = await stage.friends("alice");
		const { page, way } = await slowDatabase(carol, alice);
		await write(page, "the last word");
		await bubble(page, "the last word").locator(".state-waiting").waitFor();
		await page.reload();
		await bubble(page, "the last word").locator(".state-waiting").waitFor();
		way.closed = false;
		await page.getByRole("button", { name: "Try now" }).click({ timeout: 2_000 }).catch(() => undefined);
		await bubble(page, "the last word").locator(".state-sent").waitFor();
		assert.deepEqual(await textsOf(alice, carol), ["before", "the last word"]);
		await page.reload();
		await bubble(page, "the last word").locator(".state-sent").waitFor();
		assert.deepEqual(await textsOf(alice, carol), ["before", "the last word"]);
	});
});

/** The module that docs/module-guide.md begins with, in a folder of its own. */
function buildPause() {
	const folder = mkdtempSync(join(tmpdir(), "parley-pause-"));
	after(() => rmSync(folder, { recursive: true, force: true }));
	const command = 'cc -shared -fPIC -o "$1/pause.so" "$2/docs/sample/pause.c" $(pkg-config --cflags --libs parley)';
	execFileSync("sh", ["-ec", command, "sh", folder, root], { env: { ...process.env, PKG_CONFIG_PATH: build } });
	return folder;
}

const REASON = "this node is being moved, try again at noon";
const PAUSED = {
	node: { more_modules: "pause", module_path: `${buildPause()} ${modules}` },
	"module pause": { reason: REASON },
};

onStage("messages that a module refuses", (stage) => {
	test("say its reason, not one of the page's own, and pass when it has none any more", async () => {
		const [carol, alice] = await stage.friends("alice");
		const page = await stage.logIn(carol, chatPath(alice));
		await write(page, "at noon then");
		const failed = page.locator(".msg-failed");
		await failed.getByText(`Not sent: ${REASON}`).waitFor();
		stage.node.configure({ "module pause": { reason: undefined } });
		await stage.node.reload();
		await failed.getByRole("button", { name: "Retry" }).click();
		await bubble(page, "at noon then").locator(".state-sent").waitFor();
		assert.deepEqual(await textsOf(alice, carol), ["at noon then"]);
	});
}, PAUSED);
