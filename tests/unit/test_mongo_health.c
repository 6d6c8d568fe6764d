/* SPDX-License-Identifier: MIT */
/* test_mongo_health.c - the breaker opens when a deployment does not answer, nobody waits for it
 * then who need not, and it closes when the deployment is back. */
#include "support/test.h"

#include "base/clock.h"
#include "base/log.h"
#include "modules/store_mongo/mongo.h"

#include <parley/await.h>
#include <parley/log.h>
#include <pthread.h>
#include <string.h>

static const bson_error_t no_answer = { .domain = MONGOC_ERROR_STREAM, .message = "timeout" };
static const bson_error_t no_primary = { .domain = MONGOC_ERROR_SERVER, .code = 10107 };
static const bson_error_t vague = { .domain = MONGOC_ERROR_SERVER, .code = 1 };
static const bson_error_t slow = { .domain = MONGOC_ERROR_SERVER, .code = 50 };
static const bson_error_t refused = { .domain = MONGOC_ERROR_SERVER, .code = 13 };
static const bson_error_t duplicate = { .domain = MONGOC_ERROR_SERVER, .code = 11000 };

static _Atomic int64_t clock_ms, clock_step; /* each look moves it on by a step */

static int64_t
read_clock(void)
{
	return atomic_fetch_add(&clock_ms, atomic_load(&clock_step));
}

static int
setup(void **state)
{
	struct mg_breaker *b = calloc(1, sizeof *b);

	atomic_store(&clock_ms, 1000000);
	atomic_store(&clock_step, 0);
	clock_replace(NULL, read_clock);
	mg_breaker_init(b);
	*state = b;
	return 0;
}

static int
teardown(void **state)
{
	mg_breaker_fini(*state);
	free(*state);
	clock_replace(NULL, NULL);
	return 0;
}

static void
expect_refused(struct mg_breaker *b, enum parley_code code)
{
	struct parley_error err = { 0 };

	assert_false(mg_may_ask(b, &err));
	assert_int_equal(err.code, code);
	if (code == PARLEY_BUSY)
		assert_true(err.retry_after > 0);
}

static void
it_opens_when_there_is_no_answer_and_closes_with_the_next(void **state)
{
	struct mg_breaker *b = *state;
	struct parley_error err = { 0 };

	assert_true(mg_may_ask(b, &err));
	assert_int_equal(mg_fail(b, &no_answer, "write", &err), -1);
	assert_int_equal(err.code, PARLEY_BUSY);
	expect_refused(b, PARLEY_BUSY);
	assert_int_equal(mg_health(b, NULL), -1);
	mg_answered(b, 0);
	assert_true(mg_may_ask(b, &err));
	assert_int_equal(mg_health(b, NULL), 0);
}

static void
it_opens_when_there_is_no_primary(void **state)
{
	struct parley_error err = { 0 };

	assert_int_equal(mg_fail(*state, &no_primary, "write", &err), -1);
	expect_refused(*state, PARLEY_BUSY);
}

static void
an_answer_that_says_no_does_not_open_it(void **state)
{
	struct parley_error err = { 0 };

	mg_fail(*state, &refused, "write", &err);
	assert_int_equal(err.code, PARLEY_INTERNAL);
	mg_fail(*state, &vague, "write", &err);
	assert_int_equal(err.code, PARLEY_BUSY);
	assert_true(mg_may_ask(*state, &err));
}

static void
a_reading_that_took_too_long_is_refused_alone(void **state)
{
	struct parley_error err = { 0 };

	assert_true(mg_is_passing(&slow) && !mg_is_vague(&slow));
	assert_int_equal(mg_fail(*state, &slow, "find documents", &err), -1);
	assert_int_equal(err.code, PARLEY_BUSY);
	assert_true(mg_may_ask(*state, &err));
}

static void
errors_are_told_apart(void **state)
{
	assert_true(mg_is_passing(&no_answer) && mg_is_passing(&no_primary));
	assert_true(mg_is_passing(&vague) && mg_is_vague(&vague) && !mg_is_vague(&no_primary));
	assert_false(mg_is_passing(&refused) || mg_is_passing(&duplicate));
	assert_true(mg_is_duplicate(&duplicate) && !mg_is_duplicate(&refused));
}

static void
it_opens_when_the_hold_was_not_renewed(void **state)
{
	struct mg_breaker *b = *state;

	mg_answered(b, read_clock() + 10);
	assert_true(mg_may_ask(b, NULL));
	atomic_fetch_add(&clock_ms, 10);
	expect_refused(b, PARLEY_BUSY);
	mg_answered(b, read_clock() + 10);
	assert_true(mg_may_ask(b, NULL));
}

static void
what_another_node_has_is_never_asked_again(void **state)
{
	struct mg_breaker *b = *state;

	mg_lose(b);
	expect_refused(b, PARLEY_INTERNAL);
	assert_false(mg_await_closed(b, 0));
}

/* ---- waiting ------------------------------------------------------------------------------ */

static void *
wait_for_it(void *arg)
{
	return mg_await_closed(arg, 0) ? arg : NULL;
}

static void
who_must_wait_goes_on_when_it_closes(void **state)
{
	struct mg_breaker *b = *state;
	pthread_t waiter;
	void *closed;

	mg_did_not_answer(b, &no_answer, "write");
	assert_int_equal(pthread_create(&waiter, NULL, wait_for_it, b), 0);
	mg_answered(b, 0);
	pthread_join(waiter, &closed);
	assert_ptr_equal(closed, b);
}

static void
nobody_waits_for_it_when_the_node_stops(void **state)
{
	struct mg_breaker *b = *state;
	pthread_t waiter;
	void *closed = b;

	mg_did_not_answer(b, &no_answer, "write");
	assert_int_equal(pthread_create(&waiter, NULL, wait_for_it, b), 0);
	mg_hurry(b);
	atomic_fetch_add(&clock_ms, 60000);
	mg_hurry(b); /* another time changes nothing but wakes it */
	pthread_join(waiter, &closed);
	assert_null(closed);
}

static void *
rest(void *arg)
{
	return mg_keeper_rest(arg, INT32_MAX) ? arg : NULL;
}

static void
the_keeper_asks_soon_when_it_opens_and_ends_when_told(void **state)
{
	struct mg_breaker *b = *state;
	pthread_t keeper;
	void *on;

	atomic_store(&clock_step, MG_PROBE_MS);
	assert_int_equal(pthread_create(&keeper, NULL, rest, b), 0);
	mg_did_not_answer(b, &no_answer, "write");
	pthread_join(keeper, &on);
	assert_ptr_equal(on, b);

	mg_answered(b, 0);
	assert_int_equal(pthread_create(&keeper, NULL, rest, b), 0);
	mg_keeper_end(b);
	pthread_join(keeper, &on);
	assert_null(on);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    it_opens_when_there_is_no_answer_and_closes_with_the_next, setup, teardown),
		cmocka_unit_test_setup_teardown(it_opens_when_there_is_no_primary, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    an_answer_that_says_no_does_not_open_it, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_reading_that_took_too_long_is_refused_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(errors_are_told_apart, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    it_opens_when_the_hold_was_not_renewed, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    what_another_node_has_is_never_asked_again, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    who_must_wait_goes_on_when_it_closes, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    nobody_waits_for_it_when_the_node_stops, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    the_keeper_asks_soon_when_it_opens_and_ends_when_told, setup, teardown),
	};

	log_set_level(PARLEY_LOG_ERROR);
	return cmocka_run_group_tests_name("mongo_health", tests, NULL, NULL);
}
