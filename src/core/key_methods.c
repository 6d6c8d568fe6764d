/* SPDX-License-Identifier: MIT */
/* key_methods.c - the keys of the store: opened first of all, told to operators, rotated, and the
 * walk over all that older keys have sealed. */
#include "core/builtin.h"
#include "core/keyring.h"
#include "runtime/task.h"
#include "seal/seal.h"
#include "store/store.h"

#include <inttypes.h>
#include <parley/log.h>
#include <string.h>

#define FIRST_MS 2000  /* after the start: others have more to do then */
#define LOOK_MS  60000 /* and every minute, for what could not be done */
#define BAD_MAX  256

struct keys {
	uint64_t sealed_anew, failed, left; /* metrics */
	uint64_t seen;                      /* of the collection that is walked over */
	const struct parley_collection *walking;
	struct parley_event *wake;                    /* of the walk, while it waits */
	const struct parley_collection *bad[BAD_MAX]; /* that have documents that do not open */
	unsigned bad_count;
};

/* ---- the walk ------------------------------------------------------------------------------- */

static bool
is_bad(const struct keys *k, const struct parley_collection *c)
{
	for (unsigned i = 0; i < k->bad_count; i++)
		if (k->bad[i] == c)
			return true;
	return false;
}

/* Counts those that are left, too. */
static const struct parley_collection *
next_to_walk(struct keys *k)
{
	const struct parley_collection *c, *found = NULL;
	uint32_t at = 0;

	k->left = 0;
	while ((c = store_each_declared(&at)) != NULL) {
		if (!keyring_wants_walk(c))
			continue;
		k->left++;
		if (found == NULL && !is_bad(k, c))
			found = c;
	}
	return found;
}

/* Gives way to what people do: the walk takes half of the time at most, and no full queue. -1 when
 * the node stops. */
static int
give_way(int64_t began)
{
	int64_t took = parley_monotonic() - began;
	struct store_stats s;

	if (parley_await_sleep(took < 2 ? 2 : took > 1000 ? 1000 : (int)took) != 0)
		return -1;
	for (s = store_stats(); s.queued > s.queue_max / 4; s = store_stats())
		if (parley_await_sleep(50) != 0)
			return -1;
	return 0;
}

/* 0 when all is sealed as it should be; 1 when not; -1 when the node stops. */
static int
walk_over(struct keys *k, const struct parley_collection *c)
{
	struct store_walk walk = { .c = c };
	uint32_t key = seal_key_current();
	struct parley_error err = { 0 };

	while (store_fence(NULL) != 0) /* what was sealed before is where the walk finds it */
		if (parley_await_sleep(1000) != 0)
			return -1;
	while (!walk.ended && key == seal_key_current()) {
		int64_t began = parley_monotonic();
		uint64_t sealed = walk.sealed, failed = walk.failed;

		if (store_walk_on(&walk, &err) != 0 && parley_await_sleep(1000) != 0)
			return -1;
		k->sealed_anew += walk.sealed - sealed;
		k->failed += walk.failed - failed;
		k->seen = walk.seen;
		if (give_way(began) != 0)
			return -1;
	}
	if (key != seal_key_current())
		return 0; /* once more, for the new one */
	if (walk.sealed > 0)
		parley_log_info("key",
		    "sealed %" PRIu64 " of %" PRIu64 " documents anew, collection=%s", walk.sealed,
		    walk.seen, c->name);
	if (walk.failed == 0)
		return keyring_walked(c, key, &err) == 0 || parley_await_sleep(1000) == 0 ? 0 : -1;
	parley_log_warn("key",
	    "collection=%s %" PRIu64 " documents do not open: the keys that it may need stay",
	    c->name, walk.failed);
	return 1;
}

/* True when the key was changed meanwhile. */
static bool
wait_for_more(struct keys *k, int ms, int *rc_r)
{
	struct parley_event event = { 0 };

	k->wake = &event;
	*rc_r = parley_await_event(&event, ms) == PARLEY_CANCELED ? -1 : 0;
	k->wake = NULL;
	return event.set;
}

/* What does not open is not tried again before there is a new key. */
static void
walk_fiber(void *arg)
{
	struct keys *k = arg;
	int rc;

	wait_for_more(k, FIRST_MS, &rc);
	while (rc >= 0) {
		k->walking = next_to_walk(k);
		if (k->walking == NULL) {
			if (wait_for_more(k, LOOK_MS, &rc))
				k->bad_count = 0;
			continue;
		}
		rc = walk_over(k, k->walking);
		if (rc > 0 && k->bad_count < BAD_MAX)
			k->bad[k->bad_count++] = k->walking;
	}
	k->walking = NULL;
}

/* ---- methods -------------------------------------------------------------------------------- */

static void
put_keys(struct parley_writer *w)
{
	const struct ring *ring = keyring_ring();

	parley_put_array(w, "keys");
	for (unsigned i = 0; i < ring->count; i++) {
		parley_put_object(w, NULL);
		parley_put_int(w, "id", ring->keys[i].id);
		parley_put_time(w, "made", ring->keys[i].made);
		parley_put_bool(w, "current", ring->keys[i].id == ring->current);
		parley_put_end(w);
	}
	parley_put_end(w);
}

static bool
is_declared(const char *name)
{
	const struct parley_collection *c;
	uint32_t at = 0;

	while ((c = store_each_declared(&at)) != NULL)
		if (strcmp(c->name, name) == 0)
			return true;
	return false;
}

static void
put_collections(struct parley_writer *w)
{
	const struct keyring_use *uses;
	unsigned count;

	uses = keyring_uses(&count);
	parley_put_array(w, "collections");
	for (unsigned i = 0; i < count; i++) {
		parley_put_object(w, NULL);
		parley_put_string(w, "name", uses[i].collection);
		parley_put_int(w, "key", uses[i].key);
		parley_put_bool(w, "loaded", is_declared(uses[i].collection));
		parley_put_end(w);
	}
	parley_put_end(w);
}

static void
key_status(void *self, struct parley_request *r)
{
	struct parley_writer *w = parley_answer(r);
	struct keys *k = self;

	next_to_walk(k); /* counts what is left */
	parley_put_string(w, "node_key", keyring_node_key()->print);
	parley_put_string(w, "from", keyring_node_key()->from);
	if (keyring_pending()[0] != '\0')
		parley_put_string(w, "pending", keyring_pending());
	put_keys(w);
	put_collections(w);
	parley_put_int(w, "left", (int64_t)k->left);
	if (k->walking != NULL) {
		parley_put_string(w, "walking", k->walking->name);
		parley_put_int(w, "seen", (int64_t)k->seen);
	}
	parley_put_int(w, "sealed", (int64_t)k->sealed_anew);
	parley_put_int(w, "failed", (int64_t)k->failed);
}

static void
key_rotate(void *self, struct parley_request *r)
{
	struct parley_error err = { 0 };
	struct keys *k = self;

	if (keyring_rotate(&err) != 0) {
		parley_refuse_error(r, &err);
		return;
	}
	parley_log_info("key", "data key %u is the current one", seal_key_current());
	parley_put_int(parley_answer(r), "key", seal_key_current());
	if (k->wake != NULL)
		parley_event_set(k->wake, 0);
}

static void
key_rewrap(void *self, struct parley_request *r)
{
	const struct parley_json *params = parley_request_params(r);
	struct parley_error err = { 0 };
	char print[RING_PRINT];

	if (keyring_rewrap(parley_json_string(parley_json_get(params, "file")), print, &err) != 0) {
		parley_refuse_error(r, &err);
		return;
	}
	parley_log_info("key", "the keyring waits for node key %s", print);
	parley_put_string(parley_answer(r), "node_key", print);
	parley_put_string(parley_answer(r), "from", keyring_node_key()->from);
}

static int
key_load(void *self, struct parley_error *err)
{
	if (keyring_open(err) != 0)
		return -1;
	if (parley_spawn("key-walk", walk_fiber, self) == 0)
		return 0;
	return parley_fail(err, PARLEY_INTERNAL, NULL, "no fiber is free");
}

static const struct parley_method key_methods[] = {
	{ "key.status", PARLEY_ROLE_OPERATOR, key_status },
	{ "key.rotate", PARLEY_ROLE_OPERATOR, key_rotate },
	{ "key.rewrap", PARLEY_ROLE_OPERATOR, key_rewrap },
	{ 0 },
};

static const struct parley_metric key_metrics[] = {
	PARLEY_COUNTER(struct keys, sealed_anew, "documents sealed anew, under a newer key"),
	PARLEY_COUNTER(
	    struct keys, failed, "documents that could not be, because they do not open"),
	PARLEY_GAUGE(struct keys, left, "collections that may have documents under older keys"),
	{ 0 },
};

static const struct parley_collection *const key_collections[] = { &keyring_collection, NULL };

const struct parley_module key_module = {
	PARLEY_ABI,
	.name = "key",
	.summary = "the keys under which the store seals what is secret",
	.methods = key_methods,
	.collections = key_collections,
	.metrics = key_metrics,
	.state_size = sizeof(struct keys),
	.load = key_load,
};
