/* SPDX-License-Identifier: MIT */
/* chance.h - chance for tests that play what nobody thought of: each run another one, that can be
 * had again. */
#ifndef TEST_CHANCE_H
#define TEST_CHANCE_H

/* Begins: with the number in PARLEY_SEED, else with the time. Prints which. */
void chance_begin(void);

/* 0 to n - 1. */
unsigned chance(unsigned n);

#endif
