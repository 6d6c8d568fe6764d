/* SPDX-License-Identifier: MIT */
/* watchdog.h - a thread that notices when the router does not come back to its loop. */
#ifndef WATCHDOG_H
#define WATCHDOG_H

#include <stdint.h>

struct loop;

/* Logs a warning with the name of the running fiber when the loop's thread has worked for
 * bound_ms in one go. 0 or -1 (errno). */
int watchdog_start(const struct loop *l, unsigned bound_ms);
void watchdog_stop(void);

/* How often that happened. Any thread. */
uint64_t watchdog_stalls(void);

#endif
