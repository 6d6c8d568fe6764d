/* SPDX-License-Identifier: MIT */
/* memory.h - gives memory back to the system that the C library would keep. Router thread. */
#ifndef MEMORY_H
#define MEMORY_H

#include <stdint.h>

/* Before other threads start, of which so many will often ask for memory at the same time. */
void memory_start(unsigned busy_threads);

/* What is free now: at once, when nobody waits for the router. */
void memory_give_back(void);

/* Now and then, with how much has been done since the start: gives back once what was busy has
 * become quiet, on a worker. */
void memory_look(uint64_t done);

#endif
