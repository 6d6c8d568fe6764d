/* SPDX-License-Identifier: MIT */
/* sqlite_contents.c - what a store holds, told and compared: digests of its tables, and how many
 * documents its collections have. */
#include "sqlite_upkeep.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Runs fn for each name that a query finds. 0, or what fn has returned. */
static int
each_name(sqlite3 *db, const char *query, int (*fn)(void *context, sqlite3 *db, const char *name),
    void *context, struct parley_error *err)
{
	sqlite3_stmt *st = sq_prepare(db, query, err);
	int rc = SQLITE_DONE, ok = 0;

	if (st == NULL)
		return -1;
	while (ok == 0 && (rc = sqlite3_step(st)) == SQLITE_ROW)
		ok = fn(context, db, sq_text(st, 0, NULL));
	if (ok == 0 && rc != SQLITE_DONE)
		ok = sq_fail(db, "look", err);
	sqlite3_finalize(st);
	return ok;
}

/* ---- digests ------------------------------------------------------------------------------ */

struct content {
	int64_t rows;
	uint64_t digest;
};

static uint64_t
digest_row(uint64_t digest, sqlite3_stmt *st)
{
	int columns = sqlite3_column_count(st);

	for (int i = 0; i < columns; i++) {
		int type = sqlite3_column_type(st, i);
		const void *bytes = sqlite3_column_blob(st, i); /* of a number: its digits */

		digest = sq_digest(digest, &(char){ (char)type }, 1);
		digest = sq_digest(digest, bytes, (size_t)sqlite3_column_bytes(st, i));
	}
	return digest;
}

static int
digest_table(sqlite3 *db, const char *table, struct content *c, struct parley_error *err)
{
	sqlite3_stmt *st = NULL;
	char *sql = sqlite3_mprintf("SELECT * FROM \"%w\"", table);
	int rc = sqlite3_prepare_v2(db, sql, -1, &st, NULL);

	*c = (struct content){ 0 };
	if (rc == SQLITE_OK) {
		while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
			c->digest = digest_row(c->digest, st);
			c->rows++;
		}
	}
	rc = rc == SQLITE_DONE ? 0 : sq_fail(db, "read", err);
	sqlite3_finalize(st);
	sqlite3_free(sql);
	return rc;
}

#define TABLES                                                                                     \
	"SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND "    \
	"name <> 'backup' ORDER BY name"

struct noting {
	sqlite3_stmt *insert;
	struct parley_error *err;
};

static int
note_table(void *context, sqlite3 *db, const char *table)
{
	struct noting *n = context;
	struct content c;

	if (digest_table(db, table, &c, n->err) != 0)
		return -1;
	sqlite3_bind_text(n->insert, 1, table, -1, SQLITE_STATIC);
	sqlite3_bind_int64(n->insert, 2, c.rows);
	sqlite3_bind_int64(n->insert, 3, (int64_t)c.digest);
	return sq_run(n->insert) == 0 ? 0 : sq_fail(db, "write", n->err);
}

int
sq_contents_note(sqlite3 *db, struct parley_error *err)
{
	struct noting n = { .err = err };
	int rc = -1;

	if (sq_exec(db,
		"CREATE TABLE backup(name TEXT PRIMARY KEY, rows INTEGER NOT NULL, "
		"digest INTEGER NOT NULL) WITHOUT ROWID",
		err) != 0)
		return -1;
	n.insert = sq_prepare(db, "INSERT INTO backup(name, rows, digest) VALUES(?1, ?2, ?3)", err);
	if (n.insert != NULL)
		rc = each_name(db, TABLES, note_table, &n, err);
	sqlite3_finalize(n.insert);
	return rc;
}

struct comparing {
	const struct parley_told *told;
	struct parley_error *err;
	sqlite3_stmt *look;
	int different;
};

static int
compare_table(void *context, sqlite3 *db, const char *table)
{
	struct comparing *n = context;
	struct content c;
	bool same;

	if (digest_table(db, table, &c, n->err) != 0)
		return -1;
	sqlite3_bind_text(n->look, 1, table, -1, SQLITE_STATIC);
	same = sqlite3_step(n->look) == SQLITE_ROW && sqlite3_column_int64(n->look, 0) == c.rows &&
	       sqlite3_column_int64(n->look, 1) == (int64_t)c.digest;
	sqlite3_reset(n->look);
	if (same)
		return 0;
	n->different = 1;
	sq_tell(n->told, "the table %s is not as it was when the backup was made", table);
	return 0;
}

int
sq_contents_compare(sqlite3 *db, const struct parley_told *told, struct parley_error *err)
{
	struct comparing n = { .told = told, .err = err };
	int rc;

	n.look = sq_prepare(db, "SELECT rows, digest FROM backup WHERE name = ?1", err);
	if (n.look == NULL)
		return parley_fail(err, PARLEY_NOT_FOUND, NULL,
		    "this is no backup that was made with parleyctl backup, or it is not whole");
	rc = each_name(db, TABLES, compare_table, &n, err);
	sqlite3_finalize(n.look);
	return rc == 0 ? n.different : -1;
}

/* ---- documents ---------------------------------------------------------------------------- */

struct telling {
	const struct parley_told *told;
	struct parley_error *err;
};

static int
ask(sqlite3 *db, const char *pattern, const char *name, int64_t *answer_r, struct parley_error *err)
{
	sqlite3_stmt *st = sq_prepare_for(db, pattern, name, err);
	int rc;

	if (st == NULL)
		return -1;
	rc = sqlite3_step(st);
	*answer_r = rc == SQLITE_ROW ? sqlite3_column_int64(st, 0) : 0;
	sqlite3_finalize(st);
	return rc == SQLITE_ROW ? 0 : sq_fail(db, "read", err);
}

/* Documents in a row of runs or of the journal. */
static int
count_records(const void *docs, size_t len, sqlite3_stmt *top, int64_t *count)
{
	struct sq_bytes bytes = { docs, (const char *)docs + len };
	struct sq_record r;
	int rc;

	while ((rc = sq_record_next(&bytes, &r)) == 1) {
		int64_t settled = 0;

		if (top != NULL) {
			sq_bind_text(top, SQ_KEY, r.stream, r.stream_len);
			if (sqlite3_step(top) == SQLITE_ROW)
				settled = sqlite3_column_int64(top, 0);
			sqlite3_reset(top);
		}
		*count += r.seq > settled;
	}
	return rc;
}

/* top: what is not above it is in a run too; NULL: count all. */
static int
count_in(sqlite3 *db, const char *pattern, const char *name, sqlite3_stmt *top, int64_t *count,
    struct parley_error *err)
{
	sqlite3_stmt *st = sq_prepare_for(db, pattern, name, err);
	int rc = SQLITE_DONE, ok = st != NULL ? 0 : -1;

	while (ok == 0 && (rc = sqlite3_step(st)) == SQLITE_ROW)
		if (count_records(sqlite3_column_blob(st, 0), (size_t)sqlite3_column_bytes(st, 0),
			top, count) < 0)
			ok = sq_damaged(err);
	if (ok == 0 && rc != SQLITE_DONE)
		ok = sq_fail(db, "read", err);
	sqlite3_finalize(st);
	return ok;
}

static int
count_runs(sqlite3 *db, const char *name, int64_t *count, struct parley_error *err)
{
	sqlite3_stmt *top = sq_prepare_for(db,
	    "SELECT max(coalesce((SELECT last FROM \"runs.@\" WHERE stream = ?1 "
	    "ORDER BY seq DESC LIMIT 1), 0), coalesce((SELECT seq FROM \"floors.@\" "
	    "WHERE stream = ?1), 0))",
	    name, err);
	int rc = -1;

	*count = 0;
	if (top != NULL)
		rc = count_in(db, "SELECT docs FROM \"runs.@\"", name, NULL, count, err);
	if (rc == 0)
		rc = count_in(db, "SELECT docs FROM \"journal.@\"", name, top, count, err);
	sqlite3_finalize(top);
	return rc;
}

static int
tell_collection(void *context, sqlite3 *db, const char *name)
{
	struct telling *t = context;
	int64_t kind = 0, count = 0;
	int rc;

	if (ask(db,
		"SELECT (declaration LIKE 'runs%') + 2 * (declaration LIKE 'log%') "
		"FROM collections WHERE name = '@'",
		name, &kind, t->err) != 0)
		return -1;
	if (kind == 1)
		rc = count_runs(db, name, &count, t->err);
	else
		rc = ask(db,
		    kind == 2 ? "SELECT count(*) FROM \"log.@\""
			      : "SELECT count(*) FROM \"docs.@\"",
		    name, &count, t->err);
	if (rc == 0)
		sq_tell(t->told, "%s: %" PRId64, name, count);
	return rc;
}

int
sq_contents_tell(sqlite3 *db, const struct parley_told *told, struct parley_error *err)
{
	struct telling t = { told, err };

	return each_name(
	    db, "SELECT name FROM collections ORDER BY name", tell_collection, &t, err);
}
