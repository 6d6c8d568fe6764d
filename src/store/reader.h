/* SPDX-License-Identifier: MIT */
/* reader.h - the bounded pool of reader handles, each used by one worker at a time. */
#ifndef STORE_READER_H
#define STORE_READER_H

#include <parley/backend.h>

void readers_start(
    const struct parley_backend *backend, void *state, unsigned max, unsigned waiting_max);

/* Closes the handles; none may be in use. */
void readers_stop(void);

/* Runs fn(arg, reader) on a worker with a handle of the pool. Awaits; 0 when it ran, or -1 with
 * PARLEY_BUSY or PARLEY_INTERNAL. */
int readers_run(void (*fn)(void *arg, void *reader), void *arg, struct parley_error *err);

/* busy: handles that workers have. waiting: reads whose fibers wait, for their turn, for their end
 * or, when that has come, for the router. */
struct readers_stats {
	unsigned busy, max, waiting, waiting_max;
	uint64_t reads, refused;
};
struct readers_stats readers_stats(void);

#endif
