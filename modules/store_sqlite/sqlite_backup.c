/* SPDX-License-Identifier: MIT */
/* sqlite_backup.c - a copy of a store as it was at one moment, made while a node writes to it, and
 * a store made of that copy again.
 *
 * A backup is a store's file with one table more, which has the digests of all others. It is made
 * in small steps with pauses as long as they are, so that a node beside it keeps half of the disk.
 */
#include "sqlite_upkeep.h"

#include <errno.h>
#include <fcntl.h>
#include <parley/await.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define STEP_PAGES 256 /* 1 MiB */
#define PAUSE_MS   50  /* at most */
#define COPY_BYTES (1 << 20)

/* ---- writing a backup --------------------------------------------------------------------- */

static void
pause_for(int64_t ms)
{
	struct timespec time = { .tv_nsec = (ms < PAUSE_MS ? ms : PAUSE_MS) * 1000000 };

	nanosleep(&time, NULL);
}

static int
copy_pages(sqlite3 *from, sqlite3 *to, const struct parley_told *told, struct parley_error *err)
{
	sqlite3_backup *b = sqlite3_backup_init(to, "main", from, "main");
	int64_t began, total;
	int rc = SQLITE_OK;

	if (b == NULL)
		return sq_fail(to, "begin a backup", err);
	while (rc == SQLITE_OK) {
		began = parley_monotonic();
		rc = sqlite3_backup_step(b, STEP_PAGES);
		total = sqlite3_backup_pagecount(b);
		told->progress(told->context, (total - sqlite3_backup_remaining(b)) * SQ_PAGE,
		    total * SQ_PAGE);
		if (rc == SQLITE_OK)
			pause_for(parley_monotonic() - began);
	}
	sqlite3_backup_finish(b);
	if (rc == SQLITE_DONE)
		return 0;
	if (rc == SQLITE_IOERR_DATA || sqlite3_errcode(from) == SQLITE_IOERR_DATA)
		return parley_fail(err, PARLEY_INTERNAL, NULL,
		    "the store is damaged at page %lld, and a damaged store is not backed up; "
		    "parleyctl store check tells more",
		    (long long)sq_bad_page());
	return sq_fail(to, "write the backup", err);
}

/* The copy is a data base with a log as the store is; a backup is one file. */
static int
finish_copy(sqlite3 *db, struct parley_error *err)
{
	if (sq_exec(db, "PRAGMA journal_mode = DELETE; PRAGMA synchronous = OFF; BEGIN", err) != 0)
		return -1;
	if (sq_contents_note(db, err) != 0)
		return -1;
	return sq_exec(db, "COMMIT", err);
}

/* A new file that only we can read, in place of one that a broken backup has left. */
static int
make_file(const char *path, struct parley_error *err)
{
	int fd;

	unlink(path);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return parley_fail(
		    err, PARLEY_INTERNAL, NULL, "cannot make %s: %s", path, strerror(errno));
	close(fd);
	return 0;
}

static int
write_copy(
    sqlite3 *from, const char *path, const struct parley_told *told, struct parley_error *err)
{
	sqlite3 *to = NULL;
	int rc = -1;

	if (make_file(path, err) != 0 || sq_connect(path, SQLITE_OPEN_READWRITE, &to, err) != 0)
		return -1;
	if (sq_exec(to, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF", err) == 0 &&
	    copy_pages(from, to, told, err) == 0)
		rc = finish_copy(to, err);
	if (sqlite3_close(to) != SQLITE_OK && rc == 0)
		rc = parley_fail(err, PARLEY_INTERNAL, NULL, "%s did not close", path);
	return rc == 0 ? sq_sync_path(path, err) : -1;
}

static int
publish(const char *from, const char *to, struct parley_error *err)
{
	if (rename(from, to) != 0)
		return parley_fail(
		    err, PARLEY_INTERNAL, NULL, "cannot make %s: %s", to, strerror(errno));
	return sq_sync_directory_of(to, err);
}

static int
check_new(const char *file, struct parley_error *err)
{
	struct stat st;

	if (lstat(file, &st) != 0 && errno == ENOENT)
		return 0;
	return parley_fail(
	    err, PARLEY_CONFLICT, NULL, "%s is there already: a backup replaces no file", file);
}

/* A store that nobody uses is looked at first: SQLite would forget commits behind a damaged one. */
static int
open_source(const char *location, const char *path, sqlite3 **db_r, struct parley_error *err)
{
	struct sq_owner owner = sq_become_owner(path);
	int lock = -1, rc = 0;

	if (sq_lock(location, &lock, NULL) == 0)
		rc = sq_wal_check(path, err);
	if (rc == 0)
		rc = sq_connect_beside(path, db_r, err);
	if (lock >= 0)
		close(lock);
	sq_become_root(owner);
	return rc;
}

int
sq_backup(const char *location, const char *file, const struct parley_told *told,
    struct parley_error *err)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text source = { 0 }, part = { 0 };
	sqlite3 *from = NULL;
	int rc;

	parley_text_printf(&source, "%s/parley.db", location);
	parley_text_printf(&part, "%s.unfinished", file);
	if (check_new(file, err) != 0)
		return -1;
	if (access(source.s, F_OK) != 0)
		return parley_fail(
		    err, PARLEY_NOT_FOUND, NULL, "there is no store in %s", location);
	if (open_source(location, source.s, &from, err) != 0)
		return -1;
	rc = write_copy(from, part.s, told, err);
	sqlite3_close(from);
	if (rc == 0)
		rc = publish(part.s, file, err);
	if (rc != 0)
		unlink(part.s);
	return rc;
}

/* ---- reading it --------------------------------------------------------------------------- */

int
sq_verify(const char *file, const struct parley_told *told, struct parley_error *err)
{
	sqlite3 *db = NULL;
	int rc;

	if (access(file, R_OK) != 0)
		return parley_fail(
		    err, PARLEY_NOT_FOUND, NULL, "cannot read %s: %s", file, strerror(errno));
	if (sq_connect(file, SQLITE_OPEN_READONLY, &db, err) != 0)
		return -1;
	rc = sq_check_file(file, db, told, err);
	if (rc == 0)
		rc = sq_contents_compare(db, told, err);
	if (rc == 0)
		rc = sq_contents_tell(db, told, err);
	sqlite3_close(db);
	return rc;
}

/* ---- a store of it ------------------------------------------------------------------------ */

static int
copy_bytes(int from, int to, struct parley_error *err)
{
	char *bytes = sq_alloc(COPY_BYTES);
	ssize_t n, done;

	while ((n = read(from, bytes, COPY_BYTES)) > 0)
		for (ssize_t at = 0; at < n; at += done)
			if ((done = write(to, bytes + at, (size_t)(n - at))) < 0) {
				n = done = -1;
				break;
			}
	free(bytes);
	if (n == 0 && fsync(to) == 0)
		return 0;
	return parley_fail(
	    err, PARLEY_INTERNAL, NULL, "cannot copy the backup: %s", strerror(errno));
}

static int
copy_file(int from, const char *path, struct parley_error *err)
{
	int to, rc;

	if (make_file(path, err) != 0)
		return -1;
	to = open(path, O_WRONLY | O_CLOEXEC);
	if (to < 0)
		return parley_fail(
		    err, PARLEY_INTERNAL, NULL, "cannot open %s: %s", path, strerror(errno));
	rc = copy_bytes(from, to, err);
	close(to);
	return rc;
}

static int
exists(sqlite3 *db, const char *table, bool *exists_r, struct parley_error *err)
{
	sqlite3_stmt *st = sq_prepare_for(
	    db, "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = '@'", table, err);
	int rc = st != NULL ? sqlite3_step(st) : SQLITE_ERROR;

	*exists_r = rc == SQLITE_ROW;
	sqlite3_finalize(st);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : -1;
}

static int
forget_one(sqlite3 *db, const char *name, struct parley_error *err)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text table = { 0 }, sql = { 0 };
	bool any = false;

	parley_text_printf(&table, "docs.%s", name);
	if (exists(db, table.s, &any, err) != 0)
		return -1;
	parley_text_printf(&sql, "DELETE FROM \"%s\"", table.s);
	return any ? sq_exec(db, sql.s, err) : 0;
}

/* Takes out what belongs to the backup, and to those who were logged in when it was made. */
static int
prepare_store(const char *path, const char *const *forget, struct parley_error *err)
{
	sqlite3 *db = NULL;
	int rc;

	if (sq_connect(path, SQLITE_OPEN_READWRITE, &db, err) != 0)
		return -1;
	rc = sq_exec(db,
	    "PRAGMA journal_mode = DELETE; PRAGMA secure_delete = ON; BEGIN; DROP TABLE backup",
	    err);
	for (; rc == 0 && *forget != NULL; forget++)
		rc = forget_one(db, *forget, err);
	if (rc == 0)
		rc = sq_exec(db, "COMMIT", err);
	sqlite3_close(db);
	return rc == 0 ? sq_sync_path(path, err) : -1;
}

/* Where the new store is to be. */
struct place {
	const char *directory;
	struct parley_text part, path; /* while it is made, and then */
	struct parley_text stamp;
	int lock;
};

static int
place_open(struct place *place, bool replace, struct parley_error *err)
{
	struct stat st;

	parley_text_printf(&place->part, "%s/parley.db.unfinished", place->directory);
	parley_text_printf(&place->path, "%s/parley.db", place->directory);
	parley_text_puts(&place->stamp, "before-restore-");
	sq_put_stamp(&place->stamp);
	if (sq_lock(place->directory, &place->lock, err) != 0)
		return -1;
	if (replace || stat(place->path.s, &st) != 0)
		return 0;
	return parley_fail(err, PARLEY_CONFLICT, NULL,
	    "there is a store in %s already; --replace restores over it, and keeps the old one "
	    "beside it",
	    place->directory);
}

static void
place_close(struct place *place)
{
	if (place->lock >= 0)
		close(place->lock);
	parley_text_fini(&place->part);
	parley_text_fini(&place->path);
	parley_text_fini(&place->stamp);
}

static int
restore_to(int from, struct place *place, const char *const *forget, const struct parley_told *told,
    struct parley_error *err)
{
	int rc;

	if (copy_file(from, place->part.s, err) != 0)
		return -1;
	rc = sq_verify(place->part.s, told, err);
	if (rc > 0)
		return parley_fail(err, PARLEY_INTERNAL, NULL, "the backup is damaged");
	if (rc < 0 || prepare_store(place->part.s, forget, err) != 0 ||
	    sq_keep_old(place->directory, place->stamp.s, told, err) != 0)
		return -1;
	return publish(place->part.s, place->path.s, err);
}

static int
make_directory(const char *directory, struct parley_error *err)
{
	if (mkdir(directory, 0700) == 0 || errno == EEXIST)
		return 0;
	return parley_fail(
	    err, PARLEY_INTERNAL, NULL, "cannot make %s: %s", directory, strerror(errno));
}

int
sq_restore(const char *file, const char *location, const char *const *forget, bool replace,
    const struct parley_told *told, struct parley_error *err)
{
	PARLEY_AUTO(place_close) struct place place = { .directory = location, .lock = -1 };
	int from = open(file, O_RDONLY | O_CLOEXEC), rc = -1;
	struct sq_owner owner;

	if (from < 0)
		return parley_fail(
		    err, PARLEY_NOT_FOUND, NULL, "cannot read %s: %s", file, strerror(errno));
	if (make_directory(location, err) == 0) {
		owner = sq_become_owner(location);
		if (place_open(&place, replace, err) == 0) {
			rc = restore_to(from, &place, forget, told, err);
			if (rc != 0)
				unlink(place.part.s);
		}
		sq_become_root(owner);
	}
	close(from);
	return rc;
}
