/* SPDX-License-Identifier: MIT */
/* fiber.c - the arena of stacks, the pool of fibers, and going from one to another. */
#include "runtime/fiber.h"

#include "base/xalloc.h"
#include "runtime/fiber_annotate.h"
#include "runtime/fiber_fault.h"
#include "runtime/fiber_switch.h"

#include <errno.h>
#include <execinfo.h>
#include <parley/error.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
	COLOURS = 32,    /* tops of stacks are spread over so many */
	CACHE_LINE = 64, /* places, so that hot frames do not share the same cache sets */
	PARKING = 1024,  /* a parked fiber needs at most so much below its entry frame */
	BACKTRACE_DEPTH = 48,
	/* What -fstack-clash-protection takes for granted on aarch64, where it touches a large
	 * frame only once in so many bytes; and address space costs nothing. */
	GUARD = 64 * 1024,
	PAGES_MAX = 1024, /* of one stack */
};

enum fiber_state { FIBER_FREE, FIBER_TAKEN, FIBER_RUNNING, FIBER_SUSPENDED };

/* Kept outside the stacks, so that an overflow cannot damage it. tools/fibers-gdb.py reads it. */
struct fiber {
	struct fiber_context context;
	void (*fn)(void *arg);
	void *arg;
	const char *name;
	struct fiber *next; /* in the pool */
	char *stack;        /* lowest byte; the guard page is below */
	char *parked;       /* what is below is unused while the fiber is in the pool */
	enum fiber_state state;
	bool trimmed, want_backtrace;
	struct fiber_annotation annotation;
};

static struct {
	struct fiber *all, *pool;       /* the pool is a stack: what was used last is warm */
	unsigned max, made, live, peak; /* and one more than max in reserve */
	char *arena;
	size_t page, slot, stack_size, stack_peak;
	struct fiber *current;
	struct fiber loop; /* stands for the thread's own stack */
	struct fiber *backtrace_for;
	int backtrace_fd;
} fibers;

static inline void
switch_to(struct fiber *from, struct fiber *to)
{
	annotate_leave(&from->annotation, &to->annotation);
	fibers.current = to;
	fiber_context_switch(&from->context, &to->context);
	annotate_arrive(&from->annotation);
}

/* The life of a stack: a context is made once, then runs one fiber after the other. */
static void
fiber_entry(void)
{
	struct fiber *f = fibers.current;

	annotate_begin(&fibers.loop.annotation);
	f->parked = (char *)__builtin_frame_address(0) - PARKING;
	for (;;) {
		f->fn(f->arg);
		f->state = FIBER_FREE;
		fibers.live--;
		f->next = fibers.pool;
		fibers.pool = f;
		switch_to(f, &fibers.loop);
	}
}

int
fibers_start(unsigned max, size_t stack_size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t slot = GUARD + stack_size;
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK;
	void *arena;

	parley_assert(fibers.arena == NULL && stack_size % page == 0 && GUARD % page == 0);
	parley_assert(stack_size / page <= PAGES_MAX);
	arena = mmap(NULL, slot * (max + 1), PROT_NONE, flags, -1, 0);
	if (arena == MAP_FAILED)
		return -1;
	memset(&fibers, 0, sizeof fibers);
	fibers.all = xcalloc(max + 1, sizeof *fibers.all);
	fibers.max = max;
	fibers.arena = arena;
	fibers.page = page;
	fibers.slot = slot;
	fibers.stack_size = stack_size;
	fibers.loop.name = "loop";
	fibers.current = &fibers.loop;
	annotate_arena(arena, slot * (max + 1), true);
	annotate_loop(&fibers.loop.annotation);
	fiber_fault_start(arena, slot, GUARD, max + 1);
	return 0;
}

static size_t
arena_size(void)
{
	return fibers.slot * (fibers.max + 1);
}

void
fibers_stop(void)
{
	if (fibers.arena == NULL)
		return;
	parley_assert(fibers.current == &fibers.loop && fibers.live == 0);
	fiber_fault_stop();
	for (unsigned i = 0; i < fibers.made; i++)
		annotate_free(&fibers.all[i].annotation);
	annotate_arena(fibers.arena, arena_size(), false);
	/* not the whole arena: what ASan keeps about that alone would be hundreds of MiB */
	annotate_unused(fibers.arena, fibers.slot * fibers.made);
	munmap(fibers.arena, arena_size());
	free(fibers.all);
	memset(&fibers, 0, sizeof fibers);
}

static struct fiber *
fiber_make(void)
{
	unsigned number = fibers.made;
	struct fiber *f = &fibers.all[number];
	char *top;

	if (number > fibers.max)
		return NULL;
	f->stack = fibers.arena + fibers.slot * number + GUARD;
	if (mprotect(f->stack, fibers.stack_size, PROT_READ | PROT_WRITE) != 0)
		return NULL;
	fibers.made++;
	annotate_new(&f->annotation, f->stack, fibers.stack_size);
	top = f->stack + fibers.stack_size - number % COLOURS * CACHE_LINE;
	fiber_context_init(&f->context, f->stack, top, fiber_entry);
	return f;
}

struct fiber *
fiber_take(const char *name, void (*fn)(void *arg), void *arg, bool reserved)
{
	struct fiber *f = fibers.pool;

	if (fibers.live >= fibers.max + reserved)
		return NULL;
	if (f != NULL)
		fibers.pool = f->next;
	else if ((f = fiber_make()) == NULL)
		return NULL;
	f->name = name;
	f->fn = fn;
	f->arg = arg;
	f->state = FIBER_TAKEN;
	f->trimmed = false;
	if (++fibers.live > fibers.peak)
		fibers.peak = fibers.live;
	return f;
}

void
fiber_resume(struct fiber *f)
{
	parley_assert(fibers.current == &fibers.loop);
	parley_assert(f->state == FIBER_TAKEN || f->state == FIBER_SUSPENDED);
	f->state = FIBER_RUNNING;
	switch_to(&fibers.loop, f);
}

/* backtrace() sees only the stack it runs on, so each fiber writes its own. */
static __attribute__((noinline)) void
backtrace_self(void)
{
	void *frames[BACKTRACE_DEPTH];
	int own = 2; /* this function and fiber_suspend */
	int count = backtrace(frames, BACKTRACE_DEPTH);

	if (count > own)
		backtrace_symbols_fd(frames + own, count - own, fibers.backtrace_fd);
}

void
fiber_suspend(void)
{
	struct fiber *f = fibers.current;
	int saved = errno; /* belongs to the thread: other fibers overwrite it */

	parley_assert(f != &fibers.loop);
	f->state = FIBER_SUSPENDED;
	switch_to(f, &fibers.loop);
	while (f->want_backtrace) {
		f->want_backtrace = false;
		backtrace_self();
		switch_to(f, fibers.backtrace_for);
	}
	errno = saved;
}

void
fiber_backtrace(struct fiber *f, int fd)
{
	parley_assert(f->state == FIBER_SUSPENDED);
	f->want_backtrace = true;
	fibers.backtrace_fd = fd;
	fibers.backtrace_for = fibers.current;
	switch_to(fibers.current, f);
}

unsigned
fiber_number(const struct fiber *f)
{
	return (unsigned)(f - fibers.all);
}

const char *
fiber_name(const struct fiber *f)
{
	return f->name;
}

struct fiber *
fiber_by_number(unsigned number)
{
	return number < fibers.made ? &fibers.all[number] : NULL;
}

int
fiber_of_address(const void *p)
{
	uintptr_t offset = (uintptr_t)p - (uintptr_t)fibers.arena;

	return offset < arena_size() ? (int)(offset / fibers.slot) : -1;
}

bool
fiber_is_suspended(const struct fiber *f)
{
	return f->state == FIBER_SUSPENDED;
}

size_t
fiber_stack_used(const struct fiber *f)
{
	unsigned char resident[PAGES_MAX];
	size_t pages = fibers.stack_size / fibers.page, lowest = 0;

	if (mincore(f->stack, fibers.stack_size, resident) != 0)
		return 0;
	while (lowest < pages && !(resident[lowest] & 1))
		lowest++;
	return (pages - lowest) * fibers.page;
}

/* MADV_DONTNEED, not MADV_FREE: with the latter the process does not look smaller until the kernel
 * runs short of memory, which operators read as a leak. */
static void
trim(struct fiber *f)
{
	size_t unused = (size_t)(f->parked - f->stack) / fibers.page * fibers.page;

	annotate_unused(f->stack, unused);
	madvise(f->stack, unused, MADV_DONTNEED);
	f->trimmed = true;
}

unsigned
fibers_trim(unsigned keep, unsigned at_most)
{
	unsigned position = 0, trimmed = 0;

	for (struct fiber *f = fibers.pool; f != NULL && trimmed < at_most; f = f->next) {
		size_t used;

		if (f->trimmed)
			continue;
		used = fiber_stack_used(f);
		if (used > fibers.stack_peak)
			fibers.stack_peak = used;
		if (position++ < keep)
			continue;
		trim(f);
		trimmed++;
	}
	return trimmed;
}

struct fiber_stats
fiber_stats(void)
{
	return (struct fiber_stats){ fibers.live, fibers.peak, fibers.max, fibers.stack_size,
		fibers.stack_peak };
}
