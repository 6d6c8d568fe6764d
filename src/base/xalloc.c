/* SPDX-License-Identifier: MIT */
/* xalloc.c - allocation that cannot fail. */
#include "base/xalloc.h"

#include <parley/log.h>
#include <stdlib.h>
#include <string.h>

static void *
checked(void *p, size_t size)
{
	if (p != NULL)
		return p;
	parley_log_error("memory", "out of memory asking for %zu bytes", size);
	abort();
}

void *
xcalloc(size_t count, size_t size)
{
	return checked(calloc(count ? count : 1, size ? size : 1), count * size);
}

void *
xmalloc(size_t size)
{
	return checked(malloc(size ? size : 1), size);
}

void *
xrealloc(void *p, size_t size)
{
	return checked(realloc(p, size ? size : 1), size);
}

char *
xstrdup(const char *s)
{
	return checked(strdup(s), strlen(s));
}

char *
xstrndup(const char *s, size_t len)
{
	return checked(strndup(s, len), len);
}
