/* SPDX-License-Identifier: MIT */
/* mongo_index.c - the indexes of a collection: those that were declared, and our own. */
#include "mongo.h"

#include <parley/log.h>
#include <stdio.h>
#include <string.h>

#define CODE_NO_COLLECTION   26
#define CODE_NO_INDEX        27
#define CODE_CANNOT_CREATE   67
#define CODE_NOT_IMPLEMENTED 238

/* The indexes that a collection is to have. */
struct wish {
	struct mg_store *s;
	struct mg_collection *mc;
	bson_t list; /* of specifications */
	uint32_t count;
};

static void
begin_index(struct wish *w, bson_t *spec)
{
	char digits[16];
	const char *at;

	bson_uint32_to_string(w->count++, &at, digits, sizeof digits);
	bson_append_document_begin(&w->list, at, -1, spec);
}

/* Ends it. sparse: what lacks the member is left out; for indexes of one member. */
static void
end_index(struct wish *w, bson_t *spec, const char *name, bool unique, bool sparse)
{
	BSON_APPEND_UTF8(spec, "name", name);
	if (unique && !w->s->no_unique)
		BSON_APPEND_BOOL(spec, "unique", true);
	if (sparse)
		BSON_APPEND_BOOL(spec, "sparse", true);
	bson_append_document_end(&w->list, spec);
}

static void
wish_single(struct wish *w, const char *member, const char *name, bool unique, bool sparse)
{
	bson_t spec, key;

	begin_index(w, &spec);
	BSON_APPEND_DOCUMENT_BEGIN(&spec, "key", &key);
	BSON_APPEND_INT32(&key, member, 1);
	bson_append_document_end(&spec, &key);
	end_index(w, &spec, name, unique, sparse);
}

static void
wish_place(struct wish *w)
{
	bson_t spec, key;

	begin_index(w, &spec);
	BSON_APPEND_DOCUMENT_BEGIN(&spec, "key", &key);
	BSON_APPEND_INT32(&key, "s", 1);
	BSON_APPEND_INT32(&key, "q", 1);
	bson_append_document_end(&spec, &key);
	end_index(w, &spec, "place", false, false);
}

/* Leaves out the documents that lack one of the members. */
static void
put_partial(bson_t *spec, const struct parley_collection *c, const struct parley_index *index)
{
	char name[MG_FIELD_MAX];
	bson_t filter, has;

	BSON_APPEND_DOCUMENT_BEGIN(spec, "partialFilterExpression", &filter);
	for (unsigned i = 0; i < 4 && index->fields[i] != NULL; i++) {
		int field = parley_field_number(c, index->fields[i]);

		if (field < 0) /* never absent */
			continue;
		bson_append_document_begin(&filter, mg_member(c, field, name), -1, &has);
		BSON_APPEND_BOOL(&has, "$exists", true);
		bson_append_document_end(&filter, &has);
	}
	bson_append_document_end(spec, &filter);
}

static bool
has_text(const struct parley_collection *c, const struct parley_index *index)
{
	for (unsigned i = 0; i < 4 && index->fields[i] != NULL; i++) {
		int field = parley_field_number(c, index->fields[i]);

		if (field >= 0 && c->fields[field].type == PARLEY_FIELD_TEXT)
			return true;
	}
	return false;
}

/* The index in its whole order, as queries want it. */
static void
wish_ordered(struct wish *w, unsigned number, const char *name)
{
	const struct parley_collection *c = w->mc->c;
	int order[PARLEY_ORDER_MAX];
	unsigned n = parley_index_order(c, (int)number, order);
	char member[MG_FIELD_MAX];
	bson_t spec, key;

	if (w->s->no_long && has_text(c, &c->indexes[number]))
		return;
	begin_index(w, &spec);
	BSON_APPEND_DOCUMENT_BEGIN(&spec, "key", &key);
	for (unsigned i = 0; i < n; i++)
		BSON_APPEND_INT32(&key, mg_member(c, order[i], member), 1);
	bson_append_document_end(&spec, &key);
	if (c->indexes[number].sparse && !w->s->no_partial)
		put_partial(&spec, c, &c->indexes[number]);
	end_index(w, &spec, name, false, false);
}

/* What is unique by one member needs nothing behind it for an order. */
static void
wish_declared(struct wish *w, unsigned number)
{
	const struct parley_collection *c = w->mc->c;
	const struct parley_index *index = &c->indexes[number];
	char name[16], member[MG_FIELD_MAX];

	if (!index->unique || !mg_is_single(index)) {
		snprintf(name, sizeof name, "i%u", number);
		wish_ordered(w, number, name);
	}
	if (!index->unique)
		return;
	snprintf(name, sizeof name, "u%u", number);
	wish_single(w, mg_unique_member(c, number, member), name, true, true);
}

static void
wish_all(struct wish *w, struct mg_store *s, struct mg_collection *mc)
{
	*w = (struct wish){ .s = s, .mc = mc, .list = BSON_INITIALIZER };
	if (mc->c->log) {
		wish_place(w);
		wish_single(w, "o", "origin", true, true);
	}
	for (unsigned i = 0; i < mc->indexes; i++)
		wish_declared(w, i);
	if (mc->c->expires != NULL)
		wish_single(w, "x", "expires", false, false);
}

/* The next of the list, a view. */
static bool
next_wish(bson_iter_t *at, bson_t *spec)
{
	const uint8_t *bytes;
	uint32_t len;

	if (!bson_iter_next(at))
		return false;
	bson_iter_document(at, &len, &bytes);
	return bson_init_static(spec, bytes, len);
}

/* ---- making ------------------------------------------------------------------------------- */

/* What is there already stays, and what is being made is waited for. */
static bool
create_one(const struct wish *w, const bson_t *spec, bson_error_t *error)
{
	bson_t *command = BCON_NEW(
	    "createIndexes", BCON_UTF8(w->mc->c->name), "indexes", "[", BCON_DOCUMENT(spec), "]");
	bool ok = mongoc_client_write_command_with_opts(
	    w->s->client, w->s->database, command, NULL, NULL, error);

	bson_destroy(command);
	return ok;
}

/* One by one: FerretDB ends the connection when several of them are there. */
static bool
create(struct mg_store *s, struct mg_collection *mc, bson_error_t *error)
{
	struct wish w;
	bson_iter_t at;
	bson_t spec;
	bool ok = true;

	wish_all(&w, s, mc);
	bson_iter_init(&at, &w.list);
	while (ok && next_wish(&at, &spec))
		ok = create_one(&w, &spec, error);
	bson_destroy(&w.list);
	return ok;
}

/* True when it should be tried again without something that the deployment does not have. */
static bool
can_do_without(struct mg_store *s, const bson_error_t *error)
{
	if (error->code != CODE_CANNOT_CREATE && error->code != CODE_NOT_IMPLEMENTED)
		return false;
	if (s->no_unique)
		return false;
	s->no_unique = true;
	parley_log_warn("store",
	    "the data base refuses unique indexes (%s): what is unique is looked up before each "
	    "write",
	    error->message);
	return true;
}

int
mg_make_indexes(struct mg_store *s, struct mg_collection *mc, struct parley_error *err)
{
	bson_error_t error;

	while (!create(s, mc, &error)) {
		if (mg_is_duplicate(&error))
			return parley_fail(err, PARLEY_CONFLICT, NULL,
			    "collection '%s': stored documents break a unique index of version %u",
			    mc->c->name, mc->c->version);
		if (!can_do_without(s, &error))
			return mg_fail(&s->breaker, &error, "create indexes", err);
	}
	return 0;
}

/* ---- dropping ----------------------------------------------------------------------------- */

/* Others are an administrator's: that of a shard key, for one. */
static bool
is_ours(const char *name)
{
	if (strcmp(name, "place") == 0 || strcmp(name, "origin") == 0 ||
	    strcmp(name, "expires") == 0)
		return true;
	return (name[0] == 'i' || name[0] == 'u') && name[1] != '\0' &&
	       name[1 + strspn(name + 1, "0123456789")] == '\0';
}

/* A document or a flag, which may be missing. */
static bool
same_part(const bson_t *a, const bson_t *b, const char *name)
{
	bson_iter_t x, y;
	bool in_a = bson_iter_init_find(&x, a, name), in_b = bson_iter_init_find(&y, b, name);
	const uint8_t *ours, *theirs;
	uint32_t len, their_len;

	if (!in_a || !in_b)
		return in_a == in_b;
	if (!BSON_ITER_HOLDS_DOCUMENT(&x) || !BSON_ITER_HOLDS_DOCUMENT(&y))
		return bson_iter_as_bool(&x) == bson_iter_as_bool(&y);
	bson_iter_document(&x, &len, &ours);
	bson_iter_document(&y, &their_len, &theirs);
	return len == their_len && memcmp(ours, theirs, len) == 0;
}

/* The name of an index; "" for none. */
static const char *
name_of(const bson_t *spec)
{
	bson_iter_t at;

	return bson_iter_init_find(&at, spec, "name") && BSON_ITER_HOLDS_UTF8(&at)
		   ? bson_iter_utf8(&at, NULL)
		   : "";
}

/* What several members together are unique by is a member of its own, which may stand for others
 * in another version. */
static bool
is_combined(const bson_t *spec)
{
	bson_iter_t at, key;

	return bson_iter_init_find(&at, spec, "key") && bson_iter_recurse(&at, &key) &&
	       bson_iter_next(&key) && bson_iter_key(&key)[0] == 'u';
}

static bool
is_wished(const struct wish *w, const bson_t *found)
{
	bson_iter_t at;
	bson_t spec;

	bson_iter_init(&at, &w->list);
	while (next_wish(&at, &spec))
		if (strcmp(name_of(&spec), name_of(found)) == 0)
			return same_part(&spec, found, "key") &&
			       same_part(&spec, found, "unique") &&
			       same_part(&spec, found, "sparse") &&
			       same_part(&spec, found, "partialFilterExpression") &&
			       !is_combined(&spec);
	return false;
}

static bool
drop(struct mg_store *s, const char *collection, const char *name, bson_error_t *error)
{
	bson_t *command = BCON_NEW("dropIndexes", BCON_UTF8(collection), "index", BCON_UTF8(name));
	bool ok = mongoc_client_write_command_with_opts(
	    s->client, s->database, command, NULL, NULL, error);

	bson_destroy(command);
	return ok || error->code == CODE_NO_COLLECTION || error->code == CODE_NO_INDEX;
}

/* Adds the names of ours that are not as they are to be, each with its NUL. */
static bool
find_stale(const struct wish *w, struct parley_text *names, bson_error_t *error)
{
	mongoc_cursor_t *cursor = mongoc_collection_find_indexes_with_opts(w->mc->docs, NULL);
	const bson_t *found;
	bool ok;

	while (mongoc_cursor_next(cursor, &found))
		if (is_ours(name_of(found)) && !is_wished(w, found))
			parley_text_add(names, name_of(found), strlen(name_of(found)) + 1);
	ok = !mongoc_cursor_error(cursor, error);
	mongoc_cursor_destroy(cursor);
	return ok;
}

int
mg_drop_indexes(struct mg_store *s, struct mg_collection *mc, struct parley_error *err)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text names = { 0 };
	bson_error_t error;
	struct wish w;
	bool ok;

	wish_all(&w, s, mc);
	ok = find_stale(&w, &names, &error);
	for (size_t i = 0; ok && i < names.len; i += strlen(names.s + i) + 1)
		ok = drop(s, mc->c->name, names.s + i, &error);
	bson_destroy(&w.list);
	return ok ? 0 : mg_fail(&s->breaker, &error, "drop indexes", err);
}
