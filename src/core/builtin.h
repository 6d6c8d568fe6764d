/* SPDX-License-Identifier: MIT */
/* builtin.h - the modules that are part of the daemon: what they do needs more than the public API.
 */
#ifndef BUILTIN_H
#define BUILTIN_H

#include <parley/module.h>

extern const struct parley_module key_module;     /* key_methods.c: what the store seals with */
extern const struct parley_module node_module;    /* node_methods.c: for operators */
extern const struct parley_module account_module; /* account_methods.c: one's own account */

/* Ends with NULL. */
extern const struct parley_module *const builtin_modules[];

#endif
