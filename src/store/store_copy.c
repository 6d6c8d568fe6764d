/* SPDX-License-Identifier: MIT */
/* store_copy.c - moves all that a store has to another one, bit by bit, and compares them then.
 *
 * How far it is, the other store knows: a document of its own tells it, which is written before the
 * first bit and after each one, by itself: of a batch that a killed process has begun there may be
 * any part, and what is copied twice does no harm. Nodes do not start on a store that has it. */
#include "store/store_copy.h"

#include "base/arena.h"
#include "store/doc.h"
#include "store/page.h"
#include "store/store.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AT_ONCE 128 /* documents in one go */
#define STATE   "state"

/* Documents of a collection that are counted, to tell how far a copy is: counting more may take
 * longer than a data base is waited for. */
#define COUNT_MAX 500000

static const struct parley_collection copying_collection = { .name = "copying", .version = 1 };

/* A document, or a stream that has gone so far (json is NULL). */
struct item {
	const char *key, *origin, *json; /* origin: "" for none */
	size_t json_len;
	int64_t seq;
};

/* What one go has found. */
struct items {
	struct arena memory;
	struct item list[PARLEY_FIND_LIMIT];
	unsigned count;
	const char *origin;               /* of the next one; or NULL */
	void *scratch[PARLEY_FIND_LIMIT]; /* of the values of each */
};

/* An open store. */
struct side {
	const struct parley_backend *backend;
	void *state, *reader;
};

/* How far a walk over a collection is. */
struct place {
	bool floors; /* the documents are done */
	char after[PARLEY_LOG_KEY_MAX];
};

struct copy {
	struct side from, to;
	const struct parley_collection *const *collections;
	const char *without;
	const struct parley_told *told;
	struct items *items;
	int64_t done, total; /* documents */
	struct parley_error *err;
};

/* ---- reading ------------------------------------------------------------------------------ */

static void
add_origin(void *context, const char *origin, size_t len)
{
	struct items *items = context;

	items->origin = arena_copy(&items->memory, origin, len);
}

static void
add(void *context, const char *key, size_t key_len, int64_t seq, const char *json, size_t json_len)
{
	struct items *items = context;
	struct item *item = &items->list[items->count];

	if (items->count == PARLEY_FIND_LIMIT)
		return;
	items->count++;
	item->key = arena_copy(&items->memory, key, key_len);
	item->seq = seq;
	item->origin = items->origin != NULL ? items->origin : "";
	item->json = json != NULL ? arena_copy(&items->memory, json, json_len) : NULL;
	item->json_len = json_len;
	items->origin = NULL;
}

/* A look for documents of one side. */
struct look {
	struct copy *copy;
	const struct side *side;
	const struct parley_collection *c;
};

static int
find(void *context, const struct parley_query *query)
{
	const struct look *look = context;
	struct items *items = look->copy->items;
	struct parley_found found = { items, add, look->c->log ? add_origin : NULL };
	unsigned before = items->count;

	if (look->side->backend->find(
		look->side->reader, look->c, query, &found, look->copy->err) != 0)
		return -1;
	return (int)(items->count - before);
}

/* The document that was looked for is there. */
static void
note_there(
    void *context, const char *key, size_t key_len, int64_t seq, const char *json, size_t json_len)
{
	bool *there = context;

	*there = true;
}

/* Leaves out streams that have gone on since: their last document tells how far. 0 or -1. */
static int
drop_passed(struct copy *p, const struct side *side, const struct parley_collection *c)
{
	struct items *items = p->items;
	unsigned kept = 0;

	for (unsigned i = 0; i < items->count; i++) {
		struct parley_query behind = {
			.where = { { "stream", PARLEY_OP_EQ, .text = items->list[i].key },
			    { "seq", PARLEY_OP_GE, .integer = items->list[i].seq } },
			.order_by = "seq",
			.limit = 1
		};
		bool there = false;
		struct parley_found found = { &there, note_there, NULL };

		if (side->backend->find(side->reader, c, &behind, &found, p->err) != 0)
			return -1;
		if (!there)
			items->list[kept++] = items->list[i];
	}
	items->count = kept;
	return 0;
}

/* What follows place, which is moved on behind it. 1, 0 at the end of the collection, or -1. */
static int
next_items(
    struct copy *p, const struct side *side, const struct parley_collection *c, struct place *place)
{
	struct parley_found found = { p->items, add, NULL };
	struct look look = { p, side, c };
	int rc;

	arena_fini(&p->items->memory);
	p->items->count = 0;
	p->items->origin = NULL;
	if (place->floors)
		rc = side->backend->floors(side->reader, c, place->after, &found, p->err);
	else
		rc = page_find(c, place->after, AT_ONCE, find, &look);
	if (rc < 0)
		return -1;
	if (p->items->count == 0 && c->log && !place->floors) {
		*place = (struct place){ .floors = true };
		return next_items(p, side, c, place);
	}
	if (p->items->count == 0)
		return 0;
	snprintf(place->after, sizeof place->after, "%s", p->items->list[p->items->count - 1].key);
	return place->floors && drop_passed(p, side, c) != 0 ? -1 : 1;
}

/* ---- writing ------------------------------------------------------------------------------ */

/* How far the copy is: behind place, in the collection with this number. */
static void
put_state(struct parley_text *json, const char *collection, const struct place *place)
{
	struct parley_writer w;

	parley_writer_init(&w, json);
	parley_put_object(&w, NULL);
	parley_put_string(&w, "collection", collection);
	parley_put_bool(&w, "floors", place->floors);
	parley_put_string(&w, "after", place->after);
	parley_put_end(&w);
}

/* The write that stores an item; of a log, its seq is given. */
static int
prepare(struct copy *p, const struct parley_collection *c, const struct item *item,
    struct parley_write *w)
{
	char stream[PARLEY_KEY_MAX];
	struct parley_value *values;

	*w = (struct parley_write){ .collection = c, .key = item->key, .origin = item->origin };
	if (item->json == NULL) {
		w->op = PARLEY_WRITE_FLOOR;
		w->seq = item->seq;
		return 0;
	}
	values = arena_take(&p->items->memory, PARLEY_FIELDS_MAX * sizeof *values);
	if (parley_fields(c, item->json, item->json_len, values,
		&p->items->scratch[item - p->items->list], p->err) != 0)
		return -1;
	w->op = PARLEY_WRITE_PUT;
	w->json = item->json;
	w->json_len = item->json_len;
	w->values = values;
	if (c->log) {
		parley_assert(parley_log_key_split(item->key, stream, &w->place));
		w->op = PARLEY_WRITE_APPEND;
		w->key = arena_copy(&p->items->memory, stream, strlen(stream));
	}
	return 0;
}

/* rc is that of the batch. Returns what came of it. */
static int
conclude(struct copy *p, struct parley_write *writes, unsigned count, int rc)
{
	for (unsigned i = 0; i < count; i++) {
		if (rc == 0 && writes[i].rc != 0) {
			*p->err = writes[i].err;
			rc = -1;
		}
		parley_text_fini(&writes[i].earlier);
		parley_text_fini(&writes[i].earlier_key);
	}
	return rc;
}

static int
put_items(struct copy *p, const struct parley_collection *c)
{
	struct parley_write writes[PARLEY_FIND_LIMIT];
	unsigned n = p->items->count;
	int rc = 0;

	if (n == 0) /* all of them were left out */
		return 0;
	for (unsigned i = 0; i < n && rc == 0; i++) {
		rc = prepare(p, c, &p->items->list[i], &writes[i]);
		writes[i].next = i + 1 < n ? &writes[i + 1] : NULL;
	}
	if (rc == 0)
		rc = conclude(p, writes, n, p->to.backend->write(p->to.state, writes, p->err));
	for (unsigned i = 0; i < n; i++)
		parley_merge_free(&p->items->scratch[i]);
	return rc;
}

/* Remembers how far the copy is. */
static int
save_state(struct copy *p, const struct parley_collection *c, const struct place *place)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text state = { 0 };
	struct parley_write w = { .op = PARLEY_WRITE_PUT,
		.collection = &copying_collection,
		.key = STATE,
		.origin = "" };

	put_state(&state, c->name, place);
	w.json = state.s;
	w.json_len = state.len;
	return conclude(p, &w, 1, p->to.backend->write(p->to.state, &w, p->err));
}

/* ---- how far it is ------------------------------------------------------------------------ */

/* The index of a collection, or -1. */
static int
number_of(const struct copy *p, const char *name)
{
	for (int i = 0; p->collections[i] != NULL; i++)
		if (strcmp(p->collections[i]->name, name) == 0)
			return i;
	return -1;
}

static int
read_state(struct copy *p, const char *json, size_t len, int *number_r, struct place *place)
{
	struct parley_doc *doc =
	    store_doc_new(&copying_collection, STATE, strlen(STATE), 0, json, len, p->err);
	const char *collection, *after;

	if (doc == NULL)
		return -1;
	collection = parley_json_string(parley_json_get(doc->root, "collection"));
	after = parley_json_string(parley_json_get(doc->root, "after"));
	*number_r = collection != NULL ? number_of(p, collection) : -1;
	place->floors = parley_json_bool(parley_json_get(doc->root, "floors"), false);
	snprintf(place->after, sizeof place->after, "%s", after != NULL ? after : "");
	parley_doc_free(&doc);
	if (*number_r >= 0)
		return 0;
	return parley_fail(p->err, PARLEY_CONFLICT, NULL,
	    "the copy was begun with modules that the configuration does not name");
}

/* Refuses a store that has something and is no copy. */
static int
check_empty(struct copy *p)
{
	for (unsigned i = 0; p->collections[i] != NULL; i++) {
		int64_t n = p->to.backend->count(
		    p->to.reader, p->collections[i], &(struct parley_query){ 0 }, 1, p->err);

		if (n < 0)
			return -1;
		if (n > 0)
			return parley_fail(p->err, PARLEY_CONFLICT, NULL,
			    "the store to copy to is not empty: it has %s; parleyctl store compare "
			    "tells whether it is the same",
			    p->collections[i]->name);
	}
	return 0;
}

/* Where to go on. */
static int
find_state(struct copy *p, int *number_r, struct place *place)
{
	struct parley_found found = { p->items, add, NULL };
	const struct item *state = &p->items->list[0];

	*number_r = 0;
	*place = (struct place){ 0 };
	p->items->count = 0;
	if (p->to.backend->get(p->to.reader, &copying_collection, STATE, &found, p->err) != 0)
		return -1;
	if (p->items->count == 0)
		return check_empty(p) == 0 ? save_state(p, p->collections[0], place) : -1;
	if (read_state(p, state->json, state->json_len, number_r, place) != 0)
		return -1;
	p->told->line(p->told->context, "a copy was begun before, and goes on");
	return 0;
}

static int
forget_state(struct copy *p)
{
	struct parley_write w = { .op = PARLEY_WRITE_REMOVE,
		.collection = &copying_collection,
		.key = STATE,
		.origin = "" };

	return conclude(p, &w, 1, p->to.backend->write(p->to.state, &w, p->err));
}

/* ---- what there is to copy ---------------------------------------------------------------- */

/* True when name is one of the words. */
static bool
is_word_of(const char *words, const char *name, size_t len)
{
	while (words != NULL && *words != '\0') {
		size_t n = strcspn(words, " ,");

		if (n == len && memcmp(words, name, n) == 0)
			return true;
		words += n + strspn(words + n, " ,");
	}
	return false;
}

/* The first collection of a store that nothing says what to do with. */
struct unknown {
	const struct copy *copy;
	char name[PARLEY_KEY_MAX];
};

static void
look_at_name(
    void *context, const char *name, size_t len, int64_t seq, const char *json, size_t json_len)
{
	struct unknown *u = context;

	if (u->name[0] != '\0' || is_word_of(u->copy->without, name, len))
		return;
	snprintf(u->name, sizeof u->name, "%.*s", (int)len, name);
	if (strcmp(u->name, copying_collection.name) == 0 || number_of(u->copy, u->name) >= 0)
		u->name[0] = '\0';
}

/* Refuses to leave something behind of which nobody has said so. */
static int
check_known(struct copy *p)
{
	struct unknown u = { .copy = p };
	struct parley_found found = { &u, look_at_name, NULL };

	if (p->from.backend->stored(p->from.state, &found, p->err) != 0)
		return -1;
	if (u.name[0] == '\0')
		return 0;
	return parley_fail(p->err, PARLEY_CONFLICT, NULL,
	    "it has the collection %.40s, which no module of the configuration keeps: name that "
	    "module in more_modules, or say --without %.40s",
	    u.name, u.name);
}

/* ---- copying ------------------------------------------------------------------------------ */

/* An empty store is one whose name is wrong: a node's has its keys at least. */
static int
count_all(struct copy *p)
{
	for (unsigned i = 0; p->collections[i] != NULL; i++) {
		int64_t n = p->from.backend->count(p->from.reader, p->collections[i],
		    &(struct parley_query){ 0 }, COUNT_MAX, p->err);

		if (n < 0)
			return -1;
		p->total += 2 * n; /* they are copied, and compared */
	}
	if (p->total == 0)
		return parley_fail(p->err, PARLEY_NOT_FOUND, NULL,
		    "there is nothing in it: is that the right one?");
	return 0;
}

static void
progress(struct copy *p)
{
	int64_t most = p->total - p->total / 100; /* where there are more than were counted */

	p->done += p->items->count;
	p->told->progress(p->told->context, p->done < most ? p->done : most, p->total);
}

static int
copy_collection(struct copy *p, const struct parley_collection *c, struct place *place)
{
	int more;

	while ((more = next_items(p, &p->from, c, place)) > 0) {
		if (put_items(p, c) != 0 || save_state(p, c, place) != 0)
			return -1;
		progress(p);
	}
	return more;
}

static int
copy_all(struct copy *p)
{
	struct place place;
	int number, rc = 0;

	if (find_state(p, &number, &place) != 0)
		return -1;
	for (; p->collections[number] != NULL && rc == 0; number++) {
		rc = copy_collection(p, p->collections[number], &place);
		place = (struct place){ 0 };
	}
	return rc;
}

/* ---- comparing ---------------------------------------------------------------------------- */

struct digest {
	int64_t documents;
	unsigned char sum[EVP_MAX_MD_SIZE];
};

static void
digest_item(EVP_MD_CTX *md, const struct item *item)
{
	char number[32];
	int len = snprintf(number, sizeof number, "%" PRId64 " %zu", item->seq, item->json_len);

	EVP_DigestUpdate(md, item->key, strlen(item->key) + 1);
	EVP_DigestUpdate(md, number, (size_t)len + 1);
	EVP_DigestUpdate(md, item->origin, strlen(item->origin) + 1);
	if (item->json != NULL)
		EVP_DigestUpdate(md, item->json, item->json_len);
}

static int
digest_collection(
    struct copy *p, const struct side *side, const struct parley_collection *c, struct digest *out)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	struct place place = { 0 };
	int more;

	parley_assert(md != NULL && EVP_DigestInit_ex(md, EVP_sha256(), NULL) == 1);
	*out = (struct digest){ 0 };
	while ((more = next_items(p, side, c, &place)) > 0) {
		for (unsigned i = 0; i < p->items->count; i++)
			digest_item(md, &p->items->list[i]);
		if (!place.floors)
			out->documents += p->items->count;
		if (side == &p->from)
			progress(p);
	}
	EVP_DigestFinal_ex(md, out->sum, NULL);
	EVP_MD_CTX_free(md);
	return more;
}

static void
tell(
    struct copy *p, const char *name, const struct digest *from, const struct digest *to, bool same)
{
	char line[200];

	if (same)
		snprintf(line, sizeof line, "%s: %" PRId64, name, to->documents);
	else
		snprintf(line, sizeof line,
		    "%s: the copy differs, it has %" PRId64 " documents and not %" PRId64, name,
		    to->documents, from->documents);
	p->told->line(p->told->context, line);
}

/* 0, 1 when something differs, or -1. */
static int
compare_all(struct copy *p)
{
	struct digest from, to;
	int different = 0;

	for (unsigned i = 0; p->collections[i] != NULL; i++) {
		bool same;

		if (digest_collection(p, &p->from, p->collections[i], &from) != 0 ||
		    digest_collection(p, &p->to, p->collections[i], &to) != 0)
			return -1;
		same = from.documents == to.documents && memcmp(from.sum, to.sum, 32) == 0;
		different |= !same;
		tell(p, p->collections[i]->name, &from, &to, same);
	}
	return different;
}

/* ---- both stores -------------------------------------------------------------------------- */

static int
side_open(struct copy *p, struct side *side, const struct store_end *end)
{
	side->backend = end->backend;
	if (end->backend->floors == NULL || end->backend->stored == NULL)
		return parley_fail(p->err, PARLEY_INTERNAL, NULL,
		    "the back end %s cannot be copied", end->backend->name);
	if (end->backend->open(end->location, &side->state, p->err) != 0)
		return -1;
	for (unsigned i = 0; p->collections[i] != NULL; i++)
		if (end->backend->declare(side->state, p->collections[i], p->err) != 0)
			return -1;
	if (end->backend->declare(side->state, &copying_collection, p->err) != 0)
		return -1;
	return end->backend->reader_open(side->state, &side->reader, p->err);
}

static void
side_close(struct side *side)
{
	if (side->reader != NULL)
		side->backend->reader_close(side->reader);
	if (side->state != NULL)
		side->backend->close(side->state);
}

/* Says of which one an error is. */
static int
fail_side(struct copy *p, const char *which)
{
	char text[sizeof p->err->text];

	snprintf(text, sizeof text, "%s", p->err->text);
	snprintf(p->err->text, sizeof p->err->text, "the store to copy %s: %.200s", which, text);
	return -1;
}

static int
must_exist(struct copy *p, const struct store_end *end, const char *which)
{
	if (end->backend->exists == NULL || end->backend->exists(end->location, p->err) == 0)
		return 0;
	return fail_side(p, which);
}

/* The other one is not touched before it is known that there is something to copy. */
static int
open_both(struct copy *p, const struct store_order *order)
{
	if (must_exist(p, &order->from, "from") != 0)
		return -1;
	if (side_open(p, &p->from, &order->from) != 0 || check_known(p) != 0 || count_all(p) != 0)
		return fail_side(p, "from");
	if (order->compare && must_exist(p, &order->to, "to") != 0)
		return -1;
	return side_open(p, &p->to, &order->to) == 0 ? 0 : fail_side(p, "to");
}

int
store_copy(
    const struct store_order *order, const struct parley_told *told, struct parley_error *err)
{
	struct copy p = { .collections = order->collections,
		.without = order->without,
		.told = told,
		.err = err };
	int rc = -1;

	p.items = calloc(1, sizeof *p.items);
	parley_assert(p.items != NULL);
	if (open_both(&p, order) == 0 && (order->compare || copy_all(&p) == 0))
		rc = compare_all(&p);
	if (rc == 0 && !order->compare)
		rc = forget_state(&p);
	side_close(&p.to);
	side_close(&p.from);
	arena_fini(&p.items->memory);
	free(p.items);
	return rc;
}

int
store_is_half_copied(struct parley_error *err)
{
	struct parley_error why = { 0 };
	struct parley_doc *doc;

	if (store_declare(&copying_collection, err) != 0)
		return -1;
	doc = parley_store_get(&copying_collection, STATE, &why);
	if (doc == NULL && why.code == PARLEY_NOT_FOUND)
		return 0;
	if (doc == NULL)
		*err = why;
	else
		parley_fail(err, PARLEY_CONFLICT, NULL,
		    "the store is a copy that is not complete: finish it with parleyctl store "
		    "copy");
	parley_doc_free(&doc);
	return -1;
}
