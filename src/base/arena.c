/* SPDX-License-Identifier: MIT */
/* arena.c - memory with one lifetime. */
#include "base/arena.h"

#include "base/xalloc.h"

#include <openssl/crypto.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_FIRST 1008 /* most frames fit in one block, and that in what malloc has at hand */
#define ARENA_NEXT  8192

struct arena_block {
	struct arena_block *next;
	size_t size; /* of bytes */
	alignas(max_align_t) char bytes[];
};

static void
arena_grow(struct arena *a, size_t size)
{
	size_t want = a->blocks == NULL ? ARENA_FIRST : ARENA_NEXT;
	struct arena_block *b;

	if (want < size)
		want = size;
	b = xmalloc(sizeof *b + want);
	b->next = a->blocks;
	b->size = want;
	a->blocks = b;
	a->at = b->bytes;
	a->end = b->bytes + want;
	a->used += sizeof *b + want;
}

static size_t
arena_round(size_t size)
{
	return (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
}

void *
arena_take(struct arena *a, size_t size)
{
	char *p;

	size = arena_round(size);
	if (a->blocks == NULL || (size_t)(a->end - a->at) < size)
		arena_grow(a, size);
	p = a->at;
	a->at += size;
	return p;
}

void *
arena_zero(struct arena *a, size_t size)
{
	return memset(arena_take(a, size), 0, size);
}

void *
arena_resize(struct arena *a, void *p, size_t from, size_t to)
{
	char *start = p;
	void *moved;

	if (start + arena_round(from) == a->at && arena_round(to) <= (size_t)(a->end - start)) {
		a->at = start + arena_round(to);
		return p;
	}
	if (to <= from)
		return p;
	moved = arena_take(a, to);
	memcpy(moved, p, from);
	return moved;
}

char *
arena_copy(struct arena *a, const void *bytes, size_t len)
{
	char *p = arena_take(a, len + 1);

	if (len > 0)
		memcpy(p, bytes, len);
	p[len] = '\0';
	return p;
}

void
arena_fini(struct arena *a)
{
	struct arena_block *b, *next;

	for (b = a->blocks; b != NULL; b = next) {
		next = b->next;
		free(b);
	}
	*a = (struct arena){ 0 };
}

void
arena_wipe(struct arena *a)
{
	for (struct arena_block *b = a->blocks; b != NULL; b = b->next)
		OPENSSL_cleanse(b->bytes, b->size);
	arena_fini(a);
}
