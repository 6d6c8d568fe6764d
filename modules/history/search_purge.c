/* SPDX-License-Identifier: MIT */
/* search_purge.c - messages that were deleted or edited leave the index: segments that have them
 * are written anew, and what they say now is indexed again. */
#include "search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PURGE_MAX      1000
#define PURGE_EVERY_MS (24 * 3600 * 1000LL)
#define PURGE_LEAST_MS (120 * 1000)
/* Who deletes says so first and does it then; what is older than this was done. */
#define DONE_MS     (60 * 1000)
#define READ_BLOCKS 8

bool
purge_is_due(const struct search *s)
{
	int64_t since = parley_now() - s->purged;

	return s->gone > 0 && s->complete &&
	       (since >= PURGE_EVERY_MS || (s->gone >= PURGE_MAX && since >= PURGE_LEAST_MS));
}

int
purge_count(struct search *s, struct parley_error *err)
{
	const struct parley_query query = { .limit = 1 };
	int64_t count = parley_store_count(&search_gone_collection, &query, PURGE_MAX, err);

	s->gone = count > 0 ? (unsigned)count : 0;
	return count < 0 ? -1 : 0;
}

/* ---- which ones --------------------------------------------------------------------------- */

/* Those that are gone for certain. */
static int
find_gone(struct parley_docs *docs, struct parley_error *err)
{
	const struct parley_query query = { .limit = PURGE_MAX };
	int64_t before = parley_now() - DONE_MS;
	uint32_t kept = 0;

	if (parley_store_find(&search_gone_collection, &query, docs, err) != 0)
		return -1;
	for (uint32_t i = 0; i < docs->count; i++)
		if (parley_json_int(parley_json_get(docs->docs[i]->root, "at"), 0) <= before)
			docs->docs[kept++] = docs->docs[i];
		else
			parley_doc_free(&docs->docs[i]);
	docs->count = kept;
	return 0;
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

/* Where they are looked for, and those that are found. */
struct marking {
	const struct segment *seg;
	const struct place *gone;
	size_t gone_count;
	uint8_t *bits; /* of the segment's messages */
	unsigned found;
	struct place places[PLACES_MAX];
};

static void
mark_places(struct marking *m, uint32_t first)
{
	for (uint32_t i = 0; i < m->seg->places && first + i < m->seg->count; i++)
		if (m->places[i].seq != 0 && bsearch(&m->places[i], m->gone, m->gone_count,
						 sizeof *m->gone, by_place) != NULL) {
			m->bits[(first + i) / 8] |= (uint8_t)(1 << (first + i) % 8);
			m->found++;
		}
}

/* Looks at all places of the segment. */
static int
mark_gone(struct search *s, struct marking *m, struct parley_error *err)
{
	uint32_t blocks = (m->seg->count + m->seg->places - 1) / m->seg->places;
	int rc = 0;

	for (uint32_t b = 0; b < blocks && rc == 0; b += READ_BLOCKS) {
		uint32_t n = blocks - b < READ_BLOCKS ? blocks - b : READ_BLOCKS;
		int64_t began = parley_monotonic();
		struct parley_docs docs = { 0 };

		rc = segment_read(m->seg, 'p', b, n, &docs, err);
		for (uint32_t i = 0; i < docs.count && rc == 0; i++) {
			rc = block_places(docs.docs[i], m->places, err);
			if (rc == 0)
				mark_places(m, (b + i) * m->seg->places);
		}
		parley_docs_fini(&docs);
		if (rc == 0)
			rc = search_rest(s, began);
	}
	return rc;
}

/* ---- the work ----------------------------------------------------------------------------- */

static int
purge_segment(struct history *h, struct segment *seg, const struct parley_docs *gone,
    struct parley_error *err)
{
	struct place *places = gone_places(h->search, gone);
	struct marking *m = parley_alloc(sizeof *m);
	int rc;

	m->seg = seg;
	m->gone = places;
	m->gone_count = gone->count;
	m->bits = parley_alloc(seg->count / 8 + 1);
	rc = mark_gone(h->search, m, err);
	if (rc == 0 && m->found > 0) {
		rc = merge_segments(h->search, &seg, 1, seg->level, m->bits, err);
		h->search_purged += rc == 0 ? m->found : 0;
	}
	free(m->bits);
	free(m);
	free(places);
	return rc;
}

/* The segments that are there when it begins; new ones go behind them. */
static int
purge_segments(struct history *h, const struct parley_docs *all, struct parley_error *err)
{
	const struct search *s = h->search;
	struct parley_docs some = { .docs = parley_alloc((all->count + 1) * sizeof(*some.docs)) };
	int64_t end = s->next, at = 0;
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

/* What is waiting may have what they said, too. */
static int
index_all(struct search *s, struct parley_error *err)
{
	int64_t until = s->next + s->pending.count;

	do {
		int64_t began = parley_monotonic();

		/* Also when nothing is waiting: a worker may have the last of it. */
		if (search_take(s) != 0 || search_rest(s, began) != 0)
			return -1;
		if (s->fresh_count >= FRESH_MOST && search_flush(s, err) != 0)
			return -1;
	} while (s->next < until && s->pending.count > 0);
	return search_flush(s, err);
}

/* All segments are without the message. */
static int
is_purged(struct search *s, const struct parley_doc *gone, struct parley_error *err)
{
	const struct parley_cond when[] = { { .field = "at",
						.op = PARLEY_OP_EQ,
						.integer = parley_json_int(
						    parley_json_get(gone->root, "at"), 0) },
		{ 0 } };
	struct parley_error why = { 0 };

	if (search_read_again(s, gone, err) != 0)
		return -1;
	if (parley_store_remove(&search_gone_collection, gone->key, when, &why) == 0 ||
	    why.code == PARLEY_CONFLICT || why.code == PARLEY_NOT_FOUND)
		return 0;
	*err = why;
	return -1;
}

int
search_purge(struct history *h, struct parley_error *err)
{
	struct search *s = h->search;
	struct parley_docs gone = { 0 };
	int rc = find_gone(&gone, err);

	if (rc == 0 && gone.count > 0)
		rc = index_all(s, err);
	if (rc == 0 && gone.count > 0)
		rc = purge_segments(h, &gone, err);
	for (uint32_t i = 0; i < gone.count && rc == 0; i++) {
		int64_t began = parley_monotonic();

		rc = is_purged(s, gone.docs[i], err);
		if (rc == 0)
			rc = search_rest(s, began);
	}
	parley_docs_fini(&gone);
	if (rc == 0)
		rc = purge_count(s, err);
	return rc == 0 ? merge_remove_retired(s, err) : -1;
}
