/* SPDX-License-Identifier: MIT */
/* sqlite_log_read.c - finds documents of a log that is kept in runs. Looks at the tail first and at
 * the runs then: what is settled meanwhile is found twice and told once, and nothing is missed. */
#include "sqlite_read.h"

#include <stdlib.h>
#include <string.h>

static struct sq_log *
log_of(struct sq_reader *r, const struct parley_collection *c)
{
	struct sq_log *log;

	pthread_mutex_lock(&r->s->lock);
	log = sq_collection(r->s, c)->log;
	pthread_mutex_unlock(&r->s->lock);
	parley_assert(log != NULL);
	return log;
}

static void
tell(const struct parley_found *found, const char *stream, size_t stream_len,
    const struct sq_record *r)
{
	char key[PARLEY_LOG_KEY_MAX];

	if (found == NULL)
		return;
	if (found->origin != NULL && r->origin_len > 0)
		found->origin(found->context, r->origin, r->origin_len);
	found->add(found->context, key, parley_log_key(key, stream, stream_len, r->seq), r->seq,
	    r->json, r->json_len);
}

/* ---- what is asked for -------------------------------------------------------------------- */

bool
sq_walker_holds(const struct sq_walker *w, int field, const char *text)
{
	for (unsigned i = 0; i < SQ_CONDS_MAX && w->query->where[i].op != PARLEY_OP_END; i++) {
		const struct parley_cond *cond = &w->query->where[i];

		if (parley_field_number(w->c, cond->field) != field)
			continue;
		if (cond->op == PARLEY_OP_PREFIX
			? strncmp(text, cond->text, strlen(cond->text)) != 0
			: !parley_op_holds(cond->op, strcmp(text, cond->text)))
			return false;
	}
	return true;
}

static void
bound_seq(struct sq_walker *w, const struct parley_cond *cond)
{
	int64_t low = INT64_MIN, high = INT64_MAX, n = cond->integer;

	if (cond->op == PARLEY_OP_EQ || cond->op == PARLEY_OP_GE)
		low = n;
	if (cond->op == PARLEY_OP_EQ || cond->op == PARLEY_OP_LE)
		high = n;
	if (cond->op == PARLEY_OP_GT)
		low = n < INT64_MAX ? n + 1 : n;
	if (cond->op == PARLEY_OP_LT)
		high = n > INT64_MIN ? n - 1 : n;
	w->low_seq = low > w->low_seq ? low : w->low_seq;
	w->high_seq = high < w->high_seq ? high : w->high_seq;
}

/* Bounds need not be exact: each document's text is looked at again. */
static void
bound_text(struct sq_walker *w, const struct parley_cond *cond)
{
	if (cond->op != PARLEY_OP_LT && cond->op != PARLEY_OP_LE && strcmp(cond->text, w->low) > 0)
		w->low = cond->text;
	if ((cond->op == PARLEY_OP_EQ || cond->op == PARLEY_OP_LT || cond->op == PARLEY_OP_LE) &&
	    strcmp(cond->text, w->high) < 0)
		w->high = cond->text;
	if (cond->op == PARLEY_OP_PREFIX && parley_prefix_end(cond->text, &w->prefix_end) &&
	    strcmp(w->prefix_end.s, w->high) < 0)
		w->high = w->prefix_end.s;
}

static void
read_bounds(struct sq_walker *w)
{
	w->low_seq = 1;
	w->high_seq = INT64_MAX;
	w->low = "";
	w->high = "\xff"; /* above all UTF-8 */
	for (unsigned i = 0; i < SQ_CONDS_MAX && w->query->where[i].op != PARLEY_OP_END; i++) {
		const struct parley_cond *cond = &w->query->where[i];

		if (parley_field_number(w->c, cond->field) == PARLEY_SEQ_FIELD)
			bound_seq(w, cond);
		else
			bound_text(w, cond);
	}
}

/* The one stream that is asked for, or NULL. */
static const char *
one_stream(const struct sq_walker *w)
{
	return w->name < 0 && w->plan->equal > 0 ? w->low : NULL;
}

/* ---- the tail ---------------------------------------------------------------------------------
 */

static void
hit_add(struct sq_walker *w, struct sq_fresh *doc)
{
	if (w->hit_count == w->hit_room) {
		w->hit_room = w->hit_room == 0 ? 64 : 2 * w->hit_room;
		w->hits = realloc(w->hits, w->hit_room * sizeof(struct sq_fresh *));
		parley_assert(w->hits != NULL);
	}
	atomic_fetch_add(&doc->block->refs, 1);
	w->hits[w->hit_count++] = doc;
}

static bool
is_hit(const struct sq_walker *w, const struct sq_fresh *doc)
{
	if (w->name >=
	    0) /* what is in maps may have changed since; what is in a run alone has not */
		return !atomic_load(&doc->in_maps) && doc->names[w->name] != NULL &&
		       sq_walker_holds(w, w->log->names[w->name], doc->names[w->name]);
	return !atomic_load(&doc->in_run) && doc->r.seq >= w->low_seq &&
	       doc->r.seq <= w->high_seq && sq_walker_holds(w, PARLEY_STREAM_FIELD, doc->r.stream);
}

/* Of one stream they are in order already, and few. Locked. */
static void
collect_stream(struct sq_walker *w, const char *name)
{
	const struct sq_stream *stream = parley_table_get(w->log->streams, name);

	for (unsigned i = 0; stream != NULL && i < stream->count && w->hit_count < w->max; i++) {
		unsigned at = w->query->descending ? stream->count - 1 - i : i;

		if (is_hit(w, stream->docs[at]))
			hit_add(w, stream->docs[at]);
	}
}

static void
collect_all(struct sq_walker *w)
{
	for (struct sq_block *block = w->log->first; block != NULL; block = block->next)
		for (unsigned i = 0; i < block->count; i++)
			if (is_hit(w, &block->docs[i]))
				hit_add(w, &block->docs[i]);
}

static int
compare_places(const char *stream, int64_t seq, const struct sq_fresh *doc)
{
	int sign = strcmp(stream, doc->r.stream);

	return sign != 0 ? sign : (seq > doc->r.seq) - (seq < doc->r.seq);
}

static int
ascending_places(const void *a, const void *b)
{
	const struct sq_fresh *x = *(struct sq_fresh *const *)a;

	return compare_places(x->r.stream, x->r.seq, *(struct sq_fresh *const *)b);
}

static _Thread_local int sorted_name;

static int
ascending_names(const void *a, const void *b)
{
	const struct sq_fresh *x = *(struct sq_fresh *const *)a, *y = *(struct sq_fresh *const *)b;

	return strcmp(x->names[sorted_name], y->names[sorted_name]);
}

static void
reverse(struct sq_walker *w)
{
	for (size_t i = 0; i < w->hit_count / 2; i++) {
		struct sq_fresh *doc = w->hits[i];

		w->hits[i] = w->hits[w->hit_count - 1 - i];
		w->hits[w->hit_count - 1 - i] = doc;
	}
}

static void
collect(struct sq_walker *w)
{
	const char *stream = one_stream(w);

	pthread_mutex_lock(&w->log->lock);
	if (stream != NULL)
		collect_stream(w, stream);
	else
		collect_all(w);
	pthread_mutex_unlock(&w->log->lock);
	if (stream != NULL || w->hit_count == 0)
		return;
	sorted_name = w->name;
	qsort(w->hits, w->hit_count, sizeof(struct sq_fresh *),
	    w->name >= 0 ? ascending_names : ascending_places);
	if (w->query->descending)
		reverse(w);
}

/* ---- both together ----------------------------------------------------------------------------
 */

static void
walk_tell(struct sq_walker *w, const char *stream, size_t stream_len, const struct sq_record *r)
{
	if (w->count == w->max)
		return;
	tell(w->found, stream, stream_len, r);
	w->count++;
}

void
sq_walker_next(struct sq_walker *w, const char *name, const char *stream, const struct sq_record *r)
{
	for (; w->hit_at < w->hit_count && w->count < w->max; w->hit_at++) {
		const struct sq_fresh *hit = w->hits[w->hit_at];
		int sign = name != NULL ? strcmp(name, hit->names[w->name])
					: compare_places(stream, r->seq, hit);

		if (w->query->descending ? sign > 0 : sign < 0)
			break;
		if (sign != 0) /* else it is the same */
			walk_tell(w, hit->r.stream, hit->r.stream_len, &hit->r);
	}
	walk_tell(w, stream, strlen(stream), r);
}

static void
walk_rest(struct sq_walker *w)
{
	for (; w->hit_at < w->hit_count; w->hit_at++) {
		const struct sq_record *r = &w->hits[w->hit_at]->r;

		walk_tell(w, r->stream, r->stream_len, r);
	}
}

/* ---- runs -------------------------------------------------------------------------------------
 */

/* The records of a run; NULL with *count_r -1 when it is damaged. New: free(). */
static struct sq_record *
records_of(const void *docs, size_t len, int64_t *count_r)
{
	struct sq_bytes bytes = { docs, (const char *)docs + len };
	struct sq_record *records = NULL, r;
	size_t count = 0, room = 0;
	int rc;

	while ((rc = sq_record_next(&bytes, &r)) == 1) {
		if (count == room) {
			room = room == 0 ? 64 : 2 * room;
			records = realloc(records, room * sizeof *records);
			parley_assert(records != NULL);
		}
		records[count++] = r;
	}
	*count_r = rc < 0 ? -1 : (int64_t)count;
	return records;
}

/* The documents of the run in a row. 0 or -1. */
static int
walk_run(struct sq_walker *w, sqlite3_stmt *st, struct parley_error *err)
{
	const void *docs = sqlite3_column_blob(st, 0);
	int64_t count, at;
	struct sq_record *records = records_of(docs, (size_t)sqlite3_column_bytes(st, 0), &count);
	size_t stream_len;
	const char *stream = sq_text(st, 1, &stream_len);

	if (stream_len >= PARLEY_KEY_MAX)
		count = -1;
	for (int64_t i = 0; i < count && w->count < w->max; i++) {
		at = w->query->descending ? count - 1 - i : i;
		if (records[at].seq >= w->low_seq && records[at].seq <= w->high_seq)
			sq_walker_next(w, NULL, stream, &records[at]);
	}
	free(records);
	return count < 0 ? sq_damaged(err) : 0;
}

int
sq_walker_rows(struct sq_walker *w, sqlite3_stmt *st,
    int (*row)(struct sq_walker *w, sqlite3_stmt *st, struct parley_error *err),
    struct parley_error *err)
{
	int rc = SQLITE_DONE, ok = 0;

	while (ok == 0 && w->count < w->max && (rc = sqlite3_step(st)) == SQLITE_ROW)
		ok = row(w, st, err);
	if (ok == 0 && rc != SQLITE_DONE && rc != SQLITE_ROW)
		ok = sq_fail(w->r->db, "read", err);
	sqlite3_reset(st);
	sqlite3_clear_bindings(st);
	return ok;
}

#define STREAM_SQL                                                                                 \
	"SELECT docs, stream FROM \"runs.@\" WHERE stream = ?1 AND seq <= ?8 AND "                 \
	"seq >= coalesce((SELECT seq FROM \"runs.@\" WHERE stream = ?1 AND seq <= ?3 "             \
	"ORDER BY seq DESC LIMIT 1), 0) ORDER BY seq"

void
sq_put_runs_sql(struct parley_text *sql, const struct parley_collection *c,
    const struct parley_query *query, const struct parley_plan *plan)
{
	const char *down = query->descending ? " DESC" : "";

	if (plan->equal > 0) {
		sq_put_for(sql, STREAM_SQL, c->name);
		parley_text_puts(sql, down);
		return;
	}
	sq_put_for(sql, "SELECT docs, stream FROM \"runs.@\"", c->name);
	sq_put_conds(sql, c, query);
	parley_text_printf(sql, " ORDER BY stream%s, seq%s", down, down);
}

static int
walk_by_stream(struct sq_walker *w, struct parley_error *err)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text sql = { 0 }, prefix_end = { 0 };
	const char *stream = one_stream(w);
	struct sq_shape shape;
	sqlite3_stmt *st;

	sq_shape_fill(&shape, w->c, SQ_READ_STREAMS, w->query, w->plan);
	if (stream != NULL) { /* whatever there is of seq */
		sq_shape_fill(&shape, w->c, SQ_READ_STREAM, NULL, NULL);
		shape.descending = w->query->descending;
	}
	st = sq_reader_cached(w->r, &shape);
	if (st == NULL) {
		sq_put_runs_sql(&sql, w->c, w->query, w->plan);
		st = sq_reader_prepare(w->r, &shape, sql.s, err);
	}
	if (st == NULL)
		return -1;
	if (stream != NULL) {
		sq_bind_text(st, SQ_KEY, stream, strlen(stream));
		sqlite3_bind_int64(st, SQ_SEQ, w->low_seq);
		sqlite3_bind_int64(st, SQ_LAST, w->high_seq);
	} else {
		sq_bind_conds(st, w->c, w->query, &prefix_end);
	}
	return sq_walker_rows(w, st, walk_run, err);
}

/* ---- finding ----------------------------------------------------------------------------------
 */

static void
walk_fini(struct sq_walker *w)
{
	for (size_t i = 0; i < w->hit_count; i++)
		sq_block_unref(w->hits[i]->block);
	free(w->hits);
	parley_text_fini(&w->prefix_end);
}

/* The number of the map for an index, or -1 for that of stream and seq. */
static int
name_of(const struct sq_log *log, const struct parley_plan *plan)
{
	int name = -1;

	for (unsigned i = 0; plan->index >= 0 && i < log->name_count; i++)
		if (log->names[i] == plan->order[0])
			name = (int)i;
	return name;
}

static int
told(const struct parley_collection *c, int rc, const struct parley_error *why,
    struct parley_error *err)
{
	if (rc == 0)
		return 0;
	sq_tell_failed(c, why);
	if (err != NULL)
		*err = *why;
	return -1;
}

int64_t
sq_log_find(struct sq_reader *r, const struct parley_collection *c,
    const struct parley_query *query, const struct parley_plan *plan, uint32_t max,
    const struct parley_found *found, struct parley_error *err)
{
	PARLEY_AUTO(walk_fini)
	struct sq_walker w = {
		.r = r,
		.log = log_of(r, c),
		.c = c,
		.query = query,
		.plan = plan,
		.max = max,
		.found = found,
	};
	struct parley_error why = { 0 };
	int rc;

	w.name = name_of(w.log, plan);
	read_bounds(&w);
	collect(&w);
	rc = w.name >= 0 ? sq_walk_by_name(&w, &why) : walk_by_stream(&w, &why);
	if (told(c, rc, &why, err) != 0)
		return -1;
	walk_rest(&w);
	return w.count;
}

int
sq_log_get(struct sq_reader *r, const struct parley_collection *c, const char *key,
    const struct parley_found *found, struct parley_error *err)
{
	char stream[PARLEY_KEY_MAX];
	int64_t seq;
	struct parley_query query = {
		.where = { { "stream", PARLEY_OP_EQ, .text = stream },
		    { "seq", PARLEY_OP_EQ, .integer = 0 } },
	};
	struct parley_plan plan;

	parley_assert(parley_log_key_split(key, stream, &seq));
	query.where[1].integer = seq;
	parley_assert(parley_plan_query(c, &query, &plan) == 0);
	return sq_log_find(r, c, &query, &plan, 1, found, err) >= 0 ? 0 : -1;
}

/* ---- by a sparse index ------------------------------------------------------------------------
 */

bool
sq_is_sparse(const struct parley_collection *c, const struct parley_plan *plan)
{
	return plan->index >= 0 && c->indexes[plan->index].sparse;
}

void
sq_put_docs_of_entry(struct parley_text *sql, const struct parley_collection *c)
{
	sq_put_for(sql,
	    "(SELECT docs FROM \"runs.@\" AS r WHERE r.stream = \"log.@\".stream AND "
	    "r.seq <= \"log.@\".seq ORDER BY r.seq DESC LIMIT 1)",
	    c->name);
}

int
sq_report_entry(sqlite3_stmt *st, const struct parley_found *found)
{
	const char *docs = sqlite3_column_blob(st, 0);
	size_t len = (size_t)sqlite3_column_bytes(st, 0), stream_len;
	const char *stream = sq_text(st, 1, &stream_len);
	struct sq_record r;

	if (docs == NULL || stream_len >= PARLEY_KEY_MAX ||
	    sq_record_find(docs, len, sqlite3_column_int64(st, 2), &r) != 1)
		return -1;
	tell(found, stream, stream_len, &r);
	return 0;
}
