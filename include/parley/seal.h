/* SPDX-License-Identifier: MIT */
/* seal.h - for what a module must store and nobody else may read: authenticated encryption, and
 * hashes by which a secret is found again, both under keys that are made from the node's key. Any
 * thread. */
#ifndef PARLEY_SEAL_H
#define PARLEY_SEAL_H

#include <parley/api.h>
#include <parley/error.h>
#include <parley/text.h>
#include <stdint.h>

/* Appends the sealed bytes to out, as text of [A-Za-z0-9_-]. context, "MODULE/...", binds them to
 * their place: they open nowhere else. */
PARLEY_API void parley_seal(
    const char *context, const void *bytes, size_t len, struct parley_text *out);

/* Appends what was sealed to out. 0, or -1 with PARLEY_INTERNAL when it was sealed elsewhere or with
 * another key, or was changed. */
PARLEY_API int parley_unseal(
    const char *context, const char *sealed, struct parley_text *out, struct parley_error *err);

/* Appends a hash of 43 characters of [A-Za-z0-9_-], always the same for the same purpose,
 * "MODULE/..." of at most 63 bytes, and bytes. */
PARLEY_API void parley_sealed_hash(
    const char *purpose, const void *bytes, size_t len, struct parley_text *out);

/* A key for parley_keyed_hash, always the same for the same purpose, "MODULE/...". */
struct parley_hash_key {
	uint64_t half[2];
};
PARLEY_API void parley_hash_key_init(struct parley_hash_key *key, const char *purpose);

/* SipHash-1-3: fast, for indexes of what nobody without the node's key may know. */
PARLEY_API uint64_t parley_keyed_hash(
    const struct parley_hash_key *key, const void *bytes, size_t len);

#endif
