/* SPDX-License-Identifier: MIT */
/* sqlite.h - what the files of this module share: one data base file, one connection that writes,
 * some that read.
 *
 * SQL text is made of constants and of names that the core has checked to be [a-z_]{1,30}, from
 * declarations in the program itself. Everything else is bound. */
#ifndef STORE_SQLITE_H
#define STORE_SQLITE_H

#include <parley/backend.h>
#include <pthread.h>
#include <sqlite3.h>

/* Parameters have the same number in every statement. */
enum {
	SQ_KEY = 1, /* or the stream */
	SQ_DOC,
	SQ_SEQ,
	SQ_ORIGIN,
	SQ_NOW,
	SQ_ID,
	SQ_LIMIT,
	SQ_LAST, /* seq of a run */
	SQ_FIELD /* the first of the collection's fields, or of a query's conditions */
};

/* Statements of the writer for one collection, prepared when they are first used. */
enum sq_statement {
	SQ_PUT,
	SQ_INSERT,
	SQ_FIND, /* id, expiry, doc, seq, stream of a key */
	SQ_UPDATE,
	SQ_DELETE,
	SQ_CLEAR,     /* removes what has expired and stands in the way */
	SQ_EXPIRED,   /* id, stream, seq of what has expired */
	SQ_TOP,       /* the last seq of a stream, also of removed documents */
	SQ_FLOOR,     /* remembers the seq of a removed document */
	SQ_BY_ORIGIN, /* the same as SQ_FIND */
	SQ_STATEMENTS
};

#define SQ_BUSY_MS 10000 /* how long another program may hold a lock */

#define SQ_TOPS 8192 /* a power of 2 */

/* The last seq of a stream: a place in a table that forgets. */
struct sq_top {
	char *stream;
	int64_t seq;
};

struct sq_log; /* sqlite_log.h */

struct sq_collection {
	struct sq_collection *next;
	const struct parley_collection *c;
	unsigned fields;
	int expires; /* number of the field, or PARLEY_NO_FIELD */
	sqlite3_stmt *statements[SQ_STATEMENTS];
	struct sq_top *tops; /* of a log: SQ_TOPS; else NULL */
	struct sq_log *log;  /* of a log that is kept in runs; else NULL */
};

struct sq_store {
	char *path;
	int lock_file;
	sqlite3 *db; /* the connection that writes */
	sqlite3_stmt *begin, *commit, *rollback;
	pthread_mutex_t lock; /* for the list of collections, which readers look at too */
	struct sq_collection *collections;
	int wal_pages;     /* in the log */
	int checkpoint_at; /* no attempt to move them into the file before there are so many */
	int tell_at;       /* who watches is told when there are so many */
	bool failed;       /* the disk failed: nothing more is promised */
};

/* A write under way. Functions that take it return 0, or -1 with err when the whole batch has to
 * fail; what is wrong with this write alone goes to w. */
struct sq_step {
	struct sq_store *s;
	struct sq_collection *sc;
	struct parley_write *w;
	int64_t now;
	struct parley_error *err;
};

/* ---- sqlite_tool.c ------------------------------------------------------------------------ */

/* Memory for size bytes, zeroed; aborts when there is none. */
void *sq_alloc(size_t size);

/* Says that a statement of the step failed. Returns -1. */
int sq_step_fail(const struct sq_step *p);

/* Refuses the write of the step. Returns 0: the batch goes on. */
int sq_conflict(const struct sq_step *p, const char *why);

/* Fills err from the data base's last error. Returns -1. PARLEY_LIMIT: the disk is full. */
int sq_fail(sqlite3 *db, const char *what, struct parley_error *err);

/* Runs statements without results. 0 or -1. */
int sq_exec(sqlite3 *db, const char *sql, struct parley_error *err);

/* Prepares a statement that will be used often: new, or NULL. */
sqlite3_stmt *sq_prepare(sqlite3 *db, const char *sql, struct parley_error *err);

/* Appends the pattern with name in place of each @; prepares that. */
void sq_put_for(struct parley_text *sql, const char *pattern, const char *name);
sqlite3_stmt *sq_prepare_for(
    sqlite3 *db, const char *pattern, const char *name, struct parley_error *err);

/* Runs a statement to its end, resets it: 0, or the code of SQLite. */
int sq_run(sqlite3_stmt *st);

/* The text of a column, "" for none. *len_r (may be NULL): its bytes. Until the next step. */
const char *sq_text(sqlite3_stmt *st, int column, size_t *len_r);

/* Says that the file is damaged. Returns -1. */
int sq_damaged(struct parley_error *err);
/* Logs why reading a collection has failed; the same again at most once a minute: a damaged page
 * may be asked for all the time. Any thread. */
void sq_tell_failed(const struct parley_collection *c, const struct parley_error *why);

/* Appends a quoted name: of the collection's table, of the table that keeps the seq of removed
 * documents, of the column of a field. */
void sq_put_table(struct parley_text *sql, const struct parley_collection *c);
void sq_put_floors(struct parley_text *sql, const struct parley_collection *c);
void sq_put_column(struct parley_text *sql, const struct parley_collection *c, int field);

void sq_bind_text(sqlite3_stmt *st, int at, const char *s, size_t len);
void sq_bind_values(sqlite3_stmt *st, const struct parley_collection *c, unsigned fields,
    const struct parley_value *values);

/* ---- sqlite_file.c ------------------------------------------------------------------------ */

int sq_open(const char *location, void **state_r, struct parley_error *err);
void sq_close(void *state);
int sq_stored(void *state, const struct parley_found *found, struct parley_error *err);
int sq_exists(const char *location, struct parley_error *err);
/* Locks the directory of a store as long as the descriptor is open; the kernel frees it when the
 * process dies. 0 or -1: PARLEY_CONFLICT when a process has it. */
int sq_lock(const char *directory, int *fd_r, struct parley_error *err);
/* A connection to a data base, over our own file system. 0 or -1. */
int sq_connect(const char *path, int flags, sqlite3 **db_r, struct parley_error *err);

/* ---- sqlite_wal_check.c ------------------------------------------------------------------- */

/* Whether the log of a data base that nobody has open still has all commits that were written to
 * it. SQLite would drop those behind a damaged one without a word. 0 or -1. */
int sq_wal_check(const char *path, struct parley_error *err);

/* ---- sqlite_declare.c --------------------------------------------------------------------- */

int sq_declare(void *state, const struct parley_collection *c, struct parley_error *err);
/* Makes the tables of a new log in rows, whatever is declared: sq_declare then makes of them what
 * is. In a transaction. */
int sq_declare_rows(
    struct sq_store *s, const struct parley_collection *c, struct parley_error *err);
/* Appends how the table of a log that is kept in rows is made; the columns of fields, each with a
 * comma behind it. */
void sq_put_rows_table(struct parley_text *sql, const struct parley_collection *c);
void sq_put_field_columns(struct parley_text *sql, const struct parley_collection *c);

/* ---- sqlite_collection.c ------------------------------------------------------------------ */

/* The collection, which has been declared. */
struct sq_collection *sq_collection(struct sq_store *s, const struct parley_collection *c);
/* Opens a collection whose tables are made, or takes it with its new declaration: with its log,
 * whose journal is settled when a crash left something there. 0 or -1. Under the store's lock. */
int sq_collection_set(
    struct sq_store *s, const struct parley_collection *c, struct parley_error *err);
/* Settles the tail of the collection with this name before it is declared anew: its documents are
 * in tables then. 0, also when there is none, or -1. */
int sq_collection_flush(struct sq_store *s, const char *name, struct parley_error *err);
void sq_collections_free(struct sq_store *s);

/* ---- sqlite_statement.c ------------------------------------------------------------------- */

/* The statement, ready to be bound, or NULL with err. Reset it after use. */
sqlite3_stmt *sq_statement(struct sq_store *s, struct sq_collection *sc, enum sq_statement which,
    struct parley_error *err);
void sq_put_insert(struct parley_text *sql, const struct parley_collection *c);

/* ---- sqlite_write.c ----------------------------------------------------------------------- */

int sq_write(void *state, struct parley_write *batch, struct parley_error *err);
/* The last seq of a stream, also of a removed document; 0: none. */
int sq_top_get(const struct sq_step *p, const char *stream, int64_t *seq_r);
void sq_top_set(struct sq_collection *sc, const char *stream, int64_t seq);
/* Remembers the seq of a document that goes, when it is the last of its stream. */
int sq_floor_put(const struct sq_step *p, const char *stream, int64_t seq);
/* Forgets the last seq of all streams. */
void sq_tops_clear(struct sq_collection *sc);
/* SQLite calls it after each commit. */
int sq_wal_hook(void *state, sqlite3 *db, const char *name, int pages);

/* ---- sqlite_read.c ------------------------------------------------------------------------ */

int sq_reader_open(void *state, void **reader_r, struct parley_error *err);
int sq_get(void *reader, const struct parley_collection *c, const char *key,
    const struct parley_found *found, struct parley_error *err);
int sq_find(void *reader, const struct parley_collection *c, const struct parley_query *query,
    const struct parley_found *found, struct parley_error *err);
int sq_floors(void *reader, const struct parley_collection *c, const char *after,
    const struct parley_found *found, struct parley_error *err);
int64_t sq_count(void *reader, const struct parley_collection *c, const struct parley_query *query,
    uint32_t max, struct parley_error *err);
void sq_reader_close(void *reader);

/* The SQL of a find, or of a count. For tests too. */
void sq_find_sql(struct parley_text *sql, const struct parley_collection *c,
    const struct parley_query *query, const struct parley_plan *plan, bool count);

#endif
