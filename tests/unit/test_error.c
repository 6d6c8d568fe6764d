/* SPDX-License-Identifier: MIT */
/* test_error.c - how an error is filled, and the names of the codes. */
#include "support/test.h"

#include <parley/error.h>
#include <parley/text.h>
#include <string.h>

static void
fail_fills_all_of_the_error(void **state)
{
	struct parley_error err = { .code = PARLEY_BUSY, .retry_after = 7, .where = "/old" };

	assert_int_equal(parley_fail(&err, PARLEY_CONFLICT, "/name", "%s is taken", "bob"), -1);

	assert_int_equal(err.code, PARLEY_CONFLICT);
	assert_int_equal(err.retry_after, 0);
	assert_string_equal(err.where, "/name");
	assert_string_equal(err.text, "bob is taken");
	assert_int_equal(parley_fail(&err, PARLEY_GONE, NULL, "gone"), -1);
	assert_string_equal(err.where, "");
	assert_int_equal(parley_fail(NULL, PARLEY_GONE, NULL, "gone"), -1);
}

static void
t77_fail_cuts_long_text_between_characters(void **state)
{
	static const char *const characters[] = { "a", "ü", "€", "😀" };
	struct parley_error err = { 0 };

	for (size_t i = 0; i < sizeof characters / sizeof *characters; i++)
		for (size_t shift = 0; shift < 4; shift++) {
			struct parley_text t = { 0 };

			parley_text_printf(&t, "%.*s", (int)shift, "xyz");
			while (t.len < 300)
				parley_text_puts(&t, characters[i]);
			parley_fail(&err, PARLEY_GONE, t.s, "%s", t.s);
			parley_text_fini(&t);

			assert_true(parley_utf8_valid(err.text, strlen(err.text)));
			assert_true(parley_utf8_valid(err.where, strlen(err.where)));
			assert_true(strlen(err.text) + 4 >= sizeof err.text);
			assert_true(strlen(err.where) + 4 >= sizeof err.where);
		}
}

static void
codes_have_names_and_meanings(void **state)
{
	assert_string_equal(parley_code_name(PARLEY_NOT_FOUND), "not-found");
	for (int i = 0; i < PARLEY_CODE_COUNT; i++) {
		assert_true(strlen(parley_code_name(i)) > 0);
		assert_true(strlen(parley_code_meaning(i)) > 10);
	}
	assert_string_equal(parley_code_name(PARLEY_CODE_COUNT), "internal");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fail_fills_all_of_the_error),
		cmocka_unit_test(t77_fail_cuts_long_text_between_characters),
		cmocka_unit_test(codes_have_names_and_meanings),
	};

	return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}
