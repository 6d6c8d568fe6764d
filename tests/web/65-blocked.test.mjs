// SPDX-License-Identifier: MIT
// People who were blocked, in a group that both are in.

import assert from "node:assert/strict";
import { test } from "node:test";

import { bubble, chatPath, onStage } from "./support/stage.mjs";

onStage("blocked people", (stage) => {
	test("their messages in a group stand behind one line, and can be asked for", async () => {
		const [carol, alice, bob] = await stage.friends("alice", "bob");
		const group = await stage.group(carol, [alice, bob]);
		await alice.says(group, "kind words");
		await bob.says(group, "rude words");
		await bob.says(group, "more of them");
		await carol.ask("roster.block", { address: bob.address });
		const page = await stage.logIn(carol, chatPath(group));
		await bubble(page, "kind words").waitFor();
		const line = page.getByText("2 messages from people you blocked.");
		await line.waitFor();
		assert.equal(await page.locator(".log").getByText("rude words").count(), 0);
		await line.getByRole("button", { name: "Show" }).click();
		await bubble(page, "more of them").waitFor();
	});
});
