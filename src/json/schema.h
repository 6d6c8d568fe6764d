/* SPDX-License-Identifier: MIT */
/* schema.h - JSON Schema 2020-12, the subset that schemas/ uses: type, properties, required,
 * additionalProperties (boolean), enum, const, minimum, maximum, minLength and maxLength in
 * characters, pattern (anchored subset, schema_pattern.h), items, minItems, maxItems, oneOf with a
 * discriminating const or enum member, $ref to "#/$defs/..." or "file.json#/$defs/...", and the
 * annotations $schema $id $defs $comment title description default examples format. Any other
 * keyword is an error when the schema is compiled. */
#ifndef SCHEMA_H
#define SCHEMA_H

#include <parley/error.h>
#include <parley/json.h>

struct schema;     /* one compiled schema; immutable, any thread */
struct schema_set; /* all of a directory */

/* A method's pair, from schemas/methods/NAME.json: "#/$defs/params" and "#/$defs/result". */
struct schema_method {
	const char *name;
	const char *description;
	const struct schema *params;
	const struct schema *result;
};

/* New: reads and compiles every .json file of the directories (a list that ends with NULL; in each:
 * client/TYPE.json for frames from clients, server/TYPE.json for frames from the node,
 * methods/NAME.json, common.json for shared $defs). NULL with err, whose text begins with the
 * file's name. */
struct schema_set *schema_set_load(const char *const *directories, struct parley_error *err);
void schema_set_free(struct schema_set **set);

/* "client/message", "server/ready"; NULL when there is none. Any thread. */
const struct schema *schema_find(const struct schema_set *set, const char *name);
const struct schema_method *schema_find_method(const struct schema_set *set, const char *name);

/* One schema from its text, for tests and modules' options. NULL with err. */
struct schema *schema_compile(const char *json, size_t len, struct parley_error *err);
void schema_free(struct schema **s);

/* Checks value. 0, or -1 with err: bad-request (too-large for maxLength and maxItems), where is
 * base followed by the pointer to the member at fault, and the text says the rule: "must be 3 to 15
 * characters", "is required", "is not a known member". Any thread; stack use is bounded by the
 * depth of the schema. */
int schema_check(const struct schema *s, const struct parley_json *value, const char *base,
	struct parley_error *err);

#endif
