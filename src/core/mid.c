/* SPDX-License-Identifier: MIT */
/* mid.c - message ids: UUIDv7 (RFC 9562) that never go backwards on this node, and random text. */
#include "runtime/task.h"
#include "seal/seal.h"

#include <parley/module.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* The last id's time and counter: 48 bits of milliseconds and the 12 bits of rand_a, which method 1
 * of RFC 9562 section 6.2 uses as a counter within one millisecond. */
static uint64_t last;

static void
mid_format(uint64_t stamp, const uint8_t random[8], char out[37])
{
	static const char hex[] = "0123456789abcdef";
	uint8_t b[16];
	size_t at = 0;

	for (int i = 0; i < 6; i++)
		b[i] = (uint8_t)(stamp >> (52 - 8 * i));
	b[6] = (uint8_t)(0x70 | (stamp >> 8 & 0x0f));
	b[7] = (uint8_t)stamp;
	memcpy(b + 8, random, 8);
	b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			out[at++] = '-';
		out[at++] = hex[b[i] >> 4];
		out[at++] = hex[b[i] & 15];
	}
	out[at] = '\0';
}

void
parley_mid_new(char out[37])
{
	/* One call of the CSPRNG serves 32 ids: it costs more than all the rest. */
	static uint8_t pool[32][8];
	static unsigned pool_at = 32;
	uint64_t now = (uint64_t)parley_now() << 12;

	assert_router();
	if (pool_at == 32) {
		random_bytes(pool, sizeof pool);
		pool_at = 0;
	}
	last = now > last ? now : last + 1;
	mid_format(last, pool[pool_at++], out);
}

void
parley_mid_start_after(const char *mid)
{
	uint64_t stamp = 0;
	int digits = 0;

	for (const char *p = mid; *p != '\0' && digits < 16; p++) {
		int d = *p >= '0' && *p <= '9'   ? *p - '0'
			: *p >= 'a' && *p <= 'f' ? *p - 'a' + 10
						 : -1;

		if (d < 0)
			continue;
		if (digits++ != 12) /* the version */
			stamp = stamp << 4 | (uint64_t)d;
	}
	if (digits == 16 && stamp > last)
		last = stamp;
}

void
parley_random_text(char *out, size_t n)
{
	static const char alphabet[33] = "abcdefghijkmnpqrstuvwxyz23456789";
	uint8_t bytes[64];

	parley_assert(n <= sizeof bytes);
	random_bytes(bytes, n);
	for (size_t i = 0; i < n; i++)
		out[i] = alphabet[bytes[i] & 31];
	out[n] = '\0';
}
