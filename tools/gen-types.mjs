#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// Makes web/sdk/src/types.ts, the TypeScript types of all frames and methods, from schemas/.
// With --check: fails when the committed file differs.
import { emit, loadSchemas, namesIn, resolve } from "./schema-files.mjs";

const files = loadSchemas();

const pascal = (name) => name
  .split(/[^A-Za-z0-9]+/)
  .map((word) => word[0].toUpperCase() + word.slice(1))
  .join("");
const prefixes = { client: "Client", server: "Server", methods: "" };

/** The TypeScript name of a file's schema, or of one of its $defs. */
function typeName(file, def) {
  const [folder, base] = file.includes("/") ? file.split("/") : ["", file];
  const own = folder === "" ? "" : prefixes[folder] + pascal(base);
  return own + (def === undefined ? "" : pascal(def));
}

const quoteKey = (key) => (/^[A-Za-z_$][A-Za-z0-9_$]*$/.test(key) ? key : JSON.stringify(key));

function comment(text, indent) {
  return text === undefined ? "" : `${indent}/** ${text.replaceAll("*/", "* /")} */\n`;
}

const simple = {
  string: "string", integer: "number", number: "number", boolean: "boolean", null: "null",
};

/** What a rule says beyond the type, in words, for the comment. */
function bounds(schema) {
  if (schema.title !== undefined) return schema.title;
  const { minLength: a, maxLength: b, minimum: c, maximum: d } = schema;
  if (a !== undefined && b !== undefined) return `${a} to ${b} characters`;
  if (b !== undefined) return `at most ${b} characters`;
  if (c !== undefined && d !== undefined && d < Number.MAX_SAFE_INTEGER) return `${c} to ${d}`;
  return undefined;
}

function describe(schema) {
  const rule = bounds(schema);
  if (rule === undefined) return schema.description;
  return schema.description === undefined ? `${rule}.` : `${schema.description} (${rule})`;
}

function typeOf(schema, file, indent) {
  if (schema.$ref !== undefined) {
    const target = resolve(files, file, schema.$ref);
    return typeName(target.file, target.def);
  }
  const either = (list, each) => list.map(each).join(" | ");
  if (schema.oneOf !== undefined) return either(schema.oneOf, (s) => typeOf(s, file, indent));
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return either(schema.enum, (value) => JSON.stringify(value));
  if (Array.isArray(schema.type)) return either(schema.type, (type) => simple[type]);
  if (schema.type === "array") {
    const item = typeOf(schema.items, file, indent);
    return /^[A-Za-z]+$/.test(item) ? `${item}[]` : `Array<${item}>`;
  }
  if (schema.type === "object") return objectType(schema, file, indent);
  if (simple[schema.type] === undefined) throw new Error(`schemas/${file}.json: no type for this`);
  return simple[schema.type];
}

function objectType(schema, file, indent) {
  const members = Object.entries(schema.properties ?? {});
  if (schema.additionalProperties !== false) return "object";
  if (members.length === 0) return "Record<string, never>";

  const inner = `${indent}  `;
  const lines = members.map(([key, value]) => {
    const name = quoteKey(key) + (schema.required?.includes(key) ? "" : "?");
    return `${comment(describe(value), inner)}${inner}${name}: ${typeOf(value, file, inner)};\n`;
  });
  return `{\n${lines.join("")}${indent}}`;
}

function declare(name, schema, file) {
  const type = typeOf(schema, file, "");
  const head = comment(describe(schema), "");
  return type.startsWith("{\n")
    ? `${head}export interface ${name} ${type}\n`
    : `${head}export type ${name} = ${type};\n`;
}

function declareFile(file) {
  const schema = files.get(file);
  const parts = Object.entries(schema.$defs ?? {})
    .map(([def, s]) => declare(typeName(file, def), s, file));

  if (schema.type !== undefined || schema.$ref !== undefined) {
    parts.push(declare(typeName(file), schema, file));
  }
  return parts.join("\n");
}

/** An interface that maps frame types, method names or event names to their types. */
function map(name, text, entries) {
  const lines = entries.map(([key, type]) => `  ${quoteKey(key)}: ${type};\n`);
  return `${comment(text, "")}export interface ${name} {\n${lines.join("")}}\n`;
}

function frameMaps() {
  const entries = (folder) => namesIn(files, folder).map((n) => [n, typeName(`${folder}/${n}`)]);
  return [
    map("ClientFrames", "Frames from the client, by type.", entries("client")),
    "export type ClientFrame = ClientFrames[keyof ClientFrames];\n",
    map("ServerFrames", "Frames from the node, by type.", entries("server")),
    "export type ServerFrame = ServerFrames[keyof ServerFrames];\n",
  ].join("\n");
}

function eventMap() {
  const entries = files.get("server/event").oneOf.map(({ $ref }) => {
    const { file, def, schema } = resolve(files, "server/event", $ref);
    return [schema.properties.name.const, typeName(file, def)];
  });
  return `${map("Events", "Events, by name.", entries)}\nexport type EventName = keyof Events;\n`;
}

function methodMap() {
  const entries = namesIn(files, "methods").map((name) => {
    const type = typeName(`methods/${name}`);
    return [name, `{ params: ${type}Params; result: ${type}Result }`];
  });
  const table = map("Methods", "Every method with what it takes and what it answers.", entries);
  return `${table}\nexport type Method = keyof Methods;\n`;
}

const head = `// SPDX-License-Identifier: MIT
// Made by tools/gen-types.mjs from schemas/. Do not edit: change the schemas.
`;
const parts = [
  head,
  ...[...files.keys()].map(declareFile),
  frameMaps(),
  eventMap(),
  methodMap(),
];
emit("web/sdk/src/types.ts", parts.join("\n"));
