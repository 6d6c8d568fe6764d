/* SPDX-License-Identifier: MIT */
/* sweep.c - walks over all chats in the background, and takes away what is too old. */
#include "keep.h"
#include "shelf.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BATCH     64      /* entries that are removed at once */
#define FIRST_MS  2000    /* after the start: others have more to do then */
#define PASS_MS   3600000 /* between two walks */
#define RETRY_MS  5000
#define REST_MAX  1000
#define SAVE_MANY 1000 /* chats after which the position is stored */
/* A clock that jumps may take everything away: then nothing is, until it was right for a day. */
#define JUMP_MS          600000
#define HOLD_MS          (86400 * 1000LL)
#define MEASURE_EVERY_MS (86400 * 1000LL)

/* ---- removing ----------------------------------------------------------------------------- */

struct batch;

struct removal {
	struct batch *all;
	const struct parley_doc *doc;
	bool husk;
};

/* Removals that run side by side, so that they share commits. */
struct batch {
	struct history *history;
	struct removal list[BATCH];
	unsigned open;
	int rc;
	struct parley_error err;
	struct parley_event done;
};

static void
removal_run(void *arg)
{
	struct removal *r = arg;
	struct batch *b = r->all;
	struct parley_error err = { 0 };

	parley_shield(true);
	if (apply_remove(b->history, r->doc, r->husk, &err) != 0) {
		b->rc = -1;
		b->err = err;
	} else if (!r->husk) {
		b->history->removed++;
		b->history->keeper->walk_removed++;
	}
	parley_shield(false);
	if (--b->open == 0)
		parley_event_set(&b->done, 0);
}

/* The first count of docs. head: the seq of the last entry of the chat, which leaves a husk. */
static int
remove_docs(struct history *h, const struct parley_docs *docs, unsigned count, int64_t head,
    struct parley_error *err)
{
	struct batch *b = parley_alloc(sizeof *b);
	int rc;

	b->history = h;
	b->open = count;
	for (unsigned i = 0; i < count; i++) {
		b->list[i] = (struct removal){ b, docs->docs[i], docs->docs[i]->seq >= head };
		if (parley_spawn("history-sweep", removal_run, &b->list[i]) != 0)
			removal_run(&b->list[i]);
	}
	parley_shield(true); /* the fibers write into it */
	parley_await_event(&b->done, -1);
	parley_shield(false);
	rc = b->rc;
	if (rc != 0)
		*err = b->err;
	free(b);
	return rc;
}

/* ---- one chat ----------------------------------------------------------------------------- */

static int64_t
time_of(const struct parley_doc *doc)
{
	return parley_json_int(parley_json_get(doc->root, "time"), 0);
}

static const char *
mid_of(const struct parley_doc *doc)
{
	return parley_json_string_or(parley_json_get(doc->root, "mid"), "");
}

/* How many at the beginning of docs have to go: those that nobody reads any more, and those that
 * are too old, unless something that they tell is yet to be done. */
static unsigned
count_old(const struct chat *c, const struct parley_docs *docs, int64_t cutoff)
{
	unsigned n = 0;

	for (; n < docs->count; n++) {
		const struct parley_doc *doc = docs->docs[n];

		if (doc->seq >= c->keep.first &&
		    (time_of(doc) >= cutoff || parley_json_get(doc->root, "todo") != NULL))
			break;
		if (doc->seq == c->head && document_is_husk(doc))
			break;
	}
	return n;
}

/* From here on nobody reads what is before. With the chat's turn. */
static int
move_first(struct history *h, struct chat *c, const struct parley_docs *docs, unsigned count,
    struct parley_error *err)
{
	struct keep_state state = c->keep;

	state.first = docs->docs[count - 1]->seq + 1;
	if (state.first <= c->keep.first)
		return 0;
	state.swept = parley_now();
	for (unsigned i = 0; i < count; i++)
		if (strcmp(mid_of(docs->docs[i]), state.until) > 0)
			snprintf(state.until, sizeof state.until, "%s", mid_of(docs->docs[i]));
	if (keep_store(h, c->key, &state, err) != 0)
		return -1;
	c->keep = state;
	c->revision++;
	c->mention_revision++;
	c->changed = state.swept > c->changed ? state.swept : c->changed;
	shelf_chat_changed(h, c);
	return 0;
}

/* Finds the oldest entries and moves the beginning of the chat behind those that have to go: so
 * many of docs, or -1. */
static int
pass_by(struct history *h, struct chat *c, struct parley_docs *docs, struct parley_error *err)
{
	const struct parley_query query = {
		.where = { { .field = "stream", .op = PARLEY_OP_EQ, .text = c->key },
		    { .field = "seq", .op = PARLEY_OP_GE, .integer = 1 } },
		.order_by = "seq",
		.limit = BATCH,
	};
	struct parley_ticket turn = { 0 };
	int count = -1;

	parley_lane_join(&c->lane, &turn);
	if (parley_await_turn(&turn) != 0)
		parley_fail(err, PARLEY_BUSY, NULL, "this node is shutting down");
	else if (chat_settle(h, c, err) == 0 &&
		 parley_store_find(&messages_collection, &query, docs, err) == 0)
		count = (int)count_old(c, docs, keep_cutoff(h, c->key, &c->keep));
	if (count > 0 && move_first(h, c, docs, (unsigned)count, err) != 0)
		count = -1;
	parley_lane_leave(&turn);
	return count;
}

static struct parley_payload *
begins_payload(const struct chat *c, const char *peer)
{
	char address[PARLEY_ADDRESS_SIZE];
	struct parley_text text = { 0 };
	struct parley_writer w;

	peer_address(address, peer);
	parley_event_open(&w, &text, "history.begins");
	parley_put_string(&w, "chat", address);
	parley_put_int(&w, "seq", c->keep.first);
	parley_put_end(&w);
	return parley_payload_new(&text);
}

/* Tells those who are connected from where on there are messages. */
static void
tell_begins(const struct chat *c)
{
	const struct parley_groups_1 *groups;
	const struct parley_channel *channel;
	struct parley_payload *p;
	void *self = NULL;

	for (unsigned i = 0; i < c->side_count; i++) {
		p = begins_payload(c, chat_peer(c, c->sides[i].name));
		parley_send_account(c->sides[i].name, p, 0);
		parley_payload_unref(&p);
	}
	groups = chat_is_group(c) ? parley_service_find("groups/1", &self) : NULL;
	channel = groups != NULL ? groups->channel(self, c->key + 1, NULL) : NULL;
	if (channel == NULL)
		return;
	p = begins_payload(c, c->key);
	parley_send_channel(channel, p, 0);
	parley_payload_unref(&p);
}

/* Takes half of the time at most. -1 when the node stops. */
static int
give_way(int64_t began)
{
	int64_t took = parley_monotonic() - began;

	return parley_await_sleep(took < 1          ? 1
				  : took > REST_MAX ? REST_MAX
						    : (int)took) == 0
		   ? 0
		   : -1;
}

/* Who asks for what has changed looks at the last entry of each chat. */
static int
note_swept(const struct chat *c, struct parley_error *err)
{
	struct parley_text json = { 0 };
	char key[PARLEY_KEY_MAX + 24];
	int rc;

	snprintf(key, sizeof key, "%s/%" PRId64, c->key, c->head);
	parley_text_printf(&json, "{\"swept\":%" PRId64 "}", c->keep.swept);
	rc = parley_store_patch(&messages_collection, key, &json, NULL, err);
	parley_text_fini(&json);
	return rc;
}

/* 0, or -1. */
static int
sweep_chat(struct history *h, struct chat *c, struct parley_error *err)
{
	int64_t first = c->keep.first;
	int count = BATCH;

	while (count == BATCH) {
		int64_t began = parley_monotonic();
		struct parley_docs docs = { 0 };

		count = pass_by(h, c, &docs, err);
		if (count > 0 && remove_docs(h, &docs, (unsigned)count, c->head, err) != 0)
			count = -1;
		parley_docs_fini(&docs);
		if (count > 0 && give_way(began) != 0)
			count = -1;
	}
	if (c->keep.first > first) {
		tell_begins(c);
		if (count >= 0 && note_swept(c, err) != 0)
			count = -1;
	}
	return count < 0 ? -1 : 0;
}

/* ---- all chats ---------------------------------------------------------------------------- */

/* The oldest entry of the first chat behind a key. New, or NULL: there is none, or err. */
static struct parley_doc *
next_chat(const char *after, struct parley_error *err)
{
	struct parley_query query = { .order_by = "stream", .limit = 1 };
	struct parley_docs docs = { 0 };
	struct parley_doc *doc = NULL;

	if (after[0] != '\0')
		query.where[0] =
		    (struct parley_cond){ .field = "stream", .op = PARLEY_OP_GT, .text = after };
	if (parley_store_find(&messages_collection, &query, &docs, err) != 0)
		return NULL;
	if (docs.count > 0) {
		doc = docs.docs[0];
		docs.docs[0] = NULL;
	}
	parley_docs_fini(&docs);
	return doc;
}

/* Whether a chat has an entry behind one. 1, 0 or -1. */
static int
goes_on(const char *key, const struct parley_doc *doc, struct parley_error *err)
{
	const struct parley_query query = {
		.where = { { .field = "stream", .op = PARLEY_OP_EQ, .text = key },
		    { .field = "seq", .op = PARLEY_OP_GT, .integer = doc->seq } },
		.limit = 1,
	};

	return (int)parley_store_count(&messages_collection, &query, 1, err);
}

/* Whether something of the chat has to go. 1, 0 or -1. */
static int
is_due(
    struct history *h, const char *key, const struct parley_doc *oldest, struct parley_error *err)
{
	const struct chat *c = chat_known(h, key);
	struct keep_state state;
	int64_t cutoff;

	if (c != NULL && c->loaded)
		state = c->keep;
	else if (keep_read(h, key, &state, err) != 0)
		return -1;
	cutoff = keep_cutoff(h, key, &state);
	if (oldest->seq >= state.first && (cutoff == 0 || time_of(oldest) >= cutoff))
		return 0;
	return document_is_husk(oldest) ? goes_on(key, oldest, err) : 1;
}

static int
sweep_key(
    struct history *h, const char *key, const struct parley_doc *oldest, struct parley_error *err)
{
	struct chat *c;
	int due = is_due(h, key, oldest, err), rc;

	if (due <= 0)
		return due;
	c = chat_get_key(h, key, err);
	rc = c != NULL ? sweep_chat(h, c, err) : -1;
	chat_put(h, &c);
	return rc;
}

/* The next chat of the walk. 1, 0 at the end, or -1. */
static int
walk_on(struct history *h, bool removing, struct parley_error *err)
{
	struct keeper *k = h->keeper;
	struct parley_error why = { 0 };
	struct parley_doc *oldest = next_chat(k->position, &why);
	char key[PARLEY_KEY_MAX];
	int rc = 0;

	if (oldest == NULL) {
		*err = why;
		return why.code == PARLEY_OK ? 0 : -1;
	}
	snprintf(
	    key, sizeof key, "%.*s", (int)(strrchr(oldest->key, '/') - oldest->key), oldest->key);
	if (removing)
		rc = sweep_key(h, key, oldest, err);
	if (rc == 0 && k->measure)
		rc = sizes_add(h, key, oldest, err);
	parley_doc_free(&oldest);
	if (rc != 0)
		return -1;
	memcpy(k->position, key, sizeof k->position);
	return 1;
}

/* Whether the clock may be believed. */
static bool
may_remove(struct keeper *k)
{
	int64_t offset = parley_now() - parley_monotonic(), jump = offset - k->offset;

	k->offset = offset;
	if (jump > JUMP_MS) {
		k->held_until = parley_monotonic() + HOLD_MS;
		parley_log_warn("history",
		    "the clock has moved on by %" PRId64 " minutes: nothing is removed for a day; "
		    "if it is right, say parleyctl retention run",
		    jump / 60000);
	}
	return parley_monotonic() >= k->held_until;
}

static void
walk_end(struct history *h)
{
	struct keeper *k = h->keeper;
	struct walk_waiter *w;

	k->position[0] = '\0';
	h->walks++;
	if (k->measure)
		sizes_done(h);
	if (k->walk_removed > 0)
		parley_log_info(
		    "history", "entries=%" PRIu64 " that were too old are gone", k->walk_removed);
	k->walk_removed = 0;
	while (!k->asked && (w = k->waiters) != NULL) {
		k->waiters = w->next;
		parley_event_set(&w->ended, 0);
	}
}

/* Walks over all chats. 0, or -1 when it is to be gone on with later. */
static int
walk(struct history *h, bool removing, struct parley_error *err)
{
	unsigned seen = 0;
	int rc = 1;

	while (rc > 0) {
		int64_t began = parley_monotonic();

		rc = walk_on(h, removing, err);
		if (rc > 0 && ++seen % SAVE_MANY == 0 && keep_save(h, err) != 0)
			rc = -1;
		if (rc > 0 && give_way(began) != 0)
			rc = -1;
	}
	if (rc == 0)
		walk_end(h);
	return rc;
}

/* ---- the fiber ---------------------------------------------------------------------------- */

static bool
wants_measure(const struct keeper *k)
{
	return k->sizes.time == 0 || parley_now() - k->sizes.time >= MEASURE_EVERY_MS;
}

static int
round_of(struct history *h, struct parley_error *err)
{
	struct keeper *k = h->keeper;
	bool removing;

	if (k->unsaved && keep_save(h, err) != 0)
		return -1;
	removing = may_remove(k) && keep_has_rules(h);
	if (k->asked) {
		k->held_until = 0;
		removing = keep_has_rules(h);
		k->position[0] = '\0';
	}
	/* A walk that was cut short goes on first, unless nothing is to be removed any more; all
	 * are measured in one that begins anew. */
	if (!removing && !k->measure)
		k->position[0] = '\0';
	if (k->position[0] == '\0' && (k->asked || wants_measure(k)))
		sizes_begin(h);
	k->asked = false;
	if (!removing && !k->measure)
		return 0;
	return walk(h, removing, err);
}

static void
sweep_fiber(void *arg)
{
	struct history *h = arg;
	struct keeper *k = h->keeper;
	int rc = parley_await_event(&k->wake, FIRST_MS);

	while (rc != PARLEY_CANCELED) {
		struct parley_error err = { 0 };

		k->wake = (struct parley_event){ 0 };
		rc = round_of(h, &err);
		if (rc == 0) {
			rc = wants_measure(k) ? parley_await_sleep(0)
					      : parley_await_event(&k->wake, PASS_MS);
			continue;
		}
		rc = parley_await_sleep(RETRY_MS);
		if (rc == 0 && err.text[0] != '\0')
			parley_log_warn("history",
			    "what is too old could not be removed, it is tried again: %s",
			    err.text);
	}
	while (k->waiters != NULL) {
		struct walk_waiter *w = k->waiters;

		k->waiters = w->next;
		parley_event_set(&w->ended, -1);
	}
}

int
sweep_begin(struct history *h, struct parley_error *err)
{
	h->keeper->offset = parley_now() - parley_monotonic();
	if (parley_spawn("history-keep", sweep_fiber, h) == 0)
		return 0;
	return parley_fail(err, PARLEY_INTERNAL, NULL, "no fiber is free");
}

void
sweep_wake(struct history *h, bool asked)
{
	struct keeper *k = h->keeper;

	k->asked = k->asked || asked;
	parley_event_set(&k->wake, 0);
}

/* ---- retention.run ------------------------------------------------------------------------ */

void
retention_run(void *self, struct parley_request *r)
{
	struct history *h = self;
	struct walk_waiter waiter = { 0 };
	const struct parley_json *wait = parley_json_get(parley_request_params(r), "wait");
	struct walk_waiter **at = &h->keeper->waiters;
	uint64_t before = h->removed;

	sweep_wake(h, true);
	if (!parley_json_bool(wait, false))
		return;
	waiter.next = h->keeper->waiters;
	h->keeper->waiters = &waiter;
	if (parley_await_event(&waiter.ended, -1) == PARLEY_CANCELED) {
		while (*at != NULL && *at != &waiter)
			at = &(*at)->next;
		if (*at != NULL)
			*at = waiter.next;
		return;
	}
	parley_put_int(parley_answer(r), "removed", (int64_t)(h->removed - before));
}
