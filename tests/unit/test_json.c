/* SPDX-License-Identifier: MIT */
/* test_json.c - the JSON reader accepts RFC 8259 within its limits and refuses all else. */
#include "support/test.h"

#include "json/json.h"

#include <parley/error.h>
#include <parley/text.h>
#include <pthread.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A parsed text in exactly as much memory as it needs, so that a sanitizer sees a step outside. */
struct parsed {
	struct arena arena;
	char *text;
	const struct parley_json *root;
	struct parley_error err;
};

static struct parsed
parse_bytes(const char *bytes, size_t len, const struct json_limits *limits)
{
	struct parsed p = { .text = malloc(len + 1) };

	memcpy(p.text, bytes, len);
	p.text[len] = '!';
	p.root = json_parse(&p.arena, p.text, len, limits, &p.err);
	return p;
}

static struct parsed
parse(const char *text)
{
	return parse_bytes(text, strlen(text), &json_limits_user);
}

static void
parsed_fini(struct parsed *p)
{
	arena_fini(&p->arena);
	free(p->text);
}

/* ---- what is accepted, and what it means -------------------------------------------------- */

static const struct {
	const char *text;
	const char *again; /* as our writer has it */
} accepted[] = {
	/* structure and space */
	{ "[]", "[]" },
	{ "{}", "{}" },
	{ " \t\r\n[ \t\r\n] \t\r\n", "[]" },
	{ "[[]   ]", "[[]]" },
	{ "[[],[[]],[],{}]", "[[],[[]],[],{}]" },
	{ "[1,\t2\n,\r3]", "[1,2,3]" },
	{ " { \"a\" : 1 , \"b\" : [ ] } ", "{\"a\":1,\"b\":[]}" },
	{ "{\"a\":{\"b\":{\"c\":[{\"d\":1},2]},\"e\":3},\"f\":4}",
	    "{\"a\":{\"b\":{\"c\":[{\"d\":1},2]},\"e\":3},\"f\":4}" },
	{ "{\"a\":{\"a\":{\"a\":1}},\"b\":[{\"a\":1},{\"a\":2}]}",
	    "{\"a\":{\"a\":{\"a\":1}},\"b\":[{\"a\":1},{\"a\":2}]}" },
	/* any value may be the root */
	{ "null", "null" },
	{ "true", "true" },
	{ "false", "false" },
	{ "\"\"", "\"\"" },
	{ " 42 ", "42" },
	{ "-0.5", "-0.5" },
	{ "[null, 1, \"1\", {}]", "[null,1,\"1\",{}]" },
	/* names */
	{ "{\"\":0}", "{\"\":0}" },
	{ "{\"\":0,\"\\t\":1}", "{\"\":0,\"\\t\":1}" },
	{ "{\"a\":1,\"A\":2,\"aa\":3,\"a \":4}", "{\"a\":1,\"A\":2,\"aa\":3,\"a \":4}" },
	{ "{\"a\\u0062\":1,\"b\":2}", "{\"ab\":1,\"b\":2}" },
	/* numbers */
	{ "[0,-0,1,-1,10,1234567890]", "[0,0,1,-1,10,1234567890]" },
	{ "[999999999999999999,-999999999999999999]", "[999999999999999999,-999999999999999999]" },
	{ "[0.0,-0.0,0e0,1.0,1e0]", "[0.0,-0.0,0.0,1.0,1.0]" },
	{ "[1E22,1e+2,1E-2,0e+1,123e65]", "[1e+22,100.0,0.01,0.0,1.23e+67]" },
	{ "[123.456e78,1.5E+9,-1.25]", "[1.23456e+80,1500000000.0,-1.25]" },
	{ "[12345678901234567890.0,12345678901234567890e0]",
	    "[1.2345678901234567e+19,1.2345678901234567e+19]" },
	{ "[0.1,0.30000000000000004,1e-400]", "[0.1,0.30000000000000004,0.0]" },
	{ "[1.7976931348623157e308,5e-324,2.2250738585072014e-308]",
	    "[1.7976931348623157e+308,5e-324,2.2250738585072014e-308]" },
	{ "0.00000000000000000000000000000000000000000000000000000000000000000000000000000001",
	    "1e-80" },
	/* strings */
	{ "[\"\\\"\\\\\\/\\n\\r\\t\"]", "[\"\\\"\\\\/\\n\\r\\t\"]" },
	{ "[\"\\u0041\\u00e9\\u20ac\\ud83d\\ude00\"]",
	    "[\"A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"]" },
	{ "[\"\\u00E9\\u20AC\\uD83D\\uDE00\\udbff\\udfff\"]",
	    "[\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf\"]" },
	{ "[\"\\u000a\\u000d\\u0009\\u0020\\u007f\"]", "[\"\\n\\r\\t \x7f\"]" },
	{ "[\"\\ud7ff\\ue000\\ufffd\"]", "[\"\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbd\"]" },
	{ "[\"\\\\u0000\",\"\\\\\\\"\"]", "[\"\\\\u0000\",\"\\\\\\\"\"]" },
	{ "[\"a/b\x7f'\"]", "[\"a/b\x7f'\"]" },
	{ "[\"\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbd\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"]",
	    "[\"\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbd\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"]" },
	{ "[\"\xf0\x9f\xbf\xbe\"]", "[\"\xf0\x9f\xbf\xbe\"]" }, /* U+1FFFE: XML allows it */
	{ "[\"\xe2\x80\xa8\xe2\x80\xa9\"]", "[\"\xe2\x80\xa8\xe2\x80\xa9\"]" },
	{ "[\"eight by\",\"a longer string than two words\"]",
	    "[\"eight by\",\"a longer string than two words\"]" },
	{ "[\"1234567\\n90123456\\t890\"]", "[\"1234567\\n90123456\\t890\"]" },
};

static void
reader_accepts_what_rfc_8259_allows(void **state)
{
	for (size_t i = 0; i < sizeof accepted / sizeof *accepted; i++) {
		struct parsed p = parse(accepted[i].text);
		struct parley_text out = { 0 };
		struct parley_writer w;

		if (p.root == NULL)
			fail_msg("%s: %s", accepted[i].text, p.err.text);
		parley_writer_init(&w, &out);
		parley_put_json(&w, NULL, p.root);
		assert_string_equal(out.s, accepted[i].again);
		parley_text_fini(&out);
		parsed_fini(&p);
	}
}

/* ---- what is refused ---------------------------------------------------------------------- */

static const struct {
	const char *text;
	const char *where;
	const char *rule;
} refused[] = {
	/* ends too early */
	{ "", "", "the text ends too early, at byte 0" },
	{ " ", "", "the text ends too early, at byte 1" },
	{ "[", "/0", "the text ends too early, at byte 1" },
	{ "{", "", "the text ends too early, at byte 1" },
	{ "[1", "/0", "the text ends too early, at byte 2" },
	{ "[1,", "/1", "the text ends too early, at byte 3" },
	{ "{\"a", "", "the text ends too early, at byte 3" },
	{ "{\"a\"", "/a", "the text ends too early, at byte 4" },
	{ "{\"a\":", "/a", "the text ends too early, at byte 5" },
	{ "{\"a\":1", "/a", "the text ends too early, at byte 6" },
	{ "{\"a\":1,", "", "the text ends too early, at byte 7" },
	{ "\"", "", "the text ends too early, at byte 1" },
	{ "\"\\", "", "not a valid escape, at byte 1" },
	{ "\"abc\\\"", "", "the text ends too early, at byte 6" },
	{ "[-", "/0", "the text ends too early, at byte 2" },
	{ "[1.", "/0", "the text ends too early, at byte 3" },
	{ "[1e", "/0", "the text ends too early, at byte 3" },
	/* structure */
	{ "]", "", "a value is expected, at byte 0" },
	{ "}", "", "a value is expected, at byte 0" },
	{ ",", "", "a value is expected, at byte 0" },
	{ "[,1]", "/0", "a value is expected, at byte 1" },
	{ "[1,]", "/1", "a value is expected, at byte 3" },
	{ "[1,,2]", "/1", "a value is expected, at byte 3" },
	{ "[1 2]", "/0", "a comma or the end is expected, at byte 3" },
	{ "[\"a\" \"b\"]", "/0", "a comma or the end is expected, at byte 5" },
	{ "[1:2]", "/0", "a comma or the end is expected, at byte 2" },
	{ "[1}", "/0", "a comma or the end is expected, at byte 2" },
	{ "[}", "/0", "a value is expected, at byte 1" },
	{ "{]", "", "a name in quotes is expected, at byte 1" },
	{ "{\"a\":1]", "/a", "a comma or the end is expected, at byte 6" },
	{ "{,}", "", "a name in quotes is expected, at byte 1" },
	{ "{\"a\":1,}", "", "a name in quotes is expected, at byte 7" },
	{ "{\"a\":1,,\"b\":2}", "", "a name in quotes is expected, at byte 7" },
	{ "{\"a\":1 \"b\":2}", "/a", "a comma or the end is expected, at byte 7" },
	{ "{a:1}", "", "a name in quotes is expected, at byte 1" },
	{ "{'a':1}", "", "a name in quotes is expected, at byte 1" },
	{ "{1:1}", "", "a name in quotes is expected, at byte 1" },
	{ "{\"a\" 1}", "/a", "a colon is expected, at byte 5" },
	{ "{\"a\",1}", "/a", "a colon is expected, at byte 4" },
	{ "{\"a\"::1}", "/a", "a value is expected, at byte 5" },
	{ "{\"a\":}", "/a", "a value is expected, at byte 5" },
	{ "{\"a\"}", "/a", "a colon is expected, at byte 4" },
	{ "[1]]", "", "something follows the value, at byte 3" },
	{ "{} {}", "", "something follows the value, at byte 3" },
	{ "1 2", "", "something follows the value, at byte 2" },
	{ "[]#", "", "something follows the value, at byte 2" },
	{ "[/**/]", "/0", "a value is expected, at byte 1" },
	{ "[1]//", "", "something follows the value, at byte 3" },
	{ "\xef\xbb\xbf[]", "", "a value is expected, at byte 0" },
	{ "[\f1]", "/0", "a value is expected, at byte 1" },
	{ "[\v1]", "/0", "a value is expected, at byte 1" },
	{ "[\xc2\xa0]", "/0", "a value is expected, at byte 1" },
	/* literals */
	{ "nul", "", "a value is expected, at byte 0" },
	{ "[tru]", "/0", "a value is expected, at byte 1" },
	{ "[True]", "/0", "a value is expected, at byte 1" },
	{ "[nulll]", "/0", "a comma or the end is expected, at byte 5" },
	{ "truefalse", "", "something follows the value, at byte 4" },
	{ "[NaN]", "/0", "a value is expected, at byte 1" },
	{ "[Infinity]", "/0", "a value is expected, at byte 1" },
	{ "[-Infinity]", "/0", "a digit must follow the minus sign, at byte 2" },
	{ "[undefined]", "/0", "a value is expected, at byte 1" },
	/* numbers */
	{ "[01]", "/0", "a comma or the end is expected, at byte 2" },
	{ "[-01]", "/0", "a comma or the end is expected, at byte 3" },
	{ "[00]", "/0", "a comma or the end is expected, at byte 2" },
	{ "[+1]", "/0", "a value is expected, at byte 1" },
	{ "[--1]", "/0", "a digit must follow the minus sign, at byte 2" },
	{ "[- 1]", "/0", "a digit must follow the minus sign, at byte 2" },
	{ "[.5]", "/0", "a value is expected, at byte 1" },
	{ "[-.5]", "/0", "a digit must follow the minus sign, at byte 2" },
	{ "[1.]", "/0", "a digit must follow the point, at byte 3" },
	{ "[1.e5]", "/0", "a digit must follow the point, at byte 3" },
	{ "[1.5.5]", "/0", "a comma or the end is expected, at byte 4" },
	{ "[1e]", "/0", "a digit must follow in the exponent, at byte 3" },
	{ "[1e+]", "/0", "a digit must follow in the exponent, at byte 4" },
	{ "[1e+-1]", "/0", "a digit must follow in the exponent, at byte 4" },
	{ "[1e5.5]", "/0", "a comma or the end is expected, at byte 4" },
	{ "[1ee5]", "/0", "a digit must follow in the exponent, at byte 3" },
	{ "[0x1F]", "/0", "a comma or the end is expected, at byte 2" },
	{ "[1_000]", "/0", "a comma or the end is expected, at byte 2" },
	{ "[1a]", "/0", "a comma or the end is expected, at byte 2" },
	{ "[1000000000000000000]", "/0", "an integer of more than 18 digits, at byte 1" },
	{ "[-1000000000000000000]", "/0", "an integer of more than 18 digits, at byte 1" },
	{ "[18446744073709551617]", "/0", "an integer of more than 18 digits, at byte 1" },
	{ "[1e400]", "/0", "the number is too large, at byte 1" },
	{ "[1,-1e309]", "/1", "the number is too large, at byte 3" },
	{ "[\xef\xbc\x91]", "/0", "a value is expected, at byte 1" },
	/* strings */
	{ "['a']", "/0", "a value is expected, at byte 1" },
	{ "[\"a\nb\"]", "/0", "a control character that is not escaped, at byte 3" },
	{ "[\"a\tb\"]", "/0", "a control character that is not escaped, at byte 3" },
	{ "[\"12345678\x1f\"]", "/0", "a control character that is not escaped, at byte 10" },
	{ "[\"\\x41\"]", "/0", "not a valid escape, at byte 2" },
	{ "[\"\\'\"]", "/0", "not a valid escape, at byte 2" },
	{ "[\"\\a\"]", "/0", "not a valid escape, at byte 2" },
	{ "[\"\\N\"]", "/0", "not a valid escape, at byte 2" },
	{ "[\"\\U0041\"]", "/0", "not a valid escape, at byte 2" },
	{ "[\"\\u\"]", "/0", "not a valid escape, at byte 2" },
	{ "[\"\\u00\"]", "/0", "not a valid escape, at byte 2" },
	{ "[\"\\u00g0\"]", "/0", "not a valid escape, at byte 2" },
	{ "[\"\\u 041\"]", "/0", "not a valid escape, at byte 2" },
	{ "[\"\\u-041\"]", "/0", "not a valid escape, at byte 2" },
	{ "[\"\\ud800\"]", "/0", "not a valid escape, at byte 2" },
	{ "[\"\\udc00\"]", "/0", "not a valid escape, at byte 2" },
	{ "[\"\\ude00\\ud83d\"]", "/0", "not a valid escape, at byte 2" },
	{ "[\"\\ud83d\\n\"]", "/0", "not a valid escape, at byte 2" },
	{ "[\"\\ud83d\\ud83d\"]", "/0", "not a valid escape, at byte 2" },
	{ "[\"\\ud83dx\\ude00\"]", "/0", "not a valid escape, at byte 2" },
	{ "[\"\\ud83d\\u00\"]", "/0", "not a valid escape, at byte 2" },
	/* characters that XML 1.0 does not allow */
	{ "[\"\\u0000\"]", "/0", "a character that is not allowed, at byte 2" },
	{ "[\"ab\\u0001\"]", "/0", "a character that is not allowed, at byte 4" },
	{ "[\"\\u001f\"]", "/0", "a character that is not allowed, at byte 2" },
	{ "[\"\\b\"]", "/0", "a character that is not allowed, at byte 2" },
	{ "[\"\\f\"]", "/0", "a character that is not allowed, at byte 2" },
	{ "[\"\\ufffe\"]", "/0", "a character that is not allowed, at byte 2" },
	{ "[\"\\uFFFF\"]", "/0", "a character that is not allowed, at byte 2" },
	{ "[\"\xef\xbf\xbe\"]", "/0",
	    "not valid UTF-8, or a character that is not allowed, at byte 2" },
	{ "[\"a\xef\xbf\xbf\"]", "/0",
	    "not valid UTF-8, or a character that is not allowed, at byte 3" },
	/* UTF-8 */
	{ "[\"\x80\"]", "/0", "not valid UTF-8, or a character that is not allowed, at byte 2" },
	{ "[\"\xc0\xaf\"]", "/0",
	    "not valid UTF-8, or a character that is not allowed, at byte 2" },
	{ "[\"\xc3\"]", "/0", "not valid UTF-8, or a character that is not allowed, at byte 2" },
	{ "[\"\xe0\x80\xaf\"]", "/0",
	    "not valid UTF-8, or a character that is not allowed, at byte 2" },
	{ "[\"\xed\xa0\x80\"]", "/0",
	    "not valid UTF-8, or a character that is not allowed, at byte 2" },
	{ "[\"\xe2\x82\"]", "/0",
	    "not valid UTF-8, or a character that is not allowed, at byte 2" },
	{ "[\"\xf0\x80\x80\xaf\"]", "/0",
	    "not valid UTF-8, or a character that is not allowed, at byte 2" },
	{ "[\"\xf4\x90\x80\x80\"]", "/0",
	    "not valid UTF-8, or a character that is not allowed, at byte 2" },
	{ "[\"\xf8\x88\x80\x80\x80\"]", "/0",
	    "not valid UTF-8, or a character that is not allowed, at byte 2" },
	{ "[\"\xff\"]", "/0", "not valid UTF-8, or a character that is not allowed, at byte 2" },
	{ "\"\xc3", "", "not valid UTF-8, or a character that is not allowed, at byte 1" },
	{ "{\"\xe5\":1}", "", "not valid UTF-8, or a character that is not allowed, at byte 2" },
	/* names that are there twice */
	{ "{\"a\":1,\"a\":2}", "/a", "the name is there twice, at byte 7" },
	{ "{\"\":1,\"\":2}", "/", "the name is there twice, at byte 6" },
	{ "{\"a\":1,\"b\":2,\"a\":3}", "/a", "the name is there twice, at byte 13" },
	{ "{\"a\":1,\"\\u0061\":2}", "/a", "the name is there twice, at byte 7" },
	{ "{\"a\":[1,{\"b\":{}}],\"a\":2}", "/a", "the name is there twice, at byte 18" },
	{ "{\"a\":[0,{\"b\":1,\"b\":2}]}", "/a/1/b", "the name is there twice, at byte 15" },
	/* where the fault is */
	{ "{\"a\":{\"b\":[1,2,{\"c\":x}]}}", "/a/b/2/c", "a value is expected, at byte 20" },
	{ "{\"a/b\":{\"~\":x}}", "/a~1b/~0", "a value is expected, at byte 12" },
	{ "{\"a\":{\"b\":1},\"c\":[[],[x]]}", "/c/1/0", "a value is expected, at byte 22" },
};

static void
reader_refuses_all_else_and_says_where_and_why(void **state)
{
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		struct parsed p = parse(refused[i].text);

		if (p.root != NULL)
			fail_msg("row %zu is accepted: %s", i, refused[i].text);
		assert_int_equal(p.err.code, PARLEY_BAD_REQUEST);
		if (strcmp(p.err.where, refused[i].where) != 0 ||
		    strcmp(p.err.text, refused[i].rule) != 0)
			fail_msg(
			    "row %zu, %s: \"%s\" %s", i, refused[i].text, p.err.where, p.err.text);
		parsed_fini(&p);
	}
}

static void
reader_refuses_nul_everywhere(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
	} cases[] = {
		{ "\0", 1 },
		{ "[]\0", 3 },
		{ "[\0]", 3 },
		{ "[\"a\0b\"]", 7 },
		{ "{\"a\0\":1}", 8 },
		{ "[1\0]", 4 },
		{ "[\"\\\0\"]", 6 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct parsed p = parse_bytes(cases[i].bytes, cases[i].len, &json_limits_user);

		assert_null(p.root);
		assert_int_equal(p.err.code, PARLEY_BAD_REQUEST);
		parsed_fini(&p);
	}
}

/* Every beginning of a text that is no text itself, to see that the end is always noticed. */
static void
reader_refuses_every_text_that_is_cut_off(void **state)
{
	static const char text[] =
	    "{\"type\":\"message\",\"n\":[-12.5e+3,null,true,false,\"\\ud83d\\ude00\xe2\x82\xac\"],"
	    "\"o\":{\"p\":{}}}";

	for (size_t len = 0; len < sizeof text; len++) {
		struct parsed p = parse_bytes(text, len, &json_limits_user);

		if ((p.root != NULL) != (len == sizeof text - 1))
			fail_msg("cut at %zu", len);
		parsed_fini(&p);
	}
}

/* ---- limits ------------------------------------------------------------------------------- */

/* n times what, in new memory. */
static char *
repeated(const char *what, size_t n)
{
	size_t len = strlen(what);
	char *s = malloc(n * len + 1);

	for (size_t i = 0; i < n; i++)
		memcpy(s + i * len, what, len);
	s[n * len] = '\0';
	return s;
}

static void
t02_t03_reader_refuses_more_levels_than_the_limit(void **state)
{
	static const struct json_limits limits = { .depth = 3, .elements = 100 };
	struct parsed p = parse_bytes("[[{\"a\":1}]]", 11, &limits);

	assert_non_null(p.root);
	parsed_fini(&p);
	p = parse_bytes("[[{\"a\":[]}]]", 12, &limits);
	assert_null(p.root);
	assert_int_equal(p.err.code, PARLEY_TOO_LARGE);
	assert_string_equal(p.err.where, "/0/0/a");
	assert_string_equal(p.err.text, "too many levels of arrays and objects, at byte 7");
	parsed_fini(&p);
}

/* The code that each of these texts is refused with; on a thread, whose assertions cannot fail. */
struct bombs {
	struct {
		const char *before, *what;
		unsigned times;
		enum parley_code code;
	} rows[8];
	size_t count;
};

static void *
explode(void *arg)
{
	struct bombs *b = arg;

	for (size_t i = 0; i < b->count; i++) {
		struct parley_text text = { 0 };
		char *many = repeated(b->rows[i].what, b->rows[i].times);
		struct parsed p;

		parley_text_puts(&text, b->rows[i].before);
		parley_text_puts(&text, many);
		p = parse_bytes(text.s, text.len, &json_limits_own);
		b->rows[i].code = p.root == NULL ? p.err.code : PARLEY_OK;
		parsed_fini(&p);
		parley_text_fini(&text);
		free(many);
	}
	return NULL;
}

static void
t03_reader_survives_bombs_on_a_small_stack(void **state)
{
	struct bombs b = {
		.rows = { { "", "[", 100000, PARLEY_OK }, { "", "{\"a\":", 100000, PARLEY_OK },
		    { "", "[{\"a\":", 100000, PARLEY_OK }, { "{", "\"\":0,", 1000000, PARLEY_OK },
		    { "[", "0,", 1000000, PARLEY_OK }, { "\"", "A", 10 << 20, PARLEY_OK } },
		.count = 6
	};
	pthread_attr_t attr;
	pthread_t thread;

	pthread_attr_init(&attr);
	assert_int_equal(pthread_attr_setstacksize(&attr, 128 << 10), 0);
	assert_int_equal(pthread_create(&thread, &attr, explode, &b), 0);
	pthread_join(thread, NULL);
	pthread_attr_destroy(&attr);
	for (size_t i = 0; i < b.count; i++)
		if (b.rows[i].code != PARLEY_TOO_LARGE && b.rows[i].code != PARLEY_BAD_REQUEST)
			fail_msg("row %zu", i);
}

static void
reader_takes_the_deepest_text_that_is_allowed(void **state)
{
	char *open = repeated("[", 64), *close = repeated("]", 64), text[129];
	struct parsed p;

	snprintf(text, sizeof text, "%s%s", open, close);
	p = parse_bytes(text, 128, &json_limits_own);
	assert_non_null(p.root);
	assert_int_equal(p.root->span, 64);
	parsed_fini(&p);
	free(open);
	free(close);
}

static void
reader_counts_values_and_names(void **state)
{
	static const char text[] = "{\"a\":[1,2],\"b\":null}"; /* 7 of them */
	struct json_limits limits = { .depth = 8, .elements = 7 };
	struct parsed p = parse_bytes(text, sizeof text - 1, &limits);

	assert_non_null(p.root);
	assert_int_equal(p.root->span, 7);
	parsed_fini(&p);
	limits.elements = 6;
	p = parse_bytes(text, sizeof text - 1, &limits);
	assert_null(p.root);
	assert_int_equal(p.err.code, PARLEY_TOO_LARGE);
	assert_string_equal(p.err.where, "/b");
	assert_string_equal(p.err.text, "too many values and names, at byte 15");
	parsed_fini(&p);
}

/* Each kind of value and name, where it is one too many. */
static void
reader_stops_at_any_limit(void **state)
{
	static const char text[] = "{\"a\":[1,-2.5,\"s\",null,true,false,{}],\"b\":[]}";
	struct json_limits limits = { .depth = 8 };

	for (limits.elements = 1; limits.elements < 13; limits.elements++) {
		struct parsed p = parse_bytes(text, sizeof text - 1, &limits);

		if ((p.root != NULL) != (limits.elements == 12))
			fail_msg("limit %u", limits.elements);
		assert_int_equal(p.err.code, p.root != NULL ? PARLEY_OK : PARLEY_TOO_LARGE);
		parsed_fini(&p);
	}
}

static void
t02_reader_memory_is_bounded_by_the_limits(void **state)
{
	char *text = repeated("[],", 3000);
	struct parsed p;

	text[0] = '[';
	p = parse_bytes(text, strlen(text), &json_limits_guest);
	assert_null(p.root);
	assert_int_equal(p.err.code, PARLEY_BAD_REQUEST); /* "[],[]..." became "[],..." */
	parsed_fini(&p);
	memcpy(text, "[1,", 3);
	p = parse_bytes(text, strlen(text), &json_limits_guest);
	assert_null(p.root);
	assert_int_equal(p.err.code, PARLEY_TOO_LARGE);
	assert_true(p.arena.used < 16384);
	parsed_fini(&p);
	free(text);
}

static void
reader_gives_back_the_nodes_it_did_not_need(void **state)
{
	char *spaces = repeated(" ", 20000);
	struct parsed p;
	size_t before;

	spaces[10000] = '1';
	p = parse_bytes(spaces, 20000, &json_limits_user);
	assert_non_null(p.root);
	before = p.arena.used;
	arena_take(&p.arena, 20000);
	assert_int_equal(p.arena.used, before);
	parsed_fini(&p);
	free(spaces);
}

static void
pointer_of_a_fault_is_cut_between_names(void **state)
{
	char *names = repeated("{\"twelve\xc3\xbc~name\":", 20), *openings = repeated("[", 31);
	struct parsed p = parse(names);
	size_t len = strlen(p.err.where);

	assert_null(p.root);
	assert_true(len > 60 && len < sizeof p.err.where);
	assert_memory_equal(p.err.where + len - 15, "/twelve\xc3\xbc~0name", 15);
	parsed_fini(&p);
	p = parse(openings);
	assert_null(p.root);
	assert_true(strlen(p.err.where) < sizeof p.err.where);
	parsed_fini(&p);
	free(openings);
	free(names);
}

static void
pointer_of_a_fault_leaves_out_a_name_that_is_too_long(void **state)
{
	for (size_t len = 60; len < 100; len++) {
		char *name = repeated("n", len), text[128];
		struct parsed p;

		snprintf(text, sizeof text, "{\"%s\":x}", name);
		p = parse(text);
		assert_null(p.root);
		if (len <= sizeof p.err.where - 3)
			assert_string_equal(p.err.where + 1, name);
		else if (len > sizeof p.err.where - 2)
			assert_string_equal(p.err.where, "");
		parsed_fini(&p);
		free(name);
	}
}

static void
reader_works_without_an_error_to_fill(void **state)
{
	struct arena arena = { 0 };

	assert_null(json_parse_copy(&arena, "[1,", 3, &json_limits_user, NULL));
	assert_non_null(json_parse_copy(&arena, "[1]", 3, &json_limits_user, NULL));
	arena_fini(&arena);
}

/* ---- many names --------------------------------------------------------------------------- */

/* An object of n members whose names are "n0", "n1"...; the last one is called last. */
static char *
object_of(int n, const char *last)
{
	struct parley_text t = { 0 };

	parley_text_puts(&t, "{");
	for (int i = 0; i < n - 1; i++)
		parley_text_printf(&t, "\"n%d\":{\"x\":[%d]},", i, i);
	parley_text_printf(&t, "\"%s\":0}", last);
	return t.s;
}

static void
t79_reader_finds_a_name_that_is_there_twice_among_any_number(void **state)
{
	static const int counts[] = { 2, 3, 15, 16, 17, 18, 31, 32, 33, 100, 1000 };

	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
		char *good = object_of(counts[i], "last"), repeats[16], *bad;
		struct parsed p = parse(good);

		if (p.root == NULL)
			fail_msg("%d members: %s", counts[i], p.err.text);
		assert_int_equal(parley_json_len(p.root), counts[i]);
		parsed_fini(&p);
		snprintf(repeats, sizeof repeats, "n%d", counts[i] / 2 - (counts[i] == 2));
		bad = object_of(counts[i], repeats);
		p = parse(bad);
		assert_null(p.root);
		assert_int_equal(p.err.code, PARLEY_BAD_REQUEST);
		assert_string_equal(p.err.where + 1, repeats);
		parsed_fini(&p);
		free(bad);
		free(good);
	}
}

static void
reader_looks_at_names_in_every_large_object_of_a_text(void **state)
{
	char *inner = object_of(40, "last");
	struct parley_text t = { 0 };
	struct parsed p;

	parley_text_printf(&t, "[%s,%s,{\"deep\":%s}]", inner, inner, inner);
	p = parse_bytes(t.s, t.len, &json_limits_user);
	assert_non_null(p.root);
	assert_int_equal(p.root->span, 1 + 3 * (1 + 39 * 5 + 2) + 2);
	parsed_fini(&p);
	parley_text_fini(&t);
	free(inner);
}

/* ---- in place ---------------------------------------------------------------------------------
 */

static void
strings_stay_where_they_stood(void **state)
{
	struct parsed p = parse("[\"plain\",\"a\\u00e9\\n\"]");
	const struct parley_json *v = parley_json_first(p.root);

	assert_ptr_equal(v[0].string, p.text + 2);
	assert_int_equal(parley_json_len(&v[0]), 5);
	assert_string_equal(v[1].string, "a\xc3\xa9\n");
	assert_int_equal(parley_json_len(&v[1]), 4);
	parsed_fini(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reader_accepts_what_rfc_8259_allows),
		cmocka_unit_test(reader_refuses_all_else_and_says_where_and_why),
		cmocka_unit_test(reader_refuses_nul_everywhere),
		cmocka_unit_test(reader_refuses_every_text_that_is_cut_off),
		cmocka_unit_test(t02_t03_reader_refuses_more_levels_than_the_limit),
		cmocka_unit_test(t03_reader_survives_bombs_on_a_small_stack),
		cmocka_unit_test(reader_takes_the_deepest_text_that_is_allowed),
		cmocka_unit_test(reader_counts_values_and_names),
		cmocka_unit_test(reader_stops_at_any_limit),
		cmocka_unit_test(t02_reader_memory_is_bounded_by_the_limits),
		cmocka_unit_test(reader_gives_back_the_nodes_it_did_not_need),
		cmocka_unit_test(pointer_of_a_fault_is_cut_between_names),
		cmocka_unit_test(pointer_of_a_fault_leaves_out_a_name_that_is_too_long),
		cmocka_unit_test(reader_works_without_an_error_to_fill),
		cmocka_unit_test(t79_reader_finds_a_name_that_is_there_twice_among_any_number),
		cmocka_unit_test(reader_looks_at_names_in_every_large_object_of_a_text),
		cmocka_unit_test(strings_stay_where_they_stood),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
