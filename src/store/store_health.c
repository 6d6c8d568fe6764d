/* SPDX-License-Identifier: MIT */
/* store_health.c - looks whether the back end can be asked. What the writer has handed to it may
 * wait until it is known what became of it; all else that waits behind that is refused. */
#include "store/health.h"

#include "runtime/task.h"
#include "store/writer.h"

#include <string.h>

#define LOOK_MS 500

static struct {
	const struct parley_backend *backend;
	void *state;
	struct timer *timer;
	struct parley_error why; /* while it is away */
	struct health_stats stats;
} health;

static void
on_timer(void *arg)
{
	struct parley_error err = { 0 };
	bool away = health.backend->health(health.state, &err) != 0;

	health.stats.times += away && !health.stats.away;
	health.stats.away = away;
	if (!away)
		return;
	health.why = err;
	health.stats.refused += writer_refuse(&err);
	if (err.code == PARLEY_INTERNAL)
		writer_fail(&err);
}

int
health_check(struct parley_error *err)
{
	if (!health.stats.away)
		return 0;
	health.stats.refused++;
	if (err != NULL)
		*err = health.why;
	return -1;
}

bool
store_is_away(void)
{
	return health.stats.away;
}

struct health_stats
health_stats(void)
{
	return health.stats;
}

void
health_start(const struct parley_backend *backend, void *state)
{
	health.backend = backend;
	health.state = state;
	if (backend->health == NULL)
		return;
	health.timer = timer_new(on_timer, NULL);
	timer_start(health.timer, LOOK_MS, true);
}

void
health_stop(void)
{
	timer_free(&health.timer);
	memset(&health, 0, sizeof health);
}
