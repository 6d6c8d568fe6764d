/* SPDX-License-Identifier: MIT */
/* test_throttle.c - guesses by network and by account, and that owners are never locked out. */
#include "support/test.h"

#include "auth/stamps.h"
#include "auth/throttle.h"
#include "base/clock.h"

#include <stdio.h>
#include <string.h>

#define MINUTE 60000

static int64_t now_ms;

static int64_t
fake_clock(void)
{
	return now_ms;
}

static int
set_up(void **state)
{
	struct throttle_config defaults = { 0 };

	now_ms = 1000000;
	clock_replace(NULL, fake_clock);
	throttle_start(&defaults);
	return 0;
}

static int
tear_down(void **state)
{
	throttle_stop();
	clock_replace(NULL, NULL);
	return 0;
}

/* A guess that fails. True when it was let through. */
static bool
guess(const char *account, const char *peer)
{
	struct throttle_try t;

	if (throttle_begin(&t, account, peer, false, NULL) < 0)
		return false;
	throttle_failed(&t);
	return true;
}

/* How many of n failing guesses are let through. */
static unsigned
guesses(unsigned n, const char *account, const char *peer)
{
	unsigned passed = 0;

	while (n-- > 0)
		passed += guess(account, peer);
	return passed;
}

/* The same, each from an address of its own. */
static unsigned
botnet(unsigned n, const char *account)
{
	unsigned passed = 0;
	char peer[32];

	for (unsigned i = 0; i < n; i++) {
		snprintf(peer, sizeof peer, "198.51.%u.%u", i / 256 % 256, i % 256);
		passed += guess(account, peer);
	}
	return passed;
}

static bool
log_in(const char *account, const char *peer)
{
	struct throttle_try t;

	if (throttle_begin(&t, account, peer, false, NULL) < 0)
		return false;
	throttle_passed(&t, account, peer);
	return true;
}

static void
throttle_stops_guessing_at_an_account(void **state)
{
	struct parley_error err = { 0 };
	struct throttle_try t;

	assert_int_equal(botnet(1000, "alice"), 10);
	assert_int_equal(throttle_begin(&t, "alice", "192.0.2.9", false, &err), -1);
	assert_int_equal(err.code, PARLEY_LIMIT);
	assert_int_equal(err.retry_after, 90);
	assert_true(t.by_account);
	assert_true(guess("bob", "192.0.2.9"));
}

static void
throttle_stops_guessing_from_a_network(void **state)
{
	struct parley_error err = { 0 };
	struct throttle_try t;
	unsigned passed = 0;
	char account[16];

	for (unsigned i = 0; i < 100; i++) {
		snprintf(account, sizeof account, "user%u", i);
		passed += guess(account, "192.0.2.1");
	}
	assert_int_equal(passed, 50);
	assert_int_equal(throttle_begin(&t, "carol", "192.0.2.1", false, &err), -1);
	assert_int_equal(err.code, PARLEY_LIMIT);
	assert_int_equal(err.retry_after, 18);
	assert_false(t.by_account);
	assert_true(guess("carol", "192.0.2.2"));
}

static void
throttle_counts_ipv6_by_customer(void **state)
{
	unsigned passed = 0;
	char account[16], peer[64];

	for (unsigned i = 0; i < 100; i++) {
		snprintf(account, sizeof account, "user%u", i);
		snprintf(peer, sizeof peer, "2001:db8:0:1::%x", i + 1);
		passed += guess(account, peer);
	}
	assert_int_equal(passed, 50);
	assert_false(guess("carol", "2001:db8:0:1:ffff::1"));
	assert_true(guess("carol", "2001:db8:0:2::1"));
}

static void
throttle_lets_go_with_time(void **state)
{
	assert_int_equal(botnet(20, "alice"), 10);
	now_ms += 89999;
	assert_int_equal(botnet(20, "alice"), 0);
	now_ms += 1;
	assert_int_equal(botnet(20, "alice"), 1);
	now_ms += 15 * MINUTE;
	assert_int_equal(botnet(20, "alice"), 10);
}

static void
throttle_is_right_about_when_to_try_again(void **state)
{
	struct parley_error err = { 0 };
	struct throttle_try t;

	assert_int_equal(botnet(20, "alice"), 10);
	now_ms += 12345;
	assert_int_equal(throttle_begin(&t, "alice", "192.0.2.9", false, &err), -1);
	now_ms += err.retry_after * 1000 - 1000;
	assert_false(guess("alice", "192.0.2.9"));
	now_ms += 1000;
	assert_true(guess("alice", "192.0.2.9"));
}

static void
t51_throttle_never_locks_the_owner_out(void **state)
{
	assert_true(log_in("alice", "192.0.2.1"));
	assert_true(log_in("alice", "2001:db8::1"));
	assert_int_equal(botnet(1000, "alice"), 10);

	assert_true(log_in("alice", "192.0.2.1"));
	assert_true(log_in("alice", "2001:db8::77"));
	assert_false(log_in("alice", "192.0.2.2"));
	now_ms += (int64_t)1000 * 24 * 60 * MINUTE;
	assert_int_equal(botnet(1000, "alice"), 10);
	assert_true(log_in("alice", "192.0.2.1"));
}

static void
throttle_takes_the_callers_word_for_a_known_peer(void **state)
{
	struct throttle_try t;

	assert_int_equal(botnet(20, "alice"), 10);
	assert_int_equal(throttle_begin(&t, "alice", "192.0.2.1", true, NULL), 0);
	throttle_passed(&t, "alice", "192.0.2.1");
	assert_true(log_in("alice", "192.0.2.1"));
	throttle_know("alice", "192.0.2.7");
	assert_true(log_in("alice", "192.0.2.7"));
}

/* The owner's mistypings at home neither lock the account nor go on without end. */
static void
throttle_counts_known_networks_by_network_only(void **state)
{
	assert_true(log_in("alice", "192.0.2.1"));
	assert_int_equal(guesses(100, "alice", "192.0.2.1"), 50);
	assert_int_equal(botnet(20, "alice"), 10);
}

static void
throttle_counts_no_logins_that_succeed(void **state)
{
	for (int i = 0; i < 200; i++)
		assert_true(log_in("alice", "192.0.2.1"));
}

static void
throttle_knows_a_network_for_one_account_only(void **state)
{
	assert_true(log_in("mallory", "192.0.2.1"));
	assert_int_equal(guesses(20, "alice", "192.0.2.1"), 10);
}

/* 500 tries at once, before the first has failed: as many may as failures have room. */
static void
throttle_counts_guesses_that_are_under_way(void **state)
{
	struct parley_error err = { 0 };
	struct throttle_try t[500];
	unsigned passed = 0;

	assert_int_equal(guesses(3, "alice", "192.0.2.1"), 3);
	for (unsigned i = 0; i < 500; i++)
		passed += throttle_begin(&t[i], "alice", "192.0.2.1", false, &err) == 0;
	assert_int_equal(passed, 7);
	assert_int_equal(err.code, PARLEY_BUSY);
	assert_true(t[7].crowd != 0 && t[7].by_account);
	for (unsigned i = 0; i < 7; i++)
		throttle_undo(&t[i]);
	assert_int_equal(guesses(500, "alice", "192.0.2.1"), 7);
}

/* Many people behind one address log in at once: none of that counts as failed. */
static void
throttle_keeps_no_count_of_what_was_under_way(void **state)
{
	struct throttle_try t[50], other;
	char account[16];

	for (unsigned round = 0; round < 10; round++) {
		for (unsigned i = 0; i < 50; i++) {
			snprintf(account, sizeof account, "user%u", i);
			assert_int_equal(
			    throttle_begin(&t[i], account, "192.0.2.1", false, NULL), 0);
		}
		assert_int_equal(throttle_begin(&other, "carol", "192.0.2.1", false, NULL), -1);
		assert_true(other.crowd != 0 && !other.by_account);
		for (unsigned i = 0; i < 50; i++)
			throttle_passed(&t[i], account, "192.0.2.1");
	}
	assert_int_equal(throttle_stats().refused_network, 0);
}

static void
throttle_does_not_count_refused_guesses(void **state)
{
	assert_int_equal(botnet(100000, "alice"), 10);
	now_ms += 15 * MINUTE;
	assert_int_equal(botnet(20, "alice"), 10);
}

static void
throttle_leaves_the_unix_socket_alone(void **state)
{
	unsigned passed = 0;
	char account[16];

	for (unsigned i = 0; i < 200; i++) {
		snprintf(account, sizeof account, "user%u", i);
		passed += guess(account, "unix");
	}
	assert_int_equal(passed, 200);
	assert_int_equal(guesses(20, "alice", "unix"), 10);
}

static void
throttle_takes_new_limits(void **state)
{
	struct throttle_config c = { .account_failures = 3,
		.account_seconds = 60,
		.network_failures = 5,
		.network_seconds = 60 };

	throttle_reload(&c);
	assert_int_equal(botnet(20, "alice"), 3);
	assert_int_equal(guesses(20, "bob", "192.0.2.1"), 3);
	assert_int_equal(guesses(20, "carol", "192.0.2.1"), 2);
}

/* A million names and networks: memory stays, and who is under attack is not forgotten first. */
static void
t14_throttle_keeps_what_is_fullest(void **state)
{
	struct throttle_config c = { .entries = 1024 };
	char account[16], peer[32];

	throttle_start(&c);
	assert_int_equal(botnet(20, "alice"), 10);
	for (unsigned i = 0; i < 50000; i++) {
		snprintf(account, sizeof account, "user%u", i);
		snprintf(peer, sizeof peer, "10.%u.%u.%u", i >> 16, i >> 8 & 255, i & 255);
		assert_true(guess(account, peer));
	}
	assert_true(throttle_stats().evicted > 0);
	assert_false(guess("alice", "192.0.2.1"));
}

static void
stamps_forget_the_earliest(void **state)
{
	struct stamps s;

	stamps_init(&s, 8);
	for (uint64_t key = 1; key <= 8; key++)
		stamps_put(&s, key, (int64_t)key * 10);
	stamps_put(&s, 1, 100);
	stamps_put(&s, 9, 90);
	assert_int_equal(stamps_get(&s, 1), 100);
	assert_int_equal(stamps_get(&s, 2), 0);
	assert_int_equal(stamps_get(&s, 3), 30);
	assert_int_equal(stamps_get(&s, 9), 90);
	assert_int_equal(s.evicted, 1);
	assert_int_equal(s.used, 8);
	stamps_put(&s, 3, 0);
	assert_int_equal(s.used, 7);
	assert_int_equal(stamps_max(&s), 8);
	stamps_put(&s, 10, 5);
	assert_int_equal(s.evicted, 1);
	stamps_fini(&s);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(throttle_stops_guessing_at_an_account),
		CASE(throttle_stops_guessing_from_a_network),
		CASE(throttle_counts_ipv6_by_customer),
		CASE(throttle_lets_go_with_time),
		CASE(throttle_is_right_about_when_to_try_again),
		CASE(t51_throttle_never_locks_the_owner_out),
		CASE(throttle_takes_the_callers_word_for_a_known_peer),
		CASE(throttle_counts_known_networks_by_network_only),
		CASE(throttle_counts_no_logins_that_succeed),
		CASE(throttle_knows_a_network_for_one_account_only),
		CASE(throttle_counts_guesses_that_are_under_way),
		CASE(throttle_keeps_no_count_of_what_was_under_way),
		CASE(throttle_does_not_count_refused_guesses),
		CASE(throttle_leaves_the_unix_socket_alone),
		CASE(throttle_takes_new_limits),
		CASE(t14_throttle_keeps_what_is_fullest),
		cmocka_unit_test(stamps_forget_the_earliest),
	};

	return cmocka_run_group_tests_name("throttle", tests, NULL, NULL);
}
