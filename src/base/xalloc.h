/* SPDX-License-Identifier: MIT */
/* xalloc.h - allocation that cannot fail: it logs and aborts. Safe because every size that a peer
 * controls is bounded before it is asked for. Any thread. */
#ifndef XALLOC_H
#define XALLOC_H

#include <stddef.h>

/* Zeroed memory; free() it. */
void *xcalloc(size_t count, size_t size) __attribute__((malloc, returns_nonnull));
void *xmalloc(size_t size) __attribute__((malloc, returns_nonnull));
void *xrealloc(void *p, size_t size) __attribute__((returns_nonnull));
char *xstrdup(const char *s) __attribute__((malloc, returns_nonnull));
char *xstrndup(const char *s, size_t len) __attribute__((malloc, returns_nonnull));

#endif
