/* SPDX-License-Identifier: MIT */
/* fiber_fault.h - says which fiber has overflown its stack before the process dies of it. */
#ifndef FIBER_FAULT_H
#define FIBER_FAULT_H

#include <stddef.h>

/* Catches SIGSEGV in the guard pages of an arena: count slots, each beginning with a guard. The
 * action that was set before then does what it does: log_catch_crashes, a core file, a sanitizer's
 * report. */
void fiber_fault_start(const char *arena, size_t slot, size_t guard, unsigned count);
void fiber_fault_stop(void);

#endif
