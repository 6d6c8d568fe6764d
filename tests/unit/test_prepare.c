/* SPDX-License-Identifier: MIT */
/* test_prepare.c - passwords that look the same are the same. */
#include "support/test.h"

#include "auth/password.h"
#include "auth/prepare.h"

#include <parley/text.h>
#include <string.h>
#include <utf8proc.h>

static void
assert_prepared(const char *password, const char *expected)
{
	char out[PREPARED_SIZE(PASSWORD_MAX)];
	size_t len = password_prepare(password, PASSWORD_MAX, out);

	assert_string_equal(out, expected);
	assert_int_equal(len, strlen(expected));
}

static void
ascii_stays_as_it_is(void **state)
{
	assert_prepared("", "");
	assert_prepared("correct horse battery", "correct horse battery");
	assert_prepared(" ~!\"\\\t a  b ", " ~!\"\\\t a  b ");
}

/* The examples of RFC 8265 section 4.3 that the profile allows, and what keyboards differ in. */
static void
what_looks_the_same_becomes_the_same(void **state)
{
	assert_prepared("Correct Horse Battery Staple", "Correct Horse Battery Staple");
	assert_prepared("\xcf\x80\xc3\x9f\xc3\xa5", "\xcf\x80\xc3\x9f\xc3\xa5");
	assert_prepared("Jack of \xe2\x99\xa6s", "Jack of \xe2\x99\xa6s");
	assert_prepared("foo\xe1\x9a\x80"
			"bar",
	    "foo bar");
	assert_prepared("no\xc2\xa0"
			"break\xe3\x80\x80wide\xe2\x80\x81quad",
	    "no break wide quad");
	assert_prepared("e\xcc\x81t\x65\xcc\x81", "\xc3\xa9t\xc3\xa9");          /* e, acute: é */
	assert_prepared("\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab", "\xed\x95\x9c"); /* jamo: han */
	assert_prepared("q\xcc\xa3\xcc\x87", "q\xcc\xa3\xcc\x87");
	assert_prepared("q\xcc\x87\xcc\xa3", "q\xcc\xa3\xcc\x87"); /* marks in their order */
	assert_prepared("\xe2\x84\xab", "\xc3\x85");               /* angstrom: Å */
}

/* NFC, not NFKC: these are other characters to the person, too. */
static void
what_differs_stays_different(void **state)
{
	assert_prepared("\xef\xac\x81"
			"ne",
	    "\xef\xac\x81"
	    "ne");                                       /* the ligature fi */
	assert_prepared("\xef\xbc\xa1", "\xef\xbc\xa1"); /* fullwidth A */
	assert_prepared("stra\xc3\x9f"
			"e",
	    "stra\xc3\x9f"
	    "e");
	assert_prepared("a\xe2\x80\x8d"
			"b",
	    "a\xe2\x80\x8d"
	    "b");                          /* zero width joiner */
	assert_prepared("\xc3(", "\xc3("); /* no UTF-8, which nobody can send */
}

/* Whether anything could happen to it. */
static bool
is_made_of_others(utf8proc_int32_t c)
{
	return utf8proc_get_property(c)->decomp_seqindex != UINT16_MAX ||
	       utf8proc_category(c) == UTF8PROC_CATEGORY_ZS || (c >= 0xac00 && c < 0xd7a4);
}

/* As many of a character as a password may have. */
static void
no_character_outgrows_its_room(void **state)
{
	char out[PREPARED_SIZE(PASSWORD_MAX)], again[PREPARED_SIZE(PREPARED_SIZE(PASSWORD_MAX))];
	unsigned seen = 0;

	for (utf8proc_int32_t c = 0x80; c <= 0x10ffff; c++) {
		utf8proc_uint8_t one[4];
		char many[PASSWORD_MAX + 1];
		size_t len, n = 0;

		if (!is_made_of_others(c))
			continue;
		len = (size_t)utf8proc_encode_char(c, one);
		for (; n + len <= PASSWORD_MAX; n += len)
			memcpy(many + n, one, len);
		many[n] = '\0';
		n = password_prepare(many, PASSWORD_MAX, out);
		assert_int_equal(n, strlen(out));
		assert_true(parley_utf8_valid(out, n));
		password_prepare(out, PREPARED_SIZE(PASSWORD_MAX), again);
		if (strcmp(out, again) != 0)
			fail_msg("U+%04X: not the same again", (unsigned)c);
		seen++;
	}
	assert_true(seen > 13000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ascii_stays_as_it_is),
		cmocka_unit_test(what_looks_the_same_becomes_the_same),
		cmocka_unit_test(what_differs_stays_different),
		cmocka_unit_test(no_character_outgrows_its_room),
	};

	return cmocka_run_group_tests_name("prepare", tests, NULL, NULL);
}
