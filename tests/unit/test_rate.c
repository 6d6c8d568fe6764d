/* SPDX-License-Identifier: MIT */
/* test_rate.c - how often somebody may do something. */
#include "support/test.h"

#include "base/clock.h"
#include "core/rate.h"

#include <stdio.h>

static int64_t now_ms;

static int64_t
fake_clock(void)
{
	return now_ms;
}

static int
set_up(void **state)
{
	now_ms = 1000000;
	clock_replace(NULL, fake_clock);
	return 0;
}

static int
tear_down(void **state)
{
	rate_stop();
	clock_replace(NULL, NULL);
	return 0;
}

/* How many of n may. */
static unsigned
take(unsigned n, const char *who, int64_t burst, int64_t per_minute)
{
	unsigned may = 0;

	while (n-- > 0)
		may += parley_rate_take("speak", who, burst, per_minute, NULL) == 0;
	return may;
}

static void
a_burst_and_then_a_steady_rate(void **state)
{
	assert_int_equal(take(1000, "alice", 500, 6000), 500);
	now_ms += 10;
	assert_int_equal(take(10, "alice", 500, 6000), 1);
	now_ms += 1000;
	assert_int_equal(take(1000, "alice", 500, 6000), 100);
	now_ms += 60000;
	assert_int_equal(take(1000, "alice", 500, 6000), 500);
}

static void
who_waits_as_told_may(void **state)
{
	struct parley_error err = { 0 };

	assert_int_equal(take(3, "alice", 2, 2), 2);
	assert_int_equal(parley_rate_take("speak", "alice", 2, 2, &err), -1);
	assert_int_equal(err.code, PARLEY_LIMIT);
	assert_int_equal(err.retry_after, 30);
	now_ms += 29999;
	assert_int_equal(take(1, "alice", 2, 2), 0);
	now_ms += 1;
	assert_int_equal(take(2, "alice", 2, 2), 1);
	assert_int_equal(rate_stats().refused, 4);
}

static void
everybody_and_everything_has_its_own(void **state)
{
	assert_int_equal(take(9, "alice", 1, 1), 1);
	assert_int_equal(take(9, "bob", 1, 1), 1);
	assert_int_equal(parley_rate_take("listen", "alice", 1, 1, NULL), 0);
}

static void
no_rate_is_no_limit(void **state)
{
	assert_int_equal(take(10000, "alice", 1, 0), 10000);
	assert_int_equal(rate_stats().refused, 0);
}

static void
a_new_rate_counts_from_now_on(void **state)
{
	assert_int_equal(take(10, "alice", 10, 60), 10);
	assert_int_equal(take(10, "alice", 20, 60), 10);
	assert_int_equal(take(10, "alice", 10, 60), 0);
}

/* A hundred thousand others do not make room for who has used up most. */
static void
t14_memory_is_bounded_and_the_busiest_stay(void **state)
{
	char name[16];

	assert_int_equal(take(100, "alice", 100, 100), 100);
	for (unsigned i = 0; i < 100000; i++) {
		snprintf(name, sizeof name, "user%u", i);
		assert_int_equal(take(1, name, 100, 100), 1);
	}
	assert_int_equal(take(1, "alice", 100, 100), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_burst_and_then_a_steady_rate),
		TEST(who_waits_as_told_may),
		TEST(everybody_and_everything_has_its_own),
		TEST(no_rate_is_no_limit),
		TEST(a_new_rate_counts_from_now_on),
		TEST(t14_memory_is_bounded_and_the_busiest_stay),
	};

	return cmocka_run_group_tests_name("rate", tests, NULL, NULL);
}
