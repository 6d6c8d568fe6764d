/* SPDX-License-Identifier: MIT */
/* store.h - starts and stops the store behind parley/store.h. Router thread. */
#ifndef STORE_H
#define STORE_H

#include <parley/backend.h>
#include <parley/store.h>

struct store_config {
	const char *location; /* for the back end: a directory for sqlite, a URI for mongo */
	unsigned readers;     /* reads under way at once, each on a worker */
	unsigned read_queue;  /* reads that may wait for one; more are refused with PARLEY_BUSY. 0:
				 as many as there are fibers, who waits has one */
	unsigned write_queue; /* writes that may wait; more are refused with PARLEY_BUSY */
	unsigned batch;       /* writes in one commit at most; 256 */
};

/* Opens the back end and starts the writer thread. 0 or -1. */
int store_start(const struct parley_backend *backend, const struct store_config *config,
    struct parley_error *err);

/* What to do when the back end can no longer promise what is on disk; why is one sentence, already
 * logged. Everything is refused from then on. Without it the store aborts. fn may return. */
void store_set_fatal(void (*fn)(const char *why));

/* Makes or migrates a collection; before its first use. On a fiber: awaits. 0 or -1, also when the
 * declaration itself is wrong. c is static data. */
int store_declare(const struct parley_collection *c, struct parley_error *err);

/* While the node starts: what the back end refuses with PARLEY_BUSY, declarations and reads, is
 * asked of it again for so many milliseconds from now on; 0 ends that. */
void store_be_patient(int ms);

/* Waits for what is queued, then closes. No fiber may be in the store. */
void store_stop(void);

/* The back end for unit tests and for nodes without a disk: everything is gone at the end. Its
 * inserts move memory in proportion to the collection, so it suits up to some 100,000 documents. */
extern const struct parley_backend store_memory;

/* Appends the bytes that the back end has of a document: what is secret in it is sealed. As
 * parley_store_get. */
int store_peek(const struct parley_collection *c, const char *key, struct parley_text *out,
    struct parley_error *err);

/* Lets writes gather: while the router has something to do a commit begins only when the last one
 * did so 2 to 3 ms ago. From the first call on it is to be called after each round of the router:
 * quiet says that it had nothing to do. True when writes wait, so that the next round should not.
 */
bool store_round(bool quiet);

/* How long commits take, in ms and at least 1, while more writes are under way, with those that were
 * done a moment ago, than one connection can have: most of what is told now is answered a commit or
 * two later. Else 0. */
unsigned store_pace(void);

/* Waits until all that was given to the writer is done. 0; or -1 when that was refused. */
int store_fence(struct parley_error *err);

/* True while the back end does not answer: what needs the store is refused with PARLEY_BUSY, but for
 * writes of which nobody knows whether they were made: they wait until that is known. */
bool store_is_away(void);

/* The node stops: writes wait no longer for a back end that does not answer, and nobody calls what
 * store_set_fatal was given. Any number of times. */
void store_hurry(void);

/* The collections that are declared; starts with *at = 0, NULL at the end. Do not await between. */
const struct parley_collection *store_each_declared(uint32_t *at);

/* Starts to remove what has expired; the store itself does so every minute. */
void store_sweep(void);

struct store_stats {
	unsigned queued, queue_max, readers_busy, readers_max, reads_waiting, reads_waiting_max;
	uint64_t commits, writes, reads, refused, expired, batch_largest;
	size_t note_bytes, note_bytes_max;
	uint64_t notes, notes_refused;
	bool away;
	uint64_t away_times, away_refused;
};
struct store_stats store_stats(void);

/* ---- sealing anew (store_walk.c) ----------------------------------------------------------- */

/* A walk over a collection, from its beginning when key is "". */
struct store_walk {
	const struct parley_collection *c;
	char key[PARLEY_LOG_KEY_MAX]; /* of the last document it has seen */
	bool ended;
	uint64_t seen, sealed, failed; /* documents; failed: they do not open */
};

/* Some documents further: those that are not sealed as they would be now, with the current key, are
 * sealed anew. 0; or -1 when the store cannot now: try again. Awaits. */
int store_walk_on(struct store_walk *w, struct parley_error *err);

#endif
