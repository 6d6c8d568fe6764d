/* SPDX-License-Identifier: MIT */
/* search_merge.c - fresh terms become a segment, and segments a larger one. */
#include "search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- fresh -------------------------------------------------------------------------------- */

static void
sort_on_worker(void *arg)
{
	postings_sort(arg);
}

static int
put_fresh(const struct postings *p, const struct fresh *f, struct segment_writer *w,
    struct parley_error *err)
{
	struct numbers messages = { 0 };
	size_t at = 0;
	int rc = 0;

	while (at < p->count && rc == 0) {
		uint32_t term = (uint32_t)(p->list[at] >> 32);

		messages.count = 0;
		while (at < p->count && (uint32_t)(p->list[at] >> 32) == term)
			numbers_add(&messages, (uint32_t)p->list[at++]);
		rc = segment_put(w, term, messages.list, messages.count, err);
	}
	numbers_fini(&messages);
	if (rc != 0)
		return -1;
	for (uint32_t i = 0; i < f->count; i++)
		if (segment_put_place(w, &f->places[i], err) != 0)
			return -1;
	return 0;
}

/* Searches look at fresh meanwhile, so it is a copy that is sorted. */
static int
sort_copy(const struct postings *from, struct postings *to, struct parley_error *err)
{
	*to = (struct postings){ .count = from->count, .room = from->count };
	to->list = parley_alloc((from->count + 1) * sizeof *to->list);
	memcpy(to->list, from->list, from->count * sizeof *to->list);
	if (parley_await_work(sort_on_worker, to) == 0)
		return 0;
	return parley_fail(err, PARLEY_BUSY, NULL, "the workers have enough to do");
}

int
search_flush(struct search *s, struct parley_error *err)
{
	struct fresh *f = &s->fresh;
	struct postings sorted;
	struct segment_writer *w;
	int rc;

	if (f->count == 0)
		return 0;
	w = segment_writer_new(s, 0, s->fresh_base);
	memcpy(w->seg->first, f->first, sizeof f->first);
	memcpy(w->seg->last, f->last, sizeof f->last);
	rc = sort_copy(&f->postings, &sorted, err);
	if (rc == 0)
		rc = put_fresh(&sorted, f, w, err);
	if (rc == 0)
		rc = segment_finish(s, w, NULL, 0, err);
	segment_writer_free(&w);
	postings_fini(&sorted);
	if (rc != 0)
		return -1;
	s->fresh_base += f->count;
	f->postings.count = 0;
	f->count = 0;
	f->first[0] = f->last[0] = '\0';
	return 0;
}

/* ---- walking over segments ---------------------------------------------------------------- */

struct cursor {
	struct segment *seg;
	uint32_t offset; /* what its messages' numbers grow by */
	uint32_t block;  /* the next to be read */
	struct parley_text bytes;
	struct block_reader reader;
	bool end;
};

/* To the next term, perhaps in the next block. */
static int
cursor_next(struct cursor *c, struct parley_error *err)
{
	while (!block_next_term(&c->reader)) {
		if (c->reader.damaged)
			return parley_fail(err, PARLEY_INTERNAL, NULL,
			    "search: a block of segment %08x is damaged", c->seg->id);
		c->end = c->block == c->seg->blocks;
		if (c->end)
			return 0;
		parley_text_clear(&c->bytes);
		if (segment_read(c->seg, c->block++, &c->bytes, err) != 0)
			return -1;
		block_open(&c->reader, &c->bytes);
	}
	return 0;
}

/* Several segments as if they were one, without some messages. */
struct merge {
	struct cursor *cursors;
	size_t count;
	const uint8_t *gone; /* a bit for each message of the result; or NULL */
	struct numbers numbers;
	struct place places[PLACES_IN_BLOCK];
	struct segment_writer *w;
};

static bool
is_gone(const struct merge *m, uint32_t number)
{
	return m->gone != NULL && (m->gone[number / 8] >> number % 8 & 1) != 0;
}

/* The messages of the lowest term, of all that have it. False at the end. */
static int
merge_term(struct merge *m, uint32_t *term_r, bool *more_r, struct parley_error *err)
{
	*more_r = false;
	for (size_t i = 0; i < m->count; i++)
		if (!m->cursors[i].end && (!*more_r || m->cursors[i].reader.term < *term_r)) {
			*term_r = m->cursors[i].reader.term;
			*more_r = true;
		}
	m->numbers.count = 0;
	for (size_t i = 0; i < m->count && *more_r; i++) {
		struct cursor *c = &m->cursors[i];

		while (!c->end && c->reader.term == *term_r) {
			while (block_next_message(&c->reader))
				if (!is_gone(m, c->reader.message + c->offset))
					numbers_add(&m->numbers, c->reader.message + c->offset);
			if (cursor_next(c, err) != 0)
				return -1;
		}
	}
	return 0;
}

static int
merge_places(struct merge *m, struct parley_error *err)
{
	uint32_t number = 0;

	for (size_t i = 0; i < m->count; i++) {
		const struct segment *seg = m->cursors[i].seg;

		for (uint32_t n = 0; n < seg->count; n++, number++) {
			if (n % PLACES_IN_BLOCK == 0 &&
			    segment_places(seg, n / PLACES_IN_BLOCK, m->places, err) != 0)
				return -1;
			if (is_gone(m, number))
				m->places[n % PLACES_IN_BLOCK] = (struct place){ 0 };
			if (segment_put_place(m->w, &m->places[n % PLACES_IN_BLOCK], err) != 0)
				return -1;
		}
	}
	return 0;
}

static int
merge_all(struct merge *m, struct parley_error *err)
{
	uint32_t term = 0;
	bool more;

	for (size_t i = 0; i < m->count; i++)
		if (cursor_next(&m->cursors[i], err) != 0)
			return -1;
	do {
		if (merge_term(m, &term, &more, err) != 0)
			return -1;
		if (more && segment_put(m->w, term, m->numbers.list, m->numbers.count, err) != 0)
			return -1;
	} while (more);
	return merge_places(m, err);
}

/* Writes count segments, neighbours in order of base, as one. */
static int
merge_segments(struct search *s, struct segment *const *segments, size_t count, unsigned level,
    const uint8_t *gone, struct parley_error *err)
{
	struct merge *m = parley_alloc(sizeof *m);
	int rc;

	m->count = count;
	m->gone = gone;
	m->w = segment_writer_new(s, level, segments[0]->base);
	m->cursors = parley_alloc(count * sizeof *m->cursors);
	for (size_t i = 0; i < count; i++) {
		struct segment *seg = segments[i];

		m->cursors[i].seg = seg;
		m->cursors[i].offset =
		    i == 0 ? 0 : m->cursors[i - 1].offset + segments[i - 1]->count;
		if (i == 0 || strcmp(seg->first, m->w->seg->first) < 0)
			memcpy(m->w->seg->first, seg->first, sizeof seg->first);
		if (i == 0 || strcmp(seg->last, m->w->seg->last) > 0)
			memcpy(m->w->seg->last, seg->last, sizeof seg->last);
	}
	rc = merge_all(m, err);
	if (rc == 0)
		rc = segment_finish(s, m->w, segments, count, err);
	segment_writer_free(&m->w);
	for (size_t i = 0; i < count; i++)
		parley_text_fini(&m->cursors[i].bytes);
	free(m->cursors);
	numbers_fini(&m->numbers);
	free(m);
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

static int
remove_retired(struct search *s, struct parley_error *err)
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
	return remove_retired(s, err);
}

/* ---- messages that are gone --------------------------------------------------------------- */

#define PURGE_MAX 1000

static int
find_gone(struct parley_docs *docs, struct parley_error *err)
{
	const struct parley_query query = { .limit = PURGE_MAX };

	return parley_store_find(&search_gone_collection, &query, docs, err);
}

static int
by_place(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->seq != y->seq)
		return x->seq < y->seq ? -1 : 1;
	return (x->chat > y->chat) - (x->chat < y->chat);
}

/* Where a document of search_gone_collection says that a message was. */
static struct place
gone_place(const struct search *s, const struct parley_doc *doc)
{
	char stream[PARLEY_KEY_MAX];
	const char *slash = strrchr(doc->key, '/');

	if (slash == NULL)
		return (struct place){ 0 };
	snprintf(stream, sizeof stream, "%.*s", (int)(slash - doc->key), doc->key);
	return (struct place){ place_chat(s, stream), (uint32_t)strtoull(slash + 1, NULL, 10) };
}

/* New: in order. */
static struct place *
gone_places(const struct search *s, const struct parley_docs *gone)
{
	struct place *places = parley_alloc(gone->count * sizeof *places);

	for (uint32_t i = 0; i < gone->count; i++)
		places[i] = gone_place(s, gone->docs[i]);
	qsort(places, gone->count, sizeof *places, by_place);
	return places;
}

/* Those that a segment may have: its mids are between first and last. */
static uint32_t
gone_within(const struct segment *seg, const struct parley_docs *all, struct parley_docs *out)
{
	out->count = 0;
	for (uint32_t i = 0; i < all->count; i++) {
		const char *mid =
		    parley_json_string_or(parley_json_get(all->docs[i]->root, "mid"), "");

		if (strcmp(mid, seg->first) >= 0 && strcmp(mid, seg->last) <= 0)
			out->docs[out->count++] = all->docs[i];
	}
	return out->count;
}

/* Marks them in bits; how many there are, or -1. */
static int
mark_gone(const struct segment *seg, const struct place *gone, size_t gone_count, uint8_t *bits,
    struct parley_error *err)
{
	struct place *places = parley_alloc(PLACES_IN_BLOCK * sizeof *places);
	int count = 0;

	for (uint32_t n = 0; n < seg->count && count >= 0; n++) {
		const struct place *place = &places[n % PLACES_IN_BLOCK];

		if (n % PLACES_IN_BLOCK == 0 &&
		    segment_places(seg, n / PLACES_IN_BLOCK, places, err) != 0) {
			count = -1;
		} else if (place->seq != 0 &&
			   bsearch(place, gone, gone_count, sizeof *gone, by_place) != NULL) {
			bits[n / 8] |= (uint8_t)(1 << n % 8);
			count++;
		}
	}
	free(places);
	return count;
}

static int
purge_segment(struct history *h, struct segment *seg, const struct parley_docs *gone,
    struct parley_error *err)
{
	uint8_t *bits = parley_alloc(seg->count / 8 + 1);
	struct place *places = gone_places(h->search, gone);
	int count = mark_gone(seg, places, gone->count, bits, err);
	int rc = count < 0 ? -1 : 0;

	if (count > 0)
		rc = merge_segments(h->search, &seg, 1, seg->level, bits, err);
	if (count > 0 && rc == 0)
		h->search_purged += (unsigned)count;
	free(places);
	free(bits);
	return rc;
}

/* The segments that are there when it begins; new ones go behind them. */
static int
purge_segments(struct history *h, const struct parley_docs *all, struct parley_error *err)
{
	const struct search *s = h->search;
	struct parley_docs some = { .docs = parley_alloc((all->count + 1) * sizeof(*some.docs)) };
	int64_t end = s->fresh_base, at = 0;
	int rc = 0;

	while (rc == 0 && at < end) {
		struct segment *seg = NULL;

		for (size_t i = 0; i < s->segment_count && seg == NULL; i++)
			if (!s->segments[i]->retired && s->segments[i]->base >= at)
				seg = s->segments[i];
		if (seg == NULL)
			break;
		at = seg->base + seg->count;
		if (gone_within(seg, all, &some) > 0)
			rc = purge_segment(h, seg, &some, err);
	}
	free(some.docs);
	return rc;
}

static int
flush_in_turn(struct search *s, struct parley_error *err)
{
	struct parley_ticket turn = { 0 };
	int rc;

	parley_lane_join(&s->lane, &turn);
	rc = parley_await_turn(&turn);
	if (rc == 0)
		rc = search_flush(s, err);
	parley_lane_leave(&turn);
	return rc;
}

int
search_purge(struct history *h, struct parley_error *err)
{
	struct search *s = h->search;
	struct parley_docs gone = { 0 };
	int rc = find_gone(&gone, err);

	if (rc == 0 && gone.count > 0)
		rc = flush_in_turn(s, err);
	if (rc == 0 && gone.count > 0)
		rc = purge_segments(h, &gone, err);
	for (uint32_t i = 0; i < gone.count && rc == 0; i++)
		rc = search_purged(h, gone.docs[i], err);
	if (rc == 0)
		s->gone = gone.count == PURGE_MAX ? PURGE_MAX : 0;
	parley_docs_fini(&gone);
	return rc == 0 ? remove_retired(s, err) : -1;
}
