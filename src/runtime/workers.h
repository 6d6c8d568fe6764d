/* SPDX-License-Identifier: MIT */
/* workers.h - the threads behind parley_await_work and work_submit. Router thread only. */
#ifndef WORKERS_H
#define WORKERS_H

#include <stdbool.h>
#include <stdint.h>

struct work;

/* Starts so many threads; at most queue_max jobs wait for one. 0 or -1 (errno). */
int workers_start(unsigned threads, unsigned queue_max);
/* Has everything done that is queued, and joins the threads. Results are posts by then. */
void workers_stop(void);

/* Hands over what has been submitted since the last time, under one lock. */
void workers_flush(void);

/* Takes back a job that no thread has begun. False: too late. */
bool workers_withdraw(struct work *w);

struct workers_stats {
	unsigned queued, queue_max, busy;
	uint64_t jobs, refused;
};
struct workers_stats workers_stats(void);

#endif
