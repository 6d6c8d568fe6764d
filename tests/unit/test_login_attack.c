/* SPDX-License-Identifier: MIT */
/* test_login_attack.c - guessing through logins is slowed down, and never locks the owner out. */
#include "support/test.h"

#include "auth/password.h"
#include "auth/throttle.h"
#include "support/auth.h"
#include "support/fiber.h"
#include "support/login.h"

#include <parley/await.h>
#include <stdio.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define STRANGER "198.51.100.1"

/* Fills alice's bucket with guesses of strangers. */
static void
attack(struct login_test *f, const char *user)
{
	const char *peer = f->channel.peer;
	char stranger[32];

	f->channel.peer = stranger;
	for (int i = 0; i < 10; i++) {
		snprintf(stranger, sizeof stranger, "198.51.100.%d", i + 2);
		assert_failed(f, try_plain(f, user, "a wrong guess"), PARLEY_NOT_AUTHORIZED);
	}
	f->channel.peer = peer;
}

static void
attack_keeps_strangers_out(void **state)
{
	struct login_test *f = *state;
	struct scram_client c = login_alice;

	attack(f, "alice");
	f->channel.peer = STRANGER;
	assert_failed(f, try_plain(f, "alice", "correct horse"), PARLEY_LIMIT);
	assert_int_equal(f->result.err.retry_after, 90);
	assert_true(f->result.failure);
	assert_failed(f, try_plain(f, "Alice", "correct horse"), PARLEY_LIMIT);
	assert_failed(f, try_scram(f, "SCRAM-SCRYPT-SHA-256", &c), PARLEY_LIMIT);
	auth_advance(90000);
	assert_entered(f, try_scram(f, "SCRAM-SCRYPT-SHA-256", &c));
}

static void
t49_attack_looks_the_same_for_those_who_do_not_exist(void **state)
{
	struct login_test *f = *state;

	attack(f, "nobody");
	f->channel.peer = STRANGER;
	assert_failed(f, try_plain(f, "nobody", "correct horse"), PARLEY_LIMIT);
	assert_int_equal(f->result.err.retry_after, 90);
}

static void
t51_attack_does_not_lock_the_owner_out(void **state)
{
	struct login_test *f = *state;
	struct scram_client c = login_alice;

	assert_entered(f, try_plain(f, "alice", "correct horse"));
	attack(f, "alice");
	assert_entered(f, try_plain(f, "alice", "correct horse"));
	assert_entered(f, try_scram(f, "SCRAM-SCRYPT-SHA-256", &c));
}

/* After a restart only the store knows from where the owner came. */
static void
attack_after_a_restart_does_not_lock_the_owner_out(void **state)
{
	struct login_test *f = *state;
	struct throttle_config config = { 0 };

	assert_entered(f, try_plain(f, "alice", "correct horse"));
	throttle_start(&config);
	attack(f, "alice");
	assert_entered(f, try_plain(f, "alice", "correct horse"));
	f->channel.peer = STRANGER;
	assert_failed(f, try_plain(f, "alice", "correct horse"), PARLEY_LIMIT);
}

static void
t51_attack_does_not_lock_known_devices_out(void **state)
{
	struct login_test *f = *state;
	char text[DEVICE_TOKEN_SIZE];

	assert_entered(f, try_plain(f, "alice", "correct horse"));
	strcpy(text, f->result.token);
	attack(f, "alice");
	f->channel.peer = STRANGER;
	assert_failed(f, try_plain(f, "alice", "correct horse"), PARLEY_LIMIT);
	assert_entered(f, try_token(f, "alice", text));
	assert_entered(f, try_plain(f, "alice", "correct horse")); /* now this network is known */
}

static void
guessing_of_tokens_is_counted_by_network(void **state)
{
	struct login_test *f = *state;
	char text[DEVICE_TOKEN_SIZE];

	assert_entered(f, try_plain(f, "alice", "correct horse"));
	strcpy(text, f->result.token);
	for (int i = 0; i < 50; i++)
		assert_failed(f, try_token(f, "alice", "x"), PARLEY_NOT_AUTHORIZED);
	assert_failed(f, try_plain(f, "alice", "correct horse"), PARLEY_LIMIT);
	assert_entered(f, try_token(f, "alice", text));
}

static void
long_try(void *arg)
{
	struct scram_keys keys;

	password_make("x", "", &keys, NULL);
	parley_event_set(arg, 0);
}

/* Failures of the node are nobody's guesses. */
static void
busy_node_counts_no_failures(void **state)
{
	struct login_test *f = *state;
	struct parley_event done = { 0 };

	password_stop();
	assert_int_equal(password_start(1, 0, 16), 0);
	test_spawn(long_try, &done);
	while (password_stats().running == 0)
		test_yield();
	f->channel.peer = STRANGER;
	for (int i = 0; i < 12; i++) {
		assert_failed(f, try_plain(f, "alice", "correct horse"), PARLEY_BUSY);
		assert_true(f->result.err.retry_after > 0);
		assert_false(f->result.failure);
	}
	parley_await_event(&done, -1);
	attack(f, "alice"); /* has all its guesses yet */
}

/* Logins at once: each is answered, and only so many were guesses. */
struct attempt {
	struct login_test f;
	const char *password;
	char peer[32];
	enum login_outcome outcome;
	struct parley_event done;
};

static void
attempt(void *arg)
{
	struct attempt *a = arg;

	a->outcome = try_plain(&a->f, "alice", a->password);
	parley_event_set(&a->done, 0);
}

/* How many of a hundred at once, each from an address that begins so, end with code. */
static unsigned
attempts(struct login_test *f, const char *password, const char *peers, enum parley_code code)
{
	static struct attempt a[100];
	unsigned n = 0;

	for (unsigned i = 0; i < COUNT(a); i++) {
		a[i] = (struct attempt){ .f.channel = f->channel, .password = password };
		snprintf(a[i].peer, sizeof a[i].peer, "%s%u", peers, i);
		a[i].f.channel.peer = a[i].peer;
		test_spawn(attempt, &a[i]);
	}
	for (unsigned i = 0; i < COUNT(a); i++) {
		parley_await_event(&a[i].done, -1);
		n += a[i].f.result.err.code == code;
		try_forget(&a[i].f);
	}
	return n;
}

static void
guesses_at_once_are_counted_before_they_fail(void **state)
{
	assert_int_equal(
	    attempts(*state, "a wrong guess", "203.0.113.", PARLEY_NOT_AUTHORIZED), 10);
	assert_int_equal(throttle_stats().waiting, 0);
	assert_int_equal(attempts(*state, "correct horse", "203.0.113.", PARLEY_LIMIT), 100);
}

/* They wait for one another instead. An IPv6 /64 is one network. */
static void
right_passwords_at_once_are_no_failures(void **state)
{
	password_stop();
	assert_int_equal(password_start(2, 1000, 4), 0);
	assert_int_equal(attempts(*state, "correct horse", "203.0.113.", PARLEY_OK), 100);
	assert_int_equal(attempts(*state, "correct horse", "2001:db8::", PARLEY_OK), 100);
	assert_int_equal(throttle_stats().refused_account, 0);
	assert_int_equal(throttle_stats().waiting, 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, login_up, login_down)

static int
tests(void)
{
	const struct CMUnitTest all[] = {
		CASE(attack_keeps_strangers_out),
		CASE(t49_attack_looks_the_same_for_those_who_do_not_exist),
		CASE(t51_attack_does_not_lock_the_owner_out),
		CASE(attack_after_a_restart_does_not_lock_the_owner_out),
		CASE(t51_attack_does_not_lock_known_devices_out),
		CASE(guessing_of_tokens_is_counted_by_network),
		CASE(busy_node_counts_no_failures),
		CASE(guesses_at_once_are_counted_before_they_fail),
		CASE(right_passwords_at_once_are_no_failures),
	};

	return cmocka_run_group_tests_name("login_attack", all, NULL, NULL);
}

int
main(void)
{
	auth_clocks();
	return test_on_fiber(tests);
}
