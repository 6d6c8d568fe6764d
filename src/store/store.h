/* SPDX-License-Identifier: MIT */
/* store.h - starts and stops the store behind parley/store.h. Router thread. */
#ifndef STORE_H
#define STORE_H

#include <parley/backend.h>
#include <parley/store.h>

struct store_config {
	const char *location;   /* for the back end: a directory for sqlite, a URI for mongo */
	unsigned readers;       /* reads under way at once, each on a worker */
	unsigned write_queue;   /* writes that may wait; more are refused with PARLEY_BUSY */
	unsigned batch;         /* writes in one commit at most; 256 */
};

/* Opens the back end and starts the writer thread. 0 or -1. */
int store_start(const struct parley_backend *backend, const struct store_config *config,
	struct parley_error *err);

/* Makes or migrates a collection; before its first use. On a fiber: awaits. 0 or -1. */
int store_declare(const struct parley_collection *c, struct parley_error *err);

/* Waits for what is queued, then closes. No fiber may be in the store. */
void store_stop(void);

/* The back end for unit tests and for nodes without a disk: everything is gone at the end. */
extern const struct parley_backend store_memory;

struct store_stats {
	unsigned queued, queue_max, readers_busy, readers_max;
	uint64_t commits, writes, reads, refused, batch_largest;
};
struct store_stats store_stats(void);

#endif
