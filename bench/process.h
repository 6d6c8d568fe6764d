/* SPDX-License-Identifier: MIT */
/* process.h - what the processes of a server have used: CPU time from schedstat, memory from
 * smaps_rollup. */
#ifndef PROCESS_H
#define PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define PROCESS_MAX 8

struct processes {
	pid_t pids[PROCESS_MAX];
	unsigned count;
};

/* "123,456"; false when it is something else. */
bool processes_parse(struct processes *p, const char *list);

/* CPU time of all threads that live now, in nanoseconds; -1 when it cannot be read. */
int64_t processes_cpu(const struct processes *p);

/* Kilobytes; -1 when they cannot be read. */
struct process_memory {
	int64_t pss, rss;
};
struct process_memory processes_memory(const struct processes *p);

#endif
