/* SPDX-License-Identifier: MIT */
/* faulty_vfs.c - wraps SQLite's own file system, and remembers what a power failure could undo. */
#include "support/faulty_vfs.h"

#include <signal.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A write that no sync has followed. */
struct pending {
	struct pending *next, *previous;
	struct faulty_file *file;
	sqlite3_int64 offset, old_size;
	int len, old_len;
	char *bytes, *old;
};

struct faulty_file {
	sqlite3_file base;
	bool writes;
	struct sqlite3_file *real; /* behind this struct */
};

static struct {
	sqlite3_vfs vfs, *real;
	_Atomic bool full, sync_error;
	_Atomic unsigned count, power_off;
	unsigned seed;
	struct pending *first, *last;
} disk;

static struct faulty_file *
faulty(sqlite3_file *f)
{
	return (struct faulty_file *)f;
}

static sqlite3_file *
real(sqlite3_file *f)
{
	return faulty(f)->real;
}

/* ---- power -------------------------------------------------------------------------------- */

/* Takes every pending write back, then does some of them again: the order in which a disk works
 * is its own. */
static void
power_off(void)
{
	for (struct pending *p = disk.last; p != NULL; p = p->previous) {
		p->file->real->pMethods->xWrite(p->file->real, p->old, p->old_len, p->offset);
		p->file->real->pMethods->xTruncate(p->file->real, p->old_size);
	}
	for (struct pending *p = disk.first; p != NULL; p = p->next)
		if (rand_r(&disk.seed) % 2)
			p->file->real->pMethods->xWrite(p->file->real, p->bytes, p->len, p->offset);
	kill(getpid(), SIGKILL);
}

static void
tick(void)
{
	unsigned n = atomic_fetch_add(&disk.count, 1) + 1;

	if (atomic_load(&disk.power_off) != 0 && n >= atomic_load(&disk.power_off))
		power_off();
}

static void
remember(struct faulty_file *f, const void *bytes, int len, sqlite3_int64 offset)
{
	struct pending *p = calloc(1, sizeof *p);

	p->file = f;
	p->offset = offset;
	p->len = p->old_len = len;
	p->bytes = malloc((size_t)len);
	p->old = calloc(1, (size_t)len);
	memcpy(p->bytes, bytes, (size_t)len);
	f->real->pMethods->xFileSize(f->real, &p->old_size);
	f->real->pMethods->xRead(f->real, p->old, len, offset);
	p->previous = disk.last;
	*(disk.last != NULL ? &disk.last->next : &disk.first) = p;
	disk.last = p;
}

/* Forgets the writes of f, which are safe now; of all files when f is NULL. */
static void
forget(const struct faulty_file *f)
{
	struct pending *p = disk.first, *next;

	disk.first = disk.last = NULL;
	for (; p != NULL; p = next) {
		next = p->next;
		if (f != NULL && p->file != f) {
			p->next = NULL;
			p->previous = disk.last;
			*(disk.last != NULL ? &disk.last->next : &disk.first) = p;
			disk.last = p;
			continue;
		}
		free(p->bytes);
		free(p->old);
		free(p);
	}
}

/* ---- files -------------------------------------------------------------------------------- */

static int
on_close(sqlite3_file *f)
{
	if (faulty(f)->writes)
		forget(faulty(f));
	return real(f)->pMethods->xClose(real(f));
}

static int
on_read(sqlite3_file *f, void *bytes, int len, sqlite3_int64 offset)
{
	return real(f)->pMethods->xRead(real(f), bytes, len, offset);
}

static int
on_write(sqlite3_file *f, const void *bytes, int len, sqlite3_int64 offset)
{
	if (atomic_load(&disk.full))
		return SQLITE_FULL;
	tick();
	if (atomic_load(&disk.power_off) != 0)
		remember(faulty(f), bytes, len, offset);
	return real(f)->pMethods->xWrite(real(f), bytes, len, offset);
}

static int
on_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	return real(f)->pMethods->xTruncate(real(f), size);
}

static int
on_sync(sqlite3_file *f, int flags)
{
	tick();
	if (atomic_load(&disk.sync_error))
		return SQLITE_IOERR_FSYNC;
	if (atomic_load(&disk.power_off) != 0)
		forget(faulty(f));
	return real(f)->pMethods->xSync(real(f), flags);
}

static int
on_file_size(sqlite3_file *f, sqlite3_int64 *size)
{
	return real(f)->pMethods->xFileSize(real(f), size);
}

static int
on_lock(sqlite3_file *f, int level)
{
	return real(f)->pMethods->xLock(real(f), level);
}

static int
on_unlock(sqlite3_file *f, int level)
{
	return real(f)->pMethods->xUnlock(real(f), level);
}

static int
on_check_lock(sqlite3_file *f, int *held)
{
	return real(f)->pMethods->xCheckReservedLock(real(f), held);
}

static int
on_control(sqlite3_file *f, int op, void *arg)
{
	return real(f)->pMethods->xFileControl(real(f), op, arg);
}

static int
on_sector_size(sqlite3_file *f)
{
	return real(f)->pMethods->xSectorSize(real(f));
}

static int
on_characteristics(sqlite3_file *f)
{
	return real(f)->pMethods->xDeviceCharacteristics(real(f));
}

static int
on_shm_map(sqlite3_file *f, int region, int size, int extend, void volatile **at)
{
	return real(f)->pMethods->xShmMap(real(f), region, size, extend, at);
}

static int
on_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
	return real(f)->pMethods->xShmLock(real(f), offset, n, flags);
}

static void
on_shm_barrier(sqlite3_file *f)
{
	real(f)->pMethods->xShmBarrier(real(f));
}

static int
on_shm_unmap(sqlite3_file *f, int remove)
{
	return real(f)->pMethods->xShmUnmap(real(f), remove);
}

static const sqlite3_io_methods methods = {
	.iVersion = 2,
	.xClose = on_close,
	.xRead = on_read,
	.xWrite = on_write,
	.xTruncate = on_truncate,
	.xSync = on_sync,
	.xFileSize = on_file_size,
	.xLock = on_lock,
	.xUnlock = on_unlock,
	.xCheckReservedLock = on_check_lock,
	.xFileControl = on_control,
	.xSectorSize = on_sector_size,
	.xDeviceCharacteristics = on_characteristics,
	.xShmMap = on_shm_map,
	.xShmLock = on_shm_lock,
	.xShmBarrier = on_shm_barrier,
	.xShmUnmap = on_shm_unmap,
};

static int
on_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *flags_out)
{
	struct faulty_file *ff = faulty(f);
	int rc;

	ff->base.pMethods = NULL;
	ff->writes = !(flags & SQLITE_OPEN_READONLY);
	ff->real = (sqlite3_file *)(ff + 1);
	rc = disk.real->xOpen(disk.real, name, ff->real, flags, flags_out);
	if (rc == SQLITE_OK)
		ff->base.pMethods = &methods;
	return rc;
}

/* ---- switches ----------------------------------------------------------------------------- */

void
faulty_install(void)
{
	if (disk.real != NULL)
		return;
	disk.real = sqlite3_vfs_find(NULL);
	disk.vfs = *disk.real;
	disk.vfs.zName = "faulty";
	disk.vfs.szOsFile = disk.real->szOsFile + (int)sizeof(struct faulty_file);
	disk.vfs.xOpen = on_open;
	disk.vfs.pNext = NULL;
	sqlite3_vfs_register(&disk.vfs, 1);
}

void
faulty_set_full(bool full)
{
	atomic_store(&disk.full, full);
}

void
faulty_set_sync_error(bool error)
{
	atomic_store(&disk.sync_error, error);
}

void
faulty_power_off_after(unsigned n, unsigned seed)
{
	disk.seed = seed;
	atomic_store(&disk.power_off, n > 0 ? atomic_load(&disk.count) + n : 0);
}

unsigned
faulty_count(void)
{
	return atomic_load(&disk.count);
}
