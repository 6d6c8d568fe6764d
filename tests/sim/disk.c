/* SPDX-License-Identifier: MIT */
/* disk.c - a node's disk: the folder it has its files in, under SQLite's, which is slow, full or
 * broken when chance says so. What a node that was killed has left is copied into another folder:
 * the dead still have their files open, and locked. */
#include "support/test.h"

#include "sim/sim.h"
#include "support/faulty_vfs.h"

#include <dirent.h>
#include <fcntl.h>
#include <parley/error.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER_SIZE 128

struct disk {
	struct world *world;
	char folder[FOLDER_SIZE];
	unsigned number; /* of the folder */
	struct faulty_disk *files;
	bool full, broken;
	bool was_full, was_broken; /* and has said so, since disk_forget_faults */
};

/* SQLite waits for a lock that another thread has. */
static int
sleep_virtually(int us)
{
	thread_pause(us);
	return us;
}

static int
before(void *arg, enum faulty_op op, sqlite3_int64 offset, int len)
{
	static const struct {
		unsigned once_in, us;
	} slow[] = {
		[FAULTY_READ] = { 64, 50 }, [FAULTY_WRITE] = { 8, 100 }, [FAULTY_SYNC] = { 1, 1500 }
	};
	struct disk *d = arg;
	struct world *w = d->world;

	trace(w, "disk %d at %lld, %d", (int)op, (long long)offset, len);
	if (chance_once_in(w, slow[op].once_in))
		thread_pause(1 + (int64_t)chance_below(w, slow[op].us));
	if (op == FAULTY_WRITE && d->full) {
		d->was_full = true;
		return SQLITE_FULL;
	}
	if (op != FAULTY_READ && d->broken && (op == FAULTY_SYNC || chance_once_in(w, 4))) {
		d->was_broken = true;
		return op == FAULTY_SYNC ? SQLITE_IOERR_FSYNC : SQLITE_IOERR_WRITE;
	}
	if (op != FAULTY_SYNC)
		return SQLITE_OK;
	return w->plant == PLANT_ACKS_EARLY ? FAULTY_PRETEND : SQLITE_OK;
}

static void
make_folder(struct disk *d)
{
	snprintf(
	    d->folder, sizeof d->folder, "%s/%u-%u", sim_folder(), d->world->number, d->number++);
	assert_int_equal(mkdir(d->folder, 0700), 0);
}

struct disk *
disk_new(struct world *w)
{
	struct disk *d = calloc(1, sizeof *d);

	parley_assert(d != NULL);
	d->world = w;
	make_folder(d);
	faulty_install();
	faulty_set_sleep(sleep_virtually);
	d->files = faulty_disk_new(d->folder, before, d);
	return d;
}

const char *
disk_folder(const struct disk *d)
{
	return d->folder;
}

/* ---- faults ------------------------------------------------------------------------------- */

void
disk_fill(struct disk *d, bool full)
{
	trace(d->world, "disk full %d", full);
	d->full = full;
}

void
disk_break(struct disk *d, bool broken)
{
	trace(d->world, "disk broken %d", broken);
	d->broken = broken;
}

bool
disk_has_been_full(const struct disk *d)
{
	return d->was_full;
}

bool
disk_has_been_broken(const struct disk *d)
{
	return d->was_broken;
}

void
disk_forget_faults(struct disk *d)
{
	d->broken = d->was_full = d->was_broken = false;
}

/* ---- crashes ------------------------------------------------------------------------------ */

void
copy_file(const char *from, const char *to)
{
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	struct stat st;

	parley_assert(in >= 0 && out >= 0 && fstat(in, &st) == 0);
	for (off_t left = st.st_size; left > 0;) {
		ssize_t n = sendfile(out, in, NULL, (size_t)left);

		parley_assert(n > 0);
		left -= n;
	}
	close(in);
	close(out);
}

static bool
ends_in(const char *s, const char *end)
{
	size_t len = strlen(s), end_len = strlen(end);

	return len >= end_len && strcmp(s + len - end_len, end) == 0;
}

/* Of each file the path in d's folder, in no order. */
static void
each_file(const char *folder, void (*fn)(void *arg, const char *path, const char *name), void *arg)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	parley_assert(dir != NULL);
	while ((entry = readdir(dir)) != NULL) {
		char path[2 * FOLDER_SIZE + 256];

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
		fn(arg, path, entry->d_name);
	}
	closedir(dir);
}

struct crash {
	const struct disk *disk;
	bool power;
};

static void
keep_file(void *arg, const char *path, const char *name)
{
	const struct crash *crash = arg;
	char to[2 * FOLDER_SIZE + 256];

	if (ends_in(name, ".lock") || (crash->power && ends_in(name, "-shm")))
		return;
	snprintf(to, sizeof to, "%s/%s", crash->disk->folder, name);
	copy_file(path, to);
}

static void
remove_file(void *arg, const char *path, const char *name)
{
	parley_assert(unlink(path) == 0);
}

static bool
keeps(void *arg)
{
	const struct disk *d = arg;

	return chance_once_in(d->world, 2);
}

void
disk_crash(struct disk *d, bool power)
{
	const struct crash crash = { d, power };
	char old[FOLDER_SIZE];

	memcpy(old, d->folder, sizeof old);
	if (power)
		faulty_lose_power(d->files, keeps);
	make_folder(d);
	each_file(old, keep_file, (void *)(uintptr_t)&crash);
	faulty_disk_move(d->files, d->folder);
	each_file(old, remove_file, NULL);
	rmdir(old);
}

void
disk_remove(struct disk *d)
{
	each_file(d->folder, remove_file, NULL);
	rmdir(d->folder);
}
