/* SPDX-License-Identifier: MIT */
/* writer.h - the thread that alone writes to the back end, many writes to one commit. */
#ifndef STORE_WRITER_H
#define STORE_WRITER_H

#include "store/store.h"

#include <parley/backend.h>

/* One piece of work for the writer. Who pushes it keeps it until done is called, on the router's
 * thread and in the order in which the jobs were pushed. */
struct store_job {
	struct parley_write write;               /* what the back end sees */
	const struct parley_collection *declare; /* or this one is to be declared */
	bool fence;                              /* or nothing: it is done after all before it */
	void (*done)(struct store_job *job);     /* write.rc and write.err say how it went */
	struct parley_event event;               /* for a fiber that waits */
	struct parley_append *append;            /* for parley_store_append */
	struct parley_doc *earlier;              /* new: made of write.earlier */
	struct store_job *next;
};

/* Starts the thread. 0 or -1. */
int writer_start(
    const struct parley_backend *backend, void *state, unsigned batch, struct parley_error *err);

/* Lets it finish what was pushed, joins it, and calls the last done. */
void writer_stop(void);

/* A job of no kind yet, for an append, and its end. From a pool: their memory is warm when it comes
 * back, and malloc has none as large at hand for so many. */
struct store_job *writer_job_new(void);
void writer_job_free(struct store_job *job);

void writer_push(struct store_job *job);

/* From now on what is pushed waits for a call of writer_round. */
void writer_gather(void);

/* After a round of the router, which was quiet when it had nothing to do. True when something waits
 * and the next round should not. */
bool writer_round(bool quiet);

/* How long commits take, in ms, while many write; else 0. */
unsigned writer_pace(void);

/* Refuses what is queued and not begun; how many. Nothing of it was done. */
unsigned writer_refuse(const struct parley_error *err);

/* Calls the function below: the back end says by itself that it must not be used any more. */
void writer_fail(const struct parley_error *err);

/* Nobody waits for the back end to come back, nor is anybody told that it failed. */
void writer_hurry(void);

/* Called on the router's thread when the back end can promise nothing any more. */
void writer_set_fatal(void (*fn)(const char *why));

/* Commits so far, and the largest of them. */
struct writer_stats {
	uint64_t commits, batch_largest;
};
struct writer_stats writer_stats(void);

#endif
