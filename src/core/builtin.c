/* SPDX-License-Identifier: MIT */
/* builtin.c - the modules that are part of the daemon. */
#include "core/builtin.h"

#include <stddef.h>

const struct parley_module *const builtin_modules[] = {
	&key_module, /* first: it opens what others have stored */
	&node_module,
	&account_module,
	NULL,
};
