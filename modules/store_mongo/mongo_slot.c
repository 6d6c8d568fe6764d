/* SPDX-License-Identifier: MIT */
/* mongo_slot.c - copies of the documents that a batch is about, and how they are found. */
#include "mongo_batch.h"

#include <parley/memory.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_BYTES 8192
#define FEW         3 /* keys of a collection that are asked for one by one */

/* FNV-1a: collisions cost a comparison or a question, no more */
static uint32_t
hash(const char *s)
{
	uint32_t h = 2166136261U;

	for (; *s != '\0'; s++)
		h = (h ^ (unsigned char)*s) * 16777619U;
	return h ^ h >> 16;
}

/* ---- memory for slots --------------------------------------------------------------------- */

/* Slots come and go together, hundreds of them: in chunks they are made without looking for a place
 * in the heap for each. */
struct mg_chunk {
	struct mg_chunk *older;
	size_t used;
	_Alignas(16) char bytes[CHUNK_BYTES];
};

/* New, zeroed; it goes with the batch's slots. */
static void *
chunk_take(struct mg_batch *b, size_t size)
{
	struct mg_chunk *chunk = b->chunks;

	size = (size + 15) & ~(size_t)15;
	parley_assert(size <= CHUNK_BYTES);
	if (chunk == NULL || CHUNK_BYTES - chunk->used < size) {
		chunk = parley_alloc(sizeof *chunk);
		chunk->older = b->chunks;
		b->chunks = chunk;
	}
	chunk->used += size;
	return chunk->bytes + chunk->used - size;
}

static void
chunks_free(struct mg_batch *b)
{
	struct mg_chunk *older;

	for (struct mg_chunk *c = b->chunks; c != NULL; c = older) {
		older = c->older;
		free(c);
	}
	b->chunks = NULL;
}

/* ---- slots -------------------------------------------------------------------------------- */

struct mg_slot *
mg_slot_peek(const struct mg_batch *b, const struct mg_collection *mc, const char *key)
{
	uint32_t h = hash(key);

	for (struct mg_slot *s = b->buckets[h & (MG_BUCKETS - 1)]; s != NULL; s = s->chained)
		if (s->hash == h && s->mc == mc && strcmp(s->key, key) == 0)
			return s;
	return NULL;
}

static struct mg_slot *
slot_add(struct mg_batch *b, struct mg_collection *mc, const char *key)
{
	size_t len = strlen(key);
	struct mg_slot *slot = chunk_take(b, sizeof *slot + len + 1);
	struct mg_slot **bucket;

	slot->mc = mc;
	memcpy(slot->key, key, len);
	slot->hash = hash(key);
	slot->expiry = MG_NEVER;
	bucket = &b->buckets[slot->hash & (MG_BUCKETS - 1)];
	slot->chained = *bucket;
	*bucket = slot;
	*b->end = slot;
	b->end = &slot->next;
	return slot;
}

struct mg_slot *
mg_slot_new(struct mg_batch *b, struct mg_collection *mc, const char *key)
{
	struct mg_slot *slot = slot_add(b, mc, key);

	slot->loaded = true;
	return slot;
}

static void
forget_values(struct mg_slot *slot)
{
	parley_merge_free(&slot->scratch);
	free(slot->own_values);
	slot->own_values = NULL;
	slot->values = NULL;
}

static void
slot_fini(struct mg_slot *slot)
{
	forget_values(slot);
	parley_text_fini(&slot->own);
	free(slot->own_names);
}

void
mg_slots_free(struct mg_batch *b)
{
	struct mg_slot *next;

	for (struct mg_slot *s = b->slots; s != NULL; s = next) {
		next = s->next;
		slot_fini(s);
	}
	chunks_free(b);
	b->slots = b->refused = NULL;
	b->end = &b->slots;
	b->dirty = 0;
	memset(b->buckets, 0, sizeof b->buckets);
}

void
mg_slot_fill(struct mg_slot *slot, const struct mg_doc *doc, int64_t expiry)
{
	slot->json = doc->json;
	slot->json_len = doc->json_len;
	slot->expiry = expiry;
	slot->seq = doc->seq;
	if (slot->mc->c->log && slot->stream == NULL) {
		slot->stream = doc->stream;
		slot->origin = doc->origin;
	}
	forget_values(slot);
	slot->values = doc->values;
}

int
mg_slot_values(struct mg_slot *slot, struct parley_error *err)
{
	if (slot->values != NULL)
		return 0;
	if (slot->own_values == NULL)
		slot->own_values = parley_alloc(PARLEY_FIELDS_MAX * sizeof *slot->own_values);
	if (parley_fields(slot->mc->c, slot->json, slot->json_len, slot->own_values, &slot->scratch,
		err) != 0)
		return -1;
	slot->values = slot->own_values;
	return 0;
}

bool
mg_slot_lives(const struct mg_slot *slot, int64_t now)
{
	return slot->exists && slot->expiry > now;
}

void
mg_slot_touch(struct mg_batch *b, struct mg_slot *slot)
{
	b->dirty += !slot->dirty;
	slot->dirty = true;
}

int
mg_slot_remove(struct mg_batch *b, struct mg_slot *slot)
{
	int64_t top = 0;

	if (slot->mc->c->log) {
		if (mg_top_get(b, slot->mc, slot->stream, &top) != 0)
			return -1;
		slot->lifts = slot->seq >= top;
	}
	slot->exists = false;
	mg_slot_touch(b, slot);
	return 0;
}

/* ---- loading ------------------------------------------------------------------------------ */

static int
damaged(struct mg_batch *b, const struct mg_collection *mc)
{
	return parley_fail(b->err, PARLEY_INTERNAL, NULL,
	    "collection '%s' has a document in the data base that this program did not write",
	    mc->c->name);
}

/* Keeps what the deployment sent, and only lent. */
static void
own(struct mg_slot *slot, struct mg_doc *doc)
{
	parley_text_add(&slot->own, doc->json, doc->json_len);
	doc->json = slot->own.s;
	if (!slot->mc->c->log)
		return;
	slot->own_names = parley_alloc(strlen(doc->stream) + strlen(doc->origin) + 2);
	doc->origin = strcpy(slot->own_names + strlen(doc->stream) + 1, doc->origin);
	doc->stream = strcpy(slot->own_names, doc->stream);
}

/* Makes of a document what its slot knows, unless that knows better. */
static int
take(struct mg_batch *b, struct mg_collection *mc, const bson_t *bson, struct mg_slot **slot_r)
{
	struct mg_slot *slot;
	struct mg_doc doc;
	int64_t expiry, v;

	if (!mg_read_doc(bson, &doc, &expiry, &v) || doc.json == NULL ||
	    (mc->c->log && (doc.stream == NULL || doc.seq <= 0)))
		return damaged(b, mc);
	slot = mg_slot_peek(b, mc, doc.key);
	if (slot == NULL)
		slot = slot_add(b, mc, doc.key);
	if (slot_r != NULL)
		*slot_r = slot;
	if (slot->loaded)
		return 0;
	own(slot, &doc);
	mg_slot_fill(slot, &doc, expiry);
	slot->loaded = slot->there = slot->exists = true;
	return 0;
}

/* Takes up to limit documents that the filter finds; 0: all. */
static int
fetch(struct mg_batch *b, struct mg_collection *mc, const bson_t *filter, int64_t limit,
    struct mg_slot **slot_r)
{
	bson_t *opts = limit > 0 ? BCON_NEW("limit", BCON_INT64(limit)) : NULL;
	mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(mc->docs, filter, opts, NULL);
	bson_error_t error;
	const bson_t *bson;
	int rc = 0;

	while (rc == 0 && mongoc_cursor_next(cursor, &bson))
		rc = take(b, mc, bson, slot_r);
	if (rc == 0 && mongoc_cursor_error(cursor, &error))
		rc = mg_fail(&b->s->breaker, &error, "look for documents", b->err);
	mongoc_cursor_destroy(cursor);
	bson_destroy(opts);
	return rc;
}

int
mg_look_for(
    struct mg_batch *b, struct mg_collection *mc, const bson_t *filter, struct mg_slot **slot_r)
{
	*slot_r = NULL;
	return fetch(b, mc, filter, 1, slot_r);
}

int
mg_slots_find(struct mg_batch *b, struct mg_collection *mc, const bson_t *filter, int64_t limit)
{
	return fetch(b, mc, filter, limit, NULL);
}

static bool
is_wanted(const struct mg_slot *slot, const struct mg_collection *mc)
{
	return slot->mc == mc && !slot->loaded;
}

/* Loads the slots of one collection that are not; n: how many. */
static int
load_collection(struct mg_batch *b, struct mg_collection *mc, unsigned n)
{
	bson_t filter = BSON_INITIALIZER, id, keys;
	char digits[16];
	const char *name;
	uint32_t at = 0;
	int rc;

	bson_append_document_begin(&filter, "_id", 3, &id);
	bson_append_array_begin(&id, "$in", 3, &keys);
	for (const struct mg_slot *s = b->slots; s != NULL; s = s->next)
		if (is_wanted(s, mc)) {
			bson_uint32_to_string(at++, &name, digits, sizeof digits);
			BSON_APPEND_UTF8(&keys, name, s->key);
		}
	bson_append_array_end(&id, &keys);
	bson_append_document_end(&filter, &id);
	rc = fetch(b, mc, &filter, 0, NULL);
	bson_destroy(&filter);
	for (struct mg_slot *s = b->slots; rc == 0 && s != NULL; s = s->next)
		s->loaded = s->loaded || s->mc == mc;
	return rc;
}

static int
load_one(struct mg_batch *b, struct mg_slot *slot)
{
	bson_t filter = BSON_INITIALIZER;
	int rc;

	BSON_APPEND_UTF8(&filter, "_id", slot->key);
	rc = fetch(b, slot->mc, &filter, 1, NULL);
	bson_destroy(&filter);
	slot->loaded = rc == 0;
	return rc;
}

int
mg_slots_load(struct mg_batch *b)
{
	for (const struct mg_item *i = b->items; i < b->items + b->count; i++)
		if (!i->settled && i->w->key != NULL && i->w->op != PARLEY_WRITE_APPEND &&
		    i->w->op != PARLEY_WRITE_SEEK && i->w->op != PARLEY_WRITE_FLOOR &&
		    mg_slot_peek(b, i->mc, i->w->key) == NULL)
			slot_add(b, i->mc, i->w->key);
	for (struct mg_collection *mc = b->s->collections; mc != NULL; mc = mc->next) {
		unsigned n = 0;

		for (const struct mg_slot *s = b->slots; s != NULL; s = s->next)
			n += is_wanted(s, mc);
		if (n > FEW && load_collection(b, mc, n) != 0)
			return -1;
	}
	return 0;
}

struct mg_slot *
mg_slot(struct mg_batch *b, struct mg_collection *mc, const char *key)
{
	struct mg_slot *slot = mg_slot_peek(b, mc, key);

	if (slot == NULL)
		slot = slot_add(b, mc, key);
	if (!slot->loaded && load_one(b, slot) != 0)
		return NULL;
	return slot;
}

/* ---- the last seq of each stream ---------------------------------------------------------- */

/* The place of the stream, or the one that it may have. */
static struct mg_top *
top_place(const struct mg_collection *mc, const char *stream, uint32_t h)
{
	struct mg_top *places = &mc->tops[h & (MG_TOPS - MG_TOP_WAYS)], *oldest = places;

	for (struct mg_top *top = places; top < places + MG_TOP_WAYS; top++) {
		if (top->stream != NULL && top->hash == h && strcmp(top->stream, stream) == 0)
			return top;
		if (top->set < oldest->set)
			oldest = top;
	}
	return oldest;
}

void
mg_top_set(struct mg_collection *mc, const char *stream, int64_t seq)
{
	uint32_t h = hash(stream);
	struct mg_top *top = top_place(mc, stream, h);

	if (top->stream == NULL || strcmp(top->stream, stream) != 0) {
		free(top->stream);
		top->stream = parley_strdup(stream);
		top->hash = h;
	}
	top->seq = seq;
	top->set = ++mc->tops_set;
}

void
mg_top_forget(struct mg_collection *mc, const char *stream)
{
	struct mg_top *top = top_place(mc, stream, hash(stream));

	if (top->stream == NULL || strcmp(top->stream, stream) != 0)
		return;
	free(top->stream);
	*top = (struct mg_top){ 0 };
}

void
mg_tops_clear(struct mg_collection *mc)
{
	for (unsigned i = 0; mc->tops != NULL && i < MG_TOPS; i++) {
		free(mc->tops[i].stream);
		mc->tops[i] = (struct mg_top){ 0 };
	}
}

/* The member q of the first document, when there is one; raises *seq_r. */
static int
read_seq(struct mg_batch *b, mongoc_collection_t *from, const bson_t *filter, const bson_t *opts,
    int64_t *seq_r)
{
	mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(from, filter, opts, NULL);
	bson_error_t error;
	const bson_t *bson;
	bson_iter_t at;
	int rc = 0;

	if (mongoc_cursor_next(cursor, &bson) && bson_iter_init_find(&at, bson, "q") &&
	    BSON_ITER_HOLDS_INT64(&at) && bson_iter_int64(&at) > *seq_r)
		*seq_r = bson_iter_int64(&at);
	if (mongoc_cursor_error(cursor, &error))
		rc = mg_fail(&b->s->breaker, &error, "look for the end of a stream", b->err);
	mongoc_cursor_destroy(cursor);
	return rc;
}

int
mg_top_get(struct mg_batch *b, struct mg_collection *mc, const char *stream, int64_t *seq_r)
{
	const struct mg_top *top = top_place(mc, stream, hash(stream));
	bson_t *filter, *opts;
	char floor[PARLEY_KEY_MAX + 32];
	int rc;

	*seq_r = 0;
	if (top->stream != NULL && strcmp(top->stream, stream) == 0) {
		*seq_r = top->seq;
		return 0;
	}
	filter = BCON_NEW("s", BCON_UTF8(stream));
	opts = BCON_NEW("sort", "{", "s", BCON_INT32(-1), "q", BCON_INT32(-1), "}", "limit",
	    BCON_INT64(1), "projection", "{", "q", BCON_INT32(1), "}");
	rc = read_seq(b, mc->docs, filter, opts, seq_r);
	bson_destroy(filter);
	bson_destroy(opts);
	snprintf(floor, sizeof floor, "%s/%s", mc->c->name, stream);
	filter = BCON_NEW("_id", BCON_UTF8(floor));
	if (rc == 0)
		rc = read_seq(b, b->s->floors, filter, NULL, seq_r);
	bson_destroy(filter);
	if (rc == 0)
		mg_top_set(mc, stream, *seq_r);
	return rc;
}
