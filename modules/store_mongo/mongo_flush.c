/* SPDX-License-Identifier: MIT */
/* mongo_flush.c - stores what a batch has worked out, until it is known to be stored.
 *
 * Each document is written by itself, and each write can be done again: a new one is an insert
 * under a key that only it can have, a changed one replaces what an earlier flush wrote, a removed
 * one is deleted when it is as it was. So when the deployment does not say what it did, all that
 * has to be found out is which documents are there as this flush writes them. */
#include "mongo_batch.h"

#include <parley/log.h>
#include <parley/memory.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAIT_MS     50   /* at first, then twice as long each time, until */
#define WAIT_MAX_MS 1000 /* that */
#define VAGUE_TRIES 600  /* of a data base that answers, but not what is wrong */
#define DOUBTS      3    /* so often a flush may be told that a key is taken which is not */

/* How a bulk went. */
enum told {
	STORED,
	TAKEN, /* a unique index did not let one in; those before it are stored */
	UNKNOWN,
	HOPELESS, /* err says why */
};

/* A bulk of one collection. */
struct bulk {
	struct mg_batch *b;
	struct mg_collection *mc;
	mongoc_bulk_operation_t *op;
	const bson_t *opts;     /* for each write with a document */
	struct mg_slot **slots; /* of its writes, in their order */
	unsigned count, replaced;
};

bool
mg_wait(struct mg_batch *b, unsigned tried)
{
	int64_t ms = tried < 5 ? WAIT_MS << tried : WAIT_MAX_MS;

	if (tried == 0)
		parley_log_warn("store", "a commit waits for the data base");
	return mg_await_closed(&b->s->breaker, ms);
}

int
mg_give_up(struct mg_batch *b)
{
	if (mg_health(&b->s->breaker, b->err) == 0 || b->err->code == PARLEY_BUSY)
		parley_fail(b->err, PARLEY_INTERNAL, NULL,
		    "the data base does not answer, and nobody knows whether it has stored the "
		    "last "
		    "writes");
	return -1;
}

/* ---- floors ------------------------------------------------------------------------------- */

/* Remembers how far streams went, before what is at their end is removed. */
static enum told
lift_floors(struct mg_batch *b, bson_error_t *error)
{
	bson_t *opts = BCON_NEW("upsert", BCON_BOOL(true));
	enum told told = STORED;

	for (const struct mg_slot *s = b->slots; s != NULL && told == STORED; s = s->next) {
		char id[PARLEY_KEY_MAX + 32];
		bson_t *filter, *update;

		if (!s->lifts)
			continue;
		snprintf(id, sizeof id, "%s/%s", s->mc->c->name, s->stream);
		filter = BCON_NEW("_id", BCON_UTF8(id));
		update = BCON_NEW("$max", "{", "q", BCON_INT64(s->seq), "}");
		if (!mongoc_collection_update_one(b->s->floors, filter, update, opts, NULL, error))
			told = UNKNOWN;
		bson_destroy(filter);
		bson_destroy(update);
	}
	bson_destroy(opts);
	return told;
}

/* ---- bulks -------------------------------------------------------------------------------- */

/* Names the document as it was before this flush. */
static void
put_selector(bson_t *out, const struct mg_slot *slot, int64_t flush)
{
	bson_t older;

	BSON_APPEND_UTF8(out, "_id", slot->key);
	if (slot->mc->c->log)
		BSON_APPEND_UTF8(out, "s", slot->stream);
	BSON_APPEND_DOCUMENT_BEGIN(out, "v", &older);
	BSON_APPEND_INT64(&older, "$lt", flush);
	bson_append_document_end(out, &older);
}

static bool
add_write(struct bulk *k, struct mg_slot *slot, bson_error_t *error)
{
	int64_t flush = k->b->s->flush;
	bson_t selector = BSON_INITIALIZER, doc = BSON_INITIALIZER;
	struct mg_doc d = { slot->key, slot->stream, slot->origin, slot->json, slot->json_len,
		slot->seq, slot->values };
	bool ok = true;

	if (slot->there)
		put_selector(&selector, slot, flush);
	if (slot->exists)
		mg_put_doc(&doc, k->mc, &d, flush);
	if (!slot->exists)
		ok = mongoc_bulk_operation_remove_one_with_opts(k->op, &selector, NULL, error);
	else if (slot->there)
		ok = mongoc_bulk_operation_replace_one_with_opts(
		    k->op, &selector, &doc, k->opts, error);
	else
		ok = mongoc_bulk_operation_insert_with_opts(k->op, &doc, k->opts, error);
	k->replaced += slot->exists && slot->there;
	bson_destroy(&selector);
	bson_destroy(&doc);
	return ok;
}

/* 0: it goes away; 1: it changes; 2: it comes. What goes makes way in unique indexes, and appends
 * of a stream come in their order. */
static unsigned
rank(const struct mg_slot *slot)
{
	return slot->exists ? 1 + !slot->there : 0;
}

static bool
is_due(const struct mg_slot *slot, const struct mg_collection *mc)
{
	return slot->mc == mc && slot->dirty && !slot->stored;
}

/* The writes of the collection that are not done, or some of them. */
static bool
gather(struct bulk *k, bson_error_t *error)
{
	for (unsigned r = 0; r < 3; r++)
		for (struct mg_slot *s = k->b->slots; s != NULL; s = s->next) {
			if (!is_due(s, k->mc) || rank(s) != r)
				continue;
			if (!s->exists && !s->there) { /* it came and went */
				s->stored = true;
				continue;
			}
			if (!add_write(k, s, error))
				return false;
			k->slots[k->count++] = s;
			if (r < 2 && k->count == k->b->s->changes_max)
				return true;
		}
	return true;
}

/* The place of the write that failed first; or count. */
static unsigned
first_failed(const struct bulk *k, const bson_t *reply)
{
	bson_iter_t at, errors, index;
	int64_t n;

	if (!bson_iter_init_find(&at, reply, "writeErrors") || !BSON_ITER_HOLDS_ARRAY(&at) ||
	    !bson_iter_recurse(&at, &errors) || !bson_iter_next(&errors) ||
	    !BSON_ITER_HOLDS_DOCUMENT(&errors) || !bson_iter_recurse(&errors, &index) ||
	    !bson_iter_find(&index, "index"))
		return k->count;
	n = bson_iter_as_int64(&index);
	return n >= 0 && n < k->count ? (unsigned)n : k->count;
}

static int64_t
counted(const bson_t *reply, const char *name)
{
	bson_iter_t at;

	return bson_iter_init_find(&at, reply, name) ? bson_iter_as_int64(&at) : 0;
}

/* Whether the deployment has the document as this flush leaves it. 0 or -1. */
static int
look(struct mg_batch *b, struct mg_slot *slot, bson_error_t *error)
{
	bson_t *filter = BCON_NEW("_id", BCON_UTF8(slot->key));
	bson_t *opts = BCON_NEW("limit", BCON_INT64(1), "projection", "{", "v", BCON_INT32(1), "}");
	mongoc_cursor_t *cursor =
	    mongoc_collection_find_with_opts(slot->mc->docs, filter, opts, NULL);
	struct mg_doc doc;
	const bson_t *bson;
	int64_t expiry, v = 0;
	bool there = mongoc_cursor_next(cursor, &bson), failed;

	if (there)
		there = mg_read_doc(bson, &doc, &expiry, &v);
	failed = mongoc_cursor_error(cursor, error);
	if (!failed)
		slot->stored = slot->exists ? there && v == b->s->flush : !there;
	mongoc_cursor_destroy(cursor);
	bson_destroy(filter);
	bson_destroy(opts);
	return failed ? -1 : 0;
}

/* Changes that found nothing to change: it was done already, when a write that was not heard of
 * came late. Else another program writes. */
static enum told
compare(struct bulk *k, bson_error_t *error)
{
	bool all = true;

	for (unsigned i = 0; i < k->count; i++) {
		if (look(k->b, k->slots[i], error) != 0)
			return UNKNOWN;
		all = all && k->slots[i]->stored;
	}
	if (all)
		return STORED;
	parley_fail(k->b->err, PARLEY_INTERNAL, NULL,
	    "documents of '%s' are not as they were written: does another program write to the "
	    "data "
	    "base?",
	    k->mc->c->name);
	return HOPELESS;
}

/* Runs the bulk and marks what it is known to have stored. */
static enum told
execute(struct bulk *k, bson_error_t *error)
{
	enum told told = STORED;
	unsigned done = k->count;
	bson_t reply;

	if (mongoc_bulk_operation_execute(k->op, &reply, error) == 0) {
		done = mg_is_duplicate(error) ? first_failed(k, &reply) : 0;
		told = mg_is_duplicate(error) && done < k->count        ? TAKEN
		       : mg_is_passing(error) || mg_is_duplicate(error) ? UNKNOWN
									: HOPELESS;
		if (told == TAKEN)
			k->b->refused = k->slots[done];
		else
			done = 0;
	} else if (counted(&reply, "nMatched") != k->replaced) {
		done = 0;
		told = compare(k, error);
	}
	for (unsigned i = 0; i < done; i++)
		k->slots[i]->stored = true;
	if (told == HOPELESS && k->b->err->code == PARLEY_OK)
		mg_fail(&k->b->s->breaker, error, "write", k->b->err);
	bson_destroy(&reply);
	return told;
}

/* Stores what is due in one collection, or some of it. */
static enum told
run_bulk(struct mg_batch *b, struct mg_collection *mc, bson_error_t *error)
{
	/* The driver would look at each byte whether it is UTF-8, which it is. */
	bson_t *opts = BCON_NEW("validate", BCON_BOOL(false));
	struct bulk k = { .b = b, .mc = mc, .opts = opts };
	enum told told = STORED;

	k.slots = parley_alloc((b->dirty + 1) * sizeof *k.slots);
	k.op = mongoc_collection_create_bulk_operation_with_opts(mc->docs, NULL);
	if (!gather(&k, error))
		told = HOPELESS;
	else if (k.count > 0)
		told = execute(&k, error);
	if (told == HOPELESS && b->err->code == PARLEY_OK)
		mg_fail(&b->s->breaker, error, "write", b->err);
	mongoc_bulk_operation_destroy(k.op);
	bson_destroy(opts);
	free(k.slots);
	return told;
}

static const struct mg_slot *
first_due(const struct mg_batch *b)
{
	for (const struct mg_slot *s = b->slots; s != NULL; s = s->next)
		if (s->dirty && !s->stored)
			return s;
	return NULL;
}

static enum told
run_bulks(struct mg_batch *b, bson_error_t *error)
{
	const struct mg_slot *due;
	enum told told = STORED;

	while (told == STORED && (due = first_due(b)) != NULL)
		told = run_bulk(b, due->mc, error);
	return told;
}

/* ---- in doubt ----------------------------------------------------------------------------- */

static int
look_at_all(struct mg_batch *b, bson_error_t *error)
{
	for (struct mg_slot *s = b->slots; s != NULL; s = s->next)
		if (s->dirty && !s->stored && look(b, s, error) != 0)
			return -1;
	return 0;
}

/* Removes what came in behind the refused one: some servers do not stop there, and what comes next
 * in a stream is to have its place. */
static enum told
withdraw(struct mg_batch *b, bson_error_t *error)
{
	bson_t filter = BSON_INITIALIZER, id, keys;
	char digits[16];
	const char *name;
	uint32_t at = 0;
	bool ok;

	BSON_APPEND_DOCUMENT_BEGIN(&filter, "_id", &id);
	BSON_APPEND_ARRAY_BEGIN(&id, "$in", &keys);
	for (const struct mg_slot *s = b->slots; s != NULL; s = s->next)
		if (is_due(s, b->refused->mc) && s->exists && !s->there) {
			bson_uint32_to_string(at++, &name, digits, sizeof digits);
			BSON_APPEND_UTF8(&keys, name, s->key);
		}
	bson_append_array_end(&id, &keys);
	bson_append_document_end(&filter, &id);
	BSON_APPEND_INT64(&filter, "v", b->s->flush);
	ok = mongoc_collection_delete_many(b->refused->mc->docs, &filter, NULL, NULL, error);
	bson_destroy(&filter);
	return ok ? TAKEN : UNKNOWN;
}

/* A write that was not heard of may have come first, and then what is in the way is itself. */
static enum told
doubt(struct mg_batch *b, unsigned *doubts, bson_error_t *error)
{
	struct mg_slot *slot = b->refused;

	b->refused = NULL;
	if (look(b, slot, error) != 0)
		return UNKNOWN;
	if (slot->stored && ++*doubts < DOUBTS)
		return STORED; /* go on with the rest */
	b->refused = slot;
	return withdraw(b, error);
}

/* What was asked for without an answer may be done later. */
static void
note_doubts(struct mg_batch *b)
{
	for (const struct mg_slot *s = b->slots; s != NULL; s = s->next)
		if (s->dirty && s->exists && !s->there)
			mg_doubt(b->s, s->mc->c->name, s->key, b->s->flush, !s->stored);
}

int
mg_flush(struct mg_batch *b)
{
	enum told told = UNKNOWN;
	unsigned tried = 0, vague = 0, doubts = 0;
	bson_error_t error;

	b->s->flush++;
	b->begun = true;
	while (told == UNKNOWN) {
		*b->err = (struct parley_error){ 0 };
		told = tried > 0 && look_at_all(b, &error) != 0 ? UNKNOWN : lift_floors(b, &error);
		if (told == STORED)
			told = run_bulks(b, &error);
		while (told == TAKEN) {
			told = doubt(b, &doubts, &error);
			if (told != STORED)
				break;
			told = run_bulks(b, &error);
		}
		if (told != UNKNOWN)
			break;
		mg_fail(&b->s->breaker, &error, "write", b->err);
		vague = mg_is_vague(&error) ? vague + 1 : 0;
		if (vague == VAGUE_TRIES || !mg_wait(b, tried++))
			return mg_give_up(b);
	}
	if (tried > 0)
		note_doubts(b);
	return told == STORED ? 0 : told == TAKEN ? 1 : -1;
}
