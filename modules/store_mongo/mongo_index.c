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

/* What createIndexes is asked for. */
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
wish_all(struct wish *w)
{
	w->count = 0;
	if (w->mc->c->log) {
		wish_place(w);
		wish_single(w, "o", "origin", true, true);
	}
	for (unsigned i = 0; i < w->mc->indexes; i++)
		wish_declared(w, i);
	if (w->mc->c->expires != NULL)
		wish_single(w, "x", "expires", false, false);
}

static bool
create(struct wish *w, bson_error_t *error)
{
	bson_t command = BSON_INITIALIZER;
	bool ok = true;

	BSON_APPEND_UTF8(&command, "createIndexes", w->mc->c->name);
	bson_append_array_begin(&command, "indexes", -1, &w->list);
	wish_all(w);
	bson_append_array_end(&command, &w->list);
	if (w->count > 0)
		ok = mongoc_client_write_command_with_opts(
		    w->s->client, w->s->database, &command, NULL, NULL, error);
	bson_destroy(&command);
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
	struct wish w = { .s = s, .mc = mc };
	bson_error_t error;

	while (!create(&w, &error)) {
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

static bool
drop(struct mg_store *s, const char *collection, const char *name, bson_error_t *error)
{
	bson_t *command = BCON_NEW("dropIndexes", BCON_UTF8(collection), "index", BCON_UTF8(name));
	bool ok = mongoc_client_write_command_with_opts(
	    s->client, s->database, command, NULL, NULL, error);

	bson_destroy(command);
	return ok || error->code == CODE_NO_COLLECTION || error->code == CODE_NO_INDEX;
}

int
mg_drop_indexes(struct mg_store *s, struct mg_collection *mc, struct parley_error *err)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text names = { 0 };
	mongoc_cursor_t *cursor = mongoc_collection_find_indexes_with_opts(mc->docs, NULL);
	bson_error_t error;
	const bson_t *spec;
	bson_iter_t at;
	bool ok;

	while (mongoc_cursor_next(cursor, &spec))
		if (bson_iter_init_find(&at, spec, "name") && BSON_ITER_HOLDS_UTF8(&at) &&
		    is_ours(bson_iter_utf8(&at, NULL))) {
			parley_text_puts(&names, bson_iter_utf8(&at, NULL));
			parley_text_add(&names, "", 1);
		}
	ok = !mongoc_cursor_error(cursor, &error);
	for (size_t i = 0; ok && i < names.len; i += strlen(names.s + i) + 1)
		ok = drop(s, mc->c->name, names.s + i, &error);
	mongoc_cursor_destroy(cursor);
	return ok ? 0 : mg_fail(&s->breaker, &error, "drop indexes", err);
}
