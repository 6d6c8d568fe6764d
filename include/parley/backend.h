/* SPDX-License-Identifier: MIT */
/* backend.h - what a store back end is. The core (src/store) queues, batches, parses and wakes; a
 * back end only stores. It never sees a fiber.
 *
 * Threads: open, declare, close: the start and stop of the node, one thread. write: the writer
 * thread, alone. read: several workers at once, each with its own reader handle. */
#ifndef PARLEY_BACKEND_H
#define PARLEY_BACKEND_H

#include <parley/api.h>
#include <parley/error.h>
#include <parley/store.h>
#include <parley/text.h>

/* The values of the declared fields of one document, in the collection's order. */
struct parley_value {
	bool present;
	int64_t integer;
	const char *text;
	size_t len;
};

enum parley_write_op {
	PARLEY_WRITE_PUT,
	PARLEY_WRITE_INSERT,
	PARLEY_WRITE_PATCH,
	PARLEY_WRITE_REMOVE,
	PARLEY_WRITE_APPEND
};

/* One write. The back end fills rc, err and, for appends, seq or earlier_*. */
struct parley_write {
	struct parley_write *next; /* in the batch */
	enum parley_write_op op;
	const struct parley_collection *collection;
	const char *key;    /* append: the stream */
	const char *origin; /* append: or "" */
	const char *json;   /* the document, or the merge patch */
	size_t json_len;
	const struct parley_value *values; /* of fields; not for patch, which uses parley_merge */
	const struct parley_cond *when;    /* patch, remove; or NULL */
	int rc;
	struct parley_error err;
	int64_t seq;
	struct parley_text earlier; /* append: the document that has this origin already */
};

/* Collects what a read finds. The back end calls it for each document, in order. */
struct parley_found {
	void *context;
	void (*add)(void *context, const char *key, size_t key_len, int64_t seq, const char *json,
		size_t json_len);
};

struct parley_backend {
	const char *name; /* "sqlite" */
	/* New state in *state_r from the store section's location: a path or URI. 0 or -1. */
	int (*open)(const char *location, void **state_r, struct parley_error *err);
	/* Makes or migrates what the collection needs; refuses a newer version. 0 or -1. */
	int (*declare)(void *state, const struct parley_collection *c, struct parley_error *err);
	/* Commits the whole batch durably, in order. 0 when committed: each write then has its own
	 * rc. -1 when nothing of it was stored, and err says why. */
	int (*write)(void *state, struct parley_write *batch, struct parley_error *err);
	/* A reader for one worker thread: new in *reader_r. 0 or -1. */
	int (*reader_open)(void *state, void **reader_r, struct parley_error *err);
	int (*get)(void *reader, const struct parley_collection *c, const char *key,
		const struct parley_found *found, struct parley_error *err);
	int (*find)(void *reader, const struct parley_collection *c,
		const struct parley_query *query, const struct parley_found *found,
		struct parley_error *err);
	int64_t (*count)(void *reader, const struct parley_collection *c,
		const struct parley_query *query, uint32_t max, struct parley_error *err);
	void (*reader_close)(void *reader);
	void (*close)(void *state);
};

/* Helpers that every back end shares; any thread. */

/* RFC 7396: applies patch to base and writes the result; both are JSON objects that the store
 * wrote. values_r gets the fields of the result (pointing into memory freed with *scratch_r).
 * 0 or -1. */
PARLEY_API int parley_merge(const struct parley_collection *c, const char *base, size_t base_len,
	const char *patch, size_t patch_len, struct parley_text *out, struct parley_value *values_r,
	void **scratch_r, struct parley_error *err);
PARLEY_API void parley_merge_free(void **scratch);

/* True when values (of c's fields) satisfy the conditions. */
PARLEY_API bool parley_conds_hold(const struct parley_collection *c,
	const struct parley_value *values, const struct parley_cond *when);

#define PARLEY_FIELDS_MAX 12 /* fields of one collection */

#endif
