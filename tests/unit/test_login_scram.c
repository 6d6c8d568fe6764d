/* SPDX-License-Identifier: MIT */
/* test_login_scram.c - SCRAM from the auth frame to the token, and every way not to get in. */
#include "support/test.h"

#include "auth/account_internal.h"
#include "base/base64.h"
#include "support/auth.h"
#include "support/fiber.h"
#include "support/login.h"

#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

static void
scram_lets_the_right_password_in(void **state)
{
	struct login_test *f = *state;
	struct scram_client c = login_alice;

	assert_entered(f, try_scram(f, "SCRAM-SCRYPT-SHA-256", &c));
	assert_string_equal(f->result.device, "phone");
	assert_true(f->result.token[0] != '\0');
	assert_entered(f, try_scram(f, "SCRAM-SCRYPT-SHA-256-PLUS", &login_bound));
	c.gs2 = "n,a=alice@chat.example,";
	assert_entered(f, try_scram(f, "SCRAM-SCRYPT-SHA-256", &c));
	f->channel.secure = false;
	assert_entered(f, try_scram(f, "SCRAM-SCRYPT-SHA-256", &c));
}

static void
scram_refuses_a_wrong_password(void **state)
{
	struct login_test *f = *state;
	struct scram_client c = login_alice;

	c.password = "correct horsf";
	assert_failed(f, try_scram(f, "SCRAM-SCRYPT-SHA-256", &c), PARLEY_NOT_AUTHORIZED);
	assert_true(f->result.failure);
}

/* T24: two probes of an unknown name give one salt, and it goes on as for a known one. */
static void
t49_scram_tells_nobody_who_exists(void **state)
{
	struct login_test *f = *state;
	struct parley_text first = { 0 }, second = { 0 };
	struct scram_client c = { "n,,", "n=nobody,r=abc", "correct horse", NULL, 0, NULL };

	assert_int_equal(
	    try_scram_begin(f, "SCRAM-SCRYPT-SHA-256", "n,,n=nobody,r=abc"), LOGIN_CHALLENGE);
	assert_int_equal(base64_decode(&first, f->result.data.s, f->result.data.len, false), 0);
	login_free(&f->login);
	assert_int_equal(
	    try_scram_begin(f, "SCRAM-SCRYPT-SHA-256", "n,,n=NOBODY,r=abc"), LOGIN_CHALLENGE);
	assert_int_equal(base64_decode(&second, f->result.data.s, f->result.data.len, false), 0);
	login_free(&f->login);
	assert_string_equal(strstr(first.s, ",s="), strstr(second.s, ",s="));
	assert_non_null(strstr(first.s, ",i=4,b=8,p=1"));
	assert_failed(f, try_scram(f, "SCRAM-SCRYPT-SHA-256", &c), PARLEY_NOT_AUTHORIZED);
	assert_string_equal(f->result.err.text, "wrong user name or password");
	parley_text_fini(&first);
	parley_text_fini(&second);
}

/* T23 */
static void
scram_refuses_what_a_man_in_the_middle_makes_of_it(void **state)
{
	static const uint8_t other[32] = { 6 };
	struct login_test *f = *state;
	struct scram_client c = login_bound;

	c.binding = other;
	assert_failed(f, try_scram(f, "SCRAM-SCRYPT-SHA-256-PLUS", &c), PARLEY_NOT_AUTHORIZED);
	c = login_alice;
	c.gs2 = "y,,";
	assert_failed(f, try_scram(f, "SCRAM-SCRYPT-SHA-256", &c), PARLEY_NOT_AUTHORIZED);
	assert_failed(f, try_scram(f, "SCRAM-SCRYPT-SHA-256", &login_bound), PARLEY_BAD_REQUEST);
	assert_failed(
	    f, try_scram(f, "SCRAM-SCRYPT-SHA-256-PLUS", &login_alice), PARLEY_BAD_REQUEST);
	f->channel.bindings = (struct scram_bindings){ 0 };
	assert_failed(
	    f, try_scram(f, "SCRAM-SCRYPT-SHA-256-PLUS", &login_bound), PARLEY_BAD_REQUEST);
	c.gs2 = "y,,";
	assert_entered(f, try_scram(f, "SCRAM-SCRYPT-SHA-256", &c));
}

/* T25: the right password of mallory, to act as alice. */
static void
t25_scram_refuses_to_act_for_another(void **state)
{
	struct login_test *f = *state;
	struct scram_client c = { "n,a=alice@chat.example,", "n=mallory,r=abc", "mallory's own",
		NULL, 0, NULL };

	auth_account("mallory", "mallory's own");
	assert_failed(f, try_scram(f, "SCRAM-SCRYPT-SHA-256", &c), PARLEY_NOT_AUTHORIZED);
	assert_true(f->result.failure);
}

static void
scram_refuses_data_that_is_no_base64(void **state)
{
	static const char *const rows[] = { "{\"mechanism\":\"SCRAM-SCRYPT-SHA-256\"}",
		"{\"mechanism\":\"SCRAM-SCRYPT-SHA-256\",\"data\":\"\"}",
		"{\"mechanism\":\"SCRAM-SCRYPT-SHA-256\",\"data\":\"=\"}",
		"{\"mechanism\":\"SCRAM-SCRYPT-SHA-256\",\"data\":\"!!!!\"}",
		"{\"mechanism\":\"SCRAM-SCRYPT-SHA-256\",\"data\":12}" };
	struct login_test *f = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_failed(f, try_frame(f, rows[i]), PARLEY_BAD_REQUEST);
		assert_true(f->result.failure);
	}
	assert_int_equal(
	    try_scram_begin(f, "SCRAM-SCRYPT-SHA-256", "n,,n=alice,r=abc"), LOGIN_CHALLENGE);
	login_result_fini(&f->result);
	assert_failed(f,
	    login_response(&f->login, &f->channel, try_parse(f, "{\"data\":\"*\"}"), &f->result),
	    PARLEY_BAD_REQUEST);
}

/* T26: a response out of turn; and a second try with one challenge. */
static void
t26_scram_refuses_responses_out_of_turn(void **state)
{
	struct login_test *f = *state;

	assert_failed(f, try_response(f, "c=biws,r=abc,p=AAAA"), PARLEY_BAD_REQUEST);
	assert_true(f->result.failure);
	assert_int_equal(
	    try_scram_begin(f, "SCRAM-SCRYPT-SHA-256", "n,,n=alice,r=abc"), LOGIN_CHALLENGE);
	assert_non_null(f->login);
	assert_failed(f, try_response(f, "c=biws,r=abc,p=AAAA"), PARLEY_BAD_REQUEST);
	assert_failed(f, try_response(f, "c=biws,r=abc,p=AAAA"), PARLEY_BAD_REQUEST);
}

/* Begun and never ended, exchanges would cost and not count. */
static void
scram_refuses_another_login_instead_of_a_response(void **state)
{
	struct login_test *f = *state;

	for (int i = 0; i < 2; i++) {
		assert_int_equal(try_scram_begin(f, "SCRAM-SCRYPT-SHA-256", "n,,n=alice,r=abc"),
		    LOGIN_CHALLENGE);
		assert_failed(f, try_plain(f, "alice", "correct horse"), PARLEY_BAD_REQUEST);
		assert_true(f->result.failure);
	}
	assert_entered(f, try_plain(f, "alice", "correct horse"));
}

/* Answers a challenge after change has happened to the account. */
static void
assert_refused_after(struct login_test *f, void (*change)(void), enum parley_code code)
{
	struct parley_text challenge = { 0 }, answer = { 0 }, expected = { 0 };

	assert_int_equal(
	    try_scram_begin(f, "SCRAM-SCRYPT-SHA-256", "n,,n=Alice,r=abc"), LOGIN_CHALLENGE);
	base64_decode(&challenge, f->result.data.s, f->result.data.len, false);
	scram_client_answer(&login_alice, challenge.s, &answer, &expected);
	change();
	assert_failed(f, try_response(f, answer.s), code);
	parley_text_fini(&challenge);
	parley_text_fini(&answer);
	parley_text_fini(&expected);
}

static void
disable(void)
{
	assert_int_equal(account_set_rights("alice", -1, 1, NULL), 0);
}

static void
scram_notices_that_the_account_was_disabled_meanwhile(void **state)
{
	assert_refused_after(*state, disable, PARLEY_NOT_ALLOWED);
}

static void
renew(void)
{
	assert_int_equal(account_set_password("alice", "battery staple", "", "", NULL), 0);
}

static void
scram_notices_that_the_password_was_changed_meanwhile(void **state)
{
	assert_refused_after(*state, renew, PARLEY_NOT_AUTHORIZED);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, login_up, login_down)

static int
tests(void)
{
	const struct CMUnitTest all[] = {
		CASE(scram_lets_the_right_password_in),
		CASE(scram_refuses_a_wrong_password),
		CASE(t49_scram_tells_nobody_who_exists),
		CASE(scram_refuses_what_a_man_in_the_middle_makes_of_it),
		CASE(t25_scram_refuses_to_act_for_another),
		CASE(scram_refuses_data_that_is_no_base64),
		CASE(t26_scram_refuses_responses_out_of_turn),
		CASE(scram_refuses_another_login_instead_of_a_response),
		CASE(scram_notices_that_the_account_was_disabled_meanwhile),
		CASE(scram_notices_that_the_password_was_changed_meanwhile),
	};

	return cmocka_run_group_tests_name("login_scram", all, NULL, NULL);
}

int
main(void)
{
	auth_clocks();
	return test_on_fiber(tests);
}
