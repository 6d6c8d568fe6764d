/* SPDX-License-Identifier: MIT */
/* rate.h - how often somebody may do something, by a key. Router thread. */
#ifndef CORE_RATE_H
#define CORE_RATE_H

#include <parley/rate.h>

/* The key of who for what. */
uint64_t rate_key(const char *what, const char *who);

/* parley_rate_take with that key: for what happens often. */
int rate_take(uint64_t key, int64_t burst, int64_t per_minute, struct parley_error *err);

struct rate_stats {
	unsigned used, max; /* of what is counted at once */
	uint64_t refused, evicted;
};
struct rate_stats rate_stats(void);

/* Forgets everything. */
void rate_stop(void);

#endif
