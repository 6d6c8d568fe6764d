/* SPDX-License-Identifier: MIT */
/* store_sqlite.h - what the tests of the SQLite back end share. */
#ifndef STORE_SQLITE_TESTS_H
#define STORE_SQLITE_TESTS_H

#include "unit/store_conformance.h"

#include <sqlite3.h>

extern char here[96]; /* the directory of the test that runs */
extern unsigned fatal_calls;

/* Makes here the name of a directory that does not exist. */
void choose_directory(void);

const struct parley_backend *backend(void);

/* DIRECTORY/NAME, until the next call. */
const char *file_in(const char *directory, const char *name);

/* A connection to the file of a store that nobody has open, over the store's own file system. */
sqlite3 *open_file(const char *directory);

/* Counts; for store_set_fatal. */
void on_fatal(const char *why);

/* Runs fn on the store in here in a child, until the power goes off or it kills itself, and has
 * what it wrote read back by check. */
void lose_power(void (*fn)(void), void (*check)(void));

/* Each ends with { 0 }. */
extern const struct CMUnitTest damage_tests[], fault_tests[], file_tests[], run_tests[];

#endif
