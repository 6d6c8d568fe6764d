/* SPDX-License-Identifier: MIT */
/* mode_idle.c - what sessions cost that say nothing: memory, processor, and logging them in. The
 * accounts exist, and each device has logged in once, before the first look. */
#include "speak.h"

#include <stdio.h>

static void
idle_report(unsigned count, const struct process_memory *base)
{
	struct process_memory now = processes_memory(&options.server);

	if (now.pss < 0 || base->pss < 0)
		load_die("the memory of the server cannot be read: be root or its user");
	report("idle",
	    ",\"sessions\":%u,\"base_pss_kb\":%lld,\"pss_kb\":%lld,\"session_pss_kb\":%.2f,"
	    "\"session_rss_kb\":%.2f",
	    count, (long long)base->pss, (long long)now.pss, (double)(now.pss - base->pss) / count,
	    (double)(now.rss - base->rss) / count);
}

static void
idle_add(unsigned from, unsigned to)
{
	struct measure m;

	measure_begin(&m);
	users_each(from, to - from, user_connect, "logging in");
	measure_end(&m, "ramp-up", to - from, "");
}

/* Does the server work although nobody asks for anything? */
static void
idle_watch(unsigned count)
{
	char extra[40];
	struct measure m;

	snprintf(extra, sizeof extra, ",\"sessions\":%u", count);
	measure_begin(&m);
	load_wait(options.seconds);
	measure_end(&m, "idle-cpu", count, extra);
}

void
mode_idle(int argc, char **argv)
{
	unsigned most = 0, have = 0;
	struct process_memory base;

	for (int i = 0; i < argc; i++) {
		unsigned count = number_of(argv[i], most + 1, 1000000, "each N, rising,");

		most = count;
	}
	if (most == 0)
		load_die("idle: how many sessions?");
	users_make(most);
	load_wait(options.settle);
	base = processes_memory(&options.server);
	for (int i = 0; i < argc; i++) {
		unsigned count = number_of(argv[i], 1, 1000000, "N");

		idle_add(have, count);
		have = count;
		load_wait(options.settle);
		idle_report(count, &base);
	}
	idle_watch(have);
}
