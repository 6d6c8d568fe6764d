/* SPDX-License-Identifier: MIT */
/* test_store_memory.c - the back end without a disk does what every back end does. */
#include "store/store.h"
#include "unit/store_conformance.h"

static const char *
nowhere(void)
{
	return "";
}

int
main(void)
{
	static const struct conformance c = { "store_memory", &store_memory, nowhere };

	return conformance_run(&c, NULL);
}
