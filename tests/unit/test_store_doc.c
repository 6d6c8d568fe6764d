/* SPDX-License-Identifier: MIT */
/* test_store_doc.c - documents, their fields, patches (RFC 7396) and conditions. */
#include "support/test.h"

#include "store/doc.h"

#include <string.h>

static const struct parley_field fields[] = {
	{ "text", PARLEY_FIELD_TEXT },
	{ "number", PARLEY_FIELD_INT },
	{ 0 },
};
static const struct parley_collection things = {
	.name = "things",
	.version = 1,
	.fields = fields,
};

static struct parley_text
quoted(const char *json)
{
	struct parley_text t = { 0 };

	parley_text_puts(&t, json);
	for (size_t i = 0; i < t.len; i++)
		if (t.s[i] == '\'')
			t.s[i] = '"';
	return t;
}

/* The merged text, or the name of the error's code. */
static void
expect_merged(const char *base, const char *patch, const char *expected)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text b = quoted(base), p = quoted(patch);
	PARLEY_AUTO(parley_text_fini) struct parley_text e = quoted(expected), out = { 0 };
	struct parley_value values[PARLEY_FIELDS_MAX];
	struct parley_error err = { 0 };
	void *scratch = NULL;
	int rc = parley_merge(&things, "k", b.s, b.len, p.s, p.len, &out, values, &scratch, &err);

	if (rc == 0)
		assert_string_equal(out.s, e.s);
	else
		assert_string_equal(parley_code_name(err.code), expected);
	parley_merge_free(&scratch);
	assert_null(scratch);
}

static void
patches_merge_as_rfc_7396_has_it(void **state)
{
	/* appendix A, as far as both sides are objects */
	expect_merged("{'a':'b'}", "{'a':'c'}", "{'a':'c'}");
	expect_merged("{'a':'b'}", "{'b':'c'}", "{'a':'b','b':'c'}");
	expect_merged("{'a':'b'}", "{'a':null}", "{}");
	expect_merged("{'a':'b','b':'c'}", "{'a':null}", "{'b':'c'}");
	expect_merged("{'a':['b']}", "{'a':'c'}", "{'a':'c'}");
	expect_merged("{'a':'c'}", "{'a':['b']}", "{'a':['b']}");
	expect_merged("{'a':{'b':'c'}}", "{'a':{'b':'d','c':null}}", "{'a':{'b':'d'}}");
	expect_merged("{'a':[{'b':'c'}]}", "{'a':[1]}", "{'a':[1]}");
	expect_merged("{'e':null}", "{'a':1}", "{'e':null,'a':1}");
	expect_merged("{}", "{'a':{'bb':{'ccc':null}}}", "{'a':{'bb':{}}}");
	/* and more */
	expect_merged("{'a':1}", "{'a':{'b':{'c':2,'d':null}}}", "{'a':{'b':{'c':2}}}");
	expect_merged("{'a':{'x':1,'y':{'z':2}},'b':1}", "{'a':{'y':{'w':[null,{'n':null}]}}}",
	    "{'a':{'x':1,'y':{'z':2,'w':[null,{'n':null}]}},'b':1}");
	expect_merged("{'\xc3\xa9\\n':'\\u0022'}", "{'e':'\\u00e9'}",
	    "{'\xc3\xa9\\n':'\\\x22','e':'\xc3\xa9'}");
	expect_merged("{}", "[]", "bad-request");
	expect_merged("{}", "null", "bad-request");
	expect_merged("{}", "{'a':}", "bad-request");
	expect_merged("{", "{}", "internal");
	expect_merged("[]", "{}", "internal");
}

static void
deep_patches_need_no_deep_stack(void **state)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text deep = { 0 };

	for (int i = 0; i < 63; i++)
		parley_text_puts(&deep, "{\"a\":");
	parley_text_puts(&deep, "{\"b\":1}");
	for (int i = 0; i < 63; i++)
		parley_text_puts(&deep, "}");
	expect_merged("{}", deep.s, deep.s);
	expect_merged(deep.s, deep.s, deep.s);
	parley_text_puts(&deep, "}");
	expect_merged("{}", deep.s, "bad-request");
}

static void
a_merge_has_a_largest_size(void **state)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text big = { 0 };

	parley_text_puts(&big, "{\"a\":\"");
	memset(parley_text_reserve(&big, PARLEY_DOC_MAX), 'x', PARLEY_DOC_MAX);
	big.len = PARLEY_DOC_MAX - 2;
	parley_text_puts(&big, "\"}");
	expect_merged(big.s, "{}", big.s);
	expect_merged(big.s, "{'b':1}", "too-large");
	expect_merged(big.s, "{'a':'small'}", "{'a':'small'}");
}

static void
a_merge_gives_the_fields_of_its_result(void **state)
{
	static const struct {
		const char *base, *patch, *text;
		int64_t number; /* 0: absent */
	} rows[] = {
		{ "{'text':'a','number':1}", "{}", "a", 1 },
		{ "{'text':'a','number':1}", "{'text':'b'}", "b", 1 },
		{ "{'text':'a','number':1}", "{'text':null,'number':2}", NULL, 2 },
		{ "{'text':'a','number':1}", "{'text':7,'number':'x'}", NULL, 0 },
		{ "{'text':{'x':1}}", "{'number':-5}", NULL, -5 },
		{ "{}", "{'text':'\\u00e9\\n','number':1.0}", "\xc3\xa9\n", 0 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		PARLEY_AUTO(parley_text_fini) struct parley_text b = quoted(rows[i].base);
		PARLEY_AUTO(parley_text_fini) struct parley_text p = quoted(rows[i].patch);
		PARLEY_AUTO(parley_text_fini) struct parley_text out = { 0 };
		PARLEY_AUTO(parley_merge_free) void *scratch = NULL;
		struct parley_value v[PARLEY_FIELDS_MAX];

		assert_int_equal(
		    parley_merge(&things, "k", b.s, b.len, p.s, p.len, &out, v, &scratch, NULL), 0);
		assert_int_equal(v[0].present, rows[i].text != NULL);
		if (v[0].present)
			assert_string_equal(v[0].text, rows[i].text);
		assert_int_equal(v[1].present, rows[i].number != 0);
		assert_int_equal(v[1].integer, rows[i].number);
	}
}

static void
conditions_compare_texts_and_numbers(void **state)
{
	static const struct {
		struct parley_cond cond;
		bool holds; /* for text "b", number 5 */
	} rows[] = {
		{ { "text", PARLEY_OP_EQ, "b", 0 }, true },
		{ { "text", PARLEY_OP_EQ, "ba", 0 }, false },
		{ { "text", PARLEY_OP_LT, "ba", 0 }, true },
		{ { "text", PARLEY_OP_LE, "b", 0 }, true },
		{ { "text", PARLEY_OP_GT, "", 0 }, true },
		{ { "text", PARLEY_OP_GE, "\xc3\xa9", 0 }, false },
		{ { "text", PARLEY_OP_PREFIX, "b", 0 }, true },
		{ { "text", PARLEY_OP_PREFIX, "bb", 0 }, false },
		{ { "text", PARLEY_OP_EQ, NULL, 0 }, false },
		{ { "text", PARLEY_OP_PREFIX, NULL, 0 }, false },
		{ { "number", PARLEY_OP_EQ, NULL, 5 }, true },
		{ { "number", PARLEY_OP_LT, NULL, INT64_MAX }, true },
		{ { "number", PARLEY_OP_GT, NULL, INT64_MIN }, true },
		{ { "number", PARLEY_OP_LE, NULL, 4 }, false },
		{ { "number", PARLEY_OP_GE, NULL, 5 }, true },
	};
	struct parley_value v[2] = { { .present = true, .text = "b", .len = 1 },
		{ .present = true, .integer = 5 } };
	struct parley_value absent[2] = { { 0 }, { 0 } };

	assert_true(parley_conds_hold(&things, v, NULL));
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct parley_cond when[2] = { rows[i].cond, { 0 } };

		assert_true(store_when_is_valid(&things, when));
		assert_int_equal(parley_conds_hold(&things, v, when), rows[i].holds);
		assert_false(parley_conds_hold(&things, absent, when));
	}
}

static void
conditions_are_of_declared_fields(void **state)
{
	static const struct parley_cond bad[][2] = {
		{ { "key", PARLEY_OP_EQ, "x", 0 }, { 0 } },
		{ { "other", PARLEY_OP_EQ, "x", 0 }, { 0 } },
		{ { NULL, PARLEY_OP_EQ, "x", 0 }, { 0 } },
		{ { "number", PARLEY_OP_PREFIX, "x", 0 }, { 0 } },
		{ { "text", PARLEY_OP_PREFIX + 1, "x", 0 }, { 0 } },
	};

	assert_true(store_when_is_valid(&things, NULL));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(store_when_is_valid(&things, bad[i]));
}

static void
damaged_documents_are_not_shown(void **state)
{
	static const char *const texts[] = { "", "[]", "7", "{", "{}x" };
	struct parley_error err = { 0 };
	struct parley_doc *doc;

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		assert_null(store_doc_new(&things, "k", 1, 0, texts[i], strlen(texts[i]), &err));
		assert_int_equal(err.code, PARLEY_INTERNAL);
	}
	doc = store_doc_new(&things, "key", 3, 9, "{\"a\":[1,2]}", 11, &err);
	assert_string_equal(doc->key, "key");
	assert_int_equal(doc->seq, 9);
	assert_int_equal(parley_json_len(parley_json_get(doc->root, "a")), 2);
	parley_doc_free(&doc);
	assert_null(doc);
	parley_doc_free(&doc);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(patches_merge_as_rfc_7396_has_it),
		cmocka_unit_test(deep_patches_need_no_deep_stack),
		cmocka_unit_test(a_merge_has_a_largest_size),
		cmocka_unit_test(a_merge_gives_the_fields_of_its_result),
		cmocka_unit_test(conditions_compare_texts_and_numbers),
		cmocka_unit_test(conditions_are_of_declared_fields),
		cmocka_unit_test(damaged_documents_are_not_shown),
	};

	return cmocka_run_group_tests_name("store_doc", tests, NULL, NULL);
}
