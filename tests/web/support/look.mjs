// SPDX-License-Identifier: MIT
// Takes pictures of every screen at every size, light and dark, and asks axe about each. A development aid.
// usage: node look.mjs FOLDER [part of a picture's name]

import { mkdirSync } from "node:fs";
import { join } from "node:path";

import { axe, complaints, launch, SIZES } from "./browser.mjs";
import { FakeNode, populate } from "./fake-node.mjs";

const [folder = "/tmp/parley-look", wanted = ""] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const node = populate(new FakeNode());
const url = await node.listen();
const browser = await launch();
let bad = 0;

async function logIn(page, name = "carol") {
	await page.goto(`${url}/login`);
	await page.getByLabel("Username").fill(name);
	await page.getByLabel("Password", { exact: true }).fill("correct horse");
	await page.getByRole("button", { name: "Log in" }).click();
	await page.locator(".chat-row").first().waitFor();
}

const GUEST = {
	welcome: "/", login: "/login", signup: "/signup", terms: "/terms",
	"signup-errors": async (page) => {
		await page.goto(`${url}/signup`);
		await page.getByLabel("Username").fill("alice");
		await page.getByLabel("Password", { exact: true }).fill("abc12");
		await page.locator(".field-error").waitFor();
		await page.getByRole("button", { name: "Create account" }).click();
	},
};
const INSIDE = {
	home: "/", chat: "/chat/alice", "chat-bob": "/chat/bob", "chat-empty": "/chat/frank", request: "/chat/heidi", asked: "/chat/ivan", blocked: "/chat/mallory",
	people: "/people", profile: "/settings", devices: "/settings/devices", "blocked-list": "/settings/blocked", nothing: "/nothing/at/all",
	search: async (page) => {
		await page.goto(url);
		await page.locator(".chat-row").first().waitFor();
		await page.getByRole("searchbox").fill("a");
		await page.getByText("Ask to chat").first().waitFor();
	},
	status: async (page) => {
		await page.goto(url);
		await page.locator(".account-button").click();
	},
	dialog: async (page) => {
		await page.goto(`${url}/chat/bob`);
		await page.getByRole("button", { name: "More about" }).click();
		await page.getByRole("menuitem", { name: "Block" }).click();
	},
	group: "/chat/garden@rooms~localhost",
	toolbar: async (page) => {
		await page.goto(`${url}/chat/garden@rooms~localhost`);
		await page.locator(".msg", { hasText: "long hose" }).hover();
		await page.locator(".toolbar").waitFor({ timeout: 2_000 });
	},
	menu: async (page) => {
		await page.goto(`${url}/chat/garden@rooms~localhost`);
		await page.locator(".msg", { hasText: "long hose" }).click({ button: "right" });
		await page.getByRole("menu").waitFor();
	},
	emoji: async (page) => {
		await page.goto(`${url}/chat/garden@rooms~localhost`);
		await page.getByRole("button", { name: "Emoji" }).click();
		await page.locator(".emoji-row").first().waitFor();
	},
	reply: async (page) => {
		await page.goto(`${url}/chat/garden@rooms~localhost`);
		await page.locator(".msg").filter({ has: page.locator(".text", { hasText: "Plan for" }) }).click({ button: "right" });
		await page.getByRole("menuitem", { name: "Reply" }).click();
		await page.getByRole("textbox", { name: "Message to" }).pressSequentially("Good @a");
		await page.getByRole("listbox").waitFor();
	},
	edit: async (page) => {
		await page.goto(`${url}/chat/garden@rooms~localhost`);
		await page.getByRole("textbox", { name: "Message to" }).fill("");
		await page.waitForTimeout(300);
		await page.getByRole("textbox", { name: "Message to" }).press("ArrowUp");
		await page.getByText("Edit message").waitFor();
		for (const name of ["alice", "bob"]) {
			node.tell(node.accounts.get("carol"), { type: "event", name: "typing", chat: "garden@rooms.localhost", from: `${name}@localhost`, on: true });
		}
	},
	select: async (page) => {
		await page.goto(`${url}/chat/garden@rooms~localhost`);
		await page.locator(".msg").filter({ has: page.locator(".text", { hasText: "Plan for" }) }).click({ button: "right" });
		await page.getByRole("menuitem", { name: "Select" }).click();
		await page.getByRole("checkbox").nth(1).check();
	},
	forward: async (page) => {
		await page.goto(`${url}/chat/garden@rooms~localhost`);
		await page.locator(".msg").filter({ has: page.locator(".text", { hasText: "Plan for" }) }).click({ button: "right" });
		await page.getByRole("menuitem", { name: "Forward" }).click();
		await page.getByRole("combobox").fill("al");
		await page.keyboard.press("Enter");
	},
	details: async (page) => {
		await page.goto(`${url}/chat/alice`);
		await page.locator(".msg", { hasText: "I booked" }).click({ button: "right" });
		await page.getByRole("menuitem", { name: "Details" }).click();
		await page.getByRole("dialog").waitFor();
	},
	versions: async (page) => {
		await page.goto(`${url}/chat/garden@rooms~localhost`);
		await page.getByRole("button", { name: "edited" }).click();
		await page.locator(".versions li").first().waitFor();
	},
	pins: async (page) => {
		await page.goto(`${url}/chat/garden@rooms~localhost`);
		await page.getByRole("button", { name: "Show all pinned" }).click();
		await page.locator(".pin-list li").first().waitFor();
	},
	date: async (page) => {
		await page.goto(`${url}/chat/garden@rooms~localhost`);
		await page.getByRole("button", { name: "More about" }).click();
		await page.getByRole("menuitem", { name: "Go to a date" }).click();
		await page.getByRole("dialog").waitFor();
	},
	saved: "/chat/carol",
	failed: async (page) => {
		await page.goto(`${url}/chat/erin`);
		await page.getByRole("textbox", { name: "Message to" }).waitFor();
		const { Refusal } = await import("./fake-node.mjs");
		node.refuse = (frame) => frame.type === "message" && new Refusal("blocked", "This cannot be delivered.");
		await page.getByRole("textbox", { name: "Message to" }).fill("Can you read this?");
		await page.getByRole("button", { name: "Send" }).click();
		await page.getByRole("button", { name: "Retry" }).waitFor();
		node.refuse = undefined;
		await page.getByRole("textbox", { name: "Message to" }).fill("A draft in\nthree\nlines");
	},
	down: async (page) => {
		await page.goto(`${url}/chat/dave`);
		await page.getByRole("textbox", { name: "Message to" }).waitFor();
		await page.waitForTimeout(300);
		node.sockets.options.verifyClient = () => false;
		node.drop();
		await page.locator(".statusbar").waitFor();
		await page.getByRole("textbox", { name: "Message to" }).fill("Written without a connection");
		await page.getByRole("button", { name: "Send" }).click();
		await page.waitForTimeout(300);
	},
};

async function picture(page, name) {
	await page.waitForTimeout(350);
	await page.screenshot({ path: join(folder, `${name}.png`) });
	for (const line of await axe(page)) {
		bad++;
		console.log(`${name}: ${line}`);
	}
	const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
	if (wide) {
		bad++;
		console.log(`${name}: wider than the screen`);
	}
}

for (const [size, [width, height]] of Object.entries(SIZES)) {
	for (const colorScheme of ["light", "dark", "forced"]) {
		for (const [kind, screens] of [["guest", GUEST], ["inside", INSIDE]]) {
			const names = Object.keys(screens).filter((name) => `${name}-${size}-${colorScheme}`.includes(wanted));
			if (names.length === 0) {
				continue;
			}
			const colours = colorScheme === "forced" ? { forcedColors: "active" } : { colorScheme };
			const context = await browser.newContext({ viewport: { width, height }, ...colours, hasTouch: size === "phone" });
			const page = await context.newPage();
			const found = complaints(page);
			if (kind === "inside") {
				await logIn(page);
			}
			for (const name of names) {
				const screen = screens[name];
				if (typeof screen === "string") {
					await page.goto(url + screen);
				} else {
					await screen(page).catch((error) => console.log(`${name}-${size}: ${error.message.split("\n")[0]}`));
				}
				await picture(page, `${name}-${size}-${colorScheme}`);
				delete node.sockets.options.verifyClient;
			}
			for (const line of found.filter((text) => !/WebSocket connection|Failed to load resource/.test(text))) {
				bad++;
				console.log(`${kind}-${size}-${colorScheme}: ${line}`);
			}
			await context.close();
		}
	}
}
await browser.close();
await node.close();
console.log(bad === 0 ? "nothing to complain about" : `${bad} complaints`);
process.exit(bad === 0 ? 0 : 1);
