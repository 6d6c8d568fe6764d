/* SPDX-License-Identifier: MIT */
/* clock.h - the seam behind parley_now and parley_monotonic (parley/await.h). */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

/* Tests: replaces both clocks. NULL: the real ones. Any thread, before others start. */
void clock_replace(int64_t (*now)(void), int64_t (*monotonic)(void));

/* Tests of the whole daemon: the time of day runs ahead by what file holds, 8 bytes that are
 * milliseconds and may be changed at any time. Timers and the monotonic clock are as always. Before
 * other threads start. 0 or -1 (errno). */
int clock_follow(const char *file);

#endif
