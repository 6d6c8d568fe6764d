/* SPDX-License-Identifier: MIT */
/* mongo_batch.h - a batch of writes on its way: what each document was and is to be. The writer's.
 *
 * Writes are worked out one after the other on slots, copies of the documents that they are about,
 * and flushed together. A flush is no transaction: each document is written by itself. So what was
 * worked out is kept until all of it is known to be stored. */
#ifndef STORE_MONGO_BATCH_H
#define STORE_MONGO_BATCH_H

#include "mongo.h"

struct mg_slot {
	struct mg_slot *next, *chained; /* in the order of their first use; in the bucket */
	struct mg_collection *mc;
	uint32_t hash;
	bool loaded; /* the rest is known */
	bool there;  /* the deployment has it */
	bool exists; /* after the writes up to now */
	bool dirty;  /* which is not what the deployment has */
	bool lifts;  /* its end of the stream is to be remembered */
	bool stored; /* by this flush */

	struct parley_text own;      /* what json points into, unless that is a write's */
	char *own_names;             /* stream and origin, likewise */
	const char *stream, *origin; /* of a log */
	int64_t seq, expiry;
	const char *json;
	size_t json_len;
	const struct parley_value *values; /* or NULL: not known */
	struct parley_value *own_values;   /* where they may be, */
	void *scratch;                     /* and their texts */
	char key[];
};

/* One write. */
struct mg_item {
	struct parley_write *w;
	struct mg_collection *mc;
	struct mg_slot *slot; /* what it depends on; or NULL */
	bool tried;           /* worked out since the last flush */
	bool settled;
	bool careful; /* an append that failed: asks what stands in its way before it tries again */
};

struct mg_batch {
	struct mg_store *s;
	struct mg_chunk *chunks; /* where slots are, the newest first */
	struct mg_item *items;
	unsigned count;
	int64_t now;
	struct mg_slot *slots, **end;
	struct mg_slot *buckets[MG_BUCKETS];
	struct mg_slot *refused; /* an append that a unique index did not let in */
	unsigned dirty;
	bool begun; /* something may have been stored */
	struct parley_error *err;
};

/* ---- mongo_slot.c ------------------------------------------------------------------------- */

/* The slot of a key, loaded; or NULL with the batch's err. */
struct mg_slot *mg_slot(struct mg_batch *b, struct mg_collection *mc, const char *key);
/* The slot when there is one. */
struct mg_slot *mg_slot_peek(
    const struct mg_batch *b, const struct mg_collection *mc, const char *key);
/* A slot of what is known not to be there. */
struct mg_slot *mg_slot_new(struct mg_batch *b, struct mg_collection *mc, const char *key);
/* Loads what many keys name with few questions. 0 or -1. */
int mg_slots_load(struct mg_batch *b);
/* What it was given stays the caller's, for as long as there is the slot. */
void mg_slot_fill(struct mg_slot *slot, const struct mg_doc *doc, int64_t expiry);
void mg_slots_free(struct mg_batch *b);

/* Its values; 0 or -1 with err. */
int mg_slot_values(struct mg_slot *slot, struct parley_error *err);
bool mg_slot_lives(const struct mg_slot *slot, int64_t now);
/* It has been changed, or removed. */
void mg_slot_touch(struct mg_batch *b, struct mg_slot *slot);
int mg_slot_remove(struct mg_batch *b, struct mg_slot *slot);

/* The first document that the filter finds, whether it is gone or not: its slot in *slot_r, or
 * NULL. 0 or -1. */
int mg_look_for(
    struct mg_batch *b, struct mg_collection *mc, const bson_t *filter, struct mg_slot **slot_r);

/* Loads up to limit documents that the filter finds. 0 or -1. */
int mg_slots_find(
    struct mg_batch *b, struct mg_collection *mc, const bson_t *filter, int64_t limit);

/* The last seq of a stream, also of a removed document; 0: none. 0 or -1. */
int mg_top_get(struct mg_batch *b, struct mg_collection *mc, const char *stream, int64_t *seq_r);
void mg_top_set(struct mg_collection *mc, const char *stream, int64_t seq);
void mg_top_forget(struct mg_collection *mc, const char *stream);

/* ---- mongo_flush.c ------------------------------------------------------------------------ */

/* Stores what is dirty; then each such slot is stored. 0; 1 when b->refused was not let in, and
 * some are not stored; or -1 with the batch's err. */
int mg_flush(struct mg_batch *b);

/* Waits a moment, the longer the more often it was tried, and until the deployment is back. False:
 * the batch is to be given up. */
bool mg_wait(struct mg_batch *b, unsigned tried);

/* Fills the batch's err, since nobody knows what became of it. -1. */
int mg_give_up(struct mg_batch *b);

#endif
