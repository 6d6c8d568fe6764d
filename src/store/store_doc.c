/* SPDX-License-Identifier: MIT */
/* store_doc.c - documents as modules see them, their indexed members, and how a patch changes them.
 */
#include "store/doc.h"

#include "base/xalloc.h"
#include "store/secret.h"
#include "json/json.h"

#include <parley/await.h>
#include <parley/log.h>
#include <pthread.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TELL_MS 60000 /* between lines that say the same */

#define MERGE_DEPTH 64 /* that of json_limits_own */

/* ---- documents ---------------------------------------------------------------------------- */

/* One block for most documents: the arena begins in it. */
struct parley_doc_memory {
	struct parley_doc doc;
	struct arena arena; /* key, text and nodes */
	alignas(max_align_t) char bytes[];
};

/* What the reader wants at first for a text of this size, and the copies, each rounded up. */
static size_t
first_bytes(size_t key_len, size_t json_len)
{
	return key_len + json_len + (json_len / 16 + 8) * sizeof(struct parley_json) +
	       4 * alignof(max_align_t);
}

/* One document is remembered, which may be asked for all the time. */
bool
store_is_to_be_told(const struct parley_collection *c, const char *key)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static char told[PARLEY_LOG_KEY_MAX + 40];
	static int64_t again; /* from then on */
	char name[sizeof told] = "";
	bool known;

	snprintf(name, sizeof name, "%s %s", c->name, key);
	pthread_mutex_lock(&lock);
	known = strcmp(told, name) == 0 && parley_monotonic() < again;
	if (!known) {
		memcpy(told, name, sizeof told);
		again = parley_monotonic() + TELL_MS;
	}
	pthread_mutex_unlock(&lock);
	return !known;
}

/* The root of what is stored, with what it keeps secret. NULL: logged. */
static const struct parley_json *
open_root(struct arena *arena, const struct parley_collection *c, const char *key, const char *json,
    size_t len, struct parley_error *err)
{
	const struct parley_json *root;
	struct parley_error why = { 0 };
	struct secret_box box;
	char *text;

	if (secret_find(json, len, &box)) {
		text = secret_open(arena, c, key, json, &box, &len, err);
		if (text == NULL)
			return NULL;
		root = json_parse(arena, text, len, &json_limits_own, &why);
	} else {
		root = json_parse_copy(arena, json, len, &json_limits_own, &why);
	}
	if (root != NULL && root->type == PARLEY_JSON_OBJECT)
		return root;
	if (root != NULL)
		parley_fail(&why, PARLEY_INTERNAL, NULL, "it is no object");
	parley_fail(err, PARLEY_INTERNAL, NULL, "a stored document is damaged: %s", why.text);
	if (store_is_to_be_told(c, key))
		parley_log_error("store", "collection=%s key=%s the document is damaged: %s",
		    c->name, key, why.text);
	return NULL;
}

struct parley_doc *
store_doc_new(const struct parley_collection *c, const char *key, size_t key_len, int64_t seq,
    const char *json, size_t json_len, struct parley_error *err)
{
	size_t bytes = first_bytes(key_len, json_len);
	struct parley_doc_memory *m = xmalloc(sizeof *m + bytes);
	struct parley_doc *doc = &m->doc;

	m->arena = (struct arena){ .at = m->bytes, .end = m->bytes + bytes };
	doc->memory = m;
	doc->seq = seq;
	doc->key = arena_copy(&m->arena, key, key_len);
	doc->root = open_root(&m->arena, c, doc->key, json, json_len, err);
	if (doc->root == NULL)
		parley_doc_free(&doc);
	return doc;
}

void
parley_doc_free(struct parley_doc **doc)
{
	struct parley_doc_memory *m;

	if (*doc == NULL)
		return;
	m = (*doc)->memory;
	*doc = NULL;
	arena_fini(&m->arena);
	free(m);
}

void
parley_docs_fini(struct parley_docs *docs)
{
	for (uint32_t i = 0; i < docs->count; i++)
		parley_doc_free(&docs->docs[i]);
	free(docs->docs);
	*docs = (struct parley_docs){ 0 };
}

/* ---- fields ------------------------------------------------------------------------------- */

static struct parley_value
value_of(enum parley_field_type type, const struct parley_json *v)
{
	if (v != NULL && type == PARLEY_FIELD_INT && v->type == PARLEY_JSON_INT)
		return (struct parley_value){ .present = true, .integer = v->integer };
	if (v != NULL && type == PARLEY_FIELD_TEXT && v->type == PARLEY_JSON_STRING)
		return (struct parley_value){ .present = true, .text = v->string, .len = v->len };
	return (struct parley_value){ 0 };
}

static const struct parley_json *
parse_object(struct arena *arena, const char *json, size_t len, struct parley_error *err)
{
	const struct parley_json *root = json_parse_copy(arena, json, len, &json_limits_own, err);

	if (root == NULL || root->type == PARLEY_JSON_OBJECT)
		return root;
	parley_fail(err, PARLEY_BAD_REQUEST, NULL, "a document is an object");
	return NULL;
}

static void
fields_of(const struct parley_collection *c, const struct parley_json *root,
    struct parley_value *values_r)
{
	unsigned n = parley_field_count(c);

	for (unsigned i = 0; i < n; i++)
		values_r[i] = value_of(c->fields[i].type, parley_json_get(root, c->fields[i].name));
}

/* What a module wants to be stored. */
static const struct parley_json *
parse_given(struct arena *arena, const char *json, size_t len, struct parley_error *err)
{
	const struct parley_json *root = parse_object(arena, json, len, err);

	if (root == NULL || parley_json_get(root, "~") == NULL)
		return root;
	parley_fail(err, PARLEY_BAD_REQUEST, NULL, "a member ~ is the store's own");
	return NULL;
}

int
store_fields(const struct parley_collection *c, struct arena *arena, const char *json, size_t len,
    struct parley_value *values_r, struct parley_error *err)
{
	const struct parley_json *root = parse_given(arena, json, len, err);

	if (root == NULL)
		return -1;
	fields_of(c, root, values_r);
	return 0;
}

int
parley_fields(const struct parley_collection *c, const char *json, size_t len,
    struct parley_value *values_r, void **scratch_r, struct parley_error *err)
{
	struct arena *arena = xcalloc(1, sizeof *arena);

	const struct parley_json *root;

	*scratch_r = arena;
	root = parse_object(arena, json, len, err);
	if (root == NULL) {
		parley_merge_free(scratch_r);
		return -1;
	}
	fields_of(c, root, values_r);
	return 0;
}

/* ---- merging ------------------------------------------------------------------------------ */

/* An object of the patch that is being applied. */
struct merge_frame {
	const struct parley_json *base;  /* an object, or NULL when there was none */
	const struct parley_json *patch; /* an object */
	const struct parley_json *key;   /* the next one; NULL at the end */
	bool added;                      /* key walks patch, for members that base has not */
};

struct merge {
	struct parley_writer w;
	struct merge_frame frames[MERGE_DEPTH];
	unsigned depth;
};

static void
merge_push(struct merge *m, const char *name, const struct parley_json *base,
    const struct parley_json *patch)
{
	bool object = base != NULL && base->type == PARLEY_JSON_OBJECT;
	struct merge_frame *f;

	parley_assert(m->depth < MERGE_DEPTH);
	f = &m->frames[m->depth++];
	*f = (struct merge_frame){ .base = object ? base : NULL, .patch = patch };
	f->key = parley_json_first(f->base);
	parley_put_object(&m->w, name);
}

/* The member name becomes what RFC 7396 makes of both values; null removes it. */
static void
merge_member(struct merge *m, const char *name, const struct parley_json *base,
    const struct parley_json *patch)
{
	if (patch->type == PARLEY_JSON_OBJECT)
		merge_push(m, name, base, patch);
	else if (patch->type != PARLEY_JSON_NULL)
		parley_put_json(&m->w, name, patch);
}

/* One member of the innermost object, or its end. */
static void
merge_step(struct merge *m)
{
	struct merge_frame *f = &m->frames[m->depth - 1];
	const struct parley_json *key = f->key, *patch;

	if (key == NULL && f->added) {
		parley_put_end(&m->w);
		m->depth--;
		return;
	}
	if (key == NULL) {
		f->added = true;
		f->key = parley_json_first(f->patch);
		return;
	}
	f->key = parley_json_next(f->added ? f->patch : f->base, key);
	if (f->added) {
		if (parley_json_get(f->base, key->string) == NULL)
			merge_member(m, key->string, NULL, parley_json_value(key));
		return;
	}
	patch = parley_json_get(f->patch, key->string);
	if (patch == NULL)
		parley_put_json(&m->w, key->string, parley_json_value(key));
	else
		merge_member(m, key->string, parley_json_value(key), patch);
}

static void
merge_objects(
    const struct parley_json *base, const struct parley_json *patch, struct parley_text *out)
{
	struct merge m;

	m.depth = 0;
	parley_writer_init(&m.w, out);
	merge_push(&m, NULL, base, patch);
	while (m.depth > 0)
		merge_step(&m);
}

/* What is merged: a document as it is stored, and what changes in it. */
struct merging {
	const struct parley_collection *c;
	const char *key;
	struct arena *arena;
	const struct parley_json *base, *patch;
	struct secret_box box;
	bool sealed; /* base has a box */
	bool keep;   /* which stays as it is */
};

/* A patch that has nothing to do with what is secret leaves it alone. One of nothing at all is
 * asked for by those who want the document to be sealed anew. */
static const struct parley_json *
merge_base(struct merging *m, const char *json, size_t len, struct parley_error *err)
{
	char *text;

	m->sealed = secret_find(json, len, &m->box);
	m->keep = m->sealed && m->patch->len > 0 && !secret_in(m->c, m->patch);
	if (!m->sealed)
		return parse_object(m->arena, json, len, NULL);
	if (!m->keep) {
		text = secret_open(m->arena, m->c, m->key, json, &m->box, &len, err);
		if (text == NULL)
			return NULL;
		return json_parse(m->arena, text, len, &json_limits_own, NULL);
	}
	text = arena_take(m->arena, m->box.clear + 2);
	memcpy(text, json, m->box.clear);
	memcpy(text + m->box.clear, "}", 2);
	return json_parse(m->arena, text, m->box.clear + 1, &json_limits_own, NULL);
}

static void
merge_values(const struct merging *m, struct parley_value *values_r)
{
	unsigned n = parley_field_count(m->c);

	for (unsigned i = 0; i < n; i++) {
		const char *name = m->c->fields[i].name;
		const struct parley_json *v = parley_json_get(m->patch, name);

		values_r[i] =
		    value_of(m->c->fields[i].type, v != NULL ? v : parley_json_get(m->base, name));
	}
}

static int
merge_into(struct merging *m, const char *base, size_t base_len, const char *patch,
    size_t patch_len, struct parley_text *out, struct parley_value *values_r,
    struct parley_error *err)
{
	size_t start = out->len, secret;

	m->patch = parse_given(m->arena, patch, patch_len, err);
	if (m->patch == NULL)
		return -1;
	m->base = merge_base(m, base, base_len, err);
	if (m->base == NULL)
		return parley_fail(err, PARLEY_INTERNAL, NULL, "a stored document is damaged");
	merge_objects(m->base, m->patch, out);
	secret = m->keep ? secret_size(&m->box) : 0;
	if (out->len - start + secret > PARLEY_DOC_MAX)
		return parley_fail(
		    err, PARLEY_TOO_LARGE, NULL, "a document has at most %d bytes", PARLEY_DOC_MAX);
	if (m->keep)
		secret_add_box(out, &m->box);
	else
		secret_seal_text(m->c, m->key, m->arena, out, start);
	merge_values(m, values_r);
	return 0;
}

int
parley_merge(const struct parley_collection *c, const char *key, const char *base, size_t base_len,
    const char *patch, size_t patch_len, struct parley_text *out, struct parley_value *values_r,
    void **scratch_r, struct parley_error *err)
{
	struct arena *arena = xcalloc(1, sizeof *arena);
	struct merging m = { .c = c, .key = key, .arena = arena };

	*scratch_r = arena;
	if (merge_into(&m, base, base_len, patch, patch_len, out, values_r, err) == 0)
		return 0;
	parley_merge_free(scratch_r);
	return -1;
}

void
parley_merge_free(void **scratch)
{
	if (*scratch == NULL)
		return;
	arena_fini(*scratch);
	free(*scratch);
	*scratch = NULL;
}
