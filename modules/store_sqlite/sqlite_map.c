/* SPDX-License-Identifier: MIT */
/* sqlite_map.c - texts in order, each with the place of a document, many of them packed in a row of
 * a table: a key costs a fortieth of what a row of its own would. Each key leaves out what it
 * shares with the one before it. */
#include "sqlite_log.h"

#include <string.h>

#define ROW_BYTES 900 /* more would not lie in SQLite's own page */
#define ROW_FULL  700 /* keys that come behind such a row begin the next */

#define NUMBER_MAX 9 /* bytes of a packed number */

void
sq_map_create_sql(struct parley_text *sql, const char *table)
{
	parley_text_printf(sql,
	    "CREATE TABLE \"%s\"(first TEXT PRIMARY KEY, keys BLOB NOT NULL) WITHOUT ROWID;",
	    table);
}

int
sq_map_open(struct sq_map *m, sqlite3 *db, const char *table, struct parley_error *err)
{
	m->db = db;
	m->below = sq_prepare_for(db,
	    "SELECT keys, first FROM \"@\" WHERE first <= ?1 ORDER BY first DESC LIMIT 1", table,
	    err);
	m->above = sq_prepare_for(
	    db, "SELECT first FROM \"@\" WHERE first > ?1 ORDER BY first LIMIT 1", table, err);
	m->put = sq_prepare_for(
	    db, "INSERT OR REPLACE INTO \"@\"(first, keys) VALUES(?1, ?2)", table, err);
	m->drop = sq_prepare_for(db, "DELETE FROM \"@\" WHERE first = ?1", table, err);
	return m->below != NULL && m->above != NULL && m->put != NULL && m->drop != NULL ? 0 : -1;
}

void
sq_map_close(struct sq_map *m)
{
	sqlite3_finalize(m->below);
	sqlite3_finalize(m->above);
	sqlite3_finalize(m->put);
	sqlite3_finalize(m->drop);
	*m = (struct sq_map){ 0 };
}

/* ---- the keys of a row ------------------------------------------------------------------------
 */

/* Seven bits to a byte, the lowest first; the last byte is below 128. */
static char *
put_number(char *to, uint64_t n)
{
	for (; n >= 128; n >>= 7)
		*to++ = (char)(n | 128);
	*to++ = (char)n;
	return to;
}

static bool
get_number(struct sq_bytes *bytes, uint64_t *n_r)
{
	unsigned shift = 0;
	uint64_t n = 0;

	if (bytes->at < bytes->end && (unsigned char)*bytes->at < 128) {
		*n_r = (unsigned char)*bytes->at++;
		return true;
	}
	for (; bytes->at < bytes->end && shift < 63; shift += 7) {
		unsigned char byte = (unsigned char)*bytes->at++;

		n |= (uint64_t)(byte & 127) << shift;
		if (byte < 128) {
			*n_r = n;
			return true;
		}
	}
	return false;
}

int
sq_walk_next(struct sq_walk *w)
{
	uint64_t shared, rest, run, seq;

	if (w->bytes.at == w->bytes.end)
		return 0;
	if (!get_number(&w->bytes, &shared) || !get_number(&w->bytes, &rest) ||
	    shared > w->key.len || rest > (size_t)(w->bytes.end - w->bytes.at))
		return -1;
	w->key.len = (size_t)shared;
	if (shared + rest >= w->key.cap)
		parley_text_reserve(&w->key, (size_t)rest);
	memcpy(w->key.s + shared, w->bytes.at, (size_t)rest);
	w->key.len += (size_t)rest;
	w->key.s[w->key.len] = '\0';
	w->bytes.at += rest;
	if (!get_number(&w->bytes, &run) || !get_number(&w->bytes, &seq))
		return -1;
	w->place = (struct sq_place){ (int64_t)run, (int64_t)seq };
	return 1;
}

/* Rows that are being written. */
struct pack {
	struct sq_map *m;
	struct parley_text first, bytes, kept;
	const char *last; /* key; it lives until the next is added */
	size_t last_len;
};

static void
pack_fini(struct pack *p)
{
	parley_text_fini(&p->first);
	parley_text_fini(&p->bytes);
	parley_text_fini(&p->kept);
}

/* Of a key that is going to change. */
static void
pack_keep_last(struct pack *p)
{
	parley_text_clear(&p->kept);
	parley_text_add(&p->kept, p->last, p->last_len);
	p->last = p->kept.s;
}

static int
pack_flush(struct pack *p, struct parley_error *err)
{
	int rc;

	if (p->bytes.len == 0)
		return 0;
	sq_bind_text(p->m->put, 1, p->first.s, p->first.len);
	sqlite3_bind_blob(p->m->put, 2, p->bytes.s, (int)p->bytes.len, SQLITE_STATIC);
	rc = sq_run(p->m->put);
	parley_text_clear(&p->bytes);
	return rc == 0 ? 0 : sq_fail(p->m->db, "write", err);
}

/* How many bytes they begin with alike; eight at a time. */
static size_t
common(const char *a, const char *b, size_t max)
{
	uint64_t x, y;
	size_t n = 0;

	for (; n + sizeof x <= max; n += sizeof x) {
		memcpy(&x, a + n, sizeof x);
		memcpy(&y, b + n, sizeof y);
		if (x != y)
			break;
	}
	while (n < max && a[n] == b[n])
		n++;
	return n;
}

static int
pack_add(
    struct pack *p, const char *key, size_t len, struct sq_place place, struct parley_error *err)
{
	size_t shared = 0;
	char *to;

	if (p->bytes.len >= ROW_BYTES && pack_flush(p, err) != 0)
		return -1;
	if (p->bytes.len == 0) {
		parley_text_clear(&p->first);
		parley_text_add(&p->first, key, len);
	} else {
		shared = common(key, p->last, len < p->last_len ? len : p->last_len);
	}
	to = parley_text_reserve(&p->bytes, 4 * NUMBER_MAX + len);
	to = put_number(to, shared);
	to = put_number(to, len - shared);
	memcpy(to, key + shared, len - shared);
	to = put_number(to + len - shared, (uint64_t)place.run);
	to = put_number(to, (uint64_t)place.seq);
	p->bytes.len = (size_t)(to - p->bytes.s);
	p->last = key;
	p->last_len = len;
	return 0;
}

static int
compare(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t both = a_len < b_len ? a_len : b_len;
	int sign = both > 0 ? memcmp(a, b, both) : 0;

	return sign != 0 ? sign : (a_len > b_len) - (a_len < b_len);
}

/* ---- adding -----------------------------------------------------------------------------------
 */

/* Reads the row where a key is or would be: its keys, none when there is no row, and the first. */
static int
row_below(struct sq_map *m, const char *text, size_t len, struct parley_text *bytes,
    struct parley_text *first, struct parley_error *err)
{
	const char *s;
	int rc;

	parley_text_clear(bytes);
	sq_bind_text(m->below, 1, text, len);
	rc = sqlite3_step(m->below);
	if (rc == SQLITE_ROW) {
		parley_text_add(bytes, sqlite3_column_blob(m->below, 0),
		    (size_t)sqlite3_column_bytes(m->below, 0));
		s = sq_text(m->below, 1, &len);
		parley_text_add(first, s, len);
	}
	sqlite3_reset(m->below);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : sq_fail(m->db, "read", err);
}

/* How many of the keys are in ascending order and before the row that follows that of the first. */
static int
keys_of_row(struct sq_map *m, const struct sq_key *keys, size_t count, size_t *n_r,
    struct parley_error *err)
{
	const char *next = NULL;
	size_t len = 0, n = 1;
	int rc;

	sq_bind_text(m->above, 1, keys[0].text, keys[0].len);
	rc = sqlite3_step(m->above);
	if (rc == SQLITE_ROW)
		next = sq_text(m->above, 0, &len);
	for (; n < count; n++)
		if (compare(keys[n].text, keys[n].len, keys[n - 1].text, keys[n - 1].len) <= 0 ||
		    (next != NULL && compare(keys[n].text, keys[n].len, next, len) >= 0))
			break;
	sqlite3_reset(m->above);
	*n_r = n;
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : sq_fail(m->db, "read", err);
}

/* Adds the keys behind all others. */
static int
pack_rest(struct pack *p, const struct sq_key *keys, size_t count, struct parley_error *err)
{
	for (size_t i = 0; i < count; i++)
		if (pack_add(p, keys[i].text, keys[i].len, keys[i].place, err) != 0)
			return -1;
	return pack_flush(p, err);
}

/* Writes the keys of a row and these, in order; of a key that both have, this one. */
static int
pack_both(struct pack *p, const struct parley_text *row, const struct sq_key *keys, size_t count,
    struct parley_error *err)
{
	struct sq_walk old = { .bytes = { row->s, row->s + row->len } };
	int more = sq_walk_next(&old), sign, rc = 0;
	size_t i = 0;

	while (more == 1 && rc == 0) {
		sign = i < count ? compare(keys[i].text, keys[i].len, old.key.s, old.key.len) : 1;
		if (sign <= 0) {
			rc = pack_add(p, keys[i].text, keys[i].len, keys[i].place, err);
			i++;
		} else {
			rc = pack_add(p, old.key.s, old.key.len, old.place, err);
			pack_keep_last(p);
		}
		if (sign >= 0)
			more = sq_walk_next(&old);
	}
	if (rc == 0)
		rc = more < 0 ? sq_damaged(err) : pack_rest(p, keys + i, count - i, err);
	parley_text_fini(&old.key);
	return rc;
}

/* Mostly keys come behind those of the row, which then stays as it is, and is left alone when it is
 * full. *done_r is false when they do not. */
static int
append(struct pack *p, struct parley_text *row, struct parley_text *first,
    const struct sq_key *keys, size_t count, bool *done_r, struct parley_error *err)
{
	struct sq_walk w = { .bytes = sq_bytes_of(row) };
	int more, rc = 0;

	while ((more = sq_walk_next(&w)) == 1)
		;
	*done_r =
	    more == 0 && (row->len == 0 || compare(keys->text, keys->len, w.key.s, w.key.len) > 0);
	if (*done_r && row->len > 0 && row->len < ROW_FULL) {
		parley_text_add(&p->bytes, row->s, row->len);
		parley_text_add(&p->first, first->s, first->len);
		p->last = w.key.s;
		p->last_len = w.key.len;
	}
	if (*done_r)
		rc = pack_rest(p, keys, count, err);
	parley_text_fini(&w.key);
	return rc;
}

/* Puts the first of the keys, and those after it that belong into the same row. */
static int
put_row(struct sq_map *m, const struct sq_key *keys, size_t count, size_t *done_r,
    struct parley_error *err)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text row = { 0 }, first = { 0 };
	PARLEY_AUTO(pack_fini) struct pack pack = { .m = m };
	bool appended = false;

	if (row_below(m, keys->text, keys->len, &row, &first, err) != 0 ||
	    keys_of_row(m, keys, count, done_r, err) != 0 ||
	    append(&pack, &row, &first, keys, *done_r, &appended, err) != 0)
		return -1;
	return appended ? 0 : pack_both(&pack, &row, keys, *done_r, err);
}

int
sq_map_put(struct sq_map *m, const struct sq_key *keys, size_t count, struct parley_error *err)
{
	size_t done;

	for (; count > 0; keys += done, count -= done)
		if (put_row(m, keys, count, &done, err) != 0)
			return -1;
	return 0;
}

/* ---- taking out -------------------------------------------------------------------------------
 */

static bool
is_key(const struct sq_walk *w, const char *text, size_t len, int64_t seq)
{
	return w->place.seq == seq && compare(w->key.s, w->key.len, text, len) == 0;
}

/* 1, 0, or -1 when the row is damaged. */
static int
has_key(const struct parley_text *row, const char *text, size_t len, int64_t seq)
{
	struct sq_walk w = { .bytes = sq_bytes_of(row) };
	int more;

	while ((more = sq_walk_next(&w)) == 1 && !is_key(&w, text, len, seq))
		;
	parley_text_fini(&w.key);
	return more;
}

/* Writes the keys of a row but one. */
static int
pack_without(struct pack *p, const struct parley_text *row, const char *text, size_t len,
    int64_t seq, struct parley_error *err)
{
	struct sq_walk w = { .bytes = sq_bytes_of(row) };
	int rc = 0;

	while (rc == 0 && sq_walk_next(&w) == 1) {
		if (is_key(&w, text, len, seq))
			continue;
		rc = pack_add(p, w.key.s, w.key.len, w.place, err);
		pack_keep_last(p);
	}
	parley_text_fini(&w.key);
	return rc == 0 ? pack_flush(p, err) : -1;
}

/* The row is written anew, since it goes by the first of its keys: who looks for the last key up to
 * some text looks into one row. */
int
sq_map_drop(struct sq_map *m, const char *text, size_t len, int64_t seq, struct parley_error *err)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text row = { 0 }, first = { 0 };
	PARLEY_AUTO(pack_fini) struct pack pack = { .m = m };
	int has;

	if (row_below(m, text, len, &row, &first, err) != 0)
		return -1;
	has = has_key(&row, text, len, seq);
	if (has <= 0)
		return has < 0 ? sq_damaged(err) : 0;
	sq_bind_text(m->drop, 1, first.s, first.len);
	if (sq_run(m->drop) != 0)
		return sq_fail(m->db, "write", err);
	return pack_without(&pack, &row, text, len, seq, err);
}

/* ---- finding ----------------------------------------------------------------------------------
 */

int
sq_map_find(struct sq_map *m, const char *text, size_t len, struct sq_place *place_r, bool *found_r,
    struct parley_error *err)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text row = { 0 }, first = { 0 };
	struct sq_walk w = { 0 };
	int more = 0, sign = -1;

	if (row_below(m, text, len, &row, &first, err) != 0)
		return -1;
	w.bytes = sq_bytes_of(&row);
	while (sign < 0 && (more = sq_walk_next(&w)) == 1)
		sign = compare(w.key.s, w.key.len, text, len);
	*found_r = sign == 0;
	*place_r = w.place;
	parley_text_fini(&w.key);
	return more < 0 ? sq_damaged(err) : 0;
}

int
sq_map_last(struct sq_map *m, const char *text, struct parley_text *key_r, struct parley_error *err)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text row = { 0 }, first = { 0 };
	static const char last[] = "\xff"; /* above all UTF-8 */
	struct sq_walk w = { 0 };
	int more;

	text = text != NULL ? text : last;
	parley_text_clear(key_r);
	if (row_below(m, text, strlen(text), &row, &first, err) != 0)
		return -1;
	w.bytes = sq_bytes_of(&row);
	while ((more = sq_walk_next(&w)) == 1 &&
	       compare(w.key.s, w.key.len, text, strlen(text)) <= 0) {
		parley_text_clear(key_r);
		parley_text_add(key_r, w.key.s, w.key.len);
	}
	parley_text_fini(&w.key);
	return more < 0 ? sq_damaged(err) : 0;
}
