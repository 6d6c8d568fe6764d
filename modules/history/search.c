/* SPDX-License-Identifier: MIT */
/* search.c - keeps the index of words: takes each message as it comes, and has two fibers, one for
 * what becomes words and is written, and one for what was written. */
#include "search.h"

#include <parley/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TICK_MS      60000
#define RETRY_MS     5000
#define CATCH_UP_MAX 2048 /* messages that a search waits for */
#define REST_MAX_MS  1000
#define LOOK_MS      1000
#define BUSY_MS      100
#define SHARE_ALONE  50 /* percent of the time, while no messages come */

static const struct parley_field gone_fields[] = { { "at", PARLEY_FIELD_INT }, { 0 } };
static const struct parley_index no_indexes[] = { { .fields = { NULL } } };
/* Messages that were deleted or edited, and may still be found by what they said. */
const struct parley_collection search_gone_collection = {
	.name = "search_gone",
	.version = 1,
	.fields = gone_fields,
	.indexes = no_indexes,
};

/* ---- what comes --------------------------------------------------------------------------- */

/* So many are taken when nobody asks. */
static unsigned
enough(const struct search *s)
{
	return s->fresh_max < TAKE_MAX ? s->fresh_max : TAKE_MAX;
}

/* Long ones are taken sooner. */
static bool
are_enough(const struct search *s)
{
	return s->pending.count >= enough(s) ||
	       s->pending.bytes >= (size_t)s->history->search_pending * 1024 / 4;
}

/* From here on what comes is read from the archive. */
static void
fall_back(struct search *s)
{
	s->complete = s->catching = s->near_end = false;
	s->history->search_overflows++;
	pending_drop_caught(s);
	parley_event_set(&s->wake, 0);
}

/* Nobody waits for the index, since who searches takes what is pending first. So it is woken once
 * there is enough. */
void
search_note(struct history *h, const char *chat, int64_t seq, const char *mid, const char *from,
    const char *text)
{
	const struct waiting w = { seq, mid, chat, from, text };
	struct search *s = h->search;

	if (s == NULL || (!s->complete && !s->catching) ||
	    strcmp(mid, s->complete ? s->crawled : s->position) <= 0)
		return; /* the archive is read up to there later, or was */
	if (!(s->complete ? pending_add(s, &w, false) : pending_catch(s, &w))) {
		fall_back(s);
		return;
	}
	if (s->complete && strcmp(mid, s->position) > 0)
		memcpy(s->position, mid, strlen(mid) + 1);
	else if (!s->complete && s->caught.count == 1)
		memcpy(s->caught_from, mid, strlen(mid) + 1);
	if (s->catching)
		memcpy(s->caught_to, mid, strlen(mid) + 1);
	if (are_enough(s))
		parley_event_set(&s->wake, 0);
}

void
search_note_again(struct history *h, const char *chat, int64_t seq, const char *mid,
    const char *from, const char *text)
{
	const struct waiting w = { seq, mid, chat, from, text };
	struct search *s = h->search;

	if (s == NULL || pending_add(s, &w, false))
		return;
	s->again = true;
	s->again_key[0] = '\0';
}

void
search_mid_at(char mid[37], int64_t time)
{
	uint64_t ms = time > 0 ? (uint64_t)time : 0;

	snprintf(mid, 37, "%08x-%04x-0000-0000-000000000000", (unsigned)(ms >> 16 & 0xffffffff),
	    (unsigned)(ms & 0xffff));
}

int
search_forget(
    struct history *h, const char *chat, int64_t seq, const char *mid, struct parley_error *err)
{
	struct parley_text json = { 0 };
	struct parley_writer w;
	char key[PARLEY_KEY_MAX + 24];
	int rc;

	if (h->search == NULL)
		return 0;
	snprintf(key, sizeof key, "%s/%lld", chat, (long long)seq);
	parley_writer_init(&w, &json);
	parley_put_object(&w, NULL);
	parley_put_string(&w, "mid", mid);
	parley_put_int(&w, "at", parley_now());
	parley_put_end(&w);
	rc = parley_store_put(&search_gone_collection, key, &json, err);
	parley_text_fini(&json);
	if (rc == 0)
		h->search_gone = ++h->search->gone;
	return rc;
}

/* ---- its share ---------------------------------------------------------------------------- */

static void
look_for_messages(struct search *s, int64_t now)
{
	if (now - s->looked < LOOK_MS)
		return;
	s->live = s->history->appended != s->seen;
	s->seen = s->history->appended;
	s->looked = now;
}

int
search_rest(struct search *s, int64_t began)
{
	int64_t now = parley_monotonic(), share = s->history->search_share, rest;

	look_for_messages(s, now);
	if (!s->live && share < SHARE_ALONE)
		share = SHARE_ALONE;
	rest = (now - began) * (100 - share) / share;
	return parley_await_sleep(rest < REST_MAX_MS ? (int)rest : REST_MAX_MS) == 0 ? 0 : -1;
}

int
search_work(void (*fn)(void *arg), void *arg)
{
	int rc;

	while ((rc = parley_await_work(fn, arg)) == PARLEY_AGAIN)
		if (parley_await_sleep(BUSY_MS) != 0)
			return -1;
	return rc == 0 ? 0 : -1;
}

/* ---- the fibers --------------------------------------------------------------------------- */

static bool
is_full(const struct search *s)
{
	return s->fresh_count >= s->fresh_max || s->fresh_postings >= FRESH_POSTINGS;
}

static bool
is_behind(const struct search *s)
{
	return !s->complete || s->again;
}

/* A worker may have the last of them. */
int
search_catch_up(struct history *h, bool *rest_r, struct parley_error *err)
{
	struct search *s = h->search;
	unsigned taken = 0;

	*rest_r = !s->complete;
	while (s->pending.count > 0 || s->taking.head != NULL) {
		if (taken >= CATCH_UP_MAX || s->fresh_count >= FRESH_MOST) {
			*rest_r = true;
			break;
		}
		taken += s->pending.count < TAKE_MAX ? s->pending.count : TAKE_MAX;
		if (search_take(s) != 0)
			return parley_fail(err, PARLEY_BUSY, NULL, "this node is shutting down");
	}
	if (is_full(s))
		parley_event_set(&s->wake, 0);
	return 0;
}

static bool
has_to_take(const struct search *s)
{
	return s->pending.count > 0 && (is_behind(s) || are_enough(s)) &&
	       s->fresh_count < FRESH_MOST;
}

static int
index_some(struct history *h, struct parley_error *err)
{
	struct search *s = h->search;
	int64_t began = parley_monotonic();
	bool worked = crawl_is_due(s);

	if (worked && search_crawl(s, err) != 0)
		return -1;
	if (has_to_take(s)) {
		worked = true;
		if (search_take(s) != 0)
			return -1;
	}
	if (worked && search_rest(s, began) != 0)
		return -1;
	if (!is_full(s))
		return 0;
	if (search_flush(s, err) != 0)
		return -1;
	parley_event_set(&s->merge, 0); /* there is a segment more */
	return 0;
}

static int
merge_some(struct history *h, struct parley_error *err)
{
	struct search *s = h->search;
	int rc = search_merge(s, err);

	if (rc == 0 && purge_is_due(s)) {
		s->purged = parley_now();
		rc = search_purge(h, err);
	}
	h->search_segments = s->segment_count;
	h->search_gone = s->gone;
	return rc;
}

/* Does some work again and again until its fiber is canceled. */
static void
run(struct history *h, int (*work)(struct history *h, struct parley_error *err),
    bool (*more)(const struct search *s), struct parley_event *wake)
{
	struct parley_error err;
	int rc = 0;

	while (rc != PARLEY_CANCELED) {
		err = (struct parley_error){ 0 };
		if (work(h, &err) != 0) {
			rc = parley_await_sleep(RETRY_MS);
			if (rc == 0 && err.text[0] != '\0')
				parley_log_warn("history",
				    "the index of words could not be written, it is tried again: "
				    "%s",
				    err.text);
		} else if (more(h->search)) {
			rc = parley_await_sleep(0);
		} else {
			rc = parley_await_event(wake, TICK_MS);
			*wake = (struct parley_event){ 0 };
		}
	}
}

static bool
index_more(const struct search *s)
{
	return crawl_is_due(s) || has_to_take(s) || is_full(s);
}

static void
index_fiber(void *arg)
{
	struct history *h = arg;

	run(h, index_some, index_more, &h->search->wake);
}

static void
merge_fiber(void *arg)
{
	struct history *h = arg;

	run(h, merge_some, purge_is_due, &h->search->merge);
}

/* ---- start and end ------------------------------------------------------------------------ */

int
search_load(struct history *h, struct parley_error *err)
{
	struct search *s = parley_alloc(sizeof *s);

	h->search = s;
	s->history = h;
	s->fresh_max = (unsigned)h->search_fresh;
	s->chunk_max = enough(s) / 2;
	s->purged = parley_now();
	parley_hash_key_init(&s->term_key, "history/search-terms");
	parley_hash_key_init(&s->chat_key, "history/search-chats");
	if (segments_load(s, err) != 0 || purge_count(s, err) != 0)
		return -1;
	h->search_segments = s->segment_count;
	h->search_gone = s->gone;
	s->again = s->gone > 0; /* what was edited last was perhaps in memory only */
	return 0;
}

int
search_begin(struct history *h, struct parley_error *err)
{
	if (parley_spawn("history-index", index_fiber, h) == 0 &&
	    parley_spawn("history-merge", merge_fiber, h) == 0)
		return 0;
	return parley_fail(err, PARLEY_INTERNAL, NULL, "no fiber is free");
}

void
search_unload(struct history *h)
{
	struct search *s = h->search;

	if (s == NULL)
		return;
	h->search = NULL;
	pending_free(s);
	parts_free(s);
	for (size_t i = 0; i < s->segment_count; i++)
		segment_free(&s->segments[i]);
	free(s->segments);
	free(s);
}
