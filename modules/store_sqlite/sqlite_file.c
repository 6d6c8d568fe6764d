/* SPDX-License-Identifier: MIT */
/* sqlite_file.c - opens the data base: one process at a time, the right file, the right layout. */
#include "sqlite_log.h"
#include "sqlite_vfs.h"

#include <errno.h>
#include <fcntl.h>
#include <parley/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define APPLICATION_ID 0x50726c79 /* "Prly", so that file(1) and we know our files */

/* What each version of the layout adds to the one before; the last one is ours. Collections bring
 * their tables themselves, in sqlite_declare.c. Only ever append to this list. */
#define LAYOUT_SUMS 2
static const char *const layouts[] = {
	"CREATE TABLE collections("
	"name TEXT PRIMARY KEY, version INTEGER NOT NULL, declaration TEXT NOT NULL) "
	"WITHOUT ROWID",
	"SELECT 0", /* sums, which add_sums has put into the file */
};
#define LAYOUT ((int)(sizeof layouts / sizeof *layouts))

/* ---- one process at a time ---------------------------------------------------------------- */

static int
lock_refused(int fd, const char *directory, struct parley_error *err)
{
	int why = errno;
	char pid[24] = "";
	ssize_t n = pread(fd, pid, sizeof pid - 1, 0);

	close(fd);
	if (why != EWOULDBLOCK)
		return parley_fail(
		    err, PARLEY_INTERNAL, NULL, "cannot lock %s: %s", directory, strerror(why));
	pid[n > 0 ? strcspn(pid, "\n") : 0] = '\0';
	return parley_fail(err, PARLEY_CONFLICT, NULL,
	    "the store in %s is in use by another process (pid %s)", directory,
	    pid[0] != '\0' ? pid : "unknown");
}

int
sq_lock(const char *directory, int *fd_r, struct parley_error *err)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text path = { 0 };
	int fd;

	parley_text_printf(&path, "%s/store.lock", directory);
	fd = open(path.s, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return parley_fail(
		    err, PARLEY_INTERNAL, NULL, "cannot open %s: %s", path.s, strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB) != 0)
		return lock_refused(fd, directory, err);
	if (ftruncate(fd, 0) == 0)
		dprintf(fd, "%ld\n", (long)getpid());
	*fd_r = fd;
	return 0;
}

/* ---- connections -------------------------------------------------------------------------- */

static int
configure(sqlite3 *db, struct parley_error *err)
{
	sqlite3_extended_result_codes(db, 1);
	sqlite3_busy_timeout(db, SQ_BUSY_MS);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	return sq_exec(db,
	    "PRAGMA trusted_schema = OFF;"
	    "PRAGMA cell_size_check = ON;"
	    "PRAGMA temp_store = MEMORY;",
	    err);
}

int
sq_connect(const char *path, int flags, sqlite3 **db_r, struct parley_error *err)
{
	sqlite3 *db = NULL;

	if (sqlite3_open_v2(path, &db, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE,
		sq_vfs()) != SQLITE_OK) {
		parley_fail(err, PARLEY_INTERNAL, NULL, "cannot open %s: %s", path,
		    db != NULL ? sqlite3_errmsg(db) : "out of memory");
		sqlite3_close(db);
		return -1;
	}
	if (configure(db, err) != 0) {
		sqlite3_close(db);
		return -1;
	}
	*db_r = db;
	return 0;
}

/* The integer that a pragma or query answers with. 0 or -1. */
static int
ask(sqlite3 *db, const char *sql, int64_t *answer_r, struct parley_error *err)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(db, sql, -1, &st, NULL);

	if (rc == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW) {
		*answer_r = sqlite3_column_int64(st, 0);
		sqlite3_finalize(st);
		return 0;
	}
	sqlite3_finalize(st);
	return sq_fail(db, "read the head of the file", err);
}

/* Some file systems cannot do it, and SQLite then silently stays with what it has. */
static int
require_wal(sqlite3 *db, struct parley_error *err)
{
	sqlite3_stmt *st = NULL;
	bool done = false;
	int rc = sqlite3_prepare_v2(db, "PRAGMA journal_mode = WAL", -1, &st, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(st);
	if (rc == SQLITE_ROW)
		done = sqlite3_stricmp((const char *)sqlite3_column_text(st, 0), "wal") == 0;
	sqlite3_finalize(st);
	if (done)
		return 0;
	if (rc != SQLITE_ROW)
		return sq_fail(db, "begin a write-ahead log", err);
	return parley_fail(err, PARLEY_INTERNAL, NULL,
	    "the store's file system has no shared memory, which SQLite needs: use a local disk");
}

/* The writer waits for the disk at each commit, and alone moves the log into the file: see
 * sqlite_write.c. Removed text is overwritten, also where that costs extra writes: a deleted
 * message is gone. */
static int
prepare_writer(sqlite3 *db, struct parley_error *err)
{
	if (require_wal(db, err) != 0)
		return -1;
	return sq_exec(db,
	    "PRAGMA synchronous = FULL;"
	    "PRAGMA secure_delete = ON;"
	    "PRAGMA wal_autocheckpoint = 0;"
	    "PRAGMA journal_size_limit = 67108864;"
	    "PRAGMA cache_size = -16384;",
	    err);
}

/* ---- layout ------------------------------------------------------------------------------- */

/* Bytes at the end of each page for its sum: at once in a new file, else when it is written anew.
 */
static void
want_sums(sqlite3 *db)
{
	int bytes = SQ_SUM;

	sqlite3_file_control(db, "main", SQLITE_FCNTL_RESERVE_BYTES, &bytes);
}

/* Writes the whole file anew, with sums, so that what the next step notes is true of it. */
static int
add_sums(sqlite3 *db, struct parley_error *err)
{
	if (sq_is_summed(db))
		return 0;
	parley_log_info("store", "the file of the store is written anew, so that damage shows");
	if (sq_exec(db, "VACUUM", err) != 0)
		return -1;
	if (sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL) !=
	    SQLITE_OK)
		return sq_fail(db, "move the log into the file", err);
	return sq_is_summed(db) ? 0
				: parley_fail(err, PARLEY_INTERNAL, NULL,
				      "another program uses the store: it cannot be written anew");
}

/* One step, which happens as a whole or not at all. */
static int
layout_step(sqlite3 *db, int version, struct parley_error *err)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text sql = { 0 };

	if (version == LAYOUT_SUMS && add_sums(db, err) != 0)
		return -1;
	parley_text_printf(&sql,
	    "BEGIN IMMEDIATE; %s; PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT",
	    layouts[version - 1], APPLICATION_ID, version);
	if (sq_exec(db, sql.s, err) == 0)
		return 0;
	sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	return -1;
}

/* Refuses what is not ours or newer than we are, without touching it. */
static int
layout_check(sqlite3 *db, const char *path, int64_t *version_r, struct parley_error *err)
{
	int64_t application, version, tables;

	if (ask(db, "PRAGMA application_id", &application, err) != 0 ||
	    ask(db, "PRAGMA user_version", &version, err) != 0 ||
	    ask(db, "SELECT count(*) FROM sqlite_schema", &tables, err) != 0)
		return -1;
	if (application != APPLICATION_ID && (application != 0 || version != 0 || tables != 0))
		return parley_fail(err, PARLEY_INTERNAL, NULL, "%s is no store of parley", path);
	if (version > LAYOUT)
		return parley_fail(err, PARLEY_INTERNAL, NULL,
		    "%s has layout %lld, made by a newer parley; this one knows up to %d", path,
		    (long long)version, LAYOUT);
	if (version >= LAYOUT_SUMS && !sq_is_summed(db))
		return sq_damaged(err);
	*version_r = version;
	return 0;
}

/* Brings an older or empty file up to date. */
static int
layout_raise(sqlite3 *db, const char *path, int64_t version, struct parley_error *err)
{
	for (int next = (int)version + 1; next <= LAYOUT; next++) {
		if (layout_step(db, next, err) != 0)
			return -1;
		parley_log_info("store", "layout %d of %s is ready", next, path);
	}
	return 0;
}

/* ---- what there is ------------------------------------------------------------------------ */

int
sq_exists(const char *location, struct parley_error *err)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text path = { 0 };

	parley_text_printf(&path, "%s/parley.db", location);
	if (access(path.s, F_OK) == 0)
		return 0;
	return parley_fail(err, PARLEY_NOT_FOUND, NULL, "there is no store in %.150s: %s", location,
	    strerror(errno));
}

int
sq_stored(void *state, const struct parley_found *found, struct parley_error *err)
{
	struct sq_store *s = state;
	sqlite3_stmt *st = sq_prepare(s->db, "SELECT name FROM collections ORDER BY name", err);
	int rc;

	if (st == NULL)
		return -1;
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		size_t len;
		const char *name = sq_text(st, 0, &len);

		found->add(found->context, name, len, 0, NULL, 0);
	}
	sqlite3_finalize(st);
	return rc == SQLITE_DONE ? 0 : sq_fail(s->db, "read what is declared", err);
}

/* ---- opening and closing ------------------------------------------------------------------ */

/* A new directory has to outlive a crash as well as what is committed in it. */
static int
sync_parent(const char *directory, struct parley_error *err)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text path = { 0 };
	int fd, rc;

	parley_text_printf(&path, "%s/..", directory);
	fd = open(path.s, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	rc = fd >= 0 ? fsync(fd) : -1;
	if (rc != 0)
		parley_fail(err, PARLEY_INTERNAL, NULL, "cannot sync the directory of %s: %s",
		    directory, strerror(errno));
	if (fd >= 0)
		close(fd);
	return rc;
}

static int
make_directory(const char *directory, struct parley_error *err)
{
	if (mkdir(directory, 0700) == 0)
		return sync_parent(directory, err);
	if (errno == EEXIST)
		return 0;
	return parley_fail(
	    err, PARLEY_INTERNAL, NULL, "cannot make %s: %s", directory, strerror(errno));
}

/* Makes the file readable for us alone before SQLite does; its companions take after it. */
static int
make_file(const char *path, struct parley_error *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return parley_fail(
		    err, PARLEY_INTERNAL, NULL, "cannot open %s: %s", path, strerror(errno));
	close(fd);
	return 0;
}

static int
open_parts(struct sq_store *s, const char *location, struct parley_error *err)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text path = { 0 };
	int64_t version = 0;

	if (make_directory(location, err) != 0 || sq_lock(location, &s->lock_file, err) != 0)
		return -1;
	parley_text_printf(&path, "%s/parley.db", location);
	s->path = strdup(path.s);
	parley_assert(s->path != NULL);
	if (make_file(s->path, err) != 0)
		return -1;
	if (sq_wal_check(s->path, err) != 0 ||
	    sq_connect(s->path, SQLITE_OPEN_READWRITE, &s->db, err) != 0)
		return -1;
	want_sums(s->db);
	if (layout_check(s->db, s->path, &version, err) != 0 || prepare_writer(s->db, err) != 0 ||
	    layout_raise(s->db, s->path, version, err) != 0)
		return -1;
	sqlite3_wal_hook(s->db, sq_wal_hook, s);
	s->begin = sq_prepare(s->db, "BEGIN IMMEDIATE", err);
	s->commit = sq_prepare(s->db, "COMMIT", err);
	s->rollback = sq_prepare(s->db, "ROLLBACK", err);
	return s->begin != NULL && s->commit != NULL && s->rollback != NULL ? 0 : -1;
}

int
sq_open(const char *location, void **state_r, struct parley_error *err)
{
	struct sq_store *s = sq_alloc(sizeof *s);

	/* a lock less for each allocation; refused once SQLite is in use, which is as well */
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	s->lock_file = -1;
	pthread_mutex_init(&s->lock, NULL);
	if (open_parts(s, location, err) != 0) {
		sq_close(s);
		return -1;
	}
	*state_r = s;
	return 0;
}

/* What is in journals would be settled at the next start as well. */
static void
settle_journals(struct sq_store *s)
{
	struct parley_error err = { 0 };

	for (struct sq_collection *sc = s->collections; sc != NULL; sc = sc->next)
		if (sc->log != NULL && !s->failed && sq_log_flush(sc->log, &err) != 0)
			parley_log_warn("store", "collection=%s stays in its journal: %s",
			    sc->c->name, err.text);
}

/* Accepts what open_parts left half made. Closing the last connection empties the log. */
void
sq_close(void *state)
{
	struct sq_store *s = state;

	settle_journals(s);
	sq_collections_free(s);
	sqlite3_finalize(s->begin);
	sqlite3_finalize(s->commit);
	sqlite3_finalize(s->rollback);
	if (sqlite3_close(s->db) != SQLITE_OK)
		parley_log_warn("store", "the data base did not close: %s", sqlite3_errmsg(s->db));
	if (s->lock_file >= 0)
		close(s->lock_file);
	pthread_mutex_destroy(&s->lock);
	free(s->path);
	free(s);
}
