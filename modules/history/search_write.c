/* SPDX-License-Identifier: MIT */
/* search_write.c - makes a segment: its blocks are made by workers, and stored many to a commit.
 * The document that makes it a segment is stored last; blocks without one are left over from a
 * crash. */
#include "search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PLACE_BYTES 12

struct segment_writer *
segment_writer_new(struct search *s, unsigned level, int64_t base)
{
	struct segment_writer *w = parley_alloc(sizeof *w);

	w->seg = parley_alloc(sizeof *w->seg);
	w->seg->id = s->next_id++;
	w->seg->level = level;
	w->seg->base = base;
	w->seg->places = PLACES;
	return w;
}

static void
clear_entries(struct segment_writer *w)
{
	for (size_t i = 0; i < w->entry_count; i++) {
		free((char *)(uintptr_t)w->entries[i].key);
		parley_text_fini(&w->entries[i].json);
	}
	w->entry_count = 0;
	w->bytes = 0;
}

void
segment_writer_free(struct segment_writer **w)
{
	if (*w == NULL)
		return;
	segment_free(&(*w)->seg);
	block_fini(&(*w)->block);
	clear_entries(*w);
	free((*w)->entries);
	free(*w);
	*w = NULL;
}

/* ---- blocks ------------------------------------------------------------------------------- */

/* One more to be stored; its json is to be written. */
static struct parley_text *
add_entry(struct segment_writer *w, const char *key)
{
	struct parley_entry *e;

	if (w->entry_count == w->entry_room) {
		struct parley_entry *more;

		w->entry_room = w->entry_room == 0 ? 64 : w->entry_room * 2;
		more = parley_alloc(w->entry_room * sizeof *more);
		if (w->entry_count > 0)
			memcpy(more, w->entries, w->entry_count * sizeof *more);
		free(w->entries);
		w->entries = more;
	}
	e = &w->entries[w->entry_count++];
	*e = (struct parley_entry){ .key = parley_strdup(key) };
	return &e->json;
}

static void
add_block(struct segment_writer *w, char kind, uint32_t number, const void *bytes, size_t len)
{
	struct parley_text *json;
	char key[KEY_SIZE];

	block_key(key, w->seg->id, kind, number);
	json = add_entry(w, key);
	parley_text_reserve(json, len * 4 / 3 + 20);
	parley_text_puts(json, "{\"bytes\":\"");
	parley_base64_put(json, bytes, len);
	parley_text_puts(json, "\"}");
	w->bytes += json->len;
}

static void
add_terms(struct segment_writer *w)
{
	struct segment *seg = w->seg;

	if (w->block.bytes.len == 0)
		return;
	add_block(w, 't', seg->blocks, w->block.bytes.s, w->block.bytes.len);
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
}

void
segment_put(struct segment_writer *w, uint32_t term, const uint32_t *messages, size_t count)
{
	while (count > 0) {
		size_t n = count < BLOCK_MESSAGES ? count : BLOCK_MESSAGES;

		block_put(&w->block, term, messages, n);
		if (block_is_full(&w->block))
			add_terms(w);
		messages += n;
		count -= n;
	}
}

static void
add_places(struct segment_writer *w)
{
	char bytes[PLACES * PLACE_BYTES];

	for (uint32_t i = 0; i < w->place_count; i++) {
		memcpy(bytes + i * PLACE_BYTES, &w->places[i].chat, 8);
		memcpy(bytes + i * PLACE_BYTES + 8, &w->places[i].seq, 4);
	}
	add_block(w, 'p', (w->seg->count - 1) / PLACES, bytes, w->place_count * PLACE_BYTES);
	w->place_count = 0;
}

void
segment_put_place(struct segment_writer *w, const struct place *place)
{
	w->places[w->place_count++] = *place;
	w->seg->count++;
	if (w->place_count == PLACES)
		add_places(w);
}

/* ---- storing ------------------------------------------------------------------------------ */

bool
segment_is_heavy(const struct segment_writer *w)
{
	return w->bytes >= WRITE_BYTES || w->entry_count >= PARLEY_ENTRIES_MAX;
}

/* As many from there on as are to share a commit. */
static unsigned
some_of(const struct parley_entry *entries, size_t count)
{
	size_t bytes = 0;
	unsigned n = 0;

	while (n < count && n < PARLEY_ENTRIES_MAX && bytes < WRITE_BYTES)
		bytes += entries[n++].json.len;
	return n;
}

int
segment_store(struct search *s, struct segment_writer *w, struct parley_error *err)
{
	for (size_t at = 0; at < w->entry_count;) {
		unsigned n = some_of(w->entries + at, w->entry_count - at);
		int64_t began = parley_monotonic();

		if (parley_store_write_many(&search_blocks, w->entries + at, n, err) != 0 ||
		    search_rest(s, began) != 0)
			return -1;
		at += n;
	}
	clear_entries(w);
	return 0;
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
	parley_put_int(&w, "places", seg->places);
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

int
segment_finish(struct search *s, struct segment_writer *w, struct segment *const *others,
    size_t count, struct parley_error *err)
{
	add_terms(w);
	if (w->place_count > 0)
		add_places(w);
	if (segment_store(s, w, err) != 0)
		return -1;
	return write_head(w->seg, others, count, err);
}
