/* SPDX-License-Identifier: MIT */
/* stamps.h - a map from hashes to times in fixed memory: when there is no room, what has the
 * earliest time goes. For what may be forgotten, early things first. One thread at a time. */
#ifndef STAMPS_H
#define STAMPS_H

#include <stddef.h>
#include <stdint.h>

struct stamp {
	uint64_t key;
	int64_t time; /* 0: free */
};

/* Starts as { 0 }. */
struct stamps {
	struct stamp *slots;
	uint32_t sets; /* each of STAMPS_WAYS slots; a power of two */
	uint32_t used;
	uint64_t evicted;
};

#define STAMPS_WAYS 8

/* Room for about so many; memory that is not used yet costs nothing. */
void stamps_init(struct stamps *s, unsigned entries);
void stamps_fini(struct stamps *s);

/* How many there is room for. */
static inline uint32_t
stamps_max(const struct stamps *s)
{
	return s->sets * STAMPS_WAYS;
}

/* The time of key, or 0. Keys are hashes under a secret key (base/hash.h). */
int64_t stamps_get(const struct stamps *s, uint64_t key);

/* time 0 forgets key. */
void stamps_put(struct stamps *s, uint64_t key, int64_t time);

/* The hash of two strings together. */
uint64_t stamps_key(const char *a, const char *b);

#endif
