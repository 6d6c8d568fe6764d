/* SPDX-License-Identifier: MIT */
/* test_log.c - log lines are JSON, bounded, and never wait for their reader. */
#include "support/test.h"

#include "base/log.h"

#include <string.h>
#include <unistd.h>

static void
log_level_names_are_known(void **state)
{
	assert_int_equal(log_level_find("error"), PARLEY_LOG_ERROR);
	assert_int_equal(log_level_find("debug"), PARLEY_LOG_DEBUG);
	assert_int_equal(log_level_find("loud"), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(log_level_names_are_known),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
