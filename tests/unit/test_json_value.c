/* SPDX-License-Identifier: MIT */
/* test_json_value.c - parsed JSON is read without checks, and what is absent has a default. */
#include "support/test.h"

#include "json/json.h"

#include <string.h>

struct parsed {
	struct arena arena;
	const struct parley_json *root;
};

static struct parsed
parse(const char *text)
{
	struct parsed p = { 0 };

	p.root = json_parse_copy(&p.arena, text, strlen(text), &json_limits_user, NULL);
	assert_non_null(p.root);
	return p;
}

static void
parsed_fini(struct parsed *p)
{
	arena_fini(&p->arena);
}

static void
members_are_found_by_name(void **state)
{
	struct parsed p = parse("{\"a\":{\"x\":[1]},\"b\":\"text\",\"c\":true,\"\":0.5}");

	assert_int_equal(parley_json_get(p.root, "a")->type, PARLEY_JSON_OBJECT);
	assert_string_equal(parley_json_string(parley_json_get(p.root, "b")), "text");
	assert_true(parley_json_bool(parley_json_get(p.root, "c"), false));
	assert_true(parley_json_real(parley_json_get(p.root, ""), 0) == 0.5);
	assert_null(parley_json_get(p.root, "x"));
	assert_null(parley_json_get(p.root, "bb"));
	assert_null(parley_json_get(parley_json_get(p.root, "b"), "a"));
	parsed_fini(&p);
}

static void
accessors_answer_with_their_default_for_what_is_not_there(void **state)
{
	struct parsed p = parse("{\"s\":\"x\",\"i\":7,\"l\":[]}");
	const struct parley_json *s = parley_json_get(p.root, "s"), *none = NULL;

	assert_null(parley_json_get(none, "a"));
	assert_null(parley_json_string(none));
	assert_null(parley_json_string(parley_json_get(p.root, "i")));
	assert_string_equal(parley_json_string_or(none, "else"), "else");
	assert_string_equal(parley_json_string_or(s, "else"), "x");
	assert_int_equal(parley_json_int(none, 3), 3);
	assert_int_equal(parley_json_int(s, 3), 3);
	assert_true(parley_json_real(none, 2.5) == 2.5);
	assert_true(parley_json_real(s, 2.5) == 2.5);
	assert_true(parley_json_bool(none, true));
	assert_true(parley_json_bool(s, true));
	assert_int_equal(parley_json_len(none), 0);
	assert_null(parley_json_first(none));
	assert_null(parley_json_first(s));
	assert_null(parley_json_first(parley_json_get(p.root, "l")));
	assert_null(parley_json_next(none, none));
	assert_null(parley_json_next(p.root, none));
	assert_null(parley_json_value(none));
	parsed_fini(&p);
}

static void
t80_integers_and_reals_convert_when_nothing_is_lost(void **state)
{
	struct parsed p = parse("[5, 5.0, 5.5, 1e3, 1e17, -2.0]");
	const struct parley_json *v = parley_json_first(p.root);

	assert_int_equal(v[0].type, PARLEY_JSON_INT);
	assert_int_equal(v[1].type, PARLEY_JSON_REAL);
	assert_int_equal(parley_json_int(&v[0], 0), 5);
	assert_true(parley_json_real(&v[0], 0) == 5);
	assert_int_equal(parley_json_int(&v[1], 0), 5);
	assert_int_equal(parley_json_int(&v[2], -1), -1);
	assert_int_equal(parley_json_int(&v[3], -1), 1000);
	assert_int_equal(parley_json_int(&v[4], -1), -1);
	assert_int_equal(parley_json_int(&v[5], 0), -2);
	parsed_fini(&p);
}

static void
arrays_are_walked_item_by_item(void **state)
{
	struct parsed p = parse("[[1,2,3],{\"a\":{\"b\":[]}},\"x\",null]");
	static const enum parley_json_type types[] = { PARLEY_JSON_ARRAY, PARLEY_JSON_OBJECT,
		PARLEY_JSON_STRING, PARLEY_JSON_NULL };
	const struct parley_json *item = parley_json_first(p.root);

	assert_int_equal(parley_json_len(p.root), 4);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(item->type, types[i]);
		item = parley_json_next(p.root, item);
	}
	assert_null(item);
	parsed_fini(&p);
}

static void
objects_are_walked_name_by_name(void **state)
{
	struct parsed p = parse("{\"a\":[1,[2]],\"b\":{\"c\":{}},\"d\":4}");
	static const char *const names[] = { "a", "b", "d" };
	const struct parley_json *key = parley_json_first(p.root);

	for (size_t i = 0; i < 3; i++) {
		assert_string_equal(parley_json_string(key), names[i]);
		assert_ptr_equal(parley_json_value(key), parley_json_get(p.root, names[i]));
		key = parley_json_next(p.root, key);
	}
	assert_null(key);
	parsed_fini(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_are_found_by_name),
		cmocka_unit_test(accessors_answer_with_their_default_for_what_is_not_there),
		cmocka_unit_test(t80_integers_and_reals_convert_when_nothing_is_lost),
		cmocka_unit_test(arrays_are_walked_item_by_item),
		cmocka_unit_test(objects_are_walked_name_by_name),
	};

	return cmocka_run_group_tests_name("json_value", tests, NULL, NULL);
}
