/* SPDX-License-Identifier: MIT */
/* ring.h - the keyring of a store: a root for hashes, which never changes, and data keys. It is
 * kept in the store itself, sealed under the node key. Wipe it with OPENSSL_cleanse. Any thread. */
#ifndef RING_H
#define RING_H

#include <parley/error.h>
#include <parley/text.h>
#include <stdbool.h>
#include <stdint.h>

#define RING_KEYS 32

struct ring_key {
	uint32_t id;  /* from 1; never used again */
	int64_t made; /* ms since 1970 */
	uint8_t key[32];
};
struct ring {
	uint8_t root[32];
	uint32_t current; /* id */
	unsigned count;   /* at least 1; in the order in which they were made */
	struct ring_key keys[RING_KEYS];
};

/* A new one, with one data key. */
void ring_make(struct ring *ring, int64_t now);

/* That of a store whose secrets were sealed under the node key itself. */
void ring_of_node_key(struct ring *ring, const uint8_t node_key[32], int64_t now);

/* A new data key becomes the current one. -1 when there are too many. */
int ring_add(struct ring *ring, int64_t now);

/* Forgets the keys with ids below id but for the current one; returns how many. */
unsigned ring_drop_below(struct ring *ring, uint32_t id);

/* Appends it, sealed, as text of [A-Za-z0-9_-]. */
void ring_wrap(const struct ring *ring, const uint8_t node_key[32], struct parley_text *out);

/* 0, or -1 when it was wrapped with another key, or changed. */
int ring_unwrap(struct ring *ring, const uint8_t node_key[32], const char *text, size_t len);

/* What tells node keys apart, and says nothing of them: 16 hex digits. */
#define RING_PRINT 17
void ring_print(const uint8_t node_key[32], char out[RING_PRINT]);

#endif
