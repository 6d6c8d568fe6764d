/* SPDX-License-Identifier: MIT */
/* store_expire.c - removes documents whose time has come, collection by collection. */
#include "store/expire.h"

#include "base/table.h"
#include "base/xalloc.h"
#include "runtime/task.h"
#include "store/call.h"

#include <stdlib.h>
#include <string.h>

#define SWEEP_MS (60 * 1000)

/* A collection whose documents expire. */
struct sweep {
	struct store_job job;
	bool busy;
};

static struct {
	struct table sweeps; /* of struct sweep, by the collection's name */
	struct timer *timer;
	bool stopping;
	uint64_t expired;
} expiry;

static void
on_swept(struct store_job *job)
{
	struct sweep *sweep = (struct sweep *)job;

	store_taken_off();
	sweep->busy = false;
	if (job->write.rc != 0)
		return;
	expiry.expired += (uint64_t)job->write.seq;
	if (job->write.seq < PARLEY_EXPIRE_MAX || expiry.stopping)
		return;
	sweep->busy = true;
	store_push(job);
}

void
store_sweep(void)
{
	struct sweep *sweep;
	uint32_t at = 0;

	while ((sweep = table_each(&expiry.sweeps, &at)) != NULL) {
		if (sweep->busy)
			continue;
		sweep->busy = true;
		store_push(&sweep->job);
	}
}

static void
on_timer(void *arg)
{
	store_sweep();
}

void
expiry_start(void)
{
	expiry.timer = timer_new(on_timer, NULL);
	timer_start(expiry.timer, SWEEP_MS, true);
}

void
expiry_add(const struct parley_collection *c)
{
	struct sweep *sweep = table_get(&expiry.sweeps, c->name);

	if (sweep == NULL) {
		sweep = xcalloc(1, sizeof *sweep);
		sweep->job.done = on_swept;
		sweep->job.write.op = PARLEY_WRITE_EXPIRE;
		table_put(&expiry.sweeps, c->name, sweep);
	}
	if (!sweep->busy) /* else the writer looks at it */
		sweep->job.write.collection = c;
}

void
expiry_end(void)
{
	expiry.stopping = true;
	timer_free(&expiry.timer);
}

void
expiry_stop(void)
{
	struct sweep *sweep;
	uint32_t at = 0;

	while ((sweep = table_each(&expiry.sweeps, &at)) != NULL)
		free(sweep);
	table_fini(&expiry.sweeps);
	memset(&expiry, 0, sizeof expiry);
}

uint64_t
expiry_count(void)
{
	return expiry.expired;
}
