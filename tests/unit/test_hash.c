/* SPDX-License-Identifier: MIT */
/* test_hash.c - the keyed hash is SipHash-1-3 and stays the same within a process. */
#include "support/test.h"

#include "base/hash.h"

#include <string.h>

static void
hash_is_siphash_1_3(void **state)
{
	/* Of the bytes 0, 1, 2, ... under a key of zeros, made with CPython's implementation. */
	static const struct {
		size_t len;
		uint64_t hash;
	} cases[] = {
		{ 1, UINT64_C(0x68a914128e01e473) },
		{ 2, UINT64_C(0x010bac45c41e3669) },
		{ 7, UINT64_C(0x2f098ab0c751325a) },
		{ 8, UINT64_C(0xead411e67ebe2eea) },
		{ 9, UINT64_C(0x75927f9d95124362) },
		{ 15, UINT64_C(0xf30eb725bb91c9ea) },
		{ 16, UINT64_C(0x8972188433a5c5b7) },
		{ 17, UINT64_C(0x4883c49a2c009c1d) },
		{ 64, UINT64_C(0x75e05fd5bbc870c6) },
	};
	unsigned char bytes[64];

	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (unsigned char)i;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (hash_siphash13(0, 0, bytes, cases[i].len) != cases[i].hash)
			fail_msg("wrong for %zu bytes", cases[i].len);
}

static void
hash_depends_on_both_halves_of_the_key(void **state)
{
	uint64_t plain = hash_siphash13(0, 0, "alice", 5);

	assert_true(hash_siphash13(1, 0, "alice", 5) != plain);
	assert_true(hash_siphash13(0, 1, "alice", 5) != plain);
}

static void
process_hash_is_stable_and_not_the_unkeyed_one(void **state)
{
	assert_true(hash_bytes("alice", 5) == hash_bytes("alice", 5));
	assert_true(hash_bytes("alice", 5) != hash_bytes("alicf", 5));
	assert_true(hash_bytes("alice", 5) != hash_siphash13(0, 0, "alice", 5));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hash_is_siphash_1_3),
		cmocka_unit_test(hash_depends_on_both_halves_of_the_key),
		cmocka_unit_test(process_hash_is_stable_and_not_the_unkeyed_one),
	};

	return cmocka_run_group_tests_name("hash", tests, NULL, NULL);
}
