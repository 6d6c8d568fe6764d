/* SPDX-License-Identifier: MIT */
/* sqlite_vfs.h - the files under SQLite: each has the real one behind it. */
#ifndef STORE_SQLITE_VFS_H
#define STORE_SQLITE_VFS_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SQ_PAGE 4096 /* bytes of a page, of which the last are its sum */
#define SQ_SUM  8

struct sq_file {
	sqlite3_file base;
	sqlite3_file *real;

	/* of the log */
	char *buffer; /* what is to be written at start */
	sqlite3_int64 start;
	size_t len;

	/* of the data base */
	bool summed; /* its pages have sums */
};

/* The name of the file system for all connections; or NULL. */
const char *sq_vfs(void);

/* sqlite_wal.c, sqlite_sums.c: what to do with a file whose real one is open. */
int sq_wal_opened(struct sq_file *f);
int sq_sums_opened(struct sq_file *f);

/* Whether the data base of this connection has sums. */
bool sq_is_summed(sqlite3 *db);

/* Writes the sum of a page with this number (from 1) to its end. */
void sq_sum_put(unsigned char page[SQ_PAGE], sqlite3_int64 number);

enum sq_sum_state {
	SQ_SUM_GOOD,
	SQ_SUM_NONE, /* written by a program that knows nothing of sums */
	SQ_SUM_BAD
};
enum sq_sum_state sq_sum_check(const unsigned char page[SQ_PAGE], sqlite3_int64 number);

/* The digest of what sum is that of, and of these bytes; against chance. */
uint64_t sq_digest(uint64_t sum, const void *bytes, size_t len);

/* The page that this thread has last found damaged, from 1; 0: none. */
sqlite3_int64 sq_bad_page(void);
void sq_bad_page_forget(void);

/* What is the same for both kinds of file: passed on to the real one. */
int sq_file_close(sqlite3_file *file);
int sq_file_size(sqlite3_file *file, sqlite3_int64 *size);
int sq_file_truncate(sqlite3_file *file, sqlite3_int64 size);
int sq_file_sync(sqlite3_file *file, int flags);
int sq_file_sector_size(sqlite3_file *file);
int sq_file_control(sqlite3_file *file, int op, void *arg);

#endif
