/* SPDX-License-Identifier: MIT */
/* test_option.c - values meet rows: types, bounds, defaults, the nearest name. */
#include "support/test.h"

#include "core/option.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sample {
	bool open;
	int64_t limit;
	const char *greeting;
};

static const struct parley_option rows[] = {
	PARLEY_OPT_BOOL(struct sample, open, false, "strangers may come in"),
	PARLEY_OPT_INT(struct sample, limit, 20, -5, 1000, "visitors"),
	PARLEY_OPT_TEXT(struct sample, greeting, "hello", 10, "what they read"),
	{ 0 },
};

/* One section with the pairs "key", "value", ..., each in a line of its own. */
struct fixture {
	struct option_section section;
	struct option_value values[8];
	struct option_errors errors;
	struct sample sample;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	f->section = (struct option_section){
		.name = "module", .title = "door", .file = "x.conf", .line = 1, .values = f->values
	};
	*state = f;
	return f == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	option_errors_fini(&f->errors);
	free(f);
	return 0;
}

static void
give(struct fixture *f, const char *key, const char *value)
{
	f->values[f->section.count] = (struct option_value){
		.key = key, .value = value, .file = "x.conf", .line = (unsigned)f->section.count + 2
	};
	f->section.count++;
}

static int
apply(struct fixture *f)
{
	return option_apply(rows, &f->section, &f->sample, &f->errors);
}

static void
without_a_section_all_rows_get_their_defaults(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(option_apply(rows, NULL, &f->sample, &f->errors), 0);
	assert_false(f->sample.open);
	assert_int_equal(f->sample.limit, 20);
	assert_string_equal(f->sample.greeting, "hello");
}

static void
values_are_written_where_the_rows_say(void **state)
{
	struct fixture *f = *state;

	give(f, "greeting", "Gr\xc3\xbc\xc3\x9f");
	give(f, "limit", "-5");
	give(f, "open", "on");

	assert_int_equal(apply(f), 0);
	assert_true(f->sample.open);
	assert_int_equal(f->sample.limit, -5);
	assert_string_equal(f->sample.greeting, "Gr\xc3\xbc\xc3\x9f");
}

static void
yes_and_no_have_three_spellings_each(void **state)
{
	static const char *const spellings[] = { "yes", "true", "on", "no", "false", "off" };

	for (size_t i = 0; i < 6; i++) {
		struct option_value value = { "open", spellings[i], "x.conf", 1 };
		struct option_section section = { .name = "s", .values = &value, .count = 1 };
		struct sample sample = { .open = i >= 3 };
		struct option_errors errors = { 0 };

		assert_int_equal(option_apply(rows, &section, &sample, &errors), 0);
		assert_int_equal(sample.open, i < 3);
	}
}

static void
what_is_no_value_of_the_row_is_refused(void **state)
{
	static const struct {
		const char *key, *value;
	} cases[] = {
		{ "open", "" },
		{ "open", "Yes" },
		{ "open", "yes " },
		{ "open", "1" },
		{ "limit", "" },
		{ "limit", "-" },
		{ "limit", "+5" },
		{ "limit", " 5" },
		{ "limit", "5 " },
		{ "limit", "5k" },
		{ "limit", "0x10" },
		{ "limit", "1e2" },
		{ "limit", "-6" },
		{ "limit", "1001" },
		{ "limit", "99999999999999999999999" },
		{ "greeting", "12345678901" },
		{ "greeting", "a\nb" },
		{ "greeting", "\x1b[2J" },
		{ "greeting", "\xff" },
		{ "greetings", "hello" },
		{ "", "hello" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct option_value value = { cases[i].key, cases[i].value, "x.conf", 7 };
		struct option_section section = { .name = "s", .values = &value, .count = 1 };
		struct option_errors errors = { 0 };
		struct sample sample;

		if (option_apply(rows, &section, &sample, &errors) == 0)
			fail_msg("%s = \"%s\" was accepted", cases[i].key, cases[i].value);
		assert_int_equal(errors.count, 1);
		assert_memory_equal(errors.text.s, "x.conf:7: ", 10);
		assert_false(sample.open);
		assert_int_equal(sample.limit, 20);
		assert_string_equal(sample.greeting, "hello");
		option_errors_fini(&errors);
	}
}

static void
every_mistake_is_told_with_its_line(void **state)
{
	struct fixture *f = *state;

	give(f, "open", "maybe");
	give(f, "limit", "100");
	give(f, "greting", "hi");
	give(f, "colour", "red");

	assert_int_equal(apply(f), -1);
	assert_int_equal(f->errors.count, 3);
	assert_string_equal(f->errors.text.s,
	    "x.conf:2: open must be yes or no\n"
	    "x.conf:4: \"greting\" is not an option of module door; did you mean "
	    "\"greeting\"?\n"
	    "x.conf:5: \"colour\" is not an option of module door\n");
	assert_int_equal(f->sample.limit, 100);
}

static void
checking_needs_no_state(void **state)
{
	struct fixture *f = *state;

	give(f, "limit", "5");
	assert_int_equal(option_apply(rows, &f->section, NULL, &f->errors), 0);
	give(f, "open", "5");
	assert_int_equal(option_apply(rows, &f->section, NULL, &f->errors), -1);
}

static void
a_module_without_options_takes_none(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(option_apply(NULL, &f->section, NULL, &f->errors), 0);
	give(f, "open", "yes");
	assert_int_equal(option_apply(NULL, &f->section, NULL, &f->errors), -1);
}

static void
errors_stop_growing_but_are_counted(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 1000; i++)
		option_error(&f->errors, "x.conf", 1, "wrong");
	assert_int_equal(f->errors.count, 1000);
	assert_int_equal(f->errors.text.len, 100 * strlen("x.conf:1: wrong\n"));
}

static void
the_same_text_is_the_same_pointer(void **state)
{
	char one[] = "certificate.pem", other[] = "certificate.pem";

	assert_ptr_equal(option_intern(one), option_intern(other));
	assert_ptr_not_equal(option_intern(one), option_intern("key.pem"));
	assert_ptr_not_equal(option_intern(one), one);
}

static void
words_are_cut_at_white_space(void **state)
{
	const char **words = option_words("  a bc\t d ");

	assert_string_equal(words[0], "a");
	assert_string_equal(words[1], "bc");
	assert_string_equal(words[2], "d");
	assert_null(words[3]);
	free(words);

	words = option_words("");
	assert_null(words[0]);
	free(words);
}

static void
the_nearest_name_is_found_but_not_any_name(void **state)
{
	static const char *const names[] = { "login_seconds", "tls_seconds", "window", "key",
		NULL };

	assert_string_equal(option_nearest("login_secnds", names), "login_seconds");
	assert_string_equal(option_nearest("wnidow", names), "window");
	assert_string_equal(option_nearest("tls-seconds", names), "tls_seconds");
	assert_string_equal(option_nearest("keys", names), "key");
	assert_null(option_nearest("certificate", names));
	assert_null(option_nearest("x", names));
	assert_null(option_nearest("", names));
}

static void
defaults_and_values_are_printed_as_a_file_has_them(void **state)
{
	struct sample sample = { true, -7, "a \"b\" \\ ${c}" };
	struct parley_text out = { 0 };

	for (size_t i = 0; i < 3; i++) {
		option_print_value(&out, &rows[i], NULL);
		parley_text_putc(&out, '|');
		option_print_value(&out, &rows[i], &sample);
		parley_text_putc(&out, '|');
	}
	assert_string_equal(out.s, "no|yes|20|-7|\"hello\"|\"a \\\"b\\\" \\\\ \\${c}\"|");
	parley_text_fini(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    without_a_section_all_rows_get_their_defaults, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    values_are_written_where_the_rows_say, setup, teardown),
		cmocka_unit_test(yes_and_no_have_three_spellings_each),
		cmocka_unit_test(what_is_no_value_of_the_row_is_refused),
		cmocka_unit_test_setup_teardown(
		    every_mistake_is_told_with_its_line, setup, teardown),
		cmocka_unit_test_setup_teardown(checking_needs_no_state, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_module_without_options_takes_none, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    errors_stop_growing_but_are_counted, setup, teardown),
		cmocka_unit_test(the_same_text_is_the_same_pointer),
		cmocka_unit_test(words_are_cut_at_white_space),
		cmocka_unit_test(the_nearest_name_is_found_but_not_any_name),
		cmocka_unit_test(defaults_and_values_are_printed_as_a_file_has_them),
	};

	return cmocka_run_group_tests_name("option", tests, NULL, NULL);
}
