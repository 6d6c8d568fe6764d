/* SPDX-License-Identifier: MIT */
/* arena.h - memory with one lifetime: taken piece by piece, freed at once. One thread at a time. */
#ifndef ARENA_H
#define ARENA_H

#include <stddef.h>

struct arena_block;

/* Starts as { 0 }. */
struct arena {
	struct arena_block *blocks; /* newest first */
	char *at, *end;             /* free part of the newest block */
	size_t used;                /* bytes taken from the system */
};

/* Memory for size bytes, aligned for any type, not zeroed. Never NULL. */
void *arena_take(struct arena *a, size_t size) __attribute__((returns_nonnull));

/* The same, zeroed. */
void *arena_zero(struct arena *a, size_t size) __attribute__((returns_nonnull));

/* A copy of len bytes, with a NUL behind. */
char *arena_copy(struct arena *a, const void *bytes, size_t len) __attribute__((returns_nonnull));

/* Changes the size of what arena_take returned, in place when p was taken last, else by moving it;
 * to 0 gives it back. Only the last piece really gives memory back. */
void *arena_resize(struct arena *a, void *p, size_t from, size_t to)
    __attribute__((returns_nonnull));

/* Frees everything taken, and leaves { 0 }. */
void arena_fini(struct arena *a);

/* The same, and overwrites it before: it held secrets. */
void arena_wipe(struct arena *a);

#endif
