/* SPDX-License-Identifier: MIT */
/* sqlite_log_declare.c - the tables of a log that is kept in runs: made, filled again after a
 * crash, and made of others when what is declared has changed. */
#include "sqlite_log.h"

#include <parley/log.h>
#include <stdlib.h>
#include <string.h>

/* ---- tables -----------------------------------------------------------------------------------
 */

void
sq_put_names_table(struct parley_text *name, const struct parley_collection *c, int field)
{
	parley_text_printf(name, "names.%s.%s", c->name, c->fields[field].name);
}

/* The field of an index that names documents, or PARLEY_NO_FIELD. */
static int
name_field(const struct parley_collection *c, unsigned index)
{
	if (c->indexes[index].sparse)
		return PARLEY_NO_FIELD;
	return parley_field_number(c, c->indexes[index].fields[0]);
}

/* What an index on c needs: the rows for sparse ones, and the maps. */
static void
put_index_tables(struct parley_text *sql, const struct parley_collection *c)
{
	unsigned indexes = parley_index_count(c);

	sq_put_for(
	    sql, "CREATE TABLE \"log.@\"(stream TEXT NOT NULL, seq INTEGER NOT NULL, ", c->name);
	sq_put_field_columns(sql, c);
	parley_text_puts(sql, "PRIMARY KEY(stream, seq)) WITHOUT ROWID;");
	for (unsigned i = 0; i < indexes; i++) {
		PARLEY_AUTO(parley_text_fini) struct parley_text table = { 0 };

		if (name_field(c, i) == PARLEY_NO_FIELD)
			continue;
		sq_put_names_table(&table, c, name_field(c, i));
		sq_map_create_sql(sql, table.s);
	}
}

static void
put_run_tables(struct parley_text *sql, const struct parley_collection *c)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text origins = { 0 };

	sq_put_for(&origins, "origins.@", c->name);
	sq_map_create_sql(sql, origins.s);
	sq_put_for(sql,
	    "CREATE TABLE \"journal.@\"(id INTEGER PRIMARY KEY, docs BLOB NOT NULL);"
	    "CREATE TABLE \"runs.@\"(id INTEGER PRIMARY KEY, stream TEXT NOT NULL, "
	    "seq INTEGER NOT NULL, last INTEGER NOT NULL, docs BLOB NOT NULL);"
	    "CREATE UNIQUE INDEX \"runs.@.seq\" ON \"runs.@\"(stream, seq);",
	    c->name);
}

int
sq_log_create(sqlite3 *db, const struct parley_collection *c, struct parley_error *err)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text sql = { 0 };

	put_run_tables(&sql, c);
	put_index_tables(&sql, c);
	return sq_exec(db, sql.s, err);
}

/* ---- a log, ready for use ---------------------------------------------------------------------
 */

static void
log_unset(struct sq_log *log)
{
	for (unsigned i = 0; i < SQ_LOG_STATEMENTS; i++) {
		sqlite3_finalize(log->statements[i]);
		log->statements[i] = NULL;
	}
	sq_map_close(&log->origins);
	for (unsigned i = 0; i < log->name_count; i++) {
		sq_map_close(&log->maps[i]);
		parley_text_fini(&log->greatest[i]);
	}
	log->name_count = 0;
}

static int
add_name(struct sq_log *log, int field, struct parley_error *err)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text table = { 0 };
	unsigned n = log->name_count++;

	log->names[n] = field;
	sq_put_names_table(&table, log->c, field);
	return sq_map_open(&log->maps[n], log->s->db, table.s, err);
}

int
sq_log_set(
    struct sq_log *log, const struct parley_collection *c, bool names, struct parley_error *err)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text table = { 0 };
	unsigned indexes = names ? parley_index_count(c) : 0;

	log_unset(log);
	sq_tail_clear(log);
	log->c = c;
	sq_put_for(&table, "origins.@", c->name);
	if (sq_map_open(&log->origins, log->s->db, table.s, err) != 0)
		return -1;
	for (unsigned i = 0; i < indexes; i++)
		if (name_field(c, i) != PARLEY_NO_FIELD &&
		    add_name(log, name_field(c, i), err) != 0)
			return -1;
	return 0;
}

struct sq_log *
sq_log_new(struct sq_store *s)
{
	struct sq_log *log = sq_alloc(sizeof *log);

	log->s = s;
	log->end = &log->first;
	log->streams = parley_table_new();
	log->heads = parley_table_new();
	pthread_mutex_init(&log->lock, NULL);
	return log;
}

void
sq_log_free(struct sq_log **log)
{
	if (*log == NULL)
		return;
	log_unset(*log);
	sq_tail_clear(*log);
	atomic_fetch_sub(&sq_tail_docs, (*log)->told);
	parley_table_free(&(*log)->streams);
	parley_table_free(&(*log)->heads);
	pthread_mutex_destroy(&(*log)->lock);
	free((*log)->touched);
	free(*log);
	*log = NULL;
}

/* ---- the journal, read again ------------------------------------------------------------------
 */

/* The highest seq of a stream that was ever in a run. */
static int
settled_top(struct sq_log *log, const char *stream, int64_t *top_r, struct parley_error *err)
{
	sqlite3_stmt *st = sq_log_statement(log, SQ_LOG_TOP, err);
	int rc;

	if (st == NULL)
		return -1;
	sq_bind_text(st, SQ_KEY, stream, strlen(stream));
	rc = sqlite3_step(st);
	*top_r = rc == SQLITE_ROW ? sqlite3_column_int64(st, 0) : 0;
	sqlite3_reset(st);
	return rc == SQLITE_ROW ? 0 : sq_fail(log->s->db, "read", err);
}

/* Finds the run of a document that was settled before the crash. It may have been removed since:
 * then nothing names it. */
static int
find_run(struct sq_log *log, struct sq_fresh *doc, struct parley_error *err)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text docs = { 0 };
	int64_t top, run, last;
	struct sq_record r;
	int known = 0;

	if (settled_top(log, doc->r.stream, &top, err) != 0)
		return -1;
	if (doc->r.seq > top)
		return 0;
	if (sq_run_at(log, doc->r.stream, doc->r.seq, &docs, &run, &last, err) != 0)
		return -1;
	if (docs.len > 0)
		known = sq_record_find(docs.s, docs.len, doc->r.seq, &r);
	doc->run = known == 1 ? run : -1;
	doc->noted = known == 0;
	return known < 0 ? sq_damaged(err) : 0;
}

static int
recover_doc(struct sq_log *log, const struct sq_record *r, struct parley_error *err)
{
	PARLEY_AUTO(parley_merge_free) void *scratch = NULL;
	struct parley_value values[PARLEY_FIELDS_MAX];
	struct sq_fresh *doc;

	if (parley_fields(log->c, r->json, r->json_len, values, &scratch, err) != 0)
		return -1;
	doc = sq_tail_add(log, r, values);
	sq_origin_recover(log, doc);
	return find_run(log, doc, err);
}

/* One commit's documents, into the tail. */
static int
recover_block(
    struct sq_log *log, int64_t id, const char *docs, size_t len, struct parley_error *err)
{
	struct sq_bytes bytes = { docs, docs + len };
	struct sq_record r;
	unsigned count = 0;
	int rc;

	while ((rc = sq_record_next(&bytes, &r)) == 1)
		count++;
	if (rc < 0)
		return sq_damaged(err);
	log->now = sq_block_new(count, log->name_count, len, len * (log->name_count + 1));
	log->now->id = id;
	bytes.at = docs;
	while (sq_record_next(&bytes, &r) == 1)
		if (recover_doc(log, &r, err) != 0)
			return -1;
	sq_tail_show(log);
	return 0;
}

int
sq_log_recover(struct sq_log *log, struct parley_error *err)
{
	sqlite3_stmt *st = sq_log_statement(log, SQ_JOURNAL_READ, err);
	int rc = SQLITE_DONE, ok = 0;

	if (st == NULL)
		return -1;
	while (ok == 0 && (rc = sqlite3_step(st)) == SQLITE_ROW)
		ok = recover_block(log, sqlite3_column_int64(st, 0), sqlite3_column_blob(st, 1),
		    (size_t)sqlite3_column_bytes(st, 1), err);
	if (ok == 0 && rc != SQLITE_DONE)
		ok = sq_fail(log->s->db, "read", err);
	sqlite3_reset(st);
	return ok == 0 ? sq_settle_now(log, err) : -1;
}

int
sq_log_flush(struct sq_log *log, struct parley_error *err)
{
	struct sq_store *s = log->s;

	while (log->first != NULL) {
		if (sq_run(s->begin) != 0)
			return sq_fail(s->db, "begin a transaction", err);
		if (sq_settle_now(log, err) != 0 || sq_run(s->commit) != 0) {
			sq_tail_undo(log);
			sq_run(s->rollback);
			return sq_fail(s->db, "settle a journal", err);
		}
		sq_tail_show(log);
	}
	return 0;
}

/* ---- from rows to runs -------------------------------------------------------------------------
 */

/* Documents on their way into a run. */
struct filling {
	struct sq_log *log;
	char stream[PARLEY_KEY_MAX];
	int64_t first, last;
	struct parley_text docs;
};

/* Writes the run and what names its documents by origin. */
static int
filling_flush(struct filling *f, struct parley_error *err)
{
	struct sq_bytes bytes = sq_bytes_of(&f->docs);
	struct sq_record r;
	int64_t run;

	if (f->docs.len == 0)
		return 0;
	if (sq_run_add(f->log, f->stream, f->first, f->last, &f->docs, &run, err) != 0)
		return -1;
	while (sq_record_next(&bytes, &r) == 1) {
		PARLEY_AUTO(parley_text_fini) struct parley_text text = { 0 };
		struct sq_key key = { .place = { run, r.seq } };

		if (r.origin_len == 0)
			continue;
		sq_origin_key(&text, r.origin, r.origin_len);
		key.text = text.s;
		key.len = text.len;
		if (sq_map_put(&f->log->origins, &key, 1, err) != 0)
			return -1;
	}
	parley_text_clear(&f->docs);
	return 0;
}

static int
filling_add(
    struct filling *f, const char *stream, const struct sq_record *r, struct parley_error *err)
{
	if ((strcmp(f->stream, stream) != 0 || sq_run_is_full(&f->docs)) &&
	    filling_flush(f, err) != 0)
		return -1;
	if (f->docs.len == 0) {
		memcpy(f->stream, stream, strlen(stream) + 1);
		f->first = r->seq;
	}
	f->last = r->seq;
	sq_run_put_doc(&f->docs, r);
	return 0;
}

/* The record in a row of the rows. */
static int
fill_from_row(struct filling *f, sqlite3_stmt *st, struct parley_error *err)
{
	struct sq_record r = { .seq = sqlite3_column_int64(st, 1) };
	size_t stream_len;
	const char *stream = sq_text(st, 0, &stream_len);

	r.origin = sq_text(st, 2, &r.origin_len);
	r.json = sq_text(st, 3, &r.json_len);
	if (stream_len >= PARLEY_KEY_MAX || r.origin_len >= PARLEY_KEY_MAX || r.seq <= 0)
		return sq_damaged(err);
	return filling_add(f, stream, &r, err);
}

static int
fill_from_rows(struct sq_log *log, struct parley_error *err)
{
	struct filling f = { .log = log };
	sqlite3_stmt *st = sq_prepare_for(log->s->db,
	    "SELECT stream, seq, origin, doc FROM \"rows.@\" ORDER BY stream, seq", log->c->name,
	    err);
	int rc = SQLITE_DONE, ok = st != NULL ? 0 : -1;

	while (ok == 0 && (rc = sqlite3_step(st)) == SQLITE_ROW)
		ok = fill_from_row(&f, st, err);
	if (ok == 0 && rc != SQLITE_DONE)
		ok = sq_fail(log->s->db, "read", err);
	if (ok == 0)
		ok = filling_flush(&f, err);
	sqlite3_finalize(st);
	parley_text_fini(&f.docs);
	return ok;
}

/* ---- what indexes need, made of runs -----------------------------------------------------------
 */

static int
broken(const struct parley_collection *c, struct parley_error *err)
{
	return parley_fail(err, PARLEY_CONFLICT, NULL,
	    "collection '%s': stored documents break a unique index of version %u", c->name,
	    c->version);
}

static int
index_doc(struct sq_log *log, const char *stream, int64_t run, const struct sq_record *r,
    struct parley_error *err)
{
	PARLEY_AUTO(parley_merge_free) void *scratch = NULL;
	struct parley_value values[PARLEY_FIELDS_MAX];
	bool known = false, stored = true;

	if (parley_fields(log->c, r->json, r->json_len, values, &scratch, err) != 0)
		return -1;
	for (unsigned i = 0; i < log->name_count; i++) {
		const struct parley_value *v = &values[log->names[i]];
		struct sq_key key = { v->text, v->len, { run, r->seq } };
		struct sq_place place;

		if (!v->present)
			continue;
		if (sq_map_find(&log->maps[i], v->text, v->len, &place, &known, err) != 0)
			return -1;
		if (known)
			return broken(log->c, err);
		if (sq_map_put(&log->maps[i], &key, 1, err) != 0)
			return -1;
	}
	if (sq_is_indexed(log->c, values) &&
	    sq_entry_put(log, stream, r->seq, values, &stored, err) != 0)
		return -1;
	return stored ? 0 : broken(log->c, err);
}

/* Calls fn for each document of all runs. 0 or -1. */
static int
each_doc(struct sq_log *log,
    int (*fn)(struct sq_log *log, const char *stream, int64_t run, const struct sq_record *r,
	struct parley_error *err),
    struct parley_error *err)
{
	sqlite3_stmt *st = sq_prepare_for(
	    log->s->db, "SELECT id, stream, docs FROM \"runs.@\" ORDER BY id", log->c->name, err);
	int rc = SQLITE_DONE, ok = st != NULL ? 0 : -1, more;

	while (ok == 0 && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		const char *docs = sqlite3_column_blob(st, 2);
		struct sq_bytes bytes = { docs, docs + sqlite3_column_bytes(st, 2) };
		const char *stream = sq_text(st, 1, NULL);
		struct sq_record r;

		while (ok == 0 && (more = sq_record_next(&bytes, &r)) != 0)
			ok = more < 0 ? sq_damaged(err)
				      : fn(log, stream, sqlite3_column_int64(st, 0), &r, err);
	}
	if (ok == 0 && rc != SQLITE_DONE)
		ok = sq_fail(log->s->db, "read", err);
	sqlite3_finalize(st);
	return ok;
}

/* ---- from runs to rows -------------------------------------------------------------------------
 */

static int
insert_row(struct sq_log *log, const char *stream, int64_t run, const struct sq_record *r,
    struct parley_error *err)
{
	PARLEY_AUTO(parley_merge_free) void *scratch = NULL;
	struct parley_value values[PARLEY_FIELDS_MAX];
	sqlite3_stmt *st = sq_log_statement(log, SQ_ROW_ADD, err);

	if (st == NULL || parley_fields(log->c, r->json, r->json_len, values, &scratch, err) != 0)
		return -1;
	sq_bind_text(st, SQ_KEY, stream, strlen(stream));
	sqlite3_bind_int64(st, SQ_SEQ, r->seq);
	sq_bind_text(st, SQ_ORIGIN, r->origin_len > 0 ? r->origin : NULL, r->origin_len);
	sq_bind_text(st, SQ_DOC, r->json, r->json_len);
	sq_bind_values(st, log->c, parley_field_count(log->c), values);
	return sq_run(st) == 0 ? 0 : sq_fail(log->s->db, "write", err);
}

/* ---- migrations --------------------------------------------------------------------------------
 */

/* Drops tables of the collection: those whose names begin with prefix. */
static int
drop_tables(struct sq_log *log, const char *prefix, struct parley_error *err)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text drops = { 0 }, pattern = { 0 };
	sqlite3_stmt *st = sq_prepare(log->s->db,
	    "SELECT name FROM sqlite_schema WHERE type = 'table' AND "
	    "(name = ?1 OR substr(name, 1, length(?1) + 1) = ?1 || '.')",
	    err);
	int rc;

	if (st == NULL)
		return -1;
	parley_text_printf(&pattern, "%s.%s", prefix, log->c->name);
	sq_bind_text(st, 1, pattern.s, pattern.len);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW)
		parley_text_printf(&drops, "DROP TABLE \"%s\";", sq_text(st, 0, NULL));
	sqlite3_finalize(st);
	if (rc != SQLITE_DONE)
		return sq_fail(log->s->db, "look", err);
	return drops.s != NULL ? sq_exec(log->s->db, drops.s, err) : 0;
}

/* An index keeps its name when its table is renamed, and would be in the way. */
static int
drop_indexes_of_rows(struct sq_log *log, struct parley_error *err)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text drops = { 0 };
	sqlite3_stmt *st = sq_prepare_for(log->s->db,
	    "SELECT name FROM sqlite_schema "
	    "WHERE type = 'index' AND tbl_name = 'rows.@' AND sql IS NOT NULL AND "
	    "name <> 'seq.@'", /* which the copy is read by */
	    log->c->name, err);
	int rc;

	if (st == NULL)
		return -1;
	while ((rc = sqlite3_step(st)) == SQLITE_ROW)
		parley_text_printf(&drops, "DROP INDEX \"%s\";", sq_text(st, 0, NULL));
	sqlite3_finalize(st);
	if (rc != SQLITE_DONE)
		return sq_fail(log->s->db, "look", err);
	return drops.s != NULL ? sq_exec(log->s->db, drops.s, err) : 0;
}

static int
run_for(struct sq_log *log, const char *pattern, struct parley_error *err)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text sql = { 0 };

	sq_put_for(&sql, pattern, log->c->name);
	return sq_exec(log->s->db, sql.s, err);
}

static int
rows_to_runs(struct sq_log *log, const struct parley_collection *c, struct parley_error *err)
{
	log->c = c;
	if (run_for(log, "ALTER TABLE \"log.@\" RENAME TO \"rows.@\"", err) != 0 ||
	    drop_indexes_of_rows(log, err) != 0 || sq_log_create(log->s->db, c, err) != 0)
		return -1;
	if (sq_log_set(log, c, true, err) != 0 || fill_from_rows(log, err) != 0 ||
	    each_doc(log, index_doc, err) != 0)
		return -1;
	return run_for(log, "DROP TABLE \"rows.@\"", err);
}

/* Settles the journal, and drops what the indexes before needed. */
static int
clear_runs(struct sq_log *log, const struct parley_collection *c, struct parley_error *err)
{
	if (sq_log_set(log, c, false, err) != 0 || sq_log_recover(log, err) != 0)
		return -1;
	sq_tail_clear(log);
	return drop_tables(log, "names", err) == 0 ? drop_tables(log, "log", err) : -1;
}

static int
runs_to_runs(struct sq_log *log, const struct parley_collection *c, struct parley_error *err)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text sql = { 0 };

	put_index_tables(&sql, c);
	if (clear_runs(log, c, err) != 0 || sq_exec(log->s->db, sql.s, err) != 0 ||
	    sq_log_set(log, c, true, err) != 0)
		return -1;
	return each_doc(log, index_doc, err);
}

static int
runs_to_rows(struct sq_log *log, const struct parley_collection *c, struct parley_error *err)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text sql = { 0 };

	sq_put_rows_table(&sql, c);
	if (clear_runs(log, c, err) != 0 || sq_exec(log->s->db, sql.s, err) != 0 ||
	    each_doc(log, insert_row, err) != 0)
		return -1;
	log_unset(log);
	if (run_for(log,
		"INSERT INTO \"floors.@\"(stream, seq) "
		"SELECT stream, max(last) FROM \"runs.@\" WHERE true GROUP BY stream "
		"ON CONFLICT(stream) DO UPDATE SET seq = max(seq, excluded.seq)",
		err) != 0)
		return -1;
	return run_for(
	    log, "DROP TABLE \"journal.@\"; DROP TABLE \"runs.@\"; DROP TABLE \"origins.@\"", err);
}

int
sq_log_migrate(
    struct sq_store *s, const struct parley_collection *c, bool from_runs, struct parley_error *err)
{
	struct sq_log *log = sq_log_new(s);
	int rc;

	if (!from_runs)
		rc = rows_to_runs(log, c, err);
	else if (sq_in_runs(c))
		rc = runs_to_runs(log, c, err);
	else
		rc = runs_to_rows(log, c, err);
	sq_log_free(&log);
	return rc;
}
