/* SPDX-License-Identifier: MIT */
/* sqlite_vfs.c - stands between SQLite and its files: the data base has sums, the log is written in
 * large pieces; all others are the real ones. */
#include "sqlite_vfs.h"

#include <string.h>

static const char name[] = "parley";

static sqlite3_vfs vfs;
static sqlite3_vfs *real_vfs;

static sqlite3_file *
real(sqlite3_file *file)
{
	return ((struct sq_file *)file)->real;
}

int
sq_file_close(sqlite3_file *file)
{
	return real(file)->pMethods->xClose(real(file));
}

int
sq_file_size(sqlite3_file *file, sqlite3_int64 *size)
{
	return real(file)->pMethods->xFileSize(real(file), size);
}

int
sq_file_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	return real(file)->pMethods->xTruncate(real(file), size);
}

int
sq_file_sync(sqlite3_file *file, int flags)
{
	return real(file)->pMethods->xSync(real(file), flags);
}

int
sq_file_sector_size(sqlite3_file *file)
{
	return real(file)->pMethods->xSectorSize(real(file));
}

int
sq_file_control(sqlite3_file *file, int op, void *arg)
{
	return real(file)->pMethods->xFileControl(real(file), op, arg);
}

static int
open_file(sqlite3_vfs *self, const char *path, sqlite3_file *file, int flags, int *flags_out)
{
	struct sq_file *f = (struct sq_file *)file;
	int rc;

	if ((flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_DB)) == 0)
		return real_vfs->xOpen(real_vfs, path, file, flags, flags_out);
	memset(f, 0, sizeof *f);
	f->real = (sqlite3_file *)(f + 1);
	rc = real_vfs->xOpen(real_vfs, path, f->real, flags, flags_out);
	if (rc != SQLITE_OK)
		return rc;
	rc = (flags & SQLITE_OPEN_WAL) != 0 ? sq_wal_opened(f) : sq_sums_opened(f);
	if (rc != SQLITE_OK)
		f->real->pMethods->xClose(f->real);
	return rc;
}

const char *
sq_vfs(void)
{
	sqlite3_vfs *found = sqlite3_vfs_find(NULL);

	if (found == NULL || sqlite3_vfs_find(name) != NULL)
		return found != NULL ? name : NULL;
	real_vfs = found;
	vfs = *found;
	vfs.zName = name;
	vfs.szOsFile = found->szOsFile + (int)sizeof(struct sq_file);
	vfs.xOpen = open_file;
	vfs.pNext = NULL;
	return sqlite3_vfs_register(&vfs, 0) == SQLITE_OK ? name : NULL;
}
