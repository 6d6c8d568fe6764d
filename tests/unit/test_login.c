/* SPDX-License-Identifier: MIT */
/* test_login.c - PLAIN, TOKEN, COOKIE and tickets: every way in, and every way not to get in. */
#include "support/test.h"

#include "auth/account_internal.h"
#include "auth/password.h"
#include "support/auth.h"
#include "support/fiber.h"
#include "support/login.h"

#include <parley/await.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* ---- PLAIN --------------------------------------------------------------------------------- */

static void
plain_lets_the_right_password_in(void **state)
{
	struct login_test *f = *state;

	assert_entered(f, try_plain(f, "ALICE", "correct horse"));
	assert_true(f->result.token[0] != '\0');
	assert_string_equal(f->result.ticket, "");
	assert_int_equal(f->result.data.len, 0);
}

static void
plain_refuses_everything_else_alike(void **state)
{
	static const char *const rows[][2] = { { "alice", "correct horsf" }, { "alice", "" },
		{ "nobody", "correct horse" }, { "alice@chat.example", "correct horse" },
		{ "a", "correct horse" }, { "", "correct horse" }, { "alice/x", "correct horse" } };
	struct login_test *f = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		uint64_t tries = password_stats().tries;

		assert_failed(f, try_plain(f, rows[i][0], rows[i][1]), PARLEY_NOT_AUTHORIZED);
		assert_string_equal(f->result.err.text, "wrong user name or password");
		assert_true(f->result.failure);
		assert_int_equal(password_stats().tries - tries, 1); /* the same work for all */
	}
}

static void
plain_needs_an_encrypted_connection(void **state)
{
	struct login_test *f = *state;
	uint64_t tries = password_stats().tries;

	f->channel.secure = false;
	assert_failed(f, try_plain(f, "alice", "correct horse"), PARLEY_NOT_ALLOWED);
	assert_int_equal(password_stats().tries, tries);
	assert_false(f->result.failure);
}

static void
plain_refuses_malformed_frames(void **state)
{
	static const struct {
		const char *json, *where;
	} rows[] = {
		{ "{\"mechanism\":\"PLAIN\"}", "/user" },
		{ "{\"mechanism\":\"PLAIN\",\"user\":\"alice\"}", "/password" },
		{ "{\"mechanism\":\"PLAIN\",\"user\":1,\"password\":\"correct horse\"}", "/user" },
		{ "{\"mechanism\":\"PLAIN\",\"user\":\"alice\",\"password\":null}", "/password" },
		{ "{\"mechanism\":\"PLAIN\",\"password\":\"correct horse\",\"user\":\""
		  "1234567890123456789012345678901234567890123456789012345678901234\"}",
		    "/user" },
	};
	struct login_test *f = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_failed(f, try_frame(f, rows[i].json), PARLEY_BAD_REQUEST);
		assert_string_equal(f->result.err.where, rows[i].where);
	}
}

/* T12: a megabyte of password would keep scrypt busy before it is refused. */
static void
plain_refuses_endless_passwords_unread(void **state)
{
	struct login_test *f = *state;
	uint64_t tries = password_stats().tries;
	char password[300] = "";

	memset(password, 'x', 257);
	assert_failed(f, try_plain(f, "alice", password), PARLEY_BAD_REQUEST);
	assert_int_equal(password_stats().tries, tries);
}

static void
plain_gives_devices_their_names(void **state)
{
	struct login_test *f = *state;
	struct parley_doc *doc;

	assert_entered(
	    f, try_frame(f,
		   "{\"mechanism\":\"PLAIN\",\"user\":\"alice\",\"password\":\"correct horse\","
		   "\"device\":{\"id\":\"laptop\",\"name\":\"My laptop\"}}"));
	assert_string_equal(f->result.device, "laptop");
	doc = parley_store_get(&device_collection, "alice/laptop", NULL);
	assert_non_null(doc);
	assert_string_equal(parley_json_string(parley_json_get(doc->root, "name")), "My laptop");
	parley_doc_free(&doc);
}

static void
plain_tells_only_the_owner_that_an_account_is_disabled(void **state)
{
	struct login_test *f = *state;

	assert_int_equal(account_set_rights("alice", -1, 1, NULL), 0);
	assert_failed(f, try_plain(f, "alice", "a wrong guess"), PARLEY_NOT_AUTHORIZED);
	assert_failed(f, try_plain(f, "alice", "correct horse"), PARLEY_NOT_ALLOWED);
	assert_false(f->result.failure);
}

/* ---- TOKEN, COOKIE, tickets ---------------------------------------------------------------- */

static void
token_logs_its_device_in_again(void **state)
{
	struct login_test *f = *state;
	char text[DEVICE_TOKEN_SIZE], device[PARLEY_DEVICE_MAX + 1];

	assert_entered(f, try_plain(f, "alice", "correct horse"));
	strcpy(text, f->result.token);
	strcpy(device, f->result.device);
	assert_entered(f, try_token(f, "Alice", text));
	assert_string_equal(f->result.device, device);
	assert_string_equal(f->result.token, "");
	assert_failed(f, try_token(f, "bob", text), PARLEY_NOT_AUTHORIZED);
	assert_failed(f, try_token(f, "al", text), PARLEY_BAD_REQUEST);
	assert_failed(f, try_token(f, "alice", "x"), PARLEY_NOT_AUTHORIZED);
	assert_true(f->result.failure);
	assert_failed(
	    f, try_frame(f, "{\"mechanism\":\"TOKEN\",\"user\":\"alice\"}"), PARLEY_BAD_REQUEST);
	assert_int_equal(account_set_rights("alice", -1, 1, NULL), 0);
	assert_failed(f, try_token(f, "alice", text), PARLEY_NOT_AUTHORIZED);
}

static void
log_in_as(struct login_test *f, const char *device, char token[DEVICE_TOKEN_SIZE])
{
	char json[200];

	snprintf(json, sizeof json,
	    "{\"mechanism\":\"PLAIN\",\"user\":\"alice\",\"password\":\"correct horse\","
	    "\"device\":{\"id\":\"%s\"}}",
	    device);
	assert_entered(f, try_frame(f, json));
	strcpy(token, f->result.token);
}

static void
t44_a_new_password_ends_all_logins_but_one(void **state)
{
	struct login_test *f = *state;
	char laptop[DEVICE_TOKEN_SIZE], phone[DEVICE_TOKEN_SIZE];
	struct device *list;
	unsigned count;

	log_in_as(f, "laptop", laptop);
	log_in_as(f, "phone", phone);
	assert_int_equal(account_set_password("alice", "battery staple", "", "laptop", NULL), 0);
	assert_failed(f, try_token(f, "alice", phone), PARLEY_NOT_AUTHORIZED);
	assert_entered(f, try_token(f, "alice", laptop));
	assert_failed(f, try_plain(f, "alice", "correct horse"), PARLEY_NOT_AUTHORIZED);
	assert_int_equal(device_list("alice", &list, &count, NULL), 0);
	assert_int_equal(count, 1);
	free(list);
	assert_int_equal(account_set_password("alice", "correct horse", "", "", NULL), 0);
	assert_failed(f, try_token(f, "alice", laptop), PARLEY_NOT_AUTHORIZED);
}

static void
a_disabled_account_comes_back_without_its_logins(void **state)
{
	struct login_test *f = *state;
	char laptop[DEVICE_TOKEN_SIZE];

	log_in_as(f, "laptop", laptop);
	assert_int_equal(account_set_rights("alice", -1, 1, NULL), 0);
	assert_int_equal(account_set_rights("alice", -1, 0, NULL), 0);
	assert_failed(f, try_token(f, "alice", laptop), PARLEY_NOT_AUTHORIZED);
	assert_entered(f, try_plain(f, "alice", "correct horse"));
}

/* The node fails behind the commit of a new password, before it has removed any device. */
static void
a_token_of_before_is_void_while_its_device_is_there(void **state)
{
	struct parley_text json = { 0 };
	struct login_test *f = *state;
	char laptop[DEVICE_TOKEN_SIZE];

	log_in_as(f, "laptop", laptop);
	parley_text_puts(&json, "{\"logins\":12345}");
	assert_int_equal(parley_store_patch(&account_collection, "alice", &json, NULL, NULL), 0);
	account_forget("alice");
	parley_text_fini(&json);
	assert_failed(f, try_token(f, "alice", laptop), PARLEY_NOT_AUTHORIZED);
	log_in_as(f, "laptop", laptop);
	assert_entered(f, try_token(f, "alice", laptop));
}

/* A login on a fiber of its own. */
struct aside {
	struct login_test *f;
	enum login_outcome outcome;
	struct parley_event done;
};

static void
log_in_aside(void *arg)
{
	struct aside *a = arg;

	a->outcome = try_plain(a->f, "alice", "correct horse");
	parley_event_set(&a->done, 0);
}

/* The password was right when it was read, and is old when it has been checked. */
static void
a_login_under_way_does_not_outlive_a_new_password(void **state)
{
	struct login_test *f = *state;
	struct aside a = { .f = f };
	struct parley_text json = { 0 };

	password_stop();
	assert_int_equal(password_start(1, 8, 16), 0); /* so that this takes its time */
	assert_int_equal(account_set_password("alice", "correct horse", "", "", NULL), 0);
	test_spawn(log_in_aside, &a);
	while (password_stats().running == 0)
		test_yield();
	parley_text_puts(&json, "{\"logins\":12345}"); /* what a new password does first */
	assert_int_equal(parley_store_patch(&account_collection, "alice", &json, NULL, NULL), 0);
	account_forget("alice");
	parley_text_fini(&json);
	parley_await_event(&a.done, -1);
	assert_failed(f, a.outcome, PARLEY_NOT_AUTHORIZED);
}

static void
ticket_becomes_a_cookie_that_logs_in(void **state)
{
	struct login_test *f = *state;
	char cookie[DEVICE_COOKIE_SIZE], device[PARLEY_DEVICE_MAX + 1];

	f->channel.browser = true;
	assert_entered(f, try_frame(f, "{\"mechanism\":\"PLAIN\",\"user\":\"alice\","
				       "\"password\":\"correct horse\",\"cookie\":true}"));
	assert_string_equal(f->result.token, "");
	strcpy(device, f->result.device);
	assert_int_equal(ticket_take(f->result.ticket, cookie), 0);

	f->channel.cookie = cookie;
	assert_entered(f, try_frame(f, "{\"mechanism\":\"COOKIE\"}"));
	assert_string_equal(f->result.device, device);
	assert_string_equal(f->result.token, "");
	assert_string_equal(f->result.ticket, "");
	assert_int_equal(device_revoke("alice", device, NULL), 0);
	assert_failed(f, try_frame(f, "{\"mechanism\":\"COOKIE\"}"), PARLEY_NOT_AUTHORIZED);
}

static void
cookie_is_for_browsers_that_have_one(void **state)
{
	struct login_test *f = *state;

	assert_failed(f, try_frame(f, "{\"mechanism\":\"COOKIE\"}"), PARLEY_NOT_IMPLEMENTED);
	f->channel.browser = true;
	assert_failed(f, try_frame(f, "{\"mechanism\":\"COOKIE\"}"), PARLEY_NOT_AUTHORIZED);
	f->channel.cookie = "rubbish";
	assert_failed(f, try_frame(f, "{\"mechanism\":\"COOKIE\"}"), PARLEY_NOT_AUTHORIZED);
}

static void
mechanisms_that_do_not_exist_are_refused(void **state)
{
	static const char *const rows[] = { "{}", "{\"mechanism\":1}", "{\"mechanism\":\"\"}",
		"{\"mechanism\":\"plain\"}", "{\"mechanism\":\"EXTERNAL\"}",
		"{\"mechanism\":\"SCRAM-SHA-1\"}" };
	struct login_test *f = *state;

	for (size_t i = 0; i < COUNT(rows); i++)
		assert_failed(f, try_frame(f, rows[i]), PARLEY_NOT_IMPLEMENTED);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, login_up, login_down)

static int
tests(void)
{
	const struct CMUnitTest all[] = {
		CASE(plain_lets_the_right_password_in),
		CASE(plain_refuses_everything_else_alike),
		CASE(plain_needs_an_encrypted_connection),
		CASE(plain_refuses_malformed_frames),
		CASE(plain_refuses_endless_passwords_unread),
		CASE(plain_gives_devices_their_names),
		CASE(plain_tells_only_the_owner_that_an_account_is_disabled),
		CASE(token_logs_its_device_in_again),
		CASE(t44_a_new_password_ends_all_logins_but_one),
		CASE(a_disabled_account_comes_back_without_its_logins),
		CASE(a_token_of_before_is_void_while_its_device_is_there),
		CASE(a_login_under_way_does_not_outlive_a_new_password),
		CASE(ticket_becomes_a_cookie_that_logs_in),
		CASE(cookie_is_for_browsers_that_have_one),
		CASE(mechanisms_that_do_not_exist_are_refused),
	};

	return cmocka_run_group_tests_name("login", all, NULL, NULL);
}

int
main(void)
{
	auth_clocks();
	return test_on_fiber(tests);
}
