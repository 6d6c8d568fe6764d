/* SPDX-License-Identifier: MIT */
/* xalloc.c - allocation that cannot fail. */
#include "base/xalloc.h"

#include <parley/log.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define SMALL 1024

static void *
checked(void *p, size_t size)
{
	if (p != NULL)
		return p;
	parley_log_error("memory", "out of memory asking for %zu bytes", size);
	abort();
}

void *
xmalloc(size_t size)
{
	return checked(malloc(size ? size : 1), size);
}

/* glibc's calloc passes over what malloc keeps at hand for each thread; clearing a small piece
 * costs less than finding it another way. */
void *
xcalloc(size_t count, size_t size)
{
	size_t bytes;

	if (count == 0)
		count = 1; /* so that the first of none can be looked at */
	if (__builtin_mul_overflow(count, size, &bytes))
		return checked(NULL, SIZE_MAX);
	if (bytes <= SMALL)
		return memset(xmalloc(bytes), 0, bytes);
	return checked(calloc(count, size), bytes);
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
