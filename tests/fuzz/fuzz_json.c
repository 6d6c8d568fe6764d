/* SPDX-License-Identifier: MIT */
/* fuzz_json.c - what the JSON reader accepts survives our writer and means to jansson what it means
 * to us; what only jansson accepts is one of the intended limits. */
#ifdef HAVE_CONFIG_H
#include "build_config.h"
#endif

#include "json/json.h"

#include <parley/error.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef HAVE_JANSSON
#include <jansson.h>
#endif

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(cond)                                                                                \
	((cond) ? (void)0 : (fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond), abort()))

static const struct parley_json *
read_exact(struct arena *arena, const void *bytes, size_t len, const struct json_limits *limits,
    struct parley_error *err, char **memory_r)
{
	char *text = malloc(len + 1);

	CHECK(text != NULL);
	memcpy(text, bytes, len);
	text[len] = '0'; /* a careless reader would go on here */
	*memory_r = text;
	return json_parse(arena, text, len, limits, err);
}

/* ---- the tape is consistent --------------------------------------------------------------- */

static void
check_shape(const struct parley_json *v)
{
	const struct parley_json *item;
	uint32_t nodes = 1, count = 0;

	for (item = parley_json_first(v); item != NULL; item = parley_json_next(v, item)) {
		if (v->type == PARLEY_JSON_OBJECT) {
			CHECK(item->type == PARLEY_JSON_STRING);
			CHECK(item->span == 1 + item[1].span);
			CHECK(parley_json_get(v, item->string) == item + 1);
			check_shape(parley_json_value(item));
		} else {
			check_shape(item);
		}
		nodes += item->span;
		count++;
	}
	CHECK(nodes == v->span);
	if (v->type >= PARLEY_JSON_ARRAY)
		CHECK(count == v->len);
	if (v->type == PARLEY_JSON_STRING) {
		CHECK(strlen(v->string) == v->len);
		CHECK(parley_utf8_valid(v->string, v->len));
	}
}

static void
check_same(const struct parley_json *a, const struct parley_json *b)
{
	CHECK(a->span == b->span);
	for (uint32_t i = 0; i < a->span; i++) {
		CHECK(a[i].type == b[i].type && a[i].span == b[i].span && a[i].len == b[i].len);
		if (a[i].type == PARLEY_JSON_STRING)
			CHECK(memcmp(a[i].string, b[i].string, a[i].len) == 0);
		if (a[i].type == PARLEY_JSON_INT)
			CHECK(a[i].integer == b[i].integer);
		if (a[i].type == PARLEY_JSON_REAL)
			CHECK(memcmp(&a[i].real, &b[i].real, sizeof a[i].real) == 0);
		if (a[i].type == PARLEY_JSON_BOOL)
			CHECK(a[i].boolean == b[i].boolean);
	}
}

/* ---- against jansson ---------------------------------------------------------------------- */

#ifdef HAVE_JANSSON
static void
check_meaning(const struct parley_json *v, const json_t *other)
{
	const struct parley_json *item;
	size_t i = 0;

	switch (v->type) {
	case PARLEY_JSON_NULL:
		CHECK(json_is_null(other));
		break;
	case PARLEY_JSON_BOOL:
		CHECK(json_is_boolean(other) && json_is_true(other) == v->boolean);
		break;
	case PARLEY_JSON_INT:
		CHECK(json_is_integer(other) && json_integer_value(other) == v->integer);
		break;
	case PARLEY_JSON_REAL:
		CHECK(json_is_real(other) && json_real_value(other) == v->real);
		break;
	case PARLEY_JSON_STRING:
		CHECK(json_is_string(other) && json_string_length(other) == v->len);
		CHECK(memcmp(json_string_value(other), v->string, v->len) == 0);
		break;
	case PARLEY_JSON_ARRAY:
		CHECK(json_is_array(other) && json_array_size(other) == v->len);
		for (item = parley_json_first(v); item != NULL; item = parley_json_next(v, item))
			check_meaning(item, json_array_get(other, i++));
		break;
	case PARLEY_JSON_OBJECT:
		CHECK(json_is_object(other) && json_object_size(other) == v->len);
		for (item = parley_json_first(v); item != NULL; item = parley_json_next(v, item))
			check_meaning(
			    parley_json_value(item), json_object_get(other, item->string));
	}
}

/* True when we may refuse what jansson takes. jansson skips a NUL behind a number or literal. */
static bool
is_intended(const struct parley_error *err, const uint8_t *data, size_t size)
{
	static const char *const rules[] = {
		"an integer of more than 18 digits", "a character that is not allowed",
		"not valid UTF-8, or a character that is not allowed", /* it was valid: U+FFFE,
									  U+FFFF */
	};

	if (err->code == PARLEY_TOO_LARGE || memchr(data, '\0', size) != NULL)
		return true;
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
		if (strncmp(err->text, rules[i], strlen(rules[i])) == 0)
			return true;
	return false;
}

static void
check_against_other(const struct parley_json *root, const struct parley_error *err,
    const uint8_t *data, size_t size)
{
	json_t *other =
	    json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);

	if (root != NULL) {
		CHECK(other != NULL);
		check_meaning(root, other);
	} else {
		CHECK(other == NULL || is_intended(err, data, size));
	}
	json_decref(other);
}
#else
static void
check_against_other(const struct parley_json *root, const struct parley_error *err,
    const uint8_t *data, size_t size)
{
}
#endif

/* ---- the writer --------------------------------------------------------------------------- */

static void
write_out(struct parley_text *out, const struct parley_json *v)
{
	struct parley_writer w;

	parley_writer_init(&w, out);
	parley_put_json(&w, NULL, v);
	CHECK(w.depth == 0);
}

static void
check_round_trip(const struct parley_json *root)
{
	struct parley_text once = { 0 }, twice = { 0 };
	struct arena arena = { 0 };
	struct parley_error err = { 0 };
	const struct parley_json *again;
	char *memory;

	write_out(&once, root);
	CHECK(strlen(once.s) == once.len && strchr(once.s, '\n') == NULL);
	again = read_exact(&arena, once.s, once.len, &json_limits_own, &err, &memory);
	CHECK(again != NULL);
	check_same(root, again);
	check_against_other(again, &err, (const uint8_t *)once.s, once.len);
	write_out(&twice, again);
	CHECK(once.len == twice.len && memcmp(once.s, twice.s, once.len) == 0);
	parley_text_fini(&once);
	parley_text_fini(&twice);
	arena_fini(&arena);
	free(memory);
}

/* Under narrow limits the answer is the same, or that a limit was reached. */
static void
check_narrow(const struct parley_json *root, const uint8_t *data, size_t size)
{
	struct arena arena = { 0 };
	struct parley_error err = { 0 };
	char *memory;
	const struct parley_json *v =
	    read_exact(&arena, data, size, &json_limits_guest, &err, &memory);

	if (v != NULL) {
		CHECK(root != NULL && v->span <= json_limits_guest.elements);
		check_same(v, root);
	} else {
		CHECK(root == NULL || err.code == PARLEY_TOO_LARGE);
	}
	CHECK(arena.used <= 64 * 1024);
	arena_fini(&arena);
	free(memory);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = { 0 };
	struct parley_error err = { 0 };
	char *memory;
	const struct parley_json *root =
	    read_exact(&arena, data, size, &json_limits_own, &err, &memory);

	CHECK((root != NULL) == (err.code == PARLEY_OK));
	CHECK(parley_utf8_valid(err.where, strlen(err.where)));
	if (root != NULL) {
		check_shape(root);
		check_round_trip(root);
	}
	check_against_other(root, &err, data, size);
	check_narrow(root, data, size);
	arena_fini(&arena);
	free(memory);
	return 0;
}
