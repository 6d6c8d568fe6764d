/* SPDX-License-Identifier: MIT */
/* store_copy.h - moves all that a store has to another one, perhaps of another back end. One
 * thread, alone; but store_is_half_copied, which is the router's. */
#ifndef STORE_COPY_H
#define STORE_COPY_H

#include <parley/backend.h>
#include <stdbool.h>

/* A store that nothing else has open. */
struct store_end {
	const struct parley_backend *backend;
	const char *location;
};

/* What is copied. */
struct store_order {
	struct store_end from, to;
	const struct parley_collection *const *collections; /* ends with NULL */
	const char *without; /* names of collections that are left behind, in words; or NULL */
	bool compare;        /* the two are only compared */
};

/* Copies the documents of the collections, each as it is stored, in this order, and how far the
 * streams of logs have gone; then reads both stores again and compares. A copy that was interrupted
 * is taken up where it was. from must have something, and nothing but those collections and the
 * ones that are left behind; to has to be empty, or such a copy, unless they are only compared.
 * What has expired is left behind. 0; 1 when the two differ at the end, which told has heard of; or
 * -1. */
int store_copy(
    const struct store_order *order, const struct parley_told *told, struct parley_error *err);

/* Fails when the store that is open is the beginning of a copy. On a fiber: awaits. 0 or -1. */
int store_is_half_copied(struct parley_error *err);

#endif
