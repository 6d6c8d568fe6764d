/* SPDX-License-Identifier: MIT */
/* mongo_health.c - what an error of the driver means, and the breaker that keeps everybody from
 * waiting for a deployment that does not answer. */
#include "mongo.h"

#include <parley/await.h>
#include <parley/log.h>
#include <stdio.h>
#include <time.h>

#define HURRY_MS 3000 /* who waits already when the node stops does so no longer */

/* ---- waiting ------------------------------------------------------------------------------ */

void
mg_breaker_init(struct mg_breaker *b)
{
	pthread_condattr_t attr;

	pthread_mutex_init(&b->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&b->changed, &attr);
	pthread_condattr_destroy(&attr);
}

void
mg_breaker_fini(struct mg_breaker *b)
{
	pthread_cond_destroy(&b->changed);
	pthread_mutex_destroy(&b->lock);
}

/* Until something has changed, or so long at most. Locked. */
static void
wait_locked(struct mg_breaker *b, int64_t ms)
{
	struct timespec end;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += ms / 1000;
	end.tv_nsec += ms % 1000 * 1000000;
	if (end.tv_nsec >= 1000000000) {
		end.tv_nsec -= 1000000000;
		end.tv_sec++;
	}
	pthread_cond_timedwait(&b->changed, &b->lock, &end);
}

/* How long one may wait that would wait for ms. Locked. */
static int64_t
patience(const struct mg_breaker *b, int64_t ms)
{
	int64_t left = b->hurry != 0 ? b->hurry - parley_monotonic() : ms;

	return left < ms ? left : ms;
}

bool
mg_await_closed(struct mg_breaker *b, int64_t ms)
{
	int64_t least = parley_monotonic() + ms, left;

	pthread_mutex_lock(&b->lock);
	for (;;) {
		left = least - parley_monotonic();
		if (left <= 0 && !atomic_load(&b->open))
			break;
		left = patience(b, left > 0 ? left : MG_PROBE_MS);
		if (left <= 0 || atomic_load(&b->lost))
			break;
		wait_locked(b, left);
	}
	pthread_mutex_unlock(&b->lock);
	return !atomic_load(&b->open) && !atomic_load(&b->lost);
}

bool
mg_keeper_rest(struct mg_breaker *b, int64_t ms)
{
	int64_t begun = parley_monotonic(), left;
	bool on;

	pthread_mutex_lock(&b->lock);
	while (!b->ended) {
		left = begun + (atomic_load(&b->open) ? MG_PROBE_MS : ms) - parley_monotonic();
		if (left <= 0)
			break;
		wait_locked(b, left);
	}
	on = !b->ended;
	pthread_mutex_unlock(&b->lock);
	return on;
}

static void
tell_waiters(struct mg_breaker *b)
{
	pthread_mutex_lock(&b->lock);
	pthread_cond_broadcast(&b->changed);
	pthread_mutex_unlock(&b->lock);
}

void
mg_hurry(struct mg_breaker *b)
{
	pthread_mutex_lock(&b->lock);
	if (b->hurry == 0)
		b->hurry = parley_monotonic() + HURRY_MS;
	pthread_cond_broadcast(&b->changed);
	pthread_mutex_unlock(&b->lock);
}

void
mg_keeper_end(struct mg_breaker *b)
{
	pthread_mutex_lock(&b->lock);
	b->ended = true;
	pthread_cond_broadcast(&b->changed);
	pthread_mutex_unlock(&b->lock);
}

/* ---- the breaker -------------------------------------------------------------------------- */

static int
refuse(struct parley_error *err)
{
	parley_fail(err, PARLEY_BUSY, NULL, "the data base does not answer: try again later");
	if (err != NULL)
		err->retry_after = MG_RETRY_S;
	return -1;
}

/* Says it once, not for each that would have to wait. */
static void
open_breaker(struct mg_breaker *b, const char *what, const char *why)
{
	if (atomic_exchange(&b->open, true))
		return;
	parley_log_warn("store", "the data base does not do its work: cannot %s: %s", what, why);
	tell_waiters(b); /* the one who probes */
}

int
mg_health(struct mg_breaker *b, struct parley_error *err)
{
	if (atomic_load(&b->lost))
		return parley_fail(err, PARLEY_INTERNAL, NULL,
		    "another node has taken the data base, this one must not go on");
	return atomic_load(&b->open) ? refuse(err) : 0;
}

bool
mg_may_ask(struct mg_breaker *b, struct parley_error *err)
{
	int64_t until = atomic_load(&b->held_until);

	if (until != 0 && parley_monotonic() >= until)
		open_breaker(b, "write", "the hold on it has not been renewed in time");
	return mg_health(b, err) == 0;
}

void
mg_answered(struct mg_breaker *b, int64_t held_until)
{
	atomic_store(&b->held_until, held_until);
	if (!atomic_exchange(&b->open, false))
		return;
	parley_log_info("store", "the data base answers again");
	tell_waiters(b);
}

void
mg_lose(struct mg_breaker *b)
{
	atomic_store(&b->lost, true);
	atomic_store(&b->open, true);
	tell_waiters(b);
}

void
mg_did_not_answer(struct mg_breaker *b, const bson_error_t *error, const char *what)
{
	open_breaker(b, what, error->message);
}

/* ---- errors of the driver ----------------------------------------------------------------- */

bool
mg_is_duplicate(const bson_error_t *error)
{
	return error->domain == MONGOC_ERROR_SERVER && error->code == 11000;
}

bool
mg_is_vague(const bson_error_t *error)
{
	return error->domain == MONGOC_ERROR_SERVER && (error->code == 1 || error->code == 8);
}

/* It answers, but ended what took too long. */
static bool
is_slow(const bson_error_t *error)
{
	return error->domain == MONGOC_ERROR_SERVER && error->code == 50;
}

/* What MongoDB says while it changes its primary, stops, or has too much to do. */
bool
mg_is_passing(const bson_error_t *error)
{
	static const uint32_t codes[] = { 6, 7, 63, 64, 79, 89, 91, 100, 112, 133, 134, 150, 175,
		189, 202, 234, 262, 317, 358, 384, 402, 9001, 10107, 11600, 11601, 11602, 13388,
		13435, 13436, 13475 };

	switch (error->domain) {
	case MONGOC_ERROR_STREAM:
	case MONGOC_ERROR_SERVER_SELECTION:
	case MONGOC_ERROR_PROTOCOL:
		return true;
	case MONGOC_ERROR_CLIENT:
		return error->code != MONGOC_ERROR_CLIENT_AUTHENTICATE;
	case MONGOC_ERROR_WRITE_CONCERN:
		return true;
	case MONGOC_ERROR_SERVER:
		break;
	default:
		return false;
	}
	if (mg_is_vague(error) || is_slow(error))
		return true;
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		if (error->code == codes[i])
			return true;
	return false;
}

int
mg_fail(struct mg_breaker *b, const bson_error_t *error, const char *what, struct parley_error *err)
{
	if (mg_is_passing(error)) {
		if (!mg_is_vague(error) && !is_slow(error))
			open_breaker(b, what, error->message);
		else
			parley_log_warn(
			    "store", "the data base cannot %s: %s", what, error->message);
		return refuse(err);
	}
	parley_log_error("store", "mongodb: cannot %s: %s (%u.%u)", what, error->message,
	    error->domain, error->code);
	return parley_fail(
	    err, PARLEY_INTERNAL, NULL, "mongodb: cannot %s: %.150s", what, error->message);
}
