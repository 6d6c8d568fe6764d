/* SPDX-License-Identifier: MIT */
/* test_store_query.c - which index answers a query, and the texts that back ends share. */
#include "support/test.h"

#include <parley/backend.h>
#include <stdio.h>
#include <string.h>

static const struct parley_field fields[] = {
	{ "a", PARLEY_FIELD_TEXT },
	{ "b", PARLEY_FIELD_INT },
	{ "c", PARLEY_FIELD_TEXT },
	{ "d", PARLEY_FIELD_TEXT },
	{ 0 },
};
static const struct parley_index indexes[] = {
	{ .fields = { "a", "b", "c" } },
	{ .fields = { "c" }, .unique = true },
	{ .fields = { "a", "c" } },
	{ .fields = { "d", "b" }, .sparse = true },
	{ 0 },
};
static const struct parley_collection things = {
	.name = "things",
	.version = 1,
	.fields = fields,
	.indexes = indexes,
};
static const struct parley_index log_indexes[] = {
	{ .fields = { "c" } },
	{ .fields = { "stream", "c" } },
	{ .fields = { "stream", "d", "seq" }, .sparse = true },
	{ 0 },
};
static const struct parley_collection events = {
	.name = "events",
	.version = 1,
	.fields = fields,
	.indexes = log_indexes,
	.log = true,
};

#define EQ(f)                                                                                      \
	{                                                                                          \
		(f), PARLEY_OP_EQ, .text = "x"                                                     \
	}
#define GE(f)                                                                                      \
	{                                                                                          \
		(f), PARLEY_OP_GE, .text = "x"                                                     \
	}
#define LT(f)                                                                                      \
	{                                                                                          \
		(f), PARLEY_OP_LT, .text = "x"                                                     \
	}
#define PREFIX(f)                                                                                  \
	{                                                                                          \
		(f), PARLEY_OP_PREFIX, .text = "x"                                                 \
	}
#define REFUSED (-2)

struct plan_case {
	const struct parley_collection *c;
	int index; /* or REFUSED */
	const char *order_by;
	struct parley_cond where[5];
};

static const struct plan_case cases[] = {
	{ &things, -1, NULL, { { 0 } } },
	{ &things, -1, "key", { { 0 } } },
	{ &things, -1, "key", { GE("key"), LT("key") } },
	{ &things, -1, NULL, { PREFIX("key") } },
	{ &things, 0, "a", { { 0 } } },
	{ &things, 0, NULL, { EQ("a") } },
	{ &things, 0, "b", { EQ("a") } },
	{ &things, 0, "a", { EQ("a") } },
	{ &things, 0, NULL, { EQ("b"), EQ("a") } },
	{ &things, 0, "b", { GE("b"), EQ("a"), LT("b") } },
	{ &things, 0, "c", { EQ("b"), EQ("a") } },
	{ &things, 1, NULL, { EQ("c") } },
	{ &things, 1, "c", { { 0 } } },
	{ &things, 1, NULL, { PREFIX("c") } },
	{ &things, 2, "c", { EQ("a") } },
	{ &things, 2, NULL, { EQ("c"), EQ("a") } },
	{ &things, 2, NULL, { PREFIX("c"), EQ("a") } },
	{ &things, REFUSED, NULL, { EQ("b") } },
	{ &things, REFUSED, "b", { { 0 } } },
	{ &things, 3, NULL, { EQ("d"), EQ("b") } },
	{ &things, 3, NULL, { EQ("d"), GE("b"), LT("b") } },
	{ &things, 3, "b", { EQ("d") } },
	{ &things, REFUSED, NULL, { EQ("d") } },
	{ &things, REFUSED, "d", { EQ("d") } },
	{ &things, REFUSED, NULL, { EQ("nothing") } },
	{ &things, REFUSED, "nothing", { { 0 } } },
	{ &things, REFUSED, NULL, { EQ("a"), EQ("a") } },
	{ &things, REFUSED, NULL, { GE("a"), GE("b") } },
	{ &things, REFUSED, NULL, { GE("a"), LT("a"), LT("a") } },
	{ &things, REFUSED, "b", { GE("a") } },
	{ &things, REFUSED, NULL, { PREFIX("a"), LT("a") } },
	{ &things, REFUSED, NULL, { LT("a"), PREFIX("a") } },
	{ &things, REFUSED, NULL, { PREFIX("a"), PREFIX("a") } },
	{ &things, REFUSED, NULL, { EQ("a"), PREFIX("b") } },
	{ &things, REFUSED, NULL, { EQ("a"), EQ("key") } },
	{ &things, REFUSED, "key", { EQ("a") } },
	{ &things, REFUSED, NULL, { EQ("stream") } },
	{ &things, REFUSED, NULL, { { NULL, PARLEY_OP_EQ, NULL, 0 } } },
	{ &things, REFUSED, NULL, { { "a", PARLEY_OP_PREFIX + 1, "x", 0 } } },
	{ &events, -1, NULL, { { 0 } } },
	{ &events, -1, "seq", { EQ("stream") } },
	{ &events, -1, "seq", { EQ("stream"), GE("seq"), LT("seq") } },
	{ &events, -1, NULL, { EQ("seq"), EQ("stream") } },
	{ &events, -1, NULL, { PREFIX("stream") } },
	{ &events, 0, NULL, { EQ("c") } },
	{ &events, 1, "c", { EQ("stream") } },
	{ &events, 1, NULL, { EQ("stream"), EQ("c") } },
	{ &events, 2, "d", { EQ("stream") } },
	{ &events, 2, "seq", { EQ("stream"), EQ("d"), LT("seq") } },
	{ &events, REFUSED, NULL, { EQ("d") } },
	{ &events, REFUSED, NULL, { EQ("seq") } },
	{ &events, REFUSED, NULL, { EQ("key") } },
	{ &events, REFUSED, "seq", { EQ("c") } },
	{ &events, REFUSED, "seq", { EQ("stream"), EQ("c") } },
};

static void
a_query_is_served_by_the_first_index_that_can(void **state)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct parley_query q = { .order_by = cases[i].order_by };
		struct parley_plan plan;
		int rc;

		memcpy(q.where, cases[i].where, sizeof q.where);
		rc = parley_plan_query(cases[i].c, &q, &plan);
		if ((rc == 0 ? plan.index : REFUSED) != cases[i].index)
			fail_msg("case %zu: %d", i, rc == 0 ? plan.index : REFUSED);
	}
}

static void
limits_are_between_one_and_the_largest(void **state)
{
	static const uint32_t limits[][2] = { { 0, 100 }, { 1, 1 }, { 999, 999 }, { 1000, 1000 },
		{ 1001, 1000 }, { UINT32_MAX, 1000 } };
	struct parley_plan plan;

	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
		struct parley_query q = { .limit = limits[i][0] };

		assert_int_equal(parley_plan_query(&things, &q, &plan), 0);
		assert_int_equal(plan.limit, limits[i][1]);
	}
}

static void
equals_are_told_apart_by_the_key(void **state)
{
	int order[PARLEY_ORDER_MAX];

	assert_int_equal(parley_index_order(&things, -1, order), 1);
	assert_int_equal(order[0], PARLEY_KEY_FIELD);
	assert_int_equal(parley_index_order(&things, 2, order), 3);
	assert_int_equal(order[1], 2);
	assert_int_equal(order[2], PARLEY_KEY_FIELD);
	assert_int_equal(parley_index_order(&events, -1, order), 2);
	assert_int_equal(parley_index_order(&events, 0, order), 3);
	assert_int_equal(order[1], PARLEY_STREAM_FIELD);
	assert_int_equal(order[2], PARLEY_SEQ_FIELD);
	assert_int_equal(parley_index_order(&events, 1, order), 3);
	assert_int_equal(order[0], PARLEY_STREAM_FIELD);
	assert_int_equal(order[1], 2);
}

static void
a_prefix_ends_behind_all_that_begin_with_it(void **state)
{
	static const char *const prefixes[] = { "a", "ab", "a\x7f", "\xc3\xa9", "\xc3\xbf",
		"\xf4\x8f\xbf\xbf", " " };
	PARLEY_AUTO(parley_text_fini) struct parley_text end = { 0 };
	char longer[16];

	assert_false(parley_prefix_end("", &end));
	for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
		assert_true(parley_prefix_end(prefixes[i], &end));
		assert_true(strcmp(prefixes[i], end.s) < 0);
		snprintf(longer, sizeof longer, "%s\xf4\x8f\xbf\xbf", prefixes[i]);
		assert_true(strcmp(longer, end.s) < 0);
		assert_int_equal(strlen(prefixes[i]), end.len);
	}
}

static void
log_keys_are_taken_apart_as_they_were_put_together(void **state)
{
	static const char *const bad[] = { "", "/", "/1", "s", "s/", "s/0", "s/01", "s/-1", "s/+1",
		"s/1x", "s/ 1", "s/1/", "s/99999999999999999999", "s/9223372036854775808" };
	char key[PARLEY_LOG_KEY_MAX], stream[PARLEY_KEY_MAX], longest[PARLEY_KEY_MAX + 3];
	int64_t seq;

	assert_int_equal(parley_log_key(key, "a/b+c", 5, 1234567890123456789), 25);
	assert_string_equal(key, "a/b+c/1234567890123456789");
	assert_true(parley_log_key_split(key, stream, &seq));
	assert_string_equal(stream, "a/b+c");
	assert_int_equal(seq, 1234567890123456789);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(parley_log_key_split(bad[i], stream, &seq));

	memset(longest, 's', sizeof longest);
	strcpy(longest + PARLEY_KEY_MAX - 1, "/1");
	assert_true(parley_log_key_split(longest, stream, &seq));
	memset(longest, 's', PARLEY_KEY_MAX);
	strcpy(longest + PARLEY_KEY_MAX, "/1");
	assert_false(parley_log_key_split(longest, stream, &seq));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_query_is_served_by_the_first_index_that_can),
		cmocka_unit_test(limits_are_between_one_and_the_largest),
		cmocka_unit_test(equals_are_told_apart_by_the_key),
		cmocka_unit_test(a_prefix_ends_behind_all_that_begin_with_it),
		cmocka_unit_test(log_keys_are_taken_apart_as_they_were_put_together),
	};

	return cmocka_run_group_tests_name("store_query", tests, NULL, NULL);
}
