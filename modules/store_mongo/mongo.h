/* SPDX-License-Identifier: MIT */
/* mongo.h - what the files of this module share: one data base of a MongoDB deployment, one client
 * that writes, some that read.
 *
 * A document is stored as
 *   { _id: its key, v: N, f_NAME: the value of a declared field ..., j: its JSON, byte for byte }
 * with x (when it expires), s, q and o (stream, seq, origin) in a log, u0 (the members of a unique
 * index of several) where they apply. Every name of a BSON member is a constant here or comes from
 * a declaration in the program; what comes from outside is only ever a value of type UTF-8 or
 * int64, so nothing in it can be an operator. v is the number of the flush that wrote it, and
 * rises. */
#ifndef STORE_MONGO_H
#define STORE_MONGO_H

#include <mongoc/mongoc.h>
#include <parley/backend.h>
#include <stdatomic.h>

#define MG_FIELD_MAX 40        /* bytes of the name of a field, its NUL included */
#define MG_TOPS      8192      /* a power of 2 */
#define MG_BUCKETS   1024      /* a power of 2 */
#define MG_NEVER     INT64_MAX /* when a document expires that does not */
#define MG_RETRY_S   5         /* who is refused is told to come back so many seconds later */

/* ---- mongo_health.c ----------------------------------------------------------------------- */

/* Opens when the deployment does not answer: then nothing waits for it, but one probe a second. Any
 * thread. */
struct mg_breaker {
	_Atomic int64_t until; /* parley_monotonic() of the next probe; 0: it is closed */
};

/* True when the deployment may be asked; else err is PARLEY_BUSY. */
bool mg_may_ask(struct mg_breaker *b, struct parley_error *err);
/* It answered. */
void mg_answered(struct mg_breaker *b);
/* Turns an error of the driver into one of ours: PARLEY_BUSY, and an open breaker, when it may be
 * over soon. what is a verb: "find a document". Returns -1. */
int mg_fail(
    struct mg_breaker *b, const bson_error_t *error, const char *what, struct parley_error *err);
/* True when the deployment may have done what it was asked, or may do it when asked again. */
bool mg_is_passing(const bson_error_t *error);
bool mg_is_duplicate(const bson_error_t *error);

/* ---- the store ---------------------------------------------------------------------------- */

/* The last seq of a stream: a place in a table that forgets. */
struct mg_top {
	char *stream;
	int64_t seq;
};

struct mg_collection {
	struct mg_collection *next;
	const struct parley_collection *c;
	unsigned fields, indexes;
	int expires;               /* number of the field, or PARLEY_NO_FIELD */
	mongoc_collection_t *docs; /* of the client that writes */
	struct mg_top *tops;       /* of a log: MG_TOPS; else NULL */
};

struct mg_store {
	mongoc_uri_t *uri;
	mongoc_client_pool_t *pool;
	char *database;
	struct mg_breaker breaker;

	/* of the writer */
	mongoc_client_t *client;
	mongoc_collection_t *floors; /* the last seq of streams whose end was removed */
	mongoc_collection_t *versions;
	struct mg_collection *collections;
	int64_t flush;        /* the number of the last */
	unsigned changes_max; /* of documents that are there, in one command */
	bool no_partial;      /* the deployment has no partial indexes */
	bool no_long;         /* nor indexes of long texts */
	bool no_unique;       /* nor unique indexes of what is not the shard key */
};

struct mg_reader {
	struct mg_store *s;
	mongoc_client_t *client;
};

/* ---- mongo_open.c ------------------------------------------------------------------------- */

int mg_open(const char *location, void **state_r, struct parley_error *err);
void mg_close(void *state);
int mg_reader_open(void *state, void **reader_r, struct parley_error *err);
void mg_reader_close(void *reader);

/* ---- mongo_probe.c ------------------------------------------------------------------------ */

/* Finds out what the deployment is and cannot do, and says so. 0, or -1 when it cannot be reached.
 */
int mg_probe(struct mg_store *s, struct parley_error *err);

/* ---- mongo_bson.c ------------------------------------------------------------------------- */

/* A document as it is stored, or is to be. */
struct mg_doc {
	const char *key, *stream, *origin, *json; /* stream, origin: of a log; origin may be "" */
	size_t json_len;
	int64_t seq;
	const struct parley_value *values;
};

/* The name of the member for a field; in buffer, when that is needed. */
const char *mg_member(const struct parley_collection *c, int field, char buffer[MG_FIELD_MAX]);
/* Appends document, as flush number v writes it. */
void mg_put_doc(bson_t *out, const struct mg_collection *mc, const struct mg_doc *doc, int64_t v);
/* The moment from which on it is gone. */
int64_t mg_expiry(const struct mg_collection *mc, const struct parley_value *values);

/* Appends the member that a unique index keeps unique, from the values of a document. False when
 * the document lacks one of the fields. */
bool mg_put_unique(bson_t *out, const struct parley_collection *c, unsigned index,
    const struct parley_value *values);
/* True when two documents have the same in it. */
bool mg_same_unique(const struct parley_collection *c, unsigned index, const struct parley_value *a,
    const struct parley_value *b);
/* The name of that member. */
const char *mg_unique_member(
    const struct parley_collection *c, unsigned index, char buffer[MG_FIELD_MAX]);
bool mg_is_single(const struct parley_index *index);

/* A document from the deployment; texts are doc's. False when it is none of ours. */
bool mg_read_doc(const bson_t *doc, struct mg_doc *out, int64_t *expiry_r, int64_t *v_r);

/* ---- mongo_query.c ------------------------------------------------------------------------ */

int mg_get(void *reader, const struct parley_collection *c, const char *key,
    const struct parley_found *found, struct parley_error *err);
int mg_find(void *reader, const struct parley_collection *c, const struct parley_query *query,
    const struct parley_found *found, struct parley_error *err);
int64_t mg_count(void *reader, const struct parley_collection *c, const struct parley_query *query,
    uint32_t max, struct parley_error *err);
int mg_floors(void *reader, const struct parley_collection *c, const char *after,
    const struct parley_found *found, struct parley_error *err);

/* ---- mongo_declare.c ---------------------------------------------------------------------- */

int mg_declare(void *state, const struct parley_collection *c, struct parley_error *err);
struct mg_collection *mg_collection(struct mg_store *s, const struct parley_collection *c);
void mg_collections_free(struct mg_store *s);

/* ---- mongo_index.c ------------------------------------------------------------------------ */

/* Makes the indexes that the collection needs and does not have. 0 or -1; PARLEY_CONFLICT when
 * what is stored breaks a unique one. */
int mg_make_indexes(struct mg_store *s, struct mg_collection *mc, struct parley_error *err);

/* ---- mongo_slot.c ------------------------------------------------------------------------- */

/* Forgets the last seq of all streams. */
void mg_tops_clear(struct mg_collection *mc);

/* ---- mongo_write.c ------------------------------------------------------------------------ */

int mg_write(void *state, struct parley_write *batch, struct parley_error *err);

#endif
