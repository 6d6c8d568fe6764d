/* SPDX-License-Identifier: MIT */
/* search_purge.c - messages that were deleted or edited leave the index: segments that have them
 * are written anew, and what they say now is indexed again. */
#include "search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PURGE_MOST     (1 << 17) /* messages at once: 4 MiB */
#define PURGE_EVERY_MS (24 * 3600 * 1000LL)
#define PURGE_SOON     1000 /* so many are not kept for so long, but for */
#define PURGE_LEAST_MS (120 * 1000)
/* Who deletes says so first and does it then; what is older than this was done. */
#define DONE_MS      (60 * 1000)
#define READ_BLOCKS  8
#define READ_GONE    64 /* at once; what is done with them is done side by side */
#define GONE_KEY_MAX (PARLEY_KEY_MAX + 24)

/* One that is gone for certain. */
struct gone {
	struct place place;
	int64_t at;   /* when that was said, */
	int64_t sent; /* and when it came: ms since 1970 */
};

struct gone_list {
	struct gone *list; /* in order of their places */
	uint32_t count;
	char last[GONE_KEY_MAX]; /* the key up to which was read */
};

bool
purge_is_due(const struct search *s)
{
	int64_t since = parley_now() - s->purged;

	return s->gone > 0 && s->complete &&
	       (since >= PURGE_EVERY_MS || (s->gone >= PURGE_SOON && since >= PURGE_LEAST_MS));
}

int
purge_count(struct search *s, struct parley_error *err)
{
	const struct parley_query query = { .limit = 1 };
	int64_t count = parley_store_count(&search_gone_collection, &query, PURGE_MOST, err);

	s->gone = count > 0 ? (unsigned)count : 0;
	return count < 0 ? -1 : 0;
}

/* ---- which ones --------------------------------------------------------------------------- */

/* Of struct gone, or struct place: a gone one begins with its place. */
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

static const struct gone *
gone_get(const struct gone_list *gone, const struct place *place)
{
	return bsearch(place, gone->list, gone->count, sizeof *gone->list, by_place);
}

static int64_t
gone_at(const struct parley_doc *doc)
{
	return parley_json_int(parley_json_get(doc->root, "at"), 0);
}

/* Of a mid, which begins with its time. */
static int64_t
mid_time(const char *mid)
{
	char digits[13] = { 0 };

	if (strlen(mid) != 36)
		return 0;
	memcpy(digits, mid, 8);
	memcpy(digits + 8, mid + 9, 4);
	return (int64_t)strtoull(digits, NULL, 16);
}

static void
gone_add(struct search *s, struct gone_list *gone, const struct parley_doc *doc)
{
	const char *mid = parley_json_string_or(parley_json_get(doc->root, "mid"), "");

	gone->list[gone->count++] =
	    (struct gone){ gone_place(s, doc), gone_at(doc), mid_time(mid) };
}

/* Some documents of the collection, those behind the key, which becomes that of the last. */
static int
read_gone(char key[GONE_KEY_MAX], struct parley_docs *docs, struct parley_error *err)
{
	const struct parley_query query = {
		.where = { { .field = "key", .op = PARLEY_OP_GT, .text = key } },
		.order_by = "key",
		.limit = READ_GONE,
	};
	int rc = parley_store_find(&search_gone_collection, &query, docs, err);

	if (rc == 0 && docs->count > 0)
		snprintf(key, GONE_KEY_MAX, "%s", docs->docs[docs->count - 1]->key);
	return rc;
}

static void
sort_on_worker(void *arg)
{
	struct gone_list *gone = arg;

	qsort(gone->list, gone->count, sizeof *gone->list, by_place);
}

/* Those that are gone for certain. */
static int
find_gone(struct search *s, struct gone_list *gone, struct parley_error *err)
{
	int64_t before = parley_now() - DONE_MS;
	bool end = false;

	while (!end && gone->count + READ_GONE <= PURGE_MOST) {
		int64_t began = parley_monotonic();
		struct parley_docs docs = { 0 };

		if (read_gone(gone->last, &docs, err) != 0)
			return -1;
		for (uint32_t i = 0; i < docs.count; i++)
			if (gone_at(docs.docs[i]) <= before)
				gone_add(s, gone, docs.docs[i]);
		end = docs.count < READ_GONE;
		parley_docs_fini(&docs);
		if (search_rest(s, began) != 0)
			return -1;
	}
	return gone->count > 0 ? search_work(sort_on_worker, gone) : 0;
}

/* Whether a segment may have one: its mids are between first and last. */
static bool
may_have(const struct segment *seg, const struct gone_list *gone)
{
	int64_t first = mid_time(seg->first), last = mid_time(seg->last);

	for (uint32_t i = 0; i < gone->count; i++)
		if (gone->list[i].sent >= first && gone->list[i].sent <= last)
			return true;
	return false;
}

/* Where they are looked for, and those that are found. */
struct marking {
	const struct segment *seg;
	const struct gone_list *gone;
	uint8_t *bits; /* of the segment's messages */
	unsigned found;
	struct place places[PLACES_MAX];
};

static void
mark_places(struct marking *m, uint32_t first)
{
	for (uint32_t i = 0; i < m->seg->places && first + i < m->seg->count; i++)
		if (m->places[i].seq != 0 && gone_get(m->gone, &m->places[i]) != NULL) {
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
purge_segment(
    struct history *h, struct segment *seg, const struct gone_list *gone, struct parley_error *err)
{
	struct marking *m = parley_alloc(sizeof *m);
	int rc;

	m->seg = seg;
	m->gone = gone;
	m->bits = parley_alloc(seg->count / 8 + 1);
	rc = mark_gone(h->search, m, err);
	if (rc == 0 && m->found > 0) {
		rc = merge_segments(h->search, &seg, 1, seg->level, m->bits, err);
		h->search_purged += rc == 0 ? m->found : 0;
	}
	free(m->bits);
	free(m);
	return rc;
}

/* The segments that are there when it begins; new ones go behind them. */
static int
purge_segments(struct history *h, const struct gone_list *gone, struct parley_error *err)
{
	const struct search *s = h->search;
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
		if (may_have(seg, gone))
			rc = purge_segment(h, seg, gone, err);
	}
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

/* ---- what is done ------------------------------------------------------------------------- */

struct finishing;

struct finish {
	struct finishing *all;
	const struct parley_doc *doc;
};

/* Messages that all segments are without, side by side. */
struct finishing {
	struct search *search;
	struct finish list[READ_GONE];
	unsigned open;
	int rc;
	struct parley_error err;
	struct parley_event done;
};

static int
finish_one(struct search *s, const struct parley_doc *doc, struct parley_error *err)
{
	const struct parley_cond when[] = {
		{ .field = "at", .op = PARLEY_OP_EQ, .integer = gone_at(doc) }, { 0 }
	};
	struct parley_error why = { 0 };

	if (search_read_again(s, doc, err) != 0)
		return -1;
	if (parley_store_remove(&search_gone_collection, doc->key, when, &why) == 0 ||
	    why.code == PARLEY_CONFLICT || why.code == PARLEY_NOT_FOUND)
		return 0;
	*err = why;
	return -1;
}

static void
finish_fiber(void *arg)
{
	struct finish *one = arg;
	struct finishing *f = one->all;
	struct parley_error err = { 0 };

	if (finish_one(f->search, one->doc, &err) != 0) {
		f->rc = -1;
		f->err = err;
	}
	if (--f->open == 0)
		parley_event_set(&f->done, 0);
}

static int
finish_docs(
    struct search *s, struct parley_doc *const *docs, unsigned count, struct parley_error *err)
{
	struct finishing *f = parley_alloc(sizeof *f);
	int rc;

	f->search = s;
	f->open = count;
	for (unsigned i = 0; i < count; i++) {
		f->list[i] = (struct finish){ f, docs[i] };
		if (parley_spawn("history-purge", finish_fiber, &f->list[i]) != 0)
			finish_fiber(&f->list[i]);
	}
	parley_shield(true); /* the fibers write into it */
	parley_await_event(&f->done, -1);
	parley_shield(false);
	rc = f->rc;
	if (rc != 0)
		*err = f->err;
	free(f);
	return rc;
}

/* Those of docs that were looked for, and about which nothing was said since: so many, which are
 * at the beginning of docs then. */
static uint32_t
keep_finished(const struct search *s, struct parley_docs *docs, const struct gone_list *gone)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < docs->count; i++) {
		struct parley_doc *doc = docs->docs[i];
		const struct place place = gone_place(s, doc);
		const struct gone *one = gone_get(gone, &place);

		if (one == NULL || one->at != gone_at(doc))
			continue;
		docs->docs[i] = docs->docs[kept];
		docs->docs[kept++] = doc;
	}
	return kept;
}

/* What they say now is indexed again, and they are no longer among those that are gone. */
static int
finish_all(struct search *s, const struct gone_list *gone, struct parley_error *err)
{
	char key[GONE_KEY_MAX] = "";
	int rc = 0;

	while (rc == 0 && strcmp(key, gone->last) < 0) {
		int64_t began = parley_monotonic();
		struct parley_docs docs = { 0 };
		uint32_t count;

		rc = read_gone(key, &docs, err);
		if (docs.count == 0)
			break;
		count = keep_finished(s, &docs, gone);
		if (count > 0)
			rc = finish_docs(s, docs.docs, count, err);
		parley_docs_fini(&docs);
		if (rc == 0)
			rc = search_rest(s, began);
	}
	return rc;
}

int
search_purge(struct history *h, struct parley_error *err)
{
	struct search *s = h->search;
	/* pages of it that are not used take no memory */
	struct gone_list gone = { .list = parley_alloc(PURGE_MOST * sizeof *gone.list) };
	int rc = find_gone(s, &gone, err);

	if (rc == 0 && gone.count > 0)
		rc = index_all(s, err);
	if (rc == 0 && gone.count > 0)
		rc = purge_segments(h, &gone, err);
	if (rc == 0 && gone.count > 0)
		rc = finish_all(s, &gone, err);
	free(gone.list);
	if (rc == 0)
		rc = purge_count(s, err);
	return rc == 0 ? merge_remove_retired(s, err) : -1;
}
