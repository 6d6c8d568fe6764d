// SPDX-License-Identifier: MIT
// Builds web/dist (the client) and web/sdk/dist (the SDK). usage: node tools/build.mjs [sdk | client] [FOLDER]

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

import { build } from "esbuild";

import { emojiPlugin } from "./emoji.mjs";

const web = join(dirname(fileURLToPath(import.meta.url)), "..");

const common = {
	bundle: true,
	format: "esm",
	target: "es2022",
	legalComments: "none",
	logLevel: "warning",
	absWorkingDir: web,
};

/** The SDK, for browsers and for Node. */
export async function buildSdk(outdir = join(web, "sdk/dist")) {
	await build({
		...common,
		entryPoints: { index: "sdk/src/index.ts", "scrypt-worker": "sdk/src/scrypt-worker.ts" },
		outdir,
		platform: "browser",
	});
	await build({ ...common, entryPoints: { node: "sdk/src/node.ts" }, outdir, platform: "node" });
	await declareSdk(join(outdir, "types"));
}

/** The SDK's types, for programs that are checked against them. */
async function declareSdk(outdir) {
	const tsc = join(web, "node_modules/typescript/bin/tsc");
	execFileSync(process.execPath, [tsc, "-p", join(web, "sdk"), "--outDir", outdir], { stdio: "inherit" });
	for (const name of await readdir(outdir)) {
		const path = join(outdir, name);
		const text = await readFile(path, "utf8");
		await writeFile(path, text.replace(/(from "\.\/[\w-]+)\.ts"/g, '$1.js"'));
	}
}

/** The file's name with a hash of its content, so that it can be kept for ever. */
function hashed(name, content) {
	const hash = createHash("sha256").update(content).digest("hex").slice(0, 12);
	const extension = extname(name);
	return `assets/${basename(name, extension)}-${hash}${extension}`;
}

const page = {
	outdir: "dist",
	write: false,
	minify: true,
	platform: "browser",
	jsx: "automatic",
	jsxImportSource: "preact",
	target: ["chrome111", "firefox113", "safari16.4"],
};

/** What the SDK loads when it is needed comes in one of the page's own parts. */
const passwordsPlugin = {
	name: "passwords",
	setup: ({ onResolve }) =>
		onResolve({ filter: /^\.\/passwords\.ts$/ }, ({ kind }) => (kind === "dynamic-import" ? { path: join(web, "src/later/passwords.ts") } : undefined)),
};

/** The bundles by name, and which of them main.js needs at once. What is needed later is in chunks of its own. */
async function bundle() {
	const { outputFiles, metafile } = await build({
		...common,
		...page,
		entryPoints: { main: "src/main.tsx", styles: "src/styles/main.css" },
		metafile: true,
		splitting: true,
		chunkNames: "chunk-[hash]",
		plugins: [emojiPlugin(web), passwordsPlugin],
	});
	/* A worker is one file. */
	const worker = await build({ ...common, ...page, entryPoints: { "scrypt-worker": "sdk/src/scrypt-worker.ts" } });
	/* The node keeps files with a hash of hexadecimal digits for ever; esbuild's is of letters. */
	const renamed = new Map(
		outputFiles
			.map(({ path }) => basename(path))
			.filter((name) => name.startsWith("chunk-"))
			.map((name) => [name, `chunk-${createHash("sha256").update(name).digest("hex").slice(0, 12)}.js`]),
	);
	const rename = (text) => text.replace(/chunk-[A-Z0-9]{8}\.js/g, (name) => renamed.get(name) ?? name);
	const bundles = new Map(
		[...outputFiles, ...worker.outputFiles].map(({ path, contents }) => [rename(basename(path)), Buffer.from(rename(Buffer.from(contents).toString()))]),
	);
	return { bundles, first: needed(metafile, "dist/main.js").map((path) => rename(basename(path))) };
}

/** What a bundle imports before it runs, and what that imports. */
function needed({ outputs }, path, found = new Set()) {
	for (const { path: other, kind } of outputs[path].imports) {
		if (kind === "import-statement" && !found.has(other)) {
			found.add(other);
			needed({ outputs }, other, found);
		}
	}
	return [...found];
}

function fill(template, names) {
	return template.replace(/\{([\w.-]+\.(?:js|css|svg|webmanifest))\}/g, (_, name) => {
		if (!names.has(name)) {
			throw new Error(`no such asset: ${name}`);
		}
		return `/${names.get(name)}`;
	});
}

async function put(outdir, name, content) {
	const path = join(outdir, name);
	const brotli = { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length } };
	await mkdir(dirname(path), { recursive: true });
	await writeFile(path, content);
	await writeFile(`${path}.gz`, gzipSync(content, { level: 9 }));
	await writeFile(`${path}.br`, brotliCompressSync(content, brotli));
}

/** The client. Gives the name of each asset by the name of its source. */
export async function buildClient(outdir = join(web, "dist")) {
	const source = (name) => readFile(join(web, "src", name));
	const { bundles, first } = await bundle();
	const assets = new Map([
		["main.js", bundles.get("main.js")],
		["main.css", bundles.get("styles.css")],
		["scrypt-worker.js", bundles.get("scrypt-worker.js")],
		["unsupported.js", await source("unsupported.js")],
		["icon.svg", await source("icon.svg")],
		["icon-unread.svg", await source("icon-unread.svg")],
	]);
	const names = new Map([...assets].map(([name, content]) => [name, hashed(name, content)]));
	const manifest = Buffer.from(fill(String(await source("manifest.webmanifest")), names));
	assets.set("manifest.webmanifest", manifest);
	names.set("manifest.webmanifest", hashed("manifest.webmanifest", manifest));
	await rm(outdir, { recursive: true, force: true });
	for (const [name, content] of assets) {
		await put(outdir, names.get(name), content);
	}
	for (const [name, content] of bundles) {
		if (name.startsWith("chunk-")) {
			await put(outdir, `assets/${name}`, content);
		}
	}
	const preloads = first.map((name) => `<link rel="modulepreload" href="/assets/${name}">\n`).join("");
	const html = String(await source("index.html")).replace('<script type="module"', `${preloads}<script type="module"`);
	await put(outdir, "index.html", Buffer.from(fill(html, names)));
	return names;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
	const [, , what, outdir] = process.argv;
	if (what !== "client") {
		await buildSdk(outdir);
	}
	if (what !== "sdk") {
		await buildClient(outdir);
	}
}
