/* SPDX-License-Identifier: MIT */
/* fiber.c - lets tests await. */
#include "support/fiber.h"

#include "runtime/loop.h"
#include "runtime/task.h"

#include <parley/await.h>
#include <parley/error.h>

static struct {
	struct loop *loop;
	struct scope scope;
	int (*fn)(void);
	int rc;
} run;

static void
on_drain(void *arg)
{
	runtime_run();
}

static void
body(void *arg)
{
	run.rc = run.fn();
	scope_cancel(&run.scope);
}

/* Waits for whatever the tests started and that the cancellation of their scope now ends. */
static void
supervise(void *arg)
{
	await_scope_idle(&run.scope, -1);
	scope_close(&run.scope);
	loop_stop(run.loop);
}

int
test_on_fiber(int (*fn)(void))
{
	struct runtime_config config = { .fibers = 256, .workers = 2 };
	struct scope outer = { 0 };

	run.fn = fn;
	run.loop = loop_new("test");
	parley_assert(runtime_start(run.loop, &config) == 0);
	scope_open(&outer, NULL);
	scope_open(&run.scope, NULL);
	parley_assert(task_spawn(&run.scope, "test", body, NULL) == 0);
	parley_assert(task_spawn(&outer, "supervisor", supervise, NULL) == 0);
	loop_run(run.loop, on_drain, NULL);
	scope_close(&outer);
	runtime_stop();
	loop_free(&run.loop);
	return run.rc;
}

void
test_spawn(void (*fn)(void *arg), void *arg)
{
	parley_assert(task_spawn(&run.scope, "test-aside", fn, arg) == 0);
}

void
test_yield(void)
{
	parley_await_sleep(0);
}
