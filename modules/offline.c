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

#define SAVE_MS     5000  /* an acknowledged position is noted after so long at the latest */
#define PATIENCE_MS 10000 /* for an acknowledgement; then the client is one that sends none */
#define LOOK_MS     1000  /* between looks for those */
#define PACE_MS     100   /* between pages for those */

/* A session of a device that wants to be sent what it missed: in pages, of which two may be on
 * their way, so that a slow connection is not swamped and what it is sent can be resumed. */
struct follower {
	struct offline *offline;
	char id[24]; /* of the session */
	parley_session_id session;
	char key[PARLEY_KEY_MAX]; /* of its position: account/device */
	char device[PARLEY_DEVICE_MAX + 1];
	char account[PARLEY_NAME_MAX + 1];
	char passed[37];  /* the last mid read from the archive */
	char told[37];    /* the last mid sent: of the last page, */
	char before[37];  /* the one before it, */
	char awaited[37]; /* and that which must be acknowledged before more is sent */
	char acked[37];   /* the position, "" while none is known */
	char begun[37];   /* the last mid when the session began */
	int64_t paused;   /* since when it is awaited, monotonic ms */
	bool catching_up, deaf;
	bool placed;  /* the position is known; */
	bool fresh;   /* it had to be made, and what is unread is not sent yet */
	bool beyond;  /* that came to an end, and went on with what came after the login */
	bool running; /* follow_run is at work with it, and frees it when it has ended */
	bool ended;
	bool dirty; /* acked is not stored yet */
};

struct offline {
	int64_t page;               /* option */
	uint64_t resent, followers; /* metrics */
	struct parley_table *by_session;
	struct parley_event wake; /* somebody may go on catching up */
};

#define POSITION_DAYS 400 /* a device that was away for longer goes by what its account has read   \
			   */

static const struct parley_field position_fields[] = {
	{ "until", PARLEY_FIELD_INT }, /* ms since 1970 */
	{ 0 },
};
static const struct parley_index position_indexes[] = { { .fields = { NULL } } };
static const struct parley_collection positions_collection = {
	.name = "positions",
	.version = 2,
	.fields = position_fields,
	.indexes = position_indexes,
	.expires = "until",
};

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

/* acked stays "" when there is none. 0 or -1. Awaits. */
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
position_write(struct parley_text *json, const char *mid)
{
	struct parley_writer w;

	parley_writer_init(&w, json);
	parley_put_object(&w, NULL);
	parley_put_string(&w, "mid", mid);
	parley_put_int(&w, "until", parley_now() + POSITION_DAYS * 86400 * 1000LL);
	parley_put_end(&w);
}

static void
position_note(const char *key, const char *mid)
{
	struct parley_error err = { 0 };
	struct parley_text json = { 0 };

	position_write(&json, mid);
	if (parley_store_note(&positions_collection, key, &json, &err) != 0)
		parley_log_warn("offline", "a position was not stored, going on: %s", err.text);
}

static bool
came_after_login(const struct follower *f, const char *mid)
{
	return strcmp(mid, f->begun) > 0;
}

/* A place before mid, and behind all before that. */
static void
place_before(void *arg, const char *mid, const char *device, struct parley_text *frame)
{
	struct follower *f = arg;

	if (!came_after_login(f, mid))
		snprintf(f->acked, sizeof f->acked, "%.*s", (int)strlen(mid) - 1, mid);
}

/* A device without a position gets what is behind the read position of each chat, which moves on
 * when its owner writes on another one: that tells only what was missed before the login. What
 * comes from then on is missed until it is acknowledged, so the device gets a position before
 * anything else, which a kill does not take away. ("0" is before every mid.) 0 or -1. Awaits. */
static int
position_begin(struct follower *f, struct parley_error *err)
{
	const struct parley_history_1 *history;
	struct parley_text json = { 0 };
	struct parley_error why = { 0 };
	void *history_self;
	bool more;

	history = parley_service_find("history/1", &history_self);
	if (history->missed(history_self, f->account, NULL, 1, place_before, f, &more, err) < 0)
		return -1;
	f->fresh = f->acked[0] != '\0';
	if (!f->fresh)
		snprintf(f->acked, sizeof f->acked, "%s", f->begun[0] != '\0' ? f->begun : "0");
	position_write(&json, f->acked);
	f->dirty = parley_store_put(&positions_collection, f->key, &json, &why) != 0;
	parley_text_fini(&json);
	if (f->dirty)
		parley_log_warn("offline", "a position waits to be stored: %s", why.text);
	return 0;
}

static int
position_find(struct follower *f, struct parley_error *err)
{
	if (position_load(f, err) != 0)
		return -1;
	return f->acked[0] == '\0' ? position_begin(f, err) : 0;
}

/* ---- catching up -------------------------------------------------------------------------- */

/* Sends one missed message. The device's own are passed over: it has them. */
static void
send_missed(void *arg, const char *mid, const char *device, struct parley_text *frame)
{
	struct follower *f = arg;
	struct parley_payload *p;

	if (f->fresh && came_after_login(f, mid)) {
		f->beyond = true; /* the next page goes by mids, and has all that came since */
		return;
	}
	snprintf(f->passed, sizeof f->passed, "%s", mid);
	if (strcmp(device, f->device) == 0)
		return;
	snprintf(f->told, sizeof f->told, "%s", mid);
	parley_text_puts(frame, ",\"missed\":true}");
	p = parley_payload_new(frame);
	parley_payload_set_mid(p, mid);
	parley_session_hold(f->session, false); /* what is held back is only the live messages */
	parley_send(f->session, p);
	parley_session_hold(f->session, true);
	parley_payload_unref(&p);
	f->offline->resent++;
}

/* Sends one page. 1, or 0 when there is nothing any more and nothing new was kept back meanwhile,
 * or -1. The first one of a fresh device has what was unread at the login, and those behind it what
 * came after that. Awaits. */
static int
send_page(struct offline *o, struct follower *f, struct parley_error *err)
{
	const struct parley_history_1 *history;
	const char *from = f->fresh ? NULL : f->passed[0] != '\0' ? f->passed : f->acked;
	bool held = parley_session_held_back(f->session), more = false;
	void *history_self;

	history = parley_service_find("history/1", &history_self);
	if (history->missed(history_self, f->account, from, (unsigned)o->page, send_missed, f,
		&more, err) < 0)
		return -1;
	if (f->fresh && (!more || f->beyond)) {
		memcpy(f->passed, f->begun, sizeof f->passed);
		more = more || held; /* that may count as read already, and was not in it */
	}
	f->fresh = false;
	memcpy(f->awaited, f->before, sizeof f->awaited);
	memcpy(f->before, f->told, sizeof f->before);
	return parley_session_held_back(f->session) || more;
}

static bool
must_wait(const struct follower *f)
{
	return !f->deaf && strcmp(f->acked, f->awaited) < 0;
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
	struct parley_error err = { 0 };
	int rc = 1;

	if (!f->placed && position_find(f, &err) != 0)
		rc = -1;
	f->placed = true;
	while (rc > 0 && !f->ended && !must_wait(f)) {
		rc = send_page(o, f, &err);
		if (rc > 0 && f->deaf) /* at a pace that its queue may stand */
			parley_await_sleep(PACE_MS);
	}
	if (rc < 0 && !f->ended) {
		parley_log_warn(
		    "offline", "could not tell what was missed, going on: %s", err.text);
		f->ended = true;
	}
	f->running = false;
	f->paused = parley_monotonic();
	f->catching_up = rc > 0;
	if (!f->catching_up) {
		parley_session_passed(f->session, f->passed);
		parley_session_hold(f->session, false);
	}
	if (f->ended)
		follower_free(o, f);
}

/* A client that is connected and acknowledges nothing never will: all is sent at once. */
static bool
may_go_on(struct follower *f)
{
	const struct parley_session *s = parley_session_find(f->session);

	if (!f->catching_up || f->running)
		return false;
	if (must_wait(f) && s != NULL && parley_session_connected(s) &&
	    parley_monotonic() >= f->paused + PATIENCE_MS)
		f->deaf = true;
	return !must_wait(f);
}

/* Starts those who may go on. True while somebody catches up. */
static bool
feed(struct offline *o)
{
	struct follower *f;
	uint32_t at = 0;
	bool more = false;

	while ((f = parley_table_each(o->by_session, &at)) != NULL) {
		if (may_go_on(f))
			f->running = parley_spawn("offline", follow_run, f) == 0;
		more = more || f->catching_up;
	}
	return more;
}

/* The module's own fiber, so that a node that stops does not wait for clients. */
static void
feed_run(void *arg)
{
	struct offline *o = arg;
	bool more = false;

	while (parley_await_event(&o->wake, more ? LOOK_MS : -1) != PARLEY_CANCELED) {
		o->wake = (struct parley_event){ 0 };
		more = feed(o);
	}
}

/* First of all handlers, and at once: from here on no message may overtake what was missed. */
static enum parley_verdict
offline_bound(void *self, parley_session_id session, const struct parley_json *frame, bool resumed)
{
	const struct parley_session *s = parley_session_find(session);
	const struct parley_history_1 *history;
	struct offline *o = self;
	struct follower *f;
	void *history_self;

	if (s == NULL || parley_session_ended(s) || resumed ||
	    !parley_json_bool(parley_json_get(frame, "missed"), false))
		return PARLEY_PASS;
	f = follower_new(o, s);
	f->catching_up = true;
	history = parley_service_find("history/1", &history_self);
	snprintf(f->begun, sizeof f->begun, "%s", history->latest(history_self));
	parley_session_hold(session, true);
	parley_event_set(&o->wake, 0);
	return PARLEY_PASS;
}

/* ---- acknowledgements --------------------------------------------------------------------- */

/* While it catches up, live messages are held back, so a mid that is acknowledged is always behind
 * everything that was missed before it. */
static enum parley_verdict
offline_acked(void *self, parley_session_id session, const char *mid)
{
	struct offline *o = self;
	struct follower *f = follower_find(o, session);

	if (f != NULL && strcmp(mid, f->acked) > 0) {
		snprintf(f->acked, sizeof f->acked, "%s", mid);
		f->dirty = true;
		if (f->catching_up)
			parley_event_set(&o->wake, 0);
	}
	return PARLEY_PASS;
}

static enum parley_verdict
offline_ended(void *self, parley_session_id session, const struct parley_json *frame, bool resumed)
{
	struct follower *f = follower_find(self, session);

	if (f == NULL)
		return PARLEY_PASS;
	if (f->dirty)
		position_note(f->key, f->acked);
	if (f->running)
		f->ended = true;
	else
		follower_free(self, f);
	return PARLEY_PASS;
}

static void
save_run(void *arg)
{
	struct offline *o = arg;

	while (parley_await_sleep(SAVE_MS) == 0) {
		struct follower *f;
		uint32_t at = 0;

		while ((f = parley_table_each(o->by_session, &at)) != NULL)
			if (f->dirty) {
				f->dirty = false;
				position_note(f->key, f->acked);
			}
	}
}

/* ---- load and unload ---------------------------------------------------------------------- */

static int
offline_load(void *self, struct parley_error *err)
{
	struct offline *o = self;

	o->by_session = parley_table_new();
	if (parley_spawn("offline-save", save_run, o) != 0 ||
	    parley_spawn("offline-feed", feed_run, o) != 0)
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
	    struct offline, page, 50, 1, 200, "missed messages read from the archive at once"),
	{ 0 },
};

static void
offline_followers_limit(const void *self, struct parley_fill *fill)
{
	const struct offline *s = self;

	fill->used = s->followers;
	fill->max = parley_session_most();
}

static const struct parley_limit offline_limits[] = {
	{ "followers", offline_followers_limit },
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
	.limits = offline_limits,
	.state_size = sizeof(struct offline),
	.load = offline_load,
	.unload = offline_unload,
};
