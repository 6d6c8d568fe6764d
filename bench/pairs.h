/* SPDX-License-Identifier: MIT */
/* pairs.h - pairs of users who write to each other, for the modes that measure them. */
#ifndef PAIRS_H
#define PAIRS_H

/* Logs in the first 2 * pairs users and makes contacts of them. */
void pairs_prepare(unsigned pairs);

/* Lets them write, warms up, and reports options.repeat times under the mode's name; extra as for
 * measure_end. */
void pairs_measure(const char *mode, const char *extra);

/* Lets them write until so many messages more were delivered. */
void pairs_fill(unsigned count);

#endif
