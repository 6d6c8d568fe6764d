/* SPDX-License-Identifier: MIT */
/* micro.c - what the micro-benchmarks share. */
#include "micro.h"

#include <stdio.h>
#include <stdlib.h>

const char micro_message[] =
    "{\"type\":\"message\",\"id\":\"m1a2b3c4d-12-34567\",\"to\":\"bench00001@localhost\",\"text\":"
    "\"Shall we meet at the station at half past seven, or is that too early for all of you?\"}";

/* callgrind counts from here, by its name. */
__attribute__((noinline)) void
micro_run(void (*work)(unsigned i), unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		work(i);
}

unsigned
micro_count(int argc, char **argv, int extra)
{
	if (argc == 3 + extra)
		return (unsigned)strtoul(argv[2], NULL, 10);
	fprintf(stderr, "usage: %s CASE COUNT; see bench/micro\n", argv[0]);
	exit(64);
}
