/* SPDX-License-Identifier: MIT */
/* limits.h - every queue, cache and pool: how full it is, was, and may be. Router thread. */
#ifndef LIMITS_H
#define LIMITS_H

#include <parley/module.h>

struct limit {
	const char *name; /* "store.write_queue"; of a module "history.chats" */
	struct parley_fill fill;
	uint64_t peak; /* the most since the start; 0: not counted */
};

/* Calls fn for each of the node's, then of the modules'; l is fn's while it runs. */
void limits_each(void (*fn)(void *arg, const struct limit *l), void *arg);

#endif
