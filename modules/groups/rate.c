/* SPDX-License-Identifier: MIT */
/* rate.c - how often somebody did something of late. */
#include "groups.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct rate {
	char key[PARLEY_NETWORK_SIZE + 16];
	int64_t since, window, count;
};

static void
rate_free(struct groups *gs, struct rate *rate)
{
	parley_table_remove(gs->rates, rate->key);
	free(rate);
	gs->rates_in_memory--;
}

/* The oldest of them; windows have different lengths, so others may be over too. */
static void
rates_forget(struct groups *gs, int64_t now)
{
	struct rate *rate;
	uint32_t at = 0;

	while ((rate = parley_table_each(gs->rates, &at)) != NULL) {
		if (now < rate->since + rate->window && gs->rates_in_memory < RATES_MAX)
			return;
		rate_free(gs, rate);
	}
}

static struct rate *
rate_get(struct groups *gs, const char *key, int64_t window_ms)
{
	int64_t now = parley_monotonic();
	struct rate *rate;

	rates_forget(gs, now);
	rate = parley_table_get(gs->rates, key);
	if (rate != NULL && now >= rate->since + rate->window) {
		rate_free(gs, rate);
		rate = NULL;
	}
	if (rate != NULL)
		return rate;
	rate = parley_alloc(sizeof *rate);
	snprintf(rate->key, sizeof rate->key, "%s", key);
	rate->since = now;
	rate->window = window_ms;
	parley_table_put(gs->rates, rate->key, rate);
	gs->rates_in_memory++;
	return rate;
}

bool
rate_take(struct groups *gs, const char *key, int64_t n, int64_t most, int64_t window_ms,
    const char *what, struct parley_error *err)
{
	struct rate *rate = rate_get(gs, key, window_ms);
	int64_t left = rate->since + rate->window - parley_monotonic();

	if (rate->count + n <= most) {
		rate->count += n;
		return true;
	}
	parley_fail(err, PARLEY_LIMIT, NULL, "%s: at most %d in %s", what, (int)most,
	    window_ms > 60000 ? "an hour" : "a minute");
	err->retry_after = left > 0 ? (uint32_t)((left + 999) / 1000) : 1;
	return false;
}

void
rates_free(struct groups *gs)
{
	struct rate *rate;
	uint32_t at = 0;

	while ((rate = parley_table_each(gs->rates, &at)) != NULL)
		rate_free(gs, rate);
}
