/* SPDX-License-Identifier: MIT */
/* fiber.h - stacks to run functions on, side by side on one thread, and the switch between them.
 * What a fiber waits for, and who cancels it, is one layer up: runtime/task.h.
 * All calls come from the thread that called fibers_start. */
#ifndef FIBER_H
#define FIBER_H

#include <stdbool.h>
#include <stddef.h>

struct fiber;

/* Reserves address space for max stacks of the given size and one in reserve, a guard page below
 * each; memory is taken at first use. 0 or -1 (errno). */
int fibers_start(unsigned max, size_t stack_size);
/* No fiber may be left. */
void fibers_stop(void);

/* A fiber that will run fn(arg) when it is first resumed, and goes back to the pool by itself when
 * fn returns. Borrows name for that long. NULL when none is free, or only the one in reserve and
 * this is not what that is for. */
struct fiber *fiber_take(const char *name, void (*fn)(void *arg), void *arg, bool reserved);

/* From the loop only: goes on with f until it suspends or ends. */
void fiber_resume(struct fiber *f);

/* On a fiber only: back to the loop, until somebody resumes it. Keeps errno. */
void fiber_suspend(void);

/* Its number, at most the maximum: the same again for the next fiber on the same stack. */
unsigned fiber_number(const struct fiber *f);
const char *fiber_name(const struct fiber *f);
struct fiber *fiber_by_number(unsigned number); /* NULL: never used so far */

/* The number of the fiber whose stack holds p, or -1. */
int fiber_of_address(const void *p);

/* True between fiber_suspend and the next resume. */
bool fiber_is_suspended(const struct fiber *f);

/* Writes the backtrace of a suspended fiber: it wakes up, writes it, and sleeps on. From the loop
 * or from another fiber. */
void fiber_backtrace(struct fiber *f, int fd);

/* Bytes of its stack that are in memory: how deep it ever was since the last trim. */
size_t fiber_stack_used(const struct fiber *f);

/* Gives back the memory of stacks not in use, but for the keep ones that were used last; of at_most
 * stacks in one call, which takes some 2 us each. Returns how many were trimmed. */
unsigned fibers_trim(unsigned keep, unsigned at_most);

struct fiber_stats {
	unsigned live, peak, max;
	size_t stack_size, stack_peak; /* the deepest stack that fibers_trim has seen */
};
struct fiber_stats fiber_stats(void);

#endif
