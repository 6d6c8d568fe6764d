/* SPDX-License-Identifier: MIT */
/* test_text.c - byte strings, UTF-8, and the arena and real numbers they are often used with. */
#include "support/test.h"

#include "base/arena.h"
#include "base/real.h"

#include <parley/text.h>

#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- text --------------------------------------------------------------------------------- */

static void
text_is_terminated_after_each_change(void **state)
{
	struct parley_text t = { 0 };

	parley_text_add(&t, "", 0);
	assert_string_equal(t.s, "");
	parley_text_puts(&t, "one");
	assert_string_equal(t.s, "one");
	parley_text_putc(&t, ',');
	parley_text_printf(&t, "%d-%s", 2, "three");
	assert_string_equal(t.s, "one,2-three");
	assert_int_equal(t.len, strlen(t.s));
	parley_text_clear(&t);
	assert_string_equal(t.s, "");
	assert_int_equal(t.len, 0);
	parley_text_fini(&t);
	assert_null(t.s);
}

static void
text_grows_and_keeps_its_bytes(void **state)
{
	struct parley_text t = { 0 };

	for (int i = 0; i < 10000; i++)
		parley_text_add(&t, "ab\0c", 4);
	assert_int_equal(t.len, 40000);
	for (int i = 0; i < 10000; i++)
		assert_memory_equal(t.s + 4 * i, "ab\0c", 4);
	assert_true(t.cap > t.len && t.cap < t.len * 4);
	parley_text_fini(&t);
}

static void
text_reserve_gives_room_behind_the_text(void **state)
{
	struct parley_text t = { 0 };
	char *p;

	parley_text_puts(&t, "head");
	p = parley_text_reserve(&t, 1000);
	assert_ptr_equal(p, t.s + 4);
	assert_true(t.cap >= 1005);
	memset(p, 'x', 1000);
	p[1000] = '\0';
	t.len += 1000;
	assert_int_equal(strlen(t.s), 1004);
	parley_text_fini(&t);
}

static void
text_printf_writes_more_than_there_was_room_for(void **state)
{
	struct parley_text t = { 0 };

	parley_text_printf(&t, "%0500d", 7);
	assert_int_equal(t.len, 500);
	assert_int_equal(t.s[499], '7');
	parley_text_fini(&t);
}

static void
text_fini_and_clear_accept_what_was_never_used(void **state)
{
	struct parley_text t = { 0 };

	parley_text_clear(&t);
	assert_null(t.s);
	parley_text_fini(&t);
}

/* ---- UTF-8 -------------------------------------------------------------------------------- */

static const struct {
	const char *bytes;
	bool valid;
	size_t length; /* in characters, when valid */
} utf8_cases[] = {
	{ "", true, 0 },
	{ "plain ASCII \x7f", true, 13 },
	{ "\xc2\x80", true, 1 },
	{ "\xdf\xbf", true, 1 },
	{ "\xe0\xa0\x80", true, 1 },
	{ "\xed\x9f\xbf", true, 1 },
	{ "\xee\x80\x80", true, 1 },
	{ "\xef\xbf\xbf", true, 1 },
	{ "\xf0\x90\x80\x80", true, 1 },
	{ "\xf4\x8f\xbf\xbf", true, 1 },
	{ "gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80!", true, 7 },
	{ "\x80", false, 0 },
	{ "\xbf", false, 0 },
	{ "\xc0\x80", false, 0 },
	{ "\xc1\xbf", false, 0 },
	{ "\xc2", false, 0 },
	{ "\xc2 ", false, 0 },
	{ "\xc2\xc0", false, 0 },
	{ "\xe0\x9f\xbf", false, 0 },
	{ "\xe1\x80", false, 0 },
	{ "\xe1\x80 ", false, 0 },
	{ "\xed\xa0\x80", false, 0 },
	{ "\xed\xbf\xbf", false, 0 },
	{ "\xf0\x8f\xbf\xbf", false, 0 },
	{ "\xf0\x90\x80", false, 0 },
	{ "\xf4\x90\x80\x80", false, 0 },
	{ "\xf5\x80\x80\x80", false, 0 },
	{ "\xf8\x88\x80\x80\x80", false, 0 },
	{ "\xfe", false, 0 },
	{ "\xff", false, 0 },
};

static void
utf8_is_what_rfc_3629_says(void **state)
{
	for (size_t i = 0; i < sizeof utf8_cases / sizeof *utf8_cases; i++) {
		size_t len = strlen(utf8_cases[i].bytes);

		/* At each place relative to the words that the check looks at. */
		for (size_t before = 0; before < 17; before++) {
			size_t total = before + len;
			char *exact = malloc(total > 0 ? total : 1);

			memset(exact, 'a', before);
			memcpy(exact + before, utf8_cases[i].bytes, len);
			if (parley_utf8_valid(exact, total) != utf8_cases[i].valid)
				fail_msg("row %zu after %zu bytes", i, before);
			if (utf8_cases[i].valid &&
			    parley_utf8_length(exact, total) != utf8_cases[i].length + before)
				fail_msg("length of row %zu", i);
			free(exact);
		}
	}
}

static void
utf8_allows_nul(void **state)
{
	assert_true(parley_utf8_valid("a\0b", 3));
	assert_int_equal(parley_utf8_length("a\0b", 3), 3);
}

static void
utf8_cut_keeps_characters_whole(void **state)
{
	const char s[] = "a\xc3\xbc\xf0\x9f\x98\x80z";
	static const size_t expected[] = { 0, 1, 1, 3, 3, 3, 3, 7, 8, 8, 8 };

	for (size_t max = 0; max < sizeof expected / sizeof *expected; max++)
		if (parley_utf8_cut(s, 8, max) != expected[max])
			fail_msg("cut at %zu", max);
	assert_int_equal(parley_utf8_cut("", 0, 0), 0);
}

static void
utf8_lower_knows_all_scripts_and_fits(void **state)
{
	char out[64], small[10];

	assert_int_equal(parley_utf8_lower(out, "\u00c4rger \u0416\u03a9 X\U0001f600", sizeof out),
	    strlen("\u00e4rger \u0436\u03c9 x\U0001f600"));
	assert_string_equal(out, "\u00e4rger \u0436\u03c9 x\U0001f600");
	assert_int_equal(parley_utf8_lower(small, "ABCDE\u00c4\u00d6\u00dc", sizeof small), 5);
	assert_string_equal(small, "abcde");
}

static void
ascii_lower_leaves_other_bytes_alone(void **state)
{
	char out[16];

	parley_ascii_lower(out,
	    "AZaz@[`{\xc3\x84"
	    "09",
	    12);
	assert_string_equal(out, "azaz@[`{\xc3\x84"
				 "09");
	parley_ascii_lower(out, "ABC", 2);
	assert_string_equal(out, "ab");
}

/* ---- arena -------------------------------------------------------------------------------- */

static void
arena_pieces_are_aligned_and_apart(void **state)
{
	struct arena a = { 0 };
	char *pieces[200];

	for (size_t i = 0; i < 200; i++) {
		pieces[i] = arena_take(&a, i);
		assert_int_equal((uintptr_t)pieces[i] % _Alignof(max_align_t), 0);
		memset(pieces[i], (int)i, i);
	}
	for (size_t i = 0; i < 200; i++)
		for (size_t k = 0; k < i; k++)
			assert_int_equal((unsigned char)pieces[i][k], i);
	assert_true(a.used >= 199 * 200 / 2);
	arena_fini(&a);
	assert_null(a.blocks);
	assert_int_equal(a.used, 0);
}

static void
arena_gives_what_is_larger_than_a_block(void **state)
{
	struct arena a = { 0 };
	char *large = arena_zero(&a, 100000);

	for (size_t i = 0; i < 100000; i++)
		assert_int_equal(large[i], 0);
	assert_non_null(arena_take(&a, 1));
	arena_fini(&a);
	arena_fini(&a);
}

static void
arena_copy_adds_a_nul(void **state)
{
	struct arena a = { 0 };

	assert_memory_equal(arena_copy(&a, "a\0b", 3), "a\0b\0", 4);
	assert_string_equal(arena_copy(&a, NULL, 0), "");
	arena_fini(&a);
}

static void
arena_resize_works_in_place_on_the_last_piece(void **state)
{
	struct arena a = { 0 };
	char *p = arena_take(&a, 100), *other;

	assert_ptr_equal(arena_resize(&a, p, 100, 300), p);
	assert_ptr_equal(arena_resize(&a, p, 300, 10), p);
	assert_ptr_equal(arena_take(&a, 16), p + 16);
	arena_resize(&a, p + 16, 16, 0);
	other = arena_take(&a, 16);
	assert_ptr_equal(other, p + 16);
	arena_fini(&a);
}

static void
arena_resize_moves_what_cannot_grow(void **state)
{
	struct arena a = { 0 };
	char *p = arena_copy(&a, "kept", 4), *moved, *again;

	arena_take(&a, 1);
	moved = arena_resize(&a, p, 5, 50);
	assert_ptr_not_equal(moved, p);
	assert_string_equal(moved, "kept");
	again = arena_resize(&a, moved, 50, 50000); /* the block ends */
	assert_ptr_not_equal(again, moved);
	assert_string_equal(again, "kept");
	assert_ptr_equal(arena_resize(&a, p, 5, 2), p); /* smaller, not last: stays */
	arena_fini(&a);
}

/* ---- real --------------------------------------------------------------------------------- */

static const struct {
	double value;
	const char *text;
} real_cases[] = {
	{ 0, "0.0" },
	{ -0.0, "-0.0" },
	{ 1, "1.0" },
	{ 0.1, "0.1" },
	{ 0.30000000000000004, "0.30000000000000004" },
	{ 1.0 / 3, "0.3333333333333333" },
	{ 123456.789, "123456.789" },
	{ 1e15, "1e+15" },
	{ 123456789012345680.0, "1.2345678901234568e+17" },
	{ 1e300, "1e+300" },
	{ 5e-324, "5e-324" },
	{ 1.7976931348623157e308, "1.7976931348623157e+308" },
	{ 9007199254740993.0, "9007199254740992.0" },
};

static void
real_text_is_short_and_turns_back_into_the_number(void **state)
{
	char out[REAL_SIZE];

	for (size_t i = 0; i < sizeof real_cases / sizeof *real_cases; i++) {
		size_t len = real_format(real_cases[i].value, out);

		assert_string_equal(out, real_cases[i].text);
		assert_int_equal(len, strlen(out));
		assert_true(real_parse(out) == real_cases[i].value);
	}
}

static void
real_round_trip_holds_for_many(void **state)
{
	char out[REAL_SIZE];
	uint64_t bits = 1;

	for (int i = 0; i < 20000; i++) {
		double x;

		bits = bits * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		memcpy(&x, &bits, sizeof x);
		if (!isfinite(x))
			continue;
		real_format(x, out);
		assert_true(real_parse(out) == x);
	}
}

static void
real_does_not_follow_the_locale(void **state)
{
	char out[REAL_SIZE];

	/* One of these has a comma where it is installed; the test says nothing where none is. */
	if (setlocale(LC_ALL, "de_DE.UTF-8") == NULL && setlocale(LC_ALL, "fr_FR.UTF-8") == NULL)
		skip();
	real_format(1.5, out);
	assert_string_equal(out, "1.5");
	assert_true(real_parse("2.25") == 2.25);
	setlocale(LC_ALL, "C");
}

static void
real_parse_is_infinite_beyond_the_range(void **state)
{
	assert_true(isinf(real_parse("1e400")));
	assert_true(real_parse("1e-400") == 0);
}

static void
t81_what_is_shown_beside_others_is_one_line_that_can_be_seen(void **state)
{
	static const char *const good[] = { "", "Alice", "J\u00fcrgen \u00d8rsted \U0001f642",
		"\u05d0\u05dc\u05d9\u05e1 (a)", "\u0e01\u0e35\u0e48",
		"\U0001f468\u200d\U0001f469\u200d\U0001f467",
		"\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
		"e\u0301\u0302\u0303\u0304", "\u2764\ufe0f", "a\u200eb" };
	static const char *const wrong[] = { "a\nb", "a\tb", "a\x1b[2J", "a\x7f", "a\xc2\x85",
		"a\u2028b", "a\u2029b", "mir\u202eror", "\u202a", "\u2066a\u2069", "a\u2067", " ",
		"\u3000 ", "\u200b", "\u200d\u200d", "\ufeff", "\u00ad", "\u3164", "\u2800",
		"\u0301", "Z\u0300\u0301\u0302\u0303\u0304", "Z\u0e35\u0e48\u0e35\u0e48\u0e35",
		"\xff", "\xed\xa0\x80", "12345678901234567" };

	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		if (!parley_utf8_is_line(good[i], 16))
			fail_msg("\"%s\" is refused", good[i]);
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		if (parley_utf8_is_line(wrong[i], 16))
			fail_msg("number %zu is taken", i);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_terminated_after_each_change),
		cmocka_unit_test(text_grows_and_keeps_its_bytes),
		cmocka_unit_test(text_reserve_gives_room_behind_the_text),
		cmocka_unit_test(text_printf_writes_more_than_there_was_room_for),
		cmocka_unit_test(text_fini_and_clear_accept_what_was_never_used),
		cmocka_unit_test(utf8_is_what_rfc_3629_says),
		cmocka_unit_test(utf8_allows_nul),
		cmocka_unit_test(utf8_cut_keeps_characters_whole),
		cmocka_unit_test(utf8_lower_knows_all_scripts_and_fits),
		cmocka_unit_test(t81_what_is_shown_beside_others_is_one_line_that_can_be_seen),
		cmocka_unit_test(ascii_lower_leaves_other_bytes_alone),
		cmocka_unit_test(arena_pieces_are_aligned_and_apart),
		cmocka_unit_test(arena_gives_what_is_larger_than_a_block),
		cmocka_unit_test(arena_copy_adds_a_nul),
		cmocka_unit_test(arena_resize_works_in_place_on_the_last_piece),
		cmocka_unit_test(arena_resize_moves_what_cannot_grow),
		cmocka_unit_test(real_text_is_short_and_turns_back_into_the_number),
		cmocka_unit_test(real_round_trip_holds_for_many),
		cmocka_unit_test(real_does_not_follow_the_locale),
		cmocka_unit_test(real_parse_is_infinite_beyond_the_range),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
