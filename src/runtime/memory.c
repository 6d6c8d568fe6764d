/* SPDX-License-Identifier: MIT */
/* memory.c - gives memory back to the system that the C library would keep. It returns only what is
 * free at the end of its heap, and after a crowd of logins that may be little of what is free. */
#include "runtime/memory.h"

#include "runtime/task.h"

#include <malloc.h>
#include <stdbool.h>

/* Of things done between two looks: fewer are quiet, and after fewer in all it is not worth it. */
#define QUIET 500

static struct {
	uint64_t last, given; /* done at the last look, and when memory was given back */
	struct work work;
	bool working;
} memory;

/* Each thread that finds the others' heaps in use gets one of its own, which grows to what that
 * thread ever needed. */
void
memory_start(unsigned busy_threads)
{
#ifdef M_ARENA_MAX
	mallopt(M_ARENA_MAX, (int)busy_threads + 1);
#endif
}

void
memory_give_back(void)
{
#ifdef __GLIBC__
	malloc_trim(0);
#endif
}

static void
on_worker(void *arg)
{
	memory_give_back();
}

static void
on_done(struct work *work)
{
	memory.working = false;
}

void
memory_look(uint64_t done)
{
	bool is_quiet = done - memory.last < QUIET;

	memory.last = done;
	if (!is_quiet || memory.working || done - memory.given < QUIET)
		return;
	memory.work = (struct work){ .fn = on_worker, .done = on_done };
	memory.working = work_submit(&memory.work);
	if (memory.working)
		memory.given = done;
}
