/* SPDX-License-Identifier: MIT */
/* search_segment.c - segments of the index in the store. A segment is there once its own document
 * is, which is written last; blocks without one are left over from a crash. */
#include "search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct parley_field no_fields[] = { { 0 } };
static const struct parley_index no_indexes[] = { { .fields = { NULL } } };

const struct parley_collection search_segments = {
	.name = "search_segments",
	.version = 1,
	.fields = no_fields,
	.indexes = no_indexes,
};
/* "SEGMENT/tNUMBER" of terms, "SEGMENT/pNUMBER" of places. */
const struct parley_collection search_blocks = {
	.name = "search_blocks",
	.version = 1,
	.fields = no_fields,
	.indexes = no_indexes,
};

#define PLACE_BYTES 12
#define KEY_SIZE    32

static void
block_key(char key[KEY_SIZE], unsigned id, char kind, uint32_t number)
{
	snprintf(key, KEY_SIZE, "%08x/%c%08x", id, kind, number);
}

void
segment_free(struct segment **seg)
{
	if (*seg == NULL)
		return;
	free((*seg)->terms);
	free(*seg);
	*seg = NULL;
}

/* ---- reading ------------------------------------------------------------------------------ */

static int
read_bytes(const char *key, struct parley_text *out, struct parley_error *err)
{
	struct parley_doc *doc = parley_store_get(&search_blocks, key, err);
	const struct parley_json *bytes;
	int rc;

	if (doc == NULL)
		return -1;
	bytes = parley_json_get(doc->root, "bytes");
	rc = parley_base64_get(out, parley_json_string_or(bytes, "?"), parley_json_len(bytes));
	parley_doc_free(&doc);
	return rc == 0 ? 0 : parley_fail(err, PARLEY_INTERNAL, NULL, "search: %s is damaged", key);
}

int
segment_read(
    const struct segment *seg, uint32_t block, struct parley_text *out, struct parley_error *err)
{
	char key[KEY_SIZE];

	block_key(key, seg->id, 't', block);
	return read_bytes(key, out, err);
}

int
segment_places(const struct segment *seg, uint32_t block, struct place places[PLACES_IN_BLOCK],
    struct parley_error *err)
{
	struct parley_text bytes = { 0 };
	char key[KEY_SIZE];
	size_t count;

	block_key(key, seg->id, 'p', block);
	if (read_bytes(key, &bytes, err) != 0) {
		parley_text_fini(&bytes);
		return -1;
	}
	memset(places, 0, PLACES_IN_BLOCK * sizeof *places);
	count = bytes.len / PLACE_BYTES;
	for (size_t i = 0; i < count && i < PLACES_IN_BLOCK; i++) {
		memcpy(&places[i].chat, bytes.s + i * PLACE_BYTES, 8);
		memcpy(&places[i].seq, bytes.s + i * PLACE_BYTES + 8, 4);
	}
	parley_text_fini(&bytes);
	return 0;
}

/* ---- writing ------------------------------------------------------------------------------ */

struct segment_writer *
segment_writer_new(struct search *s, unsigned level, int64_t base)
{
	struct segment_writer *w = parley_alloc(sizeof *w);

	w->seg = parley_alloc(sizeof *w->seg);
	w->seg->id = s->next_id++;
	w->seg->level = level;
	w->seg->base = base;
	return w;
}

void
segment_writer_free(struct segment_writer **w)
{
	if (*w == NULL)
		return;
	segment_free(&(*w)->seg);
	block_fini(&(*w)->block);
	free(*w);
	*w = NULL;
}

static int
write_bytes(const char *key, const void *bytes, size_t len, struct parley_error *err)
{
	struct parley_text json = { 0 };
	int rc;

	parley_text_reserve(&json, len * 4 / 3 + 20);
	parley_text_puts(&json, "{\"bytes\":\"");
	parley_base64_put(&json, bytes, len);
	parley_text_puts(&json, "\"}");
	rc = parley_store_put(&search_blocks, key, &json, err);
	parley_text_fini(&json);
	return rc;
}

static int
write_terms(struct segment_writer *w, struct parley_error *err)
{
	struct segment *seg = w->seg;
	char key[KEY_SIZE];

	if (w->block.bytes.len == 0)
		return 0;
	block_key(key, seg->id, 't', seg->blocks);
	if (write_bytes(key, w->block.bytes.s, w->block.bytes.len, err) != 0)
		return -1;
	if (seg->blocks == w->terms_room) {
		uint32_t *terms;

		w->terms_room = w->terms_room == 0 ? 64 : w->terms_room * 2;
		terms = parley_alloc(w->terms_room * sizeof *terms);
		if (seg->blocks > 0)
			memcpy(terms, seg->terms, seg->blocks * sizeof *terms);
		free(seg->terms);
		seg->terms = terms;
	}
	seg->terms[seg->blocks++] = w->block.first;
	block_begin(&w->block);
	return 0;
}

int
segment_put(struct segment_writer *w, uint32_t term, const uint32_t *messages, size_t count,
    struct parley_error *err)
{
	while (count > 0) {
		size_t n = count < BLOCK_MESSAGES ? count : BLOCK_MESSAGES;

		block_put(&w->block, term, messages, n);
		if (block_is_full(&w->block) && write_terms(w, err) != 0)
			return -1;
		messages += n;
		count -= n;
	}
	return 0;
}

static int
write_places(struct segment_writer *w, uint32_t count, struct parley_error *err)
{
	char key[KEY_SIZE], *bytes = parley_alloc(count * PLACE_BYTES);
	int rc;

	for (uint32_t i = 0; i < count; i++) {
		memcpy(bytes + i * PLACE_BYTES, &w->places[i].chat, 8);
		memcpy(bytes + i * PLACE_BYTES + 8, &w->places[i].seq, 4);
	}
	block_key(key, w->seg->id, 'p', (w->seg->count - 1) / PLACES_IN_BLOCK);
	rc = write_bytes(key, bytes, count * PLACE_BYTES, err);
	free(bytes);
	return rc;
}

int
segment_put_place(struct segment_writer *w, const struct place *place, struct parley_error *err)
{
	w->places[w->place_count++] = *place;
	w->seg->count++;
	if (w->place_count < PLACES_IN_BLOCK)
		return 0;
	w->place_count = 0;
	return write_places(w, PLACES_IN_BLOCK, err);
}

static int
write_head(const struct segment *seg, struct segment *const *others, size_t count,
    struct parley_error *err)
{
	struct parley_text json = { 0 };
	struct parley_writer w;
	char key[KEY_SIZE];
	int rc;

	parley_writer_init(&w, &json);
	parley_put_object(&w, NULL);
	parley_put_int(&w, "level", seg->level);
	parley_put_int(&w, "base", seg->base);
	parley_put_int(&w, "count", seg->count);
	parley_put_string(&w, "first", seg->first);
	parley_put_string(&w, "last", seg->last);
	parley_put_array(&w, "of");
	for (size_t i = 0; i < count; i++)
		parley_put_int(&w, NULL, others[i]->id);
	parley_put_end(&w);
	parley_put_array(&w, "terms");
	for (uint32_t i = 0; i < seg->blocks; i++)
		parley_put_int(&w, NULL, seg->terms[i]);
	parley_put_end(&w);
	parley_put_end(&w);
	snprintf(key, sizeof key, "%08x", seg->id);
	rc = parley_store_put(&search_segments, key, &json, err);
	parley_text_fini(&json);
	return rc;
}

/* Into the list, in order of base; those it stands for are retired. */
static void
add_segment(struct search *s, struct segment *seg, struct segment *const *others, size_t count)
{
	size_t at = s->segment_count;

	if (s->segment_count == s->segment_room) {
		struct segment **more;

		s->segment_room = s->segment_room == 0 ? 32 : s->segment_room * 2;
		more = parley_alloc(s->segment_room * sizeof(*more));
		if (s->segment_count > 0)
			memcpy(more, s->segments, s->segment_count * sizeof(*more));
		free(s->segments);
		s->segments = more;
	}
	for (; at > 0 && s->segments[at - 1]->base > seg->base; at--)
		s->segments[at] = s->segments[at - 1];
	s->segments[at] = seg;
	s->segment_count++;
	for (size_t i = 0; i < count; i++)
		others[i]->retired = true;
}

int
segment_finish(struct search *s, struct segment_writer *w, struct segment *const *others,
    size_t count, struct parley_error *err)
{
	if (write_terms(w, err) != 0 ||
	    (w->place_count > 0 && write_places(w, w->place_count, err) != 0) ||
	    write_head(w->seg, others, count, err) != 0)
		return -1;
	add_segment(s, w->seg, others, count);
	w->seg = NULL;
	return 0;
}

/* ---- removing ----------------------------------------------------------------------------- */

/* Removes the blocks of a segment, also such as are not known. */
static int
remove_blocks(unsigned id, struct parley_error *err)
{
	char low[KEY_SIZE], high[KEY_SIZE];
	const struct parley_query query = {
		.where = { { .field = "key", .op = PARLEY_OP_GE, .text = low },
		    { .field = "key", .op = PARLEY_OP_LT, .text = high } },
		.limit = 20,
	};
	struct parley_docs docs = { .count = 20 };
	int rc = 0;

	snprintf(low, sizeof low, "%08x/", id);
	snprintf(high, sizeof high, "%08x0", id);
	while (rc == 0 && docs.count == 20) {
		docs = (struct parley_docs){ 0 };
		rc = parley_store_find(&search_blocks, &query, &docs, err);
		for (uint32_t i = 0; i < docs.count && rc == 0; i++)
			rc = parley_store_remove(&search_blocks, docs.docs[i]->key, NULL, err);
		if (rc == 0 && docs.count == 20) {
			parley_docs_fini(&docs);
			docs.count = 20;
		} else {
			parley_docs_fini(&docs);
		}
	}
	return rc;
}

static int
remove_head(unsigned id, struct parley_error *err)
{
	struct parley_error why = { 0 };
	char key[KEY_SIZE];

	snprintf(key, sizeof key, "%08x", id);
	if (parley_store_remove(&search_segments, key, NULL, &why) == 0 ||
	    why.code == PARLEY_NOT_FOUND)
		return 0;
	*err = why;
	return -1;
}

int
segment_remove(struct search *s, struct segment *seg, struct parley_error *err)
{
	size_t at = 0;

	if (remove_head(seg->id, err) != 0 || remove_blocks(seg->id, err) != 0)
		return -1;
	while (at < s->segment_count && s->segments[at] != seg)
		at++;
	if (at < s->segment_count) {
		s->segment_count--;
		memmove(&s->segments[at], &s->segments[at + 1],
		    (s->segment_count - at) * sizeof(*s->segments));
	}
	segment_free(&seg);
	return 0;
}

/* ---- at the start ------------------------------------------------------------------------- */

static struct segment *
segment_from(const struct parley_doc *doc)
{
	struct segment *seg = parley_alloc(sizeof *seg);
	const struct parley_json *terms = parley_json_get(doc->root, "terms"), *t;

	seg->id = (unsigned)strtoul(doc->key, NULL, 16);
	seg->level = (unsigned)parley_json_int(parley_json_get(doc->root, "level"), 0);
	seg->base = parley_json_int(parley_json_get(doc->root, "base"), 0);
	seg->count = (uint32_t)parley_json_int(parley_json_get(doc->root, "count"), 0);
	snprintf(seg->first, sizeof seg->first, "%s",
	    parley_json_string_or(parley_json_get(doc->root, "first"), ""));
	snprintf(seg->last, sizeof seg->last, "%s",
	    parley_json_string_or(parley_json_get(doc->root, "last"), ""));
	seg->terms = parley_alloc((parley_json_len(terms) + 1) * sizeof *seg->terms);
	for (t = parley_json_first(terms); t != NULL; t = parley_json_next(terms, t))
		seg->terms[seg->blocks++] = (uint32_t)parley_json_int(t, 0);
	return seg;
}

static struct segment *
segment_by_id(const struct search *s, unsigned id)
{
	for (size_t i = 0; i < s->segment_count; i++)
		if (s->segments[i]->id == id)
			return s->segments[i];
	return NULL;
}

static void
retire_replaced(const struct search *s, const struct parley_docs *docs)
{
	for (uint32_t i = 0; i < docs->count; i++) {
		const struct parley_json *of = parley_json_get(docs->docs[i]->root, "of"), *id;

		for (id = parley_json_first(of); id != NULL; id = parley_json_next(of, id)) {
			struct segment *seg = segment_by_id(s, (unsigned)parley_json_int(id, 0));

			if (seg != NULL)
				seg->retired = true;
		}
	}
}

/* What a crash has left over: blocks of segments that never were, or are no more. */
static int
remove_orphans(struct search *s, struct parley_error *err)
{
	char after[KEY_SIZE] = "";
	const struct parley_query query = {
		.where = { { .field = "key", .op = PARLEY_OP_GT, .text = after } },
		.order_by = "key",
		.limit = 1,
	};
	struct parley_docs docs = { 0 };
	int rc;

	while (
	    (rc = parley_store_find(&search_blocks, &query, &docs, err)) == 0 && docs.count == 1) {
		unsigned id = (unsigned)strtoul(docs.docs[0]->key, NULL, 16);

		parley_docs_fini(&docs);
		snprintf(after, sizeof after, "%08x0", id);
		if (id >= s->next_id)
			s->next_id = id + 1;
		if (segment_by_id(s, id) == NULL && remove_blocks(id, err) != 0)
			return -1;
	}
	parley_docs_fini(&docs);
	return rc;
}

int
segments_load(struct search *s, struct parley_error *err)
{
	const struct parley_query query = { .limit = PARLEY_FIND_LIMIT };
	struct parley_docs docs = { 0 };

	if (parley_store_find(&search_segments, &query, &docs, err) != 0)
		return -1;
	for (uint32_t i = 0; i < docs.count; i++) {
		struct segment *seg = segment_from(docs.docs[i]);

		add_segment(s, seg, NULL, 0);
		if (seg->id >= s->next_id)
			s->next_id = seg->id + 1;
		if (seg->base + seg->count > s->fresh_base)
			s->fresh_base = seg->base + seg->count;
		if (strcmp(seg->last, s->position) > 0)
			snprintf(s->position, sizeof s->position, "%s", seg->last);
	}
	retire_replaced(s, &docs);
	parley_docs_fini(&docs);
	return remove_orphans(s, err);
}
