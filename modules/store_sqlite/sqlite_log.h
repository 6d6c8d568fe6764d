/* SPDX-License-Identifier: MIT */
/* sqlite_log.h - logs that are kept in runs: all but those whose declaration asks for what only a
 * row for each document can give (see sq_in_runs).
 *
 * A commit writes its new documents as they come, all in one row of the journal, so that it touches
 * few pages. They stay in memory too, as the tail of the log. When there are enough of them they
 * are settled, a part with each commit: consecutive documents of a stream become one row of the
 * runs, and their origins and unique members go into maps. Their journal rows are removed with the
 * last of it. After a crash the journal is settled when the collection is declared.
 *
 * What is settled twice is harmless: a document whose seq is not above the top of its stream's runs
 * has been written; maps replace. A document with a member that a sparse index is on is in a row of
 * its own too, which only that index needs, from its commit on.
 *
 * Tables: journal.NAME, runs.NAME, origins.NAME, names.NAME.FIELD, and log.NAME for the sparse
 * indexes. floors.NAME as for all logs. */
#ifndef STORE_SQLITE_LOG_H
#define STORE_SQLITE_LOG_H

#include "sqlite.h"

#include <parley/table.h>
#include <stdatomic.h>

/* True for a log that is kept in runs: nothing expires, and each index is sparse or of one text
 * that is unique. */
bool sq_in_runs(const struct parley_collection *c);

/* Documents in the tail from which on they are settled. Tests set it. */
extern unsigned sq_tail_max;

/* Documents of all logs that are in memory until they are settled. Any thread. */
extern _Atomic(unsigned) sq_tail_docs;

/* ---- sqlite_record.c: documents as bytes --------------------------------------------------- */

/* Texts end with NUL, but for json. */
struct sq_record {
	int64_t seq;
	const char *stream, *origin, *json; /* stream is "" in a run */
	size_t stream_len, origin_len, json_len;
};

size_t sq_record_size(const struct sq_record *r);

/* Writes it and returns the end; *copy_r (may be NULL) is r with its texts in what was written. */
char *sq_record_put(char *to, const struct sq_record *r, struct sq_record *copy_r);

/* Bytes that are read one record after the other. */
struct sq_bytes {
	const char *at, *end;
};
/* Of a text; an empty one may have no memory. */
static inline struct sq_bytes
sq_bytes_of(const struct parley_text *text)
{
	return (struct sq_bytes){ text->s, text->len > 0 ? text->s + text->len : text->s };
}

/* 1 with the next one, which points into the bytes; 0 at the end; -1 when they are damaged. */
int sq_record_next(struct sq_bytes *bytes, struct sq_record *r);

/* The record with this seq: as above. */
int sq_record_find(const char *run, size_t len, int64_t seq, struct sq_record *r);

/* ---- sqlite_map.c: where documents are that a text names ------------------------------------- */

/* A document in a run. A map may still name a place where it is no more, or is another by now: who
 * asks has to look. */
struct sq_place {
	int64_t run, seq;
};

struct sq_key {
	const char *text;
	size_t len;
	struct sq_place place;
};

/* A table of the writer: some keys in order, packed, to a row. */
struct sq_map {
	sqlite3 *db;
	sqlite3_stmt *below, *above, *put, *drop;
};

/* Prepares the statements on a table that exists. 0 or -1. */
int sq_map_open(struct sq_map *m, sqlite3 *db, const char *table, struct parley_error *err);
void sq_map_close(struct sq_map *m);
void sq_map_create_sql(struct parley_text *sql, const char *table);

/* Adds keys, or gives them another place; best in ascending order. 0 or -1. */
int sq_map_put(struct sq_map *m, const struct sq_key *keys, size_t count, struct parley_error *err);

/* Takes a key out, if it names the document with this seq. 0 or -1. */
int sq_map_drop(
    struct sq_map *m, const char *text, size_t len, int64_t seq, struct parley_error *err);

/* 0 with *found_r, or -1. */
int sq_map_find(struct sq_map *m, const char *text, size_t len, struct sq_place *place_r,
    bool *found_r, struct parley_error *err);

/* The greatest key that is not above text (NULL: of all), or "". 0 or -1. */
int sq_map_last(
    struct sq_map *m, const char *text, struct parley_text *key_r, struct parley_error *err);

/* The keys of a row, one after the other. Starts with the row's bytes and an empty key. */
struct sq_walk {
	struct sq_bytes bytes;
	struct parley_text key;
	struct sq_place place;
};
int sq_walk_next(struct sq_walk *w); /* as sq_record_next */

/* ---- sqlite_tail.c: documents in the journal, in memory -------------------------------------- */

struct sq_fresh {
	struct sq_record r;
	struct sq_block *block;
	struct sq_fresh *older;       /* whose origin has the same head */
	int64_t run;                  /* that it is in; 0: in none yet */
	bool noted;                   /* its origin and names are in their maps, or are void */
	_Atomic bool in_run, in_maps; /* committed: readers find it there */
	const char **names;           /* values of the fields in names; each may be NULL */
};

/* The documents of a commit. */
struct sq_block {
	struct sq_block *next;
	_Atomic unsigned refs;
	int64_t id; /* its row in the journal */
	unsigned count, room;
	char *bytes, *end; /* records, as in the journal */
	char *texts;       /* of names */
	struct sq_fresh docs[];
};

/* The documents of one stream in the tail, in order. */
struct sq_stream {
	struct sq_fresh **docs;
	unsigned count, room;
	char name[];
};

/* Origins that differ only in the number at their end, as those of one session of a client do: an
 * origin with a greater number than all of them is new, and that is all that needs to be known. */
struct sq_head {
	int64_t greatest; /* number ever seen, or more */
	struct sq_fresh *newest;
	char text[];
};

/* Settling under way: what it was at the beginning of the transaction is kept beside it. */
struct sq_progress {
	unsigned runs, origins, names; /* documents done with */
	bool ended;
};

struct sq_settling {
	struct sq_fresh **runs, **origins, **names; /* the same documents in three orders */
	unsigned count, origin_count;
	int64_t last; /* row of the journal */
	struct sq_progress now, before;
};

enum sq_log_statement {
	SQ_JOURNAL_ADD,
	SQ_JOURNAL_READ,
	SQ_JOURNAL_DROP, /* up to an id */
	SQ_RUN_ADD,
	SQ_RUN_AT, /* id, seq, last, docs of the run where a seq would be */
	SQ_RUN_BY_ID,
	SQ_RUN_PUT,
	SQ_RUN_DROP,
	SQ_LOG_TOP,   /* the highest seq of a stream that was ever in a run */
	SQ_ENTRY_PUT, /* the row for sparse indexes */
	SQ_ENTRY_DROP,
	SQ_ROW_ADD, /* of a log that is kept in rows */
	SQ_LOG_STATEMENTS
};

struct sq_log {
	struct sq_store *s;
	const struct parley_collection *c;
	sqlite3_stmt *statements[SQ_LOG_STATEMENTS];
	struct sq_map origins;
	struct sq_map maps[PARLEY_INDEXES_MAX]; /* of names */
	int names[PARLEY_INDEXES_MAX];          /* fields that name documents */
	unsigned name_count;
	struct parley_text greatest[PARLEY_INDEXES_MAX]; /* value of each; s is NULL: not known */

	pthread_mutex_t lock;         /* for streams and blocks, which readers look at */
	struct parley_table *streams; /* of struct sq_stream */
	struct sq_block *first, **end;

	struct sq_block *now;       /* of the batch under way; or NULL */
	struct parley_table *heads; /* of struct sq_head */
	unsigned docs;              /* that are not being settled */
	unsigned told;              /* how many of sq_tail_docs are this log's */
	size_t bytes;
	struct sq_settling settling; /* count is 0: none */
	struct sq_fresh **touched;   /* given a run, or noted, in this transaction */
	unsigned touched_count, touched_room;
};

/* Forgets the tail. */
void sq_tail_clear(struct sq_log *log);

/* Begins the block of a batch: room for the appends to log from w on. */
void sq_tail_begin(struct sq_log *log, const struct parley_write *w);
/* The same for a row of the journal. */
struct sq_block *sq_block_new(unsigned count, unsigned names, size_t bytes, size_t texts);
void sq_block_unref(struct sq_block *block);

/* Adds a document to the block; values are of c's fields. Note its origin then. */
struct sq_fresh *sq_tail_add(
    struct sq_log *log, const struct sq_record *r, const struct parley_value *values);
/* Shows the block to readers after its commit; drops what was settled. */
void sq_tail_show(struct sq_log *log);
/* Takes back what was done in a transaction that failed. */
void sq_tail_undo(struct sq_log *log);

/* The last seq that the tail has of a stream, or 0. */
int64_t sq_tail_top(const struct sq_log *log, const char *stream);
/* The document, or NULL. For the writer, and with the lock for readers: not in the batch under way
 * then. */
struct sq_fresh *sq_stream_find(const struct sq_log *log, const char *stream, int64_t seq);
struct sq_fresh *sq_tail_find(const struct sq_log *log, const char *stream, int64_t seq);

/* Notes that the transaction has changed doc. */
void sq_touch(struct sq_log *log, struct sq_fresh *doc);

/* ---- sqlite_origin.c --------------------------------------------------------------------------
 */

/* An origin as the map has it: the order of its numbers is that of their texts. */
void sq_origin_key(struct parley_text *key, const char *origin, size_t len);

/* An origin, split: the number is -1 when it has none. */
struct sq_origin {
	struct sq_head *head; /* NULL: there is no origin */
	int64_t number;
};

/* Gives w the document that has its origin already. *origin_r: for sq_origin_note. */
int sq_origin_answer(const struct sq_step *p, struct sq_origin *origin_r, bool *found_r);

/* Puts a document of the tail where its origin is found. */
void sq_origin_note(struct sq_fresh *doc, const struct sq_origin *origin);
/* The same after a crash, when nobody has asked before. */
void sq_origin_recover(struct sq_log *log, struct sq_fresh *doc);

/* ---- sqlite_settle.c --------------------------------------------------------------------------
 */

/* Begins to settle when the tail is long, and goes on with it: some documents for each new one. */
int sq_settle_some(struct sq_log *log, struct parley_error *err);
/* Finishes what was begun, or begins and finishes. */
int sq_settle_now(struct sq_log *log, struct parley_error *err);
/* Writes what is left of a stream into runs. */
int sq_settle_stream(struct sq_log *log, const char *stream, struct parley_error *err);
/* Puts the origin and the names of doc into their maps. */
int sq_settle_doc(struct sq_log *log, struct sq_fresh *doc, struct parley_error *err);
/* Writes one run. *id_r: its id. */
int sq_run_add(struct sq_log *log, const char *stream, int64_t seq, int64_t last,
    const struct parley_text *docs, int64_t *id_r, struct parley_error *err);

/* Appends a document to a run that is being made; whether it has enough. */
void sq_run_put_doc(struct parley_text *docs, const struct sq_record *r);
bool sq_run_is_full(const struct parley_text *docs);

/* ---- sqlite_log.c -----------------------------------------------------------------------------
 */

sqlite3_stmt *sq_log_statement(
    struct sq_log *log, enum sq_log_statement which, struct parley_error *err);

int sq_log_append(const struct sq_step *p);
int sq_log_change(const struct sq_step *p);

/* The journal's row for the batch; before the commit. */
int sq_log_finish(struct sq_log *log, struct parley_error *err);

/* The run where seq would be, copied; *id_r is 0 when there is none. 0 or -1. */
int sq_run_at(struct sq_log *log, const char *stream, int64_t seq, struct parley_text *docs,
    int64_t *id_r, int64_t *last_r, struct parley_error *err);
int sq_run_by_id(struct sq_log *log, int64_t id, char stream_r[PARLEY_KEY_MAX],
    struct parley_text *docs, struct parley_error *err);

/* True when a document with these values has a row for sparse indexes. */
bool sq_is_indexed(const struct parley_collection *c, const struct parley_value *values);
/* *stored_r is false when a unique index stands in the way. */
int sq_entry_put(struct sq_log *log, const char *stream, int64_t seq,
    const struct parley_value *values, bool *stored_r, struct parley_error *err);

/* ---- sqlite_log_declare.c ---------------------------------------------------------------------
 */

/* What a log's declaration begins with, as it is stored. */
#define SQ_KIND_ROWS "log\n"
#define SQ_KIND_RUNS "runs\n"

struct sq_log *sq_log_new(struct sq_store *s);
void sq_log_free(struct sq_log **log);

/* Makes the tables of a new log, but for indexes. */
int sq_log_create(sqlite3 *db, const struct parley_collection *c, struct parley_error *err);

/* Changes what is stored to what c declares: from rows to runs or back, or from runs to runs.
 * Leaves the making of indexes to the caller. In a transaction. */
int sq_log_migrate(struct sq_store *s, const struct parley_collection *c, bool from_runs,
    struct parley_error *err);

/* Makes log, whose tail is empty, that of c, whose tables exist; for now without its names, when
 * their maps will be made anew. 0 or -1. */
int sq_log_set(
    struct sq_log *log, const struct parley_collection *c, bool names, struct parley_error *err);

/* Settles what a crash has left in the journal; in a transaction. Clear the tail after it. */
int sq_log_recover(struct sq_log *log, struct parley_error *err);

/* Settles all there is, in transactions of its own. 0 or -1. */
int sq_log_flush(struct sq_log *log, struct parley_error *err);

/* The table of a map of names. */
void sq_put_names_table(struct parley_text *name, const struct parley_collection *c, int field);

#endif
