/* SPDX-License-Identifier: MIT */
/* clock.h - the seam behind parley_now and parley_monotonic (parley/await.h). */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

/* Tests: replaces both clocks. NULL: the real ones. Any thread, before others start. */
void clock_replace(int64_t (*now)(void), int64_t (*monotonic)(void));

#endif
