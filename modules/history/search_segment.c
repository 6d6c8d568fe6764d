/* SPDX-License-Identifier: MIT */
/* search_segment.c - segments of the index in the store: read, and removed. */
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

void
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

int
segment_read(const struct segment *seg, char kind, uint32_t from, uint32_t count,
    struct parley_docs *out, struct parley_error *err)
{
	char low[KEY_SIZE], high[KEY_SIZE];
	const struct parley_query query = {
		.where = { { .field = "key", .op = PARLEY_OP_GE, .text = low },
		    { .field = "key", .op = PARLEY_OP_LT, .text = high } },
		.order_by = "key",
		.limit = count,
	};

	block_key(low, seg->id, kind, from);
	block_key(high, seg->id, kind, from + count);
	if (parley_store_find(&search_blocks, &query, out, err) != 0)
		return -1;
	if (out->count == count)
		return 0;
	parley_docs_fini(out);
	return parley_fail(err, PARLEY_INTERNAL, NULL,
	    "search: of %u blocks from %s on some are missing", (unsigned)count, low);
}

int
block_bytes(const struct parley_doc *doc, struct parley_text *out, struct parley_error *err)
{
	const struct parley_json *bytes = parley_json_get(doc->root, "bytes");

	if (parley_base64_get(out, parley_json_string_or(bytes, "?"), parley_json_len(bytes)) == 0)
		return 0;
	return parley_fail(err, PARLEY_INTERNAL, NULL, "search: %s is damaged", doc->key);
}

int
block_places(
    const struct parley_doc *doc, struct place places[PLACES_MAX], struct parley_error *err)
{
	struct parley_text bytes = { 0 };
	size_t count;

	memset(places, 0, PLACES_MAX * sizeof *places);
	if (block_bytes(doc, &bytes, err) != 0)
		return -1;
	count = bytes.len / PLACE_BYTES;
	for (size_t i = 0; i < count && i < PLACES_MAX; i++) {
		memcpy(&places[i].chat, bytes.s + i * PLACE_BYTES, 8);
		memcpy(&places[i].seq, bytes.s + i * PLACE_BYTES + 8, 4);
	}
	parley_text_fini(&bytes);
	return 0;
}

/* ---- the list ----------------------------------------------------------------------------- */

void
segment_add(struct search *s, struct segment *seg, struct segment *const *others, size_t count)
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

/* ---- removing ----------------------------------------------------------------------------- */

#define REMOVE_MAX 16 /* blocks in a commit; what they said is overwritten on the disk */

/* Those of one kind, whose number is known. */
static int
remove_kind(struct search *s, const struct segment *seg, char kind, uint32_t count,
    struct parley_error *err)
{
	char keys[REMOVE_MAX][KEY_SIZE];
	struct parley_entry entries[REMOVE_MAX];

	for (uint32_t at = 0; at < count;) {
		unsigned n = count - at < REMOVE_MAX ? count - at : REMOVE_MAX;
		int64_t began = parley_monotonic();

		for (unsigned i = 0; i < n; i++) {
			block_key(keys[i], seg->id, kind, at + i);
			entries[i] = (struct parley_entry){ .key = keys[i] };
		}
		if (parley_store_write_many(&search_blocks, entries, n, err) != 0 ||
		    search_rest(s, began) != 0)
			return -1;
		at += n;
	}
	return 0;
}

/* Removes the blocks of a segment that is not known. */
static int
remove_blocks(unsigned id, struct parley_error *err)
{
	char low[KEY_SIZE], high[KEY_SIZE];
	const struct parley_query query = {
		.where = { { .field = "key", .op = PARLEY_OP_GE, .text = low },
		    { .field = "key", .op = PARLEY_OP_LT, .text = high } },
		.limit = REMOVE_MAX,
	};
	struct parley_entry entries[REMOVE_MAX];
	unsigned n = REMOVE_MAX;
	int rc = 0;

	snprintf(low, sizeof low, "%08x/", id);
	snprintf(high, sizeof high, "%08x0", id);
	while (rc == 0 && n == REMOVE_MAX) {
		struct parley_docs docs = { 0 };

		rc = parley_store_find(&search_blocks, &query, &docs, err);
		n = docs.count;
		for (unsigned i = 0; i < n; i++)
			entries[i] = (struct parley_entry){ .key = docs.docs[i]->key };
		if (rc == 0 && n > 0)
			rc = parley_store_write_many(&search_blocks, entries, n, err);
		parley_docs_fini(&docs);
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

	uint32_t places = (seg->count + seg->places - 1) / seg->places;

	if (remove_head(seg->id, err) != 0 || remove_kind(s, seg, 't', seg->blocks, err) != 0 ||
	    remove_kind(s, seg, 'p', places, err) != 0)
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
	seg->places = (uint32_t)parley_json_int(parley_json_get(doc->root, "places"), PLACES_MAX);
	if (seg->places == 0 || seg->places > PLACES_MAX)
		seg->places = PLACES_MAX;
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

		segment_add(s, seg, NULL, 0);
		if (seg->id >= s->next_id)
			s->next_id = seg->id + 1;
		if (seg->base + seg->count > s->next)
			s->next = seg->base + seg->count;
		if (strcmp(seg->last, s->position) > 0)
			snprintf(s->position, sizeof s->position, "%s", seg->last);
	}
	retire_replaced(s, &docs);
	parley_docs_fini(&docs);
	return remove_orphans(s, err);
}
