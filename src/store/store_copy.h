/* SPDX-License-Identifier: MIT */
/* store_copy.h - moves all that a store has to another one, perhaps of another back end. One
 * thread, alone; but store_is_half_copied, which is the router's. */
#ifndef STORE_COPY_H
#define STORE_COPY_H

#include <parley/backend.h>

/* A store that nothing else has open. */
struct store_end {
	const struct parley_backend *backend;
	const char *location;
};

/* Copies the documents of collections (ends with NULL), each as it is stored, in this order, and
 * how far the streams of logs have gone; then reads both stores again and compares. A copy that was
 * interrupted is taken up where it was. to has to be empty, or such a copy. What has expired is
 * left behind. 0; 1 when the two differ at the end, which told has heard of; or -1. */
int store_copy(const struct store_end *from, const struct store_end *to,
    const struct parley_collection *const *collections, const struct parley_told *told,
    struct parley_error *err);

/* Fails when the store that is open is the beginning of a copy. On a fiber: awaits. 0 or -1. */
int store_is_half_copied(struct parley_error *err);

#endif
