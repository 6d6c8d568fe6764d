/* SPDX-License-Identifier: MIT */
/* test_json_write.c - the JSON writer writes what it is told and aborts on misuse. */
#include "support/test.h"

#include "json/json.h"

#include <parley/error.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct parley_text out;
static struct parley_writer w;

static int
start(void **state)
{
	parley_writer_init(&w, &out);
	return 0;
}

static int
finish(void **state)
{
	parley_text_fini(&out);
	return 0;
}

static void
objects_and_arrays_nest(void **state)
{
	parley_put_object(&w, NULL);
	parley_put_string(&w, "type", "message");
	parley_put_array(&w, "list");
	parley_put_int(&w, NULL, 1);
	parley_put_object(&w, NULL);
	parley_put_end(&w);
	parley_put_array(&w, NULL);
	parley_put_null(&w, NULL);
	parley_put_bool(&w, NULL, true);
	parley_put_end(&w);
	parley_put_end(&w);
	parley_put_object(&w, "inner");
	parley_put_bool(&w, "no", false);
	parley_put_null(&w, "nothing");
	parley_put_end(&w);
	parley_put_array(&w, "empty");
	parley_put_end(&w);
	parley_put_end(&w);
	assert_string_equal(out.s, "{\"type\":\"message\",\"list\":[1,{},[null,true]],"
				   "\"inner\":{\"no\":false,\"nothing\":null},\"empty\":[]}");
	assert_int_equal(out.len, strlen(out.s));
}

static void
writer_appends_to_what_is_there(void **state)
{
	parley_text_puts(&out, "1 ");
	parley_put_string(&w, NULL, "root");
	assert_string_equal(out.s, "1 \"root\"");
}

static void
absent_values_leave_their_member_out(void **state)
{
	parley_put_object(&w, NULL);
	parley_put_string(&w, "a", NULL);
	parley_put_json(&w, "b", NULL);
	parley_put_string(&w, "c", "");
	parley_put_string(&w, "d", NULL);
	parley_put_end(&w);
	assert_string_equal(out.s, "{\"c\":\"\"}");
}

static void
strings_are_escaped_only_where_they_must(void **state)
{
	parley_put_array(&w, NULL);
	parley_put_string(&w, NULL, "\"quoted\" \\ and / 'plain' \x7f");
	parley_put_string(&w, NULL, "\b\t\n\f\r\x01\x1f");
	parley_put_string(&w, NULL, "gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80 \xe2\x80\xa8");
	parley_put_bytes(&w, NULL, "a\0b", 3);
	parley_put_end(&w);
	assert_string_equal(out.s,
	    "[\"\\\"quoted\\\" \\\\ and / 'plain' \x7f\","
	    "\"\\b\\t\\n\\f\\r\\u0001\\u001f\","
	    "\"gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80 \xe2\x80\xa8\",\"a\\u0000b\"]");
}

static void
keys_are_escaped_too(void **state)
{
	parley_put_object(&w, NULL);
	parley_put_int(&w, "a\"\n", 1);
	parley_put_object(&w, "");
	parley_put_end(&w);
	parley_put_end(&w);
	assert_string_equal(out.s, "{\"a\\\"\\n\":1,\"\":{}}");
}

/* A mark at each place relative to the words that the writer copies. */
static void
escapes_are_found_at_every_place(void **state)
{
	char plain[40], expected[48];

	for (size_t len = 1; len < sizeof plain; len++) {
		for (size_t at = 0; at < len; at++) {
			memset(plain, 'x', len);
			memset(expected, 'x', sizeof expected);
			plain[at] = '"';
			memcpy(expected + 1 + at, "\\\"", 2);
			expected[0] = expected[len + 2] = '"';
			parley_text_clear(&out);
			parley_writer_init(&w, &out);
			parley_put_bytes(&w, NULL, plain, len);
			assert_int_equal(out.len, len + 3);
			assert_memory_equal(out.s, expected, len + 3);
		}
	}
}

static void
text_never_contains_a_line_feed(void **state)
{
	char all[256];

	for (int i = 0; i < 256; i++)
		all[i] = (char)(i & 0x7f);
	parley_put_bytes(&w, NULL, all, sizeof all);
	assert_null(strchr(out.s, '\n'));
	assert_int_equal(strlen(out.s), out.len);
}

static void
text_grows_when_all_of_it_is_escaped(void **state)
{
	static char marks[5000];

	memset(marks, '\x01', sizeof marks);
	parley_put_bytes(&w, NULL, marks, sizeof marks);
	assert_int_equal(out.len, 6 * sizeof marks + 2);
	for (size_t i = 0; i < sizeof marks; i++)
		assert_memory_equal(out.s + 1 + 6 * i, "\\u0001", 6);
}

static void
integers_are_written_in_full(void **state)
{
	parley_put_array(&w, NULL);
	parley_put_int(&w, NULL, 0);
	parley_put_int(&w, NULL, -1);
	parley_put_int(&w, NULL, 10);
	parley_put_int(&w, NULL, INT64_MAX);
	parley_put_int(&w, NULL, INT64_MIN);
	parley_put_end(&w);
	assert_string_equal(out.s, "[0,-1,10,9223372036854775807,-9223372036854775808]");
}

static void
reals_are_short_and_stay_reals(void **state)
{
	parley_put_array(&w, NULL);
	parley_put_real(&w, NULL, 0.1);
	parley_put_real(&w, NULL, 2);
	parley_put_real(&w, NULL, -1.5e-7);
	parley_put_real(&w, NULL, 1e21);
	parley_put_end(&w);
	assert_string_equal(out.s, "[0.1,2.0,-1.5e-07,1e+21]");
}

static void
raw_text_is_taken_as_it_is(void **state)
{
	parley_put_object(&w, NULL);
	parley_put_raw(&w, "a", "{\"b\":[1]} rest", 9);
	parley_put_raw(&w, "c", "2", 1);
	parley_put_end(&w);
	assert_string_equal(out.s, "{\"a\":{\"b\":[1]},\"c\":2}");
}

static const struct {
	int64_t ms;
	const char *text;
} times[] = {
	{ 0, "\"1970-01-01T00:00:00.000Z\"" },
	{ 1795341600123, "\"2026-11-22T10:00:00.123Z\"" },
	{ 951782400000, "\"2000-02-29T00:00:00.000Z\"" },
	{ 951868799999, "\"2000-02-29T23:59:59.999Z\"" },
	{ 951868800000, "\"2000-03-01T00:00:00.000Z\"" },
	{ 4107542399999, "\"2100-02-28T23:59:59.999Z\"" },
	{ 4107542400000, "\"2100-03-01T00:00:00.000Z\"" },
	{ 1709164800000, "\"2024-02-29T00:00:00.000Z\"" },
	{ 1735689599999, "\"2024-12-31T23:59:59.999Z\"" },
	{ -1, "\"1969-12-31T23:59:59.999Z\"" },
	{ -86400000, "\"1969-12-31T00:00:00.000Z\"" },
	{ -2208988800000, "\"1900-01-01T00:00:00.000Z\"" },
	{ -62167219200000, "\"0000-01-01T00:00:00.000Z\"" },
	{ 253402300799999, "\"9999-12-31T23:59:59.999Z\"" },
	/* what RFC 3339 cannot write becomes the nearest that it can */
	{ INT64_MIN, "\"0000-01-01T00:00:00.000Z\"" },
	{ INT64_MAX, "\"9999-12-31T23:59:59.999Z\"" },
};

static void
times_are_rfc_3339(void **state)
{
	for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
		parley_text_clear(&out);
		parley_writer_init(&w, &out);
		parley_put_time(&w, NULL, times[i].ms);
		assert_string_equal(out.s, times[i].text);
	}
}

/* Every day of four hundred years and more, against the C library. */
static void
days_agree_with_the_c_library(void **state)
{
	for (int64_t day = -60000; day < 120000; day++) {
		time_t seconds = day * 86400 + 45296;
		char expected[32];
		struct tm tm;

		gmtime_r(&seconds, &tm);
		strftime(expected, sizeof expected, "\"%Y-%m-%dT%H:%M:%S.007Z\"", &tm);
		parley_text_clear(&out);
		parley_writer_init(&w, &out);
		parley_put_time(&w, NULL, (int64_t)seconds * 1000 + 7);
		assert_string_equal(out.s, expected);
	}
}

static void
parsed_values_are_copied(void **state)
{
	static const char *const texts[] = {
		"null",
		"-5",
		"[]",
		"{}",
		"[[[]],{},[{}],1]",
		"{\"a\":{\"b\":{\"c\":[]}},\"d\":[{\"e\":1.5},\"f\\n\",true,false,null]}",
	};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct arena arena = { 0 };
		struct parley_text expected = { 0 };
		const struct parley_json *root =
		    json_parse_copy(&arena, texts[i], strlen(texts[i]), &json_limits_own, NULL);

		assert_non_null(root);
		parley_text_clear(&out);
		parley_writer_init(&w, &out);
		parley_put_array(&w, NULL);
		parley_put_json(&w, NULL, root);
		parley_put_object(&w, NULL);
		parley_put_json(&w, "again", root);
		parley_put_int(&w, "after", 1);
		parley_put_end(&w);
		parley_put_end(&w);
		parley_text_printf(
		    &expected, "[%s,{\"again\":%s,\"after\":1}]", texts[i], texts[i]);
		assert_string_equal(out.s, expected.s);
		parley_text_fini(&expected);
		arena_fini(&arena);
	}
}

/* ---- misuse ------------------------------------------------------------------------------- */

static void
second_root(void)
{
	parley_put_int(&w, NULL, 1);
	parley_put_int(&w, NULL, 2);
}

static void
key_at_the_root(void)
{
	parley_put_int(&w, "a", 1);
}

static void
key_in_an_array(void)
{
	parley_put_array(&w, NULL);
	parley_put_int(&w, "a", 1);
}

static void
no_key_in_an_object(void)
{
	parley_put_object(&w, NULL);
	parley_put_int(&w, NULL, 1);
}

static void
end_of_nothing(void)
{
	parley_put_end(&w);
}

static void
end_too_often(void)
{
	parley_put_array(&w, NULL);
	parley_put_end(&w);
	parley_put_end(&w);
}

static void
too_deep(void)
{
	for (int i = 0; i < 65; i++)
		parley_put_array(&w, NULL);
}

static void
not_finite(void)
{
	parley_put_real(&w, NULL, strtod("inf", NULL));
}

static bool
aborts(void (*fn)(void))
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		close(STDERR_FILENO);
		signal(SIGABRT, SIG_DFL);
		fn();
		_exit(0);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void
misuse_aborts(void **state)
{
	assert_true(aborts(second_root));
	assert_true(aborts(key_at_the_root));
	assert_true(aborts(key_in_an_array));
	assert_true(aborts(no_key_in_an_object));
	assert_true(aborts(end_of_nothing));
	assert_true(aborts(end_too_often));
	assert_true(aborts(too_deep));
	assert_true(aborts(not_finite));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, finish)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(objects_and_arrays_nest),
		TEST(writer_appends_to_what_is_there),
		TEST(absent_values_leave_their_member_out),
		TEST(strings_are_escaped_only_where_they_must),
		TEST(keys_are_escaped_too),
		TEST(escapes_are_found_at_every_place),
		TEST(text_never_contains_a_line_feed),
		TEST(text_grows_when_all_of_it_is_escaped),
		TEST(integers_are_written_in_full),
		TEST(reals_are_short_and_stay_reals),
		TEST(raw_text_is_taken_as_it_is),
		TEST(times_are_rfc_3339),
		TEST(days_agree_with_the_c_library),
		TEST(parsed_values_are_copied),
		TEST(misuse_aborts),
	};

	return cmocka_run_group_tests_name("json_write", tests, NULL, NULL);
}
