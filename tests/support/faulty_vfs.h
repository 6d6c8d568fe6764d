/* SPDX-License-Identifier: MIT */
/* faulty_vfs.h - a disk for SQLite that fails, fills up or loses power when a test says so. One
 * thread writes; files that are only read pass through. */
#ifndef FAULTY_VFS_H
#define FAULTY_VFS_H

#include <sqlite3.h>
#include <stdbool.h>

/* Becomes the default of SQLite for the rest of the process; all faults are off. Twice is harmless.
 */
void faulty_install(void);

enum faulty_op { FAULTY_READ, FAULTY_WRITE, FAULTY_SYNC };
/* Of a sync: it says that it was done, and was not. */
#define FAULTY_PRETEND (-1)

/* What is about to happen on a disk, and whether it may: SQLITE_OK, or the error to give. */
typedef int faulty_before_fn(void *arg, enum faulty_op op, sqlite3_int64 offset, int len);

/* A disk of its own for the files in a folder that are opened from now on. Nothing reaches the real
 * disk for good, and it is never forgotten what has not been synced. Lives as long as the process.
 */
struct faulty_disk;
struct faulty_disk *faulty_disk_new(const char *folder, faulty_before_fn *before, void *arg);

/* Its files are in this folder from now on, copied by the caller; also what is not synced yet. */
void faulty_disk_move(struct faulty_disk *disk, const char *folder);

/* Takes every write that was not synced back, then does those blocks of 4 KiB again for which keeps
 * (with the disk's arg) is true: the order in which a disk works is its own. Who has the files open
 * is dead. */
void faulty_lose_power(struct faulty_disk *disk, bool (*keeps)(void *arg));

/* How SQLite waits, anywhere; fn returns how many µs it was. */
void faulty_set_sleep(int (*fn)(int us));

/* The rest is about the usual disk, of all other files.
 *
 * From now on every write fails for want of room, until it is called with false. */
void faulty_set_full(bool full);

/* From now on every sync fails, until it is called with false. */
void faulty_set_sync_error(bool error);

/* The process dies at the nth write or sync from now on (0: never). What was written and not yet
 * synced is then on the disk or not, write by write, as a generator with this seed decides. */
void faulty_power_off_after(unsigned n, unsigned seed);

/* Writes and syncs so far. */
unsigned faulty_count(void);

#endif
