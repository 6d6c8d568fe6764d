/* SPDX-License-Identifier: MIT */
/* sqlite_read.c - get, find and count, each on a connection of its own that cannot write. */
#include "sqlite_read.h"

#include <parley/await.h>
#include <stdlib.h>
#include <string.h>

/* ---- statements --------------------------------------------------------------------------- */

static const char *
op_sign(enum parley_op op)
{
	switch (op) {
	case PARLEY_OP_EQ:
		return " = ";
	case PARLEY_OP_LT:
		return " < ";
	case PARLEY_OP_LE:
		return " <= ";
	case PARLEY_OP_GT:
		return " > ";
	default:
		return " >= "; /* also the beginning of a prefix */
	}
}

void
sq_put_conds(
    struct parley_text *sql, const struct parley_collection *c, const struct parley_query *query)
{
	for (unsigned i = 0; i < SQ_CONDS_MAX && query->where[i].op != PARLEY_OP_END; i++) {
		int field = parley_field_number(c, query->where[i].field);

		parley_text_puts(sql, i > 0 ? " AND " : " WHERE ");
		sq_put_column(sql, c, field);
		parley_text_printf(sql, "%s?%u", op_sign(query->where[i].op), SQ_FIELD + i);
		if (query->where[i].op != PARLEY_OP_PREFIX || query->where[i].text[0] == '\0')
			continue;
		parley_text_puts(sql, " AND ");
		sq_put_column(sql, c, field);
		parley_text_printf(sql, " < ?%d", SQ_PREFIX_END);
	}
}

/* Leaves out what is gone, and what order_by does not know. */
static void
put_filters(struct parley_text *sql, const struct parley_collection *c,
    const struct parley_query *query, const struct parley_plan *plan)
{
	const char *glue = query->where[0].op != PARLEY_OP_END ? " AND " : " WHERE ";

	if (plan->order_by >= 0) {
		parley_text_puts(sql, glue);
		sq_put_column(sql, c, plan->order_by);
		parley_text_puts(sql, " IS NOT NULL");
		glue = " AND ";
	}
	if (c->expires != NULL) {
		int field = parley_field_number(c, c->expires);

		parley_text_printf(sql, "%s(", glue);
		sq_put_column(sql, c, field);
		parley_text_puts(sql, " IS NULL OR ");
		sq_put_column(sql, c, field);
		parley_text_printf(sql, " > ?%d)", SQ_NOW);
	}
}

static void
put_order(struct parley_text *sql, const struct parley_collection *c,
    const struct parley_query *query, const struct parley_plan *plan)
{
	for (unsigned i = 0; i < plan->orders; i++) {
		parley_text_puts(sql, i > 0 ? ", " : " ORDER BY ");
		sq_put_column(sql, c, plan->order[i]);
		parley_text_puts(sql, query->descending ? " DESC" : "");
	}
}

void
sq_find_sql(struct parley_text *sql, const struct parley_collection *c,
    const struct parley_query *query, const struct parley_plan *plan, bool count)
{
	parley_text_puts(sql, count ? "SELECT count(*) FROM (SELECT 1 FROM " : "SELECT ");
	if (!count && sq_in_runs(c))
		sq_put_docs_of_entry(sql, c);
	else if (!count)
		parley_text_puts(sql, "doc");
	if (!count)
		parley_text_puts(sql, !c->log         ? ", key, 0 FROM "
				      : sq_in_runs(c) ? ", stream, seq FROM "
						      : ", stream, seq, origin FROM ");
	sq_put_table(sql, c);
	sq_put_conds(sql, c, query);
	put_filters(sql, c, query, plan);
	if (!count)
		put_order(sql, c, query, plan);
	parley_text_printf(sql, " LIMIT ?%d%s", SQ_LIMIT, count ? ")" : "");
}

static void
get_sql(struct parley_text *sql, const struct parley_collection *c)
{
	parley_text_puts(
	    sql, c->log ? "SELECT doc, stream, seq, origin FROM " : "SELECT doc, key, 0 FROM ");
	sq_put_table(sql, c);
	if (c->log)
		parley_text_printf(sql, " WHERE stream = ?%d AND seq = ?%d", SQ_KEY, SQ_SEQ);
	else
		parley_text_printf(sql, " WHERE key = ?%d", SQ_KEY);
	if (c->expires == NULL)
		return;
	parley_text_puts(sql, " AND (");
	sq_put_column(sql, c, parley_field_number(c, c->expires));
	parley_text_puts(sql, " IS NULL OR ");
	sq_put_column(sql, c, parley_field_number(c, c->expires));
	parley_text_printf(sql, " > ?%d)", SQ_NOW);
}

/* ---- the cache ---------------------------------------------------------------------------- */

void
sq_shape_fill(struct sq_shape *shape, const struct parley_collection *c, enum sq_read_kind kind,
    const struct parley_query *query, const struct parley_plan *plan)
{
	memset(shape, 0, sizeof *shape);
	shape->c = c;
	shape->kind = (int8_t)kind;
	if (query == NULL)
		return;
	shape->index = (int8_t)plan->index;
	shape->order_by = (int8_t)plan->order_by;
	shape->descending = query->descending;
	for (unsigned i = 0; i < SQ_CONDS_MAX && query->where[i].op != PARLEY_OP_END; i++) {
		const struct parley_cond *cond = &query->where[i];

		shape->fields[i] = (int8_t)parley_field_number(c, cond->field);
		shape->ops[i] = (int8_t)cond->op;
		if (cond->op == PARLEY_OP_PREFIX && cond->text[0] == '\0')
			shape->ops[i] = -1; /* has no end */
	}
}

sqlite3_stmt *
sq_reader_cached(const struct sq_reader *r, const struct sq_shape *shape)
{
	for (unsigned i = 0; i < SQ_CACHED; i++)
		if (r->cache[i].st != NULL && memcmp(&r->cache[i].shape, shape, sizeof *shape) == 0)
			return r->cache[i].st;
	return NULL;
}

sqlite3_stmt *
sq_reader_prepare(
    struct sq_reader *r, const struct sq_shape *shape, const char *sql, struct parley_error *err)
{
	sqlite3_stmt *st = sq_prepare(r->db, sql, err);
	struct sq_cached *place;

	if (st == NULL)
		return NULL;
	do { /* not one that is under way */
		place = &r->cache[r->oldest];
		r->oldest = (r->oldest + 1) % SQ_CACHED;
	} while (place->st != NULL && sqlite3_stmt_busy(place->st));
	sqlite3_finalize(place->st);
	place->st = st;
	memcpy(&place->shape, shape, sizeof *shape);
	return st;
}

/* Ready to be bound, or NULL. query and plan are NULL for a get. */
static sqlite3_stmt *
statement(struct sq_reader *r, const struct parley_collection *c, enum sq_read_kind kind,
    const struct parley_query *query, const struct parley_plan *plan, struct parley_error *err)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text sql = { 0 };
	struct sq_shape shape;
	sqlite3_stmt *st;

	sq_shape_fill(&shape, c, kind, query, plan);
	st = sq_reader_cached(r, &shape);
	if (st != NULL)
		return st;
	if (kind == SQ_READ_GET)
		get_sql(&sql, c);
	else
		sq_find_sql(&sql, c, query, plan, kind == SQ_READ_COUNT);
	return sq_reader_prepare(r, &shape, sql.s, err);
}

/* ---- reading ------------------------------------------------------------------------------ */

void
sq_bind_conds(sqlite3_stmt *st, const struct parley_collection *c, const struct parley_query *query,
    struct parley_text *prefix_end)
{
	for (unsigned i = 0; i < SQ_CONDS_MAX && query->where[i].op != PARLEY_OP_END; i++) {
		const struct parley_cond *cond = &query->where[i];
		int field = parley_field_number(c, cond->field), at = SQ_FIELD + (int)i;

		if (parley_field_type(c, field) == PARLEY_FIELD_INT) {
			sqlite3_bind_int64(st, at, cond->integer);
			continue;
		}
		sq_bind_text(st, at, cond->text, strlen(cond->text));
		if (cond->op == PARLEY_OP_PREFIX && parley_prefix_end(cond->text, prefix_end))
			sq_bind_text(st, SQ_PREFIX_END, prefix_end->s, prefix_end->len);
	}
}

/* 0, or -1 when the row cannot be right. */
static int
report(sqlite3_stmt *st, const struct parley_collection *c, const struct parley_found *found)
{
	size_t doc_len, name_len, origin_len;
	const char *doc, *origin, *name = sq_text(st, 1, &name_len);
	char key[PARLEY_LOG_KEY_MAX];
	int64_t seq;

	if (sq_in_runs(c))
		return sq_report_entry(st, found);
	doc = sq_text(st, 0, &doc_len);
	if (!c->log) {
		found->add(found->context, name, name_len, 0, doc, doc_len);
		return 0;
	}
	seq = sqlite3_column_int64(st, 2);
	if (name_len >= PARLEY_KEY_MAX || seq <= 0)
		return -1;
	origin = sq_text(st, 3, &origin_len);
	if (found->origin != NULL && origin_len > 0)
		found->origin(found->context, origin, origin_len);
	name_len = parley_log_key(key, name, name_len, seq);
	found->add(found->context, key, name_len, seq, doc, doc_len);
	return 0;
}

/* Runs a bound statement to its end. What was bound goes out of scope with the caller. */
static int
run(struct sq_reader *r, sqlite3_stmt *st, const struct parley_collection *c,
    const struct parley_found *found, struct parley_error *err)
{
	struct parley_error why = { 0 };
	int rc = SQLITE_DONE, ok = 0;

	while (ok == 0 && (rc = sqlite3_step(st)) == SQLITE_ROW)
		ok = report(st, c, found);
	if (ok != 0)
		sq_damaged(&why);
	else if (rc != SQLITE_DONE)
		ok = sq_fail(r->db, "read", &why);
	sqlite3_reset(st);
	sqlite3_clear_bindings(st);
	if (ok == 0)
		return 0;
	sq_tell_failed(c, &why);
	if (err != NULL)
		*err = why;
	return -1;
}

int
sq_get(void *reader, const struct parley_collection *c, const char *key,
    const struct parley_found *found, struct parley_error *err)
{
	struct sq_reader *r = reader;
	char stream[PARLEY_KEY_MAX];
	sqlite3_stmt *st;
	int64_t seq;

	if (sq_in_runs(c))
		return sq_log_get(r, c, key, found, err);
	st = statement(r, c, SQ_READ_GET, NULL, NULL, err);
	if (st == NULL)
		return -1;
	if (c->log) {
		parley_assert(parley_log_key_split(key, stream, &seq));
		key = stream;
		sqlite3_bind_int64(st, SQ_SEQ, seq);
	}
	sq_bind_text(st, SQ_KEY, key, strlen(key));
	if (c->expires != NULL)
		sqlite3_bind_int64(st, SQ_NOW, parley_now());
	return run(r, st, c, found, err);
}

/* The statement of a query with everything bound but the limit; or NULL. */
static sqlite3_stmt *
prepare_query(struct sq_reader *r, const struct parley_collection *c, enum sq_read_kind kind,
    const struct parley_query *query, const struct parley_plan *plan,
    struct parley_text *prefix_end, struct parley_error *err)
{
	sqlite3_stmt *st = statement(r, c, kind, query, plan, err);

	if (st == NULL)
		return NULL;
	sq_bind_conds(st, c, query, prefix_end);
	if (c->expires != NULL)
		sqlite3_bind_int64(st, SQ_NOW, parley_now());
	return st;
}

int
sq_find(void *reader, const struct parley_collection *c, const struct parley_query *query,
    const struct parley_found *found, struct parley_error *err)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text prefix_end = { 0 };
	struct sq_reader *r = reader;
	struct parley_plan plan;
	sqlite3_stmt *st;

	parley_assert(parley_plan_query(c, query, &plan) == 0);
	if (sq_in_runs(c) && !sq_is_sparse(c, &plan))
		return sq_log_find(r, c, query, &plan, plan.limit, found, err) >= 0 ? 0 : -1;
	st = prepare_query(r, c, SQ_READ_FIND, query, &plan, &prefix_end, err);
	if (st == NULL)
		return -1;
	sqlite3_bind_int64(st, SQ_LIMIT, plan.limit);
	return run(r, st, c, found, err);
}

int
sq_floors(void *reader, const struct parley_collection *c, const char *after,
    const struct parley_found *found, struct parley_error *err)
{
	struct sq_reader *r = reader;
	sqlite3_stmt *st = sq_prepare_for(r->db,
	    "SELECT stream, seq FROM \"floors.@\" WHERE stream > ?1 ORDER BY stream LIMIT ?2",
	    c->name, err);
	int rc = SQLITE_DONE;

	if (st == NULL)
		return -1;
	sq_bind_text(st, 1, after, strlen(after));
	sqlite3_bind_int(st, 2, PARLEY_FIND_LIMIT);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		size_t len;
		const char *stream = sq_text(st, 0, &len);

		found->add(found->context, stream, len, sqlite3_column_int64(st, 1), NULL, 0);
	}
	sqlite3_finalize(st);
	return rc == SQLITE_DONE ? 0 : sq_fail(r->db, "read", err);
}

int64_t
sq_count(void *reader, const struct parley_collection *c, const struct parley_query *query,
    uint32_t max, struct parley_error *err)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text prefix_end = { 0 };
	struct sq_reader *r = reader;
	struct parley_plan plan;
	sqlite3_stmt *st;
	int64_t n = -1;

	parley_assert(parley_plan_query(c, query, &plan) == 0);
	if (sq_in_runs(c) && !sq_is_sparse(c, &plan))
		return sq_log_find(r, c, query, &plan, max, NULL, err);
	st = prepare_query(r, c, SQ_READ_COUNT, query, &plan, &prefix_end, err);
	if (st == NULL)
		return -1;
	sqlite3_bind_int64(st, SQ_LIMIT, max);
	if (sqlite3_step(st) == SQLITE_ROW)
		n = sqlite3_column_int64(st, 0);
	else
		sq_fail(r->db, "count", err);
	sqlite3_reset(st);
	sqlite3_clear_bindings(st);
	return n;
}

/* ---- opening and closing ------------------------------------------------------------------ */

int
sq_reader_open(void *state, void **reader_r, struct parley_error *err)
{
	struct sq_store *s = state;
	struct sq_reader *r = sq_alloc(sizeof *r);

	r->s = s;
	if (sq_connect(s->path, SQLITE_OPEN_READONLY, &r->db, err) == 0) {
		sqlite3_db_config(r->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
		if (sq_exec(r->db, "PRAGMA query_only = ON; PRAGMA cache_size = -2048;", err) ==
		    0) {
			*reader_r = r;
			return 0;
		}
	}
	sq_reader_close(r);
	return -1;
}

void
sq_reader_close(void *reader)
{
	struct sq_reader *r = reader;

	for (unsigned i = 0; i < SQ_CACHED; i++)
		sqlite3_finalize(r->cache[i].st);
	sqlite3_close(r->db);
	free(r);
}
