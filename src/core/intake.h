/* SPDX-License-Identifier: MIT */
/* intake.h - work that waits for a free fiber, in order. Router thread. */
#ifndef INTAKE_H
#define INTAKE_H

#include "runtime/task.h"

/* All of the node's fibers but the modules' own belong to scope. */
void intake_start(struct scope *scope);
void intake_stop(void); /* drops what still waits: at shutdown, after the scope is idle */

/* Runs fn(arg) on a fiber, now or when one is free. name is static. Takes arg. What can wait here
 * is bounded by the stanzas under way. */
void intake_run(const char *name, void (*fn)(void *arg), void *arg);

/* Tries what waits again; the router's after_drain calls it when fibers have run. */
void intake_retry(void);

unsigned intake_waiting(void);

#endif
