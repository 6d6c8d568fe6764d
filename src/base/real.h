/* SPDX-License-Identifier: MIT */
/* real.h - floating point as text, the same in every locale. Any thread. */
#ifndef REAL_H
#define REAL_H

#include <stddef.h>

#define REAL_SIZE 32

/* The value of a decimal number, of which s has no more than one. Infinite when it is too large. */
double real_parse(const char *s);

/* Writes the shortest text that real_parse turns into x again, always with a point or an exponent,
 * and returns its length. x is finite. */
size_t real_format(double x, char out[REAL_SIZE]);

#endif
