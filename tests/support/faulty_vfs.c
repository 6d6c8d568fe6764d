/* SPDX-License-Identifier: MIT */
/* faulty_vfs.c - wraps SQLite's own file system, and remembers what a power failure could undo. */
#include "support/faulty_vfs.h"

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCK 4096

/* A write that no sync has followed. */
struct pending {
	struct pending *next, *previous;
	char *path;
	sqlite3_int64 offset, old_size;
	int len;
	char *bytes, *old;
};

struct faulty_disk {
	struct faulty_disk *next;
	char *folder; /* NULL: of all files that no other disk has */
	faulty_before_fn *before;
	void *arg;
	_Atomic bool remembers;
	struct pending *first, *last;
};

struct faulty_file {
	sqlite3_file base;
	struct faulty_disk *disk;
	char *path;                /* NULL: it goes when it is closed */
	struct sqlite3_file *real; /* behind this struct */
};

static struct {
	sqlite3_vfs vfs, *real;
	struct faulty_disk *disks;
	int (*sleep)(int us);

	/* of the usual disk */
	_Atomic bool full, sync_error;
	_Atomic unsigned count, power_off;
	unsigned seed;
} all;

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

static void
pending_add(struct faulty_disk *d, struct pending *p)
{
	p->next = NULL;
	p->previous = d->last;
	*(d->last != NULL ? &d->last->next : &d->first) = p;
	d->last = p;
}

static void
remember(struct faulty_file *f, const void *bytes, int len, sqlite3_int64 offset)
{
	struct pending *p = calloc(1, sizeof *p);

	p->path = strdup(f->path);
	p->offset = offset;
	p->len = len;
	p->bytes = malloc((size_t)len);
	p->old = calloc(1, (size_t)len);
	memcpy(p->bytes, bytes, (size_t)len);
	f->real->pMethods->xFileSize(f->real, &p->old_size);
	f->real->pMethods->xRead(f->real, p->old, len, offset);
	pending_add(f->disk, p);
}

/* Forgets the writes to this file, which are safe now; NULL: to all. */
static void
forget(struct faulty_disk *d, const char *path)
{
	struct pending *p = d->first, *next;

	d->first = d->last = NULL;
	for (; p != NULL; p = next) {
		next = p->next;
		if (path != NULL && strcmp(p->path, path) != 0) {
			pending_add(d, p);
			continue;
		}
		free(p->path);
		free(p->bytes);
		free(p->old);
		free(p);
	}
}

static void
put(int fd, const char *bytes, size_t len, sqlite3_int64 offset)
{
	if (pwrite(fd, bytes, len, offset) != (ssize_t)len)
		abort();
}

/* A disk writes whole blocks, and of a large write perhaps not all of them. */
static void
put_blocks(int fd, const struct pending *p, const struct faulty_disk *d, bool (*keeps)(void *arg))
{
	for (int at = 0, len; at < p->len; at += len) {
		len = BLOCK - (int)((p->offset + at) % BLOCK);
		len = len < p->len - at ? len : p->len - at;
		if (keeps(d->arg))
			put(fd, p->bytes + at, (size_t)len, p->offset + at);
	}
}

void
faulty_lose_power(struct faulty_disk *d, bool (*keeps)(void *arg))
{
	for (struct pending *p = d->last; p != NULL; p = p->previous) {
		int fd = open(p->path, O_WRONLY | O_CLOEXEC);

		put(fd, p->old, (size_t)p->len, p->offset);
		if (ftruncate(fd, p->old_size) != 0)
			abort();
		close(fd);
	}
	for (struct pending *p = d->first; p != NULL; p = p->next) {
		int fd = open(p->path, O_WRONLY | O_CLOEXEC);

		put_blocks(fd, p, d, keeps);
		close(fd);
	}
	forget(d, NULL);
}

/* ---- the usual disk ----------------------------------------------------------------------- */

static bool
keeps_half(void *arg)
{
	return rand_r(&all.seed) % 2 != 0;
}

static int
usual_before(void *arg, enum faulty_op op, sqlite3_int64 offset, int len)
{
	unsigned n;

	if (op == FAULTY_READ)
		return SQLITE_OK;
	if (op == FAULTY_WRITE && atomic_load(&all.full))
		return SQLITE_FULL;
	n = atomic_fetch_add(&all.count, 1) + 1;
	if (atomic_load(&all.power_off) != 0 && n >= atomic_load(&all.power_off)) {
		faulty_lose_power(arg, keeps_half);
		kill(getpid(), SIGKILL);
	}
	return op == FAULTY_SYNC && atomic_load(&all.sync_error) ? SQLITE_IOERR_FSYNC : SQLITE_OK;
}

static struct faulty_disk usual = { .before = usual_before, .arg = &usual };

/* ---- files -------------------------------------------------------------------------------- */

static int
before(const sqlite3_file *f, enum faulty_op op, sqlite3_int64 offset, int len)
{
	const struct faulty_disk *d = ((const struct faulty_file *)f)->disk;

	return d->before(d->arg, op, offset, len);
}

static int
on_close(sqlite3_file *f)
{
	free(faulty(f)->path);
	return real(f)->pMethods->xClose(real(f));
}

static int
on_read(sqlite3_file *f, void *bytes, int len, sqlite3_int64 offset)
{
	int rc = before(f, FAULTY_READ, offset, len);

	return rc != SQLITE_OK ? rc : real(f)->pMethods->xRead(real(f), bytes, len, offset);
}

static int
on_write(sqlite3_file *f, const void *bytes, int len, sqlite3_int64 offset)
{
	int rc = before(f, FAULTY_WRITE, offset, len);

	if (rc != SQLITE_OK)
		return rc;
	if (atomic_load(&faulty(f)->disk->remembers) && faulty(f)->path != NULL)
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
	int rc = before(f, FAULTY_SYNC, 0, 0);

	if (rc != SQLITE_OK)
		return rc == FAULTY_PRETEND ? SQLITE_OK : rc;
	if (!atomic_load(&faulty(f)->disk->remembers))
		return real(f)->pMethods->xSync(real(f), flags);
	if (faulty(f)->path != NULL)
		forget(faulty(f)->disk, faulty(f)->path);
	return SQLITE_OK;
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

static struct faulty_disk *
disk_of(const char *name)
{
	for (struct faulty_disk *d = all.disks; d != NULL; d = d->next) {
		size_t len = strlen(d->folder);

		if (name != NULL && strncmp(name, d->folder, len) == 0 && name[len] == '/')
			return d;
	}
	return &usual;
}

static int
on_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *flags_out)
{
	struct faulty_file *ff = faulty(f);
	int rc;

	ff->base.pMethods = NULL;
	ff->disk = disk_of(name);
	ff->path = NULL;
	ff->real = (sqlite3_file *)(ff + 1);
	rc = all.real->xOpen(all.real, name, ff->real, flags, flags_out);
	if (rc != SQLITE_OK)
		return rc;
	ff->base.pMethods = &methods;
	if (name != NULL && (flags & SQLITE_OPEN_DELETEONCLOSE) == 0)
		ff->path = strdup(name);
	return SQLITE_OK;
}

static int
on_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
	forget(disk_of(name), name);
	return all.real->xDelete(all.real, name, sync);
}

/* Who waits for a lock lets others work, where the disk's owner says how. */
static int
on_sleep(sqlite3_vfs *vfs, int us)
{
	return all.sleep != NULL ? all.sleep(us) : all.real->xSleep(all.real, us);
}

/* ---- switches ----------------------------------------------------------------------------- */

void
faulty_install(void)
{
	if (all.real != NULL)
		return;
	all.real = sqlite3_vfs_find(NULL);
	all.vfs = *all.real;
	all.vfs.zName = "faulty";
	all.vfs.szOsFile = all.real->szOsFile + (int)sizeof(struct faulty_file);
	all.vfs.xOpen = on_open;
	all.vfs.xDelete = on_delete;
	all.vfs.xSleep = on_sleep;
	all.vfs.pNext = NULL;
	sqlite3_vfs_register(&all.vfs, 1);
}

struct faulty_disk *
faulty_disk_new(const char *folder, faulty_before_fn *fn, void *arg)
{
	struct faulty_disk *d = calloc(1, sizeof *d);

	*d = (struct faulty_disk){ all.disks, strdup(folder), fn, arg, true, NULL, NULL };
	all.disks = d;
	return d;
}

static char *
moved(const struct faulty_disk *d, const char *folder, const char *path)
{
	const char *name = path + strlen(d->folder);
	char *to = malloc(strlen(folder) + strlen(name) + 1);

	strcpy(to, folder);
	return strcat(to, name);
}

void
faulty_disk_move(struct faulty_disk *d, const char *folder)
{
	for (struct pending *p = d->first; p != NULL; p = p->next) {
		char *path = moved(d, folder, p->path);

		free(p->path);
		p->path = path;
	}
	free(d->folder);
	d->folder = strdup(folder);
}

void
faulty_set_sleep(int (*fn)(int us))
{
	all.sleep = fn;
}

void
faulty_set_full(bool full)
{
	atomic_store(&all.full, full);
}

void
faulty_set_sync_error(bool error)
{
	atomic_store(&all.sync_error, error);
}

void
faulty_power_off_after(unsigned n, unsigned seed)
{
	all.seed = seed;
	atomic_store(&all.power_off, n > 0 ? atomic_load(&all.count) + n : 0);
	atomic_store(&usual.remembers, n > 0);
}

unsigned
faulty_count(void)
{
	return atomic_load(&all.count);
}
