/* SPDX-License-Identifier: MIT */
/* sqlite_wal.c - writes the write-ahead log in large pieces. SQLite writes each page in two small
 * ones, which cost half of what a commit costs; here they are put together until the sync at the
 * end of the commit. Nothing looks at the log before that: other connections learn of new frames
 * from the shared index, which is changed after the sync (synchronous = FULL), and what this one
 * reads itself is written first. */
#include "sqlite.h"
#include "sqlite_vfs.h"

#include <stdlib.h>
#include <string.h>

#define BUFFER_BYTES                                                                               \
	(31 * (24 + 4096)) /* pages with their heads; SQLite's file takes < 128 KiB                \
			    */

static struct sq_file *
wal(sqlite3_file *file)
{
	return (struct sq_file *)file;
}

static sqlite3_file *
real(sqlite3_file *file)
{
	return wal(file)->real;
}

/* On failure the piece is lost: SQLite rolls back and writes the log again from where it was. */
static int
flush(struct sq_file *f)
{
	size_t len = f->len;

	f->len = 0;
	if (len == 0)
		return SQLITE_OK;
	return f->real->pMethods->xWrite(f->real, f->buffer, (int)len, f->start);
}

static int
wal_write(sqlite3_file *file, const void *bytes, int len, sqlite3_int64 offset)
{
	struct sq_file *f = wal(file);
	int rc = SQLITE_OK;

	if (offset != f->start + (sqlite3_int64)f->len || f->len + (size_t)len > BUFFER_BYTES)
		rc = flush(f);
	if (rc != SQLITE_OK)
		return rc;
	if ((size_t)len > BUFFER_BYTES)
		return f->real->pMethods->xWrite(f->real, bytes, len, offset);
	if (f->buffer == NULL)
		f->buffer = sq_alloc(BUFFER_BYTES);
	if (f->len == 0)
		f->start = offset;
	memcpy(f->buffer + f->len, bytes, (size_t)len);
	f->len += (size_t)len;
	return SQLITE_OK;
}

static int
wal_sync(sqlite3_file *file, int flags)
{
	int rc = flush(wal(file));

	return rc != SQLITE_OK ? rc : real(file)->pMethods->xSync(real(file), flags);
}

static int
wal_read(sqlite3_file *file, void *bytes, int len, sqlite3_int64 offset)
{
	int rc = flush(wal(file));

	return rc != SQLITE_OK ? rc : real(file)->pMethods->xRead(real(file), bytes, len, offset);
}

static int
wal_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	int rc = flush(wal(file));

	return rc != SQLITE_OK ? rc : real(file)->pMethods->xTruncate(real(file), size);
}

static int
wal_file_size(sqlite3_file *file, sqlite3_int64 *size)
{
	int rc = flush(wal(file));

	return rc != SQLITE_OK ? rc : real(file)->pMethods->xFileSize(real(file), size);
}

static int
wal_close(sqlite3_file *file)
{
	int rc = flush(wal(file));
	int closed = real(file)->pMethods->xClose(real(file));

	free(wal(file)->buffer);
	return rc != SQLITE_OK ? rc : closed;
}

static int
wal_characteristics(sqlite3_file *file)
{
	return real(file)->pMethods->xDeviceCharacteristics(real(file));
}

/* SQLite locks the data base's file, never the log. */
static int
wal_lock(sqlite3_file *file, int level)
{
	return SQLITE_OK;
}

static int
wal_check_lock(sqlite3_file *file, int *held)
{
	*held = 0;
	return SQLITE_OK;
}

static const sqlite3_io_methods methods = {
	.iVersion = 1,
	.xClose = wal_close,
	.xRead = wal_read,
	.xWrite = wal_write,
	.xTruncate = wal_truncate,
	.xSync = wal_sync,
	.xFileSize = wal_file_size,
	.xLock = wal_lock,
	.xUnlock = wal_lock,
	.xCheckReservedLock = wal_check_lock,
	.xFileControl = sq_file_control,
	.xSectorSize = sq_file_sector_size,
	.xDeviceCharacteristics = wal_characteristics,
};

int
sq_wal_opened(struct sq_file *f)
{
	f->base.pMethods = &methods;
	return SQLITE_OK;
}
