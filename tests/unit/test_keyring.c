/* SPDX-License-Identifier: MIT */
/* test_keyring.c - the keyring in the store: made, read again, of data of before, and lost. */
#include "support/test.h"

#include "auth/account_internal.h"
#include "core/keyring.h"
#include "seal/seal.h"
#include "store/store.h"
#include "support/fiber.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KEY "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static int
set_up(void **state)
{
	struct store_config store = { .location = "", .readers = 2 };

	assert_int_equal(store_start(&store_memory, &store, NULL), 0);
	setenv("PARLEY_NODE_KEY", KEY, 1);
	return keyring_find_key("/nonexistent/node.key", NULL);
}

static int
tear_down(void **state)
{
	store_stop();
	seal_close();
	keyring_close();
	return 0;
}

/* As a node that is started again on the same store. */
static int
open_again(struct parley_error *err)
{
	seal_close();
	keyring_close();
	setenv("PARLEY_NODE_KEY", KEY, 1);
	assert_int_equal(keyring_find_key("/nonexistent/node.key", NULL), 0);
	return keyring_open(err);
}

static void
put_account(const char *json)
{
	struct parley_text text = { 0 };

	parley_text_puts(&text, json);
	assert_int_equal(store_declare(&account_collection, NULL), 0);
	assert_int_equal(parley_store_put(&account_collection, "alice", &text, NULL), 0);
	parley_text_fini(&text);
}

static void
keyring_is_made_once_and_read_again(void **state)
{
	struct parley_text one = { 0 }, two = { 0 };
	struct parley_error err = { 0 };

	assert_int_equal(keyring_open(&err), 0);
	seal_hash("x", "y", 1, &one);
	assert_int_equal(keyring_rotate(&err), 0);
	assert_int_equal(seal_key_current(), 2);
	assert_int_equal(open_again(&err), 0);
	seal_hash("x", "y", 1, &two);
	assert_string_equal(one.s, two.s); /* hashes never change */
	assert_int_equal(seal_key_current(), 2);
	assert_int_equal(keyring_ring()->count, 2);
	parley_text_fini(&one);
	parley_text_fini(&two);
}

/* Builds without a keyring have sealed and hashed under the node key itself. */
static void
keyring_is_made_for_data_of_before(void **state)
{
	static const uint8_t key[32] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
		17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31 };
	struct parley_text before = { 0 }, after = { 0 }, sealed = { 0 }, plain = { 0 };
	struct parley_error err = { 0 };

	seal_open_bytes(key);
	seal_hash("email", "a@b.example", 11, &before);
	seal_put("accounts/alice", "secret", 6, &sealed);
	put_account("{\"shown\":\"Alice\"}");
	assert_int_equal(open_again(&err), 0);
	seal_hash("email", "a@b.example", 11, &after);
	assert_string_equal(before.s, after.s);
	assert_int_equal(seal_get("accounts/alice", sealed.s, sealed.len, &plain, &err), 0);
	assert_string_equal(plain.s, "secret");
	parley_text_fini(&before);
	parley_text_fini(&after);
	parley_text_fini(&sealed);
	parley_text_fini(&plain);
}

static void
keyring_that_was_lost_is_not_made_anew(void **state)
{
	struct parley_error err = { 0 };

	assert_int_equal(keyring_open(&err), 0);
	put_account("{\"shown\":\"Alice\",\"email\":\"a@b.example\"}");
	assert_int_equal(parley_store_remove(&keyring_collection, "keyring", NULL, &err), 0);
	assert_int_equal(open_again(&err), -1);
	assert_non_null(strstr(err.text, "no keyring"));
}

static void
keys_that_a_collection_may_need_stay(void **state)
{
	static const char *const secret[] = { "text", NULL };
	static const struct parley_collection away = { .name = "away", .secret = secret },
					      here = { .name = "here", .secret = secret };
	struct parley_error err = { 0 };

	assert_int_equal(keyring_open(&err), 0);
	assert_int_equal(keyring_note(&away, &err), 0);
	assert_int_equal(keyring_note(&here, &err), 0);
	assert_true(keyring_wants_walk(&away));
	assert_int_equal(keyring_walked(&away, 1, &err), 0);
	assert_false(keyring_wants_walk(&away));
	assert_int_equal(keyring_rotate(&err), 0);
	assert_int_equal(open_again(&err), 0); /* and a module is not loaded any more */
	assert_int_equal(keyring_walked(&here, 2, &err), 0);
	assert_int_equal(keyring_ring()->count, 2);
	assert_true(keyring_wants_walk(&away));
	assert_int_equal(keyring_walked(&away, 2, &err), 0);
	assert_int_equal(keyring_ring()->count, 1);
	assert_int_equal(open_again(&err), 0);
	assert_int_equal(keyring_ring()->count, 1);
	assert_int_equal(seal_key_current(), 2);
}

static void
other_secret_members_are_walked_for_again(void **state)
{
	static const char *const one[] = { "text", NULL }, *const two[] = { "text", "more", NULL };
	struct parley_collection c = { .name = "things", .secret = one };
	struct parley_error err = { 0 };

	assert_int_equal(keyring_open(&err), 0);
	assert_int_equal(keyring_note(&c, &err), 0);
	assert_int_equal(keyring_walked(&c, 1, &err), 0);
	assert_false(keyring_wants_walk(&c));
	c.secret = two;
	assert_true(keyring_wants_walk(&c));
	c.secret = NULL;
	assert_true(keyring_wants_walk(&c));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

static int
tests(void)
{
	const struct CMUnitTest all[] = {
		CASE(keyring_is_made_once_and_read_again),
		CASE(keyring_is_made_for_data_of_before),
		CASE(keyring_that_was_lost_is_not_made_anew),
		CASE(keys_that_a_collection_may_need_stay),
		CASE(other_secret_members_are_walked_for_again),
	};

	return cmocka_run_group_tests_name("keyring", all, NULL, NULL);
}

int
main(void)
{
	return test_on_fiber(tests);
}
