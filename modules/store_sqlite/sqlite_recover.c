/* SPDX-License-Identifier: MIT */
/* sqlite_recover.c - makes a new store of what can be read of a damaged one, and tells what could
 * not. Documents alone are taken over; indexes and maps are made of them anew. */
#include "sqlite_salvage.h"
#include "sqlite_upkeep.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SOURCES_MAX 200

/* So many places are left free behind the last document of a stream when there may have been more:
 * a run ends with 16 KiB, which no 512 documents have; of the newest commits nobody knows. They
 * count as unread until somebody reads on. */
#define RUN_GAP    512
#define NEWEST_GAP 4096

struct recovery {
	const struct parley_told *told;
	struct parley_error *err;
	struct sq_pages pages;
	struct sq_source sources[SOURCES_MAX];
	unsigned count;
	bool newest_lost;                   /* some of the last commits, whatever they were */
	struct sq_store *store;             /* the new one */
	sqlite3_stmt *inserts[SOURCES_MAX]; /* by the number of the source */
};

/* ---- writing ------------------------------------------------------------------------------ */

static sqlite3_stmt *
insert_of(struct recovery *r, const struct sq_source *source)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text sql = { 0 };
	size_t n = (size_t)(source - r->sources);

	if (r->inserts[n] != NULL)
		return r->inserts[n];
	sq_put_insert(&sql, source->c);
	r->inserts[n] = sq_prepare(r->store->db, sql.s, r->err);
	return r->inserts[n];
}

static void
tell_broken(const struct recovery *r, const struct sq_source *source, const char *name, size_t len,
    int64_t seq)
{
	char number[24] = "";

	if (seq > 0)
		snprintf(number, sizeof number, "/%" PRId64, seq);
	sq_tell(r->told, "lost: %s %.*s%s, which is no document any more", source->c->name,
	    (int)len, name, number);
}

/* name: the key or stream. A document that is there already stays. 0 or -1. */
static int
put_document(struct recovery *r, struct sq_source *source, const char *name, size_t name_len,
    const struct sq_record *d)
{
	PARLEY_AUTO(parley_merge_free) void *scratch = NULL;
	struct parley_value values[PARLEY_FIELDS_MAX];
	sqlite3_stmt *st = insert_of(r, source);
	int rc;

	if (st == NULL)
		return -1;
	if (parley_fields(source->c, d->json, d->json_len, values, &scratch, NULL) != 0) {
		tell_broken(r, source, name, name_len, d->seq);
		return 0;
	}
	sq_bind_text(st, SQ_KEY, name, name_len);
	if (source->c->log) {
		sqlite3_bind_int64(st, SQ_SEQ, d->seq);
		sq_bind_text(st, SQ_ORIGIN, d->origin_len > 0 ? d->origin : NULL, d->origin_len);
	}
	sq_bind_text(st, SQ_DOC, d->json, d->json_len);
	sq_bind_values(st, source->c, parley_field_count(source->c), values);
	rc = sq_run(st);
	source->saved += rc == 0;
	if (rc == 0 || (rc & 0xff) == SQLITE_CONSTRAINT)
		return 0;
	return sq_fail(r->store->db, "write", r->err);
}

/* Documents packed in a row of runs, or of the journal. */
static int
put_packed(struct recovery *r, struct sq_source *source, const struct sq_datum *data)
{
	const struct sq_datum *docs = &data[source->doc];
	struct sq_bytes bytes = { docs->bytes, docs->bytes + docs->len };
	struct sq_record d;
	int more = 0, rc = 0;

	while (rc == 0 && (more = sq_record_next(&bytes, &d)) == 1) {
		if (source->kind == SQ_OF_RUNS)
			rc = put_document(
			    r, source, data[source->key].bytes, data[source->key].len, &d);
		else
			rc = put_document(r, source, d.stream, d.stream_len, &d);
	}
	if (rc == 0 && more < 0)
		sq_tell(r->told, "lost: a part of a row of %s", source->table.s);
	return rc;
}

static int
put_row(void *context, struct sq_source *source, const struct sq_datum *data)
{
	struct recovery *r = context;
	struct sq_record d = { 0 };

	if (source->kind == SQ_OF_RUNS || source->kind == SQ_OF_JOURNAL)
		return put_packed(r, source, data);
	d.json = data[source->doc].bytes;
	d.json_len = data[source->doc].len;
	if (source->kind == SQ_OF_ROWS) {
		d.seq = data[source->seq].integer;
		d.origin = data[source->origin].bytes;
		d.origin_len = data[source->origin].len;
	}
	return put_document(r, source, data[source->key].bytes, data[source->key].len, &d);
}

/* ---- seqs that are never used again ------------------------------------------------------- */

/* ?1 is the stream, if there is one, ?2 seq, ?3 gap, @ the name of the log. */
static int
run_on_floors(struct recovery *r, const struct parley_collection *c, const char *sql,
    const struct sq_datum *stream, int64_t seq, int64_t gap)
{
	sqlite3_stmt *st = sq_prepare_for(r->store->db, sql, c->name, r->err);
	int rc;

	if (st == NULL)
		return -1;
	if (stream != NULL)
		sq_bind_text(st, 1, stream->bytes, stream->len);
	sqlite3_bind_int64(st, 2, seq);
	sqlite3_bind_int64(st, 3, gap);
	rc = sq_run(st);
	sqlite3_finalize(st);
	return rc == 0 ? 0 : sq_fail(r->store->db, "write", r->err);
}

/* Nothing, where something behind seq is there; else what comes next is behind seq and the gap. */
static int
put_floor(struct recovery *r, const struct parley_collection *c, const struct sq_datum *stream,
    int64_t seq, int64_t gap)
{
	return run_on_floors(r, c,
	    "INSERT INTO \"floors.@\"(stream, seq) SELECT ?1, ?2 + ?3 WHERE ?2 > "
	    "coalesce((SELECT max(seq) FROM \"log.@\" WHERE stream = ?1), 0) "
	    "ON CONFLICT(stream) DO UPDATE SET seq = max(seq, excluded.seq)",
	    stream, seq, gap);
}

/* Nobody knows in which streams what was lost of the newest was. */
static int
lift_all(struct recovery *r, const struct parley_collection *c)
{
	return run_on_floors(r, c,
	    "INSERT INTO \"floors.@\"(stream, seq) "
	    "SELECT stream, max(seq) + ?3 FROM \"log.@\" WHERE ?2 = 0 GROUP BY stream "
	    "ON CONFLICT(stream) DO UPDATE SET seq = max(seq, excluded.seq)",
	    NULL, 0, NEWEST_GAP);
}

static int
put_floors_of_page(struct recovery *r, const struct parley_collection *c, uint32_t page)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text record = { 0 };
	unsigned char bytes[SQ_PAGE];
	struct sq_node node;
	struct sq_cell cell;
	struct sq_datum d[2];

	if (!sq_page_read(&r->pages, page, bytes) ||
	    !sq_node_open(&node, bytes, page, r->pages.usable))
		return 0;
	for (uint32_t n = 0; n < node.cells; n++)
		if (sq_cell_at(&node, n, &cell) && sq_record_read(&r->pages, &cell, &record) &&
		    sq_data_of(&record, d, 2) == 2 && d[0].type == SQ_TEXT &&
		    d[1].type == SQ_INTEGER && put_floor(r, c, &d[0], d[1].integer, 0) != 0)
			return -1;
	return 0;
}

static int
put_floors(struct recovery *r, const struct parley_collection *c)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text name = { 0 };
	const struct sq_page_note *notes = r->pages.notes;
	int rc = 0;

	parley_text_printf(&name, "floors.%s", c->name);
	for (uint32_t page = 2; page <= r->pages.count && rc == 0; page++)
		if (notes[page].kind == SQ_TREE && !notes[page].bad &&
		    strcmp(r->pages.trees[notes[page].tree].name, name.s) == 0)
			rc = put_floors_of_page(r, c, page);
	return rc;
}

/* ---- what was lost ------------------------------------------------------------------------ */

static void
tell_missing(void *context, const struct sq_source *source, const struct sq_datum *d)
{
	struct recovery *r = context;

	if (source->kind == SQ_OF_DOCS) {
		sq_tell(r->told, "lost: %s %.*s", source->c->name, (int)d[0].len, d[0].bytes);
		return;
	}
	sq_tell(r->told, "lost: %s %.*s/%" PRId64 "%s", source->c->name, (int)d[0].len, d[0].bytes,
	    d[1].integer, source->kind == SQ_OF_RUNS ? " and those that follow it" : "");
	if (put_floor(
		r, source->c, &d[0], d[1].integer, source->kind == SQ_OF_RUNS ? RUN_GAP : 0) != 0)
		sq_tell(r->told, "%s", r->err->text);
}

static uint64_t
bad_pages_of(const struct recovery *r, int tree)
{
	uint64_t n = 0;

	for (uint32_t page = 1; page <= r->pages.count; page++)
		n += r->pages.notes[page].bad && r->pages.notes[page].kind != SQ_FREE &&
		     (r->pages.notes[page].kind == SQ_UNKNOWN || r->pages.notes[page].tree == tree);
	return n;
}

/* True when all that is missing of the source has been told. */
static void
tell_source(struct recovery *r, struct sq_source *source)
{
	struct sq_missing missing = { 0 };
	uint64_t bad = bad_pages_of(r, source->tree);

	if (source->kind != SQ_OF_JOURNAL)
		missing = sq_salvage_missing(source, &r->pages, tell_missing, r);
	if (bad > 0 && !missing.whole && source->kind != SQ_OF_JOURNAL)
		sq_tell(
		    r->told, "more of %s may be lost: what tells is damaged too", source->c->name);
	r->newest_lost |= bad > 0 && source->kind == SQ_OF_JOURNAL;
	if (bad > 0 && source->kind == SQ_OF_JOURNAL)
		sq_tell(r->told,
		    "of the newest of %s some may be lost: %" PRIu64 " damaged pages may be theirs",
		    source->c->name, bad);
	/* also that there was nothing: what is gone altogether nothing else tells of */
	if (source->saved > 0 || source->kind == SQ_OF_DOCS || source->kind == SQ_OF_RUNS)
		sq_tell(r->told, "saved: %" PRIu64 " of %s%s", source->saved, source->c->name,
		    source->kind == SQ_OF_JOURNAL ? ", from the journal" : "");
}

/* ---- the new store ------------------------------------------------------------------------ */

static void
add_source(struct recovery *r, const struct parley_collection *c, enum sq_source_kind kind)
{
	struct sq_source *source;

	parley_assert(r->count < SOURCES_MAX);
	source = &r->sources[r->count++];
	source->c = c;
	source->kind = kind;
	sq_source_open(source, &r->pages);
}

static int
add_collection(struct recovery *r, const struct parley_collection *c)
{
	if (!c->log) {
		add_source(r, c, SQ_OF_DOCS);
		return sq_declare(r->store, c, r->err);
	}
	add_source(r, c, SQ_OF_RUNS);
	add_source(r, c, SQ_OF_JOURNAL);
	if (!sq_in_runs(c))
		add_source(r, c, SQ_OF_ROWS);
	return sq_declare_rows(r->store, c, r->err);
}

static int
fill(struct recovery *r, const struct parley_collection *const *collections)
{
	struct sq_salvage s = { .pages = &r->pages,
		.sources = r->sources,
		.count = r->count,
		.told = r->told,
		.row = put_row,
		.context = r };

	if (sq_exec(r->store->db, "BEGIN", r->err) != 0 || sq_salvage_rows(&s, false) != 0 ||
	    sq_salvage_rows(&s, true) != 0)
		return -1;
	for (unsigned i = 0; collections[i] != NULL; i++)
		if (collections[i]->log && put_floors(r, collections[i]) != 0)
			return -1;
	for (unsigned i = 0; i < r->count; i++)
		tell_source(r, &r->sources[i]);
	for (unsigned i = 0; collections[i] != NULL; i++)
		if (collections[i]->log && r->newest_lost && lift_all(r, collections[i]) != 0)
			return -1;
	if (s.strange > 0)
		sq_tell(r->told, "lost: %" PRIu64 " rows that cannot be told whose they are",
		    s.strange);
	return sq_exec(r->store->db, "COMMIT", r->err);
}

static void
finish_inserts(struct recovery *r)
{
	for (unsigned i = 0; i < r->count; i++) {
		sqlite3_finalize(r->inserts[i]);
		sq_source_close(&r->sources[i]);
	}
}

/* Logs that were filled as rows become what they are declared to be. */
static int
make_store(struct recovery *r, const struct parley_collection *const *collections)
{
	int rc = 0;

	for (unsigned i = 0; collections[i] != NULL && rc == 0; i++)
		rc = add_collection(r, collections[i]);
	if (rc == 0)
		rc = fill(r, collections);
	finish_inserts(r);
	for (unsigned i = 0; collections[i] != NULL && rc == 0; i++)
		if (collections[i]->log)
			rc = sq_declare(r->store, collections[i], r->err);
	return rc;
}

/* Tables of collections that no module declares are left where they are. */
static void
tell_unknown(struct recovery *r)
{
	for (int tree = 1; tree < r->pages.tree_count; tree++) {
		const char *name = r->pages.trees[tree].name;
		bool ours = strcmp(name, r->pages.trees[tree].table) == 0 &&
			    (strncmp(name, "docs.", 5) == 0 || strncmp(name, "runs.", 5) == 0);

		for (unsigned i = 0; i < r->count && ours; i++)
			ours = r->sources[i].tree != tree;
		if (ours)
			sq_tell(r->told, "left out: %s, which no module in the configuration has",
			    name + 5);
	}
}

/* ---- in its place ------------------------------------------------------------------------- */

static void
remove_part(const char *part)
{
	static const char *const names[] = { "parley.db", "parley.db-wal", "parley.db-shm",
		"store.lock" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		PARLEY_AUTO(parley_text_fini) struct parley_text path = { 0 };

		parley_text_printf(&path, "%s/%s", part, names[i]);
		unlink(path.s);
	}
	rmdir(part);
}

static int
replace(const char *location, const char *part, const struct parley_told *told,
    struct parley_error *err)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text from = { 0 }, to = { 0 }, stamp = { 0 };

	parley_text_puts(&stamp, "damaged-");
	sq_put_stamp(&stamp);
	parley_text_printf(&from, "%s/parley.db", part);
	parley_text_printf(&to, "%s/parley.db", location);
	if (sq_sync_path(from.s, err) != 0 || sq_keep_old(location, stamp.s, told, err) != 0)
		return -1;
	if (rename(from.s, to.s) != 0)
		return parley_fail(
		    err, PARLEY_INTERNAL, NULL, "cannot move %s: %s", from.s, strerror(errno));
	return sq_sync_path(location, err);
}

static int
recover(const char *location, const char *path, const struct parley_collection *const *collections,
    const struct parley_told *told, struct parley_error *err)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text part = { 0 };
	struct recovery *r = sq_alloc(sizeof *r);
	void *state = NULL;
	int rc = -1;

	r->told = told;
	r->err = err;
	parley_text_printf(&part, "%s/recovering", location);
	remove_part(part.s);
	r->newest_lost = sq_wal_check(path, err) != 0;
	if (r->newest_lost)
		sq_tell(told, "lost: commits in the log: %s", err->text);
	if (sq_pages_open(&r->pages, path, told, err) == 0) {
		if (sq_open(part.s, &state, err) == 0) {
			r->store = state;
			rc = make_store(r, collections);
			tell_unknown(r);
			sq_close(state);
		}
		sq_pages_close(&r->pages);
	}
	free(r);
	if (rc == 0)
		rc = replace(location, part.s, told, err);
	remove_part(part.s);
	return rc;
}

int
sq_recover(const char *location, const struct parley_collection *const *collections,
    const struct parley_told *told, struct parley_error *err)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text path = { 0 };
	struct sq_owner owner;
	int lock = -1, rc;

	parley_text_printf(&path, "%s/parley.db", location);
	if (access(path.s, F_OK) != 0)
		return parley_fail(
		    err, PARLEY_NOT_FOUND, NULL, "there is no store in %s", location);
	owner = sq_become_owner(path.s);
	rc = sq_lock(location, &lock, err);
	if (rc == 0)
		rc = recover(location, path.s, collections, told, err);
	if (lock >= 0)
		close(lock);
	sq_become_root(owner);
	return rc;
}
