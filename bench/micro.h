/* SPDX-License-Identifier: MIT */
/* micro.h - small pieces of work whose instructions bench/micro counts with callgrind. A program
 * is called with the name of a case and a number; what runs inside of micro_run is counted. */
#ifndef MICRO_H
#define MICRO_H

/* Calls work(i) for 0 to count - 1. */
void micro_run(void (*work)(unsigned i), unsigned count);

/* The number in argv[2]; and dies with the usage unless there are exactly two arguments more than
 * extra. */
unsigned micro_count(int argc, char **argv, int extra);

/* A chat message of 80 bytes as a client sends it. */
extern const char micro_message[];

#endif
