/* SPDX-License-Identifier: MIT */
/* fuzz_secret.c - whatever a disk gives back as a document opens or is refused; what was sealed
 * opens in its place alone, has all of its members, and no bit of its box can be another. */
#include "seal/box.h"
#include "seal/seal.h"
#include "store/doc.h"
#include "store/secret.h"
#include "json/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(cond)                                                                                \
	((cond) ? (void)0 : (fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond), abort()))

static const char *const secret[] = { "text", "a", NULL };
static const struct parley_collection things = { .name = "things", .version = 1, .secret = secret };

static struct parley_doc *
open_doc(const char *key, const char *json, size_t len)
{
	char *exact = malloc(len + 1);
	struct parley_doc *doc;

	CHECK(exact != NULL);
	memcpy(exact, json, len);
	exact[len] = 'x'; /* a careless reader would go on here */
	doc = store_doc_new(&things, key, strlen(key), 0, exact, len, NULL);
	secret_is_stale(&things, exact, len);
	free(exact);
	return doc;
}

static void
check_same(const struct parley_json *a, const struct parley_json *b)
{
	CHECK(a->type == b->type && a->span == b->span && a->len == b->len);
	if (a->type == PARLEY_JSON_STRING)
		CHECK(memcmp(a->string, b->string, a->len) == 0);
	else if (a->type == PARLEY_JSON_INT)
		CHECK(a->integer == b->integer);
}

/* Members may come in another order. */
static void
check_members(const struct parley_json *a, const struct parley_json *b)
{
	CHECK(a->len == b->len);
	for (const struct parley_json *key = parley_json_first(a); key != NULL;
	     key = parley_json_next(a, key)) {
		const struct parley_json *v = parley_json_get(b, key->string);

		CHECK(v != NULL);
		check_same(parley_json_value(key), v);
	}
}

static void
check_changed(const char *stored, size_t len, uint8_t where)
{
	struct parley_doc *doc;
	struct secret_box box;
	char *copy = malloc(len);
	size_t at;

	CHECK(copy != NULL && secret_find(stored, len, &box));
	memcpy(copy, stored, len);
	at = (size_t)(box.text - stored) + where % box.len;
	copy[at] = copy[at] == 'A' ? 'B' : 'A';
	doc = open_doc("key", copy, len);
	CHECK(doc == NULL);
	free(copy);
	CHECK(open_doc("other", stored, len) == NULL);
}

static void
check_sealed(const struct parley_json *root, const uint8_t *data, size_t size)
{
	struct arena arena = { 0 };
	struct parley_write w = { .op = PARLEY_WRITE_PUT,
		.collection = &things,
		.key = "key",
		.json = (const char *)data,
		.json_len = size };
	struct parley_doc *doc;

	secret_seal(&w, &arena);
	doc = open_doc("key", w.json, w.json_len);
	CHECK(doc != NULL);
	check_members(root, doc->root);
	parley_doc_free(&doc);
	if (w.hole != NULL)
		check_changed(w.json, w.json_len, data[size / 2]);
	arena_fini(&arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t node_key[32] = { 1 };
	struct arena arena = { 0 };
	const struct parley_json *root;
	struct parley_doc *doc;
	char *text = malloc(size + 1);

	if (seal_key_current() == 0)
		seal_open_bytes(node_key);
	CHECK(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	doc = open_doc("key", text, size);
	parley_doc_free(&doc);
	root = json_parse_copy(&arena, text, size, &json_limits_own, NULL);
	if (root != NULL && root->type == PARLEY_JSON_OBJECT && parley_json_get(root, "~") == NULL)
		check_sealed(root, (const uint8_t *)text, size);
	arena_fini(&arena);
	free(text);
	return 0;
}
