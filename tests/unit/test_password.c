/* SPDX-License-Identifier: MIT */
/* test_password.c - the pool that runs scrypt: right answers, bounds, fairness, cancellation. */
#include "support/test.h"

#include "auth/password.h"
#include "auth/peer.h"
#include "runtime/task.h"
#include "support/fiber.h"

#include <parley/await.h>
#include <stdio.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define CHEAP    4
#define SLOW     14 /* some 50 ms: what is started at once is under way at once */

/* A try on a fiber of its own. */
struct attempt {
	const char *peer;
	const struct scram_keys *keys;
	struct scram_keys made;
	int rc;
	struct parley_error err;
	struct parley_event done;
};

static void
attempt(void *arg)
{
	struct attempt *a = arg;

	if (a->keys != NULL)
		a->rc = password_check("secret", a->peer, a->keys, &a->err);
	else
		a->rc = password_make("secret", a->peer, &a->made, &a->err);
	parley_event_set(&a->done, 0);
}

static int
stop(void **state)
{
	password_stop();
	return 0;
}

static void
start(unsigned threads, unsigned queue, unsigned log_n)
{
	assert_int_equal(password_start(threads, queue, log_n), 0);
}

static void
password_fits_what_was_made_of_it(void **state)
{
	struct parley_error err = { 0 };
	struct scram_keys keys, again;

	start(2, 8, CHEAP);
	assert_int_equal(password_make("correct horse", "192.0.2.1", &keys, NULL), 0);
	assert_int_equal(keys.log_n, CHEAP);
	assert_int_equal(password_check("correct horse", "192.0.2.1", &keys, NULL), 0);
	assert_int_equal(password_check("correct Horse", "192.0.2.1", &keys, &err), -1);
	assert_int_equal(err.code, PARLEY_NOT_AUTHORIZED);
	assert_int_equal(password_check("", "192.0.2.1", &keys, NULL), -1);
	assert_int_equal(password_make("correct horse", "192.0.2.1", &again, NULL), 0);
	assert_memory_not_equal(keys.salt, again.salt, sizeof keys.salt);
	assert_memory_not_equal(keys.stored_key, again.stored_key, sizeof keys.stored_key);
}

/* The stored key was computed with Python's hashlib.scrypt and hmac. */
static void
password_agrees_with_an_independent_scrypt(void **state)
{
	static const char hex[] =
	    "2cf32f40a977b56ed37985d0a5258aaf05a96270509a7d90c3311fa15ff76a0c";
	struct scram_keys keys = { .log_n = 15, .r = 8, .p = 1 };

	for (uint8_t i = 0; i < 16; i++)
		keys.salt[i] = i;
	for (int i = 0; i < 32; i++)
		assert_int_equal(sscanf(hex + 2 * i, "%2hhx", &keys.stored_key[i]), 1);
	start(1, 8, CHEAP);
	assert_int_equal(password_check("correct horse battery", "", &keys, NULL), 0);
	assert_int_equal(password_check("correct horse batterz", "", &keys, NULL), -1);
}

/* Starts n tries from peers (one, or each its own when peer is NULL) and waits for all. */
static unsigned
refused(struct attempt *a, unsigned n, const char *peer)
{
	static char peers[64][24];
	unsigned count = 0;

	for (unsigned i = 0; i < n; i++) {
		snprintf(peers[i], sizeof peers[i], "192.0.2.%u", i);
		a[i] = (struct attempt){ .peer = peer != NULL ? peer : peers[i] };
		test_spawn(attempt, &a[i]);
	}
	for (unsigned i = 0; i < n; i++) {
		parley_await_event(&a[i].done, -1);
		if (a[i].rc == 0)
			continue;
		count++;
		assert_int_equal(a[i].err.code, PARLEY_BUSY);
		assert_true(a[i].err.retry_after > 0);
	}
	return count;
}

static void
t12_password_refuses_what_does_not_fit_the_queue(void **state)
{
	struct attempt a[14];

	start(2, 8, SLOW);
	assert_int_equal(refused(a, COUNT(a), NULL), 4);
	assert_int_equal(a[9].rc, 0);
	assert_int_equal(a[10].rc, -1);
	assert_int_equal(password_stats().waiting, 0);
	assert_int_equal(refused(a, 10, NULL), 0);
}

/* T12: who sends 500 logins at once finds his share used up, and nobody else does. */
static void
t12_password_gives_a_network_only_its_share(void **state)
{
	struct attempt a[20], other = { .peer = "2001:db8:0:2::1" };

	start(1, 16, SLOW);
	for (unsigned i = 0; i < COUNT(a); i++) {
		a[i] = (struct attempt){ .peer = i % 2 ? "2001:db8:0:1::1" : "2001:db8:0:1::2" };
		test_spawn(attempt, &a[i]);
	}
	test_spawn(attempt, &other);
	parley_await_event(&other.done, -1);
	assert_int_equal(other.rc, 0);
	for (unsigned i = 0; i < COUNT(a); i++) {
		parley_await_event(&a[i].done, -1);
		assert_int_equal(a[i].rc, i < 3 ? 0 : -1);
	}
}

static void
password_gives_the_node_itself_the_whole_queue(void **state)
{
	struct attempt a[17];

	start(1, 16, SLOW);
	assert_int_equal(refused(a, COUNT(a), ""), 0);
}

static void
password_tries_end_with_their_fiber(void **state)
{
	struct scope scope = { 0 };
	struct attempt running = { .peer = "192.0.2.1" }, waiting = { .peer = "192.0.2.2" };

	start(1, 8, SLOW);
	scope_open(&scope, scope_current());
	assert_int_equal(task_spawn(&scope, "running", attempt, &running), 0);
	assert_int_equal(task_spawn(&scope, "waiting", attempt, &waiting), 0);
	while (password_stats().running == 0)
		test_yield();
	scope_cancel(&scope);
	assert_int_equal(await_scope_idle(&scope, -1), 0);
	scope_close(&scope);
	assert_int_equal(running.rc, -1);
	assert_int_equal(waiting.rc, -1);
	assert_int_equal(password_stats().waiting, 0);
	assert_int_equal(password_stats().running, 0);
}

static void
password_tries_that_wait_end_at_once_when_the_node_stops(void **state)
{
	struct attempt a[6];
	struct parley_error err = { 0 };
	unsigned done = 0;

	start(1, 20, SLOW);
	for (unsigned i = 0; i < COUNT(a); i++) {
		a[i] = (struct attempt){ .peer = "" };
		test_spawn(attempt, &a[i]);
	}
	while (password_stats().running == 0)
		parley_await_sleep(1);
	password_quiesce();
	assert_int_equal(password_stats().waiting, 0);
	for (unsigned i = 0; i < COUNT(a); i++) {
		parley_await_event(&a[i].done, -1);
		done += a[i].rc == 0;
		if (a[i].rc != 0)
			assert_int_equal(a[i].err.code, PARLEY_BUSY);
	}
	assert_true(done <= 2);
	assert_int_equal(password_make("secret", "", &a[0].made, &err), -1);
	assert_int_equal(err.code, PARLEY_BUSY);
	assert_int_equal(err.retry_after, 5);
}

static void
peer_networks_are_what_one_customer_has(void **state)
{
	static const struct {
		const char *peer, *network;
	} rows[] = {
		{ "192.0.2.1", "192.0.2.1" },
		{ "::ffff:192.0.2.1", "192.0.2.1" },
		{ "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::" },
		{ "2001:DB8:1:2::9", "2001:db8:1:2::" },
		{ "2001:db8:1:3::9", "2001:db8:1:3::" },
		{ "::1", "::" },
		{ "unix", "unix" },
		{ "", "" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		char network[PEER_NETWORK_SIZE];

		peer_network(rows[i].peer, network);
		assert_string_equal(network, rows[i].network);
	}
}

static int
tests(void)
{
	const struct CMUnitTest all[] = {
		cmocka_unit_test_teardown(password_fits_what_was_made_of_it, stop),
		cmocka_unit_test_teardown(password_agrees_with_an_independent_scrypt, stop),
		cmocka_unit_test_teardown(t12_password_refuses_what_does_not_fit_the_queue, stop),
		cmocka_unit_test_teardown(t12_password_gives_a_network_only_its_share, stop),
		cmocka_unit_test_teardown(password_gives_the_node_itself_the_whole_queue, stop),
		cmocka_unit_test_teardown(password_tries_end_with_their_fiber, stop),
		cmocka_unit_test_teardown(
		    password_tries_that_wait_end_at_once_when_the_node_stops, stop),
		cmocka_unit_test(peer_networks_are_what_one_customer_has),
	};

	return cmocka_run_group_tests_name("password", all, NULL, NULL);
}

int
main(void)
{
	return test_on_fiber(tests);
}
