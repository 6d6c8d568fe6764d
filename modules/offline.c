/* SPDX-License-Identifier: MIT */
/* offline.c - sends a device what it missed, oldest first and once (docs/protocol.md section 8). A
 * device asks for it with "missed" in its auth frame; from then on the node remembers how far the
 * device has acknowledged. */
#include <parley/history.h>
#include <parley/memory.h>
#include <parley/module.h>
#include <parley/table.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Long messages are sent at a pace that a client's queue stands: a page of about PAGE_BYTES each
 * PACE_MS. How long they are is known after the first few. */
#define PAGE_FIRST 8
#define PAGE_BYTES (128 * 1024)
#define PACE_MS    100

#define SAVE_MS 5000 /* an acknowledged position is stored after so long at the latest */

/* A session of a device that wants to be sent what it missed. */
struct follower {
	struct offline *offline;
	char id[24]; /* of the session */
	parley_session_id session;
	char key[PARLEY_KEY_MAX]; /* of its position: account/device */
	char device[PARLEY_DEVICE_MAX + 1];
	char account[PARLEY_NAME_MAX + 1];
	char sent[37];    /* the last mid sent while catching up */
	char acked[37];   /* the position, "" when none is known */
	bool catching_up; /* follow_run is at work with it, and frees it when it has ended */
	bool ended;
	size_t page_bytes; /* sent of the page under way */
	bool dirty;        /* acked is not stored yet */
};

struct offline {
	int64_t page;               /* option */
	uint64_t resent, followers; /* metrics */
	struct parley_table *by_session;
};

static const struct parley_collection positions_collection = { .name = "positions", .version = 1 };

static struct follower *
follower_find(const struct offline *o, parley_session_id session)
{
	char id[24];

	snprintf(id, sizeof id, "%" PRIu64, session);
	return parley_table_get(o->by_session, id);
}

static void
follower_free(struct offline *o, struct follower *f)
{
	parley_table_remove(o->by_session, f->id);
	o->followers--;
	free(f);
}

/* ---- the position ------------------------------------------------------------------------- */

static int
position_load(struct follower *f, struct parley_error *err)
{
	struct parley_error missing = { 0 };
	struct parley_doc *doc = parley_store_get(&positions_collection, f->key, &missing);

	if (doc == NULL && missing.code != PARLEY_NOT_FOUND) {
		*err = missing;
		return -1;
	}
	if (doc != NULL)
		snprintf(f->acked, sizeof f->acked, "%s",
		    parley_json_string_or(parley_json_get(doc->root, "mid"), ""));
	parley_doc_free(&doc);
	return 0;
}

static void
position_save(const char *key, const char *mid)
{
	struct parley_error err = { 0 };
	struct parley_text json = { 0 };
	struct parley_writer w;

	parley_writer_init(&w, &json);
	parley_put_object(&w, NULL);
	parley_put_string(&w, "mid", mid);
	parley_put_end(&w);
	if (parley_store_put(&positions_collection, key, &json, &err) != 0)
		parley_log_warn("offline", "a position was not stored, going on: %s", err.text);
	parley_text_fini(&json);
}

/* ---- catching up -------------------------------------------------------------------------- */

/* Sends one missed message. The device's own are passed over: it has them. */
static void
send_missed(void *arg, const char *mid, const char *device, struct parley_text *frame)
{
	struct follower *f = arg;
	struct parley_payload *p;

	snprintf(f->sent, sizeof f->sent, "%s", mid);
	if (strcmp(device, f->device) == 0)
		return;
	parley_text_puts(frame, ",\"missed\":true}");
	f->page_bytes += frame->len;
	p = parley_payload_new(frame);
	parley_payload_set_mid(p, mid);
	parley_session_hold(f->session, false); /* what is held back is only the live messages */
	parley_send(f->session, p);
	parley_session_hold(f->session, true);
	parley_payload_unref(&p);
}

/* How many messages the next page should have to be about PAGE_BYTES long. */
static int64_t
page_limit(const struct offline *o, int count, size_t bytes)
{
	int64_t limit = bytes > 0 ? (int64_t)count * PAGE_BYTES / (int64_t)bytes : o->page;

	if (limit > o->page)
		return o->page;
	return limit > 0 ? limit : 1;
}

/* Pages of what was missed, until nothing new was kept back meanwhile. Awaits. */
static int
catch_up(struct offline *o, struct follower *f, const struct parley_history_1 *history,
    void *history_self, struct parley_error *err)
{
	const char *from = f->acked[0] != '\0' ? f->acked : NULL;
	int64_t limit = o->page < PAGE_FIRST ? o->page : PAGE_FIRST;
	bool again = true;
	int count;

	while (again && !f->ended) {
		parley_session_held_back(f->session);
		f->page_bytes = 0;
		count = history->missed(
		    history_self, f->account, from, (unsigned)limit, send_missed, f, err);
		if (count < 0)
			return -1;
		o->resent += (uint64_t)count;
		if (f->sent[0] != '\0')
			from = f->sent;
		limit = page_limit(o, count, f->page_bytes);
		again = count > 0 || parley_session_held_back(f->session);
		if (f->page_bytes > PAGE_BYTES / 4 && parley_await_sleep(PACE_MS) != 0)
			return parley_fail(err, PARLEY_BUSY, NULL, "this node is shutting down");
	}
	return 0;
}

static struct follower *
follower_new(struct offline *o, const struct parley_session *s)
{
	struct follower *f = parley_alloc(sizeof *f);

	f->offline = o;
	f->session = parley_session_get_id(s);
	snprintf(f->id, sizeof f->id, "%" PRIu64, f->session);
	snprintf(f->account, sizeof f->account, "%s", parley_session_account(s));
	snprintf(f->device, sizeof f->device, "%s", parley_session_device(s));
	snprintf(f->key, sizeof f->key, "%s/%s", f->account, f->device);
	parley_table_put(o->by_session, f->id, f);
	o->followers++;
	return f;
}

/* A follower that could not catch up is forgotten: its position must not pass what it missed, so
 * that its next login can try again. */
static void
follow_run(void *arg)
{
	struct follower *f = arg;
	struct offline *o = f->offline;
	const struct parley_history_1 *history;
	struct parley_error err = { 0 };
	void *history_self;

	history = parley_service_find("history/1", &history_self);
	if (position_load(f, &err) != 0 || catch_up(o, f, history, history_self, &err) != 0) {
		parley_log_warn(
		    "offline", "could not tell what was missed, going on: %s", err.text);
		f->ended = true;
	}
	f->catching_up = false;
	parley_session_hold(f->session, false);
	if (f->ended)
		follower_free(o, f);
}

/* First of all handlers, and at once: from here on no message may overtake what was missed. */
static enum parley_verdict
offline_bound(void *self, parley_session_id session, const struct parley_json *frame, bool resumed)
{
	const struct parley_session *s = parley_session_find(session);
	struct follower *f;

	if (s == NULL || parley_session_ended(s) || resumed ||
	    !parley_json_bool(parley_json_get(frame, "missed"), false))
		return PARLEY_PASS;
	f = follower_new(self, s);
	f->catching_up = true;
	parley_session_hold(session, true);
	if (parley_spawn("offline-catch-up", follow_run, f) != 0)
		follow_run(f);
	return PARLEY_PASS;
}

/* ---- acknowledgements --------------------------------------------------------------------- */

/* While it catches up, live messages are held back, so a mid that is acknowledged is always behind
 * everything that was missed before it. */
static enum parley_verdict
offline_acked(void *self, parley_session_id session, const char *mid)
{
	struct follower *f = follower_find(self, session);

	if (f != NULL && strcmp(mid, f->acked) > 0) {
		snprintf(f->acked, sizeof f->acked, "%s", mid);
		f->dirty = true;
	}
	return PARLEY_PASS;
}

static enum parley_verdict
offline_ended(void *self, parley_session_id session, const struct parley_json *frame, bool resumed)
{
	struct follower *f = follower_find(self, session);
	char key[PARLEY_KEY_MAX], mid[37];
	bool dirty;

	if (f == NULL)
		return PARLEY_PASS;
	dirty = f->dirty;
	snprintf(key, sizeof key, "%s", f->key);
	snprintf(mid, sizeof mid, "%s", f->acked);
	if (f->catching_up)
		f->ended = true;
	else
		follower_free(self, f);
	if (dirty)
		position_save(key, mid);
	return PARLEY_PASS;
}

/* Stores one position that is not stored yet. False when there is none. Awaits. */
static bool
save_one(struct offline *o)
{
	char key[PARLEY_KEY_MAX], mid[37];
	struct follower *f;
	uint32_t at = 0;

	while ((f = parley_table_each(o->by_session, &at)) != NULL && !f->dirty)
		;
	if (f == NULL)
		return false;
	f->dirty = false;
	snprintf(key, sizeof key, "%s", f->key);
	snprintf(mid, sizeof mid, "%s", f->acked);
	position_save(key, mid);
	return true;
}

static void
save_run(void *arg)
{
	while (parley_await_sleep(SAVE_MS) == 0)
		while (save_one(arg))
			;
}

/* ---- load and unload ---------------------------------------------------------------------- */

static int
offline_load(void *self, struct parley_error *err)
{
	struct offline *o = self;

	o->by_session = parley_table_new();
	if (parley_spawn("offline-save", save_run, o) != 0)
		return parley_fail(err, PARLEY_INTERNAL, NULL, "no fiber is free");
	return 0;
}

static void
offline_unload(void *self)
{
	struct offline *o = self;
	struct follower *f;
	uint32_t at = 0;

	if (o->by_session == NULL)
		return;
	while ((f = parley_table_each(o->by_session, &at)) != NULL)
		follower_free(o, f);
	parley_table_free(&o->by_session);
}

static const struct parley_hook offline_hooks[] = {
	{ .name = "session-bound", .priority = -1000, .session = offline_bound },
	{ .name = "session-ended", .session = offline_ended },
	{ .name = "session-acked", .acked = offline_acked },
	{ 0 },
};

static const struct parley_option offline_options[] = {
	PARLEY_OPT_INT(
	    struct offline, page, 50, 1, 500, "missed messages read from the archive at once"),
	{ 0 },
};

static const struct parley_metric offline_metrics[] = {
	PARLEY_COUNTER(struct offline, resent, "missed messages sent to returning devices"),
	PARLEY_GAUGE(struct offline, followers, "sessions that are sent what they miss"),
	{ 0 },
};

static const char *const offline_needs[] = { "history", NULL };
static const struct parley_collection *const offline_collections[] = { &positions_collection,
	NULL };

PARLEY_MODULE = {
	PARLEY_ABI,
	.name = "offline",
	.summary = "what a device missed, in order, when it returns",
	.needs = offline_needs,
	.hooks = offline_hooks,
	.options = offline_options,
	.collections = offline_collections,
	.metrics = offline_metrics,
	.state_size = sizeof(struct offline),
	.load = offline_load,
	.unload = offline_unload,
};
