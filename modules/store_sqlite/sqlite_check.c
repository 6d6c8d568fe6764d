/* SPDX-License-Identifier: MIT */
/* sqlite_check.c - reads a whole store and tells what is damaged. */
#include "sqlite_upkeep.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINES_MAX 50 /* damages told one by one */

static const char *
what_is(const struct sq_pages *p, const struct sq_tree *tree)
{
	if (tree == &p->trees[0])
		return "";
	return strcmp(tree->name, tree->table) == 0 ? "the table " : "the index ";
}

static void
tell_page(const struct sq_pages *p, uint32_t page, const struct parley_told *told)
{
	const struct sq_page_note *note = &p->notes[page];
	const struct sq_tree *tree = &p->trees[note->tree];

	switch ((enum sq_page_kind)note->kind) {
	case SQ_TREE:
	case SQ_OVERFLOW:
		sq_tell(told, "page %u is damaged, of %s%s", page, what_is(p, tree), tree->name);
		break;
	case SQ_FREE:
		sq_tell(told, "page %u is damaged, but free: nothing was on it", page);
		break;
	case SQ_UNKNOWN:
		sq_tell(told, "page %u is damaged; what leads to it is damaged too", page);
		break;
	}
}

/* What cannot be reached: its number is told, for there may be many. */
static uint32_t
count_unreachable(const struct sq_pages *p)
{
	uint32_t n = 0;

	for (uint32_t page = 1; page <= p->count; page++)
		n += p->notes[page].kind == SQ_UNKNOWN && !p->notes[page].bad;
	return n;
}

static int
tell_pages(const struct sq_pages *p, const struct parley_told *told)
{
	uint32_t bad = 0, lost;

	for (uint32_t page = 1; page <= p->count; page++) {
		if (!p->notes[page].bad)
			continue;
		if (bad++ < LINES_MAX)
			tell_page(p, page, told);
	}
	if (bad > LINES_MAX)
		sq_tell(told, "and %u more pages are damaged", bad - LINES_MAX);
	lost = bad > 0 ? count_unreachable(p) : 0;
	if (lost > 0)
		sq_tell(told, "%u pages are good, but only damaged ones lead to them", lost);
	return bad > 0;
}

/* What is good by its sums may still have been written wrongly. */
static int
ask_sqlite(sqlite3 *db, const struct parley_told *told, struct parley_error *err)
{
	sqlite3_stmt *st = sq_prepare(db, "PRAGMA integrity_check(50)", err);
	int damaged = 0, rc;

	if (st == NULL)
		return -1;
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		const char *line = sq_text(st, 0, NULL);

		if (strcmp(line, "ok") == 0)
			continue;
		sq_tell(told, "%s", line);
		damaged = 1;
	}
	if (rc != SQLITE_DONE)
		damaged = sq_fail(db, "look", err);
	sqlite3_finalize(st);
	return damaged;
}

int
sq_check_file(
    const char *path, sqlite3 *db, const struct parley_told *told, struct parley_error *err)
{
	struct sq_pages pages;
	int damaged;

	if (sq_pages_open(&pages, path, told, err) != 0)
		return -1;
	if (!pages.summed)
		sq_tell(told, "the store has no sums yet: damage may go unnoticed");
	damaged = tell_pages(&pages, told);
	sq_pages_close(&pages);
	return damaged == 0 && db != NULL ? ask_sqlite(db, told, err) : damaged;
}

/* A log with a damaged frame is not given to SQLite, which would forget what is behind it. */
static int
check_unused(const char *path, const struct parley_told *told)
{
	struct parley_error err = { 0 };

	if (sq_wal_check(path, &err) == 0)
		return 0;
	sq_tell(told, "%s", err.text);
	return 1;
}

static int
check(const char *location, const char *path, const struct parley_told *told,
    struct parley_error *err)
{
	struct parley_error why = { 0 };
	int lock = -1, damaged = 0, rc;
	sqlite3 *db = NULL;

	if (sq_lock(location, &lock, &why) == 0)
		damaged = check_unused(path, told);
	else if (why.code == PARLEY_CONFLICT)
		sq_tell(told, "a node uses the store; it is read as it was when this began");
	if (damaged == 0 && sq_connect_beside(path, &db, &why) != 0) {
		sq_tell(told, "%s", why.text);
		damaged = 1;
	}
	rc = sq_check_file(path, db, told, err);
	if (rc == 0 && damaged == 0)
		rc = sq_contents_tell(db, told, err);
	sqlite3_close(db);
	if (lock >= 0)
		close(lock);
	return rc < 0 ? -1 : rc || damaged;
}

int
sq_check(const char *location, const struct parley_told *told, struct parley_error *err)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text path = { 0 };
	struct sq_owner owner;
	struct stat st;
	int rc;

	parley_text_printf(&path, "%s/parley.db", location);
	if (stat(path.s, &st) != 0)
		return parley_fail(
		    err, PARLEY_NOT_FOUND, NULL, "there is no store in %s", location);
	owner = sq_become_owner(path.s);
	rc = check(location, path.s, told, err);
	sq_become_root(owner);
	return rc;
}
