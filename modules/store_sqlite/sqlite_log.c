/* SPDX-License-Identifier: MIT */
/* sqlite_log.c - appends to a log that is kept in runs, and changes of what it has. */
#include "sqlite_log.h"

#include <stdlib.h>
#include <string.h>

bool
sq_in_runs(const struct parley_collection *c)
{
	unsigned indexes = parley_index_count(c);

	if (!c->log || c->expires != NULL)
		return false;
	for (unsigned i = 0; i < indexes; i++) {
		const struct parley_index *index = &c->indexes[i];
		int field = parley_field_number(c, index->fields[0]);

		if (index->sparse)
			continue;
		if (!index->unique || index->fields[1] != NULL || field < 0 ||
		    parley_field_type(c, field) != PARLEY_FIELD_TEXT)
			return false;
	}
	return true;
}

/* ---- statements -------------------------------------------------------------------------------
 */

_Static_assert(SQ_KEY == 1 && SQ_DOC == 2 && SQ_SEQ == 3 && SQ_ID == 6 && SQ_LAST == 8,
    "parameters have these numbers here");

static const char *const statements[SQ_LOG_STATEMENTS] = {
	[SQ_JOURNAL_ADD] = "INSERT INTO \"journal.@\"(docs) VALUES(?2)",
	[SQ_JOURNAL_READ] = "SELECT id, docs FROM \"journal.@\" ORDER BY id",
	[SQ_JOURNAL_DROP] = "DELETE FROM \"journal.@\" WHERE id <= ?6",
	[SQ_RUN_ADD] = "INSERT INTO \"runs.@\"(stream, seq, last, docs) VALUES(?1, ?3, ?8, ?2)",
	[SQ_RUN_AT] = "SELECT id, last, docs FROM \"runs.@\" "
		      "WHERE stream = ?1 AND seq <= ?3 ORDER BY seq DESC LIMIT 1",
	[SQ_RUN_BY_ID] = "SELECT stream, docs FROM \"runs.@\" WHERE id = ?6",
	[SQ_RUN_PUT] = "UPDATE \"runs.@\" SET docs = ?2 WHERE id = ?6",
	[SQ_RUN_DROP] = "DELETE FROM \"runs.@\" WHERE id = ?6",
	[SQ_LOG_TOP] = "SELECT max("
		       "coalesce((SELECT last FROM \"runs.@\" WHERE stream = ?1 "
		       "ORDER BY seq DESC LIMIT 1), 0), "
		       "coalesce((SELECT seq FROM \"floors.@\" WHERE stream = ?1), 0))",
	[SQ_ENTRY_DROP] = "DELETE FROM \"log.@\" WHERE stream = ?1 AND seq = ?3",
};

/* Stores the row of a document for sparse indexes, also when it has one. */
static void
put_entry_sql(struct parley_text *sql, const struct parley_collection *c)
{
	unsigned fields = parley_field_count(c);

	parley_text_printf(sql, "INSERT INTO \"log.%s\"(stream, seq", c->name);
	for (unsigned i = 0; i < fields; i++) {
		parley_text_puts(sql, ", ");
		sq_put_column(sql, c, (int)i);
	}
	parley_text_printf(sql, ") VALUES(?%d, ?%d", SQ_KEY, SQ_SEQ);
	for (unsigned i = 0; i < fields; i++)
		parley_text_printf(sql, ", ?%u", SQ_FIELD + i);
	parley_text_puts(sql, ") ON CONFLICT(stream, seq) DO UPDATE SET seq = seq");
	for (unsigned i = 0; i < fields; i++) {
		parley_text_puts(sql, ", ");
		sq_put_column(sql, c, (int)i);
		parley_text_puts(sql, " = excluded.");
		sq_put_column(sql, c, (int)i);
	}
}

sqlite3_stmt *
sq_log_statement(struct sq_log *log, enum sq_log_statement which, struct parley_error *err)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text sql = { 0 };

	if (log->statements[which] != NULL)
		return log->statements[which];
	if (which == SQ_ENTRY_PUT)
		put_entry_sql(&sql, log->c);
	else if (which == SQ_ROW_ADD)
		sq_put_insert(&sql, log->c);
	else
		parley_text_puts(&sql, statements[which]);
	log->statements[which] = sq_prepare_for(log->s->db, sql.s, log->c->name, err);
	return log->statements[which];
}

/* Runs a statement that is bound but for these. NULL texts are not bound. */
static int
run_on(struct sq_log *log, enum sq_log_statement which, const char *stream, int64_t seq, int64_t id,
    const struct parley_text *docs, struct parley_error *err)
{
	sqlite3_stmt *st = sq_log_statement(log, which, err);

	if (st == NULL)
		return -1;
	if (stream != NULL) {
		sq_bind_text(st, SQ_KEY, stream, strlen(stream));
		sqlite3_bind_int64(st, SQ_SEQ, seq);
	}
	if (id != 0)
		sqlite3_bind_int64(st, SQ_ID, id);
	if (docs != NULL)
		sqlite3_bind_blob(st, SQ_DOC, docs->s, (int)docs->len, SQLITE_STATIC);
	return sq_run(st) == 0 ? 0 : sq_fail(log->s->db, "write", err);
}

/* ---- runs -------------------------------------------------------------------------------------
 */

/* Copies column with the documents of the row that a statement finds. *found_r: there was one. */
static int
copy_docs(struct sq_log *log, sqlite3_stmt *st, int column, struct parley_text *docs, int rc,
    struct parley_error *err)
{
	if (rc == SQLITE_ROW) {
		const void *bytes = sqlite3_column_blob(st, column);
		size_t len = (size_t)sqlite3_column_bytes(st, column);

		parley_text_clear(docs);
		if (len > 0)
			parley_text_add(docs, bytes, len);
	}
	sqlite3_reset(st);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : sq_fail(log->s->db, "read", err);
}

int
sq_run_at(struct sq_log *log, const char *stream, int64_t seq, struct parley_text *docs,
    int64_t *id_r, int64_t *last_r, struct parley_error *err)
{
	sqlite3_stmt *st = sq_log_statement(log, SQ_RUN_AT, err);
	int rc;

	*id_r = 0;
	if (st == NULL)
		return -1;
	sq_bind_text(st, SQ_KEY, stream, strlen(stream));
	sqlite3_bind_int64(st, SQ_SEQ, seq);
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW) {
		*id_r = sqlite3_column_int64(st, 0);
		*last_r = sqlite3_column_int64(st, 1);
	}
	return copy_docs(log, st, 2, docs, rc, err);
}

int
sq_run_by_id(struct sq_log *log, int64_t id, char stream_r[PARLEY_KEY_MAX],
    struct parley_text *docs, struct parley_error *err)
{
	sqlite3_stmt *st = sq_log_statement(log, SQ_RUN_BY_ID, err);
	const char *stream;
	size_t len;
	int rc;

	if (st == NULL)
		return -1;
	sqlite3_bind_int64(st, SQ_ID, id);
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW) {
		stream = sq_text(st, 0, &len);
		if (len >= PARLEY_KEY_MAX) {
			sqlite3_reset(st);
			return sq_damaged(err);
		}
		memcpy(stream_r, stream, len + 1);
	}
	return copy_docs(log, st, 1, docs, rc, err);
}

/* ---- rows for sparse indexes ------------------------------------------------------------------
 */

bool
sq_is_indexed(const struct parley_collection *c, const struct parley_value *values)
{
	unsigned indexes = parley_index_count(c);

	for (unsigned i = 0; i < indexes; i++) {
		bool all = c->indexes[i].sparse;

		for (unsigned k = 0; all && k < 4 && c->indexes[i].fields[k] != NULL; k++) {
			int field = parley_field_number(c, c->indexes[i].fields[k]);

			all = field < 0 || values[field].present;
		}
		if (all)
			return true;
	}
	return false;
}

int
sq_entry_put(struct sq_log *log, const char *stream, int64_t seq, const struct parley_value *values,
    bool *stored_r, struct parley_error *err)
{
	sqlite3_stmt *st = sq_log_statement(log, SQ_ENTRY_PUT, err);
	int rc;

	if (st == NULL)
		return -1;
	sq_bind_text(st, SQ_KEY, stream, strlen(stream));
	sqlite3_bind_int64(st, SQ_SEQ, seq);
	sq_bind_values(st, log->c, parley_field_count(log->c), values);
	rc = sq_run(st);
	*stored_r = rc == 0;
	return rc == 0 || (rc & 0xff) == SQLITE_CONSTRAINT ? 0 : sq_fail(log->s->db, "write", err);
}

/* ---- names ------------------------------------------------------------------------------------
 */

/* Whether the document at a place has this name still. */
static int
has_name(struct sq_log *log, unsigned name, const char *text, int64_t run, int64_t seq, bool *has_r,
    struct parley_error *err)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text docs = { 0 };
	struct parley_value values[PARLEY_FIELDS_MAX];
	char stream[PARLEY_KEY_MAX];
	void *scratch = NULL;
	struct sq_record r;
	int rc;

	*has_r = false;
	if (sq_run_by_id(log, run, stream, &docs, err) != 0)
		return -1;
	rc = docs.len > 0 ? sq_record_find(docs.s, docs.len, seq, &r) : 0;
	if (rc < 0)
		return sq_damaged(err);
	if (rc == 0)
		return 0;
	if (parley_fields(log->c, r.json, r.json_len, values, &scratch, err) != 0)
		return -1;
	*has_r =
	    values[log->names[name]].present && strcmp(values[log->names[name]].text, text) == 0;
	parley_merge_free(&scratch);
	return 0;
}

static int
name_in_block(struct sq_log *log, const struct sq_block *block, unsigned name, const char *text,
    bool *taken_r, struct parley_error *err)
{
	for (unsigned i = 0; block != NULL && i < block->count && !*taken_r; i++) {
		const struct sq_fresh *doc = &block->docs[i];

		if (doc->names[name] == NULL || strcmp(doc->names[name], text) != 0)
			continue;
		*taken_r = doc->run == 0;
		if (doc->run != 0 &&
		    has_name(log, name, text, doc->run, doc->r.seq, taken_r, err) != 0)
			return -1;
	}
	return 0;
}

/* True when a name comes behind all that there were, as those do that tell the time. */
static int
name_is_greatest(
    struct sq_log *log, unsigned name, const char *text, bool *is_r, struct parley_error *err)
{
	struct parley_text *greatest = &log->greatest[name];

	if (greatest->s == NULL) {
		parley_text_reserve(greatest, 1)[0] = '\0';
		if (sq_map_last(&log->maps[name], NULL, greatest, err) != 0) {
			parley_text_fini(greatest);
			return -1;
		}
	}
	*is_r = greatest->len == 0 ? text[0] != '\0' : strcmp(text, greatest->s) > 0;
	return 0;
}

/* Whether some document has the name. */
static int
name_is_taken(
    struct sq_log *log, unsigned name, const char *text, bool *taken_r, struct parley_error *err)
{
	const struct sq_block *block = log->first;
	struct sq_place place;
	bool known;

	if (name_is_greatest(log, name, text, &known, err) != 0)
		return -1;
	*taken_r = false;
	if (known)
		return 0;
	for (; block != NULL && !*taken_r; block = block->next)
		if (name_in_block(log, block, name, text, taken_r, err) != 0)
			return -1;
	if (*taken_r)
		return 0;
	if (name_in_block(log, log->now, name, text, taken_r, err) != 0 ||
	    sq_map_find(&log->maps[name], text, strlen(text), &place, &known, err) != 0)
		return -1;
	if (*taken_r || !known)
		return 0;
	return has_name(log, name, text, place.run, place.seq, taken_r, err);
}

/* Of the names in values, but for those that before has too. */
static int
names_are_taken(struct sq_log *log, const struct parley_value *values,
    const struct parley_value *before, bool *taken_r, struct parley_error *err)
{
	*taken_r = false;
	for (unsigned i = 0; i < log->name_count && !*taken_r; i++) {
		const struct parley_value *v = &values[log->names[i]];
		const struct parley_value *b = before != NULL ? &before[log->names[i]] : NULL;

		if (!v->present || (b != NULL && b->present && strcmp(b->text, v->text) == 0))
			continue;
		if (name_is_taken(log, i, v->text, taken_r, err) != 0)
			return -1;
	}
	return 0;
}

static void
note_names(struct sq_log *log, const struct parley_value *values)
{
	for (unsigned i = 0; i < log->name_count; i++) {
		const struct parley_value *v = &values[log->names[i]];
		struct parley_text *greatest = &log->greatest[i];

		if (!v->present || greatest->s == NULL ||
		    (greatest->len > 0 && strcmp(v->text, greatest->s) <= 0))
			continue;
		parley_text_clear(greatest);
		parley_text_add(greatest, v->text, v->len);
	}
}

/* ---- appending --------------------------------------------------------------------------------
 */

/* All but the seq. */
static struct sq_record
record_of(const struct parley_write *w)
{
	return (struct sq_record){
		.stream = w->key,
		.stream_len = strlen(w->key),
		.origin = w->origin,
		.origin_len = strlen(w->origin),
		.json = w->json,
		.json_len = w->json_len,
	};
}

/* *free_r is false when another document stands in the way. A row for sparse indexes is written. */
static int
make_way(const struct sq_step *p, int64_t seq, bool indexed, bool *free_r)
{
	bool taken;

	if (names_are_taken(p->sc->log, p->w->values, NULL, &taken, p->err) != 0)
		return -1;
	*free_r = !taken;
	if (taken || !indexed)
		return 0;
	return sq_entry_put(p->sc->log, p->w->key, seq, p->w->values, free_r, p->err);
}

int
sq_log_append(const struct sq_step *p)
{
	struct sq_log *log = p->sc->log;
	struct sq_record r = record_of(p->w);
	bool found = false, clear = false, indexed = sq_is_indexed(log->c, p->w->values);
	struct sq_origin origin;
	int64_t top = 0;

	if (sq_origin_answer(p, &origin, &found) != 0)
		return -1;
	if (found)
		return 0;
	if (sq_top_get(p, p->w->key, &top) != 0)
		return -1;
	if (p->w->place != 0 && p->w->place <= top)
		return 0;
	if (!parley_write_next(p->w, top))
		return 0;
	r.seq = p->w->seq;
	if (make_way(p, r.seq, indexed, &clear) != 0)
		return -1;
	if (!clear)
		return sq_conflict(p, "another document has the same unique members");
	parley_write_place(p->w, r.seq);
	if (log->now == NULL)
		sq_tail_begin(log, p->w);
	sq_origin_note(sq_tail_add(log, &r, p->w->values), &origin);
	sq_top_set(p->sc, p->w->key, r.seq);
	note_names(log, p->w->values);
	return indexed ? sq_settle_stream(log, p->w->key, p->err) : 0;
}

/* ---- changing ---------------------------------------------------------------------------------
 */

/* A document that is to be changed, and the run that it is in. */
struct change {
	const struct sq_step *p;
	char stream[PARLEY_KEY_MAX];
	int64_t seq, run, last;
	struct parley_text docs; /* of the run */
	struct sq_record r;      /* in docs; json is NULL: there is no such document */
	struct parley_value values[PARLEY_FIELDS_MAX];
	void *scratch; /* for values */
};

static void
change_fini(struct change *c)
{
	parley_text_fini(&c->docs);
	parley_merge_free(&c->scratch);
}

static int
change_find(struct change *c)
{
	const struct sq_step *p = c->p;
	struct sq_log *log = p->sc->log;
	int rc;

	parley_assert(parley_log_key_split(p->w->key, c->stream, &c->seq));
	if (sq_settle_stream(log, c->stream, p->err) != 0 ||
	    sq_run_at(log, c->stream, c->seq, &c->docs, &c->run, &c->last, p->err) != 0)
		return -1;
	rc = c->docs.len > 0 ? sq_record_find(c->docs.s, c->docs.len, c->seq, &c->r) : 0;
	if (rc < 0)
		return sq_damaged(p->err);
	if (rc == 0) {
		c->r.json = NULL;
		return 0;
	}
	return parley_fields(log->c, c->r.json, c->r.json_len, c->values, &c->scratch, p->err);
}

/* Writes the run with json in place of the document's, or without the document. */
static int
change_run(struct change *c, const struct parley_text *json)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text docs = { 0 };
	struct sq_bytes bytes = sq_bytes_of(&c->docs);
	struct sq_log *log = c->p->sc->log;
	struct sq_record r;

	while (sq_record_next(&bytes, &r) == 1) {
		if (r.seq == c->seq && json == NULL)
			continue;
		if (r.seq == c->seq) {
			r.json = json->s;
			r.json_len = json->len;
		}
		sq_run_put_doc(&docs, &r);
	}
	if (docs.len > 0)
		return run_on(log, SQ_RUN_PUT, NULL, 0, c->run, &docs, c->p->err);
	if (sq_floor_put(c->p, c->stream, c->last) != 0)
		return -1;
	return run_on(log, SQ_RUN_DROP, NULL, 0, c->run, NULL, c->p->err);
}

/* The new names of a document go into their maps; of old ones it is seen that they are old. */
static int
change_names(struct change *c, const struct parley_value *after)
{
	struct sq_log *log = c->p->sc->log;

	for (unsigned i = 0; i < log->name_count; i++) {
		const struct parley_value *v = &after[log->names[i]],
					  *b = &c->values[log->names[i]];
		struct sq_key key = { v->text, v->len, { c->run, c->seq } };

		if (!v->present || (b->present && strcmp(b->text, v->text) == 0))
			continue;
		if (sq_map_put(&log->maps[i], &key, 1, c->p->err) != 0)
			return -1;
	}
	note_names(log, after);
	return 0;
}

/* The row for sparse indexes is made, changed or removed. */
static int
change_entry(struct change *c, const struct parley_value *after, bool *stored_r)
{
	struct sq_log *log = c->p->sc->log;

	*stored_r = true;
	if (after != NULL && sq_is_indexed(log->c, after))
		return sq_entry_put(log, c->stream, c->seq, after, stored_r, c->p->err);
	if (!sq_is_indexed(log->c, c->values))
		return 0;
	return run_on(log, SQ_ENTRY_DROP, c->stream, c->seq, 0, NULL, c->p->err);
}

static int
change_patch(struct change *c)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text json = { 0 };
	PARLEY_AUTO(parley_merge_free) void *scratch = NULL;
	struct parley_value after[PARLEY_FIELDS_MAX];
	const struct sq_step *p = c->p;
	struct sq_log *log = p->sc->log;
	struct sq_fresh *doc = sq_tail_find(log, c->stream, c->seq);
	bool taken = false, stored = false;

	p->w->rc = parley_merge(log->c, p->w->key, c->r.json, c->r.json_len, p->w->json,
	    p->w->json_len, &json, after, &scratch, &p->w->err);
	if (p->w->rc != 0)
		return 0;
	if (names_are_taken(log, after, c->values, &taken, p->err) != 0 ||
	    (!taken && change_entry(c, after, &stored) != 0))
		return -1;
	if (taken || !stored)
		return sq_conflict(p, "another document has the same unique members");
	if (doc != NULL && sq_settle_doc(log, doc, p->err) != 0)
		return -1;
	return change_names(c, after) == 0 ? change_run(c, &json) : -1;
}

/* What named the document is taken out of the maps, where it would stay for ever. */
static int
change_forget(struct change *c)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text origin = { 0 };
	struct sq_log *log = c->p->sc->log;

	for (unsigned i = 0; i < log->name_count; i++) {
		const struct parley_value *v = &c->values[log->names[i]];

		if (v->present &&
		    sq_map_drop(&log->maps[i], v->text, v->len, c->seq, c->p->err) != 0)
			return -1;
	}
	if (c->r.origin_len == 0)
		return 0;
	sq_origin_key(&origin, c->r.origin, c->r.origin_len);
	return sq_map_drop(&log->origins, origin.s, origin.len, c->seq, c->p->err);
}

static int
change_remove(struct change *c)
{
	struct sq_log *log = c->p->sc->log;
	struct sq_fresh *doc = sq_tail_find(log, c->stream, c->seq);
	bool stored;

	if (doc != NULL && !doc->noted) { /* nothing names it any more */
		sq_touch(log, doc);
		doc->noted = true;
	}
	if (change_forget(c) != 0 || change_entry(c, NULL, &stored) != 0)
		return -1;
	return change_run(c, NULL);
}

/* First all of the stream is put where it can be changed. */
int
sq_log_change(const struct sq_step *p)
{
	PARLEY_AUTO(change_fini) struct change c = { .p = p };
	struct parley_write *w = p->w;

	if (change_find(&c) != 0)
		return -1;
	if (c.r.json == NULL) {
		w->rc = parley_fail(&w->err, PARLEY_NOT_FOUND, NULL, "there is no such document");
		return 0;
	}
	if (!parley_conds_hold(p->sc->c, c.values, w->when))
		return sq_conflict(p, "the document has changed");
	return w->op == PARLEY_WRITE_PATCH ? change_patch(&c) : change_remove(&c);
}

/* ---- the end of a batch -----------------------------------------------------------------------
 */

int
sq_log_finish(struct sq_log *log, struct parley_error *err)
{
	struct sq_block *now = log->now;

	if (now != NULL && now->count == 0) { /* all were refused */
		sq_block_unref(now);
		log->now = now = NULL;
	}
	if (now != NULL) {
		struct parley_text docs = { now->bytes, (size_t)(now->end - now->bytes), 0 };

		if (run_on(log, SQ_JOURNAL_ADD, NULL, 0, 0, &docs, err) != 0)
			return -1;
		now->id = sqlite3_last_insert_rowid(log->s->db);
	}
	return sq_settle_some(log, err);
}
