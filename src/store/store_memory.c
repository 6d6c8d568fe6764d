/* SPDX-License-Identifier: MIT */
/* store_memory.c - the back end without a disk. */
#include "base/table.h"
#include "base/xalloc.h"
#include "store/doc.h"
#include "store/memory_index.h"
#include "store/store.h"

#include <parley/await.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* The newest document of a stream was removed: its seq is not used again. */
struct mem_floor {
	int64_t seq;
	char stream[PARLEY_KEY_MAX];
};

struct mem_collection {
	const struct parley_collection *c;
	struct mem_index *indexes; /* what every collection has, the declared, log: the origins */
	unsigned index_count;
	int expires;         /* number of the field, or PARLEY_NO_FIELD */
	struct table floors; /* of struct mem_floor */
};

/* Readers hold the lock while they look, the writer while it changes something. */
struct mem_store {
	pthread_rwlock_t lock;
	struct table collections; /* of struct mem_collection */
};

/* ---- one collection ----------------------------------------------------------------------- */

static struct mem_index
index_new(const struct parley_collection *c, int number)
{
	struct mem_index index = { 0 };
	unsigned own = 0;

	index.count = parley_index_order(c, number, index.fields);
	for (unsigned i = 0; i < index.count; i++)
		index.types[i] = parley_field_type(c, index.fields[i]);
	while (number >= 0 && own < 4 && c->indexes[number].fields[own] != NULL)
		own++;
	if (number >= 0 && c->indexes[number].unique)
		index.unique = own;
	if (number >= 0 && c->indexes[number].sparse)
		index.needed = own;
	return index;
}

static struct mem_collection *
collection_new(const struct parley_collection *c)
{
	struct mem_collection *mc = xcalloc(1, sizeof *mc);
	unsigned declared = parley_index_count(c);

	mc->c = c;
	mc->expires = c->expires != NULL ? parley_field_number(c, c->expires) : PARLEY_NO_FIELD;
	mc->index_count = 1 + declared + c->log;
	mc->indexes = xcalloc(mc->index_count, sizeof *mc->indexes);
	for (unsigned i = 0; i <= declared; i++)
		mc->indexes[i] = index_new(c, (int)i - 1);
	if (c->log)
		mc->indexes[declared + 1] = (struct mem_index){
			.fields = { MEM_ORIGIN_FIELD },
			.types = { PARLEY_FIELD_TEXT },
			.count = 1,
			.unique = 1,
			.needed = 1,
		};
	return mc;
}

static void
collection_free(struct mem_collection *mc)
{
	struct mem_floor *floor;
	uint32_t at = 0;

	for (size_t i = 0; i < mc->indexes[0].len; i++)
		free(mc->indexes[0].docs[i]);
	for (unsigned i = 0; i < mc->index_count; i++)
		free(mc->indexes[i].docs);
	while ((floor = table_each(&mc->floors, &at)) != NULL)
		free(floor);
	table_fini(&mc->floors);
	free(mc->indexes);
	free(mc);
}

static void
collection_insert(struct mem_collection *mc, struct mem_doc *doc)
{
	for (unsigned i = 0; i < mc->index_count; i++)
		if (mem_index_takes(&mc->indexes[i], doc))
			mem_index_insert(&mc->indexes[i], doc);
}

static bool
is_gone(const struct mem_collection *mc, const struct mem_doc *doc, int64_t now)
{
	if (mc->expires == PARLEY_NO_FIELD || !doc->values[mc->expires].present)
		return false;
	return doc->values[mc->expires].integer <= now;
}

/* The highest seq that the stream has now; 0 for none. */
static int64_t
stream_top(const struct mem_collection *mc, const char *stream)
{
	const struct mem_index *index = &mc->indexes[0];
	struct parley_value v = { .present = true, .text = stream, .len = strlen(stream) };
	size_t at = mem_index_bound(index, &v, 1, true);

	if (at == 0 || strcmp(index->docs[at - 1]->name, stream) != 0)
		return 0;
	return index->docs[at - 1]->seq;
}

static void
raise_floor(struct mem_collection *mc, const char *stream, int64_t seq)
{
	struct mem_floor *floor = table_get(&mc->floors, stream);

	if (floor == NULL) {
		floor = xcalloc(1, sizeof *floor);
		strcpy(floor->stream, stream);
		table_put(&mc->floors, floor->stream, floor);
	}
	if (floor->seq < seq)
		floor->seq = seq;
}

/* Frees doc. */
static void
collection_remove(struct mem_collection *mc, struct mem_doc *doc)
{
	if (mc->c->log && stream_top(mc, doc->name) == doc->seq)
		raise_floor(mc, doc->name, doc->seq);
	for (unsigned i = 0; i < mc->index_count; i++)
		if (mem_index_takes(&mc->indexes[i], doc))
			mem_index_remove(&mc->indexes[i], doc);
	free(doc);
}

/* The document under a key, "STREAM/SEQ" in a log; also when it is gone. NULL: none. */
static struct mem_doc *
collection_find(const struct mem_collection *mc, const char *key)
{
	const struct mem_index *index = &mc->indexes[0];
	struct parley_value v[2] = { { .present = true, .text = key }, { .present = true } };
	char stream[PARLEY_KEY_MAX];
	size_t at, fields = mc->c->log ? 2 : 1;

	if (mc->c->log) {
		if (!parley_log_key_split(key, stream, &v[1].integer))
			return NULL;
		v[0].text = stream;
	}
	v[0].len = strlen(v[0].text);
	at = mem_index_bound(index, v, (unsigned)fields, false);
	if (at == mem_index_bound(index, v, (unsigned)fields, true))
		return NULL;
	return index->docs[at];
}

/* True when no other document but old stands in doc's way; removes those that are gone. */
static bool
make_way(
    struct mem_collection *mc, const struct mem_doc *doc, const struct mem_doc *old, int64_t now)
{
	for (unsigned i = 0; i < mc->index_count; i++) {
		struct mem_doc *rival = mem_index_rival(&mc->indexes[i], doc);

		if (rival == NULL || rival == old)
			continue;
		if (!is_gone(mc, rival, now))
			return false;
		collection_remove(mc, rival);
	}
	return true;
}

/* ---- writing ------------------------------------------------------------------------------ */

static int
conflict(struct parley_write *w, const char *why)
{
	return parley_fail(&w->err, PARLEY_CONFLICT, NULL, "%s", why);
}

/* Takes doc; old may be NULL. */
static int
replace(struct mem_collection *mc, struct parley_write *w, struct mem_doc *old, struct mem_doc *doc,
    int64_t now)
{
	if (!make_way(mc, doc, old, now)) {
		free(doc);
		return conflict(w, "another document has the same unique members");
	}
	if (old != NULL)
		collection_remove(mc, old);
	collection_insert(mc, doc);
	return 0;
}

static int
write_put(struct mem_collection *mc, struct parley_write *w, int64_t now)
{
	struct mem_doc *old = collection_find(mc, w->key);

	if (w->op == PARLEY_WRITE_INSERT && old != NULL && !is_gone(mc, old, now))
		return conflict(w, "the key is taken");
	return replace(
	    mc, w, old, mem_doc_new(mc->c, w->key, 0, "", w->json, w->json_len, w->values), now);
}

/* The document that a patch or removal is for, or NULL with w's error. */
static struct mem_doc *
find_target(struct mem_collection *mc, struct parley_write *w, int64_t now)
{
	struct mem_doc *doc = collection_find(mc, w->key);

	if (doc == NULL || is_gone(mc, doc, now)) {
		parley_fail(&w->err, PARLEY_NOT_FOUND, NULL, "there is no such document");
		return NULL;
	}
	if (!parley_conds_hold(mc->c, doc->values, w->when)) {
		conflict(w, "the document has changed");
		return NULL;
	}
	return doc;
}

static int
write_patch(struct mem_collection *mc, struct parley_write *w, int64_t now)
{
	struct mem_doc *old = find_target(mc, w, now), *doc;
	struct parley_value values[PARLEY_FIELDS_MAX];
	struct parley_text json = { 0 };
	void *scratch = NULL;

	if (old == NULL)
		return -1;
	if (parley_merge(mc->c, w->key, old->json, old->json_len, w->json, w->json_len, &json,
		values, &scratch, &w->err) != 0) {
		parley_text_fini(&json);
		return -1;
	}
	doc = mem_doc_new(mc->c, old->name, old->seq, old->origin, json.s, json.len, values);
	parley_text_fini(&json);
	parley_merge_free(&scratch);
	return replace(mc, w, old, doc, now);
}

static int
write_remove(struct mem_collection *mc, struct parley_write *w, int64_t now)
{
	struct mem_doc *doc = find_target(mc, w, now);

	if (doc == NULL)
		return -1;
	collection_remove(mc, doc);
	return 0;
}

/* True when the collection has w's origin already, and w then has that document. */
static bool
answer_earlier(struct mem_collection *mc, struct parley_write *w, int64_t now)
{
	const struct mem_index *origins = &mc->indexes[mc->index_count - 1];
	struct parley_value v = { .present = true, .text = w->origin, .len = strlen(w->origin) };
	size_t at = mem_index_bound(origins, &v, 1, false);
	char key[PARLEY_LOG_KEY_MAX];
	const struct mem_doc *doc;

	if (v.len == 0 || at == mem_index_bound(origins, &v, 1, true))
		return false;
	doc = origins->docs[at];
	if (is_gone(mc, doc, now))
		return false;
	w->seq = doc->seq;
	parley_text_add(&w->earlier, doc->json, doc->json_len);
	parley_text_add(
	    &w->earlier_key, key, parley_log_key(key, doc->name, doc->name_len, doc->seq));
	return true;
}

static int
write_append(struct mem_collection *mc, struct parley_write *w, int64_t now)
{
	const struct mem_floor *floor;
	int64_t top;

	if (answer_earlier(mc, w, now))
		return 0;
	floor = table_get(&mc->floors, w->key);
	top = stream_top(mc, w->key);
	if (floor != NULL && floor->seq > top)
		top = floor->seq;
	if (w->place != 0 && w->place <= top)
		return 0;
	if (!parley_write_next(w, top))
		return -1;
	parley_write_place(w, w->seq);
	return replace(mc, w, NULL,
	    mem_doc_new(mc->c, w->key, w->seq, w->origin, w->json, w->json_len, w->values), now);
}

static int
write_seek(struct mem_collection *mc, struct parley_write *w, int64_t now)
{
	if (answer_earlier(mc, w, now))
		return 0;
	return parley_fail(&w->err, PARLEY_NOT_FOUND, NULL, "there is no such document");
}

static int
write_expire(struct mem_collection *mc, struct parley_write *w, int64_t now)
{
	struct mem_index *all = &mc->indexes[0];

	w->seq = 0;
	for (size_t i = all->len; i > 0 && w->seq < PARLEY_EXPIRE_MAX; i--) {
		if (!is_gone(mc, all->docs[i - 1], now))
			continue;
		collection_remove(mc, all->docs[i - 1]);
		w->seq++;
	}
	return 0;
}

static int
write_one(struct mem_collection *mc, struct parley_write *w, int64_t now)
{
	switch (w->op) {
	case PARLEY_WRITE_PUT:
	case PARLEY_WRITE_INSERT:
		return write_put(mc, w, now);
	case PARLEY_WRITE_PATCH:
		return write_patch(mc, w, now);
	case PARLEY_WRITE_REMOVE:
		return write_remove(mc, w, now);
	case PARLEY_WRITE_APPEND:
		return write_append(mc, w, now);
	case PARLEY_WRITE_EXPIRE:
		return write_expire(mc, w, now);
	case PARLEY_WRITE_SEEK:
		return write_seek(mc, w, now);
	case PARLEY_WRITE_FLOOR:
		raise_floor(mc, w->key, w->seq);
		return 0;
	}
	parley_assert(!"known operation");
}

static struct mem_collection *
lookup(const struct mem_store *s, const struct parley_collection *c)
{
	struct mem_collection *mc = table_get(&s->collections, c->name);

	parley_assert(mc != NULL);
	return mc;
}

static int
memory_write(void *state, struct parley_write *batch, struct parley_error *err)
{
	struct mem_store *s = state;
	int64_t now = parley_now();

	pthread_rwlock_wrlock(&s->lock);
	for (struct parley_write *w = batch; w != NULL; w = w->next)
		w->rc = write_one(lookup(s, w->collection), w, now);
	pthread_rwlock_unlock(&s->lock);
	return 0;
}

/* ---- reading ------------------------------------------------------------------------------ */

static void
report(
    const struct mem_doc *doc, const struct parley_collection *c, const struct parley_found *found)
{
	char key[PARLEY_LOG_KEY_MAX];
	size_t len;

	if (!c->log) {
		found->add(found->context, doc->name, doc->name_len, 0, doc->json, doc->json_len);
		return;
	}
	len = parley_log_key(key, doc->name, doc->name_len, doc->seq);
	if (found->origin != NULL && doc->origin[0] != '\0')
		found->origin(found->context, doc->origin, strlen(doc->origin));
	found->add(found->context, key, len, doc->seq, doc->json, doc->json_len);
}

static int
memory_get(void *reader, const struct parley_collection *c, const char *key,
    const struct parley_found *found, struct parley_error *err)
{
	struct mem_store *s = reader;
	const struct mem_collection *mc;
	const struct mem_doc *doc;

	pthread_rwlock_rdlock(&s->lock);
	mc = lookup(s, c);
	doc = collection_find(mc, key);
	if (doc != NULL && !is_gone(mc, doc, parley_now()))
		report(doc, c, found);
	pthread_rwlock_unlock(&s->lock);
	return 0;
}

/* Walks up to max documents that match; found may be NULL. Returns how many. */
static int64_t
walk(const struct mem_store *s, const struct parley_collection *c, const struct parley_query *query,
    const struct parley_plan *plan, uint32_t max, const struct parley_found *found)
{
	const struct mem_collection *mc = lookup(s, c);
	const struct mem_index *index = &mc->indexes[plan->index + 1];
	struct mem_range r = mem_index_range(index, c, query, plan);
	int64_t now = parley_now(), n = 0;

	while (r.from < r.to && n < max) {
		const struct mem_doc *doc =
		    query->descending ? index->docs[--r.to] : index->docs[r.from++];

		if (is_gone(mc, doc, now))
			continue;
		if (found != NULL)
			report(doc, c, found);
		n++;
	}
	return n;
}

static int
memory_find(void *reader, const struct parley_collection *c, const struct parley_query *query,
    const struct parley_found *found, struct parley_error *err)
{
	struct mem_store *s = reader;
	struct parley_plan plan;

	parley_assert(parley_plan_query(c, query, &plan) == 0);
	pthread_rwlock_rdlock(&s->lock);
	walk(s, c, query, &plan, plan.limit, found);
	pthread_rwlock_unlock(&s->lock);
	return 0;
}

static int64_t
memory_count(void *reader, const struct parley_collection *c, const struct parley_query *query,
    uint32_t max, struct parley_error *err)
{
	struct mem_store *s = reader;
	struct parley_plan plan;
	int64_t n;

	parley_assert(parley_plan_query(c, query, &plan) == 0);
	pthread_rwlock_rdlock(&s->lock);
	n = walk(s, c, query, &plan, max, NULL);
	pthread_rwlock_unlock(&s->lock);
	return n;
}

/* ---- starting and stopping ---------------------------------------------------------------- */

static int
by_stream(const void *a, const void *b)
{
	const struct mem_floor *x = *(struct mem_floor *const *)a;

	return strcmp(x->stream, (*(struct mem_floor *const *)b)->stream);
}

static int
memory_floors(void *reader, const struct parley_collection *c, const char *after,
    const struct parley_found *found, struct parley_error *err)
{
	const struct mem_collection *mc = lookup(reader, c);
	const struct mem_floor **sorted = xcalloc(mc->floors.count + 1, sizeof *sorted);
	const struct mem_floor *floor;
	uint32_t at = 0, n = 0;

	while ((floor = table_each(&mc->floors, &at)) != NULL)
		if (strcmp(floor->stream, after) > 0)
			sorted[n++] = floor;
	qsort(sorted, n, sizeof *sorted, by_stream);
	for (uint32_t i = 0; i < n && i < PARLEY_FIND_LIMIT; i++)
		found->add(found->context, sorted[i]->stream, strlen(sorted[i]->stream),
		    sorted[i]->seq, NULL, 0);
	free(sorted);
	return 0;
}

static int
memory_open(const char *location, void **state_r, struct parley_error *err)
{
	struct mem_store *s = xcalloc(1, sizeof *s);

	pthread_rwlock_init(&s->lock, NULL);
	*state_r = s;
	return 0;
}

/* A copy of doc with the fields that c declares now. */
static struct mem_doc *
doc_redeclared(const struct parley_collection *c, const struct mem_doc *doc)
{
	struct parley_value values[PARLEY_FIELDS_MAX];
	struct mem_doc *copy;
	void *scratch = NULL;

	parley_assert(parley_fields(c, doc->json, doc->json_len, values, &scratch, NULL) == 0);
	copy = mem_doc_new(c, doc->name, doc->seq, doc->origin, doc->json, doc->json_len, values);
	parley_merge_free(&scratch);
	return copy;
}

/* Fills fresh with what old holds. -1 when a new unique index does not allow it. */
static int
collection_rebuild(
    struct mem_collection *fresh, const struct mem_collection *old, struct parley_error *err)
{
	for (size_t i = 0; i < old->indexes[0].len; i++) {
		struct mem_doc *doc = doc_redeclared(fresh->c, old->indexes[0].docs[i]);

		if (make_way(fresh, doc, NULL, parley_now())) {
			collection_insert(fresh, doc);
			continue;
		}
		free(doc);
		return parley_fail(err, PARLEY_CONFLICT, NULL,
		    "collection '%s': stored documents break a unique index of version %u",
		    fresh->c->name, fresh->c->version);
	}
	return 0;
}

/* Replaces old, or fails and leaves it as it was. */
static int
redeclare(struct mem_store *s, struct mem_collection *old, const struct parley_collection *c,
    struct parley_error *err)
{
	struct mem_collection *fresh;

	if (old->c->version > c->version)
		return parley_fail(err, PARLEY_INTERNAL, NULL,
		    "collection '%s' has version %u, newer than %u, which this program knows",
		    c->name, old->c->version, c->version);
	fresh = collection_new(c);
	if (collection_rebuild(fresh, old, err) != 0) {
		collection_free(fresh);
		return -1;
	}
	table_fini(&fresh->floors);
	fresh->floors = old->floors;
	old->floors = (struct table){ 0 };
	table_put(&s->collections, c->name, fresh);
	collection_free(old);
	return 0;
}

static int
memory_declare(void *state, const struct parley_collection *c, struct parley_error *err)
{
	struct mem_store *s = state;
	struct mem_collection *old;
	int rc = 0;

	pthread_rwlock_wrlock(&s->lock);
	old = table_get(&s->collections, c->name);
	if (old == NULL)
		table_put(&s->collections, c->name, collection_new(c));
	else
		rc = redeclare(s, old, c, err);
	pthread_rwlock_unlock(&s->lock);
	return rc;
}

static int
memory_reader_open(void *state, void **reader_r, struct parley_error *err)
{
	*reader_r = state;
	return 0;
}

static void
memory_reader_close(void *reader)
{
}

static void
memory_close(void *state)
{
	struct mem_store *s = state;
	struct mem_collection *mc;
	uint32_t at = 0;

	while ((mc = table_each(&s->collections, &at)) != NULL)
		collection_free(mc);
	table_fini(&s->collections);
	pthread_rwlock_destroy(&s->lock);
	free(s);
}

const struct parley_backend store_memory = {
	.name = "memory",
	.open = memory_open,
	.declare = memory_declare,
	.write = memory_write,
	.reader_open = memory_reader_open,
	.get = memory_get,
	.find = memory_find,
	.count = memory_count,
	.floors = memory_floors,
	.reader_close = memory_reader_close,
	.close = memory_close,
};
