/* SPDX-License-Identifier: MIT */
/* memory.h - memory for modules: it cannot fail (it aborts), so bound what a peer controls first.
 */
#ifndef PARLEY_MEMORY_H
#define PARLEY_MEMORY_H

#include <parley/api.h>
#include <stddef.h>

/* New, zeroed; release it with free(). Any thread. */
PARLEY_API void *parley_alloc(size_t size) __attribute__((returns_nonnull));
/* New: a copy of s, likewise. */
PARLEY_API char *parley_strdup(const char *s) __attribute__((returns_nonnull));

#endif
