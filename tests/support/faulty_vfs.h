/* SPDX-License-Identifier: MIT */
/* faulty_vfs.h - a disk for SQLite that fails, fills up or loses power when a test says so. One
 * thread writes; files that are only read pass through. */
#ifndef FAULTY_VFS_H
#define FAULTY_VFS_H

#include <stdbool.h>

/* Becomes the default of SQLite for the rest of the process; all faults are off. Twice is harmless.
 */
void faulty_install(void);

/* From now on every write fails for want of room, until it is called with false. */
void faulty_set_full(bool full);

/* From now on every sync fails, until it is called with false. */
void faulty_set_sync_error(bool error);

/* The process dies at the nth write or sync from now on (0: never). What was written and not yet
 * synced is then on the disk or not, write by write, as a generator with this seed decides. */
void faulty_power_off_after(unsigned n, unsigned seed);

/* Writes and syncs so far. */
unsigned faulty_count(void);

#endif
