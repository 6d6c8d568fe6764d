/* SPDX-License-Identifier: MIT */
/* schema.h - JSON Schema 2020-12, the subset that schemas/ uses. Any other keyword is an error when
 * the schema is compiled.
 *
 * - type (one, or an array of them), enum, const;
 * - minimum, maximum; minLength and maxLength in characters; pattern, the anchored subset that
 *   schema_pattern.h describes; items, minItems, maxItems;
 * - properties, required, additionalProperties (true or false); at most 64 members with names of at
 *   most 63 bytes;
 * - oneOf, of schemas with "type": "object" that a required member tells apart, whose const or enum
 *   holds strings and is another one in each;
 * - $ref to "#/$defs/NAME" or "FILE.json#/$defs/NAME", FILE relative to the file's own folder
 *   ("../common.json"); only notes stand beside it, and nothing may refer to itself;
 * - notes: $schema $id $defs (at the top) $comment title description default examples format.
 *
 * title says in words what a string must be, "3 to 15 letters", for the errors of minLength,
 * maxLength and pattern beside it. */
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
 * methods/NAME.json; files beside these folders, common.json, hold $defs for all of them). A name
 * may be there only once. NULL with err, whose text begins with the file's name. */
struct schema_set *schema_set_load(const char *const *directories, struct parley_error *err);
void schema_set_free(struct schema_set **set);

/* "client/message", "server/ready"; NULL when there is none. Any thread. */
const struct schema *schema_find(const struct schema_set *set, const char *name);
const struct schema_method *schema_find_method(const struct schema_set *set, const char *name);

/* One schema from its text, for tests and modules' options. NULL with err, whose text begins with
 * the JSON pointer to what is wrong, "#/properties/name/type: ...". */
struct schema *schema_compile(const char *json, size_t len, struct parley_error *err);
void schema_free(struct schema **s);

/* Checks value; NULL, params that were left out, is checked as {}. 0, or -1 with err: bad-request
 * (too-large for maxLength and maxItems), where is base followed by the pointer to the member at
 * fault, or to what it is in when it is too long for err, and the text says the rule: "must be 3 to
 * 15 characters", "is required", "is not a known member". Any thread; stack use is bounded by the
 * depth of the schema, time by the size of value, and no memory is taken. */
int schema_check(const struct schema *s, const struct parley_json *value, const char *base,
    struct parley_error *err);

#endif
