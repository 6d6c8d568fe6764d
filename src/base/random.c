/* SPDX-License-Identifier: MIT */
/* random.c - the one source of randomness. */
#include "base/random.h"

#include <limits.h>
#include <openssl/rand.h>
#include <parley/error.h>

void
random_bytes(void *out, size_t len)
{
	int rc;

	parley_assert(len <= INT_MAX);
	rc = RAND_bytes(out, (int)len);
	parley_assert(rc == 1);
}
