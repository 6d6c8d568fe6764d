/* SPDX-License-Identifier: MIT */
/* sqlite_sums.c - every page of the data base ends with a sum of what it holds and of its number,
 * so that a page that the disk has changed, lost or put elsewhere is found out when it is read.
 *
 * SQLite keeps these bytes free and gives them no meaning. What it is given has zeros there, so a
 * page that another program moves from the log into the file, as "sqlite3" does when it is the last
 * to close, has no sum instead of a wrong one. */
#include "sqlite_vfs.h"

#include <endian.h>
#include <stdint.h>
#include <string.h>

#define OP_SUMMED   0x50726c79 /* a file control of our own */
#define HEAD        100        /* bytes of a data base's head */
#define HEAD_FREE   20         /* where it says how many bytes at the end of a page are free */
#define SMALL_READS 512        /* below this they are of the head alone */
#define LANES       4          /* sums that a processor works on at once */

#ifndef SQLITE_IOCAP_SUBPAGE_READ
#define SQLITE_IOCAP_SUBPAGE_READ 0x00008000 /* since 3.48 */
#endif

static _Thread_local sqlite3_int64 bad_page;

sqlite3_int64
sq_bad_page(void)
{
	return bad_page;
}

void
sq_bad_page_forget(void)
{
	bad_page = 0;
}

/* ---- sums --------------------------------------------------------------------------------- */

/* Two words that differ never lead from one sum to the same; against chance, not against people. */
static inline uint64_t
step(uint64_t sum, uint64_t word)
{
	sum ^= word;
	return (sum << 29 | sum >> 35) * 0x9e3779b97f4a7c15U;
}

uint64_t
sq_digest(uint64_t sum, const void *bytes, size_t len)
{
	const unsigned char *at = bytes;
	uint64_t word;

	sum = step(sum, len);
	for (; len > 0; at += sizeof word, len -= len < sizeof word ? len : sizeof word) {
		word = 0;
		memcpy(&word, at, len < sizeof word ? len : sizeof word);
		sum = step(sum, le64toh(word));
	}
	return sum;
}

static inline uint64_t
word_at(const unsigned char *page, size_t n)
{
	uint64_t word;

	memcpy(&word, page + n * sizeof word, sizeof word);
	return le64toh(word);
}

/* Never 0. */
static uint64_t
sum_of(const unsigned char *page, sqlite3_int64 number)
{
	enum { WORDS = (SQ_PAGE - SQ_SUM) / sizeof(uint64_t) };
	uint64_t lanes[LANES] = { 1, 2, 3, 4 }, sum = (uint64_t)number;
	size_t n = 0;

	for (; n + LANES <= WORDS; n += LANES)
		for (size_t lane = 0; lane < LANES; lane++)
			lanes[lane] = step(lanes[lane], word_at(page, n + lane));
	for (; n < WORDS; n++)
		sum = step(sum, word_at(page, n));
	for (size_t lane = 0; lane < LANES; lane++)
		sum = step(sum, lanes[lane]);
	return sum != 0 ? sum : 1;
}

void
sq_sum_put(unsigned char page[SQ_PAGE], sqlite3_int64 number)
{
	uint64_t sum = htole64(sum_of(page, number));

	memcpy(page + SQ_PAGE - SQ_SUM, &sum, sizeof sum);
}

enum sq_sum_state
sq_sum_check(const unsigned char page[SQ_PAGE], sqlite3_int64 number)
{
	uint64_t sum = word_at(page, SQ_PAGE / sizeof sum - 1);

	if (sum == 0)
		return SQ_SUM_NONE;
	return sum == sum_of(page, number) ? SQ_SUM_GOOD : SQ_SUM_BAD;
}

/* ---- the file ----------------------------------------------------------------------------- */

static struct sq_file *
own(sqlite3_file *file)
{
	return (struct sq_file *)file;
}

static int
sums_read(sqlite3_file *file, void *bytes, int len, sqlite3_int64 offset)
{
	struct sq_file *f = own(file);
	int rc = f->real->pMethods->xRead(f->real, bytes, len, offset);

	if (rc != SQLITE_OK || !f->summed || len < SMALL_READS)
		return rc;
	if (len != SQ_PAGE || offset % SQ_PAGE != 0 ||
	    sq_sum_check(bytes, offset / SQ_PAGE + 1) == SQ_SUM_BAD) {
		bad_page = offset / SQ_PAGE + 1;
		return SQLITE_IOERR_DATA;
	}
	memset((char *)bytes + SQ_PAGE - SQ_SUM, 0, SQ_SUM);
	return SQLITE_OK;
}

static int
sums_write(sqlite3_file *file, const void *bytes, int len, sqlite3_int64 offset)
{
	unsigned char page[SQ_PAGE];
	struct sq_file *f = own(file);

	if (len == SQ_PAGE && offset == 0)
		f->summed = ((const unsigned char *)bytes)[HEAD_FREE] == SQ_SUM;
	if (!f->summed || len != SQ_PAGE || offset % SQ_PAGE != 0)
		return f->real->pMethods->xWrite(f->real, bytes, len, offset);
	memcpy(page, bytes, sizeof page);
	sq_sum_put(page, offset / SQ_PAGE + 1);
	return f->real->pMethods->xWrite(f->real, page, sizeof page, offset);
}

static int
sums_lock(sqlite3_file *file, int level)
{
	return own(file)->real->pMethods->xLock(own(file)->real, level);
}

static int
sums_unlock(sqlite3_file *file, int level)
{
	return own(file)->real->pMethods->xUnlock(own(file)->real, level);
}

static int
sums_check_lock(sqlite3_file *file, int *held)
{
	return own(file)->real->pMethods->xCheckReservedLock(own(file)->real, held);
}

static int
sums_control(sqlite3_file *file, int op, void *arg)
{
	if (op != OP_SUMMED)
		return sq_file_control(file, op, arg);
	*(bool *)arg = own(file)->summed;
	return SQLITE_OK;
}

/* Parts of a page could not be checked. */
static int
sums_characteristics(sqlite3_file *file)
{
	sqlite3_file *real = own(file)->real;

	return real->pMethods->xDeviceCharacteristics(real) & ~SQLITE_IOCAP_SUBPAGE_READ;
}

static int
sums_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **at)
{
	return own(file)->real->pMethods->xShmMap(own(file)->real, page, size, extend, at);
}

static int
sums_shm_lock(sqlite3_file *file, int offset, int n, int flags)
{
	return own(file)->real->pMethods->xShmLock(own(file)->real, offset, n, flags);
}

static void
sums_shm_barrier(sqlite3_file *file)
{
	own(file)->real->pMethods->xShmBarrier(own(file)->real);
}

static int
sums_shm_unmap(sqlite3_file *file, int drop)
{
	return own(file)->real->pMethods->xShmUnmap(own(file)->real, drop);
}

/* No version 3: what is mapped into memory could not be checked. */
static const sqlite3_io_methods methods = {
	.iVersion = 2,
	.xClose = sq_file_close,
	.xRead = sums_read,
	.xWrite = sums_write,
	.xTruncate = sq_file_truncate,
	.xSync = sq_file_sync,
	.xFileSize = sq_file_size,
	.xLock = sums_lock,
	.xUnlock = sums_unlock,
	.xCheckReservedLock = sums_check_lock,
	.xFileControl = sums_control,
	.xSectorSize = sq_file_sector_size,
	.xDeviceCharacteristics = sums_characteristics,
	.xShmMap = sums_shm_map,
	.xShmLock = sums_shm_lock,
	.xShmBarrier = sums_shm_barrier,
	.xShmUnmap = sums_shm_unmap,
};

/* A new file gets sums. One that keeps no bytes free was made before there were any; a number that
 * nobody writes there is damage, which the sum of the first page shows. */
int
sq_sums_opened(struct sq_file *f)
{
	static const char magic[16] = "SQLite format 3";
	unsigned char head[HEAD];
	int rc = f->real->pMethods->xRead(f->real, head, sizeof head, 0);

	if (rc != SQLITE_OK && rc != SQLITE_IOERR_SHORT_READ)
		return rc;
	f->summed = rc == SQLITE_IOERR_SHORT_READ ||
		    (memcmp(head, magic, sizeof magic) == 0 && head[HEAD_FREE] != 0);
	f->base.pMethods = &methods;
	return SQLITE_OK;
}

bool
sq_is_summed(sqlite3 *db)
{
	bool summed = false;

	return sqlite3_file_control(db, "main", OP_SUMMED, &summed) == SQLITE_OK && summed;
}
