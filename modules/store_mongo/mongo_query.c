/* SPDX-License-Identifier: MIT */
/* mongo_query.c - reads: what a query asks for as a filter and an order of MongoDB. */
#include "mongo.h"

#include <parley/await.h>
#include <stdio.h>
#include <string.h>

#define CONDS_MAX (sizeof((struct parley_query){ 0 }.where) / sizeof(struct parley_cond))

/* ---- filters ------------------------------------------------------------------------------ */

static const char *
operator_of(enum parley_op op)
{
	switch (op) {
	case PARLEY_OP_EQ:
		return "$eq";
	case PARLEY_OP_LT:
		return "$lt";
	case PARLEY_OP_LE:
		return "$lte";
	case PARLEY_OP_GT:
		return "$gt";
	default:
		return "$gte";
	}
}

/* The next character behind the one that begins at s, as UTF-8. False: it is the last there is. */
static bool
put_successor(struct parley_text *out, const unsigned char *s, size_t len)
{
	uint32_t u = len == 1 ? s[0] : s[0] & (0x7fU >> len);

	for (size_t i = 1; i < len; i++)
		u = u << 6 | (s[i] & 0x3fU);
	if (u == 0x10ffff)
		return false;
	u = u == 0xd7ff ? 0xe000 : u + 1;
	if (u < 0x80) {
		parley_text_putc(out, (char)u);
		return true;
	}
	if (u >= 0x10000)
		parley_text_putc(out, (char)(0xf0 | u >> 18));
	if (u >= 0x800)
		parley_text_putc(
		    out, (char)(u >= 0x10000 ? 0x80 | (u >> 12 & 0x3f) : 0xe0 | u >> 12));
	parley_text_putc(out, (char)(u >= 0x800 ? 0x80 | (u >> 6 & 0x3f) : 0xc0 | u >> 6));
	parley_text_putc(out, (char)(0x80 | (u & 0x3f)));
	return true;
}

/* The least text above all that begin with prefix, which is valid UTF-8, as MongoDB demands of what
 * parley_prefix_end does not give. False: there is none. */
static bool
prefix_end(const char *prefix, struct parley_text *out)
{
	size_t len = strlen(prefix);

	while (len > 0) {
		size_t at = len - 1;

		while (at > 0 && ((unsigned char)prefix[at] & 0xc0) == 0x80)
			at--;
		parley_text_clear(out);
		parley_text_add(out, prefix, at);
		if (put_successor(out, (const unsigned char *)prefix + at, len - at))
			return true;
		len = at;
	}
	return false;
}

static void
put_prefix(bson_t *filter, const char *prefix)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text end = { 0 };

	BSON_APPEND_UTF8(filter, "$gte", prefix);
	if (prefix_end(prefix, &end))
		BSON_APPEND_UTF8(filter, "$lt", end.s);
}

static void
put_cond(bson_t *filter, enum parley_field_type type, const struct parley_cond *cond)
{
	if (cond->op == PARLEY_OP_PREFIX)
		put_prefix(filter, cond->text);
	else if (type == PARLEY_FIELD_INT)
		BSON_APPEND_INT64(filter, operator_of(cond->op), cond->integer);
	else
		BSON_APPEND_UTF8(filter, operator_of(cond->op), cond->text);
}

/* What has the member at all, and so is in an index that leaves out who has not. */
static void
put_presence(bson_t *filter, enum parley_field_type type)
{
	if (type == PARLEY_FIELD_INT)
		BSON_APPEND_INT64(filter, "$gte", INT64_MIN);
	else
		BSON_APPEND_UTF8(filter, "$gte", "");
}

/* Of two conditions with one operator on one field, whether b leaves nothing to say for a: the same
 * operator twice in a filter is not defined. */
static bool
is_implied(const struct parley_cond *a, const struct parley_cond *b, enum parley_field_type type)
{
	int sign = type == PARLEY_FIELD_INT ? (a->integer > b->integer) - (a->integer < b->integer)
					    : strcmp(a->text, b->text);

	if (sign == 0)
		return a > b;
	return a->op == PARLEY_OP_LT || a->op == PARLEY_OP_LE ? sign > 0 : sign < 0;
}

static bool
is_needless(
    const struct parley_query *query, const struct parley_cond *cond, enum parley_field_type type)
{
	for (unsigned i = 0; i < CONDS_MAX && query->where[i].op != PARLEY_OP_END; i++)
		if (query->where[i].op == cond->op &&
		    strcmp(query->where[i].field, cond->field) == 0 &&
		    is_implied(cond, &query->where[i], type))
			return true;
	return false;
}

/* All that the query says of one field. */
static void
put_field(
    bson_t *filter, const struct parley_collection *c, const struct parley_query *query, int field)
{
	enum parley_field_type type = parley_field_type(c, field);
	char name[MG_FIELD_MAX];
	bool said = false;
	bson_t one;

	bson_append_document_begin(filter, mg_member(c, field, name), -1, &one);
	for (unsigned i = 0; i < CONDS_MAX && query->where[i].op != PARLEY_OP_END; i++)
		if (parley_field_number(c, query->where[i].field) == field) {
			if (!is_needless(query, &query->where[i], type))
				put_cond(&one, type, &query->where[i]);
			said = true;
		}
	if (!said)
		put_presence(&one, type);
	bson_append_document_end(filter, &one);
}

/* True when an earlier condition named the field as well. */
static bool
was_named(
    const struct parley_collection *c, const struct parley_query *query, unsigned n, int field)
{
	for (unsigned i = 0; i < n; i++)
		if (parley_field_number(c, query->where[i].field) == field)
			return true;
	return false;
}

static void
put_filter(bson_t *filter, const struct parley_collection *c, const struct parley_query *query,
    const struct parley_plan *plan)
{
	unsigned n = 0;

	for (; n < CONDS_MAX && query->where[n].op != PARLEY_OP_END; n++) {
		int field = parley_field_number(c, query->where[n].field);

		if (!was_named(c, query, n, field))
			put_field(filter, c, query, field);
	}
	if (plan->order_by != PARLEY_NO_FIELD && !was_named(c, query, n, plan->order_by))
		put_field(filter, c, query, plan->order_by);
	if (c->expires != NULL) {
		bson_t alive;

		BSON_APPEND_DOCUMENT_BEGIN(filter, "x", &alive);
		BSON_APPEND_INT64(&alive, "$gt", parley_now());
		bson_append_document_end(filter, &alive);
	}
}

/* What is unique needs nothing behind it to have one order. */
static unsigned
order_length(const struct parley_collection *c, const struct parley_plan *plan)
{
	if (plan->index >= 0 && c->indexes[plan->index].unique &&
	    mg_is_single(&c->indexes[plan->index]))
		return 1;
	return plan->orders;
}

static void
put_order(bson_t *opts, const struct parley_collection *c, const struct parley_query *query,
    const struct parley_plan *plan)
{
	unsigned n = order_length(c, plan);
	char name[MG_FIELD_MAX];
	bson_t order;

	if (plan->equal >= n)
		return;
	BSON_APPEND_DOCUMENT_BEGIN(opts, "sort", &order);
	for (unsigned i = plan->equal; i < n; i++)
		BSON_APPEND_INT32(
		    &order, mg_member(c, plan->order[i], name), query->descending ? -1 : 1);
	bson_append_document_end(opts, &order);
}

static void
put_projection(bson_t *opts)
{
	bson_t want;

	BSON_APPEND_DOCUMENT_BEGIN(opts, "projection", &want);
	BSON_APPEND_INT32(&want, "q", 1);
	BSON_APPEND_INT32(&want, "o", 1);
	BSON_APPEND_INT32(&want, "x", 1);
	BSON_APPEND_INT32(&want, "j", 1);
	bson_append_document_end(opts, &want);
}

/* ---- reading ------------------------------------------------------------------------------ */

static int
damaged(const struct parley_collection *c, struct parley_error *err)
{
	return parley_fail(err, PARLEY_INTERNAL, NULL,
	    "collection '%s' has a document in the data base that this program did not write",
	    c->name);
}

static void
give(const struct mg_doc *doc, const struct parley_found *found)
{
	if (found->origin != NULL && doc->origin[0] != '\0')
		found->origin(found->context, doc->origin, strlen(doc->origin));
	found->add(found->context, doc->key, strlen(doc->key), doc->seq, doc->json, doc->json_len);
}

/* What failed, for the operator: the collection tells which reading it was. */
static int
fail_reading(struct mg_reader *r, const struct parley_collection *c, const bson_error_t *error,
    const char *verb, struct parley_error *err)
{
	char what[64];

	snprintf(what, sizeof what, "%s documents of '%.32s'", verb, c->name);
	return mg_fail(&r->s->breaker, error, what, err);
}

/* Gives to found what the cursor finds and is not gone. Frees the cursor. */
static int
drain(struct mg_reader *r, const struct parley_collection *c, mongoc_cursor_t *cursor,
    const struct parley_found *found, struct parley_error *err)
{
	int64_t now = parley_now(), expiry, v;
	bson_error_t error;
	const bson_t *bson;
	struct mg_doc doc;
	int rc = 0;

	while (rc == 0 && mongoc_cursor_next(cursor, &bson)) {
		if (!mg_read_doc(bson, &doc, &expiry, &v) || doc.json == NULL)
			rc = damaged(c, err);
		else if (expiry > now)
			give(&doc, found);
	}
	if (rc == 0 && mongoc_cursor_error(cursor, &error))
		rc = fail_reading(r, c, &error, "find", err);
	mongoc_cursor_destroy(cursor);
	return rc;
}

static int
run_find(struct mg_reader *r, const struct parley_collection *c, const bson_t *filter,
    const bson_t *opts, const struct parley_found *found, struct parley_error *err)
{
	mongoc_collection_t *docs;
	int rc;

	if (!mg_may_ask(&r->s->breaker, err))
		return -1;
	docs = mongoc_client_get_collection(r->client, r->s->database, c->name);
	rc = drain(r, c, mongoc_collection_find_with_opts(docs, filter, opts, NULL), found, err);
	mongoc_collection_destroy(docs);
	return rc;
}

int
mg_get(void *reader, const struct parley_collection *c, const char *key,
    const struct parley_found *found, struct parley_error *err)
{
	bson_t filter = BSON_INITIALIZER, opts = BSON_INITIALIZER;
	int rc;

	BSON_APPEND_UTF8(&filter, "_id", key);
	put_projection(&opts);
	rc = run_find(reader, c, &filter, &opts, found, err);
	bson_destroy(&filter);
	bson_destroy(&opts);
	return rc;
}

int
mg_find(void *reader, const struct parley_collection *c, const struct parley_query *query,
    const struct parley_found *found, struct parley_error *err)
{
	bson_t filter = BSON_INITIALIZER, opts = BSON_INITIALIZER;
	struct parley_plan plan;
	int rc;

	parley_assert(parley_plan_query(c, query, &plan) == 0);
	put_filter(&filter, c, query, &plan);
	put_order(&opts, c, query, &plan);
	put_projection(&opts);
	BSON_APPEND_INT64(&opts, "limit", plan.limit);
	BSON_APPEND_INT64(&opts, "maxTimeMS", MG_READ_MS);
	rc = run_find(reader, c, &filter, &opts, found, err);
	bson_destroy(&filter);
	bson_destroy(&opts);
	return rc;
}

int64_t
mg_count(void *reader, const struct parley_collection *c, const struct parley_query *query,
    uint32_t max, struct parley_error *err)
{
	struct mg_reader *r = reader;
	bson_t filter = BSON_INITIALIZER, opts = BSON_INITIALIZER;
	mongoc_collection_t *docs;
	struct parley_plan plan;
	bson_error_t error;
	int64_t n;

	if (!mg_may_ask(&r->s->breaker, err))
		return -1;
	parley_assert(parley_plan_query(c, query, &plan) == 0);
	put_filter(&filter, c, query, &plan);
	BSON_APPEND_INT64(&opts, "limit", max);
	BSON_APPEND_INT64(&opts, "maxTimeMS", MG_READ_MS);
	docs = mongoc_client_get_collection(r->client, r->s->database, c->name);
	n = mongoc_collection_count_documents(docs, &filter, &opts, NULL, NULL, &error);
	if (n < 0)
		fail_reading(r, c, &error, "count", err);
	mongoc_collection_destroy(docs);
	bson_destroy(&filter);
	bson_destroy(&opts);
	return n;
}

/* ---- floors ------------------------------------------------------------------------------- */

/* Gives the streams of floors whose ids begin with skip bytes that are no part of their name. */
static int
drain_floors(struct mg_reader *r, mongoc_cursor_t *cursor, size_t skip,
    const struct parley_found *found, struct parley_error *err)
{
	struct mg_doc doc;
	int64_t expiry, v;
	bson_error_t error;
	const bson_t *bson;
	int rc = 0;

	while (mongoc_cursor_next(cursor, &bson))
		if (mg_read_doc(bson, &doc, &expiry, &v) && strlen(doc.key) > skip)
			found->add(found->context, doc.key + skip, strlen(doc.key + skip), doc.seq,
			    NULL, 0);
	if (mongoc_cursor_error(cursor, &error))
		rc = mg_fail(&r->s->breaker, &error, "find the ends of streams", err);
	return rc;
}

int
mg_floors(void *reader, const struct parley_collection *c, const char *after,
    const struct parley_found *found, struct parley_error *err)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text from = { 0 }, to = { 0 };
	struct mg_reader *r = reader;
	mongoc_collection_t *floors;
	mongoc_cursor_t *cursor;
	bson_t *filter, *opts;
	int rc;

	if (!mg_may_ask(&r->s->breaker, err))
		return -1;
	parley_text_printf(&from, "%s/%s", c->name, after);
	parley_text_printf(&to, "%s%c", c->name, '/' + 1);
	filter = BCON_NEW("_id", "{", "$gt", BCON_UTF8(from.s), "$lt", BCON_UTF8(to.s), "}");
	opts = BCON_NEW(
	    "sort", "{", "_id", BCON_INT32(1), "}", "limit", BCON_INT64(PARLEY_FIND_LIMIT));
	floors = mongoc_client_get_collection(r->client, r->s->database, "parley.floors");
	cursor = mongoc_collection_find_with_opts(floors, filter, opts, NULL);
	rc = drain_floors(r, cursor, strlen(c->name) + 1, found, err);
	mongoc_cursor_destroy(cursor);
	mongoc_collection_destroy(floors);
	bson_destroy(filter);
	bson_destroy(opts);
	return rc;
}
