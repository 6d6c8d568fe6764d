// SPDX-License-Identifier: MIT
// What the generators share: the schemas as they are on disk, their references, and --check.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Every schema file below schemas/, by its name without ".json": "client/message". Sorted. */
export function loadSchemas() {
  const files = new Map();
  const at = (folder) => readdirSync(join(root, "schemas", folder), { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".json"))
    .map((entry) => posix.join(folder, entry.name.slice(0, -".json".length)))
    .sort();

  for (const name of ["", "client", "server", "methods"].flatMap(at)) {
    const text = readFileSync(join(root, "schemas", `${name}.json`), "utf8");
    try {
      files.set(name, JSON.parse(text));
    } catch (error) {
      throw new Error(`schemas/${name}.json: ${error.message}`);
    }
  }
  return files;
}

/** The names in one folder, without the folder: ["ack", "auth", ...]. */
export function namesIn(files, folder) {
  return [...files.keys()]
    .filter((name) => posix.dirname(name) === folder)
    .map((name) => posix.basename(name));
}

/** Where "$ref" in a file points: { file, def, schema }. */
export function resolve(files, from, ref) {
  const [path, fragment] = ref.split("#");
  const def = /^\/\$defs\/([^/]+)$/.exec(fragment ?? "")?.[1];
  const file = path === ""
    ? from
    : posix.normalize(posix.join(posix.dirname(from), path)).replace(/\.json$/, "");
  const schema = files.get(file)?.$defs?.[def];

  if (schema === undefined) throw new Error(`schemas/${from}.json: nothing at ${ref}`);
  return { file, def, schema };
}

/** Writes a generated file; with --check only tells whether the committed one is the same. */
export function emit(path, text) {
  if (!process.argv.includes("--check")) {
    writeFileSync(join(root, path), text);
    return;
  }
  let committed = "";
  try {
    committed = readFileSync(join(root, path), "utf8");
  } catch {
    // missing counts as different
  }
  if (committed !== text) {
    console.error(`${path} is not what ${process.argv[1]} makes of schemas/: run it and commit`);
    process.exitCode = 1;
  }
}
