/* SPDX-License-Identifier: MIT */
/* hash.h - hashes for tables whose keys others choose. Any thread. */
#ifndef HASH_H
#define HASH_H

#include <stddef.h>
#include <stdint.h>

/* SipHash-1-3 under a key that the process drew at random when it first asked: nobody outside can
 * choose keys that collide. Not for anything that is stored or sent. */
uint64_t hash_bytes(const void *bytes, size_t len);

/* The same under a given key. */
uint64_t hash_siphash13(uint64_t k0, uint64_t k1, const void *bytes, size_t len);

#endif
