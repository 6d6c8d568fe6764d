#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// Makes docs/methods.md, the reference of all methods, from schemas/methods/.
// With --check: fails when the committed file differs.
import { emit, loadSchemas, namesIn, resolve } from "./schema-files.mjs";

const files = loadSchemas();
const number = (n) => n.toLocaleString("en-US");
const code = (value) => `\`${JSON.stringify(value)}\``;

/** The schema behind references, with the description that stands nearest to the reader. */
function follow(schema, file) {
  if (schema.$ref === undefined) return { schema, file };
  const target = resolve(files, file, schema.$ref);
  const end = follow(target.schema, target.file);
  const description = schema.description ?? end.schema.description;
  return { file: end.file, schema: { ...end.schema, description } };
}

function stringRule({ title, minLength, maxLength }) {
  if (title !== undefined) return title;
  if (minLength !== undefined && maxLength !== undefined) {
    return `${number(minLength)} to ${number(maxLength)} characters`;
  }
  return maxLength === undefined ? "text" : `at most ${number(maxLength)} characters`;
}

function numberRule({ type, minimum, maximum }) {
  const open = maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER;
  if (minimum === undefined) return type;
  if (open) return `${type} from ${number(minimum)}`;
  return `${type}, ${number(minimum)} to ${number(maximum)}`;
}

/** What a value must be, in words. */
function rule(schema, file) {
  if (schema.const !== undefined) return code(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(code).join(", ");
  if (Array.isArray(schema.type)) return schema.type.join(" or ");
  if (schema.type === "string") return stringRule(schema);
  if (schema.type === "integer" || schema.type === "number") return numberRule(schema);
  if (schema.type === "array") return "array";
  return schema.type;
}

/** Rows of the table for an object's members, those of nested objects under "member.name". */
function rows(object, file, prefix) {
  return Object.entries(object.properties ?? {}).flatMap(([key, value]) => {
    const { schema, file: at } = follow(value, file);
    const optional = object.required?.includes(key) ? "" : "?";
    const name = `\`${prefix}${key}\`${optional}`;
    const meaning = schema.description === undefined ? "" : `${schema.description} `;
    return [`| ${name} | ${rule(schema, at)} | ${meaning}|`, ...inside(schema, at, prefix + key)];
  });
}

function inside(schema, file, path) {
  if (schema.type === "object") return rows(schema, file, `${path}.`);
  if (schema.type !== "array") return [];
  const { schema: item, file: at } = follow(schema.items, file);
  return item.type === "object"
    ? rows(item, at, `${path}[].`)
    : [`| \`${path}[]\` | ${rule(item, at)} | |`];
}

function side(name, text, file) {
  const schema = files.get(file).$defs[name];
  const table = rows(schema, file, "");
  if (table.length === 0) return `${text}: \`{}\`\n`;
  return `${text}:\n\n| member | must be | meaning |\n|---|---|---|\n${table.join("\n")}\n`;
}

/** The first examples as the two lines that go over the wire. */
function conversation(method, file) {
  const { params, result } = files.get(file).$defs;
  const ask = { type: "request", id: "1", method, params: params.examples[0] };
  const answer = { type: "result", id: "1", result: result.examples[0] };
  return `\`\`\`\nC ${JSON.stringify(ask)}\nS ${JSON.stringify(answer)}\n\`\`\`\n`;
}

function section(method) {
  const file = `methods/${method}`;
  const { description, $comment } = files.get(file);
  const who = /^who: ((?:guest, )?(?:guest|user|admin|operator))$/.exec($comment)?.[1];

  if (who === undefined) throw new Error(`schemas/${file}.json: $comment must say "who: ..."`);
  return [
    `## ${method}\n`,
    `For: ${who}. ${description}\n`,
    side("params", "Params", file),
    side("result", "Result", file),
    conversation(method, file),
  ].join("\n");
}

const intro = `# Methods

Made by \`tools/gen-methods.mjs\` from \`schemas/methods/\`; do not edit it here. How to ask is in
[protocol.md](protocol.md). A \`?\` marks what may be left out. "For" says who may ask: a \`guest\` has not
logged in, a \`user\` has, an \`operator\` sits at the control socket.
`;

emit("docs/methods.md", [intro, ...namesIn(files, "methods").map(section)].join("\n"));
