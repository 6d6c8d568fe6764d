/* SPDX-License-Identifier: MIT */
#include "support/test.h"

#include "base/clock.h"
#include "support/fiber.h"

#include <ctype.h>
#include <parley/module.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int64_t now = 1800000000000;

static int64_t
clock_read(void)
{
	return now;
}

/* The 48 bits of milliseconds. */
static int64_t
time_of(const char *mid)
{
	char digits[13];

	snprintf(digits, sizeof digits, "%.8s%.4s", mid, mid + 9);
	return strtoll(digits, NULL, 16);
}

static void
an_id_is_a_uuid_of_version_7(void **state)
{
	char mid[37];

	parley_mid_new(mid);

	assert_int_equal(strlen(mid), 36);
	for (int i = 0; i < 36; i++) {
		if (i == 8 || i == 13 || i == 18 || i == 23)
			assert_int_equal(mid[i], '-');
		else
			assert_true(
			    isdigit((unsigned char)mid[i]) || (mid[i] >= 'a' && mid[i] <= 'f'));
	}
	assert_int_equal(mid[14], '7');
	assert_non_null(strchr("89ab", mid[19]));
}

static void
an_id_begins_with_its_time(void **state)
{
	char mid[37];

	now += 12345;
	parley_mid_new(mid);
	assert_true(time_of(mid) == now);
}

static void
ids_of_one_millisecond_ascend(void **state)
{
	char before[37], mid[37];

	parley_mid_new(before);
	for (int i = 0; i < 10000; i++) { /* more than the 12 bits of a millisecond's counter */
		parley_mid_new(mid);
		if (strcmp(mid, before) <= 0)
			fail_msg("%s comes after %s", mid, before);
		memcpy(before, mid, sizeof before);
	}
	assert_true(time_of(mid) - now <= 3); /* borrowed from the time to come */
}

static void
r18_ids_ascend_though_the_clock_goes_back(void **state)
{
	char before[37], mid[37];

	parley_mid_new(before);
	now -= 3600 * 1000;
	for (int i = 0; i < 100; i++) {
		parley_mid_new(mid);
		assert_true(strcmp(mid, before) > 0);
		memcpy(before, mid, sizeof before);
	}
	now += 7200 * 1000;
	parley_mid_new(mid);
	assert_true(strcmp(mid, before) > 0);
	assert_true(time_of(mid) == now);
}

static void
ids_go_on_behind_the_last_one_of_the_archive(void **state)
{
	char later[64], mid[37];

	snprintf(later, sizeof later, "%08llx-%04llx-7fff-bfff-ffffffffffff",
	    (unsigned long long)(now + 60000) >> 16, (unsigned long long)(now + 60000) & 0xffff);
	parley_mid_start_after(later);
	parley_mid_new(mid);

	if (strcmp(mid, later) <= 0)
		fail_msg("%s comes after %s", mid, later);
	assert_int_equal(mid[14], '7');
	assert_true(time_of(mid) == now + 60001); /* the counter was full */
	now += 120000;
}

static void
an_older_id_or_none_changes_nothing(void **state)
{
	static const char *const texts[] = { "00000000-0000-7000-8000-000000000000", "", "nonsense",
		"ffffffff-ffff", "ffffffff" };
	char before[37], mid[37];

	parley_mid_new(before);
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		parley_mid_start_after(texts[i]);
	parley_mid_new(mid);

	assert_true(strcmp(mid, before) > 0);
	assert_true(time_of(mid) == now);
}

static void
ids_of_one_moment_differ_in_62_random_bits(void **state)
{
	char a[37], b[37], same = 0;

	parley_mid_new(a);
	parley_mid_new(b);
	for (int i = 20; i < 36; i++)
		same = (char)(same + (a[i] == b[i]));
	assert_true(same < 12); /* 16 of them with a chance of 2^-60 */
}

static void
random_text_has_its_length_and_no_look_alikes(void **state)
{
	char text[65], again[65];
	bool seen[256] = { false };
	unsigned kinds = 0;

	for (int round = 0; round < 50; round++) {
		parley_random_text(text, 64);
		assert_int_equal(strlen(text), 64);
		for (int i = 0; i < 64; i++) {
			assert_true(
			    isdigit((unsigned char)text[i]) || islower((unsigned char)text[i]));
			assert_null(strchr("lo01", text[i]));
			kinds += !seen[(unsigned char)text[i]];
			seen[(unsigned char)text[i]] = true;
		}
	}
	assert_int_equal(kinds, 32); /* 5 bits each: one missing has a chance of 2^-140 */
	parley_random_text(again, 64);
	assert_string_not_equal(text, again);
	parley_random_text(text, 0);
	assert_string_equal(text, "");
}

static int
tests(void)
{
	const struct CMUnitTest all[] = {
		cmocka_unit_test(an_id_is_a_uuid_of_version_7),
		cmocka_unit_test(an_id_begins_with_its_time),
		cmocka_unit_test(ids_of_one_millisecond_ascend),
		cmocka_unit_test(r18_ids_ascend_though_the_clock_goes_back),
		cmocka_unit_test(ids_go_on_behind_the_last_one_of_the_archive),
		cmocka_unit_test(an_older_id_or_none_changes_nothing),
		cmocka_unit_test(ids_of_one_moment_differ_in_62_random_bits),
		cmocka_unit_test(random_text_has_its_length_and_no_look_alikes),
	};

	return cmocka_run_group_tests_name("mid", all, NULL, NULL);
}

int
main(void)
{
	clock_replace(clock_read, clock_read);
	return test_on_fiber(tests);
}
