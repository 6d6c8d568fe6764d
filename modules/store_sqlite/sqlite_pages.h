/* SPDX-License-Identifier: MIT */
/* sqlite_pages.h - the data base as pages and trees, read without SQLite, which gives up at the
 * first damage. For check and recover; one thread. The format: https://sqlite.org/fileformat.html
 */
#ifndef STORE_SQLITE_PAGES_H
#define STORE_SQLITE_PAGES_H

#include "sqlite_vfs.h"

#include <parley/backend.h>
#include <parley/error.h>
#include <parley/text.h>
#include <stdint.h>

/* ---- sqlite_wal_check.c: pages that are in the log ------------------------------------------- */

struct sq_frames {
	int fd;
	uint32_t *of; /* by page: its newest committed frame, from 1, or 0 */
	uint32_t room;
	uint32_t pages; /* of the data base after the last commit; 0: the log has none */
};

/* 0 or -1. What follows a damaged frame is left out; close it in any case. */
int sq_frames_open(struct sq_frames *frames, const char *path, struct parley_error *err);
/* False when the page is not in the log. */
bool sq_frames_read(
    const struct sq_frames *frames, uint32_t page, unsigned char *bytes, bool *read_r);
void sq_frames_close(struct sq_frames *frames);

/* ---- sqlite_pages.c: pages --------------------------------------------------------------------
 */

enum sq_page_kind {
	SQ_UNKNOWN, /* nothing that can be read leads there */
	SQ_TREE,
	SQ_OVERFLOW,
	SQ_FREE
};

/* A table or an index. */
struct sq_tree {
	char *name, *table;
	char *sql; /* that made it, or "" */
	uint32_t root;
};

struct sq_page_note {
	uint8_t kind; /* enum sq_page_kind */
	bool bad;
	uint16_t tree; /* number in trees */
};

struct sq_pages {
	int fd;
	struct sq_frames log;
	bool summed;
	uint32_t usable; /* bytes of a page */
	uint32_t count;
	struct sq_page_note *notes; /* by number, from 1 */
	struct sq_tree *trees;      /* the first is the schema */
	uint16_t tree_count;
};

/* Opens the data base and reads every page; then finds out what each is for. 0 or -1. */
int sq_pages_open(
    struct sq_pages *p, const char *path, const struct parley_told *told, struct parley_error *err);
void sq_pages_close(struct sq_pages *p);

/* Reads a page; false when it is damaged, or there is none. */
bool sq_page_read(const struct sq_pages *p, uint32_t number, unsigned char bytes[SQ_PAGE]);

/* ---- sqlite_cells.c: what is on a page --------------------------------------------------------
 */

/* Types of pages. */
enum { SQ_INDEX_NODE = 2, SQ_TABLE_NODE = 5, SQ_INDEX_LEAF = 10, SQ_TABLE_LEAF = 13 };

/* A page of a tree, taken apart. */
struct sq_node {
	const unsigned char *bytes;
	uint32_t usable, head; /* head: where it begins, 100 on the first page */
	int type;
	uint32_t cells;
	uint32_t right; /* the last child, or 0 */
};

/* False when it is no page of a tree. */
bool sq_node_open(
    struct sq_node *node, const unsigned char *bytes, uint32_t number, uint32_t usable);

struct sq_cell {
	uint32_t child; /* on its left, or 0 */
	int64_t id;     /* of a row of a table */
	uint64_t len;   /* of its record; 0 in a node of a table */
	const unsigned char *local;
	uint32_t local_len;
	uint32_t overflow; /* page where it goes on, or 0 */
};
/* False when it is damaged. */
bool sq_cell_at(const struct sq_node *node, uint32_t n, struct sq_cell *cell);

/* The whole record; false when a part of it is damaged. */
bool sq_record_read(const struct sq_pages *p, const struct sq_cell *cell, struct parley_text *out);

/* A value of a record, which points into it. */
struct sq_datum {
	enum { SQ_NULL, SQ_INTEGER, SQ_TEXT, SQ_BLOB, SQ_OTHER } type;
	int64_t integer;
	const char *bytes;
	size_t len;
};
/* Returns how many there are, max at most; -1 when it is damaged. */
int sq_data_of(const struct parley_text *record, struct sq_datum *data, int max);

#endif
