/* SPDX-License-Identifier: MIT */
/* test_schema_load.c - folders of schemas: names, references between files, and what is refused. */
#include "support/test.h"

#include "json/json.h"
#include "json/schema.h"

#include <parley/text.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Two folders to load from; gone after the test. */
struct fixture {
	char first[64], second[64];
	const char *directories[3];
	struct parley_error err;
	struct schema_set *set;
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	strcpy(f->first, "/tmp/parley-schema-XXXXXX");
	strcpy(f->second, "/tmp/parley-schema-XXXXXX");
	if (mkdtemp(f->first) == NULL || mkdtemp(f->second) == NULL)
		return -1;
	f->directories[0] = f->first;
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;
	char command[200];
	int rc;

	schema_set_free(&f->set);
	snprintf(command, sizeof command, "rm -rf '%s' '%s'", f->first, f->second);
	rc = system(command);
	free(f);
	return rc;
}

/* Writes a file below one of the folders, and the folder it stands in. */
static void
put(const char *directory, const char *name, const char *text)
{
	char path[160];
	FILE *out;
	char *slash;

	snprintf(path, sizeof path, "%s/%s", directory, name);
	slash = strrchr(path, '/');
	*slash = '\0';
	mkdir(path, 0700);
	*slash = '/';
	out = fopen(path, "w");
	assert_non_null(out);
	fputs(text, out);
	fclose(out);
}

static void
load(struct fixture *f)
{
	f->set = schema_set_load(f->directories, &f->err);
	if (f->set == NULL)
		fail_msg("%s", f->err.text);
}

static void
assert_not_loaded(struct fixture *f, const char *file, const char *part)
{
	f->set = schema_set_load(f->directories, &f->err);
	assert_null(f->set);
	if (strncmp(f->err.text, f->first, strlen("/tmp/parley-schema-")) != 0 ||
	    strstr(f->err.text, file) == NULL || strstr(f->err.text, part) == NULL)
		fail_msg("\"%s\" does not name %s and \"%s\"", f->err.text, file, part);
}

static int
check(const struct schema *s, const char *json)
{
	struct arena arena = { 0 };
	struct parley_error err = { 0 };
	int rc = schema_check(
	    s, json_parse_copy(&arena, json, strlen(json), &json_limits_own, &err), "", &err);

	arena_fini(&arena);
	return rc;
}

static void
load_finds_frames_and_methods_by_name(void **state)
{
	struct fixture *f = *state;

	put(f->first, "client/ack.json", "{\"type\":\"object\"}");
	put(f->first, "server/hello.json", "{\"type\":\"array\"}");
	put(f->first, "methods/roster.list.json",
	    "{\"description\":\"All people.\",\"$defs\":{\"params\":{\"type\":\"object\"},"
	    "\"result\":{\"type\":\"array\"}}}");
	put(f->first, "methods/notes.txt", "not a schema");
	put(f->first, "methods/.hidden.json", "not a schema");
	load(f);

	assert_int_equal(check(schema_find(f->set, "client/ack"), "{}"), 0);
	assert_int_equal(check(schema_find(f->set, "server/hello"), "{}"), -1);
	assert_null(schema_find(f->set, "client/hello"));
	assert_null(schema_find(f->set, "methods/roster.list"));
	assert_null(schema_find(f->set, ""));
	assert_null(schema_find_method(f->set, "roster"));
	assert_string_equal(schema_find_method(f->set, "roster.list")->name, "roster.list");
	assert_string_equal(schema_find_method(f->set, "roster.list")->description, "All people.");
	assert_int_equal(check(schema_find_method(f->set, "roster.list")->params, "{}"), 0);
	assert_int_equal(check(schema_find_method(f->set, "roster.list")->result, "{}"), -1);
}

static void
load_follows_references_between_files(void **state)
{
	struct fixture *f = *state;

	f->directories[1] = f->second;
	put(f->first, "common.json", "{\"$defs\":{\"n\":{\"$ref\":\"more.json#/$defs/n\"}}}");
	put(f->first, "more.json", "{\"$defs\":{\"n\":{\"$ref\":\"client/ack.json#/$defs/n\"}}}");
	put(f->first, "client/ack.json", "{\"$defs\":{\"n\":{\"maximum\":5}}}");
	put(f->first, "client/ping.json", "{\"$ref\":\"ack.json#/$defs/n\"}");
	put(f->second, "client/far.json", "{\"$ref\":\"../common.json#/$defs/n\"}");
	load(f);

	assert_int_equal(check(schema_find(f->set, "client/far"), "5"), 0);
	assert_int_equal(check(schema_find(f->set, "client/far"), "6"), -1);
	assert_int_equal(check(schema_find(f->set, "client/ping"), "6"), -1);
}

static void
load_names_the_file_and_the_place_of_a_mistake(void **state)
{
	struct fixture *f = *state;

	put(f->first, "client/a.json", "{\"items\":{\"$ref\":\"../common.json#/$defs/n\"}}");
	put(f->first, "common.json", "{\"$defs\":{\"n\":{\"minimun\":5}}}");
	assert_not_loaded(f, "/common.json#/$defs/n/minimun: ", "not known");
	assert_string_equal(f->err.where, "/$defs/n/minimun");

	put(f->first, "common.json", "{\"$defs\":{}}");
	assert_not_loaded(f, "/client/a.json#/items: ", "there is no $defs/n");

	put(f->first, "common.json", "{\"$defs\":{}");
	assert_not_loaded(f, "/common.json: ", "ends too early");
}

static void
load_refuses_references_out_of_the_folders(void **state)
{
	static const char *const refs[] = { "../../common.json#/$defs/n", "/common.json#/$defs/n",
		"common.json#/$defs/n", "./../common.json#/$defs/n", "../common#/$defs/n",
		"../.json#/$defs/n", ".json#/$defs/n" };
	struct fixture *f = *state;

	put(f->first, "common.json", "{\"$defs\":{\"n\":{}}}");
	for (size_t i = 0; i < sizeof refs / sizeof *refs; i++) {
		char json[100];

		snprintf(json, sizeof json, "{\"$ref\":\"%s\"}", refs[i]);
		put(f->first, "client/a.json", json);
		assert_not_loaded(f, "/client/a.json#: ", "leads to no file");
	}
}

static void
load_refuses_references_in_a_circle_of_files(void **state)
{
	struct fixture *f = *state;

	put(f->first, "a.json", "{\"$defs\":{\"x\":{\"items\":{\"$ref\":\"b.json#/$defs/x\"}}}}");
	put(f->first, "b.json", "{\"$defs\":{\"x\":{\"items\":{\"$ref\":\"a.json#/$defs/x\"}}}}");
	assert_not_loaded(f, "/a.json#/$defs/x: ", "refers to itself");
}

static void
load_refuses_a_name_that_is_there_twice(void **state)
{
	struct fixture *f = *state;

	f->directories[1] = f->second;
	put(f->first, "client/ack.json", "{}");
	put(f->second, "client/ack.json", "{}");
	assert_not_loaded(f, f->second, "defines that already");
	assert_non_null(strstr(f->err.text, f->first));
}

static void
load_refuses_a_method_without_both_halves(void **state)
{
	struct fixture *f = *state;

	put(f->first, "methods/a.b.json", "{\"$defs\":{\"params\":{}}}");
	assert_not_loaded(f, "/methods/a.b.json#: ", "there is no $defs/result");
	put(f->first, "methods/a.b.json", "{\"$defs\":{\"result\":{}}}");
	assert_not_loaded(f, "/methods/a.b.json#: ", "there is no $defs/params");
}

static void
load_refuses_folders_that_are_not_there_and_files_that_are_too_large(void **state)
{
	struct fixture *f = *state;
	struct parley_text large = { 0 };

	parley_text_puts(&large, "{\"description\":\"");
	for (int i = 0; i < 256 * 1024; i++)
		parley_text_putc(&large, 'x');
	parley_text_puts(&large, "\"}");
	put(f->first, "client/a.json", large.s);
	parley_text_fini(&large);
	assert_not_loaded(f, "/client/a.json: ", "over 256 KiB");

	strcat(f->first, "/nowhere");
	assert_not_loaded(f, "/nowhere", "No such file");
	*strrchr(f->first, '/') = '\0';
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(load_finds_frames_and_methods_by_name),
		TEST(load_follows_references_between_files),
		TEST(load_names_the_file_and_the_place_of_a_mistake),
		TEST(load_refuses_references_out_of_the_folders),
		TEST(load_refuses_references_in_a_circle_of_files),
		TEST(load_refuses_a_name_that_is_there_twice),
		TEST(load_refuses_a_method_without_both_halves),
		TEST(load_refuses_folders_that_are_not_there_and_files_that_are_too_large),
	};

	return cmocka_run_group_tests_name("schema_load", tests, NULL, NULL);
}
