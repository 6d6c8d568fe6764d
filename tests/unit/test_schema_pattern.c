/* SPDX-License-Identifier: MIT */
/* test_schema_pattern.c - what patterns match, against the C library's as an oracle where both have
 * the syntax; what is refused; and that the time grows with the text only. */
#include "support/test.h"

#include "json/schema_pattern.h"

#include <parley/text.h>
#include <regex.h>
#include <string.h>

static bool
matches(const char *pattern, const char *text)
{
	struct arena arena = { 0 };
	struct parley_error err = { 0 };
	const struct schema_pattern *p = schema_pattern_compile(&arena, pattern, &err);
	bool yes;

	if (p == NULL)
		fail_msg("%s: %s", pattern, err.text);
	yes = schema_pattern_matches(p, text, strlen(text));
	arena_fini(&arena);
	return yes;
}

static void
pattern_matches_as_it_is_written(void **state)
{
	static const struct {
		const char *pattern, *text;
		bool yes;
	} rows[] = {
		{ "^$", "", true },
		{ "^$", "a", false },
		{ "^()$", "", true },
		{ "^\\^\\$\\\\\\.\\*\\+\\?\\(\\)\\[\\]\\{\\}\\|\\/$", "^$\\.*+?()[]{}|/", true },
		{ "^\\t\\n\\r\\f\\v$", "\t\n\r\f\v", true },
		{ "^[\\]\\\\\\-a^]+$", "]\\-a^", true },
		{ "^[\\]\\\\\\-a^]+$", "b", false },
		{ "^[-a]+$", "-a-", true },
		{ "^[a-]+$", "-a-", true },
		{ "^[\\w-]+$", "a_9-", true },
		{ "^[\\w-]+$", "a b", false },
		{ "^[.*+]+$", "*.+", true },
		{ "^[.*+]+$", "x", false },
		{ "^[[]$", "[", true },
		{ "^[^\\d\\s]+$", "abc_\xc3\xbc", true },
		{ "^[^\\d\\s]+$", "a1", false },
		{ "^[\\D]$", "5", false },
		{ "^[\\D]$", "\xf0\x9f\x98\x80", true },
		{ "^\\D\\W\\S$", "a-b", true },
		{ "^\\D\\W\\S$", "1-b", false },
		{ "^\\D\\W\\S$", "aab", false },
		{ "^\\D\\W\\S$", "a- ", false },
		{ "^\\w$", "\xc3\xbc", false },
		{ "^\\W$", "\xc3\xbc", true },
		{ "^\\S$", "\xe2\x80\x80", false }, /* U+2000, white space */
		{ "^\\S$", "\xe2\x80\x8b", true },  /* U+200B, not white space */
		{ "^\\s$", "\xc2\xa0", true },
		{ "^.$", "\xe2\x80\xa8", false }, /* U+2028, a line end */
		{ "^[^a]$", "\xe2\x80\xa8", true },
		{ "^.$", "\x7f", true },
		{ "^a{0}b$", "b", true },
		{ "^a{0}b$", "ab", false },
		{ "^a{2}$", "aa", true },
		{ "^a{2}$", "aaa", false },
		{ "^a{2,}$", "a", false },
		{ "^a{2,}$", "aaaaaa", true },
		{ "^a{0,}$", "", true },
		{ "^a{0,2}$", "aa", true },
		{ "^a{0,2}$", "aaa", false },
		{ "^(ab){2,3}c$", "ababababc", false },
		{ "^(ab){2,3}c$", "abababc", true },
		{ "^(a|){3}$", "", true },
		{ "^(a|){3}$", "aaaa", false },
		{ "^((a{2}){2}){2}$", "aaaaaaaa", true },
		{ "^((a{2}){2}){2}$", "aaaaaaa", false },
		{ "^(?:a|b(?:c|d))+$", "abcbd", true },
		{ "^(?:a|b(?:c|d))+$", "ab", false },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (matches(rows[i].pattern, rows[i].text) != rows[i].yes)
			fail_msg("%s and \"%s\": should %s", rows[i].pattern, rows[i].text,
			    rows[i].yes ? "match" : "not match");
}

/* The next text over the alphabet "ab-", shorter ones first; false after all of length 6. */
static bool
next_text(char *text)
{
	size_t len = strlen(text);

	for (size_t i = len; i-- > 0;) {
		if (text[i] != '-') {
			text[i] = text[i] == 'a' ? 'b' : '-';
			return true;
		}
		text[i] = 'a';
	}
	text[len] = 'a';
	text[len + 1] = '\0';
	return len < 6;
}

static void
compare_with_oracle(const char *pattern)
{
	struct arena arena = { 0 };
	struct parley_error err = { 0 };
	const struct schema_pattern *p = schema_pattern_compile(&arena, pattern, &err);
	regex_t oracle;
	char text[8] = "";

	if (p == NULL)
		fail_msg("%s: %s", pattern, err.text);
	assert_int_equal(regcomp(&oracle, pattern, REG_EXTENDED | REG_NOSUB), 0);
	do {
		bool yes = regexec(&oracle, text, 0, NULL, 0) == 0;

		if (schema_pattern_matches(p, text, strlen(text)) != yes)
			fail_msg(
			    "%s and \"%s\": should %s", pattern, text, yes ? "match" : "not match");
	} while (next_text(text));
	regfree(&oracle);
	arena_fini(&arena);
}

static void
pattern_agrees_with_the_c_library(void **state)
{
	static const char *const patterns[] = {
		"^a*b+-?$",
		"^(a|b)*-$",
		"^(a|ab)(b|-a)*$",
		"^(a*)*$",
		"^(a*b*)*-*$",
		"^((a|b){2}-?)+$",
		"^(a?){3}(b?){2}$",
		"^(ab?){1,3}-{0,2}$",
		"^[ab]{2,4}(-|a-)?b*$",
		"^([^a]|a[^b])*$",
		"^.(.b|-.)*.?$",
		"^(a(b(-a)*)?)*$",
		"^(aa|b(a|b)?|-)+a$",
		"^(a|b|-){3}(a|b|-){0,2}$",
		"^((a|b)(a|-)){2,}$",
		"^(a{2,}|b{1,2}-)*$",
	};

	for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++)
		compare_with_oracle(patterns[i]);
}

static void
pattern_refuses_what_it_does_not_know(void **state)
{
	static const struct {
		const char *pattern, *text;
	} rows[] = {
		{ "", "must begin with ^, at byte 0" },
		{ "abc", "must begin with ^" },
		{ "a^b$", "must begin with ^" },
		{ "^abc", "must end with $, at byte 4" },
		{ "^abc\\$", "must end with $" },
		{ "^a|b$", "in a group" },
		{ "^a)$", "must end with $" },
		{ "^(a$", "a group without its end" },
		{ "^(a", "a group without its end" },
		{ "^(a|b$", "a group without its end" },
		{ "^(?=a)$", "a kind of group" },
		{ "^(?!a)$", "a kind of group" },
		{ "^(?<n>a)$", "a kind of group" },
		{ "^a$b$", "must have a backslash" },
		{ "^a^b$", "must have a backslash" },
		{ "^*$", "must have a backslash" },
		{ "^(+a)$", "must have a backslash" },
		{ "^a]$", "must have a backslash" },
		{ "^a}$", "must have a backslash" },
		{ "^{2}$", "must have a backslash" },
		{ "^a**$", "a second repetition" },
		{ "^a+?$", "a second repetition" },
		{ "^a{2}{3}$", "a second repetition" },
		{ "^a{$", "a number of repetitions" },
		{ "^a{}$", "a number of repetitions" },
		{ "^a{,2}$", "a number of repetitions" },
		{ "^a{2,x}$", "a number of repetitions" },
		{ "^a{3,2}$", "make no sense" },
		{ "^a{2$", "make no sense" },
		{ "^a{1001}$", "more than 1000" },
		{ "^a{99999999999999999999}$", "more than 1000" },
		{ "^[]$", "an empty class" },
		{ "^[^]$", "an empty class" },
		{ "^[a$", "a class without its end" },
		{ "^[a-$", "a range that is none" },
		{ "^[a-", "a class without its end" },
		{ "^[\\", "not known" },
		{ "^[z-a]$", "a range that is none" },
		{ "^[\\w-z]$", "a range that is none" },
		{ "^[a-\\d]$", "a range that is none" },
		{ "^\\q$", "not known" },
		{ "^\\1$", "not known" },
		{ "^\\b$", "not known" },
		{ "^\\-$", "not known" },
		{ "^\\", "not known" },
		{ "^\xc3\xbc$", "beyond ASCII" },
		{ "^[\xc3\xbc]$", "beyond ASCII" },
		{ "^((((((((((((((((a))))))))))))))))$", "" },
		{ "^(((((((((((((((((a)))))))))))))))))$", "too many groups" },
		{ "^a{64}$", "" },
		{ "^a{65}$", "more than 64" },
		{ "^[a-z]{60}[0-9]{5}$", "more than 64" },
		{ "^(){1000}(){1000}$", "" },
		{ "^((){1000}){1000}$", "too many repetitions" },
		{ "^(((((){999}){999}){999}){999})$", "too many repetitions" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct arena arena = { 0 };
		struct parley_error err = { 0 };
		bool compiles = schema_pattern_compile(&arena, rows[i].pattern, &err) != NULL;

		arena_fini(&arena);
		if (compiles != (rows[i].text[0] == '\0') ||
		    (!compiles && strstr(err.text, rows[i].text) == NULL))
			fail_msg("%s: \"%s\", not \"%s\"", rows[i].pattern, err.text, rows[i].text);
	}
}

/* What makes a backtracking matcher take ages, on a text that no such matcher would finish. */
static void
pattern_takes_time_in_proportion_to_the_text(void **state)
{
	struct parley_text text = { 0 };

	for (int i = 0; i < 200000; i++)
		parley_text_putc(&text, 'a');
	assert_true(matches("^((a+)+)+$", text.s));
	assert_true(matches("^(a|aa)+$", text.s));
	parley_text_putc(&text, '!');
	assert_false(matches("^((a+)+)+$", text.s));
	assert_false(matches("^(a|aa)+$", text.s));
	assert_false(matches("^(a?){20}a*$", text.s));
	parley_text_fini(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pattern_matches_as_it_is_written),
		cmocka_unit_test(pattern_agrees_with_the_c_library),
		cmocka_unit_test(pattern_refuses_what_it_does_not_know),
		cmocka_unit_test(pattern_takes_time_in_proportion_to_the_text),
	};

	return cmocka_run_group_tests_name("schema_pattern", tests, NULL, NULL);
}
