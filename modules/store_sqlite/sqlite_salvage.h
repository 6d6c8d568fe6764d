/* SPDX-License-Identifier: MIT */
/* sqlite_salvage.h - the rows that can still be read of a damaged data base. */
#ifndef STORE_SQLITE_SALVAGE_H
#define STORE_SQLITE_SALVAGE_H

#include "sqlite_pages.h"

#define SQ_COLUMNS_MAX (PARLEY_FIELDS_MAX + 8)

enum sq_source_kind { SQ_OF_DOCS, SQ_OF_ROWS, SQ_OF_RUNS, SQ_OF_JOURNAL };

/* A table of a collection. */
struct sq_source {
	enum sq_source_kind kind;
	const struct parley_collection *c;
	struct parley_text table;  /* its name */
	int tree;                  /* its number, or -1: the list of tables is damaged */
	int columns;               /* how many it has, and where: */
	int key, seq, origin, doc; /* key: or the stream */
	int fields[PARLEY_FIELDS_MAX];
	int64_t *ids; /* of the rows that were read */
	size_t count, room;
	uint64_t saved; /* documents */
};

/* Finds out where the columns are. */
void sq_source_open(struct sq_source *source, const struct sq_pages *p);
void sq_source_close(struct sq_source *source);

/* Calls row for each row that can be read and is of a source, those of pages included that nothing
 * leads to any more, when they can be of one source alone. 0, or what row has returned. */
struct sq_salvage {
	const struct sq_pages *pages;
	struct sq_source *sources;
	unsigned count;
	const struct parley_told *told;
	int (*row)(void *context, struct sq_source *source, const struct sq_datum *data);
	void *context;
	uint64_t strange; /* rows that were of no source, or of several */
};
int sq_salvage_rows(struct sq_salvage *s, bool journal);

/* Tells which rows of a source an index knows that were not read; how many, and whether the index
 * is whole. */
struct sq_missing {
	uint64_t rows;
	bool whole;
};
struct sq_missing sq_salvage_missing(struct sq_source *source, const struct sq_pages *p,
    void (*tell)(void *context, const struct sq_source *source, const struct sq_datum *data),
    void *context);

#endif
