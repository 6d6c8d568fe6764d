/* SPDX-License-Identifier: MIT */
/* sqlite_write.c - a batch of writes as one transaction, and the checkpoints behind it. */
#include "sqlite_log.h"
#include "sqlite_vfs.h"

#include <parley/await.h>
#include <parley/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECKPOINT_PAGES 4000 /* in the log, 16 MiB: moved into the file */
#define CHECKPOINT_STEP                                                                            \
	1000                /* more of them, until it is tried again when readers were in the way */
#define RESTART_PAGES 40000 /* so many, and the writer waits a moment for the readers */
#define RESTART_MS    100
#define TELL_PAGES    16000 /* 64 MiB, and each time that it has doubled: somebody is told */

/* What is to be stored. */
struct row {
	const char *key; /* or the stream */
	const char *doc;
	size_t doc_len;
	int64_t id, seq;
	const char *origin;
	const struct parley_value *values;
};

/* A document that is there. Texts are the statement's: reset it. */
struct hit {
	sqlite3_stmt *st; /* NULL: there is none, or it has expired */
	int64_t id, seq;
	const char *doc, *stream;
	size_t doc_len, stream_len;
};

/* ---- the last seq of each stream ---------------------------------------------------------- */

static struct sq_top *
top_slot(const struct sq_collection *sc, const char *stream)
{
	uint32_t h = 2166136261U; /* FNV-1a: collisions cost a query, no more */

	for (const char *s = stream; *s != '\0'; s++)
		h = (h ^ (unsigned char)*s) * 16777619U;
	return &sc->tops[(h ^ h >> 16) & (SQ_TOPS - 1)];
}

void
sq_top_set(struct sq_collection *sc, const char *stream, int64_t seq)
{
	struct sq_top *top = top_slot(sc, stream);

	if (top->stream == NULL || strcmp(top->stream, stream) != 0) {
		free(top->stream);
		top->stream = strdup(stream);
		parley_assert(top->stream != NULL);
	}
	top->seq = seq;
}

int
sq_top_get(const struct sq_step *p, const char *stream, int64_t *seq_r)
{
	const struct sq_top *top = top_slot(p->sc, stream);
	int64_t fresh;
	sqlite3_stmt *st;
	int rc;

	if (top->stream != NULL && strcmp(top->stream, stream) == 0) {
		*seq_r = top->seq;
		return 0;
	}
	st = p->sc->log != NULL ? sq_log_statement(p->sc->log, SQ_LOG_TOP, p->err)
				: sq_statement(p->s, p->sc, SQ_TOP, p->err);
	if (st == NULL)
		return -1;
	sq_bind_text(st, SQ_KEY, stream, strlen(stream));
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW)
		*seq_r = sqlite3_column_int64(st, 0);
	sqlite3_reset(st);
	fresh = p->sc->log != NULL ? sq_tail_top(p->sc->log, stream) : 0;
	if (fresh > *seq_r)
		*seq_r = fresh;
	return rc == SQLITE_ROW ? 0 : sq_step_fail(p);
}

void
sq_tops_clear(struct sq_collection *sc)
{
	for (unsigned i = 0; sc->tops != NULL && i < SQ_TOPS; i++) {
		free(sc->tops[i].stream);
		sc->tops[i].stream = NULL;
	}
}

/* ---- removing ----------------------------------------------------------------------------- */

int
sq_floor_put(const struct sq_step *p, const char *stream, int64_t seq)
{
	sqlite3_stmt *st;
	int64_t top = 0;

	if (sq_top_get(p, stream, &top) != 0)
		return -1;
	if (seq < top)
		return 0;
	st = sq_statement(p->s, p->sc, SQ_FLOOR, p->err);
	if (st == NULL)
		return -1;
	sq_bind_text(st, SQ_KEY, stream, strlen(stream));
	sqlite3_bind_int64(st, SQ_SEQ, seq);
	return sq_run(st) == 0 ? 0 : sq_step_fail(p);
}

/* stream and seq: of a log. */
static int
delete_row(const struct sq_step *p, int64_t id, const char *stream, int64_t seq)
{
	sqlite3_stmt *st;

	if (p->sc->c->log && sq_floor_put(p, stream, seq) != 0)
		return -1;
	st = sq_statement(p->s, p->sc, SQ_DELETE, p->err);
	if (st == NULL)
		return -1;
	sqlite3_bind_int64(st, SQ_ID, id);
	return sq_run(st) == 0 ? 0 : sq_step_fail(p);
}

/* Removes the first document that the statement finds. *removed_r: whether there was one. */
static int
delete_found(const struct sq_step *p, sqlite3_stmt *st, bool *removed_r)
{
	char stream[PARLEY_KEY_MAX] = "";
	int64_t id = 0, seq = 0;
	int rc = sqlite3_step(st);

	if (rc == SQLITE_ROW) {
		id = sqlite3_column_int64(st, 0);
		seq = sqlite3_column_int64(st, 2);
		snprintf(stream, sizeof stream, "%s", sq_text(st, 1, NULL));
	}
	sqlite3_reset(st);
	*removed_r = rc == SQLITE_ROW;
	if (rc == SQLITE_ROW)
		return delete_row(p, id, stream, seq);
	return rc == SQLITE_DONE ? 0 : sq_step_fail(p);
}

static int
write_expire(const struct sq_step *p)
{
	sqlite3_stmt *st = sq_statement(p->s, p->sc, SQ_EXPIRED, p->err);
	bool removed = true;

	if (st == NULL)
		return -1;
	sqlite3_bind_int64(st, SQ_NOW, p->now);
	for (p->w->seq = 0; p->w->seq < PARLEY_EXPIRE_MAX; p->w->seq++) {
		if (delete_found(p, st, &removed) != 0)
			return -1;
		if (!removed)
			break;
	}
	return 0;
}

/* ---- storing ------------------------------------------------------------------------------ */

static void
bind_row(sqlite3_stmt *st, const struct sq_collection *sc, const struct row *row)
{
	sq_bind_text(st, SQ_KEY, row->key, strlen(row->key));
	if (sc->c->log) {
		sqlite3_bind_int64(st, SQ_SEQ, row->seq);
		if (row->origin[0] != '\0')
			sq_bind_text(st, SQ_ORIGIN, row->origin, strlen(row->origin));
		else
			sqlite3_bind_null(st, SQ_ORIGIN);
	}
	sq_bind_values(st, sc->c, sc->fields, row->values);
}

/* Removes the expired documents that keep row from being stored. */
static int
clear_way(const struct sq_step *p, const struct row *row, unsigned *removed_r)
{
	sqlite3_stmt *st = sq_statement(p->s, p->sc, SQ_CLEAR, p->err);
	bool removed = true;

	if (st == NULL)
		return -1;
	bind_row(st, p->sc, row);
	sqlite3_bind_int64(st, SQ_NOW, p->now);
	for (*removed_r = 0; removed; *removed_r += removed)
		if (delete_found(p, st, &removed) != 0)
			return -1;
	return 0;
}

static int
try_row(const struct sq_step *p, enum sq_statement which, const struct row *row, bool *stored_r)
{
	sqlite3_stmt *st = sq_statement(p->s, p->sc, which, p->err);
	int rc;

	if (st == NULL)
		return -1;
	bind_row(st, p->sc, row);
	sq_bind_text(st, SQ_DOC, row->doc, row->doc_len);
	if (which == SQ_UPDATE)
		sqlite3_bind_int64(st, SQ_ID, row->id);
	rc = sq_run(st);
	*stored_r = rc == 0;
	return rc == 0 || (rc & 0xff) == SQLITE_CONSTRAINT ? 0 : sq_step_fail(p);
}

/* *stored_r is false when another document stands in the way. */
static int
store_row(const struct sq_step *p, enum sq_statement which, const struct row *row, bool *stored_r)
{
	unsigned removed = 0;

	if (try_row(p, which, row, stored_r) != 0)
		return -1;
	if (*stored_r || p->sc->expires == PARLEY_NO_FIELD)
		return 0;
	if (clear_way(p, row, &removed) != 0)
		return -1;
	return removed > 0 ? try_row(p, which, row, stored_r) : 0;
}

static int
write_put(const struct sq_step *p)
{
	struct row row = {
		.key = p->w->key,
		.doc = p->w->json,
		.doc_len = p->w->json_len,
		.values = p->w->values,
	};
	bool insert = p->w->op == PARLEY_WRITE_INSERT, stored = false;

	if (store_row(p, insert ? SQ_INSERT : SQ_PUT, &row, &stored) != 0)
		return -1;
	if (stored)
		return 0;
	return sq_conflict(p, "another document has the same key or unique members");
}

/* ---- changing what is there --------------------------------------------------------------- */

/* Looks with a statement that is bound. */
static int
look(const struct sq_step *p, sqlite3_stmt *st, struct hit *hit)
{
	int rc = sqlite3_step(st);
	bool gone;

	*hit = (struct hit){ 0 };
	if (rc != SQLITE_ROW) {
		sqlite3_reset(st);
		return rc == SQLITE_DONE ? 0 : sq_step_fail(p);
	}
	gone = sqlite3_column_type(st, 1) != SQLITE_NULL && sqlite3_column_int64(st, 1) <= p->now;
	if (gone) {
		sqlite3_reset(st);
		return 0;
	}
	hit->st = st;
	hit->id = sqlite3_column_int64(st, 0);
	hit->doc = sq_text(st, 2, &hit->doc_len);
	hit->seq = sqlite3_column_int64(st, 3);
	hit->stream = sq_text(st, 4, &hit->stream_len);
	if (!p->sc->c->log || (hit->stream_len < PARLEY_KEY_MAX && hit->seq > 0))
		return 0;
	sqlite3_reset(st);
	return sq_damaged(p->err);
}

/* Finds what a patch or removal is for. */
static int
look_up(const struct sq_step *p, const char *name, int64_t seq, struct hit *hit)
{
	sqlite3_stmt *st = sq_statement(p->s, p->sc, SQ_FIND, p->err);

	if (st == NULL)
		return -1;
	sq_bind_text(st, SQ_KEY, name, strlen(name));
	if (p->sc->c->log)
		sqlite3_bind_int64(st, SQ_SEQ, seq);
	if (look(p, st, hit) != 0)
		return -1;
	if (hit->st == NULL)
		p->w->rc =
		    parley_fail(&p->w->err, PARLEY_NOT_FOUND, NULL, "there is no such document");
	return 0;
}

/* Sets w's rc when the document that was found does not satisfy its conditions. */
static void
check_when(const struct sq_step *p, const struct hit *hit)
{
	struct parley_value values[PARLEY_FIELDS_MAX];
	void *scratch = NULL;

	if (p->w->when == NULL || p->w->when->op == PARLEY_OP_END)
		return;
	p->w->rc = parley_fields(p->sc->c, hit->doc, hit->doc_len, values, &scratch, &p->w->err);
	if (p->w->rc == 0 && !parley_conds_hold(p->sc->c, values, p->w->when))
		sq_conflict(p, "the document has changed");
	parley_merge_free(&scratch);
}

/* Merges the patch into hit and stores that. */
static int
patch_hit(const struct sq_step *p, const struct hit *hit, struct row *row)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text json = { 0 };
	PARLEY_AUTO(parley_merge_free) void *scratch = NULL;
	struct parley_value values[PARLEY_FIELDS_MAX];
	bool stored = false;

	p->w->rc = parley_merge(p->sc->c, p->w->key, hit->doc, hit->doc_len, p->w->json,
	    p->w->json_len, &json, values, &scratch, &p->w->err);
	if (p->w->rc != 0)
		return 0;
	row->id = hit->id;
	row->doc = json.s;
	row->doc_len = json.len;
	row->values = values;
	sqlite3_reset(hit->st);
	if (store_row(p, SQ_UPDATE, row, &stored) != 0)
		return -1;
	return stored ? 0 : sq_conflict(p, "another document has the same unique members");
}

/* Of the key of w: what it is called in the table. */
static void
split_key(const struct sq_step *p, char *stream, const char **name_r, int64_t *seq_r)
{
	*name_r = p->w->key;
	*seq_r = 0;
	if (!p->sc->c->log)
		return;
	parley_assert(parley_log_key_split(p->w->key, stream, seq_r));
	*name_r = stream;
}

static int
write_change(const struct sq_step *p)
{
	char stream[PARLEY_KEY_MAX];
	struct row row = { .origin = "" };
	struct hit hit;
	int rc = 0;

	split_key(p, stream, &row.key, &row.seq);
	if (look_up(p, row.key, row.seq, &hit) != 0)
		return -1;
	if (hit.st == NULL)
		return 0;
	check_when(p, &hit);
	if (p->w->rc == 0 && p->w->op == PARLEY_WRITE_PATCH)
		rc = patch_hit(p, &hit, &row);
	sqlite3_reset(hit.st);
	if (p->w->rc == 0 && p->w->op == PARLEY_WRITE_REMOVE)
		rc = delete_row(p, hit.id, stream, row.seq);
	return rc;
}

/* ---- appending ---------------------------------------------------------------------------- */

/* Gives w the document that has its origin, when there is one. */
static int
answer_earlier(const struct sq_step *p, bool *found_r)
{
	sqlite3_stmt *st = sq_statement(p->s, p->sc, SQ_BY_ORIGIN, p->err);
	char key[PARLEY_LOG_KEY_MAX];
	struct hit hit;

	if (st == NULL)
		return -1;
	sq_bind_text(st, SQ_ORIGIN, p->w->origin, strlen(p->w->origin));
	if (look(p, st, &hit) != 0)
		return -1;
	*found_r = hit.st != NULL;
	if (hit.st == NULL)
		return 0;
	p->w->rc = 0;
	p->w->seq = hit.seq;
	parley_text_add(&p->w->earlier, hit.doc, hit.doc_len);
	parley_text_add(
	    &p->w->earlier_key, key, parley_log_key(key, hit.stream, hit.stream_len, hit.seq));
	sqlite3_reset(hit.st);
	return 0;
}

/* Tries first and asks later: an origin that is there already is rare. */
static int
write_append(const struct sq_step *p)
{
	struct row row = {
		.key = p->w->key,
		.doc = p->w->json,
		.doc_len = p->w->json_len,
		.origin = p->w->origin,
		.values = p->w->values,
	};
	bool stored = false, found = false;
	int64_t top = 0;

	if (sq_top_get(p, row.key, &top) != 0)
		return -1;
	if (p->w->place != 0 && p->w->place <= top)
		return 0;
	if (!parley_write_next(p->w, top))
		return row.origin[0] != '\0' ? answer_earlier(p, &found) : 0;
	row.seq = p->w->seq;
	parley_write_place(p->w, row.seq);
	if (store_row(p, SQ_INSERT, &row, &stored) != 0)
		return -1;
	if (stored) {
		sq_top_set(p->sc, row.key, row.seq);
		return 0;
	}
	if (row.origin[0] != '\0' && answer_earlier(p, &found) != 0)
		return -1;
	return found ? 0 : sq_conflict(p, "another document has the same unique members");
}

static int
write_seek(const struct sq_step *p)
{
	struct sq_origin origin;
	bool found = false;
	int rc = 0;

	if (p->w->origin[0] != '\0' && p->sc->log != NULL)
		rc = sq_origin_answer(p, &origin, &found);
	else if (p->w->origin[0] != '\0')
		rc = answer_earlier(p, &found);
	if (rc == 0 && !found)
		p->w->rc =
		    parley_fail(&p->w->err, PARLEY_NOT_FOUND, NULL, "there is no such document");
	return rc;
}

static int
write_floor(const struct sq_step *p)
{
	int64_t top = 0;

	if (sq_top_get(p, p->w->key, &top) != 0)
		return -1;
	if (p->w->seq <= top)
		return 0;
	if (sq_floor_put(p, p->w->key, p->w->seq) != 0)
		return -1;
	sq_top_set(p->sc, p->w->key, p->w->seq);
	return 0;
}

/* ---- the batch ---------------------------------------------------------------------------- */

static int
write_one(const struct sq_step *p)
{
	bool in_runs = p->sc->log != NULL;

	p->w->rc = 0;
	switch (p->w->op) {
	case PARLEY_WRITE_PUT:
	case PARLEY_WRITE_INSERT:
		return write_put(p);
	case PARLEY_WRITE_PATCH:
	case PARLEY_WRITE_REMOVE:
		return in_runs ? sq_log_change(p) : write_change(p);
	case PARLEY_WRITE_APPEND:
		return in_runs ? sq_log_append(p) : write_append(p);
	case PARLEY_WRITE_EXPIRE:
		return write_expire(p);
	case PARLEY_WRITE_SEEK:
		return write_seek(p);
	case PARLEY_WRITE_FLOOR:
		return write_floor(p);
	}
	parley_assert(!"known operation");
}

static int
write_all(struct sq_store *s, struct parley_write *batch, struct parley_error *err)
{
	struct sq_step p = { .s = s, .now = parley_now(), .err = err };

	if (sq_run(s->begin) != 0)
		return sq_fail(s->db, "begin a transaction", err);
	for (p.w = batch; p.w != NULL; p.w = p.w->next) {
		if (p.sc == NULL || p.sc->c != p.w->collection)
			p.sc = sq_collection(s, p.w->collection);
		if (write_one(&p) != 0)
			return -1;
	}
	for (p.sc = s->collections; p.sc != NULL; p.sc = p.sc->next)
		if (p.sc->log != NULL && sq_log_finish(p.sc->log, err) != 0)
			return -1;
	return sq_run(s->commit) == 0 ? 0 : sq_fail(s->db, "commit", err);
}

/* Undoes what a batch that failed has done. 0, or -1 when nobody knows whether it has. */
static int
undo(struct sq_store *s, struct parley_write *batch, struct parley_error *err)
{
	for (struct parley_write *w = batch; w != NULL; w = w->next) {
		parley_text_fini(&w->earlier);
		parley_text_fini(&w->earlier_key);
	}
	for (struct sq_collection *sc = s->collections; sc != NULL; sc = sc->next) {
		sq_tops_clear(sc);
		if (sc->log != NULL)
			sq_tail_undo(sc->log);
	}
	if (sqlite3_get_autocommit(s->db) || sq_run(s->rollback) == 0)
		return 0;
	return parley_fail(
	    err, PARLEY_INTERNAL, NULL, "sqlite cannot roll back: %s", sqlite3_errmsg(s->db));
}

/* Readers see what was committed. */
static void
show(struct sq_store *s)
{
	for (struct sq_collection *sc = s->collections; sc != NULL; sc = sc->next)
		if (sc->log != NULL)
			sq_tail_show(sc->log);
}

/* Commits a batch, or undoes what it has done. 0, -1, or 1 when it had to read a page that the disk
 * has changed: then nothing else is wrong. */
static int
try_batch(struct sq_store *s, struct parley_write *batch, struct parley_error *err)
{
	struct parley_error why = { 0 };

	sq_bad_page_forget();
	if (write_all(s, batch, &why) == 0) {
		show(s);
		return 0;
	}
	if (undo(s, batch, &why) == 0 && why.code == PARLEY_INTERNAL && sq_bad_page() != 0) {
		*err = why;
		return 1;
	}
	*err = why;
	return -1;
}

/* A change of what is there may be refused, whoever asks for it; what is to be added cannot be
 * stored any more. */
static bool
may_be_refused(const struct parley_write *w)
{
	return w->op == PARLEY_WRITE_PATCH || w->op == PARLEY_WRITE_REMOVE;
}

/* Each write of a batch by itself, since one of them had to read a damaged page: that one is
 * refused. 0 or -1. */
static int
write_apart(struct sq_store *s, struct parley_write *batch, struct parley_error *err)
{
	struct parley_write *w = batch, *next;

	for (; w != NULL; w = next) {
		int rc;

		next = w->next;
		w->next = NULL;
		rc = try_batch(s, w, err);
		w->next = next;
		if (rc > 0 ? !may_be_refused(w) : rc < 0 && err->code == PARLEY_INTERNAL)
			return -1;
		if (rc != 0) {
			w->rc = -1;
			w->err = *err;
		}
	}
	return 0;
}

int
sq_wal_hook(void *state, sqlite3 *db, const char *name, int pages)
{
	struct sq_store *s = state;

	if (pages < s->wal_pages) { /* it began anew */
		s->checkpoint_at = 0;
		s->tell_at = TELL_PAGES;
	}
	s->wal_pages = pages;
	return SQLITE_OK;
}

/* Our own readers are done in no time. */
static void
tell_of_reader(struct sq_store *s)
{
	if (s->tell_at == 0)
		s->tell_at = TELL_PAGES;
	if (s->wal_pages < s->tell_at)
		return;
	s->tell_at = 2 * s->wal_pages;
	parley_log_warn("store",
	    "the log of the store has grown to %d MiB and cannot be used anew: another program has "
	    "been reading the store for long, a backup perhaps",
	    s->wal_pages / (int)((1 << 20) / SQ_PAGE));
}

/* Moves the log into the file. A failed sync is never tried again: the next batch says so. */
static void
checkpoint(struct sq_store *s)
{
	int mode =
	    s->wal_pages < RESTART_PAGES ? SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_RESTART;
	struct parley_error err = { 0 };
	int rc;

	s->checkpoint_at = s->wal_pages + CHECKPOINT_STEP;
	sqlite3_busy_timeout(s->db, RESTART_MS);
	rc = sqlite3_wal_checkpoint_v2(s->db, NULL, mode, NULL, NULL);
	sqlite3_busy_timeout(s->db, SQ_BUSY_MS);
	tell_of_reader(s);
	if (rc == SQLITE_OK || rc == SQLITE_BUSY)
		return;
	sq_fail(s->db, "move the log into the file", &err);
	s->failed = err.code == PARLEY_INTERNAL;
	if (err.code == PARLEY_INTERNAL)
		parley_log_error("store", "%s", err.text);
	else
		parley_log_warn("store", "the log waits to be moved into the file: %s", err.text);
}

int
sq_write(void *state, struct parley_write *batch, struct parley_error *err)
{
	struct sq_store *s = state;
	int rc;

	if (s->failed)
		return parley_fail(err, PARLEY_INTERNAL, NULL, "the disk of the store has failed");
	rc = try_batch(s, batch, err);
	if (rc > 0)
		rc = write_apart(s, batch, err);
	if (rc != 0)
		return -1;
	if (s->wal_pages >= CHECKPOINT_PAGES && s->wal_pages >= s->checkpoint_at)
		checkpoint(s);
	return 0;
}
