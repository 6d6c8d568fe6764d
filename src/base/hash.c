/* SPDX-License-Identifier: MIT */
/* hash.c - SipHash-1-3 (Aumasson and Bernstein 2012) under a key of the process. */
#include "base/hash.h"

#include <parley/error.h>

#include <endian.h>
#include <pthread.h>
#include <string.h>
#include <sys/random.h>

static uint64_t hash_key[2];

static void
hash_init(void)
{
	parley_assert(getrandom(hash_key, sizeof hash_key, 0) == (ssize_t)sizeof hash_key);
}

uint64_t
hash_bytes(const void *bytes, size_t len)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, hash_init);
	return hash_siphash13(hash_key[0], hash_key[1], bytes, len);
}

static inline uint64_t
rotate(uint64_t x, int bits)
{
	return x << bits | x >> (64 - bits);
}

static inline void
sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] = rotate(v[0], 32);
	v[2] += v[1];
	v[0] += v[3];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] = rotate(v[2], 32);
}

static inline void
sip_word(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	sip_round(v);
	v[0] ^= word;
}

uint64_t
hash_siphash13(uint64_t k0, uint64_t k1, const void *bytes, size_t len)
{
	uint64_t v[4] = { k0 ^ UINT64_C(0x736f6d6570736575), k1 ^ UINT64_C(0x646f72616e646f6d),
		k0 ^ UINT64_C(0x6c7967656e657261), k1 ^ UINT64_C(0x7465646279746573) };
	const unsigned char *p = bytes;
	uint64_t word, last = (uint64_t)len << 56;

	for (; len >= 8; len -= 8, p += 8) {
		memcpy(&word, p, sizeof word);
		sip_word(v, le64toh(word));
	}
	for (size_t i = 0; i < len; i++)
		last |= (uint64_t)p[i] << (8 * i);
	sip_word(v, last);
	v[2] ^= 0xff;
	for (int i = 0; i < 3; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}
