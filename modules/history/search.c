/* SPDX-License-Identifier: MIT */
/* search.c - keeps the index of words: reads the archive from where the index ends, then takes each
 * message as it comes. */
#include "search.h"

#include <parley/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CRAWL_LIMIT 200
/* Messages that were committed later than such with higher ids: so many are read once more. */
#define SLACK_MS       10000
#define TICK_MS        60000
#define RETRY_MS       5000
#define PURGE_MANY     1000
#define PURGE_EVERY_MS (24 * 3600 * 1000LL)

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

/* Not snprintf: it is on the way of every message. */
static void
put_name(char *to, size_t size, const char *name)
{
	size_t len = strlen(name);

	parley_assert(len < size);
	memcpy(to, name, len + 1);
}

/* So many are taken when nobody asks. */
static unsigned
enough(const struct search *s)
{
	return s->fresh_max < TAKE_MAX ? s->fresh_max : TAKE_MAX;
}

/* Nobody waits for the index, since who searches takes what is pending first. So it is woken once
 * there is enough. */
static void
add_pending(struct search *s, const char *chat, int64_t seq, const char *mid, const char *from,
    const char *text)
{
	size_t len = strlen(text);
	struct pending *p = parley_alloc(sizeof *p + len + 1);

	p->seq = seq;
	put_name(p->mid, sizeof p->mid, mid);
	put_name(p->from, sizeof p->from, from);
	put_name(p->chat, sizeof p->chat, chat);
	memcpy(p->text, text, len + 1);
	*s->pending_end = p;
	s->pending_end = &p->next;
	s->pending_count++;
	if (s->pending_count >= enough(s))
		parley_event_set(&s->wake, 0);
}

void
search_mid_at(char mid[37], int64_t time)
{
	uint64_t ms = time > 0 ? (uint64_t)time : 0;

	snprintf(mid, 37, "%08x-%04x-0000-0000-000000000000", (unsigned)(ms >> 16 & 0xffffffff),
	    (unsigned)(ms & 0xffff));
}

/* A mid, or what would be in its place, so much earlier. */
static void
earlier(char mid[37], int64_t ms)
{
	unsigned long long high = 0, low = 0;
	int64_t time;

	if (sscanf(mid, "%8llx-%4llx", &high, &low) != 2)
		return;
	time = (int64_t)(high << 16 | low) - ms;
	search_mid_at(mid, time);
}

/* From here on what comes is read from the archive. */
static void
fall_back(struct search *s, const char *mid)
{
	char from[37];

	snprintf(from, sizeof from, "%s", mid);
	earlier(from, SLACK_MS);
	if (s->complete || strcmp(from, s->position) < 0)
		memcpy(s->position, from, sizeof from);
	s->complete = false;
	s->slack[0] = '\0';
	parley_event_set(&s->wake, 0);
}

void
search_note(struct history *h, const char *chat, int64_t seq, const char *mid, const char *from,
    const char *text)
{
	struct search *s = h->search;

	if (s == NULL || (!s->complete && strcmp(mid, s->position) > 0))
		return; /* the archive is read up to there later */
	if (s->pending_count < PENDING_MAX)
		add_pending(s, chat, seq, mid, from, text);
	else
		fall_back(s, mid);
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

/* ---- reading the archive ------------------------------------------------------------------ */

static bool
is_fresh(const struct search *s, const char *chat, int64_t seq)
{
	uint64_t hash = place_chat(s, chat);

	for (uint32_t i = s->fresh.count; i > 0; i--)
		if (s->fresh.places[i - 1].seq == (uint32_t)seq &&
		    s->fresh.places[i - 1].chat == hash)
			return true;
	for (const struct pending *p = s->pending; p != NULL; p = p->next)
		if (p->seq == seq && strcmp(p->chat, chat) == 0)
			return true;
	return false;
}

static void
add_doc(struct search *s, const struct parley_doc *doc, bool again)
{
	const char *text = parley_json_string(parley_json_get(doc->root, "text"));
	char chat[PARLEY_KEY_MAX];

	snprintf(chat, sizeof chat, "%.*s", (int)(strrchr(doc->key, '/') - doc->key), doc->key);
	if (text == NULL || document_is_change(doc) || (again && is_fresh(s, chat, doc->seq)))
		return;
	add_pending(s, chat, doc->seq, parley_json_string_or(parley_json_get(doc->root, "mid"), ""),
	    parley_json_string_or(parley_json_get(doc->root, "from"), ""), text);
}

/* The next messages behind mid, which moves on. How many there were, or -1. */
static int
read_some(struct search *s, char mid[37], bool again, struct parley_error *err)
{
	const struct parley_query query = {
		.where = { { .field = "mid", .op = PARLEY_OP_GT, .text = mid } },
		.order_by = "mid",
		.limit = CRAWL_LIMIT,
	};
	struct parley_docs docs = { 0 };
	int count;

	if (parley_store_find(&messages_collection, &query, &docs, err) != 0)
		return -1;
	count = (int)docs.count;
	for (uint32_t i = 0; i < docs.count; i++)
		add_doc(s, docs.docs[i], again);
	if (count > 0)
		snprintf(mid, 37, "%s",
		    parley_json_string_or(parley_json_get(docs.docs[count - 1]->root, "mid"), ""));
	parley_docs_fini(&docs);
	return count;
}

/* At its end messages come by themselves; what was committed late is looked for once more. */
static int
crawl(struct search *s, struct parley_error *err)
{
	bool again = s->complete;
	int count = read_some(s, again ? s->slack : s->position, again, err);

	if (count < 0)
		return -1;
	if (count == CRAWL_LIMIT)
		return 0;
	if (again) {
		s->slack[0] = '\0';
		return 0;
	}
	s->complete = true;
	memcpy(s->slack, s->position, sizeof s->slack);
	if (s->slack[0] != '\0')
		earlier(s->slack, SLACK_MS);
	return 0;
}

/* ---- the fiber ---------------------------------------------------------------------------- */

static bool
is_full(const struct search *s)
{
	return s->fresh.count >= s->fresh_max || s->fresh.postings.count >= FRESH_POSTINGS;
}

static bool
purge_is_due(const struct search *s)
{
	return s->gone >= PURGE_MANY || (s->gone > 0 && parley_now() - s->purged >= PURGE_EVERY_MS);
}

static bool
is_behind(const struct search *s)
{
	return !s->complete || s->slack[0] != '\0';
}

/* Goes on until fewer than least are pending. 0, or -1 when it is to be tried again later. */
static int
take_and_flush(struct history *h, unsigned least, struct parley_error *err)
{
	struct search *s = h->search;
	struct parley_ticket turn = { 0 };
	int rc;

	parley_lane_join(&s->lane, &turn);
	rc = parley_await_turn(&turn);
	while (rc >= 0 && s->pending_count >= least && !is_full(s)) {
		rc = search_take(s);
		h->indexed += rc > 0 ? (unsigned)rc : 0;
	}
	if (rc >= 0)
		rc = is_full(s) ? search_flush(s, err) : 0;
	if (rc == 0 && s->fresh.count == 0) /* there is a segment more */
		parley_event_set(&s->merge, 0);
	parley_lane_leave(&turn);
	return rc;
}

int
search_catch_up(struct history *h, struct parley_error *err)
{
	unsigned rounds = h->search->pending_count / 64 + 2;

	/* A worker may have the last of them. */
	while ((h->search->pending_count > 0 || h->search->lane.head != NULL) && rounds-- > 0)
		if (take_and_flush(h, 1, err) != 0)
			return -1;
	return 0;
}

static int
index_some(struct history *h, struct parley_error *err)
{
	struct search *s = h->search;

	if (is_behind(s) && s->pending_count == 0 && crawl(s, err) != 0)
		return -1;
	return take_and_flush(h, is_behind(s) ? 1 : enough(s), err);
}

static int
merge_some(struct history *h, struct parley_error *err)
{
	struct search *s = h->search;

	if (search_merge(s, err) != 0)
		return -1;
	h->search_segments = s->segment_count;
	h->search_gone = s->gone;
	if (!purge_is_due(s))
		return 0;
	s->purged = parley_now();
	if (search_purge(h, err) != 0)
		return -1;
	h->search_gone = s->gone;
	return 0;
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
	return is_behind(s) || s->pending_count >= enough(s);
}

static bool
merge_more(const struct search *s)
{
	return purge_is_due(s);
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

	run(h, merge_some, merge_more, &h->search->merge);
}

/* ---- messages that are gone --------------------------------------------------------------- */

int
search_purged(struct history *h, const struct parley_doc *gone, struct parley_error *err)
{
	const struct parley_cond when[] = { { .field = "at",
						.op = PARLEY_OP_EQ,
						.integer = parley_json_int(
						    parley_json_get(gone->root, "at"), 0) },
		{ 0 } };
	struct parley_error why = { 0 };
	struct parley_doc *doc = parley_store_get(&messages_collection, gone->key, &why);

	if (doc == NULL && why.code != PARLEY_NOT_FOUND) {
		*err = why;
		return -1;
	}
	if (doc != NULL)
		add_doc(h->search, doc, true);
	parley_doc_free(&doc);
	if (parley_store_remove(&search_gone_collection, gone->key, when, &why) == 0 ||
	    why.code == PARLEY_CONFLICT || why.code == PARLEY_NOT_FOUND)
		return 0;
	*err = why;
	return -1;
}

/* How many messages are gone since the last time; a rough number will do. */
static int
count_gone(struct search *s, struct parley_error *err)
{
	const struct parley_query query = { .limit = 1 };
	int64_t count = parley_store_count(&search_gone_collection, &query, PURGE_MANY, err);

	s->gone = count > 0 ? (unsigned)count : 0;
	return count < 0 ? -1 : 0;
}

/* ---- start and end ------------------------------------------------------------------------ */

int
search_load(struct history *h, struct parley_error *err)
{
	struct search *s = parley_alloc(sizeof *s);

	h->search = s;
	s->pending_end = &s->pending;
	s->fresh_max = (unsigned)h->search_fresh;
	s->purged = parley_now();
	parley_hash_key_init(&s->term_key, "history/search-terms");
	parley_hash_key_init(&s->chat_key, "history/search-chats");
	if (segments_load(s, err) != 0 || count_gone(s, err) != 0)
		return -1;
	if (s->position[0] != '\0')
		earlier(s->position, SLACK_MS);
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
	while (s->pending != NULL) {
		struct pending *p = s->pending;

		s->pending = p->next;
		free(p);
	}
	for (size_t i = 0; i < s->segment_count; i++)
		segment_free(&s->segments[i]);
	free(s->segments);
	postings_fini(&s->fresh.postings);
	free(s);
}
