// SPDX-License-Identifier: MIT
// Starts the system's Chromium for tests of the client, offline and with nothing left behind.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const web = fileURLToPath(new URL("../../../web/", import.meta.url));
const require = createRequire(join(web, "package.json"));
const { chromium } = require("playwright-core");
const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const FLAGS = [
	"--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
	"--disable-component-update", "--disable-sync",
];

export const SIZES = { phone: [360, 740], tablet: [768, 1024], desktop: [1280, 800] };

/** A browser of its own, with a fresh profile. Close it when done. */
export function launch() {
	return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
}

/** What the page complains about: errors, and what the content security policy stopped. */
export function complaints(page) {
	const found = [];
	page.on("pageerror", (error) => found.push(String(error)));
	page.on("console", (message) => message.type() === "error" && found.push(message.text()));
	return found;
}

/** From now on nothing moves or fades, so that no colour is one of halfway; what was moving has arrived. */
async function still(page) {
	await page.emulateMedia({ reducedMotion: "reduce" });
	await page.evaluate(() => {
		for (const animation of document.getAnimations()) {
			if (animation.effect.getComputedTiming().endTime < Infinity) {
				animation.finish();
			}
		}
	});
}

/** Runs axe on what the page shows; gives one line for each violation. */
export async function axe(page) {
	await still(page);
	const session = await page.context().newCDPSession(page);
	/* Through the debugger: the page's own policy lets no script in. */
	await session.send("Runtime.evaluate", { expression: AXE });
	const { result } = await session.send("Runtime.evaluate", {
		expression: `axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] })
			.then(({ violations }) => violations.map((v) => v.id + " (" + v.impact + "): " + v.nodes.map((n) => n.target.join(" ") + " " + (n.failureSummary ?? "").split("\\n").slice(1).join(" ")).join(" | ")))
			.then(JSON.stringify)`,
		awaitPromise: true,
	});
	await session.detach();
	return JSON.parse(result.value);
}
