/* SPDX-License-Identifier: MIT */
/* test_clock.c - both clocks run, and tests can turn them by hand. */
#include "support/test.h"

#include "base/clock.h"

#include <parley/await.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static int64_t hand;

static int64_t
by_hand(void)
{
	return hand;
}

static void
now_is_the_time_of_day(void **state)
{
	int64_t before = (int64_t)time(NULL) * 1000;
	int64_t now = parley_now();

	assert_true(now >= before - 1000 && now <= before + 60 * 1000);
}

static void
monotonic_never_goes_back(void **state)
{
	int64_t last = parley_monotonic();

	for (int i = 0; i < 1000; i++) {
		int64_t next = parley_monotonic();

		assert_true(next >= last);
		last = next;
	}
}

static void
a_replaced_clock_shows_what_it_is_told(void **state)
{
	hand = 42;
	clock_replace(by_hand, by_hand);
	assert_int_equal(parley_now(), 42);
	hand = 43;
	assert_int_equal(parley_monotonic(), 43);

	clock_replace(NULL, NULL);
	assert_true(parley_now() > 43);
	assert_true(parley_monotonic() != 43);
}

static void
the_time_of_day_runs_ahead_by_what_a_file_says(void **state)
{
	char file[] = "/tmp/parley-clock-XXXXXX";
	int fd = mkstemp(file);
	int64_t ahead = 0, before;

	assert_int_equal(pwrite(fd, &ahead, sizeof ahead, 0), sizeof ahead);
	assert_int_equal(clock_follow(file), 0);
	before = parley_now();
	ahead = 86400000;
	assert_int_equal(pwrite(fd, &ahead, sizeof ahead, 0), sizeof ahead);
	assert_true(parley_now() >= before + ahead);
	assert_true(parley_now() < before + ahead + 60000);

	clock_replace(NULL, NULL);
	close(fd);
	unlink(file);
	assert_int_equal(clock_follow(file), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(now_is_the_time_of_day),
		cmocka_unit_test(monotonic_never_goes_back),
		cmocka_unit_test(a_replaced_clock_shows_what_it_is_told),
		cmocka_unit_test(the_time_of_day_runs_ahead_by_what_a_file_says),
	};

	return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
