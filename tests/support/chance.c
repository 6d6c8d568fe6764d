/* SPDX-License-Identifier: MIT */
#include "support/test.h"

#include "support/chance.h"

#include <stdlib.h>
#include <time.h>

static uint64_t seed;

void
chance_begin(void)
{
	const char *given = getenv("PARLEY_SEED");

	seed = given != NULL ? strtoull(given, NULL, 10) : (uint64_t)time(NULL) * 2654435761U + 1;
	print_message("PARLEY_SEED=%llu\n", (unsigned long long)seed);
}

unsigned
chance(unsigned n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed >> 33) % n;
}
