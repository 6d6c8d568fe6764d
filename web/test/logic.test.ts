// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { test } from "node:test";

import { waitTime } from "../src/i18n.ts";
import { Announcer } from "../src/logic/announce.ts";
import { bareLink, hrefOf } from "../src/logic/links.ts";
import { strengthOf } from "../src/logic/password.ts";
import { handleOf, hueOf, HUES, letterOf, matchAt, nameOf, rank } from "../src/logic/people.ts";
import { chatPath, parsePath } from "../src/logic/routes.ts";
import { ago, dayOf } from "../src/logic/time.ts";

/** The links of a text, as they are written. */
function links(text: string): string[] {
	const found: string[] = [];
	for (let at = 0; at < text.length; ) {
		const link = bareLink(text, at, text.length);
		if (link !== undefined) {
			found.push(link);
		}
		at += link?.length ?? 1;
	}
	return found;
}

test("links are found without what stands around them", () => {
	assert.deepEqual(links("see https://a.example/x?y=1#z."), ["https://a.example/x?y=1#z"]);
	assert.deepEqual(links("(https://en.example/wiki/A_(b))"), ["https://en.example/wiki/A_(b)"]);
	assert.deepEqual(links("mailto:ann@a.example!"), ["mailto:ann@a.example"]);
	assert.deepEqual(links("HTTPS://A.EXAMPLE"), ["HTTPS://A.EXAMPLE"]);
	assert.deepEqual(links("https://x.example/ä/ü and https://y.example"), ["https://x.example/ä/ü", "https://y.example"]);
});

const NO_LINKS = [
	"javascript:alert(1)", "data:text/html,x", "ftp://a.example", "http://", "https:", "mailto:nobody", "xhttps://a.example",
	"vbscript:x", "file:///etc/passwd", "java\nscript:x",
];

test("nothing but http, https and mailto becomes a link", () => {
	for (const text of NO_LINKS) {
		assert.deepEqual(links(text), [], text);
		assert.equal(hrefOf(text), undefined, text);
	}
	assert.equal(hrefOf("https://a.example/<"), "https://a.example/%3C");
	assert.equal(hrefOf("https://[x"), undefined);
});

test("a link does not swallow quotes, angle brackets or direction marks", () => {
	assert.deepEqual(links('<https://a.example/>"x'), ["https://a.example/"]);
	assert.deepEqual(links("https://a.example/\u202egpj.exe"), ["https://a.example/"]);
});

const alice = { address: "alice@a.example", name: "alice", shown: "Alice", display: "Alice Ångström" };

test("people are called by what they chose", () => {
	assert.equal(nameOf(alice), "Alice Ångström");
	assert.equal(nameOf({ ...alice, display: " " }), "Alice");
	assert.equal(handleOf(alice, "a.example"), "@Alice");
	assert.equal(handleOf(alice, "b.example"), "@Alice@a.example");
	assert.equal(letterOf("ängström"), "Ä");
	assert.equal(letterOf("… 7"), "7");
	assert.equal(letterOf("…"), "?");
});

test("colours are stable, in range and spread", () => {
	assert.equal(hueOf("alice@a.example"), hueOf("Alice@a.example"));
	const hues = new Set(Array.from({ length: 200 }, (_, i) => hueOf(`user${i}@a.example`)));
	assert.equal(hues.size, HUES);
	assert.ok([...hues].every((hue) => hue >= 0 && hue < HUES));
});

test("a search prefers the start of names, then of words, then anything", () => {
	assert.equal(rank(alice, "al"), 0);
	assert.equal(rank(alice, "@al"), 0);
	assert.equal(rank(alice, "ång"), 1);
	assert.equal(rank(alice, "lic"), 2);
	assert.equal(rank(alice, "bob"), -1);
	assert.equal(rank(alice, " "), -1);
	assert.equal(matchAt("banana na", "na"), 7);
});

test("paths and routes go there and back", () => {
	const home = "a.example";
	assert.equal(chatPath("bob@a.example", home), "/chat/bob");
	assert.equal(chatPath("bob@b.example", home), "/chat/bob@b~example");
	for (const address of ["bob@a.example", "bob@b.example", "x_1@localhost"]) {
		assert.deepEqual(parsePath(chatPath(address, home), home), { screen: "chat", address });
		assert.ok(!chatPath(address, home).includes("."));
	}
	assert.deepEqual(parsePath("/", home), { screen: "home" });
	assert.deepEqual(parsePath("/settings", home), { screen: "settings", tab: "profile" });
	assert.deepEqual(parsePath("/settings/devices", home), { screen: "settings", tab: "devices" });
	assert.deepEqual(parsePath("/terms", home), { screen: "legal", text: "terms" });
	for (const path of ["/nothing", "/chat/", "/chat/a b", "/chat/%E0%A4%A", "/a/b/c", "/chat/bob/x"]) {
		assert.deepEqual(parsePath(path, home), { screen: "unknown" }, path);
	}
});

test("weak passwords are told from strong ones", () => {
	assert.equal(strengthOf("short"), 0);
	assert.equal(strengthOf("password123"), 0);
	assert.equal(strengthOf("aaaaaaaaaaaaaaaa"), 0);
	assert.equal(strengthOf("1234567890"), 0);
	assert.equal(strengthOf("carol-is-great-2026", "carol"), 0);
	assert.ok(strengthOf("blue horse 42") >= 1);
	assert.equal(strengthOf("correct horse battery staple"), 3);
});

test("days and spans are told as people tell them", () => {
	const now = new Date(2026, 10, 22, 15, 0).getTime();
	assert.deepEqual(dayOf(now - 3_600_000, now), { kind: "today" });
	assert.deepEqual(dayOf(now - 20 * 3_600_000, now), { kind: "yesterday" });
	assert.deepEqual(dayOf(new Date(2026, 10, 2).getTime(), now), { kind: "date", text: "Monday, November 2" });
	assert.match((dayOf(new Date(2025, 0, 2).getTime(), now) as { text: string }).text, /2025/);
	assert.deepEqual(ago(now - 30_000, now), { unit: "now", n: 0 });
	assert.deepEqual(ago(now - 61_000, now), { unit: "minutes", n: 1 });
	assert.deepEqual(ago(now - 7_300_000, now), { unit: "hours", n: 2 });
	assert.deepEqual(ago(now - 3 * 86_400_000, now), { unit: "days", n: 3 });
});

test("single messages are read aloud, floods are counted", () => {
	const announcer = new Announcer();
	assert.deepEqual(announcer.arrived("Ann", "hi", 0), { say: { sender: "Ann", text: "hi" } });
	assert.equal(announcer.due(0), undefined);
	assert.equal(announcer.arrived("Ann", "a", 100), undefined);
	assert.equal(announcer.arrived("Ann", "b", 200), undefined);
	assert.equal(announcer.due(1_000), 3_000);
	assert.deepEqual(announcer.flush(4_000), { count: 2 });
	assert.equal(announcer.flush(4_000), undefined);
	assert.equal(announcer.arrived("Ann", "x".repeat(500), 9_000)!.say!.text.length, 201);
});

test("waiting is told in seconds, and in minutes when it is long", () => {
	assert.deepEqual([1, 82, 119].map(waitTime), ["1 second", "82 seconds", "119 seconds"]);
	assert.deepEqual([120, 3541, 3601].map(waitTime), ["2 minutes", "60 minutes", "61 minutes"]);
});
