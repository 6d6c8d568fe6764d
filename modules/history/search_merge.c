/* SPDX-License-Identifier: MIT */
/* search_merge.c - segments become a larger one. The router's thread reads some blocks of each and
 * stores what comes of them; a worker does all between. */
#include "search.h"

#include <stdlib.h>
#include <string.h>

#define READ_BLOCKS 8 /* of a segment at once */

/* Walks over the terms of a segment. */
struct cursor {
	struct segment *seg;
	uint32_t offset;         /* what its messages' numbers grow by */
	uint32_t block;          /* the next to be read */
	struct parley_docs docs; /* blocks that were read, */
	uint32_t doc;            /* and the next to be opened */
	struct parley_text bytes;
	struct block_reader reader;
	bool ready; /* reader is at a term */
	bool end;
};

/* Several segments as if they were one, without some messages. */
struct merge {
	struct search *search;
	struct cursor *cursors;
	size_t count;
	const uint8_t *gone; /* a bit for each message of the result; or NULL */
	uint32_t term;
	struct numbers numbers; /* of messages that have it, as far as it was walked over */
	struct segment_writer *w;
	uint32_t message; /* the place of which comes next */
	bool done;
	int rc; /* of a worker, with err */
	struct parley_error err;
};

static bool
is_gone(const struct merge *m, uint32_t number)
{
	return m->gone != NULL && (m->gone[number / 8] >> number % 8 & 1) != 0;
}

/* ---- terms, on a worker ------------------------------------------------------------------- */

/* To the next term, if the blocks that were read go so far. */
static int
cursor_next(struct cursor *c, struct parley_error *err)
{
	c->ready = false;
	while (!block_next_term(&c->reader)) {
		if (c->reader.damaged)
			return parley_fail(err, PARLEY_INTERNAL, NULL,
			    "search: a block of segment %08x is damaged", c->seg->id);
		if (c->doc == c->docs.count) {
			c->end = c->block == c->seg->blocks;
			return 0;
		}
		parley_text_clear(&c->bytes);
		if (block_bytes(c->docs.docs[c->doc++], &c->bytes, err) != 0)
			return -1;
		block_open(&c->reader, &c->bytes);
	}
	c->ready = true;
	return 0;
}

static void
put_numbers(struct merge *m)
{
	segment_put(m->w, m->term, m->numbers.list, m->numbers.count);
	m->numbers.count = 0;
}

/* What a cursor has of a term; those before it have no more of that. */
static void
take_term(struct merge *m, struct cursor *c)
{
	if (c->reader.term != m->term || m->numbers.count >= BLOCK_MESSAGES)
		put_numbers(m);
	m->term = c->reader.term;
	while (block_next_message(&c->reader))
		if (c->reader.message < c->seg->count && !is_gone(m, c->reader.message + c->offset))
			numbers_add(&m->numbers, c->reader.message + c->offset);
}

/* The one with the lowest term, of equals the first. NULL: none, or blocks are to be read. */
static struct cursor *
lowest(struct merge *m)
{
	struct cursor *found = NULL;

	m->done = true;
	for (size_t i = 0; i < m->count; i++) {
		struct cursor *c = &m->cursors[i];

		if (c->end)
			continue;
		m->done = false;
		if (!c->ready)
			return NULL;
		if (found == NULL || c->reader.term < found->reader.term)
			found = c;
	}
	return found;
}

/* Until it is through, or something is to be read or stored. */
static void
merge_on_worker(void *arg)
{
	struct merge *m = arg;
	struct cursor *c;

	for (size_t i = 0; i < m->count && m->rc == 0; i++)
		if (!m->cursors[i].ready && !m->cursors[i].end)
			m->rc = cursor_next(&m->cursors[i], &m->err);
	while (m->rc == 0 && !segment_is_heavy(m->w) && (c = lowest(m)) != NULL) {
		take_term(m, c);
		m->rc = cursor_next(c, &m->err);
	}
	if (m->done)
		put_numbers(m);
}

/* ---- places, on a worker ------------------------------------------------------------------ */

static void
put_places(struct merge *m, const struct segment *seg, const struct place *places, uint32_t *left)
{
	const struct place nowhere = { 0 };

	for (uint32_t i = 0; i<seg->places && * left> 0; i++, --*left, m->message++)
		segment_put_place(m->w, is_gone(m, m->message) ? &nowhere : &places[i]);
}

/* The blocks that the first cursor whose docs are not used up has read. */
static void
places_on_worker(void *arg)
{
	struct merge *m = arg;
	struct place *places = parley_alloc(PLACES_MAX * sizeof *places);

	for (size_t i = 0; i < m->count && m->rc == 0; i++) {
		struct cursor *c = &m->cursors[i];

		while (c->doc < c->docs.count && m->rc == 0) {
			uint32_t left = c->offset + c->seg->count - m->message;

			m->rc = block_places(c->docs.docs[c->doc++], places, &m->err);
			if (m->rc == 0)
				put_places(m, c->seg, places, &left);
		}
	}
	free(places);
}

/* ---- reading and storing ------------------------------------------------------------------ */

static int
read_on(struct cursor *c, char kind, uint32_t blocks, struct parley_error *err)
{
	uint32_t n = blocks - c->block < READ_BLOCKS ? blocks - c->block : READ_BLOCKS;

	if (c->doc < c->docs.count || n == 0)
		return 0;
	parley_docs_fini(&c->docs);
	c->docs = (struct parley_docs){ 0 };
	c->doc = 0;
	if (segment_read(c->seg, kind, c->block, n, &c->docs, err) != 0)
		return -1;
	c->block += n;
	return 0;
}

/* Does that on a worker, then stores what there is to store, and rests. */
static int
step(struct merge *m, void (*fn)(void *arg), int64_t began, struct parley_error *err)
{
	if (search_work(fn, m) != 0)
		return -1;
	if (m->rc != 0) {
		*err = m->err;
		return -1;
	}
	if (search_rest(m->search, began) != 0)
		return -1;
	return segment_is_heavy(m->w) ? segment_store(m->search, m->w, err) : 0;
}

static int
merge_terms(struct merge *m, struct parley_error *err)
{
	while (!m->done) {
		int64_t began = parley_monotonic();

		for (size_t i = 0; i < m->count; i++)
			if (read_on(&m->cursors[i], 't', m->cursors[i].seg->blocks, err) != 0)
				return -1;
		if (step(m, merge_on_worker, began, err) != 0)
			return -1;
	}
	return 0;
}

static int
merge_places(struct merge *m, struct parley_error *err)
{
	for (size_t i = 0; i < m->count; i++) {
		struct cursor *c = &m->cursors[i];
		uint32_t blocks = (c->seg->count + c->seg->places - 1) / c->seg->places;

		c->block = 0;
		while (c->block < blocks) {
			int64_t began = parley_monotonic();

			if (read_on(c, 'p', blocks, err) != 0 ||
			    step(m, places_on_worker, began, err) != 0)
				return -1;
		}
	}
	return 0;
}

static void
begin(struct merge *m, struct segment *const *segments)
{
	struct segment *seg = m->w->seg;

	for (size_t i = 0; i < m->count; i++) {
		struct segment *one = segments[i];

		m->cursors[i].seg = one;
		m->cursors[i].offset =
		    i == 0 ? 0 : m->cursors[i - 1].offset + segments[i - 1]->count;
		if (i == 0 || strcmp(one->first, seg->first) < 0)
			memcpy(seg->first, one->first, sizeof seg->first);
		if (i == 0 || strcmp(one->last, seg->last) > 0)
			memcpy(seg->last, one->last, sizeof seg->last);
	}
}

int
merge_segments(struct search *s, struct segment *const *segments, size_t count, unsigned level,
    const uint8_t *gone, struct parley_error *err)
{
	struct merge m = { .search = s, .count = count, .gone = gone };
	int rc;

	m.w = segment_writer_new(s, level, segments[0]->base);
	m.cursors = parley_alloc(count * sizeof *m.cursors);
	begin(&m, segments);
	rc = merge_terms(&m, err);
	if (rc == 0)
		rc = merge_places(&m, err);
	if (rc == 0)
		rc = segment_finish(s, m.w, segments, count, err);
	if (rc == 0) {
		segment_add(s, m.w->seg, segments, count);
		m.w->seg = NULL;
	}
	segment_writer_free(&m.w);
	for (size_t i = 0; i < count; i++) {
		parley_text_fini(&m.cursors[i].bytes);
		parley_docs_fini(&m.cursors[i].docs);
	}
	free(m.cursors);
	numbers_fini(&m.numbers);
	return rc;
}

/* ---- which ones --------------------------------------------------------------------------- */

/* Eight neighbours of one level, or none. */
static bool
find_neighbours(const struct search *s, struct segment *found[MERGE_SEGMENTS])
{
	size_t n = 0;

	for (size_t i = 0; i < s->segment_count && n < MERGE_SEGMENTS; i++) {
		struct segment *seg = s->segments[i];

		if (seg->retired)
			continue;
		if (n > 0 && seg->level != found[0]->level)
			n = 0;
		if (seg->level < LEVEL_MAX)
			found[n++] = seg;
	}
	return n == MERGE_SEGMENTS;
}

int
merge_remove_retired(struct search *s, struct parley_error *err)
{
	for (size_t i = 0; i < s->segment_count;) {
		struct segment *seg = s->segments[i];

		if (!seg->retired || seg->uses > 0)
			i++;
		else if (segment_remove(s, seg, err) != 0)
			return -1;
	}
	return 0;
}

int
search_merge(struct search *s, struct parley_error *err)
{
	struct segment *found[MERGE_SEGMENTS];

	while (find_neighbours(s, found))
		if (merge_segments(s, found, MERGE_SEGMENTS, found[0]->level + 1, NULL, err) != 0)
			return -1;
	return merge_remove_retired(s, err);
}
