/* SPDX-License-Identifier: MIT */
/* planted.c - bugs on fibers, one for each argument, that the sanitizers must find. They would keep
 * silent, too, if we told them wrong things about our stacks; planted.sh sees that they do not.
 * Without an argument: lists those that this build can find. */
#include "support/test.h"

#include "runtime/fiber_annotate.h"
#include "runtime/fiber_switch.h"
#include "support/router.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static volatile int beyond = 20, number = INT_MAX;
static volatile char sink;
static int shared;

/* The same pointer, of which the compiler knows nothing any more: it would see the bugs itself. */
static char *
veil(char *p)
{
	__asm__ volatile("" : "+r"(p) : : "memory");
	return p;
}

static void
planted_heap(struct router *r)
{
	char *p = malloc(16);

	parley_await_sleep(0);
	veil(p)[beyond] = 1;
	free(p);
}

static void
planted_stack(struct router *r)
{
	char text[16];

	memset(text, 0, sizeof text);
	parley_await_sleep(0);
	veil(text)[beyond] = 1;
}

static void
planted_freed(struct router *r)
{
	char *p = malloc(16), *q = veil(p);

	parley_await_sleep(0);
	free(p);
	parley_await_sleep(0);
	sink = q[3];
}

static void
planted_undefined(struct router *r)
{
	parley_await_sleep(0);
	sink = (char)(number + beyond);
}

static void
planted_leak(struct router *r)
{
	char *p = malloc(100);

	parley_await_sleep(0);
	memset(p, 1, 100);
	sink = p[50];
}

/* Not a bug: what only a suspended fiber knows is not lost. */
static void
hold(void *arg)
{
	char *p = malloc(100);
	struct parley_event never = { 0 };

	parley_await_event(&never, -1);
	free(p);
}

static void
sound_holder(struct router *r)
{
	for (int i = 0; i < 5; i++)
		task_spawn(&r->others, "holder", hold, NULL);
	parley_await_sleep(0);
	exit(0);
}

static void
touch_shared(void *arg)
{
	shared++;
}

static void
work_and_touch(void *arg)
{
	for (int i = 0; i < 200; i++) {
		parley_await_work(touch_shared, NULL);
		if (arg != NULL)
			shared++;
	}
}

/* Two workers at once. */
static void
planted_race_of_workers(struct router *r)
{
	for (int i = 0; i < 3; i++)
		task_spawn(&r->others, "toucher", work_and_touch, NULL);
	await_scope_idle(&r->others, -1);
}

/* A worker, and a fiber that does not wait for it. */
static void
planted_race_with_worker(struct router *r)
{
	for (int i = 0; i < 3; i++)
		task_spawn(&r->others, "toucher", work_and_touch, r);
	await_scope_idle(&r->others, -1);
}

/* Not a bug: a job and its fiber take turns. */
static void
sound_turns(struct router *r)
{
	work_and_touch(r);
}

enum { ASAN = FIBER_ASAN, TSAN = FIBER_TSAN };

/* AddressSanitizer wraps swapcontext, and forgets there what it knew of the stack. */
#ifdef PARLEY_FIBER_UCONTEXT
enum { ASAN_STACK = 0 };
#else
enum { ASAN_STACK = ASAN };
#endif

static const struct {
	const char *name;
	void (*fn)(struct router *r);
	int found_here;
	const char *report;
} bugs[] = {
	{ "heap", planted_heap, ASAN, "heap-buffer-overflow" },
	{ "stack", planted_stack, ASAN_STACK, "stack-buffer-overflow" },
	{ "freed", planted_freed, ASAN || TSAN, "heap-use-after-free" },
	{ "undefined", planted_undefined, ASAN, "signed integer overflow" },
	{ "leak", planted_leak, ASAN, "detected memory leaks" },
	{ "race-of-workers", planted_race_of_workers, TSAN, "data race" },
	{ "race-with-worker", planted_race_with_worker, TSAN, "data race" },
	{ "holder", sound_holder, ASAN, "nothing" },
	{ "turns", sound_turns, ASAN || TSAN, "nothing" },
};

int
main(int argc, char **argv)
{
	for (size_t i = 0; i < sizeof bugs / sizeof bugs[0]; i++)
		if (argc < 2 && bugs[i].found_here)
			printf("%s:%s\n", bugs[i].name, bugs[i].report);
		else if (argc > 1 && strcmp(argv[1], bugs[i].name) == 0)
			router_run(NULL, bugs[i].fn);
	return 0;
}
