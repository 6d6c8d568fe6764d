/* SPDX-License-Identifier: MIT */
/* keyring.h - the keys of this node's store: the node key, from its source, opens the keyring,
 * which is in the store itself. Router thread. */
#ifndef KEYRING_H
#define KEYRING_H

#include "seal/node_key.h"
#include "seal/ring.h"

#include <parley/store.h>

/* Finds the node key, or makes its file. Before there are other threads. 0 or -1. */
int keyring_find_key(const char *file, struct parley_error *err);

/* Reads the keyring, or makes it, and puts its keys in force; before anything else is read from the
 * store. 0 or -1. Awaits. */
int keyring_open(struct parley_error *err);

/* A new data key is current once this returns 0. Awaits, as those below. */
int keyring_rotate(struct parley_error *err);

/* The keyring can be opened with the node key in file, too: with that alone when the node was
 * started with it. 0 with print_r. */
int keyring_rewrap(const char *file, char print_r[RING_PRINT], struct parley_error *err);

void keyring_close(void); /* wipes it */

extern const struct parley_collection keyring_collection;

/* What there is; borrowed. pending: "" or the print of the node key that is to come. */
const struct ring *keyring_ring(void);
const struct node_key *keyring_node_key(void);
const char *keyring_pending(void);

/* ---- which documents are under which keys --------------------------------------------------- */

/* A collection that has, or had, secrets. */
struct keyring_use {
	char collection[32];
	uint32_t key; /* all of its documents are under this one, or newer ones; 0: who knows */
	char *secret; /* the names that were secret then: "text old" */
};

/* All that are known, ends with NULL collection: [0] to [*count_r - 1]. */
const struct keyring_use *keyring_uses(unsigned *count_r);

/* Takes note of a collection before its first document is stored, when it has secrets: the keys
 * that it needs stay, also while its module is not loaded. 0 or -1. */
int keyring_note(const struct parley_collection *c, struct parley_error *err);

/* True when c is to be walked over. */
bool keyring_wants_walk(const struct parley_collection *c);

/* All of c is under key now; what no collection needs any more leaves the keyring. 0 or -1. */
int keyring_walked(const struct parley_collection *c, uint32_t key, struct parley_error *err);

#endif
