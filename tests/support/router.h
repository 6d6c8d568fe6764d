/* SPDX-License-Identifier: MIT */
/* router.h - a router for the length of a test: a loop, the runtime on it, and a fiber for the
 * test. Include after support/test.h. */
#ifndef ROUTER_H
#define ROUTER_H

#include "runtime/task.h"

struct router {
	struct loop *loop;
	struct scope test;   /* of the fiber that runs the test */
	struct scope others; /* for those that the test starts; cancelled at its end */
	void (*fn)(struct router *r);
};

static void
router_test_fiber(void *arg)
{
	struct router *r = arg;

	r->fn(r);
	scope_cancel(&r->others);
	assert_int_equal(await_scope_idle(&r->others, 10000), 0);
	loop_stop(r->loop);
}

static void
router_after_drain(void *arg)
{
	runtime_run();
}

/* Runs fn on a fiber of a new runtime, then takes everything down, and fails when a fiber stays. */
static void
router_run(const struct runtime_config *config, void (*fn)(struct router *r))
{
	static const struct runtime_config small = {
		.fibers = 64, .workers = 2, .worker_queue = 64
	};
	struct router r = { .loop = loop_new("router"), .fn = fn };

	assert_int_equal(runtime_start(r.loop, config != NULL ? config : &small), 0);
	scope_open(&r.test, NULL);
	scope_open(&r.others, NULL);
	assert_int_equal(task_spawn(&r.test, "test", router_test_fiber, &r), 0);
	loop_run(r.loop, router_after_drain, NULL);
	scope_close(&r.others);
	scope_close(&r.test);
	runtime_stop();
	loop_free(&r.loop);
}

#endif
