/* SPDX-License-Identifier: MIT */
/* mongo_declare.c - collections as they are declared, and how stored ones become so.
 *
 * The document of a collection among the versions says what its documents and indexes are made for.
 * While they are changed it has no declaration, so that what was cut short is done again, by this
 * program or by the one before. */
#include "mongo.h"

#include <parley/log.h>
#include <parley/memory.h>
#include <stdlib.h>
#include <string.h>

#define STEP 200 /* documents that are rebuilt at once */

/* The declaration as text: when it changes, the version has to rise. */
static void
describe(struct parley_text *t, const struct parley_collection *c)
{
	parley_text_puts(t, c->log ? "log\n" : "documents\n");
	parley_describe(t, c);
}

/* ---- versions ----------------------------------------------------------------------------- */

/* What is stored: version -1 when nothing is. */
struct stored {
	int64_t version;
	struct parley_text declaration;
	bool log;
};

static int
read_stored(struct mg_store *s, const char *name, struct stored *out, struct parley_error *err)
{
	bson_t *filter = BCON_NEW("_id", BCON_UTF8(name));
	mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(s->versions, filter, NULL, NULL);
	bson_error_t error;
	const bson_t *doc;
	bson_iter_t at;
	int rc = 0;

	out->version = -1;
	if (mongoc_cursor_next(cursor, &doc)) {
		out->version =
		    bson_iter_init_find(&at, doc, "version") ? bson_iter_as_int64(&at) : 0;
		out->log = bson_iter_init_find(&at, doc, "log") && bson_iter_as_bool(&at);
		if (bson_iter_init_find(&at, doc, "declaration") && BSON_ITER_HOLDS_UTF8(&at))
			parley_text_puts(&out->declaration, bson_iter_utf8(&at, NULL));
	}
	if (mongoc_cursor_error(cursor, &error))
		rc = mg_fail(&s->breaker, &error, "read what is declared", err);
	mongoc_cursor_destroy(cursor);
	bson_destroy(filter);
	return rc;
}

/* declaration: NULL while documents and indexes may be of two kinds. */
static int
write_stored(struct mg_store *s, const struct parley_collection *c, const char *declaration,
    struct parley_error *err)
{
	bson_t *filter = BCON_NEW("_id", BCON_UTF8(c->name)),
	       *opts = BCON_NEW("upsert", BCON_BOOL(true)), doc = BSON_INITIALIZER;
	bson_error_t error;
	int rc = 0;

	BSON_APPEND_UTF8(&doc, "_id", c->name);
	BSON_APPEND_INT64(&doc, "version", c->version);
	BSON_APPEND_BOOL(&doc, "log", c->log);
	if (declaration != NULL)
		BSON_APPEND_UTF8(&doc, "declaration", declaration);
	if (!mongoc_collection_replace_one(s->versions, filter, &doc, opts, NULL, &error))
		rc = mg_fail(&s->breaker, &error, "note what is declared", err);
	bson_destroy(filter);
	bson_destroy(opts);
	bson_destroy(&doc);
	return rc;
}

/* The place of a collection that is declared, or the end. */
static struct mg_collection **
find_named(struct mg_store *s, const char *name)
{
	struct mg_collection **at = &s->collections;

	while (*at != NULL && strcmp((*at)->c->name, name) != 0)
		at = &(*at)->next;
	return at;
}

/* ---- migration ---------------------------------------------------------------------------- */

struct rebuild {
	struct mg_store *s;
	struct mg_collection *mc;
	struct parley_text last; /* the key of the last that was done */
	unsigned count;          /* in this step */
	struct parley_error *err;
};

/* Adds the document with the fields that are declared now to the bulk. */
static int
rebuild_one(struct rebuild *r, const bson_t *bson, mongoc_bulk_operation_t *bulk)
{
	PARLEY_AUTO(parley_merge_free) void *scratch = NULL;
	PARLEY_AUTO(parley_text_fini) struct parley_text bytes = { 0 };
	struct parley_value values[PARLEY_FIELDS_MAX];
	bson_t selector = BSON_INITIALIZER, fresh;
	struct mg_doc doc;
	bson_error_t error;
	int64_t expiry, v;
	bool ok;

	if (!mg_read_doc(bson, &doc, &expiry, &v) || doc.json == NULL)
		return parley_fail(r->err, PARLEY_INTERNAL, NULL,
		    "collection '%s' has a document in the data base that this program did not "
		    "write",
		    r->mc->c->name);
	if (parley_fields(r->mc->c, doc.json, doc.json_len, values, &scratch, r->err) != 0)
		return -1;
	doc.values = values;
	BSON_APPEND_UTF8(&selector, "_id", doc.key);
	mg_put_doc(&bytes, NULL, r->mc, &doc, r->s->flush);
	mg_view(&bytes, &fresh);
	ok = mongoc_bulk_operation_replace_one_with_opts(bulk, &selector, &fresh, NULL, &error);
	parley_text_clear(&r->last);
	parley_text_puts(&r->last, doc.key);
	r->count++;
	bson_destroy(&selector);
	return ok ? 0 : mg_fail(&r->s->breaker, &error, "rebuild a document", r->err);
}

static int
rebuild_step(struct rebuild *r)
{
	bson_t *filter = r->last.len > 0 ? BCON_NEW("_id", "{", "$gt", BCON_UTF8(r->last.s), "}")
					 : bson_new(),
	       *opts = BCON_NEW("sort", "{", "_id", BCON_INT32(1), "}", "limit", BCON_INT64(STEP));
	mongoc_bulk_operation_t *bulk =
	    mongoc_collection_create_bulk_operation_with_opts(r->mc->docs, NULL);
	mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(r->mc->docs, filter, opts, NULL);
	bson_error_t error;
	const bson_t *bson;
	int rc = 0;

	r->count = 0;
	while (rc == 0 && mongoc_cursor_next(cursor, &bson))
		rc = rebuild_one(r, bson, bulk);
	if (rc == 0 && mongoc_cursor_error(cursor, &error))
		rc = mg_fail(&r->s->breaker, &error, "read a collection", r->err);
	if (rc == 0 && r->count > 0 && mongoc_bulk_operation_execute(bulk, NULL, &error) == 0)
		rc = mg_fail(&r->s->breaker, &error, "rebuild documents", r->err);
	mongoc_cursor_destroy(cursor);
	mongoc_bulk_operation_destroy(bulk);
	bson_destroy(filter);
	bson_destroy(opts);
	return rc;
}

static int
migrate(struct mg_store *s, struct mg_collection *mc, const struct stored *stored,
    struct parley_error *err)
{
	struct rebuild r = { .s = s, .mc = mc, .err = err };
	int rc;

	if (stored->log != mc->c->log)
		return parley_fail(err, PARLEY_INTERNAL, NULL,
		    "collection '%s' cannot change between log and documents", mc->c->name);
	parley_log_info("store", "collection=%s migrates from=%lld to=%u", mc->c->name,
	    (long long)stored->version, mc->c->version);
	if (write_stored(s, mc->c, NULL, err) != 0 || mg_drop_indexes(s, mc, err) != 0)
		return -1;
	s->flush++;
	do
		rc = rebuild_step(&r);
	while (rc == 0 && r.count > 0);
	parley_text_fini(&r.last);
	return rc == 0 ? mg_make_indexes(s, mc, err) : -1;
}

/* A program of another version, that was ended in the midst of this, may have left indexes. */
static int
begin(struct mg_store *s, struct mg_collection *mc, struct parley_error *err)
{
	return mg_drop_indexes(s, mc, err) == 0 ? mg_make_indexes(s, mc, err) : -1;
}

/* What is refused leaves a collection that is in use as it was; one that is not is marked. */
static int
migrate_or_go_back(struct mg_store *s, struct mg_collection *mc, const struct stored *stored,
    struct parley_error *err)
{
	struct mg_collection *before = *find_named(s, mc->c->name);
	struct parley_collection marked = *mc->c;

	if (migrate(s, mc, stored, err) == 0)
		return 0;
	marked.version = (uint32_t)stored->version;
	if (stored->log == mc->c->log && write_stored(s, &marked, NULL, NULL) == 0 &&
	    before != NULL && migrate(s, before, stored, NULL) == 0)
		write_stored(s, before->c, stored->declaration.s, NULL);
	return -1;
}

static int
settle(struct mg_store *s, struct mg_collection *mc, struct parley_error *err)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text declared = { 0 };
	const struct parley_collection *c = mc->c;
	struct stored stored = { 0 };
	bool same;
	int rc;

	describe(&declared, c);
	if (read_stored(s, c->name, &stored, err) != 0)
		return -1;
	same = stored.declaration.s != NULL && strcmp(stored.declaration.s, declared.s) == 0;
	if (stored.version > (int64_t)c->version)
		rc = parley_fail(err, PARLEY_INTERNAL, NULL,
		    "collection '%s' has version %lld, newer than %u, which this program knows",
		    c->name, (long long)stored.version, c->version);
	else if (stored.version == (int64_t)c->version && !same && stored.declaration.s != NULL)
		rc = parley_fail(err, PARLEY_INTERNAL, NULL,
		    "collection '%s' was declared otherwise before: raise its version %u", c->name,
		    c->version);
	else if (same && stored.version == (int64_t)c->version)
		rc = 0;
	else {
		rc = stored.version < 0 ? begin(s, mc, err)
					: migrate_or_go_back(s, mc, &stored, err);
		if (rc == 0)
			rc = write_stored(s, c, declared.s, err);
	}
	parley_text_fini(&stored.declaration);
	return rc;
}

/* ---- collections of the writer ------------------------------------------------------------ */

static void
collection_free(struct mg_collection *mc)
{
	mg_tops_clear(mc);
	free(mc->tops);
	mongoc_collection_destroy(mc->docs);
	free(mc);
}

static struct mg_collection *
collection_new(struct mg_store *s, const struct parley_collection *c)
{
	struct mg_collection *mc = parley_alloc(sizeof *mc);

	mc->c = c;
	mc->fields = parley_field_count(c);
	mc->indexes = parley_index_count(c);
	mc->expires = c->expires != NULL ? parley_field_number(c, c->expires) : PARLEY_NO_FIELD;
	mg_name_members(mc);
	mc->docs = mongoc_client_get_collection(s->client, s->database, c->name);
	if (c->log)
		mc->tops = parley_alloc(MG_TOPS * sizeof *mc->tops);
	return mc;
}

struct mg_collection *
mg_collection(struct mg_store *s, const struct parley_collection *c)
{
	struct mg_collection *mc = *find_named(s, c->name);

	parley_assert(mc != NULL);
	return mc;
}

void
mg_collections_free(struct mg_store *s)
{
	struct mg_collection *next;

	for (struct mg_collection *mc = s->collections; mc != NULL; mc = next) {
		next = mc->next;
		collection_free(mc);
	}
	s->collections = NULL;
}

int
mg_declare(void *state, const struct parley_collection *c, struct parley_error *err)
{
	struct mg_store *s = state;
	struct mg_collection *mc = collection_new(s, c), **at;

	if (settle(s, mc, err) != 0) {
		collection_free(mc);
		return -1;
	}
	at = find_named(s, c->name);
	if (*at != NULL) {
		mc->next = (*at)->next;
		collection_free(*at);
	}
	*at = mc;
	return 0;
}

int
mg_stored(void *state, const struct parley_found *found, struct parley_error *err)
{
	struct mg_store *s = state;
	bson_t all = BSON_INITIALIZER;
	mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(s->versions, &all, NULL, NULL);
	bson_error_t error;
	const bson_t *doc;
	bson_iter_t at;
	uint32_t len;
	int rc = 0;

	while (mongoc_cursor_next(cursor, &doc))
		if (bson_iter_init_find(&at, doc, "_id") && BSON_ITER_HOLDS_UTF8(&at)) {
			const char *name = bson_iter_utf8(&at, &len);

			found->add(found->context, name, len, 0, NULL, 0);
		}
	if (mongoc_cursor_error(cursor, &error))
		rc = mg_fail(&s->breaker, &error, "read what is declared", err);
	mongoc_cursor_destroy(cursor);
	bson_destroy(&all);
	return rc;
}
