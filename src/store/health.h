/* SPDX-License-Identifier: MIT */
/* health.h - whether the back end can be asked. While it is away nobody waits for it: what is
 * queued is refused, and so is what comes. Router thread. */
#ifndef STORE_HEALTH_H
#define STORE_HEALTH_H

#include <parley/backend.h>

void health_start(const struct parley_backend *backend, void *state);
void health_stop(void);

/* 0, or -1 with PARLEY_BUSY while the back end is away, which is counted. */
int health_check(struct parley_error *err);

struct health_stats {
	bool away;
	uint64_t times, refused; /* how often it was away; what was refused meanwhile */
};
struct health_stats health_stats(void);

#endif
