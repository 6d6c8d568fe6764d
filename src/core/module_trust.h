/* SPDX-License-Identifier: MIT */
/* module_trust.h - whether the file of a module can be run: who can change it could be the node. */
#ifndef MODULE_TRUST_H
#define MODULE_TRUST_H

#include <parley/error.h>

/* Follows links first: what counts is where they lead. 0, or -1 with err when the file is no plain
 * file, or when it or its directory can be changed by anybody but root, the node's own user, and
 * who can change the node's program anyway. */
int module_trust(const char *name, const char *path, struct parley_error *err);

#endif
