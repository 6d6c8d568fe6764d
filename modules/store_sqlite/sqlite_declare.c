/* SPDX-License-Identifier: MIT */
/* sqlite_declare.c - the table and the indexes of a collection, made, checked or migrated, always
 * in one transaction. */
#include "sqlite_log.h"

#include <parley/log.h>
#include <string.h>

/* An index that a table is to have. */
struct wanted {
	struct parley_text name, sql;
};
#define WANTED_MAX (PARLEY_INDEXES_MAX + 3)

struct job {
	struct sq_store *s;
	sqlite3 *db;
	const struct parley_collection *c;
	struct wanted wanted[WANTED_MAX];
	unsigned wanted_count;
	bool fill[PARLEY_FIELDS_MAX]; /* columns that are new, and empty */
	struct parley_text drops;     /* statements that drop columns */
	struct parley_error *err;
};

/* ---- what is wanted ----------------------------------------------------------------------- */

/* The declaration as text: when it changes, the version has to rise. */
static void
describe(struct parley_text *t, const struct parley_collection *c)
{
	parley_text_puts(t, sq_in_runs(c) ? SQ_KIND_RUNS : c->log ? SQ_KIND_ROWS : "documents\n");
	parley_describe(t, c);
}

/* Begins the next index; its columns follow. */
static struct wanted *
want(struct job *j, const char *kind, bool unique)
{
	struct wanted *w;

	parley_assert(j->wanted_count < WANTED_MAX);
	w = &j->wanted[j->wanted_count++];
	parley_text_printf(&w->name, "%s.%s", kind, j->c->name);
	parley_text_puts(&w->sql, unique ? "CREATE UNIQUE INDEX \"" : "CREATE INDEX \"");
	return w;
}

static void
want_declared(struct job *j, int number)
{
	const struct parley_index *index = &j->c->indexes[number];
	struct wanted *w = want(j, index->unique ? "unique" : "index", index->unique);
	int order[PARLEY_ORDER_MAX];
	unsigned n = parley_index_order(j->c, number, order), own = 0;
	const char *glue = " WHERE ";

	for (; own < 4 && index->fields[own] != NULL; own++)
		parley_text_printf(&w->name, ".%s", index->fields[own]);
	parley_text_printf(&w->sql, "%s\" ON ", w->name.s);
	sq_put_table(&w->sql, j->c);
	for (unsigned i = 0; i < (index->unique ? own : n); i++) {
		parley_text_puts(&w->sql, i > 0 ? ", " : "(");
		sq_put_column(&w->sql, j->c, order[i]);
	}
	parley_text_putc(&w->sql, ')');
	for (unsigned i = 0; index->sparse && i < own; i++) {
		if (order[i] < 0) /* never absent */
			continue;
		parley_text_puts(&w->sql, glue);
		sq_put_column(&w->sql, j->c, order[i]);
		parley_text_puts(&w->sql, " IS NOT NULL");
		glue = " AND ";
	}
}

static void
want_own(struct job *j, const char *kind, bool unique, const char *columns)
{
	struct wanted *w = want(j, kind, unique);

	parley_text_printf(&w->sql, "%s\" ON ", w->name.s);
	sq_put_table(&w->sql, j->c);
	parley_text_puts(&w->sql, columns);
}

static void
want_expiry(struct job *j)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text columns = { 0 };
	int field = parley_field_number(j->c, j->c->expires);

	parley_text_putc(&columns, '(');
	sq_put_column(&columns, j->c, field);
	parley_text_puts(&columns, ") WHERE ");
	sq_put_column(&columns, j->c, field);
	parley_text_puts(&columns, " IS NOT NULL");
	want_own(j, "expires", false, columns.s);
}

static void
want_all(struct job *j)
{
	unsigned indexes = parley_index_count(j->c);

	bool in_runs = sq_in_runs(j->c);

	if (j->c->log && !in_runs) {
		want_own(j, "seq", true, "(stream, seq)");
		want_own(j, "origin", true, "(origin) WHERE origin IS NOT NULL");
	}
	for (unsigned i = 0; i < indexes; i++)
		if (!in_runs || j->c->indexes[i].sparse) /* else a map serves it */
			want_declared(j, (int)i);
	if (j->c->expires != NULL)
		want_expiry(j);
}

static void
job_fini(struct job *j)
{
	parley_text_fini(&j->drops);
	for (unsigned i = 0; i < j->wanted_count; i++) {
		parley_text_fini(&j->wanted[i].name);
		parley_text_fini(&j->wanted[i].sql);
	}
}

/* ---- making it so ------------------------------------------------------------------------- */

void
sq_put_field_columns(struct parley_text *sql, const struct parley_collection *c)
{
	unsigned fields = parley_field_count(c);

	for (unsigned i = 0; i < fields; i++) {
		sq_put_column(sql, c, (int)i);
		parley_text_puts(
		    sql, c->fields[i].type == PARLEY_FIELD_INT ? " INTEGER, " : " TEXT, ");
	}
}

void
sq_put_rows_table(struct parley_text *sql, const struct parley_collection *c)
{
	parley_text_puts(sql, "CREATE TABLE ");
	sq_put_table(sql, c);
	parley_text_puts(sql, "(id INTEGER PRIMARY KEY, ");
	parley_text_puts(sql, c->log ? "stream TEXT NOT NULL, seq INTEGER NOT NULL, origin TEXT, "
				     : "key TEXT NOT NULL UNIQUE, ");
	sq_put_field_columns(sql, c);
	parley_text_puts(sql, "doc TEXT NOT NULL)");
}

static int
create_table(struct job *j)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text sql = { 0 };

	if (j->c->log) {
		parley_text_puts(&sql, "CREATE TABLE ");
		sq_put_floors(&sql, j->c);
		parley_text_puts(
		    &sql, "(stream TEXT PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID;");
	}
	if (sq_in_runs(j->c))
		return sq_exec(j->db, sql.s, j->err) == 0 ? sq_log_create(j->db, j->c, j->err) : -1;
	sq_put_rows_table(&sql, j->c);
	return sq_exec(j->db, sql.s, j->err);
}

/* A statement with the table's name, unquoted, as its first parameter; or NULL. */
static sqlite3_stmt *
ask_of_table(struct job *j, const char *sql)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text name = { 0 };
	sqlite3_stmt *st = sq_prepare(j->db, sql, j->err);

	if (st == NULL)
		return NULL;
	parley_text_printf(&name, "%s.%s", j->c->log ? "log" : "docs", j->c->name);
	sqlite3_bind_text(st, 1, name.s, (int)name.len, SQLITE_TRANSIENT);
	return st;
}

/* Runs the statements that were collected while another was walking the schema. */
static int
run_collected(struct job *j, const struct parley_text *sql)
{
	return sql->s != NULL ? sq_exec(j->db, sql->s, j->err) : 0;
}

/* The field of a column with this name and type, or PARLEY_NO_FIELD. */
static int
field_of_column(const struct job *j, const char *name, const char *type)
{
	int field = parley_field_number(j->c, name + 2); /* without "f." */

	if (field < 0)
		return PARLEY_NO_FIELD;
	if ((strcmp(type, "INTEGER") == 0) != (j->c->fields[field].type == PARLEY_FIELD_INT))
		return PARLEY_NO_FIELD;
	return field;
}

/* Notes which fields have no column yet, and which columns no field is for. */
static int
compare_columns(struct job *j)
{
	unsigned fields = parley_field_count(j->c);
	sqlite3_stmt *st =
	    ask_of_table(j, "SELECT name, type FROM pragma_table_info(?1) WHERE name LIKE 'f.%'");
	int rc;

	if (st == NULL)
		return -1;
	for (unsigned i = 0; i < fields; i++)
		j->fill[i] = true;
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		const char *name = sq_text(st, 0, NULL);
		int field = field_of_column(j, name, sq_text(st, 1, NULL));

		if (field >= 0) {
			j->fill[field] = false;
			continue;
		}
		parley_text_puts(&j->drops, "ALTER TABLE ");
		sq_put_table(&j->drops, j->c);
		parley_text_printf(&j->drops, " DROP COLUMN \"%s\";", name);
	}
	sqlite3_finalize(st);
	return rc == SQLITE_DONE ? 0 : sq_fail(j->db, "look", j->err);
}

/* True for an index that can stay. */
static bool
is_wanted(const struct job *j, const char *name, const char *sql)
{
	if (j->drops.s != NULL) /* it may be of a column that goes, or comes back as another */
		return false;
	for (unsigned i = 0; i < j->wanted_count; i++)
		if (strcmp(j->wanted[i].name.s, name) == 0)
			return strcmp(j->wanted[i].sql.s, sql) == 0;
	return false;
}

static int
drop_indexes(struct job *j)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text drops = { 0 };
	sqlite3_stmt *st =
	    ask_of_table(j, "SELECT name, sql FROM sqlite_schema "
			    "WHERE type = 'index' AND tbl_name = ?1 AND sql IS NOT NULL");
	int rc;

	if (st == NULL)
		return -1;
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		const char *name = sq_text(st, 0, NULL);

		if (!is_wanted(j, name, sq_text(st, 1, NULL)))
			parley_text_printf(&drops, "DROP INDEX \"%s\";", name);
	}
	sqlite3_finalize(st);
	return rc == SQLITE_DONE ? run_collected(j, &drops) : sq_fail(j->db, "look", j->err);
}

static int
change_columns(struct job *j)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text adds = { 0 };
	unsigned fields = parley_field_count(j->c);

	for (unsigned i = 0; i < fields; i++) {
		if (!j->fill[i])
			continue;
		parley_text_puts(&adds, "ALTER TABLE ");
		sq_put_table(&adds, j->c);
		parley_text_puts(&adds, " ADD COLUMN ");
		sq_put_column(&adds, j->c, (int)i);
		parley_text_puts(
		    &adds, j->c->fields[i].type == PARLEY_FIELD_INT ? " INTEGER;" : " TEXT;");
	}
	return run_collected(j, &j->drops) == 0 ? run_collected(j, &adds) : -1;
}

/* "UPDATE table SET new columns WHERE id", and "SELECT id, doc" of the next row; or NULL. */
static sqlite3_stmt *
prepare_fill(struct job *j, bool update)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text sql = { 0 };
	unsigned fields = parley_field_count(j->c), n = 0;

	parley_text_puts(&sql, update ? "UPDATE " : "SELECT id, doc FROM ");
	sq_put_table(&sql, j->c);
	for (unsigned i = 0; update && i < fields; i++) {
		if (!j->fill[i])
			continue;
		parley_text_puts(&sql, n++ > 0 ? ", " : " SET ");
		sq_put_column(&sql, j->c, (int)i);
		parley_text_printf(&sql, " = ?%u", SQ_FIELD + i);
	}
	if (update)
		parley_text_printf(&sql, " WHERE id = ?%d", SQ_ID);
	else
		parley_text_printf(&sql, " WHERE id > ?%d ORDER BY id LIMIT 1", SQ_ID);
	return sq_prepare(j->db, sql.s, j->err);
}

/* Fills the new columns of one row. */
static int
fill_row(struct job *j, sqlite3_stmt *update, int64_t id, const char *doc, size_t len)
{
	unsigned fields = parley_field_count(j->c);
	struct parley_value values[PARLEY_FIELDS_MAX];
	void *scratch = NULL;
	int rc;

	if (parley_fields(j->c, doc, len, values, &scratch, j->err) != 0)
		return -1;
	sqlite3_bind_int64(update, SQ_ID, id);
	sq_bind_values(update, j->c, fields, values);
	rc = sq_run(update);
	parley_merge_free(&scratch);
	return rc == 0 ? 0 : sq_fail(j->db, "fill a column", j->err);
}

static int
fill_rows(struct job *j, sqlite3_stmt *next, sqlite3_stmt *update)
{
	int64_t id = INT64_MIN;
	const char *doc;
	size_t len;
	int rc;

	for (;;) {
		sqlite3_bind_int64(next, SQ_ID, id);
		rc = sqlite3_step(next);
		if (rc != SQLITE_ROW)
			break;
		id = sqlite3_column_int64(next, 0);
		doc = sq_text(next, 1, &len);
		rc = fill_row(j, update, id, doc, len);
		if (rc != 0)
			return -1;
		sqlite3_reset(next);
	}
	return rc == SQLITE_DONE ? 0 : sq_fail(j->db, "read a table", j->err);
}

static int
fill_columns(struct job *j)
{
	unsigned fields = parley_field_count(j->c);
	sqlite3_stmt *next, *update;
	bool any = false;
	int rc = -1;

	for (unsigned i = 0; i < fields; i++)
		any = any || j->fill[i];
	if (!any)
		return 0;
	next = prepare_fill(j, false);
	update = prepare_fill(j, true);
	if (next != NULL && update != NULL)
		rc = fill_rows(j, next, update);
	sqlite3_finalize(next);
	sqlite3_finalize(update);
	return rc;
}

static int
index_exists(struct job *j, const char *name, bool *exists_r)
{
	sqlite3_stmt *st = sq_prepare(
	    j->db, "SELECT 1 FROM sqlite_schema WHERE type = 'index' AND name = ?1", j->err);
	int rc;

	if (st == NULL)
		return -1;
	sqlite3_bind_text(st, 1, name, -1, SQLITE_STATIC);
	rc = sqlite3_step(st);
	*exists_r = rc == SQLITE_ROW;
	sqlite3_finalize(st);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : sq_fail(j->db, "look", j->err);
}

static int
create_indexes(struct job *j)
{
	for (unsigned i = 0; i < j->wanted_count; i++) {
		bool exists = false;

		if (index_exists(j, j->wanted[i].name.s, &exists) != 0)
			return -1;
		if (exists)
			continue;
		if (sq_exec(j->db, j->wanted[i].sql.s, j->err) == 0)
			continue;
		if ((sqlite3_errcode(j->db) & 0xff) != SQLITE_CONSTRAINT)
			return -1;
		return parley_fail(j->err, PARLEY_CONFLICT, NULL,
		    "collection '%s': stored documents break a unique index of version %u",
		    j->c->name, j->c->version);
	}
	return 0;
}

/* ---- versions ----------------------------------------------------------------------------- */

/* The version that is stored, -1 when there is none, and its declaration. */
static int
read_version(struct job *j, int64_t *version_r, struct parley_text *declaration)
{
	sqlite3_stmt *st = sq_prepare(
	    j->db, "SELECT version, declaration FROM collections WHERE name = ?1", j->err);
	int rc;

	if (st == NULL)
		return -1;
	sqlite3_bind_text(st, 1, j->c->name, -1, SQLITE_STATIC);
	rc = sqlite3_step(st);
	*version_r = -1;
	if (rc == SQLITE_ROW) {
		*version_r = sqlite3_column_int64(st, 0);
		parley_text_puts(declaration, sq_text(st, 1, NULL));
	}
	sqlite3_finalize(st);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : sq_fail(j->db, "look", j->err);
}

static int
write_version(struct job *j, const struct parley_text *declaration)
{
	sqlite3_stmt *st = sq_prepare(j->db,
	    "INSERT INTO collections(name, version, declaration) VALUES(?1, ?2, ?3) "
	    "ON CONFLICT(name) DO UPDATE SET version = ?2, declaration = ?3",
	    j->err);
	int rc;

	if (st == NULL)
		return -1;
	sqlite3_bind_text(st, 1, j->c->name, -1, SQLITE_STATIC);
	sqlite3_bind_int64(st, 2, j->c->version);
	sq_bind_text(st, 3, declaration->s, declaration->len);
	rc = sq_run(st);
	sqlite3_finalize(st);
	return rc == 0 ? 0 : sq_fail(j->db, "note a version", j->err);
}

int
sq_declare_rows(struct sq_store *s, const struct parley_collection *c, struct parley_error *err)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text sql = { 0 }, own = { 0 }, rows = { 0 };
	struct job j = { .s = s, .db = s->db, .c = c, .err = err };

	describe(&own, c);
	parley_text_puts(&rows, SQ_KIND_ROWS);
	parley_text_puts(&rows, strchr(own.s, '\n') + 1);
	parley_text_puts(&sql, "CREATE TABLE ");
	sq_put_floors(&sql, c);
	parley_text_puts(&sql, "(stream TEXT PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID;");
	sq_put_rows_table(&sql, c);
	sq_put_for(&sql, ";CREATE UNIQUE INDEX \"seq.@\" ON \"log.@\"(stream, seq)", c->name);
	return sq_exec(j.db, sql.s, err) == 0 ? write_version(&j, &rows) : -1;
}

static bool
begins(const struct parley_text *declaration, const char *kind)
{
	return declaration->len >= strlen(kind) && memcmp(declaration->s, kind, strlen(kind)) == 0;
}

static int
migrate(struct job *j, int64_t from, const struct parley_text *declaration)
{
	bool runs = begins(declaration, SQ_KIND_RUNS);

	if ((runs || begins(declaration, SQ_KIND_ROWS)) != j->c->log)
		return parley_fail(j->err, PARLEY_INTERNAL, NULL,
		    "collection '%s' cannot change between log and documents", j->c->name);
	parley_log_info("store", "collection=%s migrates from=%lld to=%u", j->c->name,
	    (long long)from, j->c->version);
	if (runs || sq_in_runs(j->c))
		return sq_log_migrate(j->s, j->c, runs, j->err) == 0 ? create_indexes(j) : -1;
	if (compare_columns(j) != 0 || drop_indexes(j) != 0 || change_columns(j) != 0 ||
	    fill_columns(j) != 0)
		return -1;
	return create_indexes(j);
}

/* True when a log is only kept in another way than it was: that is our business alone. */
static bool
differ_in_kind(const struct parley_text *stored, const struct parley_text *declared)
{
	const char *a = stored->s != NULL ? strchr(stored->s, '\n') : NULL;

	return a != NULL && !begins(stored, "documents\n") && !begins(declared, "documents\n") &&
	       strcmp(a, strchr(declared->s, '\n')) == 0;
}

/* In a transaction. */
static int
settle(struct job *j)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text stored = { 0 };
	PARLEY_AUTO(parley_text_fini) struct parley_text declared = { 0 };
	int64_t version;
	int rc;

	describe(&declared, j->c);
	if (read_version(j, &version, &stored) != 0)
		return -1;
	if (version > (int64_t)j->c->version)
		return parley_fail(j->err, PARLEY_INTERNAL, NULL,
		    "collection '%s' has version %lld, newer than %u, which this program knows",
		    j->c->name, (long long)version, j->c->version);
	if (version == (int64_t)j->c->version) {
		if (stored.s != NULL && strcmp(stored.s, declared.s) == 0)
			return 0;
		if (differ_in_kind(&stored, &declared)) {
			want_all(j);
			return migrate(j, version, &stored) == 0 ? write_version(j, &declared) : -1;
		}
		return parley_fail(j->err, PARLEY_INTERNAL, NULL,
		    "collection '%s' was declared otherwise before: raise its version %u",
		    j->c->name, j->c->version);
	}
	want_all(j);
	if (version >= 0)
		rc = migrate(j, version, &stored);
	else
		rc = create_table(j) == 0 ? create_indexes(j) : -1;
	return rc == 0 ? write_version(j, &declared) : -1;
}

int
sq_declare(void *state, const struct parley_collection *c, struct parley_error *err)
{
	struct sq_store *s = state;
	struct job j = { .s = s, .db = s->db, .c = c, .err = err };
	int rc = -1;

	if (s->failed)
		return parley_fail(err, PARLEY_INTERNAL, NULL, "the disk of the store has failed");
	if (sq_collection_flush(s, c->name, err) != 0)
		return -1;
	if (sq_run(s->begin) != 0) {
		sq_fail(s->db, "begin a transaction", err);
	} else if (settle(&j) == 0) {
		rc = sq_run(s->commit) == 0 ? 0 : sq_fail(s->db, "commit", err);
		s->failed = rc != 0 && err->code == PARLEY_INTERNAL;
	}
	job_fini(&j);
	if (!sqlite3_get_autocommit(s->db))
		s->failed = sq_run(s->rollback) != 0 || s->failed;
	if (rc != 0)
		return -1;
	pthread_mutex_lock(&s->lock);
	rc = sq_collection_set(s, c, err);
	pthread_mutex_unlock(&s->lock);
	return rc;
}
