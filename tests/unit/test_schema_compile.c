/* SPDX-License-Identifier: MIT */
/* test_schema_compile.c - schemas that are refused, and what is said of them. */
#include "support/test.h"

#include "json/schema.h"

#include <parley/text.h>
#include <stdio.h>
#include <string.h>

static void
assert_refused(const char *json, const char *where, const char *part)
{
	struct parley_error err = { 0 };
	struct schema *s = schema_compile(json, strlen(json), &err);

	if (s != NULL)
		fail_msg("%.200s: is not refused", json);
	if (strcmp(err.where, where) != 0 || strstr(err.text, part) == NULL)
		fail_msg("%.200s: refused with \"%s\" \"%s\", not \"%s\" \"%s\"", json, err.where,
		    err.text, where, part);
	assert_int_equal(err.code, PARLEY_BAD_REQUEST);
}

static void
assert_compiles(const char *json)
{
	struct parley_error err = { 0 };
	struct schema *s = schema_compile(json, strlen(json), &err);

	if (s == NULL)
		fail_msg("%.200s: %s", json, err.text);
	schema_free(&s);
	assert_null(s);
}

static void
compile_refuses_keywords_outside_the_subset(void **state)
{
	static const char *const names[] = { "allOf", "anyOf", "not", "if", "then", "else",
		"prefixItems", "contains", "uniqueItems", "multipleOf", "exclusiveMinimum",
		"exclusiveMaximum", "minProperties", "maxProperties", "patternProperties",
		"propertyNames", "dependentRequired", "dependentSchemas", "unevaluatedItems",
		"unevaluatedProperties", "$anchor", "$dynamicRef", "definitions", "minlength",
		"Type", "" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char json[80], where[80];

		snprintf(json, sizeof json, "{\"type\":\"string\",\"%s\":[]}", names[i]);
		snprintf(where, sizeof where, "/%s", names[i]);
		assert_refused(json, where, "is not known");
	}
}

static void
compile_says_where_a_keyword_is_wrong(void **state)
{
	static const struct {
		const char *json, *where, *text;
	} rows[] = {
		{ "[]", "", "must be an object" },
		{ "true", "", "must be an object" },
		{ "{", "", "byte 1" },
		{ "", "", "" },
		{ "{\"type\":\"text\"}", "/type", "name of a type" },
		{ "{\"type\":1}", "/type", "name of a type" },
		{ "{\"type\":[]}", "/type", "not be empty" },
		{ "{\"type\":[\"string\",\"string\"]}", "/type", "already" },
		{ "{\"enum\":[]}", "/enum", "not empty" },
		{ "{\"enum\":{}}", "/enum", "array" },
		{ "{\"enum\":[1],\"const\":1}", "/const", "together" },
		{ "{\"minLength\":-1}", "/minLength", "whole number" },
		{ "{\"minLength\":1.5}", "/minLength", "whole number" },
		{ "{\"minLength\":\"1\"}", "/minLength", "whole number" },
		{ "{\"maxLength\":1e12}", "/maxLength", "whole number" },
		{ "{\"maxItems\":null}", "/maxItems", "whole number" },
		{ "{\"minItems\":[]}", "/minItems", "whole number" },
		{ "{\"minLength\":3,\"maxLength\":2}", "", "minLength is over maxLength" },
		{ "{\"minItems\":3,\"maxItems\":2}", "", "minItems is over maxItems" },
		{ "{\"minimum\":1.5,\"maximum\":1}", "", "minimum is over maximum" },
		{ "{\"minimum\":\"1\"}", "/minimum", "a number" },
		{ "{\"maximum\":true}", "/maximum", "a number" },
		{ "{\"pattern\":1}", "/pattern", "a string" },
		{ "{\"pattern\":\"abc$\"}", "/pattern", "must begin with ^, at byte 0" },
		{ "{\"pattern\":\"^abc\"}", "/pattern", "must end with $" },
		{ "{\"title\":1}", "/title", "a string" },
		{ "{\"description\":[]}", "/description", "a string" },
		{ "{\"$id\":{}}", "/$id", "a string" },
		{ "{\"examples\":\"x\"}", "/examples", "an array" },
		{ "{\"properties\":[]}", "/properties", "an object" },
		{ "{\"properties\":{\"a/b\":{\"type\":\"x\"}}}", "/properties/a~1b/type", "type" },
		{ "{\"properties\":{\"~\":true}}", "/properties/~0", "must be an object" },
		{ "{\"required\":\"a\"}", "/required", "an array" },
		{ "{\"required\":[1]}", "/required", "strings" },
		{ "{\"required\":[\"a\",\"a\"]}", "/required", "twice" },
		{ "{\"additionalProperties\":{}}", "/additionalProperties", "true or false" },
		{ "{\"items\":[]}", "/items", "must be an object" },
		{ "{\"items\":{\"items\":{\"enum\":1}}}", "/items/items/enum", "array" },
		{ "{\"$defs\":[]}", "/$defs", "an object" },
		{ "{\"$defs\":{\"a\":{\"type\":0}}}", "/$defs/a/type", "type" },
		{ "{\"items\":{\"$defs\":{}}}", "/items/$defs", "at the top" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_refused(rows[i].json, rows[i].where, rows[i].text);
}

static void
compile_refuses_references_that_lead_nowhere(void **state)
{
	static const struct {
		const char *json, *where, *text;
	} rows[] = {
		{ "{\"$ref\":1}", "", "must be like" },
		{ "{\"$ref\":\"\"}", "", "must be like" },
		{ "{\"$ref\":\"#\"}", "", "must be like" },
		{ "{\"$ref\":\"#/properties/a\"}", "", "must be like" },
		{ "{\"$ref\":\"#/$defs/a/items\"}", "", "must be like" },
		{ "{\"$ref\":\"#/$defs/a~1b\"}", "", "must be like" },
		{ "{\"$ref\":\"#/$defs/a\"}", "", "there is no $defs/a" },
		{ "{\"$ref\":\"#/$defs/a\",\"$defs\":[1]}", "", "there is no $defs/a" },
		{ "{\"items\":{\"$ref\":\"#/$defs/a\"},\"$defs\":{}}", "/items", "there is no" },
		{ "{\"$ref\":\"common.json#/$defs/a\"}", "", "leads to no file" },
		{ "{\"$ref\":\"../x.json#/$defs/a\"}", "", "leads to no file" },
		{ "{\"$ref\":\"http://a/b#/$defs/a\"}", "", "leads to no file" },
		{ "{\"$ref\":\"#/$defs/a\",\"type\":\"string\",\"$defs\":{\"a\":{}}}", "",
		    "\"type\" may not stand beside $ref" },
		{ "{\"$ref\":\"#/$defs/a\",\"what\":1,\"$defs\":{\"a\":{}}}", "",
		    "\"what\" may not stand beside $ref" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_refused(rows[i].json, rows[i].where, rows[i].text);
}

static void
compile_refuses_a_definition_that_refers_to_itself(void **state)
{
	assert_refused("{\"$defs\":{\"a\":{\"$ref\":\"#/$defs/a\"}}}", "/$defs/a", "to itself");
	assert_refused(
	    "{\"$defs\":{\"a\":{\"items\":{\"$ref\":\"#/$defs/a\"}}}}", "/$defs/a", "to itself");
	assert_refused("{\"$defs\":{\"a\":{\"properties\":{\"b\":{\"$ref\":\"#/$defs/b\"}}},"
		       "\"b\":{\"items\":{\"$ref\":\"#/$defs/a\"}}}}",
	    "/$defs/a", "to itself");
}

static void
compile_refuses_branches_that_nothing_tells_apart(void **state)
{
	static const char *const rows[][3] = {
		{ "{\"oneOf\":[]}", "/oneOf", "not empty" },
		{ "{\"oneOf\":{}}", "/oneOf", "an array" },
		{ "{\"oneOf\":[1]}", "/oneOf", "must be an object" },
		{ "{\"oneOf\":[{\"type\":\"string\"},{\"type\":\"null\"}]}", "/oneOf",
		    "each must" },
		{ "{\"oneOf\":[{\"type\":\"object\"}]}", "/oneOf", "tells them apart" },
		{ "{\"oneOf\":[{\"properties\":{\"k\":{\"const\":\"a\"}},\"required\":[\"k\"]}]}",
		    "/oneOf", "each must" },
		/* not required */
		{ "{\"oneOf\":[{\"type\":\"object\",\"properties\":{\"k\":{\"const\":\"a\"}}}]}",
		    "/oneOf", "tells them apart" },
		/* no string */
		{ "{\"oneOf\":[{\"type\":\"object\",\"properties\":{\"k\":{\"const\":1}},"
		  "\"required\":[\"k\"]}]}",
		    "/oneOf", "tells them apart" },
		/* one value in both */
		{ "{\"oneOf\":[{\"type\":\"object\",\"properties\":{\"k\":{\"enum\":[\"a\",\"b\"]}}"
		  ","
		  "\"required\":[\"k\"]},{\"type\":\"object\",\"properties\":{\"k\":{\"const\":"
		  "\"b\"}},"
		  "\"required\":[\"k\"]}]}",
		    "/oneOf", "tells them apart" },
		/* another member in each */
		{ "{\"oneOf\":[{\"type\":\"object\",\"properties\":{\"k\":{\"const\":\"a\"}},"
		  "\"required\":[\"k\"]},{\"type\":\"object\",\"properties\":{\"j\":{\"const\":"
		  "\"b\"}},"
		  "\"required\":[\"j\"]}]}",
		    "/oneOf", "tells them apart" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_refused(rows[i][0], rows[i][1], rows[i][2]);
}

/* {"items":{"items":...}}, with so many of them. */
static void
nest(struct parley_text *t, unsigned levels)
{
	parley_text_clear(t);
	for (unsigned i = 0; i < levels; i++)
		parley_text_puts(t, "{\"items\":");
	parley_text_puts(t, "{}");
	for (unsigned i = 0; i < levels; i++)
		parley_text_putc(t, '}');
}

static void
compile_bounds_how_deep_schemas_go(void **state)
{
	struct parley_text t = { 0 };

	nest(&t, 31);
	assert_compiles(t.s);
	nest(&t, 32);
	assert_refused(t.s, "", "more than 32 schemas below one another");
	nest(&t, 60);
	assert_refused(t.s,
	    "/items/items/items/items/items/items/items/items/items/items/items/items/items",
	    "too many schemas below one another");
	parley_text_fini(&t);
}

/* A chain of definitions, each an array of the next; their names begin so that the last is first.
 */
static void
compile_bounds_how_long_references_go_on(void **state)
{
	struct parley_text t = { 0 };
	struct parley_error err = { 0 };

	parley_text_puts(&t, "{\"$defs\":{");
	for (int i = 0; i < 100; i++)
		parley_text_printf(&t, "\"d%d\":{\"$ref\":\"#/$defs/d%d\"},", i, i + 1);
	parley_text_puts(&t, "\"d100\":{}}}");
	assert_null(schema_compile(t.s, t.len, &err));
	assert_non_null(strstr(err.text, "too many schemas below one another"));
	parley_text_fini(&t);
}

/* Each level of oneOf looks at the member m with its own rule and with its branch's. */
static void
compile_bounds_how_many_schemas_look_at_a_value(void **state)
{
	struct parley_text t = { 0 };
	struct parley_error err = { 0 };

	parley_text_puts(&t, "{\"$defs\":{\"d0\":{\"type\":\"object\"}");
	for (int i = 1; i <= 7; i++)
		parley_text_printf(&t,
		    ",\"d%d\":{\"type\":\"object\",\"properties\":{\"m\":{\"$ref\":\"#/$defs/"
		    "d%d\"}},"
		    "\"oneOf\":[{\"type\":\"object\",\"properties\":{\"k\":{\"const\":\"a\"},"
		    "\"m\":{\"$ref\":\"#/$defs/d%d\"}},\"required\":[\"k\"]}]}",
		    i, i - 1, i - 1);
	parley_text_puts(&t, "}}");
	assert_null(schema_compile(t.s, t.len, &err));
	assert_string_equal(err.where, "/$defs/d5");
	assert_non_null(strstr(err.text, "more than 64 schemas for one value"));
	parley_text_fini(&t);
}

static void
compile_bounds_names_and_members(void **state)
{
	struct parley_text t = { 0 };

	parley_text_printf(&t, "{\"properties\":{\"%063d\":{}}}", 0);
	assert_compiles(t.s);
	parley_text_clear(&t);
	parley_text_printf(&t, "{\"properties\":{\"%064d\":{}}}", 0);
	assert_refused(t.s, "/properties", "more than 63 bytes");
	parley_text_clear(&t);
	parley_text_puts(&t, "{\"properties\":{\"m0\":{}");
	for (int i = 1; i < 64; i++)
		parley_text_printf(&t, ",\"m%d\":{}", i);
	parley_text_puts(&t, "},\"required\":[\"x\"]}");
	assert_refused(t.s, "/required", "more than 64 members");
	parley_text_fini(&t);
}

static void
compile_keeps_nothing_of_the_text(void **state)
{
	char json[] = "{\"enum\":[\"ab\",{\"c\":[\"d\"]}],\"description\":\"x\"}";
	struct parley_error err = { 0 };
	struct parley_json v = { .type = PARLEY_JSON_STRING, .span = 1, .len = 2 };
	struct schema *s = schema_compile(json, strlen(json), &err);

	memset(json, 'x', sizeof json - 1);
	v.string = "ab";

	assert_non_null(s);
	assert_int_equal(schema_check(s, &v, "", &err), 0);
	schema_free(&s);
}

static void
free_accepts_nothing(void **state)
{
	struct schema *s = NULL;
	struct schema_set *set = NULL;

	schema_free(&s);
	schema_set_free(&set);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(compile_refuses_keywords_outside_the_subset),
		cmocka_unit_test(compile_says_where_a_keyword_is_wrong),
		cmocka_unit_test(compile_refuses_references_that_lead_nowhere),
		cmocka_unit_test(compile_refuses_a_definition_that_refers_to_itself),
		cmocka_unit_test(compile_refuses_branches_that_nothing_tells_apart),
		cmocka_unit_test(compile_bounds_how_deep_schemas_go),
		cmocka_unit_test(compile_bounds_how_long_references_go_on),
		cmocka_unit_test(compile_bounds_how_many_schemas_look_at_a_value),
		cmocka_unit_test(compile_bounds_names_and_members),
		cmocka_unit_test(compile_keeps_nothing_of_the_text),
		cmocka_unit_test(free_accepts_nothing),
	};

	return cmocka_run_group_tests_name("schema_compile", tests, NULL, NULL);
}
