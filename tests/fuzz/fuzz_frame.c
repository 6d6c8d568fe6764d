/* SPDX-License-Identifier: MIT */
/* fuzz_frame.c - any text as a frame from a client: read, then checked against the schema of its
 * type and of its method, as an I/O thread does. */
#include "json/json.h"
#include "json/schema.h"

#include <parley/text.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

static struct schema_set *set;

static void
forget_schemas(void)
{
	schema_set_free(&set);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *srcdir = getenv("srcdir");
	struct parley_error err = { 0 };
	char directory[512];
	const char *directories[] = { directory, NULL };

	snprintf(directory, sizeof directory, "%s/schemas", srcdir != NULL ? srcdir : ".");
	set = schema_set_load(directories, &err);
	if (set == NULL) {
		fprintf(stderr, "%s\n", err.text);
		exit(1);
	}
	atexit(forget_schemas);
	return 0;
}

static bool
is_string(const struct parley_json *frame, const char *name, size_t least, size_t most)
{
	const struct parley_json *v = parley_json_get(frame, name);
	size_t len = parley_json_len(v);

	return parley_json_string(v) != NULL && len >= least && len <= most;
}

/* What the router takes for granted of frames that a schema has let through. */
static void
check_promises(const char *type, const struct parley_json *frame)
{
	int64_t count = parley_json_int(parley_json_get(frame, "count"), -1);

	parley_assert(frame->type == PARLEY_JSON_OBJECT);
	if (strcmp(type, "message") == 0)
		parley_assert(is_string(frame, "id", 1, 64) && is_string(frame, "to", 5, 269) &&
			      is_string(frame, "text", 1, 40000));
	if (strcmp(type, "request") == 0)
		parley_assert(is_string(frame, "id", 1, 64) && is_string(frame, "method", 3, 64));
	if (strcmp(type, "auth") == 0)
		parley_assert(is_string(frame, "mechanism", 1, 64));
	if (strcmp(type, "presence") == 0)
		parley_assert(is_string(frame, "show", 4, 9));
	if (strcmp(type, "ack") == 0)
		parley_assert(count >= 0 && count <= INT64_C(9007199254740991));
}

static void
check_params(const struct parley_json *frame)
{
	const char *name = parley_json_string_or(parley_json_get(frame, "method"), "");
	const struct schema_method *m = schema_find_method(set, name);
	struct parley_error err = { 0 };

	if (m != NULL && schema_check(m->params, parley_json_get(frame, "params"), "/params", &err))
		parley_assert(strncmp(err.where, "/params", 7) == 0 && err.text[0] != '\0');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = { 0 };
	struct parley_error err = { 0 };
	const struct parley_json *frame =
	    json_parse_copy(&arena, (const char *)data, size, &json_limits_user, &err);
	const char *type = parley_json_string_or(parley_json_get(frame, "type"), "");
	char name[32] = "client/";
	const struct schema *s;

	strncat(name, type, sizeof name - strlen(name) - 1);
	s = schema_find(set, name);
	if (s != NULL && schema_check(s, frame, "", &err) == 0) {
		check_promises(type, frame);
		if (strcmp(type, "request") == 0)
			check_params(frame);
	} else {
		parley_assert(frame == NULL || s == NULL || err.text[0] != '\0');
	}
	arena_fini(&arena);
	return 0;
}
