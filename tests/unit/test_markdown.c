/* SPDX-License-Identifier: MIT */
/* test_markdown.c - every example of tests/data/markdown.json, and texts made to take a reader
 * long. */
#include "support/test.h"

#include "support/files.h"
#include "json/json.h"

#include <parley/markdown.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

static unsigned
read_ranges(const struct parley_json *list, struct parley_range *out)
{
	unsigned count = 0;

	for (const struct parley_json *v = parley_json_first(list); v != NULL;
	     v = parley_json_next(list, v)) {
		out[count].start = (uint32_t)parley_json_int(parley_json_get(v, "start"), 0);
		out[count++].length = (uint32_t)parley_json_int(parley_json_get(v, "length"), 0);
	}
	return count;
}

/* Notes which of the mentions the tree of an example has outside of code. */
static void
read_called(const struct parley_json *tree, bool *called)
{
	const struct parley_json *index = parley_json_get(tree, "index");

	if (index != NULL)
		called[parley_json_int(index, 0)] = true;
	if (tree->type != PARLEY_JSON_OBJECT && tree->type != PARLEY_JSON_ARRAY)
		return;
	for (const struct parley_json *v = parley_json_first(tree); v != NULL;
	     v = parley_json_next(tree, v))
		read_called(tree->type == PARLEY_JSON_OBJECT ? parley_json_value(v) : v, called);
}

static void
assert_called(const struct parley_json *example, const char *input,
    const struct parley_range *ranges, unsigned count)
{
	bool called[10] = { false }, in_code[10];

	read_called(parley_json_get(example, "tree"), called);
	parley_markdown_in_code(input, ranges, count, in_code);
	for (unsigned i = 0; i < count; i++)
		if (in_code[i] == called[i])
			fail_msg("%s: mention %u is %sin code", input, i, called[i] ? "not " : "");
}

static void
all_examples_are_read_as_told(void **state)
{
	size_t len;
	char *text = source_read("tests/data/markdown.json", &len);
	struct arena arena = { 0 };
	const struct parley_json *root = json_parse_copy(&arena, text, len, &json_limits_own, NULL);
	const struct parley_json *examples = parley_json_get(root, "examples");

	assert_true(parley_json_len(examples) > 100);
	for (const struct parley_json *e = parley_json_first(examples); e != NULL;
	     e = parley_json_next(examples, e)) {
		const char *input = parley_json_string(parley_json_get(e, "input"));
		struct parley_range ranges[10];
		struct parley_text out = { 0 };
		unsigned count = read_ranges(parley_json_get(e, "mentions"), ranges);

		parley_markdown_plain(input, ranges, count, &out);
		if (strcmp(out.s != NULL ? out.s : "",
			parley_json_string(parley_json_get(e, "plain"))) != 0)
			fail_msg("%s\nis read as\n%s\nnot\n%s", input, out.s,
			    parley_json_string(parley_json_get(e, "plain")));
		assert_called(e, input, ranges, count);
		parley_text_fini(&out);
	}
	arena_fini(&arena);
	free(text);
}

static void
ranges_that_do_not_fit_are_left_alone(void **state)
{
	const struct parley_range bad[] = { { 3, 9 }, { 0, 1 }, { 90, 1 } };
	struct parley_text out = { 0 };
	bool in_code[COUNT(bad)];

	parley_markdown_plain("*hi* you", bad, COUNT(bad), &out);
	assert_string_equal(out.s, "hi you");
	parley_markdown_in_code("`hi` you", bad, COUNT(bad), in_code);
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(in_code[i]);
	parley_text_fini(&out);
}

/* Texts that would take a reader long who looks for the same end again and again. */
static void
texts_made_to_take_long_are_read_to_their_end(void **state)
{
	static const char *const parts[] = { "*", "**a ", "*a **b ", "`", "``` ", "[", "[a](",
		"~~a ", "||a", "> ", "- ", "1. ", "https://a.example/((((", ")", "\\", "`a``b```c",
		"*`", "[*a](http://b ", "**a*", "```\n", ">\n", "\n" };
	enum { SIZE = 40000 };
	char *text = calloc(1, SIZE + 64);

	for (size_t i = 0; i < COUNT(parts); i++) {
		struct parley_text out = { 0 };
		size_t len = 0;

		while (len < (size_t)SIZE) {
			strcpy(text + len, parts[i]);
			len += strlen(parts[i]);
		}
		parley_markdown_plain(text, NULL, 0, &out);
		assert_true(out.len <= 8 * (size_t)SIZE);
		parley_text_fini(&out);
	}
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_examples_are_read_as_told),
		cmocka_unit_test(ranges_that_do_not_fit_are_left_alone),
		cmocka_unit_test(texts_made_to_take_long_are_read_to_their_end),
	};

	return cmocka_run_group_tests_name("markdown", tests, NULL, NULL);
}
