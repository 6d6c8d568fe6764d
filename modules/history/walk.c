/* SPDX-License-Identifier: MIT */
/* walk.c - the fiber that looks at all chats, one after the other: what is too old in them, and how
 * large they are. */
#include "keep.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define FIRST_MS  2000    /* after the start: others have more to do then */
#define PASS_MS   3600000 /* between two walks */
#define RETRY_MS  5000
#define REPAIR_MS 300000 /* the same when the store is damaged */
#define SAVE_MANY 1000   /* chats after which the position is stored */
/* A clock that jumps may take everything away: then nothing is, until it was right for a day. */
#define JUMP_MS          600000
#define HOLD_MS          (86400 * 1000LL)
#define MEASURE_EVERY_MS (86400 * 1000LL)

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
	if (oldest->seq >= state.first && (cutoff == 0 || entry_time(oldest) >= cutoff))
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

/* Goes on behind the next chat, of which the oldest entry is damaged: how old it is cannot be told,
 * nor what is behind it be removed before it. 1 or -1. */
static int
walk_past(struct history *h, const struct parley_error *why, struct parley_error *err)
{
	struct keeper *k = h->keeper;
	char key[PARLEY_KEY_MAX];

	if (damaged_find(k->position, key, err) != 0)
		return -1;
	damaged_note(h, key, why);
	memcpy(k->position, key, sizeof k->position);
	return 1;
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

	if (why.code == PARLEY_INTERNAL)
		return walk_past(h, &why, err);
	if (oldest == NULL) {
		*err = why;
		return why.code == PARLEY_OK ? 0 : -1;
	}
	snprintf(
	    key, sizeof key, "%.*s", (int)(strrchr(oldest->key, '/') - oldest->key), oldest->key);
	if (removing)
		rc = sweep_key(h, key, oldest, &why);
	if (rc == 0 && k->measure)
		rc = sizes_add(h, key, oldest, &why);
	parley_doc_free(&oldest);
	if (rc != 0 && why.code != PARLEY_INTERNAL) {
		*err = why;
		return -1;
	}
	if (rc != 0)
		damaged_note(h, key, &why);
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
	if (k->walk_damaged > 0 && k->walk_damaged != h->damaged_chats)
		parley_log_warn("history",
		    "chats=%" PRIu64 " cannot be looked after until the store is recovered",
		    k->walk_damaged);
	h->damaged_chats = k->walk_damaged;
	k->walk_damaged = 0;
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

	if (h->keeper->position[0] == '\0')
		h->keeper->walk_damaged = 0;
	while (rc > 0) {
		int64_t began = parley_monotonic();

		rc = walk_on(h, removing, err);
		if (rc > 0 && ++seen % SAVE_MANY == 0 && keep_save(h, err) != 0)
			rc = -1;
		if (rc > 0 && sweep_rest(began) != 0)
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
walk_fiber(void *arg)
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
		rc = parley_await_sleep(0);
		if (rc == 0 && err.text[0] != '\0')
			parley_log_warn("history",
			    "what is too old could not be removed, it is tried again: %s",
			    err.text);
		if (rc == 0)
			rc = parley_await_event(
			    &k->wake, err.code == PARLEY_INTERNAL ? REPAIR_MS : RETRY_MS);
	}
	while (k->waiters != NULL) {
		struct walk_waiter *w = k->waiters;

		k->waiters = w->next;
		parley_event_set(&w->ended, -1);
	}
}

int
walk_begin(struct history *h, struct parley_error *err)
{
	h->keeper->offset = parley_now() - parley_monotonic();
	if (parley_spawn("history-keep", walk_fiber, h) == 0)
		return 0;
	return parley_fail(err, PARLEY_INTERNAL, NULL, "no fiber is free");
}

void
walk_wake(struct history *h, bool asked)
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

	walk_wake(h, true);
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
