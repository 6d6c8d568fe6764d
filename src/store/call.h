/* SPDX-License-Identifier: MIT */
/* call.h - how store.c checks what a module asks of the store, and hands it on: for the other files
 * that have functions of parley/store.h. Router thread. */
#ifndef STORE_CALL_H
#define STORE_CALL_H

#include "store/writer.h"

/* Aborts when this is not the router's thread, or c was not declared. */
void store_check_call(const struct parley_collection *c);

/* True for a text of 1 to max - 1 bytes of UTF-8; s may be NULL. */
bool store_is_key(const char *s, size_t max);

/* Whether a document is small enough. 0, or -1 with PARLEY_TOO_LARGE. */
int store_check_size(const struct parley_text *json, struct parley_error *err);

/* Whether one more write may wait. 0, or -1 with PARLEY_BUSY, which is counted. */
int store_check_room(struct parley_error *err);

/* Whether such a document can be written now: its key, its size, and the room. 0 or -1. */
int store_check_write(const char *key, const struct parley_text *json, struct parley_error *err);

/* Gives the writer a job, which counts as waiting until its done has called store_written, or
 * store_taken_off when it is not to be counted among the writes. */
void store_push(struct store_job *job);
void store_written(const struct store_job *job);
void store_taken_off(void);

/* Hands over writes that the caller has filled in but for their collection, and waits for all: each
 * tells how it went. */
void store_write_jobs(const struct parley_collection *c, struct store_job *jobs, unsigned count);

/* Finds, and gives what is stored to found, on a worker. As parley_store_find. */
int store_find_raw(const struct parley_collection *c, const struct parley_query *query,
    const struct parley_found *found, struct parley_error *err);

#endif
