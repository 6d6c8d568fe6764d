/* SPDX-License-Identifier: MIT */
/* fsync.c - the median time of writing 4 KiB to the end of a file and having it on disk, in
 * microseconds: what no durable message can be faster than. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define TIMES 201

static double
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int
by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

int
main(int argc, char **argv)
{
	static char block[4096];
	double took[TIMES];
	char path[4096];
	int fd;

	if (argc != 2) {
		fputs("usage: bench/fsync DIRECTORY\n", stderr);
		return 64;
	}
	snprintf(path, sizeof path, "%s/fsync.XXXXXX", argv[1]);
	fd = mkstemp(path);
	if (fd < 0) {
		perror(path);
		return 1;
	}
	unlink(path);
	memset(block, 'x', sizeof block);
	for (int i = 0; i < TIMES; i++) {
		double begun = now_us();

		if (write(fd, block, sizeof block) != sizeof block || fdatasync(fd) != 0) {
			perror(path);
			return 1;
		}
		took[i] = now_us() - begun;
	}
	qsort(took, TIMES, sizeof took[0], by_value);
	printf("%.1f\n", took[TIMES / 2]);
	return 0;
}
