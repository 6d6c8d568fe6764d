/* SPDX-License-Identifier: MIT */
/* sqlite_upkeep.c - what check, backup, restore and recover share. */
#include "sqlite_upkeep.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <parley/await.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

const struct parley_upkeep sq_upkeep = {
	.check = sq_check,
	.recover = sq_recover,
	.backup = sq_backup,
	.verify = sq_verify,
	.restore = sq_restore,
};

void
sq_tell(const struct parley_told *told, const char *format, ...)
{
	char line[1000];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof line, format, args);
	va_end(args);
	told->line(told->context, line);
}

/* ---- who we are --------------------------------------------------------------------------- */

struct sq_owner
sq_become_owner(const char *path)
{
	struct sq_owner before = { .group = getegid() };
	struct stat st;

	if (geteuid() != 0 || stat(path, &st) != 0 || st.st_uid == 0)
		return before;
	before.changed = setegid(st.st_gid) == 0 && seteuid(st.st_uid) == 0;
	return before;
}

void
sq_become_root(struct sq_owner before)
{
	if (before.changed)
		parley_assert(seteuid(0) == 0 && setegid(before.group) == 0);
}

/* ---- files -------------------------------------------------------------------------------- */

int
sq_connect_beside(const char *path, sqlite3 **db_r, struct parley_error *err)
{
	if (sq_connect(path, SQLITE_OPEN_READONLY, db_r, err) != 0)
		return -1;
	sqlite3_db_config(*db_r, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	if (sq_exec(*db_r, "BEGIN; SELECT count(*) FROM sqlite_schema", err) == 0)
		return 0;
	sqlite3_close(*db_r);
	*db_r = NULL;
	return -1;
}

int
sq_sync_path(const char *path, struct parley_error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc = fd >= 0 ? fsync(fd) : -1;

	if (rc != 0)
		parley_fail(
		    err, PARLEY_INTERNAL, NULL, "cannot sync %s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return rc;
}

int
sq_sync_directory_of(const char *path, struct parley_error *err)
{
	char *copy = strdup(path);
	int rc;

	parley_assert(copy != NULL);
	rc = sq_sync_path(dirname(copy), err);
	free(copy);
	return rc;
}

void
sq_put_stamp(struct parley_text *name)
{
	time_t now = (time_t)(parley_now() / 1000);
	char stamp[32];
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", &tm);
	parley_text_puts(name, stamp);
}

static int
move_file(const char *directory, const char *name, const char *stamp, bool *moved_r,
    struct parley_error *err)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text from = { 0 }, to = { 0 };
	bool taken;

	parley_text_printf(&from, "%s/parley.db%s", directory, name);
	parley_text_printf(&to, "%s/parley.db.%s%s", directory, stamp, name);
	taken = access(to.s, F_OK) == 0;
	*moved_r = !taken && rename(from.s, to.s) == 0;
	if (*moved_r || (access(from.s, F_OK) != 0 && errno == ENOENT))
		return 0;
	return parley_fail(err, PARLEY_INTERNAL, NULL, "cannot move %s to %s: %s", from.s, to.s,
	    taken ? "that is there already" : strerror(errno));
}

int
sq_keep_old(const char *directory, const char *stamp, const struct parley_told *told,
    struct parley_error *err)
{
	bool base, companion;

	if (move_file(directory, "-wal", stamp, &companion, err) != 0 ||
	    move_file(directory, "-shm", stamp, &companion, err) != 0 ||
	    move_file(directory, "", stamp, &base, err) != 0)
		return -1;
	if (base)
		sq_tell(
		    told, "the store that was there is kept as %s/parley.db.%s", directory, stamp);
	return 0;
}
