/* SPDX-License-Identifier: MIT */
/* test_router.c - where each type of stanza goes, and what a client may do before its login and
 * after its end. */
#include "support/test.h"

#include "core/hook.h"
#include "core/router.h"
#include "support/auth.h"
#include "support/fiber.h"
#include "support/people.h"

#include <parley/module.h>
#include <stdio.h>
#include <string.h>

#define PASSWORD "\"password\":\"correct horse battery\""

static struct {
	char shows[256]; /* presences in order */
	char status[64];
	unsigned bound, resumed;
	bool asked_missed;
	struct parley_event slow;
} seen;

static enum parley_verdict
on_presence(void *self, const struct parley_presence *p)
{
	if (strcmp(p->show, "busy") == 0)
		parley_await_event(&seen.slow, -1);
	strcat(seen.shows, p->show);
	snprintf(seen.status, sizeof seen.status, "%s", p->status != NULL ? p->status : "-");
	return PARLEY_PASS;
}

static enum parley_verdict
on_bound(void *self, parley_session_id s, const struct parley_json *frame, bool resumed)
{
	seen.bound++;
	seen.resumed += resumed;
	test_yield(); /* the frame lives as long as the chain */
	seen.asked_missed = parley_json_bool(parley_json_get(frame, "missed"), false);
	return PARLEY_PASS;
}

static const struct parley_hook hooks[] = {
	{ .name = "presence", .presence = on_presence },
	{ .name = "session-bound", .session = on_bound },
	{ 0 },
};
static const struct owner owner = { .module = "test" };

static int
up(void **state)
{
	memset(&seen, 0, sizeof seen);
	people_up(state);
	for (const struct parley_hook *h = hooks; h->name != NULL; h++)
		assert_int_equal(hook_add(h, &owner, NULL), 0);
	return 0;
}

static void
assert_has(const char *frame, const char *part)
{
	if (strstr(frame, part) == NULL)
		fail_msg("%s has not %s", frame, part);
}

static void
receive_and_settle(conn_id conn, const char *frame)
{
	core_receive(conn, frame);
	core_settle();
}

/* ---- before the login --------------------------------------------------------------------- */

static void
t26_guests_may_ask_and_log_in_and_nothing_else(void **state)
{
	static const char *const frames[] = {
		"{\"type\":\"message\",\"id\":\"q\",\"to\":\"bob@localhost\",\"text\":\"hi\"}",
		"{\"type\":\"presence\",\"show\":\"away\"}",
		"{\"type\":\"ack\",\"count\":1}",
		"{\"type\":\"close\"}",
	};
	conn_id guest = core_connect(false), control = core_connect(true);

	for (size_t i = 0; i < sizeof frames / sizeof frames[0]; i++) {
		receive_and_settle(guest, frames[i]);
		assert_int_equal(core_sent(guest), i + 1);
		assert_has(core_last(guest), "\"code\":\"not-authorized\"");
		receive_and_settle(control, frames[i]);
		assert_has(core_last(control), "\"code\":\"not-authorized\"");
	}
	assert_has(core_frame(guest, 0), "\"id\":\"q\"");
	assert_false(core_is_closed(guest));
}

static void
a_login_is_told_who_it_is(void **state)
{
	conn_id conn = people_login_admin("alice", "phone");

	assert_has(core_last(conn), "{\"type\":\"ready\",\"address\":\"alice@localhost/phone\"");
	assert_has(core_last(conn), "\"admin\":true");
	assert_has(core_last(conn), "\"device\":\"phone\"");
	assert_has(core_last(conn), "\"token\":\"");
	assert_has(core_last(conn), "\"resumed\":false");
	assert_true(core_is_live(conn));
	assert_int_equal(seen.bound, 1);
	assert_false(seen.asked_missed);
	assert_int_equal(people_session("alice", "phone")->sent, 0); /* ready is not counted */
}

static void
a_second_login_on_a_connection_is_refused(void **state)
{
	conn_id conn = people_login("alice", "phone"), control = core_connect(true);

	receive_and_settle(
	    conn, "{\"type\":\"auth\",\"mechanism\":\"PLAIN\",\"user\":\"alice\"," PASSWORD "}");
	assert_has(core_last(conn), "\"code\":\"conflict\"");
	assert_non_null(people_session("alice", "phone"));
	receive_and_settle(
	    control, "{\"type\":\"auth\",\"mechanism\":\"PLAIN\",\"user\":\"alice\"," PASSWORD "}");
	assert_has(core_last(control), "\"code\":\"not-allowed\"");
}

static void
steps_of_a_login_that_overtake_each_other_are_refused(void **state)
{
	conn_id conn;

	auth_account("alice", "correct horse battery");
	conn = core_connect(false);
	core_receive(
	    conn, "{\"type\":\"auth\",\"mechanism\":\"PLAIN\",\"user\":\"alice\"," PASSWORD "}");
	core_receive(
	    conn, "{\"type\":\"auth\",\"mechanism\":\"PLAIN\",\"user\":\"alice\"," PASSWORD "}");
	core_receive(conn, "{\"type\":\"response\",\"data\":\"AAAA\"}");
	core_settle();

	assert_int_equal(core_sent(conn), 3);
	assert_has(core_frame(conn, 0), "\"code\":\"conflict\"");
	assert_has(core_frame(conn, 1), "\"code\":\"conflict\"");
	assert_has(core_frame(conn, 2), "\"type\":\"ready\"");
	assert_int_equal(session_stats().sessions, 1);
}

static void
a_response_that_nobody_asked_for_is_refused(void **state)
{
	conn_id conn = core_connect(false);

	receive_and_settle(conn, "{\"type\":\"response\",\"data\":\"AAAA\"}");
	assert_has(core_last(conn), "\"type\":\"error\"");
	assert_false(core_is_closed(conn));
}

static void
three_failed_logins_end_the_connection(void **state)
{
	conn_id conn = core_connect(false);

	auth_account("alice", "correct horse battery");
	for (int i = 0; i < 3; i++) {
		assert_false(core_is_closed(conn));
		receive_and_settle(conn, "{\"type\":\"auth\",\"mechanism\":\"PLAIN\","
					 "\"user\":\"alice\",\"password\":\"wrong\"}");
		assert_has(core_last(conn), "\"code\":\"not-authorized\"");
	}
	assert_true(core_is_closed(conn));
	assert_has(core_last(conn), "\"fatal\":true");
	receive_and_settle(conn, /* what was on its way already */
	    "{\"type\":\"auth\",\"mechanism\":\"PLAIN\",\"user\":\"alice\"," PASSWORD "}");
	assert_int_equal(session_stats().sessions, 0);
	assert_int_equal(seen.bound, 0);
}

static void
who_has_gone_before_the_login_is_done_gets_no_session(void **state)
{
	conn_id conn = core_connect(false);

	auth_account("alice", "correct horse battery");
	core_receive(
	    conn, "{\"type\":\"auth\",\"mechanism\":\"PLAIN\",\"user\":\"alice\"," PASSWORD "}");
	core_lose(conn);
	core_settle();

	assert_int_equal(session_stats().sessions, 0);
	assert_int_equal(router_stats().streams, 0);
	assert_int_equal(seen.bound, 0);
}

static void
t07_a_client_that_leaves_in_the_middle_of_scram_leaves_nothing(void **state)
{
	conn_id conn = core_connect(false);

	auth_account("alice", "correct horse battery");
	receive_and_settle(conn, /* n,,n=alice,r=abcdefghijklmnop */
	    "{\"type\":\"auth\",\"mechanism\":\"SCRAM-SCRYPT-SHA-256\","
	    "\"data\":\"biwsbj1hbGljZSxyPWFiY2RlZmdoaWprbG1ub3A=\"}");
	assert_has(core_last(conn), "{\"type\":\"challenge\",\"data\":\"");
	core_lose(conn);
	core_settle();
	assert_int_equal(router_stats().streams, 0);
}

/* ---- after it ----------------------------------------------------------------------------- */

static void
presences_of_a_session_keep_their_order(void **state)
{
	conn_id conn = people_login("alice", "phone");

	core_receive(conn, "{\"type\":\"presence\",\"show\":\"busy\",\"status\":\"in a call\"}");
	core_receive(conn, "{\"type\":\"presence\",\"show\":\"away\"}");
	test_yield();
	assert_string_equal(seen.shows, "");
	parley_event_set(&seen.slow, 0);
	core_settle();

	assert_string_equal(seen.shows, "busyaway");
	assert_string_equal(seen.status, "-");
}

static void
a_presence_that_comes_after_the_end_is_not_told(void **state)
{
	conn_id conn = people_login("alice", "phone");

	core_receive(conn, "{\"type\":\"presence\",\"show\":\"busy\"}");
	core_receive(conn, "{\"type\":\"presence\",\"show\":\"away\"}");
	test_yield();
	session_end(people_session("alice", "phone"), NULL);
	parley_event_set(&seen.slow, 0);
	core_settle();

	assert_string_equal(seen.shows, "busy");
}

static void
what_comes_before_a_close_is_done_and_what_comes_behind_is_not(void **state)
{
	conn_id conn = people_login("alice", "phone");

	core_receive(conn, "{\"type\":\"presence\",\"show\":\"busy\"}");
	core_receive(conn, "{\"type\":\"close\"}");
	core_receive(conn, "{\"type\":\"presence\",\"show\":\"away\"}");
	core_lose(conn);
	test_yield();
	assert_non_null(people_session("alice", "phone"));
	parley_event_set(&seen.slow, 0);
	core_settle();

	assert_string_equal(seen.shows, "busy");
	assert_null(people_session("alice", "phone"));
}

static void
a_wrong_frame_is_answered_and_a_worse_one_ends_the_stream(void **state)
{
	const struct parley_error err = {
		.code = PARLEY_BAD_REQUEST, .where = "/text", .text = "is required"
	};
	conn_id conn = people_login("alice", "phone");

	core_receive_refused(conn, &err, false);
	assert_has(core_last(conn), "\"code\":\"bad-request\"");
	assert_false(core_is_closed(conn));
	assert_int_equal(people_session("alice", "phone")->sent, 1);
	core_receive_refused(conn, &err, true);
	assert_has(core_last(conn), "\"fatal\":true");
	assert_true(core_is_closed(conn));
	core_lose(conn);
	assert_non_null(people_session("alice", "phone")); /* it may come back */
}

static void
counts_are_taken_and_too_high_ones_end_the_stream(void **state)
{
	conn_id conn = people_login("alice", "phone");
	const struct parley_session *s = people_session("alice", "phone");

	core_receive(conn, "{\"type\":\"request\",\"id\":\"1\",\"method\":\"no.such\"}");
	receive_and_settle(conn, "{\"type\":\"request\",\"id\":\"2\",\"method\":\"no.such\"}");
	core_receive(conn, "{\"type\":\"ack\",\"count\":1}");
	assert_int_equal(s->acked, 1);
	assert_int_equal(core_sent(conn), PEOPLE_LOGIN_FRAMES + 2);    /* it is not answered */
	core_receive(conn, "{\"type\":\"ack\",\"count\":4294967297}"); /* 2^32 + 1 */

	assert_has(core_last(conn), "\"where\":\"/count\"");
	assert_has(core_last(conn), "\"fatal\":true");
	assert_true(core_is_closed(conn));
	assert_int_equal(s->acked, 1);
}

static void
a_client_that_says_close_cannot_resume(void **state)
{
	conn_id conn = people_login("alice", "phone");

	receive_and_settle(conn, "{\"type\":\"close\"}");
	assert_true(core_is_closed(conn));
	assert_null(people_session("alice", "phone"));
	assert_int_equal(core_sent(conn), PEOPLE_LOGIN_FRAMES);
}

static void
a_lost_client_resumes_where_it_was(void **state)
{
	conn_id before = people_login("alice", "phone"), after = core_connect(false);
	parley_session_id id = people_session("alice", "phone")->id;
	char frame[512];

	core_receive(before, "{\"type\":\"request\",\"id\":\"1\",\"method\":\"no.such\"}");
	receive_and_settle(before, "{\"type\":\"request\",\"id\":\"2\",\"method\":\"no.such\"}");
	core_lose(before);
	snprintf(frame, sizeof frame,
	    "{\"type\":\"auth\",\"mechanism\":\"TOKEN\",\"user\":\"alice\",\"token\":\"%s\","
	    "\"device\":{\"id\":\"phone\"},\"missed\":true,"
	    "\"resume\":{\"id\":\"",
	    people_ready(before, "token"));
	snprintf(frame + strlen(frame), sizeof frame - strlen(frame), "%s\",\"count\":1}}",
	    people_ready(before, "resume"));
	receive_and_settle(after, frame);

	assert_has(core_frame(after, 0), "\"resumed\":true");
	assert_has(core_frame(after, 1), "\"id\":\"2\"");
	assert_int_equal(core_sent(after), 2);
	assert_int_equal(people_session("alice", "phone")->id, id);
	assert_int_equal(seen.resumed, 1);
	assert_true(seen.asked_missed);
}

/* All devices of an account together; what else it sends is not touched. */
static void
who_sends_too_often_is_told_to_wait(void **state)
{
	static const char presence[] = "{\"type\":\"presence\",\"show\":\"away\"}";
	static const char message[] =
	    "{\"type\":\"message\",\"id\":\"m\",\"to\":\"x\",\"text\":\"y\"}";
	const struct router_rates rates = { 2, 60, 3 }, none = { 1, 0, 0 };
	conn_id phone = people_login("alice", "phone"), laptop = people_login("alice", "laptop");
	conn_id bob = people_login("bob", "phone");

	router_set_rates(&rates);
	for (int i = 0; i < 2; i++) {
		receive_and_settle(phone, message);
		assert_has(core_last(phone), "\"id\":\"m\",\"code\":\"bad-request\"");
	}
	receive_and_settle(laptop, message);
	assert_has(core_last(laptop), "\"id\":\"m\",\"code\":\"limit\"");
	assert_has(core_last(laptop), "\"retry_after\":1");
	receive_and_settle(bob, message);
	assert_has(core_last(bob), "\"code\":\"bad-request\"");

	for (int i = 0; i < 5; i++)
		receive_and_settle(phone, presence);
	assert_string_equal(seen.shows, "awayawayaway");
	assert_has(core_last(phone), "{\"type\":\"error\",\"code\":\"limit\"");
	assert_has(core_last(phone), "\"retry_after\":20");
	auth_advance(20000);
	receive_and_settle(phone, presence);
	assert_string_equal(seen.shows, "awayawayawayaway");

	router_set_rates(&none);
	for (int i = 0; i < 9; i++)
		receive_and_settle(phone, presence);
	assert_int_equal(strlen(seen.shows), 13 * strlen("away"));
}

static void
a_node_that_goes_down_is_busy(void **state)
{
	conn_id conn = people_login("alice", "phone");

	router_quiesce();
	core_receive(conn, "{\"type\":\"request\",\"id\":\"1\",\"method\":\"no.such\"}");
	assert_has(core_last(conn), "\"code\":\"busy\"");
	assert_has(core_last(conn), "\"retry_after\":5");
	core_receive(
	    conn, "{\"type\":\"message\",\"id\":\"2\",\"to\":\"bob@localhost\",\"text\":\"hi\"}");
	assert_has(core_last(conn), "\"id\":\"2\",\"code\":\"busy\"");
}

/* No fiber begins that the stop would not wait for. */
static void
nor_does_it_end_logins_over_http(void **state)
{
	conn_id browser = core_connect(false);

	assert_int_equal(core_ask(browser, "DELETE", "/session"), 0);
	core_settle();
	router_quiesce();
	assert_int_equal(core_ask(browser, "DELETE", "/session"), 503);
	assert_int_equal(core_ask(browser, "GET", "/metrics"), 503);
}

static int
tests(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, up, people_down)
	const struct CMUnitTest all[] = {
		TEST(t26_guests_may_ask_and_log_in_and_nothing_else),
		TEST(a_login_is_told_who_it_is),
		TEST(a_second_login_on_a_connection_is_refused),
		TEST(steps_of_a_login_that_overtake_each_other_are_refused),
		TEST(a_response_that_nobody_asked_for_is_refused),
		TEST(three_failed_logins_end_the_connection),
		TEST(who_has_gone_before_the_login_is_done_gets_no_session),
		TEST(t07_a_client_that_leaves_in_the_middle_of_scram_leaves_nothing),
		TEST(presences_of_a_session_keep_their_order),
		TEST(a_presence_that_comes_after_the_end_is_not_told),
		TEST(what_comes_before_a_close_is_done_and_what_comes_behind_is_not),
		TEST(a_wrong_frame_is_answered_and_a_worse_one_ends_the_stream),
		TEST(counts_are_taken_and_too_high_ones_end_the_stream),
		TEST(a_client_that_says_close_cannot_resume),
		TEST(a_lost_client_resumes_where_it_was),
		TEST(who_sends_too_often_is_told_to_wait),
		TEST(a_node_that_goes_down_is_busy),
		TEST(nor_does_it_end_logins_over_http),
	};

	return cmocka_run_group_tests_name("router", all, NULL, NULL);
}

int
main(void)
{
	auth_clocks();
	return test_on_fiber(tests);
}
