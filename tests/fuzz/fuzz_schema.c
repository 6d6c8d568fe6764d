/* SPDX-License-Identifier: MIT */
/* fuzz_schema.c - any text as a schema (the first line) and a value (the rest). */
#include "json/json.h"
#include "json/schema.h"

#include <parley/text.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_error(const struct parley_error *err)
{
	parley_assert(err->code == PARLEY_BAD_REQUEST || err->code == PARLEY_TOO_LARGE);
	parley_assert(err->text[0] != '\0');
	parley_assert(parley_utf8_valid(err->where, strlen(err->where)));
}

/* What is refused is refused with words and a pointer, with or without somewhere to put them. */
static void
check_value(const struct schema *s, const struct parley_json *value)
{
	struct parley_error err = { 0 };
	int rc = schema_check(s, value, "/base", &err);

	parley_assert(schema_check(s, value, "/base", NULL) == rc);
	parley_assert((rc == 0) == (err.code == PARLEY_OK));
	if (rc == 0)
		return;
	check_error(&err);
	parley_assert(strncmp(err.where, "/base", 5) == 0);
	parley_assert(err.where[5] == '\0' || err.where[5] == '/');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	const char *line = memchr(text, '\n', size);
	size_t len = line != NULL ? (size_t)(line - text) : size;
	struct parley_error err = { 0 };
	struct schema *s = schema_compile(text, len, &err);
	struct arena arena = { 0 };
	const struct parley_json *value;

	if (s == NULL) {
		parley_assert(err.code == PARLEY_BAD_REQUEST || err.code == PARLEY_TOO_LARGE);
		parley_assert(err.text[0] != '\0');
		return 0;
	}
	check_value(s, NULL);
	if (line != NULL) {
		value = json_parse_copy(&arena, line + 1, size - len - 1, &json_limits_user, NULL);
		if (value != NULL)
			check_value(s, value);
	}
	arena_fini(&arena);
	schema_free(&s);
	return 0;
}
