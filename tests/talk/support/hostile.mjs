// SPDX-License-Identifier: MIT
// What strangers put into frames so that a database takes it for more than a text: words of the languages of
// databases, of patterns and of paths, JSON in place of texts, and texts that few programs agree on.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { root } from "./places.mjs";

const texts = [
	/* operators and paths of MongoDB */
	'{"$ne":""}',
	'{"$gt":""}',
	"$where",
	"$ne",
	"$$ROOT",
	"$name",
	"_id",
	"a.b",
	"name.$[]",
	"a.0.b",
	"this.name || true",
	"function(){return true}",
	"'; sleep(5000); var x='",
	/* SQL */
	"'",
	'"',
	"`",
	"' OR '1'='1",
	"') OR 1=1 --",
	"'; DROP TABLE accounts; --",
	'" UNION SELECT * FROM accounts --',
	"NULL",
	"?1",
	":name",
	"%s%n",
	/* patterns: LIKE, GLOB, regular expressions, full texts */
	"%",
	"_",
	"___",
	"ali%",
	"ali__",
	"*",
	"ali*",
	"?",
	".*",
	"^.",
	"[a-z]+",
	"(a+)+$",
	"\\",
	"\\%",
	"\\x00",
	"/alice/i",
	'alice" OR "bob',
	"NEAR(alice bob)",
	"-alice",
	/* numbers and words that are not texts elsewhere */
	"null",
	"true",
	"0",
	"-1",
	"1e3",
	"__proto__",
	"constructor",
	/* characters */
	" ",
	"two\nlines",
	"\t",
	"\u007f",
	"\u00a0",
	"\u200b",
	"\u202egnp.exe",
	"\ufeff",
	"a\u0301\u0301\u0301\u0301",
	"\u017falice",
	"\u0130\u0131",
	"\ufb01\u00df",
	"\u{1f468}\u200d\u{1f469}\u200d\u{1f467}",
	"\u{10fffd}",
	"\uac00\u1100\u1161",
	/* long ones */
	"x".repeat(65),
	"x".repeat(257),
	"\u{1f600}".repeat(201),
	"x".repeat(10_001),
];

const others = [
	null,
	true,
	0,
	-1,
	1.5,
	2 ** 53,
	[],
	["alice"],
	[{ $ne: null }],
	{},
	{ $ne: "" },
	{ $gt: "" },
	{ $exists: true },
	{ $regex: ".*" },
	{ $where: "sleep(5000)" },
	{ $in: ["alice", "bob"] },
	{ $oid: "507f1f77bcf86cd799439011" },
	{ "a.b": 1 },
	{ "": "" },
];

/** Members that no frame has. */
const members = [
	["$where", "sleep(5000)"],
	["$or", [{}]],
	["$set", { admin: true }],
	["name.first", "x"],
	["_id", 1],
	["__proto__", { admin: true }],
	["", ""],
	["x\u0301' OR 1=1 --", 1],
];

/** JSON that a reader of other languages might cut or take for two things. */
const raw = ['"\\u0000"', '"alice\\u0000$ne"', '"\\ud800"', '{"$ne":1,"$ne":2}', "1e400"];

function readSchema(path) {
	return JSON.parse(readFileSync(join(root, "schemas", path), "utf8"));
}

const common = readSchema("common.json");

function resolved(schema) {
	const name = /#\/\$defs\/(\w+)$/.exec(schema.$ref ?? "")?.[1];
	return name ? resolved(common.$defs[name]) : schema;
}

/** All that a schema has a place for, ["quiet", "start"] or ["people", 0], with an example in which it has a neighbourhood. */
function* places(schema, example, way = []) {
	const { properties = {}, items } = resolved(schema);
	const inside = items ? [[0, items]] : Object.entries(properties);
	for (const [name, inner] of inside) {
		const here = [...way, name];
		yield { way: here, schema: resolved(inner), example };
		const { type, examples = [type === "array" ? [] : {}] } = resolved(inner);
		const filled = /^(object|array)$/.test(type) && at(example, here) === undefined ? put(example, here, examples[0]) : example;
		yield* places(inner, filled, here);
	}
}

/** The same object with something else at a place. */
function put(object, [name, ...rest], value) {
	const copy = Array.isArray(object) ? [...object] : { ...object };
	const inner = rest.length ? put(copy[name] ?? (rest[0] === 0 ? [] : {}), rest, value) : value;
	Object.defineProperty(copy, name, { value: inner, enumerable: true, configurable: true, writable: true });
	return copy;
}

function at(object, way) {
	return way.reduce((inner, name) => inner?.[name], object);
}

/** Of addresses, names that are hostile and may be names as well. */
function addresses(example) {
	const domain = typeof example === "string" && /^\w+(@[\w.]+)$/.exec(example)?.[1];
	return domain ? ["___", "ali__", "null", "__proto__", "nobody", "ALICE"].map((name) => name + domain) : [];
}

/** Each place of what these are examples of, in the first of them that has it. */
function* placesOf({ schema, examples }) {
	const seen = new Set();
	const [first] = examples;
	for (const example of [...examples, undefined]) {
		for (const place of places(schema, example ?? first)) {
			const name = place.way.join(".");
			if (!seen.has(name) && (example === undefined || at(example, place.way) !== undefined)) {
				seen.add(name);
				yield place;
			}
		}
	}
}

/** Whether anything may stand there, and not only names, numbers and the like. */
const isFree = ({ type, pattern = "^[^" }) => type === "string" && pattern.startsWith("^[^");

/**
 * Everything hostile into every place of it, one after the other: every step-th of the texts, and of those a part where
 * a schema takes hardly any; another part in each place.
 */
export function* hostile(kind, step = 1) {
	let places = 0;
	for (const { way, schema, example } of placesOf(kind)) {
		const each = isFree(schema) ? step : (schema.type === "string" ? 4 : 10) * step;
		const some = texts.filter((_, n) => n % each === places % each);
		for (const value of [...some, ...others.filter((_, n) => n % step === places % step), ...addresses(at(example, way))]) {
			yield put(example, way, value);
		}
		places++;
	}
	for (const [name, value] of members) {
		yield put(kind.examples[0], [name], value);
	}
}

/** The same as texts which are no JSON any more: one into each place. */
export function* broken(kind) {
	const mark = "here it goes";
	let n = 0;
	for (const { way, example } of placesOf(kind)) {
		const value = raw[n++ % raw.length];
		yield (complete) => JSON.stringify(complete(put(example, way, mark))).replace(`"${mark}"`, () => value);
	}
}

function schemaNames(folder) {
	return readdirSync(join(root, "schemas", folder))
		.filter((file) => file.endsWith(".json"))
		.sort()
		.map((file) => file.slice(0, -".json".length));
}

/** All methods: { name, who, schema, examples }. */
export function methods() {
	return schemaNames("methods").map((name) => {
		const { $comment, $defs } = readSchema(`methods/${name}.json`);
		return { name, who: $comment, schema: $defs.params, examples: $defs.params.examples ?? [{}] };
	});
}

/** All frames of clients but requests, likewise; of auth each mechanism. */
export function frames() {
	return schemaNames("client").flatMap((name) => {
		const { $defs, examples, ...schema } = readSchema(`client/${name}.json`);
		if (name === "request") {
			return [];
		}
		const kinds = schema.oneOf ? Object.entries($defs) : [[name, schema]];
		return kinds.map(([kind, one]) => ({
			name: kind === name ? name : `${name}.${kind}`,
			schema: one,
			examples: examples.filter(({ mechanism }) => mechanism === undefined || fits(one, mechanism)),
		}));
	});
}

function fits({ properties: { mechanism } }, value) {
	return mechanism.const === value || mechanism.enum?.includes(value);
}
