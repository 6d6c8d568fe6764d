/* SPDX-License-Identifier: MIT */
/* module_none.c - a shared object that is no module. */
#include <parley/api.h>

PARLEY_API int nothing_to_load(void);

int
nothing_to_load(void)
{
	return 0;
}
