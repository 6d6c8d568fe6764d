/* SPDX-License-Identifier: MIT */
/* hash_key.c - fast hashes under keys made from the node's key, for indexes of modules. */
#include "seal/seal.h"
#include "base/hash.h"

#include <openssl/crypto.h>
#include <parley/seal.h>
#include <stdio.h>
#include <string.h>

void
parley_hash_key_init(struct parley_hash_key *key, const char *purpose)
{
	char name[80];
	uint8_t bytes[32];

	snprintf(name, sizeof name, "module/%.63s", purpose);
	seal_derive(name, bytes);
	memcpy(key->half, bytes, sizeof key->half);
	OPENSSL_cleanse(bytes, sizeof bytes);
}

uint64_t
parley_keyed_hash(const struct parley_hash_key *key, const void *bytes, size_t len)
{
	return hash_siphash13(key->half[0], key->half[1], bytes, len);
}
