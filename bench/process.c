/* SPDX-License-Identifier: MIT */
/* process.c - reads /proc. */
#include "process.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool
processes_parse(struct processes *p, const char *list)
{
	char *end;

	p->count = 0;
	while (*list != '\0') {
		long pid = strtol(list, &end, 10);

		if (end == list || pid <= 0 || p->count == PROCESS_MAX)
			return false;
		p->pids[p->count++] = (pid_t)pid;
		list = *end == ',' ? end + 1 : end;
		if (*end != ',' && *end != '\0')
			return false;
	}
	return p->count > 0;
}

/* The first number of a thread's schedstat: nanoseconds on a processor. 0 when it has ended. */
static int64_t
thread_cpu(pid_t pid, const char *thread)
{
	char path[80];
	int64_t ns = 0;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/task/%.16s/schedstat", (int)pid, thread);
	f = fopen(path, "re");
	if (f == NULL)
		return 0;
	if (fscanf(f, "%" SCNd64, &ns) != 1)
		ns = 0;
	fclose(f);
	return ns;
}

static int64_t
process_cpu(pid_t pid)
{
	char path[40];
	struct dirent *entry;
	int64_t sum = 0;
	DIR *dir;

	snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
	dir = opendir(path);
	if (dir == NULL)
		return -1;
	while ((entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.')
			sum += thread_cpu(pid, entry->d_name);
	closedir(dir);
	return sum;
}

int64_t
processes_cpu(const struct processes *p)
{
	int64_t sum = 0;

	for (unsigned i = 0; i < p->count; i++) {
		int64_t one = process_cpu(p->pids[i]);

		if (one < 0)
			return -1;
		sum += one;
	}
	return sum;
}

static bool
process_memory(pid_t pid, struct process_memory *sum)
{
	char path[40], line[200];
	bool found = false;
	long long kb;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/smaps_rollup", (int)pid);
	f = fopen(path, "re");
	if (f == NULL)
		return false;
	while (fgets(line, sizeof line, f) != NULL) {
		if (sscanf(line, "Pss: %lld kB", &kb) == 1) {
			sum->pss += kb;
			found = true;
		} else if (sscanf(line, "Rss: %lld kB", &kb) == 1) {
			sum->rss += kb;
		}
	}
	fclose(f);
	return found;
}

struct process_memory
processes_memory(const struct processes *p)
{
	struct process_memory sum = { 0 };

	for (unsigned i = 0; i < p->count; i++)
		if (!process_memory(p->pids[i], &sum))
			return (struct process_memory){ -1, -1 };
	return sum;
}
