/* SPDX-License-Identifier: MIT */
/* test_store_sqlite.c - the SQLite back end does what every back end does, and keeps it: through
 * restarts, killed processes, lost power, full disks, failed syncs and changed declarations. */
#include "unit/store_sqlite.h"

#include "base/log.h"
#include "modules/store_sqlite/sqlite_log.h"
#include "store/store.h"
#include "support/faulty_vfs.h"

#include <ftw.h>
#include <parley/module.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const struct parley_module *parley_module(void);

static char top[64]; /* a directory for all of the tests */

static const char *
fresh(void)
{
	static char path[96];
	static unsigned n;

	snprintf(path, sizeof path, "%s/%u", top, n++);
	return path;
}

const struct parley_backend *
backend(void)
{
	return parley_module()->backend;
}

const char *
file_in(const char *directory, const char *name)
{
	static char path[160];

	snprintf(path, sizeof path, "%s/%s", directory, name);
	return path;
}

sqlite3 *
open_file(const char *directory)
{
	struct parley_error err = { 0 };
	sqlite3 *db = NULL;

	if (sq_connect(file_in(directory, "parley.db"), SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
		&db, &err) != 0)
		fail_msg("%s", err.text);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 0, NULL);
	return db;
}

char here[96];

void
choose_directory(void)
{
	snprintf(here, sizeof here, "%s", fresh());
}

unsigned fatal_calls;

void
on_fatal(const char *why)
{
	assert_true(why[0] != '\0');
	fatal_calls++;
}

/* ---- restarts ----------------------------------------------------------------------------- */

static void
documents_survive_a_restart(void **state)
{
	struct stat st;

	choose_directory();
	with_store_at(here, body_before);
	with_store_at(here, body_after);
	assert_int_equal(stat(here, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(stat(file_in(here, "parley.db"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

/* ---- the group ---------------------------------------------------------------------------- */

static int
remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

int
main(void)
{
	static const struct CMUnitTest restart_tests[] = {
		cmocka_unit_test(documents_survive_a_restart),
		{ 0 },
	};
	const struct CMUnitTest *const more[] = { restart_tests, run_tests, fault_tests, file_tests,
		damage_tests, copy_tests, NULL };
	struct conformance c = { "store_sqlite", backend(), fresh };
	const char *tmp = getenv("TMPDIR");
	int failed;

	snprintf(top, sizeof top, "%s/parley-store-XXXXXX",
	    tmp != NULL && strlen(tmp) < 30 ? tmp : "/tmp");
	if (mkdtemp(top) == NULL)
		return 1;
	log_set_level(PARLEY_LOG_ERROR);
	faulty_install();
	sq_tail_max = 20; /* so that much is settled */
	failed = conformance_run(&c, more);
	nftw(top, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	return failed;
}
