/* SPDX-License-Identifier: MIT */
/* mongo_flush.c - stores what a batch has worked out, until it is known to be stored.
 *
 * Each document is written by itself, and each write can be done again: a new one is an insert
 * under a key that only it can have, a changed one replaces what an earlier flush wrote, a removed
 * one is deleted when it is as it was. So when the deployment does not say what it did, all that
 * has to be found out is which documents are there as this flush writes them. */
#include "mongo_batch.h"

#include <limits.h>
#include <parley/log.h>
#include <parley/memory.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAIT_MS      50         /* at first, then twice as long each time, until */
#define WAIT_MAX_MS  1000       /* that */
#define VAGUE_TRIES  600        /* of a data base that answers, but not what is wrong */
#define COMMAND_SIZE (4U << 20) /* bytes, and then no other write is put into it */
#define KEPT_SIZE    (1U << 20) /* of memory, between commands */
#define DOUBTS       3          /* so often a flush may be told that a key is taken which is not */

/* How a command went. */
enum told {
	STORED,
	TAKEN, /* a unique index did not let one in; those before it are stored */
	UNKNOWN,
	HOPELESS, /* err says why */
};

/* What a command can do. What goes makes way in unique indexes, and appends of a stream come in
 * their order. */
enum kind { REMOVE, CHANGE, INSERT };

/* A command that writes to one collection, one kind of writes. */
struct command {
	struct mg_batch *b;
	struct mg_collection *mc;
	enum kind kind;
	struct mg_slot **slots; /* of its writes, in their order */
	unsigned count;
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

/* ---- commands that write ------------------------------------------------------------------ */

/* Names the document as it was before this flush. */
static void
put_selector(struct parley_text *out, const struct mg_slot *slot, int64_t flush)
{
	size_t began = mg_begin(out, "q"), older;

	mg_put_text(out, "_id", slot->key, strlen(slot->key));
	if (slot->mc->c->log)
		mg_put_text(out, "s", slot->stream, strlen(slot->stream));
	older = mg_begin(out, "v");
	mg_put_int(out, "$lt", flush);
	mg_end(out, older);
	mg_end(out, began);
}

static void
put_document(struct parley_text *out, const char *name, const struct mg_slot *slot, int64_t flush)
{
	struct mg_doc doc = { slot->key, slot->stream, slot->origin, slot->json, slot->json_len,
		slot->seq, slot->values };

	mg_put_doc(out, name, slot->mc, &doc, flush);
}

/* A member of the command's list. */
static void
put_write(struct parley_text *out, const char *name, const struct mg_slot *slot, enum kind kind,
    int64_t flush)
{
	size_t began;

	if (kind == INSERT) {
		put_document(out, name, slot, flush);
		return;
	}
	began = mg_begin(out, name);
	put_selector(out, slot, flush);
	if (kind == CHANGE)
		put_document(out, "u", slot, flush);
	else
		mg_put_int32(out, "limit", 1);
	mg_end(out, began);
}

static enum kind
kind_of(const struct mg_slot *slot)
{
	return !slot->exists ? REMOVE : slot->there ? CHANGE : INSERT;
}

static bool
is_due(const struct mg_slot *slot, const struct mg_collection *mc)
{
	return slot->mc == mc && slot->dirty && !slot->stored;
}

/* Chooses what is to be done first in the collection. False when nothing is. */
static bool
choose(struct command *k)
{
	bool any = false;

	for (struct mg_slot *s = k->b->slots; s != NULL; s = s->next) {
		if (!is_due(s, k->mc))
			continue;
		if (!s->exists && !s->there) { /* it came and went */
			s->stored = true;
			continue;
		}
		if (!any || kind_of(s) < k->kind)
			k->kind = kind_of(s);
		any = true;
	}
	return any;
}

/* Puts together the writes of that kind, or some of them. */
static void
put_writes(struct command *k, struct parley_text *out)
{
	unsigned most = k->kind != INSERT ? k->b->s->changes_max : UINT_MAX;
	char digits[16];
	const char *name;

	for (struct mg_slot *s = k->b->slots; s != NULL; s = s->next) {
		if (!is_due(s, k->mc) || kind_of(s) != k->kind)
			continue;
		if (k->count == most || out->len > COMMAND_SIZE)
			return;
		bson_uint32_to_string(k->count, &name, digits, sizeof digits);
		put_write(out, name, s, k->kind, k->b->s->flush);
		k->slots[k->count++] = s;
	}
}

static void
put_command(struct command *k, struct parley_text *out)
{
	static const char *const names[] = { "delete", "update", "insert" };
	static const char *const lists[] = { "deletes", "updates", "documents" };
	size_t began, list;

	parley_text_clear(out);
	began = mg_begin(out, NULL);
	mg_put_text(out, names[k->kind], k->mc->c->name, strlen(k->mc->c->name));
	mg_put_bool(out, "ordered", true);
	list = mg_begin_array(out, lists[k->kind]);
	put_writes(k, out);
	mg_end(out, list);
	mg_end(out, began);
}

/* The first of the writes that the reply says were refused, in *error; or count, when there is
 * none. */
static unsigned
first_refused(const struct command *k, const bson_t *reply, bson_error_t *error)
{
	bson_iter_t at, list, one, index, code, why;
	int64_t n = -1;

	if (!bson_iter_init_find(&at, reply, "writeErrors") || !BSON_ITER_HOLDS_ARRAY(&at) ||
	    !bson_iter_recurse(&at, &list) || !bson_iter_next(&list))
		return k->count;
	if (BSON_ITER_HOLDS_DOCUMENT(&list) && bson_iter_recurse(&list, &one)) {
		index = code = why = one;
		n = bson_iter_find(&index, "index") ? bson_iter_as_int64(&index) : -1;
		bson_set_error(error, MONGOC_ERROR_SERVER,
		    bson_iter_find(&code, "code") ? (uint32_t)bson_iter_as_int64(&code) : 0, "%s",
		    bson_iter_find(&why, "errmsg") && BSON_ITER_HOLDS_UTF8(&why)
			? bson_iter_utf8(&why, NULL)
			: "it does not say why");
	}
	if (n >= 0 && n < k->count)
		return (unsigned)n;
	bson_set_error(error, MONGOC_ERROR_PROTOCOL, MONGOC_ERROR_PROTOCOL_INVALID_REPLY,
	    "it does not say what it refused");
	return 0;
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

/* Fewer were written than asked for. Changes find nothing to change when it was done already, by a
 * write that was not heard of and came late. Else another program writes. */
static enum told
compare(struct command *k, bson_error_t *error)
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

/* What an error means for the writes of the command. refused: those before that one were made. */
static enum told
judge(struct command *k, unsigned refused, const bson_error_t *error)
{
	if (mg_is_duplicate(error) && refused < k->count) {
		k->b->refused = k->slots[refused];
		for (unsigned i = 0; i < refused; i++)
			k->slots[i]->stored = true;
		return TAKEN;
	}
	return mg_is_passing(error) || mg_is_duplicate(error) ? UNKNOWN : HOPELESS;
}

/* Runs the command and marks what it is known to have stored. */
static enum told
execute(struct command *k, const bson_t *bson, bson_error_t *error)
{
	struct mg_store *s = k->b->s;
	unsigned refused = k->count;
	enum told told = STORED;
	bson_t reply;

	if (!mongoc_client_write_command_with_opts(
		s->client, s->database, bson, NULL, &reply, error))
		told = judge(k, k->count, error);
	else if ((refused = first_refused(k, &reply, error)) < k->count)
		told = judge(k, refused, error);
	else if (k->kind != REMOVE && counted(&reply, "n") != k->count)
		told = compare(k, error);
	for (unsigned i = 0; told == STORED && i < k->count; i++)
		k->slots[i]->stored = true;
	bson_destroy(&reply);
	return told;
}

/* Stores what is due in one collection, or some of it. */
static enum told
run_command(struct mg_batch *b, struct mg_collection *mc, bson_error_t *error)
{
	struct command k = { .b = b, .mc = mc };
	struct parley_text *bytes = &b->s->command;
	enum told told;
	bson_t bson;

	if (!choose(&k))
		return STORED;
	k.slots = parley_alloc(b->dirty * sizeof *k.slots);
	put_command(&k, bytes);
	mg_view(bytes, &bson);
	told = execute(&k, &bson, error);
	if (told == HOPELESS && b->err->code == PARLEY_OK)
		mg_fail(&b->s->breaker, error, "write", b->err);
	if (bytes->cap > KEPT_SIZE)
		parley_text_fini(bytes);
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
run_commands(struct mg_batch *b, bson_error_t *error)
{
	const struct mg_slot *due;
	enum told told = STORED;

	while (told == STORED && (due = first_due(b)) != NULL)
		told = run_command(b, due->mc, error);
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
			told = run_commands(b, &error);
		while (told == TAKEN) {
			told = doubt(b, &doubts, &error);
			if (told != STORED)
				break;
			told = run_commands(b, &error);
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
