/* SPDX-License-Identifier: MIT */
/* backend.h - what a store back end is. The core (src/store) queues, batches, parses and wakes; a
 * back end only stores. It never sees a fiber.
 *
 * Threads: open and close: the start and stop of the node. declare and write: the writer thread,
 * one call at a time, also while reads are under way. Reads: several workers at once, each with a
 * reader handle that no other uses meanwhile; a handle may move to another thread between calls.
 *
 * What a collection keeps secret is sealed in the json that comes here: a back end gives json back
 * byte for byte as it got it, from parley_merge too, and calls parley_write_place.
 *
 * The core has checked all that comes here: keys, sizes, UTF-8, field types, and that an index
 * serves each query. A document whose time in c->expires has come (<= parley_now()) is gone: it is
 * not found, holds no key, and stands in no one's way in a unique index. */
#ifndef PARLEY_BACKEND_H
#define PARLEY_BACKEND_H

#include <parley/api.h>
#include <parley/error.h>
#include <parley/store.h>
#include <parley/text.h>

#define PARLEY_FIELDS_MAX  12 /* fields of one collection */
#define PARLEY_INDEXES_MAX 8  /* indexes of one collection */

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
	PARLEY_WRITE_APPEND,
	PARLEY_WRITE_EXPIRE, /* removes up to PARLEY_EXPIRE_MAX documents that are gone by
	                        c->expires; seq: how many */
	PARLEY_WRITE_SEEK, /* answers like an append whose origin is there already, else rc is -1,
	                      PARLEY_NOT_FOUND; key: "", no json */
	PARLEY_WRITE_FLOOR /* key is a stream, which has gone as far as seq; no json */
};
#define PARLEY_EXPIRE_MAX 1000

/* One write. The back end fills rc, err and, for appends, seq and earlier. A write whose own rc is
 * -1 (PARLEY_CONFLICT, PARLEY_NOT_FOUND, what parley_merge said) has changed nothing. */
struct parley_write {
	struct parley_write *next; /* in the batch */
	enum parley_write_op op;
	const struct parley_collection *collection;
	const char *key;    /* append: the stream; expire: NULL */
	const char *origin; /* append: or "" */
	const char *json;   /* the document, or the merge patch */
	size_t json_len;
	const struct parley_value *values; /* of fields; not for patch, which uses parley_merge */
	const struct parley_cond *when;    /* patch, remove; or NULL */
	int rc;
	struct parley_error err;
	int64_t seq;
	int64_t place;                  /* append, of what another store has: the seq that it had there;
	                                   nothing is done unless that is above the last. Or 0 */
	struct parley_text earlier;     /* append: the document that has this origin already, and */
	struct parley_text earlier_key; /* its key, perhaps of another stream; rc is 0, seq is its seq */

	/* For parley_write_place: what json keeps secret, and where it belongs; or NULL. */
	char *hole;
	const char *secret;
	size_t secret_len;
};

/* Collects what a read finds. The back end calls it for each document, in order. */
struct parley_found {
	void *context;
	void (*add)(void *context, const char *key, size_t key_len, int64_t seq, const char *json,
		size_t json_len);
	/* Unless NULL: called before add for a document of a log that has an origin. Not for queries
	 * by an index. */
	void (*origin)(void *context, const char *origin, size_t len);
};

/* What an operator is told while work on a whole store goes on. */
struct parley_told {
	void *context;
	void (*line)(void *context, const char *text); /* one sentence, without its end */
	void (*progress)(void *context, int64_t done, int64_t total); /* bytes */
};

/* What operators do to a whole store, in a process of their own on one thread. check and backup
 * may run beside a node; recover and restore refuse. */
struct parley_upkeep {
	/* Reads all that there is and tells of each damage. 0, 1 when there is any, or -1. */
	int (*check)(
		const char *location, const struct parley_told *told, struct parley_error *err);
	/* Puts what can be read into a new store in its place, keeps the old one beside it, and tells
	 * what was lost. collections ends with NULL: what may be in it. 0 or -1. */
	int (*recover)(const char *location, const struct parley_collection *const *collections,
		const struct parley_told *told, struct parley_error *err);
	/* Writes all that was committed when it began to a new file, for its owner alone; the file is
	 * whole or not there. 0 or -1. */
	int (*backup)(const char *location, const char *file, const struct parley_told *told,
		struct parley_error *err);
	/* Reads a backup, and tells what is in it. 0, 1 when it is not as it was written, or -1. */
	int (*verify)(const char *file, const struct parley_told *told, struct parley_error *err);
	/* Makes a store of a backup that is verified first; forget has names of collections that are
	 * to be empty then and ends with NULL. A store that is there is kept beside it when replace
	 * is true, else it is refused. 0 or -1. */
	int (*restore)(const char *file, const char *location, const char *const *forget,
		bool replace, const struct parley_told *told, struct parley_error *err);
};

struct parley_backend {
	const char *name; /* "sqlite" */
	/* New state in *state_r from the store section's location: a path or URI. 0 or -1. */
	int (*open)(const char *location, void **state_r, struct parley_error *err);
	/* Makes or migrates what the collection needs; refuses a newer version. 0 or -1. */
	int (*declare)(void *state, const struct parley_collection *c, struct parley_error *err);
	/* Commits the whole batch durably, in order. 0 when committed: each write then has its own
	 * rc. -1 when nothing of it was stored, and err says why: PARLEY_LIMIT (disk full) and
	 * PARLEY_BUSY refuse this batch alone; PARLEY_INTERNAL means that nobody can know any more
	 * what is on disk (a failed fsync): the core then stops the node. Where
	 * the back end has no transactions (MongoDB), a killed process may leave any part of its
	 * last batch; of a stream, always the first. */
	int (*write)(void *state, struct parley_write *batch, struct parley_error *err);
	/* A reader for one worker thread: new in *reader_r. 0 or -1. */
	int (*reader_open)(void *state, void **reader_r, struct parley_error *err);
	/* Calls found at most once; 0 also when there is no such document. */
	int (*get)(void *reader, const struct parley_collection *c, const char *key,
		const struct parley_found *found, struct parley_error *err);
	int (*find)(void *reader, const struct parley_collection *c,
		const struct parley_query *query, const struct parley_found *found,
		struct parley_error *err);
	int64_t (*count)(void *reader, const struct parley_collection *c,
		const struct parley_query *query, uint32_t max, struct parley_error *err);
	/* The streams of a log whose last seq is remembered though its document was removed, with that
	 * seq and no json, in the order of their names: those behind after, PARLEY_FIND_LIMIT at most. */
	int (*floors)(void *reader, const struct parley_collection *c, const char *after,
		const struct parley_found *found, struct parley_error *err);
	void (*reader_close)(void *reader);
	void (*close)(void *state);
	const struct parley_upkeep *upkeep; /* or NULL */
	/* Whether it can be asked: 0; or -1 with PARLEY_BUSY while it does not answer: what is queued
	 * is refused then, and nothing new is given to it; or with PARLEY_INTERNAL when it is not
	 * ours any more: the node stops. Any thread, does not wait. NULL: it can, always. */
	int (*health)(void *state, struct parley_error *err);
	/* The node stops: a write under way that waits for the end of a failure gives up within a few
	 * seconds, with PARLEY_INTERNAL. Any thread, does not wait. NULL: no write does. */
	void (*hurry)(void *state);
	const char *const *schemes; /* how its locations begin, "mongodb:", when they are URIs; ends
	                               with NULL; or NULL */
	/* Gives found the name of each collection that the store has, as a key without json, whether
	 * it was declared since it was opened or not. Writer thread. NULL: cannot be copied from. */
	int (*stored)(void *state, const struct parley_found *found, struct parley_error *err);
	/* 0 when there is a store at the location, as far as is known without opening it, which would
	 * make one; or -1 with PARLEY_NOT_FOUND. NULL: nothing is known. */
	int (*exists)(const char *location, struct parley_error *err);
};

/* ---- helpers that every back end shares; any thread ---------------------------------------- */

/* The values of c's fields in a stored document; texts point into memory that
 * parley_merge_free(scratch_r) frees. 0 or -1. */
PARLEY_API int parley_fields(const struct parley_collection *c, const char *json, size_t len,
	struct parley_value *values_r, void **scratch_r, struct parley_error *err);

/* For an append whose seq is known, before its json is copied: seals what is secret in it for that
 * place, without changing its length. May be called again with another seq. */
PARLEY_API void parley_write_place(struct parley_write *w, int64_t seq);

/* The last seq of a stream: JSON tells no larger number exactly (RFC 8259 section 6). */
#define PARLEY_SEQ_MAX 9007199254740991

/* Gives an append its seq, behind top, which is the last of its stream. False when there is none
 * left: the write has PARLEY_LIMIT then. */
PARLEY_API bool parley_write_next(struct parley_write *w, int64_t top);

/* RFC 7396: applies patch to base, stored under key ("STREAM/SEQ" in a log), and writes the result;
 * both are JSON objects that the store wrote. values_r gets the fields of the result (pointing into memory freed with *scratch_r).
 * 0 or -1. */
PARLEY_API int parley_merge(const struct parley_collection *c, const char *key, const char *base,
	size_t base_len, const char *patch, size_t patch_len, struct parley_text *out, struct parley_value *values_r,
	void **scratch_r, struct parley_error *err);
/* Frees it and clears the pointer, which may be NULL. */
PARLEY_API void parley_merge_free(void **scratch);

/* Whether two values that compare like sign (below 0, 0, above 0) are as op wants them. False for
 * PARLEY_OP_PREFIX. */
PARLEY_API bool parley_op_holds(enum parley_op op, int sign);

/* True when values (of c's fields) satisfy the conditions; NULL: always. */
PARLEY_API bool parley_conds_hold(const struct parley_collection *c,
	const struct parley_value *values, const struct parley_cond *when);

/* Numbers of fields: 0 and up are the collection's own, in its order. */
enum { PARLEY_NO_FIELD = -1, PARLEY_KEY_FIELD = -2, PARLEY_STREAM_FIELD = -3, PARLEY_SEQ_FIELD = -4 };

/* How many a collection declares. */
PARLEY_API unsigned parley_field_count(const struct parley_collection *c);
PARLEY_API unsigned parley_index_count(const struct parley_collection *c);
/* Adds fields, indexes and expiry, a line each: when that text changes the version has to rise. */
PARLEY_API void parley_describe(struct parley_text *out, const struct parley_collection *c);
/* The number of a name, or PARLEY_NO_FIELD. */
PARLEY_API int parley_field_number(const struct parley_collection *c, const char *name);
/* The type of a field by its number, PARLEY_NO_FIELD excepted. */
PARLEY_API enum parley_field_type parley_field_type(const struct parley_collection *c, int field);

/* The whole order of an index: its fields, then those that make every place unique, key or stream
 * and seq. index is its number in c->indexes, or -1 for the one that every collection has. Returns
 * how many were written. */
#define PARLEY_ORDER_MAX 6
PARLEY_API unsigned parley_index_order(const struct parley_collection *c, int index,
	int order_r[PARLEY_ORDER_MAX]);

/* How a query is answered, the same on every back end. */
struct parley_plan {
	int index;                   /* as in parley_index_order */
	int order[PARLEY_ORDER_MAX]; /* of the results; all of them reversed when descending */
	unsigned orders;
	unsigned equal; /* leading fields of order that conditions set equal */
	int order_by;   /* documents without this field are not found; or PARLEY_NO_FIELD */
	uint32_t limit; /* 1 to PARLEY_FIND_LIMIT */
};
/* 0, or -1 when no index serves the query: the core has checked that one does. */
PARLEY_API int parley_plan_query(const struct parley_collection *c,
	const struct parley_query *query, struct parley_plan *plan_r);

/* The end of a prefix: every text that begins with prefix is less than the bytes written to out,
 * and no other greater text is. False for the empty prefix, which has no end. */
PARLEY_API bool parley_prefix_end(const char *prefix, struct parley_text *out);

/* Takes "STREAM/SEQ" apart; false when key has not exactly that form. stream_r has PARLEY_KEY_MAX
 * bytes. */
PARLEY_API bool parley_log_key_split(const char *key, char *stream_r, int64_t *seq_r);
/* Puts it together; returns its length. */
#define PARLEY_LOG_KEY_MAX (PARLEY_KEY_MAX + 20)
PARLEY_API size_t parley_log_key(char out[PARLEY_LOG_KEY_MAX], const char *stream, size_t len,
	int64_t seq);

#endif
