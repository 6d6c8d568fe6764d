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
#include <pthread.h>
#include <stdatomic.h>

#define MG_FIELD_MAX     40        /* bytes of the name of a field, its NUL included */
#define MG_TOPS          8192      /* a power of 2, */
#define MG_TOP_WAYS      8         /* and this a smaller one */
#define MG_BUCKETS       1024      /* a power of 2 */
#define MG_NEVER         INT64_MAX /* when a document expires that does not */
#define MG_READ_MS       2500 /* a reading that takes longer ends, before the driver gives up */
#define MG_PROBE_MS      1000 /* between the questions while the deployment does not answer */
#define MG_DOUBT_RETRY_S 30   /* the same of what waits for a late insert */
#define MG_RETRY_S       5    /* who is refused is told to come back so many seconds later */

/* ---- mongo_health.c ----------------------------------------------------------------------- */

/* Open while the deployment does not answer: then nobody asks it but the keeper (mongo_lease.c),
 * once a second, and nobody waits but a batch of which nobody knows whether it is stored. Any
 * thread. */
struct mg_breaker {
	pthread_mutex_t lock;
	pthread_cond_t changed; /* something below has */
	atomic_bool open;
	atomic_bool lost; /* another node has the data base: open for ever */
	_Atomic int64_t
	    held_until; /* parley_monotonic() at which our hold ends; 0: there is none */
	int64_t hurry;  /* from then on nobody waits; 0: as long as it takes */
	bool ended;     /* the keeper goes */
};
void mg_breaker_init(struct mg_breaker *b);
void mg_breaker_fini(struct mg_breaker *b);

/* 0; or -1 with PARLEY_BUSY while it is open, PARLEY_INTERNAL when the data base is lost. */
int mg_health(struct mg_breaker *b, struct parley_error *err);
/* True when the deployment may be asked; else err is as above. */
bool mg_may_ask(struct mg_breaker *b, struct parley_error *err);
/* The keeper's: it answered, and is ours until then; it did not; it is another's. */
void mg_answered(struct mg_breaker *b, int64_t held_until);
void mg_did_not_answer(struct mg_breaker *b, const bson_error_t *error, const char *what);
void mg_lose(struct mg_breaker *b);

/* Waits so long, and then until it is closed. False: that is not to be waited for. */
bool mg_await_closed(struct mg_breaker *b, int64_t ms);
/* From a moment later on nobody waits any more: the node stops. */
void mg_hurry(struct mg_breaker *b);
/* Waits until the keeper is to ask again: so long, or until the next probe. False: it is to end. */
bool mg_keeper_rest(struct mg_breaker *b, int64_t ms);
void mg_keeper_end(struct mg_breaker *b);

/* Turns an error of the driver into one of ours: PARLEY_BUSY, and an open breaker, when it may be
 * over soon; but what only took too long or is vague does not open it. what is a verb: "find a
 * document". Returns -1. */
int mg_fail(
    struct mg_breaker *b, const bson_error_t *error, const char *what, struct parley_error *err);
/* True when the deployment may have done what it was asked, or may do it when asked again. */
bool mg_is_passing(const bson_error_t *error);
/* It answers, but what it stands on does not, or it does not say what is wrong. */
bool mg_is_vague(const bson_error_t *error);
bool mg_is_duplicate(const bson_error_t *error);

/* ---- the store ---------------------------------------------------------------------------- */

/* The last seq of a stream: one of some places in a table that forgets, where the one that was set
 * first makes way. So what a batch needs twice is still there: what it has not stored yet, nobody
 * else could tell. */
struct mg_top {
	char *stream;
	uint32_t hash;
	int64_t seq;
	uint64_t set; /* when, counted */
};

struct mg_collection {
	struct mg_collection *next;
	const struct parley_collection *c;
	unsigned fields, indexes;
	int expires;                                   /* number of the field, or PARLEY_NO_FIELD */
	mongoc_collection_t *docs;                     /* of the client that writes */
	char members[PARLEY_FIELDS_MAX][MG_FIELD_MAX]; /* their names */
	struct mg_top *tops;                           /* of a log: MG_TOPS; else NULL */
	uint64_t tops_set;                             /* how often one was */
};

/* Documents whose insert may come late, the oldest first (mongo_doubt.c). The writer's. */
struct mg_doubts {
	struct mg_doubt *first, *last;
	unsigned count;
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
	mongoc_collection_t *nodes; /* the document that says who holds the data base */
	struct mg_collection *collections;
	struct mg_doubts doubts;
	struct parley_text command; /* the last one that wrote; its memory is for the next */
	int64_t epoch;              /* how often it was taken, up to us */
	int64_t flush;              /* the number of the last */
	unsigned changes_max;       /* of documents that are there, in one command */
	bool no_partial;            /* the deployment has no partial indexes */
	bool no_long;               /* nor indexes of long texts */
	bool no_unique;             /* nor unique indexes of what is not the shard key */

	/* of the keeper */
	pthread_t keeper;
	bool kept; /* it runs */
	mongoc_client_t *keeper_client;
	mongoc_collection_t *keeper_nodes;
};

struct mg_reader {
	struct mg_store *s;
	mongoc_client_t *client;
};

/* ---- mongo_open.c ------------------------------------------------------------------------- */

int mg_open(const char *location, void **state_r, struct parley_error *err);
void mg_close(void *state);
int mg_is_well(void *state, struct parley_error *err);
void mg_stop_waiting(void *state);
int mg_reader_open(void *state, void **reader_r, struct parley_error *err);
void mg_reader_close(void *reader);

/* ---- mongo_probe.c ------------------------------------------------------------------------ */

/* Finds out what the deployment is and cannot do, and says so. 0, or -1 when it cannot be reached.
 */
int mg_probe(struct mg_store *s, struct parley_error *err);

/* ---- mongo_lease.c ------------------------------------------------------------------------ */

/* Takes hold of the data base, and starts to renew that: all that this program writes is newer than
 * what was written before. Waits for one that died elsewhere. 0 or -1; PARLEY_CONFLICT when another
 * node has it. */
int mg_lease_take(struct mg_store *s, struct parley_error *err);
/* Gives it back. Also what was never taken. */
void mg_lease_end(struct mg_store *s);

/* ---- mongo_doubt.c ------------------------------------------------------------------------ */

/* An insert by that flush was asked for without an answer, and may be made once more within two
 * minutes. unwanted: the document is not there, nor is it to be. */
void mg_doubt(
    struct mg_store *s, const char *collection, const char *key, int64_t v, bool unwanted);
/* True while the document is there and is not to be removed, for that reason. */
bool mg_is_doubtful(const struct mg_store *s, const char *collection, const char *key);
/* Removes what came and was unwanted, when its time is over. */
void mg_doubts_look(struct mg_store *s);
/* Forgets the oldest. */
void mg_doubt_forget(struct mg_store *s);

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
/* Fills mc->members. */
void mg_name_members(struct mg_collection *mc);

/* BSON is put together from its beginning to its end. A document, or an array whose members are
 * named "0", "1" ..., begins in another one under a name, or alone with NULL; what they return is
 * for the end of it. */
size_t mg_begin(struct parley_text *out, const char *name);
size_t mg_begin_array(struct parley_text *out, const char *name);
void mg_end(struct parley_text *out, size_t began);
/* A member. The text is UTF-8. */
void mg_put_text(struct parley_text *out, const char *name, const char *s, size_t len);
void mg_put_int(struct parley_text *out, const char *name, int64_t n);
void mg_put_int32(struct parley_text *out, const char *name, int32_t n);
void mg_put_bool(struct parley_text *out, const char *name, bool value);
/* A whole document, as flush number v writes it. */
void mg_put_doc(struct parley_text *out, const char *name, const struct mg_collection *mc,
    const struct mg_doc *doc, int64_t v);
/* What was put together, for the driver: borrows it. */
void mg_view(const struct parley_text *out, bson_t *bson_r);
/* The moment from which on it is gone. */
int64_t mg_expiry(const struct mg_collection *mc, const struct parley_value *values);

/* Appends the member that a unique index keeps unique, from the values of a document. False when
 * the document lacks one of the fields. */
bool mg_put_unique(struct parley_text *out, const struct mg_collection *mc, unsigned index,
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
int mg_stored(void *state, const struct parley_found *found, struct parley_error *err);
struct mg_collection *mg_collection(struct mg_store *s, const struct parley_collection *c);
void mg_collections_free(struct mg_store *s);

/* ---- mongo_index.c ------------------------------------------------------------------------ */

/* Makes the indexes that the collection needs and does not have. 0 or -1; PARLEY_CONFLICT when
 * what is stored breaks a unique one. */
int mg_make_indexes(struct mg_store *s, struct mg_collection *mc, struct parley_error *err);

/* Drops what that has made for another version. What is as it has to be stays: to make it may take
 * longer than a data base is waited for. 0 or -1. */
int mg_drop_indexes(struct mg_store *s, struct mg_collection *mc, struct parley_error *err);

/* ---- mongo_slot.c ------------------------------------------------------------------------- */

/* Forgets the last seq of all streams. */
void mg_tops_clear(struct mg_collection *mc);

/* ---- mongo_write.c ------------------------------------------------------------------------ */

int mg_write(void *state, struct parley_write *batch, struct parley_error *err);

#endif
