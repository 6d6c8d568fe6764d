/* SPDX-License-Identifier: MIT */
/* rate.c - how often somebody may do something.
 *
 * A bucket is the time when it will be empty, as in src/auth/throttle.c; here in microseconds, so
 * that a thousand in a second can be told apart. */
#include "core/rate.h"

#include "auth/stamps.h"

#include <parley/await.h>
#include <string.h>

#define ENTRIES   32768
#define MINUTE_US 60000000

static struct {
	struct stamps levels; /* the node's first use makes them */
	struct rate_stats stats;
} rates;

uint64_t
rate_key(const char *what, const char *who)
{
	return stamps_key(what, who);
}

static int
refuse(int64_t wait, struct parley_error *err)
{
	rates.stats.refused++;
	parley_fail(err, PARLEY_LIMIT, NULL, "too often: wait a moment");
	if (err != NULL)
		err->retry_after = (uint32_t)((wait + 999999) / 1000000);
	return -1;
}

int
rate_take(uint64_t key, int64_t burst, int64_t per_minute, struct parley_error *err)
{
	int64_t cost, now, empty_at, over;

	if (per_minute <= 0)
		return 0;
	if (rates.levels.slots == NULL)
		stamps_init(&rates.levels, ENTRIES);
	cost = MINUTE_US / per_minute;
	now = parley_monotonic() * 1000;
	empty_at = stamps_get(&rates.levels, key);
	if (empty_at < now)
		empty_at = now;
	over = empty_at + cost - now - burst * cost;
	if (over > 0)
		return refuse(over, err);
	stamps_put(&rates.levels, key, empty_at + cost);
	return 0;
}

int
parley_rate_take(
    const char *what, const char *who, int64_t burst, int64_t per_minute, struct parley_error *err)
{
	return rate_take(rate_key(what, who), burst, per_minute, err);
}

struct rate_stats
rate_stats(void)
{
	struct rate_stats s = rates.stats;

	s.used = rates.levels.used;
	s.max = ENTRIES;
	s.evicted = rates.levels.evicted;
	return s;
}

void
rate_stop(void)
{
	stamps_fini(&rates.levels);
	memset(&rates, 0, sizeof rates);
}
