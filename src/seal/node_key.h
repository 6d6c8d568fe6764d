/* SPDX-License-Identifier: MIT */
/* node_key.h - the one key that is kept apart from the data, and from where the node has it. */
#ifndef NODE_KEY_H
#define NODE_KEY_H

#include "seal/ring.h"

#include <parley/error.h>
#include <stdbool.h>
#include <stdint.h>

struct node_key {
	uint8_t key[32];
	char print[RING_PRINT];
	char from[200]; /* for people: "/var/lib/parley/node.key" */
	bool made;      /* there was none */
};

/* From PARLEY_NODE_KEY in the environment (base64 or hex digits), which is then removed from there;
 * else from the systemd credential parley.key; else from file, which is made when it is missing.
 * Two of the first are refused, for nobody could say which counts. 0 or -1. */
int node_key_read(const char *file, struct node_key *out, struct parley_error *err);

/* From this file alone. */
int node_key_read_file(const char *file, struct node_key *out, struct parley_error *err);

#endif
