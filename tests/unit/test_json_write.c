/* SPDX-License-Identifier: MIT */
/* test_json_write.c - the JSON writer writes what it is told and aborts on misuse. */
#include "support/test.h"

#include "support/aborts.h"
#include "json/json.h"

#include <parley/error.h>

#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wchar.h>

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

/* ---- anything at all ---------------------------------------------------------------------- */

static uint64_t dice = 1;

static unsigned
roll(unsigned sides)
{
	dice ^= dice << 13;
	dice ^= dice >> 7;
	dice ^= dice << 17;
	return (unsigned)(dice >> 33) % sides;
}

/* Up to 12 bytes, most of which look like UTF-8. */
static size_t
random_bytes_of_text(char *s)
{
	static const unsigned char likely[] = { 0x20, 'a', 0x7e, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0,
		0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xed, 0xee, 0xef, 0xf0, 0xf3, 0xf4, 0xf5,
		0xff };
	size_t len = roll(13);

	for (size_t i = 0; i < len; i++)
		s[i] = roll(8) == 0 ? (char)(1 + roll(255)) : (char)likely[roll(sizeof likely)];
	return len;
}

/* What the C library thinks of it, which knows nothing of ours; it would go on to 2^31. */
static bool
library_knows(const char *s, size_t len)
{
	mbstate_t state = { 0 };
	wchar_t wide;

	while (len > 0) {
		size_t n = mbrtowc(&wide, s, len, &state);

		if (n == 0 || n > len || wide > 0x10ffff || (wide >= 0xd800 && wide < 0xe000))
			return false;
		s += n;
		len -= n;
	}
	return true;
}

/* Read, and written again; false when it was not taken. */
static bool
comes_back(const char *quoted, size_t len)
{
	struct arena arena = { 0 };
	const struct parley_json *root =
	    json_parse_copy(&arena, quoted, len, &json_limits_own, NULL);

	parley_text_clear(&out);
	parley_writer_init(&w, &out);
	if (root != NULL)
		parley_put_json(&w, NULL, root);
	arena_fini(&arena);
	return root != NULL;
}

static void
t77_a_million_strings_are_refused_or_come_back_as_they_were(void **state)
{
	char s[16] = "\"";
	unsigned taken = 0;

	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
	for (unsigned i = 0; i < 1000000; i++) {
		size_t len = random_bytes_of_text(s + 1);
		bool valid = library_knows(s + 1, len);

		if (parley_utf8_valid(s + 1, len) != valid)
			fail_msg("string %u: %02x %02x %02x %02x", i, s[1], s[2], s[3], s[4]);
		s[len + 1] = '"';
		s[len + 2] = '\0';
		if (!comes_back(s, len + 2))
			continue;
		taken++;
		assert_true(valid);
		if (memchr(s + 1, '\\', len) != NULL)
			continue; /* an escape: what it stands for is written */
		if (out.len != len + 2 || memcmp(out.s, s, len + 2) != 0)
			fail_msg("%s became %s", s, out.s);
	}
	assert_in_range(taken, 50000, 500000);
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
		TEST(t77_a_million_strings_are_refused_or_come_back_as_they_were),
		TEST(misuse_aborts),
	};

	return cmocka_run_group_tests_name("json_write", tests, NULL, NULL);
}
