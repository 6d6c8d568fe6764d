/* SPDX-License-Identifier: MIT */
/* sqlite_log_names.c - finds documents of a log that is kept in runs by a unique member: the map
 * says where they may be, and the documents themselves whether they are. */
#include "sqlite_read.h"

#include <stdlib.h>
#include <string.h>

/* Finds a run. NULL with err. */
static sqlite3_stmt *
run_statement(struct sq_reader *r, const struct parley_collection *c, struct parley_error *err)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text sql = { 0 };
	struct sq_shape shape;
	sqlite3_stmt *st;

	sq_shape_fill(&shape, c, SQ_READ_RUN_BY_ID, NULL, NULL);
	st = sq_reader_cached(r, &shape);
	if (st != NULL)
		return st;
	sq_put_for(&sql, "SELECT docs, stream FROM \"runs.@\" WHERE id = ?6", c->name);
	return sq_reader_prepare(r, &shape, sql.s, err);
}

/* Tells the document of a run that has this name still, if there is one. */
static int
walk_named(
    struct sq_walker *w, const char *name, int64_t seq, sqlite3_stmt *st, struct parley_error *err)
{
	PARLEY_AUTO(parley_merge_free) void *scratch = NULL;
	const char *docs = sqlite3_column_blob(st, 0), *stream;
	int field = w->log->names[w->name], known;
	struct parley_value values[PARLEY_FIELDS_MAX];
	size_t stream_len;
	struct sq_record r;

	known = sq_record_find(docs, (size_t)sqlite3_column_bytes(st, 0), seq, &r);
	stream = sq_text(st, 1, &stream_len);
	if (known < 0 || stream_len >= PARLEY_KEY_MAX)
		return sq_damaged(err);
	if (known == 0)
		return 0;
	if (parley_fields(w->c, r.json, r.json_len, values, &scratch, err) != 0)
		return -1;
	if (values[field].present && strcmp(values[field].text, name) == 0)
		sq_walker_next(w, name, stream, &r);
	return 0;
}

static int
walk_place(struct sq_walker *w, const char *name, struct sq_place place, struct parley_error *err)
{
	sqlite3_stmt *st = run_statement(w->r, w->c, err);
	int rc, ok = 0;

	if (st == NULL)
		return -1;
	sqlite3_bind_int64(st, SQ_ID, place.run);
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW)
		ok = walk_named(w, name, place.seq, st, err);
	else if (rc != SQLITE_DONE)
		ok = sq_fail(w->r->db, "read", err);
	sqlite3_reset(st);
	return ok;
}

/* A key of a row of the map, in a text that they share. */
struct key {
	size_t at;
	struct sq_place place;
};

/* The keys of a row that satisfy the query, in ascending order. New: free(). */
static struct key *
keys_of(struct sq_walker *w, sqlite3_stmt *st, struct parley_text *texts, int64_t *count_r)
{
	const char *bytes = sqlite3_column_blob(st, 0);
	struct sq_walk keys = { .bytes = { bytes, bytes + sqlite3_column_bytes(st, 0) } };
	struct key *list = NULL;
	size_t count = 0, room = 0;
	int rc;

	while ((rc = sq_walk_next(&keys)) == 1) {
		const char *text = keys.key.s != NULL ? keys.key.s : "";

		if (!sq_walker_holds(w, w->log->names[w->name], text))
			continue;
		if (count == room) {
			room = room == 0 ? 64 : 2 * room;
			list = realloc(list, room * sizeof *list);
			parley_assert(list != NULL);
		}
		list[count++] = (struct key){ texts->len, keys.place };
		parley_text_add(texts, text, strlen(text) + 1);
	}
	parley_text_fini(&keys.key);
	*count_r = rc < 0 ? -1 : (int64_t)count;
	return list;
}

static int
walk_keys(struct sq_walker *w, sqlite3_stmt *st, struct parley_error *err)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text texts = { 0 };
	int64_t count;
	struct key *keys = keys_of(w, st, &texts, &count);
	int ok = count < 0 ? sq_damaged(err) : 0;

	for (int64_t i = 0; i < count && w->count < w->max && ok == 0; i++) {
		const struct key *key = &keys[w->query->descending ? count - 1 - i : i];

		ok = walk_place(w, texts.s + key->at, key->place, err);
	}
	free(keys);
	return ok;
}

int
sq_walk_by_name(struct sq_walker *w, struct parley_error *err)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text table = { 0 }, sql = { 0 };
	struct sq_shape shape;
	sqlite3_stmt *st;

	sq_shape_fill(&shape, w->c, SQ_READ_NAMES, NULL, NULL);
	shape.index = (int8_t)w->name;
	shape.descending = w->query->descending;
	st = sq_reader_cached(w->r, &shape);
	if (st == NULL) {
		sq_put_names_table(&table, w->c, w->log->names[w->name]);
		sq_put_for(&sql,
		    "SELECT keys FROM \"@\" WHERE first <= ?2 AND first >= coalesce((SELECT first "
		    "FROM \"@\" WHERE first <= ?1 ORDER BY first DESC LIMIT 1), '') ORDER BY first",
		    table.s);
		parley_text_puts(&sql, w->query->descending ? " DESC" : "");
		st = sq_reader_prepare(w->r, &shape, sql.s, err);
	}
	if (st == NULL)
		return -1;
	sq_bind_text(st, 1, w->low, strlen(w->low));
	sq_bind_text(st, 2, w->high, strlen(w->high));
	return sq_walker_rows(w, st, walk_keys, err);
}
