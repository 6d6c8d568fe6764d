/* SPDX-License-Identifier: MIT */
/* test_table.c - the hash table keeps what it is given, in order, through growth and removal. */
#include "support/test.h"

#include "base/table.h"
#include "support/aborts.h"

#include <stdio.h>
#include <string.h>

#define MANY 5000

static char names[MANY][16];

static int
setup_names(void **state)
{
	for (int i = 0; i < MANY; i++)
		snprintf(names[i], sizeof names[i], "name%d", i);
	return 0;
}

static void
empty_table_finds_nothing(void **state)
{
	struct table t = { 0 };
	uint32_t at = 0;

	assert_null(table_get(&t, "a"));
	assert_null(table_get_number(&t, 1));
	assert_null(table_remove(&t, "a"));
	assert_null(table_each(&t, &at));
	assert_int_equal(table_count(&t), 0);
	table_fini(&t);
}

static void
put_replaces_and_returns_what_was_there(void **state)
{
	struct table t = { 0 };
	char first[] = "alice", second[] = "alice";

	assert_null(table_put(&t, first, first));
	assert_ptr_equal(table_put(&t, second, second), first);
	memset(first, 'x', sizeof first - 1); /* the key that is borrowed now is the second one */
	assert_ptr_equal(table_get(&t, "alice"), second);
	assert_int_equal(table_count(&t), 1);
	table_fini(&t);
}

static void
keys_are_found_after_growth(void **state)
{
	struct table t = { 0 };

	for (int i = 0; i < MANY; i++)
		assert_null(table_put(&t, names[i], names[i]));
	assert_int_equal(table_count(&t), MANY);
	for (int i = 0; i < MANY; i++)
		assert_ptr_equal(table_get(&t, names[i]), names[i]);
	assert_null(table_get(&t, "name5000"));
	table_fini(&t);
}

static void
numbers_work_like_names(void **state)
{
	struct table t = { 0 };
	const uint64_t step = UINT64_C(1) << 32; /* equal in the lower half */

	for (uint64_t i = 0; i < MANY; i++)
		assert_null(table_put_number(&t, i * step, names[i]));
	for (uint64_t i = 0; i < MANY; i += 2)
		assert_ptr_equal(table_remove_number(&t, i * step), names[i]);
	for (uint64_t i = 0; i < MANY; i++)
		assert_ptr_equal(table_get_number(&t, i * step), i % 2 != 0 ? names[i] : NULL);
	assert_ptr_equal(table_put_number(&t, step, names[0]), names[1]);
	table_fini(&t);
}

static void
each_follows_the_order_of_arrival(void **state)
{
	struct table t = { 0 };
	uint32_t at = 0;

	for (int i = 0; i < 100; i++)
		table_put(&t, names[i], names[i]);
	for (int i = 0; i < 100; i += 3)
		table_remove(&t, names[i]);
	table_put(&t, names[0], names[0]);
	for (int i = 0; i < 100; i++)
		if (i % 3 != 0)
			assert_ptr_equal(table_each(&t, &at), names[i]);
	assert_ptr_equal(table_each(&t, &at), names[0]);
	assert_null(table_each(&t, &at));
	assert_null(table_each(&t, &at));
	table_fini(&t);
}

static void
entries_may_be_removed_during_a_walk(void **state)
{
	struct table t = { 0 };
	uint32_t at = 0;
	int seen = 0;
	char *value;

	for (int i = 0; i < 1000; i++)
		table_put(&t, names[i], names[i]);
	while ((value = table_each(&t, &at)) != NULL) {
		assert_ptr_equal(value, names[seen]);
		assert_ptr_equal(table_remove(&t, value), value);
		seen++;
	}
	assert_int_equal(seen, 1000);
	assert_int_equal(table_count(&t), 0);
	table_fini(&t);
}

static void
random_changes_agree_with_a_plain_array(void **state)
{
	struct table t = { 0 };
	bool there[64] = { 0 };
	uint32_t random = 1, count = 0;

	for (int i = 0; i < 200000; i++) {
		random = random * 1664525 + 1013904223;
		uint32_t n = random >> 26;
		void *expected = there[n] ? names[n] : NULL;

		if ((random >> 20 & 3) == 0) {
			assert_ptr_equal(table_remove(&t, names[n]), expected);
			count -= there[n];
			there[n] = false;
		} else if ((random >> 20 & 3) == 1) {
			assert_ptr_equal(table_put(&t, names[n], names[n]), expected);
			count += !there[n];
			there[n] = true;
		} else {
			assert_ptr_equal(table_get(&t, names[n]), expected);
		}
		assert_int_equal(table_count(&t), count);
	}
	table_fini(&t);
}

static void
memory_does_not_grow_with_changes(void **state)
{
	struct table t = { 0 };

	for (int i = 0; i < MANY; i++)
		table_put(&t, names[i], names[i]);
	for (int i = 0; i < MANY - 3; i++)
		table_remove(&t, names[i]);
	for (int i = 0; i < 100000; i++) {
		table_put(&t, names[i % 100], names[i % 100]);
		table_remove(&t, names[i % 100]);
	}
	assert_true(t.room <= 16);
	assert_ptr_equal(table_get(&t, names[MANY - 1]), names[MANY - 1]);
	table_fini(&t);
}

static void
mixed_keys(void)
{
	struct table t = { 0 };

	table_put(&t, "1", names[0]);
	table_put_number(&t, 1, names[1]);
}

static void
value_of_null(void)
{
	struct table t = { 0 };

	table_put(&t, "1", NULL);
}

static void
misuse_aborts(void **state)
{
	assert_true(aborts(mixed_keys));
	assert_true(aborts(value_of_null));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_table_finds_nothing),
		cmocka_unit_test(put_replaces_and_returns_what_was_there),
		cmocka_unit_test(keys_are_found_after_growth),
		cmocka_unit_test(numbers_work_like_names),
		cmocka_unit_test(each_follows_the_order_of_arrival),
		cmocka_unit_test(entries_may_be_removed_during_a_walk),
		cmocka_unit_test(random_changes_agree_with_a_plain_array),
		cmocka_unit_test(memory_does_not_grow_with_changes),
		cmocka_unit_test(misuse_aborts),
	};

	return cmocka_run_group_tests_name("table", tests, setup_names, NULL);
}
