/* SPDX-License-Identifier: MIT */
/* test_schema.c - every keyword, by the cases in tests/data/schema-suite, which have the form of
 * the published JSON-Schema-Test-Suite. */
#include "support/test.h"

#include "support/files.h"

#include "json/json.h"
#include "json/schema.h"

#include <parley/text.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct schema *
compile_value(const struct parley_json *json)
{
	struct parley_text text = { 0 };
	struct parley_error err = { 0 };
	struct parley_writer w;
	struct schema *s;

	parley_writer_init(&w, &text);
	parley_put_json(&w, NULL, json);
	s = schema_compile(text.s, text.len, &err);
	if (s == NULL)
		fail_msg("%s: %s", text.s, err.text);
	parley_text_fini(&text);
	return s;
}

static const char *
member(const struct parley_json *v, const char *name)
{
	return parley_json_string_or(parley_json_get(v, name), "");
}

/* Runs one group of cases; prints those that are wrong and returns how many. */
static int
run_group(const char *file, const struct parley_json *group)
{
	struct schema *s = compile_value(parley_json_get(group, "schema"));
	const struct parley_json *tests = parley_json_get(group, "tests"), *test;
	int wrong = 0;

	assert_true(parley_json_len(tests) > 0);
	for (test = parley_json_first(tests); test != NULL; test = parley_json_next(tests, test)) {
		struct parley_error err = { 0 };
		bool want = parley_json_bool(parley_json_get(test, "valid"), false);
		int rc = schema_check(s, parley_json_get(test, "data"), "", &err);

		if ((rc == 0) == want && (rc == 0) == (err.code == PARLEY_OK))
			continue;
		print_error("%s, %s, %s: should be %s; %s %s\n", file, member(group, "description"),
		    member(test, "description"), want ? "valid" : "refused", err.where, err.text);
		wrong++;
	}
	schema_free(&s);
	return wrong;
}

static void
run_file(const char *name, void *context)
{
	char path[256];
	struct arena arena = { 0 };
	const struct parley_json *groups, *group;
	int *wrong = context;

	snprintf(path, sizeof path, "tests/data/schema-suite/%s.json", name);
	groups = source_json(&arena, path);
	for (group = parley_json_first(groups); group != NULL;
	     group = parley_json_next(groups, group))
		*wrong += run_group(name, group);
	arena_fini(&arena);
}

static void
schema_agrees_with_the_suite(void **state)
{
	int wrong = 0;
	int files = source_each_json("tests/data/schema-suite", run_file, &wrong);

	assert_int_equal(files, 17);
	assert_int_equal(wrong, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(schema_agrees_with_the_suite),
	};

	return cmocka_run_group_tests_name("schema", tests, NULL, NULL);
}
