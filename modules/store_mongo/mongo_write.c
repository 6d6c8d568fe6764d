/* SPDX-License-Identifier: MIT */
/* mongo_write.c - a batch of writes: each is worked out as if those before it were stored. */
#include "mongo_batch.h"

#include <parley/await.h>
#include <parley/memory.h>
#include <stdlib.h>
#include <string.h>

#define TRIES_MAX 8 /* of a write that others stand in the way of */

/* What became of one write. */
enum outcome {
	DONE,   /* it has its rc, and its slot what is to be stored */
	LATER,  /* what was done up to now is to be stored first */
	FAILED, /* the deployment could not be asked: the batch has err */
};

static enum outcome
refuse(struct mg_item *i, enum parley_code code, const char *why)
{
	i->w->rc = parley_fail(&i->w->err, code, NULL, "%s", why);
	return DONE;
}

static enum outcome
not_found(struct mg_item *i)
{
	return refuse(i, PARLEY_NOT_FOUND, "there is no such document");
}

static enum outcome
rivaled(struct mg_item *i)
{
	return refuse(i, PARLEY_CONFLICT, "another document has the same unique members");
}

/* Nothing was done. */
static enum outcome
refuse_for_now(struct mg_item *i)
{
	refuse(i, PARLEY_BUSY, "the document may still be on its way: try again later");
	i->w->err.retry_after = MG_DOUBT_RETRY_S;
	return DONE;
}

/* ---- unique members ----------------------------------------------------------------------- */

/* True when a slot that is not stored yet has, or no longer has, what values are to have alone. */
static bool
is_claimed(const struct mg_batch *b, const struct mg_slot *slot, unsigned index,
    const struct parley_value *values)
{
	for (const struct mg_slot *s = b->slots; s != NULL; s = s->next)
		if (s != slot && s->mc == slot->mc && s->dirty && s->exists && s->values != NULL &&
		    mg_same_unique(s->mc->c, index, s->values, values))
			return true;
	return false;
}

/* Whether one unique index lets values in. *clear_r: it does. */
static enum outcome
clear_index(struct mg_batch *b, const struct mg_slot *slot, unsigned index,
    const struct parley_value *values, bool *clear_r)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text bytes = { 0 };
	size_t began = mg_begin(&bytes, NULL);
	struct mg_slot *rival = NULL;
	bson_t filter;

	*clear_r = true;
	if (is_claimed(b, slot, index, values))
		return LATER;
	if (!mg_put_unique(&bytes, slot->mc, index, values))
		return DONE;
	mg_end(&bytes, began);
	mg_view(&bytes, &filter);
	if (mg_look_for(b, slot->mc, &filter, &rival) != 0)
		return FAILED;
	if (rival == NULL || rival == slot)
		return DONE;
	if (rival->dirty)
		return rival->exists ? LATER : DONE;
	*clear_r =
	    !mg_slot_lives(rival, b->now) && !mg_is_doubtful(b->s, rival->mc->c->name, rival->key);
	if (*clear_r)
		return mg_slot_remove(b, rival) == 0 ? DONE : FAILED;
	return DONE;
}

static enum outcome
clear_way(struct mg_batch *b, const struct mg_slot *slot, const struct parley_value *values,
    bool *clear_r)
{
	enum outcome outcome = DONE;

	*clear_r = true;
	for (unsigned i = 0; outcome == DONE && *clear_r && i < slot->mc->indexes; i++)
		if (slot->mc->c->indexes[i].unique)
			outcome = clear_index(b, slot, i, values, clear_r);
	return outcome;
}

/* ---- documents ---------------------------------------------------------------------------- */

/* Puts what a write brings into its slot. */
static void
fill(struct mg_batch *b, struct mg_slot *slot, const struct parley_write *w,
    const struct mg_doc *place)
{
	struct mg_doc doc = place != NULL ? *place : (struct mg_doc){ 0 };

	doc.json = w->json;
	doc.json_len = w->json_len;
	doc.values = w->values;
	mg_slot_fill(slot, &doc, mg_expiry(slot->mc, w->values));
	slot->exists = true;
	mg_slot_touch(b, slot);
}

static enum outcome
write_put(struct mg_batch *b, struct mg_item *i)
{
	enum outcome outcome;
	bool clear;

	i->slot = mg_slot(b, i->mc, i->w->key);
	if (i->slot == NULL)
		return FAILED;
	if (i->w->op == PARLEY_WRITE_INSERT && mg_slot_lives(i->slot, b->now))
		return refuse(i, PARLEY_CONFLICT, "the key is taken");
	outcome = clear_way(b, i->slot, i->w->values, &clear);
	if (outcome != DONE)
		return outcome;
	if (!clear)
		return rivaled(i);
	fill(b, i->slot, i->w, NULL);
	return DONE;
}

/* Whether the document of a patch or removal is as that demands. */
static bool
is_as_wanted(struct mg_batch *b, struct mg_item *i)
{
	if (!mg_slot_lives(i->slot, b->now)) {
		not_found(i);
		return false;
	}
	if (i->w->when == NULL || i->w->when->op == PARLEY_OP_END)
		return true;
	i->w->rc = mg_slot_values(i->slot, &i->w->err);
	if (i->w->rc == 0 && !parley_conds_hold(i->mc->c, i->slot->values, i->w->when))
		refuse(i, PARLEY_CONFLICT, "the document has changed");
	return i->w->rc == 0;
}

/* A document after a patch. */
struct merged {
	struct parley_text json;
	struct parley_value *values;
	void *scratch;
};

static void
merged_fini(struct merged *m)
{
	parley_text_fini(&m->json);
	parley_merge_free(&m->scratch);
	free(m->values);
}

/* Gives it to the slot. */
static void
take_merged(struct mg_batch *b, struct mg_slot *slot, struct merged *m)
{
	struct mg_doc doc = {
		.json = m->json.s,
		.json_len = m->json.len,
		.seq = slot->seq,
		.values = m->values,
	};

	mg_slot_fill(slot, &doc, mg_expiry(slot->mc, m->values));
	parley_text_fini(&slot->own);
	slot->own = m->json;
	slot->own_values = m->values;
	slot->scratch = m->scratch;
	*m = (struct merged){ 0 };
	mg_slot_touch(b, slot);
}

static enum outcome
write_patch(struct mg_batch *b, struct mg_item *i)
{
	PARLEY_AUTO(merged_fini) struct merged m = { 0 };
	struct parley_write *w = i->w;
	enum outcome outcome;
	bool clear;

	i->slot = mg_slot(b, i->mc, w->key);
	if (i->slot == NULL)
		return FAILED;
	if (!is_as_wanted(b, i))
		return DONE;
	m.values = parley_alloc(PARLEY_FIELDS_MAX * sizeof *m.values);
	w->rc = parley_merge(i->mc->c, w->key, i->slot->json, i->slot->json_len, w->json,
	    w->json_len, &m.json, m.values, &m.scratch, &w->err);
	if (w->rc != 0)
		return DONE;
	outcome = clear_way(b, i->slot, m.values, &clear);
	if (outcome != DONE)
		return outcome;
	if (!clear)
		return rivaled(i);
	take_merged(b, i->slot, &m);
	return DONE;
}

static enum outcome
write_remove(struct mg_batch *b, struct mg_item *i)
{
	i->slot = mg_slot(b, i->mc, i->w->key);
	if (i->slot == NULL)
		return FAILED;
	if (!is_as_wanted(b, i))
		return DONE;
	if (mg_is_doubtful(b->s, i->mc->c->name, i->w->key))
		return refuse_for_now(i);
	return mg_slot_remove(b, i->slot) == 0 ? DONE : FAILED;
}

/* ---- logs --------------------------------------------------------------------------------- */

/* The document that has the write's origin, alive, in *slot_r, or NULL. One that is gone is
 * removed. */
static enum outcome
find_earlier(struct mg_batch *b, struct mg_item *i, struct mg_slot **slot_r)
{
	bson_t filter = BSON_INITIALIZER;
	int rc = 0;

	*slot_r = NULL;
	if (i->w->origin[0] == '\0')
		return DONE;
	BSON_APPEND_UTF8(&filter, "o", i->w->origin);
	rc = mg_look_for(b, i->mc, &filter, slot_r);
	bson_destroy(&filter);
	if (rc != 0)
		return FAILED;
	if (*slot_r == NULL || mg_slot_lives(*slot_r, b->now))
		return DONE;
	rc = mg_slot_remove(b, *slot_r);
	*slot_r = NULL;
	return rc == 0 ? DONE : FAILED;
}

static enum outcome
answer_earlier(struct mg_item *i, const struct mg_slot *slot)
{
	i->w->seq = slot->seq;
	parley_text_add(&i->w->earlier, slot->json, slot->json_len);
	parley_text_add(&i->w->earlier_key, slot->key, strlen(slot->key));
	return DONE;
}

static enum outcome
place(struct mg_batch *b, struct mg_item *i)
{
	struct parley_write *w = i->w;
	char key[PARLEY_LOG_KEY_MAX];
	struct mg_doc doc = { .stream = w->key, .origin = w->origin };
	int64_t top;

	if (mg_top_get(b, i->mc, w->key, &top) != 0)
		return FAILED;
	if (w->place != 0 && w->place <= top)
		return DONE;
	if (!parley_write_next(w, top))
		return DONE;
	doc.seq = w->seq;
	parley_write_place(w, w->seq);
	parley_log_key(key, w->key, strlen(w->key), w->seq);
	i->slot = mg_slot_new(b, i->mc, key);
	fill(b, i->slot, w, &doc);
	mg_top_set(i->mc, w->key, w->seq);
	return DONE;
}

/* Looks first, when it was refused before or nothing in the deployment would refuse it. */
static enum outcome
append_carefully(struct mg_batch *b, struct mg_item *i)
{
	struct mg_slot blank = { .mc = i->mc }, *earlier;
	enum outcome outcome;
	bool clear;

	if (b->dirty > 0)
		return LATER;
	outcome = find_earlier(b, i, &earlier);
	if (outcome != DONE)
		return outcome;
	if (earlier != NULL)
		return answer_earlier(i, earlier);
	outcome = clear_way(b, &blank, i->w->values, &clear);
	if (outcome != DONE)
		return outcome;
	return clear ? place(b, i) : rivaled(i);
}

/* Tries first and asks later: an origin that is there already is rare. */
static enum outcome
write_append(struct mg_batch *b, struct mg_item *i)
{
	enum outcome outcome;

	if (i->careful || b->s->no_unique)
		return append_carefully(b, i);
	outcome = place(b, i);
	if (outcome != DONE || i->w->rc == 0)
		return outcome;
	i->careful = true; /* the stream is full, but this may be in it */
	i->w->rc = 0;
	return append_carefully(b, i);
}

static enum outcome
write_seek(struct mg_batch *b, struct mg_item *i)
{
	struct mg_slot *earlier;
	enum outcome outcome;

	if (b->dirty > 0)
		return LATER;
	outcome = find_earlier(b, i, &earlier);
	if (outcome != DONE)
		return outcome;
	return earlier != NULL ? answer_earlier(i, earlier) : not_found(i);
}

/* A document that there never was goes from the end of the stream. */
static enum outcome
write_floor(struct mg_batch *b, struct mg_item *i)
{
	struct mg_doc doc = { .stream = i->w->key, .origin = "", .seq = i->w->seq };
	char key[PARLEY_LOG_KEY_MAX];
	int64_t top;

	if (mg_top_get(b, i->mc, i->w->key, &top) != 0)
		return FAILED;
	if (i->w->seq <= top)
		return DONE;
	parley_log_key(key, i->w->key, strlen(i->w->key), i->w->seq);
	i->slot = mg_slot_new(b, i->mc, key);
	mg_slot_fill(i->slot, &doc, MG_NEVER);
	i->slot->lifts = true;
	mg_slot_touch(b, i->slot);
	mg_top_set(i->mc, i->w->key, i->w->seq);
	return DONE;
}

/* ---- expiry ------------------------------------------------------------------------------- */

static enum outcome
write_expire(struct mg_batch *b, struct mg_item *i)
{
	bson_t *filter;
	int rc;

	if (b->dirty > 0)
		return LATER;
	filter = BCON_NEW("x", "{", "$lte", BCON_INT64(b->now), "}");
	rc = mg_slots_find(b, i->mc, filter, PARLEY_EXPIRE_MAX);
	bson_destroy(filter);
	i->w->seq = 0;
	for (struct mg_slot *s = b->slots; rc == 0 && s != NULL && i->w->seq < PARLEY_EXPIRE_MAX;
	     s = s->next) {
		if (s->mc != i->mc || !s->exists || mg_slot_lives(s, b->now) ||
		    mg_is_doubtful(b->s, s->mc->c->name, s->key))
			continue;
		rc = mg_slot_remove(b, s);
		i->slot = s;
		i->w->seq++;
	}
	return rc == 0 ? DONE : FAILED;
}

/* ---- the batch ---------------------------------------------------------------------------- */

static enum outcome
write_one(struct mg_batch *b, struct mg_item *i)
{
	i->w->rc = 0;
	i->slot = NULL;
	i->tried = true;
	switch (i->w->op) {
	case PARLEY_WRITE_PUT:
	case PARLEY_WRITE_INSERT:
		return write_put(b, i);
	case PARLEY_WRITE_PATCH:
		return write_patch(b, i);
	case PARLEY_WRITE_REMOVE:
		return write_remove(b, i);
	case PARLEY_WRITE_APPEND:
		return write_append(b, i);
	case PARLEY_WRITE_EXPIRE:
		return write_expire(b, i);
	case PARLEY_WRITE_SEEK:
		return write_seek(b, i);
	case PARLEY_WRITE_FLOOR:
		return write_floor(b, i);
	}
	parley_assert(!"known operation");
}

/* Forgets what was worked out and not stored. */
static void
take_back(struct mg_batch *b)
{
	for (struct mg_item *i = b->items; i < b->items + b->count; i++) {
		if (i->tried && !i->settled) {
			parley_text_fini(&i->w->earlier);
			parley_text_fini(&i->w->earlier_key);
			if (i->w->op == PARLEY_WRITE_APPEND || i->w->op == PARLEY_WRITE_FLOOR)
				mg_top_forget(i->mc, i->w->key);
		}
		i->tried = false;
	}
	mg_slots_free(b);
}

/* Works out what can be stored together. 0 or -1. */
static int
work_out(struct mg_batch *b)
{
	enum outcome outcome = DONE;

	if (mg_slots_load(b) != 0)
		return -1;
	for (struct mg_item *i = b->items; i < b->items + b->count && outcome == DONE; i++) {
		if (i->settled)
			continue;
		outcome = write_one(b, i);
		if (outcome != DONE)
			i->tried = false;
	}
	return outcome == FAILED ? -1 : 0;
}

/* What was stored, or needed nothing to be, has its answer. */
static void
settle(struct mg_batch *b)
{
	for (struct mg_item *i = b->items; i < b->items + b->count; i++) {
		if (!i->tried)
			continue;
		i->settled = i->slot == NULL || !i->slot->dirty || i->slot->stored;
		if (!i->settled && i->slot == b->refused)
			i->careful = true;
	}
}

/* One step: 0, or -1 with err. */
static int
step(struct mg_batch *b)
{
	int rc = work_out(b);

	if (rc == 0 && b->dirty > 0)
		rc = mg_flush(b);
	if (rc >= 0)
		settle(b);
	take_back(b);
	return rc < 0 ? -1 : 0;
}

static unsigned
count_open(const struct mg_batch *b)
{
	unsigned n = 0;

	for (unsigned i = 0; i < b->count; i++)
		n += !b->items[i].settled;
	return n;
}

/* Steps until all have an answer. */
static int
write_all(struct mg_batch *b)
{
	unsigned left = b->count, blocked = 0, waited = 0;

	while (left > 0) {
		unsigned before = left;

		*b->err = (struct parley_error){ 0 };
		if (step(b) != 0) {
			if (!b->begun || b->err->code != PARLEY_BUSY)
				return -1;
			if (!mg_wait(b, waited++))
				return mg_give_up(b);
			continue;
		}
		waited = 0;
		left = count_open(b);
		blocked = left < before ? 0 : blocked + 1;
		if (blocked == TRIES_MAX)
			return parley_fail(b->err, PARLEY_INTERNAL, NULL,
			    "a write finds no place in the data base: does another program write "
			    "to it?");
	}
	return 0;
}

int
mg_write(void *state, struct parley_write *batch, struct parley_error *err)
{
	struct mg_batch *b = parley_alloc(sizeof *b);
	struct mg_item *item;
	int rc;

	b->s = state;
	b->now = parley_now();
	b->err = err;
	b->end = &b->slots;
	for (const struct parley_write *w = batch; w != NULL; w = w->next)
		b->count++;
	item = b->items = parley_alloc(b->count * sizeof *b->items);
	for (struct parley_write *w = batch; w != NULL; w = w->next, item++)
		*item = (struct mg_item){ .w = w, .mc = mg_collection(b->s, w->collection) };
	rc = mg_may_ask(&b->s->breaker, err) ? 0 : -1;
	if (rc == 0) {
		mg_doubts_look(b->s);
		rc = write_all(b);
	}
	free(b->items);
	free(b);
	return rc;
}
