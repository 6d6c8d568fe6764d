/* SPDX-License-Identifier: MIT */
/* module_shapes.h - what the modules in module_shapes.c and their test, test_module.c, share. */
#ifndef MODULE_SHAPES_H
#define MODULE_SHAPES_H

#include <parley/module.h>

/* The state of every shape. Times are ticks of one clock, 0: never. */
struct shape {
	bool flag; /* options */
	int64_t number;
	const char *word;
	uint64_t asked; /* metric */
	unsigned loaded, unloaded, reloaded, fiber_ended;
};

/* In the test program: 1, 2, 3 and so on. */
PARLEY_API unsigned shape_tick(void);

#endif
