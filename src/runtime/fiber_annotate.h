/* SPDX-License-Identifier: MIT */
/* fiber_annotate.h - tells the sanitizers and valgrind about our stacks. Without them: nothing. */
#ifndef FIBER_ANNOTATE_H
#define FIBER_ANNOTATE_H

#include <stdbool.h>
#include <stddef.h>

#ifndef __has_feature
#define __has_feature(x) 0
#endif

#if defined __SANITIZE_ADDRESS__ || __has_feature(address_sanitizer)
#define FIBER_ASAN 1
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#include <sanitizer/lsan_interface.h>
#else
#define FIBER_ASAN 0
#endif

#if defined __SANITIZE_THREAD__ || __has_feature(thread_sanitizer)
#define FIBER_TSAN 1
#include <sanitizer/tsan_interface.h>
#else
#define FIBER_TSAN 0
#endif

#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#else
#define VALGRIND_STACK_REGISTER(low, high) 0
#define VALGRIND_STACK_DEREGISTER(id)      (void)(id)
#endif

struct fiber_annotation {
	unsigned valgrind;
#if FIBER_ASAN
	void *fake; /* the fake stack of use-after-return detection */
	const void *bottom;
	size_t size;
#endif
#if FIBER_TSAN
	void *tsan;
#endif
};

/* Pointers that live only on a suspended stack are no leaks. Once for the arena: one region a
 * stack makes the check at exit quadratic. */
static inline void
annotate_arena(void *arena, size_t size, bool exists)
{
#if FIBER_ASAN
	if (exists)
		__lsan_register_root_region(arena, size);
	else
		__lsan_unregister_root_region(arena, size);
#endif
}

/* The thread's own stack, from which fibers are entered. */
static inline void
annotate_loop(struct fiber_annotation *a)
{
#if FIBER_TSAN
	a->tsan = __tsan_get_current_fiber();
#endif
}

static inline void
annotate_new(struct fiber_annotation *a, char *stack, size_t size)
{
	a->valgrind = VALGRIND_STACK_REGISTER(stack, stack + size);
#if FIBER_ASAN
	a->bottom = stack;
	a->size = size;
#endif
#if FIBER_TSAN
	a->tsan = __tsan_create_fiber(0);
#endif
}

static inline void
annotate_free(struct fiber_annotation *a)
{
	VALGRIND_STACK_DEREGISTER(a->valgrind);
#if FIBER_TSAN
	__tsan_destroy_fiber(a->tsan);
#endif
}

/* Before the switch. */
static inline void
annotate_leave(struct fiber_annotation *from, const struct fiber_annotation *to)
{
#if FIBER_ASAN
	__sanitizer_start_switch_fiber(&from->fake, to->bottom, to->size);
#endif
#if FIBER_TSAN
	__tsan_switch_to_fiber(to->tsan, 0);
#endif
}

/* After the switch, back on the stack of a. */
static inline void
annotate_arrive(struct fiber_annotation *a)
{
#if FIBER_ASAN
	__sanitizer_finish_switch_fiber(a->fake, NULL, NULL);
#endif
}

/* First thing on a new stack; learns the bounds of the loop's, from which it was entered. */
static inline void
annotate_begin(struct fiber_annotation *loop)
{
#if FIBER_ASAN
	__sanitizer_finish_switch_fiber(NULL, &loop->bottom, &loop->size);
#endif
}

/* The memory holds nothing any more: forget old red zones in it. */
static inline void
annotate_unused(char *memory, size_t size)
{
#if FIBER_ASAN
	ASAN_UNPOISON_MEMORY_REGION(memory, size);
#endif
}

#endif
