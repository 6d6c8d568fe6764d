/* SPDX-License-Identifier: MIT */
/* sqlite_read.h - a reader: a connection that cannot write, with the statements it has used. */
#ifndef STORE_SQLITE_READ_H
#define STORE_SQLITE_READ_H

#include "sqlite_log.h"

#define SQ_CACHED     64 /* statements of a reader; the oldest makes room */
#define SQ_CONDS_MAX  5
#define SQ_PREFIX_END (SQ_FIELD + SQ_CONDS_MAX) /* parameter behind those of the conditions */

enum sq_read_kind {
	SQ_READ_GET,
	SQ_READ_FIND,
	SQ_READ_COUNT,
	SQ_READ_RUN_BY_ID,
	SQ_READ_STREAM,  /* runs of one stream */
	SQ_READ_STREAMS, /* of several */
	SQ_READ_NAMES    /* keys of a map */
};

/* What makes one statement differ from another. Compared as bytes, so zeroed first. */
struct sq_shape {
	const struct parley_collection *c;
	int8_t kind, index, order_by, descending;
	int8_t fields[SQ_CONDS_MAX], ops[SQ_CONDS_MAX];
};

struct sq_cached {
	struct sq_shape shape;
	sqlite3_stmt *st;
};

struct sq_reader {
	struct sq_store *s;
	sqlite3 *db;
	struct sq_cached cache[SQ_CACHED];
	unsigned oldest;
};

void sq_shape_fill(struct sq_shape *shape, const struct parley_collection *c,
    enum sq_read_kind kind, const struct parley_query *query, const struct parley_plan *plan);

/* The statement of this shape, or NULL; and made, or NULL with err. */
sqlite3_stmt *sq_reader_cached(const struct sq_reader *r, const struct sq_shape *shape);
sqlite3_stmt *sq_reader_prepare(
    struct sq_reader *r, const struct sq_shape *shape, const char *sql, struct parley_error *err);

/* Conditions have the parameters SQ_FIELD and up. */
void sq_put_conds(
    struct parley_text *sql, const struct parley_collection *c, const struct parley_query *query);
void sq_bind_conds(sqlite3_stmt *st, const struct parley_collection *c,
    const struct parley_query *query, struct parley_text *prefix_end);

/* ---- sqlite_log_read.c: of logs that are kept in runs ------------------------------------------
 */

int sq_log_get(struct sq_reader *r, const struct parley_collection *c, const char *key,
    const struct parley_found *found, struct parley_error *err);

/* By stream and seq, or by a name. Reports up to max documents (found may be NULL). Returns how
 * many there were, or -1. */
int64_t sq_log_find(struct sq_reader *r, const struct parley_collection *c,
    const struct parley_query *query, const struct parley_plan *plan, uint32_t max,
    const struct parley_found *found, struct parley_error *err);

/* A find under way. */
struct sq_walker {
	struct sq_reader *r;
	struct sq_log *log;
	const struct parley_collection *c;
	const struct parley_query *query;
	const struct parley_plan *plan;
	int name; /* number of the map that it goes by; -1: by stream and seq */
	int64_t low_seq, high_seq;
	const char *low, *high;        /* texts that bound it: of stream or name */
	struct parley_text prefix_end; /* may be high */

	struct sq_fresh **hits; /* of the tail, in the order of the query; each holds its block */
	size_t hit_count, hit_room, hit_at;

	const struct parley_found *found; /* or NULL */
	uint32_t max;
	int64_t count;
};

/* Whether a text satisfies those conditions that are on field. */
bool sq_walker_holds(const struct sq_walker *w, int field, const char *text);

/* A document of a run comes next, but for what the tail has before it. name is NULL when the order
 * is by stream and seq. */
void sq_walker_next(
    struct sq_walker *w, const char *name, const char *stream, const struct sq_record *r);

/* Walks the rows of a statement that is bound, and resets it. 0 or -1. */
int sq_walker_rows(struct sq_walker *w, sqlite3_stmt *st,
    int (*row)(struct sq_walker *w, sqlite3_stmt *st, struct parley_error *err),
    struct parley_error *err);

/* sqlite_log_names.c: the part of a find that goes by a map. 0 or -1. */
int sq_walk_by_name(struct sq_walker *w, struct parley_error *err);

/* The SQL that finds the runs. For tests too. */
void sq_put_runs_sql(struct parley_text *sql, const struct parley_collection *c,
    const struct parley_query *query, const struct parley_plan *plan);

/* A find by a sparse index goes by rows: those of the index, each with the run of its document. */
bool sq_is_sparse(const struct parley_collection *c, const struct parley_plan *plan);
void sq_put_docs_of_entry(struct parley_text *sql, const struct parley_collection *c);
int sq_report_entry(sqlite3_stmt *st, const struct parley_found *found);

#endif
