/* SPDX-License-Identifier: MIT */
/* sqlite_upkeep.h - work on a whole store, in a process of its own: see parley/backend.h. */
#ifndef STORE_SQLITE_UPKEEP_H
#define STORE_SQLITE_UPKEEP_H

#include "sqlite_log.h"
#include "sqlite_pages.h"

#include <sys/types.h>

extern const struct parley_upkeep sq_upkeep;

/* ---- sqlite_upkeep.c ------------------------------------------------------------------------ */

/* Tells one line. */
void sq_tell(const struct parley_told *told, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* While root works on a store, its files are to stay the node's: between these two the process is
 * the owner of path, when it is root. */
struct sq_owner {
	bool changed;
	gid_t group;
};
struct sq_owner sq_become_owner(const char *path);
void sq_become_root(struct sq_owner owner);

/* A connection that reads the store as it is now, whatever a node commits meanwhile. 0 or -1. */
int sq_connect_beside(const char *path, sqlite3 **db_r, struct parley_error *err);

/* Syncs a file, or a directory. 0 or -1. */
int sq_sync_path(const char *path, struct parley_error *err);
/* Syncs the directory that path is in. */
int sq_sync_directory_of(const char *path, struct parley_error *err);

/* Appends the time of day, for names of files. */
void sq_put_stamp(struct parley_text *name);

/* Moves DIRECTORY/parley.db and its companions to DIRECTORY/parley.db.STAMP and tells. 0 or -1. */
int sq_keep_old(const char *directory, const char *stamp, const struct parley_told *told,
    struct parley_error *err);

int sq_check(const char *location, const struct parley_told *told, struct parley_error *err);
int sq_recover(const char *location, const struct parley_collection *const *collections,
    const struct parley_told *told, struct parley_error *err);
int sq_backup(const char *location, const char *file, const struct parley_told *told,
    struct parley_error *err);
int sq_verify(const char *file, const struct parley_told *told, struct parley_error *err);
int sq_restore(const char *file, const char *location, const char *const *forget, bool replace,
    const struct parley_told *told, struct parley_error *err);

/* ---- sqlite_check.c ------------------------------------------------------------------------- */

/* Tells what is damaged in a data base: pages, then what SQLite finds through db (may be NULL).
 * 0, 1 or -1. */
int sq_check_file(
    const char *path, sqlite3 *db, const struct parley_told *told, struct parley_error *err);

/* ---- sqlite_contents.c ---------------------------------------------------------------------- */

/* Writes a digest and the number of rows of every table into the table "backup" of db. 0 or -1. */
int sq_contents_note(sqlite3 *db, struct parley_error *err);
/* Compares them with what there is. 0, 1 with each difference told, or -1. */
int sq_contents_compare(sqlite3 *db, const struct parley_told *told, struct parley_error *err);
/* Tells how many documents of each collection there are. 0 or -1. */
int sq_contents_tell(sqlite3 *db, const struct parley_told *told, struct parley_error *err);

#endif
