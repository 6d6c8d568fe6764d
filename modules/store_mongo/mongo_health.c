/* SPDX-License-Identifier: MIT */
/* mongo_health.c - what an error of the driver means, and the breaker that keeps everybody from
 * waiting for a deployment that does not answer. */
#include "mongo.h"

#include <parley/await.h>
#include <parley/log.h>
#include <string.h>

#define PROBE_MS 1000 /* between the questions while it is open */

static int
refuse(struct parley_error *err)
{
	parley_fail(err, PARLEY_BUSY, NULL, "the data base does not answer: try again later");
	if (err != NULL)
		err->retry_after = MG_RETRY_S;
	return -1;
}

bool
mg_may_ask(struct mg_breaker *b, struct parley_error *err)
{
	int64_t until = atomic_load(&b->until), now;

	if (until == 0)
		return true;
	now = parley_monotonic();
	if (now >= until && atomic_compare_exchange_strong(&b->until, &until, now + PROBE_MS))
		return true;
	refuse(err);
	return false;
}

void
mg_answered(struct mg_breaker *b)
{
	if (atomic_load(&b->until) == 0)
		return;
	if (atomic_exchange(&b->until, 0) != 0)
		parley_log_info("store", "the data base answers again");
}

bool
mg_is_duplicate(const bson_error_t *error)
{
	return error->domain == MONGOC_ERROR_SERVER && error->code == 11000;
}

/* It answers, but what it stands on does not, or it does not say what is wrong. */
static bool
is_vague(const bson_error_t *error)
{
	return error->domain == MONGOC_ERROR_SERVER && (error->code == 1 || error->code == 8);
}

/* What MongoDB says while it changes its primary, stops, or has too much to do. */
bool
mg_is_passing(const bson_error_t *error)
{
	static const uint32_t codes[] = { 6, 7, 50, 63, 64, 79, 89, 91, 100, 112, 133, 134, 150,
		175, 189, 202, 234, 262, 317, 358, 384, 402, 9001, 10107, 11600, 11601, 11602,
		13388, 13435, 13436, 13475 };

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
	if (is_vague(error))
		return true;
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		if (error->code == codes[i])
			return true;
	return false;
}

/* Says it once, not for each that would have to wait. */
static void
open_breaker(struct mg_breaker *b, const bson_error_t *error, const char *what)
{
	int64_t until = parley_monotonic() + PROBE_MS;

	if (!is_vague(error) && atomic_exchange(&b->until, until) != 0)
		return;
	parley_log_warn(
	    "store", "the data base does not do its work: cannot %s: %s", what, error->message);
}

int
mg_fail(struct mg_breaker *b, const bson_error_t *error, const char *what, struct parley_error *err)
{
	if (mg_is_passing(error)) {
		open_breaker(b, error, what);
		return refuse(err);
	}
	parley_log_error("store", "mongodb: cannot %s: %s (%u.%u)", what, error->message,
	    error->domain, error->code);
	return parley_fail(
	    err, PARLEY_INTERNAL, NULL, "mongodb: cannot %s: %.150s", what, error->message);
}
