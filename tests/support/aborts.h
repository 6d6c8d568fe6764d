/* SPDX-License-Identifier: MIT */
/* aborts.h - what is a bug of ours ends the process. */
#ifndef TEST_ABORTS_H
#define TEST_ABORTS_H

#include <stdbool.h>

/* Whether fn, in a process of its own, aborts. */
bool aborts(void (*fn)(void));

#endif
