/* SPDX-License-Identifier: MIT */
/* clock.c - what time it is, for everyone, and how tests change it. */
#include "base/clock.h"

#include <fcntl.h>
#include <parley/await.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static int64_t
milliseconds(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int64_t
real_now(void)
{
	return milliseconds(CLOCK_REALTIME);
}

static int64_t
real_monotonic(void)
{
	return milliseconds(CLOCK_MONOTONIC);
}

static int64_t (*now_source)(void) = real_now;
static int64_t (*monotonic_source)(void) = real_monotonic;

int64_t
parley_now(void)
{
	return now_source();
}

int64_t
parley_monotonic(void)
{
	return monotonic_source();
}

void
clock_replace(int64_t (*now)(void), int64_t (*monotonic)(void))
{
	now_source = now != NULL ? now : real_now;
	monotonic_source = monotonic != NULL ? monotonic : real_monotonic;
}

static _Atomic(int64_t) *ahead;

static int64_t
now_ahead(void)
{
	return real_now() + atomic_load_explicit(ahead, memory_order_relaxed);
}

int
clock_follow(const char *file)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	void *map;

	if (fd < 0)
		return -1;
	map = mmap(NULL, sizeof *ahead, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (map == MAP_FAILED)
		return -1;
	ahead = map;
	now_source = now_ahead;
	return 0;
}
