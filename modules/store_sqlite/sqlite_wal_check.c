/* SPDX-License-Identifier: MIT */
/* sqlite_wal_check.c - reads the write-ahead log as it lies on the disk, before SQLite does. SQLite
 * reads it up to the first frame that is not as it was written, and takes the rest for what a crash
 * cut short. That is right when nothing was committed behind it, and a silent loss when something
 * was.
 *
 * A commit is synced before the next is begun, and the shared index tells of it after that. So
 * frames that follow a commit in the chain of checksums, or an index that knows more frames than
 * can be read, show that what cannot be read had been committed. What no trace is left of, the last
 * commit before a power failure, is not missed. */
#include "sqlite.h"
#include "sqlite_pages.h"
#include "sqlite_vfs.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEAD         32
#define FRAME        24
#define MAGIC        0x377f0682U /* its lowest bit: checksums are of big-endian words */
#define VERSION      3007000
#define INDEX        48 /* bytes of the shared index's head */
#define INDEX_SUMMED 40

struct sum {
	uint32_t a, b;
};

/* The log, read frame by frame. */
struct scan {
	int fd;
	bool big_endian;
	unsigned char salts[8];
	struct sum sum;   /* up to the last frame that was good */
	uint32_t at;      /* frames read */
	uint32_t commits; /* frames up to the last commit */
	unsigned char frame[FRAME + SQ_PAGE];
};

static uint32_t
number_at(const unsigned char *bytes)
{
	uint32_t n;

	memcpy(&n, bytes, sizeof n);
	return be32toh(n);
}

static uint32_t
word_at(const unsigned char *bytes, bool big_endian)
{
	uint32_t n;

	memcpy(&n, bytes, sizeof n);
	return big_endian ? be32toh(n) : le32toh(n);
}

static struct sum
sum_of(struct sum sum, const unsigned char *bytes, size_t len, bool big_endian)
{
	for (size_t i = 0; i < len; i += 8) {
		sum.a += word_at(bytes + i, big_endian) + sum.b;
		sum.b += word_at(bytes + i + 4, big_endian) + sum.a;
	}
	return sum;
}

static bool
is_sum(struct sum sum, const unsigned char *bytes)
{
	return number_at(bytes) == sum.a && number_at(bytes + 4) == sum.b;
}

/* ---- frames ------------------------------------------------------------------------------- */

/* Reads the next frame, whatever it is. */
static bool
frame_read(struct scan *s)
{
	off_t offset = HEAD + (off_t)s->at * (off_t)sizeof s->frame;

	if (pread(s->fd, s->frame, sizeof s->frame, offset) != (ssize_t)sizeof s->frame)
		return false;
	s->at++;
	return true;
}

static bool
frame_is_of_this_log(const struct scan *s)
{
	return memcmp(s->frame + 8, s->salts, sizeof s->salts) == 0;
}

static bool
frame_commits(const struct scan *s)
{
	return number_at(s->frame + 4) != 0;
}

/* Whether the frame goes on from where sum is. */
static bool
frame_follows(struct scan *s, struct sum sum)
{
	sum = sum_of(sum, s->frame, 8, s->big_endian);
	sum = sum_of(sum, s->frame + FRAME, SQ_PAGE, s->big_endian);
	return frame_is_of_this_log(s) && is_sum(sum, s->frame + 16);
}

static void
frame_take(struct scan *s)
{
	s->sum = (struct sum){ number_at(s->frame + 16), number_at(s->frame + 20) };
}

/* Goes to the first frame that SQLite would not take. */
static void
read_good_frames(struct scan *s)
{
	while (frame_read(s) && frame_follows(s, s->sum)) {
		frame_take(s);
		if (frame_commits(s))
			s->commits = s->at;
	}
}

/* True when there is a commit behind the good frames that another frame follows. */
static bool
commits_are_lost(struct scan *s)
{
	bool committed = false;

	do {
		if (committed && frame_follows(s, s->sum))
			return true;
		committed = frame_is_of_this_log(s) && frame_commits(s);
		frame_take(s);
	} while (frame_read(s));
	return false;
}

/* ---- the shared index --------------------------------------------------------------------- */

/* How many frames it knows; 0 when it is not of this log, or there is none. */
static uint32_t
frames_known(const char *path, const struct scan *s)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text name = { 0 };
	unsigned char head[INDEX];
	struct sum sum = { 0 };
	uint32_t frames, sums[2];
	ssize_t n;
	int fd;

	parley_text_printf(&name, "%s-shm", path);
	fd = open(name.s, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = pread(fd, head, sizeof head, 0);
	close(fd);
	if (n != (ssize_t)sizeof head || memcmp(head + 32, s->salts, sizeof s->salts) != 0)
		return 0;
	sum = sum_of(sum, head, INDEX_SUMMED, BYTE_ORDER == BIG_ENDIAN);
	memcpy(sums, head + INDEX_SUMMED, sizeof sums);
	memcpy(&frames, head + 16, sizeof frames);
	return sums[0] == sum.a && sums[1] == sum.b ? frames : 0;
}

/* ---- the log ------------------------------------------------------------------------------ */

static bool
is_zero(const unsigned char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (bytes[i] != 0)
			return false;
	return true;
}

static int
damaged(const char *path, uint32_t frame, struct parley_error *err)
{
	return parley_fail(err, PARLEY_INTERNAL, NULL,
	    "%s-wal is damaged at frame %u: the newest commits cannot be read; parleyctl store "
	    "recover saves the rest",
	    path, frame);
}

/* Reads the head of the log. *any_r: it has one. */
static int
begin(struct scan *s, const char *path, bool *any_r, struct parley_error *err)
{
	unsigned char head[HEAD];
	ssize_t n = pread(s->fd, head, sizeof head, 0);

	*any_r = false;
	if (n < 0)
		return parley_fail(
		    err, PARLEY_INTERNAL, NULL, "cannot read %s-wal: %s", path, strerror(errno));
	if (n < (ssize_t)sizeof head || is_zero(head, sizeof head))
		return 0;
	s->big_endian = (number_at(head) & 1) != 0;
	s->sum = sum_of(s->sum, head, 24, s->big_endian);
	if ((number_at(head) & ~1U) != MAGIC || number_at(head + 4) != VERSION ||
	    number_at(head + 8) != SQ_PAGE || !is_sum(s->sum, head + 24))
		return damaged(path, 0, err);
	memcpy(s->salts, head + 16, sizeof s->salts);
	*any_r = true;
	return 0;
}

static int
check(struct scan *s, const char *path, struct parley_error *err)
{
	bool any;

	if (begin(s, path, &any, err) != 0)
		return -1;
	if (!any)
		return 0;
	read_good_frames(s);
	if (frames_known(path, s) > s->commits || commits_are_lost(s))
		return damaged(path, s->commits + 1, err);
	return 0;
}

/* -1 with errno ENOENT: there is no log. */
static int
open_log(const char *path, struct parley_error *err)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text name = { 0 };
	int fd, why;

	parley_text_printf(&name, "%s-wal", path);
	fd = open(name.s, O_RDONLY | O_CLOEXEC);
	why = errno;
	if (fd < 0 && why != ENOENT)
		parley_fail(
		    err, PARLEY_INTERNAL, NULL, "cannot open %s: %s", name.s, strerror(why));
	errno = why;
	return fd;
}

int
sq_wal_check(const char *path, struct parley_error *err)
{
	struct scan scan = { .fd = open_log(path, err) };
	int rc;

	if (scan.fd < 0)
		return errno == ENOENT ? 0 : -1;
	rc = check(&scan, path, err);
	close(scan.fd);
	return rc;
}

/* ---- its pages ---------------------------------------------------------------------------- */

static void
note_frame(struct sq_frames *frames, uint32_t page, uint32_t frame)
{
	if (page >= frames->room) {
		uint32_t room = page + page / 2 + 64;

		frames->of = realloc(frames->of, room * sizeof *frames->of);
		parley_assert(frames->of != NULL);
		memset(frames->of + frames->room, 0, (room - frames->room) * sizeof *frames->of);
		frames->room = room;
	}
	frames->of[page] = frame;
}

int
sq_frames_open(struct sq_frames *frames, const char *path, struct parley_error *err)
{
	struct scan scan = { .fd = open_log(path, err) };
	uint32_t commits;
	bool any = false;

	*frames = (struct sq_frames){ .fd = scan.fd };
	if (scan.fd < 0)
		return errno == ENOENT ? 0 : -1;
	if (begin(&scan, path, &any, NULL) != 0 || !any) /* nothing can be read */
		return 0;
	read_good_frames(&scan);
	commits = scan.commits;
	for (scan.at = 0; scan.at < commits && frame_read(&scan);) {
		note_frame(frames, number_at(scan.frame), scan.at);
		if (frame_commits(&scan))
			frames->pages = number_at(scan.frame + 4);
	}
	return 0;
}

bool
sq_frames_read(const struct sq_frames *frames, uint32_t page, unsigned char *bytes, bool *read_r)
{
	uint32_t frame = page < frames->room ? frames->of[page] : 0;
	off_t offset = HEAD + (off_t)(frame - 1) * (FRAME + SQ_PAGE) + FRAME;

	if (frame == 0)
		return false;
	*read_r = pread(frames->fd, bytes, SQ_PAGE, offset) == SQ_PAGE;
	return true;
}

void
sq_frames_close(struct sq_frames *frames)
{
	if (frames->fd >= 0)
		close(frames->fd);
	free(frames->of);
}
