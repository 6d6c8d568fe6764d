/* SPDX-License-Identifier: MIT */
/* test_schema_check.c - what a client is told when a schema refuses its frame. */
#include "support/test.h"

#include "json/json.h"
#include "json/schema.h"

#include <parley/text.h>
#include <string.h>

/* Checks value (JSON text, or NULL for none) against schema; returns what schema_check does. */
static int
check(const char *schema, const char *value, const char *base, struct parley_error *err)
{
	struct arena arena = { 0 };
	struct schema *s = schema_compile(schema, strlen(schema), err);
	const struct parley_json *v = NULL;
	int rc;

	if (s == NULL)
		fail_msg("%s: %s", schema, err->text);
	if (value != NULL) {
		v = json_parse_copy(&arena, value, strlen(value), &json_limits_own, err);
		if (v == NULL)
			fail_msg("%s: %s", value, err->text);
	}
	rc = schema_check(s, v, base, err);
	arena_fini(&arena);
	schema_free(&s);
	return rc;
}

static void
assert_says(const char *schema, const char *value, const char *where, const char *text)
{
	struct parley_error err = { 0 };

	if (check(schema, value, "", &err) != -1)
		fail_msg("%s accepts %s", schema, value);
	if (strcmp(err.where, where) != 0 || strcmp(err.text, text) != 0)
		fail_msg("%s with %s: \"%s\" \"%s\", not \"%s\" \"%s\"", schema, value, err.where,
		    err.text, where, text);
}

static void
check_says_the_rule_in_plain_words(void **state)
{
	static const char *const rows[][3] = {
		{ "{\"type\":\"string\"}", "1", "must be a string" },
		{ "{\"type\":\"object\"}", "[]", "must be an object" },
		{ "{\"type\":\"array\"}", "{}", "must be an array" },
		{ "{\"type\":\"integer\"}", "1.5", "must be a whole number" },
		{ "{\"type\":\"number\"}", "\"1\"", "must be a number" },
		{ "{\"type\":[\"integer\",\"number\"]}", "null", "must be a number" },
		{ "{\"type\":\"boolean\"}", "0", "must be true or false" },
		{ "{\"type\":[\"null\",\"string\",\"integer\"]}", "[]",
		    "must be a string or a whole number or null" },
		{ "{\"const\":\"message\"}", "\"x\"", "must be \"message\"" },
		{ "{\"const\":true}", "false", "must be true" },
		{ "{\"enum\":[\"available\",\"away\"]}", "\"x\"",
		    "must be one of \"available\", \"away\"" },
		{ "{\"enum\":[1,\"a\\\"b\",null,[2.5]]}", "2",
		    "must be one of 1, \"a\\\"b\", null, [2.5]" },
		{ "{\"minLength\":3,\"maxLength\":15}", "\"ab\"", "must be 3 to 15 characters" },
		{ "{\"minLength\":3,\"maxLength\":15}", "\"0123456789abcdef\"",
		    "must be 3 to 15 characters" },
		{ "{\"minLength\":8}", "\"ab\"", "must be at least 8 characters" },
		{ "{\"maxLength\":1}", "\"ab\"", "must be at most 1 character" },
		{ "{\"minLength\":1}", "\"\"", "must not be empty" },
		{ "{\"maxLength\":0}", "\"a\"", "must be empty" },
		{ "{\"minLength\":2,\"maxLength\":2}", "\"a\"", "must be 2 characters" },
		{ "{\"pattern\":\"^a$\"}", "\"b\"", "is not written as it must be" },
		{ "{\"pattern\":\"^[a-z]+$\",\"maxLength\":5,\"title\":\"1 to 5 small letters\"}",
		    "\"B\"", "must be 1 to 5 small letters" },
		{ "{\"pattern\":\"^[a-z]+$\",\"maxLength\":5,\"title\":\"1 to 5 small letters\"}",
		    "\"abcdef\"", "must be 1 to 5 small letters" },
		{ "{\"type\":\"integer\",\"title\":\"a number of things\",\"minimum\":1}", "0",
		    "must be at least 1" },
		{ "{\"minimum\":1,\"maximum\":200}", "0", "must be 1 to 200" },
		{ "{\"minimum\":-1.5}", "-2", "must be at least -1.5" },
		{ "{\"maximum\":7}", "7.5", "must be at most 7" },
		{ "{\"minimum\":7,\"maximum\":7.0}", "8", "must be 7" },
		{ "{\"minItems\":1}", "[]", "must not be empty" },
		{ "{\"minItems\":2}", "[]", "must have at least 2 items" },
		{ "{\"maxItems\":1}", "[1,2]", "must have at most 1 item" },
		{ "{\"minItems\":1,\"maxItems\":3}", "[]", "must have 1 to 3 items" },
		{ "{\"minItems\":2,\"maxItems\":2}", "[]", "must have 2 items" },
		{ "{\"oneOf\":[{\"type\":\"object\",\"properties\":{\"k\":{\"const\":\"a\"}},"
		  "\"required\":[\"k\"]}]}",
		    "[]", "must be an object" },
		{ "{\"type\":\"string\",\"oneOf\":[{\"type\":\"object\",\"properties\":"
		  "{\"k\":{\"const\":\"a\"}},\"required\":[\"k\"]}]}",
		    "\"x\"", "can be nothing" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_says(rows[i][0], rows[i][1], "", rows[i][2]);
}

static void
check_points_to_the_member_at_fault(void **state)
{
	static const char people[] =
	    "{\"type\":\"object\",\"properties\":{\"people\":{\"items\":{\"type\":\"object\","
	    "\"properties\":{\"name\":{\"type\":\"string\"},\"a/b~c\":{\"const\":1}},"
	    "\"required\":[\"name\"],\"additionalProperties\":false}}}}";
	static const char choice[] =
	    "{\"type\":\"object\",\"oneOf\":["
	    "{\"type\":\"object\",\"properties\":{\"k\":{\"const\":\"a\"},\"n\":{\"type\":\"null\"}"
	    "},"
	    "\"required\":[\"k\",\"n\"]},"
	    "{\"type\":\"object\",\"properties\":{\"k\":{\"enum\":[\"b\",\"c\"]}},"
	    "\"required\":[\"k\"]}]}";

	assert_says(people, "1", "", "must be an object");
	assert_says(people, "{\"people\":[{\"name\":\"x\"},{\"name\":1}]}", "/people/1/name",
	    "must be a string");
	assert_says(people, "{\"people\":[{}]}", "/people/0/name", "is required");
	assert_says(people, "{\"people\":[{\"name\":\"x\",\"nam\":1}]}", "/people/0/nam",
	    "is not a known member");
	assert_says(people, "{\"people\":[{\"name\":\"x\",\"a/b~c\":2}]}", "/people/0/a~1b~0c",
	    "must be 1");
	assert_says(choice, "{}", "/k", "is required");
	assert_says(choice, "{\"k\":\"d\"}", "/k", "must be one of \"a\", \"b\", \"c\"");
	assert_says(choice, "{\"k\":1}", "/k", "must be one of \"a\", \"b\", \"c\"");
	assert_says(choice, "{\"k\":\"a\",\"n\":1}", "/n", "must be null");
	assert_says(choice, "{\"k\":\"a\"}", "/n", "is required");
}

static void
check_names_the_first_missing_member_as_the_schema_lists_them(void **state)
{
	static const char schema[] =
	    "{\"properties\":{\"password\":{},\"id\":{},\"name\":{}},"
	    "\"required\":[\"id\",\"password\",\"z\"],\"additionalProperties\":false}";

	assert_says(schema, "{}", "/password", "is required");
	assert_says(schema, "{\"password\":1}", "/id", "is required");
	assert_says(schema, "{\"password\":1,\"id\":1}", "/z", "is required");
}

static void
check_puts_the_base_before_the_pointer(void **state)
{
	static const char schema[] = "{\"type\":\"object\",\"required\":[\"a\"]}";
	struct parley_error err = { 0 };

	assert_int_equal(check(schema, "{}", "/params", &err), -1);
	assert_string_equal(err.where, "/params/a");
	assert_int_equal(check(schema, "1", "/params", &err), -1);
	assert_string_equal(err.where, "/params");
	assert_int_equal(check(schema, "1", NULL, &err), -1);
	assert_string_equal(err.where, "");
}

static void
check_tells_too_large_from_malformed(void **state)
{
	struct parley_error err = { 0 };

	assert_int_equal(check("{\"maxLength\":1}", "\"ab\"", "", &err), -1);
	assert_int_equal(err.code, PARLEY_TOO_LARGE);
	assert_int_equal(check("{\"maxItems\":1}", "[1,2]", "", &err), -1);
	assert_int_equal(err.code, PARLEY_TOO_LARGE);
	assert_int_equal(check("{\"minLength\":1}", "\"\"", "", &err), -1);
	assert_int_equal(err.code, PARLEY_BAD_REQUEST);
	assert_int_equal(check("{\"maximum\":1}", "2", "", &err), -1);
	assert_int_equal(err.code, PARLEY_BAD_REQUEST);
}

static void
check_takes_nothing_for_an_empty_object(void **state)
{
	struct parley_error err = { 0 };

	assert_int_equal(check("{\"type\":\"object\",\"properties\":{}}", NULL, "", &err), 0);
	assert_int_equal(check("{\"type\":\"string\"}", NULL, "", &err), -1);
	assert_int_equal(check("{\"required\":[\"a\"]}", NULL, "/params", &err), -1);
	assert_string_equal(err.where, "/params/a");
}

static void
check_works_without_an_error_to_fill(void **state)
{
	struct schema *s = schema_compile("{\"type\":\"string\"}", 17, NULL);

	assert_int_equal(schema_check(s, NULL, "", NULL), -1);
	schema_free(&s);
	assert_null(schema_compile("{\"type\":\"x\"}", 12, NULL));
}

/* A name that does not fit is left out with the slash before it, never cut. */
static void
check_keeps_the_pointer_whole(void **state)
{
	static const char schema[] = "{\"properties\":{\"a\":{\"additionalProperties\":false}}}";
	struct parley_error err = { 0 };
	struct parley_text value = { 0 };

	for (size_t n = 50; n < 120; n++) {
		size_t escaped = n + n / 10; /* every tenth is a tilde */

		parley_text_clear(&value);
		parley_text_puts(&value, "{\"a\":{\"");
		for (size_t i = 0; i < n; i++)
			parley_text_putc(&value, i % 10 == 9 ? '~' : 'n');
		parley_text_puts(&value, "\":1}}");

		assert_int_equal(check(schema, value.s, "", &err), -1);
		assert_string_equal(err.text, "is not a known member");
		if (escaped < 74)
			assert_int_equal(strlen(err.where), strlen("/a/") + escaped);
		if (escaped > 76)
			assert_string_equal(err.where, "/a");
	}
	parley_text_fini(&value);
}

static void
check_shortens_a_long_list_of_values(void **state)
{
	struct parley_text schema = { 0 };
	struct parley_error err = { 0 };

	parley_text_puts(&schema, "{\"enum\":[\"value-number-0\"");
	for (int i = 1; i < 40; i++)
		parley_text_printf(&schema, ",\"value-number-%d\"", i);
	parley_text_puts(&schema, "]}");

	assert_int_equal(check(schema.s, "1", "", &err), -1);
	assert_non_null(strstr(err.text, "\"value-number-9\""));
	assert_string_equal(err.text + strlen(err.text) - strlen("\", or others"), "\", or others");
	assert_int_equal(check(schema.s, "\"value-number-39\"", "", &err), 0);
	parley_text_fini(&schema);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(check_says_the_rule_in_plain_words),
		cmocka_unit_test(check_points_to_the_member_at_fault),
		cmocka_unit_test(check_names_the_first_missing_member_as_the_schema_lists_them),
		cmocka_unit_test(check_puts_the_base_before_the_pointer),
		cmocka_unit_test(check_tells_too_large_from_malformed),
		cmocka_unit_test(check_takes_nothing_for_an_empty_object),
		cmocka_unit_test(check_works_without_an_error_to_fill),
		cmocka_unit_test(check_keeps_the_pointer_whole),
		cmocka_unit_test(check_shortens_a_long_list_of_values),
	};

	return cmocka_run_group_tests_name("schema_check", tests, NULL, NULL);
}
