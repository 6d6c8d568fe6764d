// SPDX-License-Identifier: MIT
// Checks every frame of the node against schemas/, with a library that the node does not use.

import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

import { root } from "./places.mjs";

const require = createRequire(join(root, "web/package.json"));
const Ajv = require("ajv/dist/2020.js").default;

const BASE = "https://schemas.invalid/";
const ajv = new Ajv({ strict: false, validateFormats: false });
const compiled = new Map();

function readSchema(path) {
	return JSON.parse(readFileSync(join(root, "schemas", path), "utf8"));
}

for (const path of ["common.json", ...["server", "methods"].flatMap(folder)]) {
	ajv.addSchema({ ...readSchema(path), $id: BASE + path });
}

function folder(name) {
	return readdirSync(join(root, "schemas", name))
		.filter((file) => file.endsWith(".json"))
		.map((file) => `${name}/${file}`);
}

/** Takes the methods of somebody else's module into account: folder holds methods/NAME.json. */
export function addMethods(folder) {
	for (const file of readdirSync(join(folder, "methods"))) {
		const schema = JSON.parse(readFileSync(join(folder, "methods", file), "utf8"));
		ajv.addSchema({ ...schema, $id: `${BASE}methods/${file}` });
	}
}

/** What is wrong with value, as a sentence; undefined when the schema allows it. */
function trouble(pointer, value) {
	let validate = compiled.get(pointer);
	if (!validate) {
		validate = ajv.getSchema(BASE + pointer);
		if (!validate) {
			return `there is no schema ${pointer}`;
		}
		compiled.set(pointer, validate);
	}
	return validate(value) ? undefined : `${pointer}: ${ajv.errorsText(validate.errors)}`;
}

/** What the node said wrong in all of this process, until somebody takes it. */
let violations = [];

export function takeViolations() {
	const taken = violations;
	violations = [];
	return taken;
}

/** Knows which question an answer belongs to, over all the connections of one client. */
export class FrameCheck {
	#methods = new Map();

	sent(frame) {
		if (frame?.type === "request" && typeof frame.id === "string") {
			this.#methods.set(frame.id, frame.method);
		}
	}

	/** Takes one frame as text; gives it back parsed. */
	received(text) {
		let frame;
		try {
			frame = JSON.parse(text);
		} catch {
			violations.push(`not JSON: ${text}`);
			return { type: "not JSON", text };
		}
		const wrong = trouble(`server/${frame.type}.json`, frame) ?? this.#resultTrouble(frame);
		if (wrong) {
			violations.push(`${wrong}\n    in ${text}`);
		}
		return frame;
	}

	#resultTrouble(frame) {
		if (frame.type !== "result" || frame.mid !== undefined) {
			return undefined;
		}
		if (frame.result === undefined) {
			return "a result with neither mid nor result";
		}
		const method = this.#methods.get(frame.id);
		if (method === undefined) {
			return "an answer to what was not asked";
		}
		return trouble(`methods/${method}.json#/$defs/result`, frame.result);
	}
}
