/* SPDX-License-Identifier: MIT */
/* dumps.c - no core dumps: they would have keys, passwords and messages in them. */
#include "base/dumps.h"

#include <parley/error.h>
#include <sys/prctl.h>
#include <sys/resource.h>

void
dumps_forbid(void)
{
	static const struct rlimit none = { 0 };
	int rc;

#ifndef PARLEY_SANITIZED
	/* The limit alone does not hold for a program that the kernel hands dumps to. */
	rc = prctl(PR_SET_DUMPABLE, 0);
	parley_assert(rc == 0);
#endif
	rc = setrlimit(RLIMIT_CORE, &none);
	parley_assert(rc == 0);
}
