// SPDX-License-Identifier: MIT
// What is served: small, hashed, compressed, and complete.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { brotliDecompressSync, gunzipSync } from "node:zlib";

declare const __WEB__: string;
const BUDGET = 60 * 1024;
const CSS_BUDGET = 20 * 1024;

const dist = mkdtempSync(join(tmpdir(), "parley-dist-"));
process.on("exit", () => rmSync(dist, { recursive: true, force: true }));
execFileSync(process.execPath, ["tools/build.mjs", "client", dist], { cwd: __WEB__, stdio: "inherit" });
const html = readFileSync(join(dist, "index.html"), "utf8");

const gzipped = (pattern: RegExp) =>
	[...html.matchAll(pattern)].reduce((sum, match) => sum + readFileSync(join(dist, `${match[1]!}.gz`)).length, 0);

test("the first load stays within 60 kB of JavaScript and 20 kB of CSS, compressed", () => {
	const script = gzipped(/<script type="module" src="([^"]+)"/g) + gzipped(/<link rel="modulepreload" href="([^"]+)"/g);
	const style = gzipped(/<link rel="stylesheet" href="([^"]+)"/g);
	assert.ok(script > 0 && script <= BUDGET, `${script} bytes of JavaScript`);
	assert.ok(style > 0 && style <= CSS_BUDGET, `${style} bytes of CSS`);
});

test("whatever the page names is there, under a name with a hash", () => {
	const names = [...html.matchAll(/(?:src|href|content)="(\/[^"]+)"/g)].map((match) => match[1]!);
	assert.ok(names.length >= 6, html);
	for (const name of names) {
		assert.match(name, /^\/assets\/[\w-]+-[0-9a-f]{12}\.\w+$/);
		assert.ok(existsSync(join(dist, name)), name);
	}
	const manifest = names.find((name) => name.endsWith(".webmanifest"))!;
	const { icons } = JSON.parse(readFileSync(join(dist, manifest), "utf8")) as { icons: { src: string }[] };
	assert.ok(icons.every(({ src }) => existsSync(join(dist, src))));
	assert.doesNotMatch(html, /\{[\w.-]+\}/);
});

test("each file has its compressed copies beside it", () => {
	const files = ["index.html", ...readdirSync(join(dist, "assets")).map((name) => `assets/${name}`)];
	for (const name of files.filter((file) => !/\.(?:gz|br)$/.test(file))) {
		const content = readFileSync(join(dist, name));
		assert.ok(gunzipSync(readFileSync(join(dist, `${name}.gz`))).equals(content), name);
		assert.ok(brotliDecompressSync(readFileSync(join(dist, `${name}.br`))).equals(content), name);
	}
});

test("nothing in the page or its styles is fetched from elsewhere", () => {
	const css = readdirSync(join(dist, "assets")).find((name) => name.endsWith(".css"))!;
	assert.doesNotMatch(html + readFileSync(join(dist, "assets", css), "utf8"), /https?:\/\/|@import|url\(/);
});

test("building again gives the same bytes", () => {
	const again = mkdtempSync(join(tmpdir(), "parley-dist-"));
	execFileSync(process.execPath, ["tools/build.mjs", "client", again], { cwd: __WEB__ });
	assert.deepEqual(readdirSync(join(again, "assets")), readdirSync(join(dist, "assets")));
	rmSync(again, { recursive: true, force: true });
});
