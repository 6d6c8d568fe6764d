/* SPDX-License-Identifier: MIT */
/* sqlite_pages.c - reads every page of a data base, and follows its trees, so that damage can be
 * told by what it is damage of. */
#include "sqlite_pages.h"

#include "sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <parley/memory.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEPTH_MAX  20
#define TREES_MAX  1000
#define LOCK_PAGE  (0x40000000 / SQ_PAGE + 1) /* SQLite leaves it alone */
#define TELL_EACH  256                        /* pages */
#define HEAD_FREE  20                         /* bytes that a page keeps free */
#define HEAD_TRUNK 32                         /* the first page of the list of free ones */

static uint32_t
four_bytes(const unsigned char *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

bool
sq_page_read(const struct sq_pages *p, uint32_t number, unsigned char bytes[SQ_PAGE])
{
	bool read = false;

	if (number == 0 || number > p->count)
		return false;
	if (sq_frames_read(&p->log, number, bytes, &read))
		return read;
	if (pread(p->fd, bytes, SQ_PAGE, (off_t)(number - 1) * SQ_PAGE) != SQ_PAGE)
		return false;
	return !p->summed || sq_sum_check(bytes, number) != SQ_SUM_BAD;
}

/* ---- trees -------------------------------------------------------------------------------- */

/* Notes what a page is for; false when it cannot be that, or is for something else already. */
static bool
claim(struct sq_pages *p, uint32_t number, enum sq_page_kind kind, uint16_t tree)
{
	struct sq_page_note *note = &p->notes[number];

	if (number == 0 || number > p->count || note->kind != SQ_UNKNOWN)
		return false;
	note->kind = (uint8_t)kind;
	note->tree = tree;
	return true;
}

static void
follow_overflow(struct sq_pages *p, const struct sq_cell *cell, uint16_t tree)
{
	unsigned char bytes[SQ_PAGE];
	uint32_t next = cell->overflow;

	while (next != 0 && claim(p, next, SQ_OVERFLOW, tree) && sq_page_read(p, next, bytes))
		next = four_bytes(bytes);
}

static void
follow_tree(struct sq_pages *p, uint32_t number, uint16_t tree, unsigned depth)
{
	unsigned char bytes[SQ_PAGE];
	struct sq_node node;
	struct sq_cell cell;

	if (depth > DEPTH_MAX || !claim(p, number, SQ_TREE, tree) ||
	    !sq_page_read(p, number, bytes))
		return;
	if (!sq_node_open(&node, bytes, number, p->usable)) {
		p->notes[number].bad = true;
		return;
	}
	for (uint32_t n = 0; n < node.cells; n++) {
		if (!sq_cell_at(&node, n, &cell)) {
			p->notes[number].bad = true;
			continue;
		}
		if (cell.overflow != 0)
			follow_overflow(p, &cell, tree);
		if (cell.child != 0)
			follow_tree(p, cell.child, tree, depth + 1);
	}
	if (node.right != 0)
		follow_tree(p, node.right, tree, depth + 1);
}

static void
follow_free_pages(struct sq_pages *p)
{
	unsigned char bytes[SQ_PAGE];
	uint32_t trunk = 0;

	if (sq_page_read(p, 1, bytes))
		trunk = four_bytes(bytes + HEAD_TRUNK);
	while (trunk != 0 && claim(p, trunk, SQ_FREE, 0) && sq_page_read(p, trunk, bytes)) {
		uint32_t leaves = four_bytes(bytes + 4);

		for (uint32_t n = 0; n < leaves && 8 + 4 * n + 4 <= p->usable; n++)
			claim(p, four_bytes(bytes + 8 + 4 * n), SQ_FREE, 0);
		trunk = four_bytes(bytes);
	}
}

/* ---- the schema --------------------------------------------------------------------------- */

static char *
copy(const struct sq_datum *d)
{
	char *s = parley_alloc(d->len + 1);

	if (d->len > 0)
		memcpy(s, d->bytes, d->len);
	return s;
}

/* A row of the schema: type, name, table, root, SQL. */
static bool
is_schema_row(const struct sq_pages *p, const struct sq_datum d[5])
{
	bool table = d[0].type == SQ_TEXT && d[0].len == 5 && memcmp(d[0].bytes, "table", 5) == 0;
	bool index = d[0].type == SQ_TEXT && d[0].len == 5 && memcmp(d[0].bytes, "index", 5) == 0;

	return (table || index) && d[1].type == SQ_TEXT && d[2].type == SQ_TEXT &&
	       d[3].type == SQ_INTEGER && d[3].integer > 0 && d[3].integer <= p->count;
}

/* False when it is none. */
static bool
add_tree(struct sq_pages *p, const struct sq_cell *cell)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text record = { 0 };
	struct sq_datum d[6];
	struct sq_tree *tree;

	if (p->tree_count == TREES_MAX || !sq_record_read(p, cell, &record) ||
	    sq_data_of(&record, d, 6) != 5 || !is_schema_row(p, d))
		return false;
	tree = &p->trees[p->tree_count++];
	tree->name = copy(&d[1]);
	tree->table = copy(&d[2]);
	tree->sql = copy(&d[4]);
	tree->root = (uint32_t)d[3].integer;
	return true;
}

static bool
is_damaged(const struct sq_pages *p, uint16_t tree)
{
	for (uint32_t page = 1; page <= p->count; page++)
		if (p->notes[page].bad && p->notes[page].kind == SQ_TREE &&
		    p->notes[page].tree == tree)
			return true;
	return false;
}

/* Pages of the schema are known by now. When some are damaged, others may be found by what is on
 * them. */
static void
read_schema(struct sq_pages *p)
{
	bool damaged = is_damaged(p, 0);
	unsigned char bytes[SQ_PAGE];
	struct sq_node node;
	struct sq_cell cell;

	for (uint32_t page = 1; page <= p->count; page++) {
		if ((p->notes[page].kind == SQ_UNKNOWN && !damaged) ||
		    p->notes[page].kind == SQ_OVERFLOW || !sq_page_read(p, page, bytes) ||
		    !sq_node_open(&node, bytes, page, p->usable) || node.type != SQ_TABLE_LEAF)
			continue;
		for (uint32_t n = 0; n < node.cells; n++)
			if (sq_cell_at(&node, n, &cell) && add_tree(p, &cell))
				claim(p, page, SQ_TREE, 0);
	}
}

static void
follow_all(struct sq_pages *p)
{
	static const struct sq_datum nothing = { 0 };
	static const struct sq_datum schema = { .bytes = "the list of tables", .len = 18 };

	p->trees = sq_alloc(TREES_MAX * sizeof *p->trees);
	p->trees[p->tree_count++] =
	    (struct sq_tree){ copy(&schema), copy(&schema), copy(&nothing), 1 };
	follow_tree(p, 1, 0, 0);
	read_schema(p);
	for (uint16_t tree = 1; tree < p->tree_count; tree++)
		follow_tree(p, p->trees[tree].root, tree, 0);
	follow_free_pages(p);
}

/* ---- all of it ---------------------------------------------------------------------------- */

static void
read_all(struct sq_pages *p, const struct parley_told *told)
{
	unsigned char bytes[SQ_PAGE];

	for (uint32_t page = 1; page <= p->count; page++) {
		p->notes[page].bad = page != LOCK_PAGE && !sq_page_read(p, page, bytes);
		if (page % TELL_EACH == 0 || page == p->count)
			told->progress(
			    told->context, (int64_t)page * SQ_PAGE, (int64_t)p->count * SQ_PAGE);
	}
}

/* For a head that is damaged. */
static bool
second_page_is_summed(const struct sq_pages *p)
{
	unsigned char bytes[SQ_PAGE];

	return pread(p->fd, bytes, SQ_PAGE, SQ_PAGE) == SQ_PAGE &&
	       sq_sum_check(bytes, 2) == SQ_SUM_GOOD;
}

static int
open_parts(struct sq_pages *p, const char *path, struct parley_error *err)
{
	unsigned char head[SQ_PAGE] = { 0 };
	struct stat st;
	bool read;

	if (sq_frames_open(&p->log, path, err) != 0)
		return -1;
	p->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (p->fd < 0 || fstat(p->fd, &st) != 0)
		return parley_fail(
		    err, PARLEY_INTERNAL, NULL, "cannot open %s: %s", path, strerror(errno));
	p->count = p->log.pages != 0 ? p->log.pages : (uint32_t)(st.st_size / SQ_PAGE);
	if (!sq_frames_read(&p->log, 1, head, &read) &&
	    pread(p->fd, head, sizeof head, 0) != (ssize_t)sizeof head)
		return parley_fail(err, PARLEY_INTERNAL, NULL, "%s is no store of parley", path);
	p->summed = head[HEAD_FREE] != 0 || second_page_is_summed(p);
	p->usable = p->summed ? SQ_PAGE - SQ_SUM : SQ_PAGE;
	p->notes = sq_alloc(((size_t)p->count + 1) * sizeof *p->notes);
	return 0;
}

int
sq_pages_open(
    struct sq_pages *p, const char *path, const struct parley_told *told, struct parley_error *err)
{
	*p = (struct sq_pages){ .fd = -1, .log.fd = -1 };
	if (open_parts(p, path, err) != 0) {
		sq_pages_close(p);
		return -1;
	}
	read_all(p, told);
	follow_all(p);
	return 0;
}

void
sq_pages_close(struct sq_pages *p)
{
	for (uint16_t tree = 0; tree < p->tree_count; tree++) {
		free(p->trees[tree].name);
		free(p->trees[tree].table);
		free(p->trees[tree].sql);
	}
	free(p->trees);
	free(p->notes);
	sq_frames_close(&p->log);
	if (p->fd >= 0)
		close(p->fd);
}
