/* SPDX-License-Identifier: MIT */
/* dump.c - what every fiber is doing, for an operator who asks why a chat hangs. */
#include "runtime/runtime.h"

#include <stdio.h>

static void
dump_context(int fd, const struct task_context *c)
{
	if (c->module != NULL)
		dprintf(fd, ", module=%s", c->module);
	if (c->session != 0)
		dprintf(fd, ", session=%llu", (unsigned long long)c->session);
	if (c->stanza != NULL)
		dprintf(fd, ", stanza=\"%s\"", c->stanza);
}

static void
dump_task(int fd, unsigned number, const struct task *t, bool suspended)
{
	long long age = parley_monotonic() - t->born;

	dprintf(fd, "fiber %u \"%s\", %lld ms old, ", number, fiber_name(t->fiber), age);
	if (t == task_self())
		dprintf(fd, "runs");
	else if (suspended && !t->waiting)
		dprintf(fd, "about to go on after %s", t->wait_why);
	else
		dprintf(fd, "waits for %s", t->wait_why);
	dprintf(fd, ", %zu KiB of stack", fiber_stack_used(t->fiber) >> 10);
	dump_context(fd, &t->context);
	dprintf(fd, "\n");
}

void
runtime_dump(int fd)
{
	struct runtime_stats s = runtime_stats();
	struct fiber *f;

	assert_router();
	dprintf(fd, "%u fibers, at most %u so far, room for %u; %u jobs wait, %u run\n",
	    s.fibers_live, s.fibers_peak, s.fibers_max, s.jobs_queued, s.workers_busy);
	for (unsigned i = 0; (f = fiber_by_number(i)) != NULL; i++) {
		bool suspended = fiber_is_suspended(f);

		if (runtime.tasks[i].scope == NULL)
			continue;
		dump_task(fd, i, &runtime.tasks[i], suspended);
		if (suspended)
			fiber_backtrace(f, fd);
	}
}
