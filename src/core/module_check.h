/* SPDX-License-Identifier: MIT */
/* module_check.h - whether what a module says of itself can be true. Any thread. */
#ifndef MODULE_CHECK_H
#define MODULE_CHECK_H

#include <parley/module.h>

/* The interface it was made for, its size and its name (of its file). Nothing else of it may be
 * read before. 0, or -1 with err naming the module, both values and the remedy. */
int module_check_abi(const struct parley_module *m, const char *name, struct parley_error *err);

/* Its rows: options and metrics lie in its state, defaults in their bounds, methods have a handler
 * and roles. 0, or -1 with err naming the module and the row. */
int module_check_rows(const struct parley_module *m, struct parley_error *err);

#endif
