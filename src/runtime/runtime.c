/* SPDX-License-Identifier: MIT */
/* runtime.c - sets up what the router thread runs on, and takes it down. */
#include "runtime/runtime.h"

#include "base/log.h"
#include "base/xalloc.h"
#include "runtime/fiber_annotate.h"
#include "runtime/memory.h"
#include "runtime/watchdog.h"
#include "runtime/workers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	/* Deep enough for recursion over the nesting we accept; virtual, so it costs nothing. The
	 * sanitizers make frames larger. */
	STACK_SIZE = (FIBER_ASAN || FIBER_TSAN ? 512 : 256) * 1024,
	FIBERS = 16384,
	FIBERS_TSAN = 4000, /* it knows 8,128 threads and fibers, ended ones included */
	WORKERS = 4,
	WORKER_QUEUE = 1024,
	STALL_MS = 50,
	TRIM_MS = 30 * 1000,
	TRIM_KEEP = 256,
	TRIM_AT_MOST = 500, /* so that trimming holds nobody up; the rest after */
	TRIM_REST_MS = 50,
};

struct runtime runtime;

void
assert_router(void)
{
	parley_assert(runtime.loop != NULL);
	loop_assert(runtime.loop);
}

struct loop *
runtime_loop(void)
{
	return runtime.loop;
}

static void
on_trim(void *arg)
{
	bool all = fibers_trim(TRIM_KEEP, TRIM_AT_MOST) < TRIM_AT_MOST;

	if (all)
		memory_look(runtime.spawned);
	timer_start(runtime.trim, all ? TRIM_MS : TRIM_REST_MS, false);
}

static void
context_for_log(struct log_context *out)
{
	const struct task_context *c = task_context();

	*out = (struct log_context){ c->module, c->stanza, c->session };
}

static struct runtime_config
with_defaults(const struct runtime_config *config)
{
	struct runtime_config c = *config;

	if (c.fibers == 0)
		c.fibers = FIBERS;
	if (FIBER_TSAN && c.fibers > FIBERS_TSAN)
		c.fibers = FIBERS_TSAN;
	if (c.workers == 0)
		c.workers = WORKERS;
	if (c.worker_queue == 0)
		c.worker_queue = WORKER_QUEUE;
	if (c.stall_ms == 0)
		c.stall_ms = STALL_MS;
	return c;
}

/* Whatever has been started is stopped again on the way out. */
static int
start_parts(const struct runtime_config *c)
{
	int saved;

	if (fibers_start(c->fibers, STACK_SIZE) != 0)
		return -1;
	if (workers_start(c->workers, c->worker_queue) == 0) {
		if (watchdog_start(runtime.loop, c->stall_ms) == 0)
			return 0;
		saved = errno;
		workers_stop();
		errno = saved;
	}
	saved = errno;
	fibers_stop();
	errno = saved;
	return -1;
}

int
runtime_start(struct loop *router, const struct runtime_config *config)
{
	struct runtime_config c = with_defaults(config);

	parley_assert(runtime.loop == NULL);
	loop_assert(router);
	runtime.loop = router;
	log_set_context(context_for_log);
	if (start_parts(&c) != 0) {
		runtime.loop = NULL;
		return -1;
	}
	runtime.tasks = xcalloc(c.fibers + 1, sizeof *runtime.tasks);
	runtime.ready_end = &runtime.ready;
	runtime.trim = timer_new(on_trim, NULL);
	timer_start(runtime.trim, TRIM_MS, false);
	return 0;
}

void
runtime_stop(void)
{
	assert_router();
	parley_assert(fiber_stats().live == 0);
	timer_free(&runtime.trim);
	watchdog_stop();
	workers_stop();
	loop_drain(runtime.loop);
	parley_assert(fiber_stats().live == 0);
	fibers_stop();
	free(runtime.tasks);
	memset(&runtime, 0, sizeof runtime);
}

void
runtime_run(void)
{
	assert_router();
	parley_assert(task_self() == NULL && !runtime.turning);
	runtime.turning = true;
	tasks_run();
	workers_flush();
	runtime.turning = false;
	if (runtime.ready != NULL)
		loop_want_drain(runtime.loop);
}

struct runtime_stats
runtime_stats(void)
{
	struct fiber_stats f = fiber_stats();
	struct workers_stats w = workers_stats();

	return (struct runtime_stats){
		.fibers_live = f.live,
		.fibers_max = f.max,
		.fibers_peak = f.peak,
		.stack_size = f.stack_size,
		.stack_peak = f.stack_peak,
		.jobs_queued = w.queued,
		.jobs_max = w.queue_max,
		.workers_busy = w.busy,
		.jobs = w.jobs,
		.spawned = runtime.spawned,
		.refused = runtime.refused + w.refused,
		.stalls = watchdog_stalls(),
	};
}
