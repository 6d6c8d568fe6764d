/* SPDX-License-Identifier: MIT */
/* test_session.c - sessions by name and by account, and how they end. */
#include "support/test.h"

#include "support/fiber.h"
#include "support/sessions.h"

#include <parley/module.h>
#include <stdio.h>
#include <string.h>

/* ---- names -------------------------------------------------------------------------------- */

static void
an_id_is_never_found_again_though_its_slot_is_used_again(void **state)
{
	struct stream *one = sessions_stream(), *two = sessions_stream();
	parley_session_id first = sessions_bind(one, "alice", "phone")->id, second;

	session_end(parley_session_find(first), NULL);
	core_settle();
	assert_null(parley_session_find(first));
	second = sessions_bind(two, "alice", "phone")->id;

	assert_int_equal(first & 0xffffff, second & 0xffffff);
	assert_int_not_equal(first, second);
	assert_null(parley_session_find(first));
	assert_int_equal(parley_session_find(second)->id, second);
}

static void
ids_that_never_were_are_not_found(void **state)
{
	struct stream *stream = sessions_stream();
	parley_session_id id = sessions_bind(stream, "alice", "phone")->id;

	assert_null(parley_session_find(0));
	assert_null(parley_session_find(id + 1));
	assert_null(parley_session_find(id + (1 << 24)));
	assert_null(parley_session_find(1ull << 24)); /* a generation without a slot */
	assert_null(parley_session_find(UINT64_MAX));
}

static void
many_sessions_are_found_each_by_its_id(void **state)
{
	static parley_session_id ids[200];
	char name[16];

	for (unsigned i = 0; i < 200; i++) {
		snprintf(name, sizeof name, "user%u", i);
		ids[i] = sessions_bind(sessions_stream(), name, "phone")->id;
	}
	for (unsigned i = 0; i < 200; i++) {
		snprintf(name, sizeof name, "user%u", i);
		assert_string_equal(parley_session_account(parley_session_find(ids[i])), name);
		assert_int_equal(parley_account_session(name, 0), ids[i]);
	}
	assert_int_equal(session_stats().sessions, 200);
}

static void
a_session_tells_whose_it_is(void **state)
{
	struct stream *stream = sessions_stream();
	const struct parley_session *s =
	    session_bind(stream, "alice", "k3v9", PARLEY_ROLE_USER | PARLEY_ROLE_ADMIN);

	assert_string_equal(parley_session_account(s), "alice");
	assert_string_equal(parley_session_device(s), "k3v9");
	assert_string_equal(parley_session_address(s), "alice@localhost/k3v9");
	assert_string_equal(parley_session_peer(s), "192.0.2.1");
	assert_int_equal(parley_session_roles(s), PARLEY_ROLE_USER | PARLEY_ROLE_ADMIN);
	assert_int_equal(parley_session_get_id(s), s->id);
	assert_true(parley_session_connected(s));
	assert_false(parley_session_ended(s));
	assert_true(core_is_live(stream->conn));
	assert_int_equal(stream->session, s->id);
	assert_int_equal(stream->roles, s->roles);
}

/* ---- devices of an account ---------------------------------------------------------------- */

static void
the_same_device_takes_the_place_of_its_session(void **state)
{
	struct stream *before = sessions_stream(), *after = sessions_stream();
	parley_session_id old = sessions_bind(before, "alice", "phone")->id;
	parley_session_id new = sessions_bind(after, "alice", "phone")->id;

	assert_int_equal(parley_account_session("alice", 0), new);
	assert_int_equal(parley_account_session("alice", 1), 0);
	assert_true(parley_session_ended(parley_session_find(old)));
	assert_non_null(strstr(core_last(before->conn), "\"code\":\"conflict\""));
	assert_non_null(strstr(core_last(before->conn), "\"fatal\":true"));
	assert_true(core_is_closed(before->conn));
	assert_true(before->dismissed);
	assert_int_equal(before->session, 0);
	assert_int_equal(before->roles, PARLEY_ROLE_GUEST);
	core_settle();
	assert_null(parley_session_find(old));
	assert_int_equal(sessions_seen.count, 1);
	assert_string_equal(sessions_seen.hook[0], "ended");
	assert_int_equal(session_stats().sessions, 1);
	assert_int_equal(session_stats().detached, 0);
}

static void
one_device_too_many_ends_the_oldest_session(void **state)
{
	struct session_limits limits = sessions_limits(1000, 1 << 20, 3);
	struct stream *clients[4] = { sessions_stream(), sessions_stream(), sessions_stream(),
		sessions_stream() };
	static const char *const devices[] = { "a", "b", "c", "d" };
	parley_session_id ids[4];

	session_set_limits(&limits);
	for (int i = 0; i < 4; i++) {
		sessions_now += i == 1 ? -1000 : 10; /* the second one is the oldest */
		ids[i] = sessions_bind(clients[i], "alice", devices[i])->id;
	}
	core_settle();

	assert_non_null(parley_session_find(ids[0]));
	assert_null(parley_session_find(ids[1]));
	assert_non_null(parley_session_find(ids[2]));
	assert_non_null(parley_session_find(ids[3]));
	assert_non_null(strstr(core_last(clients[1]->conn), "\"code\":\"limit\""));
	assert_int_equal(session_stats().sessions, 3);
}

static void
a_lower_limit_is_kept_at_the_next_login(void **state)
{
	struct session_limits limits = sessions_limits(1000, 1 << 20, 1);
	struct stream *clients[4] = { sessions_stream(), sessions_stream(), sessions_stream(),
		sessions_stream() };
	static const char *const devices[] = { "a", "b", "c", "d" };

	for (int i = 0; i < 3; i++)
		sessions_bind(clients[i], "alice", devices[i]);
	session_set_limits(&limits);
	sessions_bind(clients[3], "alice", "d");

	assert_string_equal(
	    parley_session_device(parley_session_find(parley_account_session("alice", 0))), "d");
	assert_int_equal(parley_account_session("alice", 1), 0);
}

static void
any_session_of_an_account_may_end_first(void **state)
{
	static const char *const devices[] = { "a", "b", "c" };

	for (int gone = 0; gone < 3; gone++) {
		struct stream *clients[3] = { sessions_stream(), sessions_stream(),
			sessions_stream() };
		parley_session_id ids[3];
		unsigned left = 0;

		for (int i = 0; i < 3; i++)
			ids[i] = sessions_bind(clients[i], "alice", devices[i])->id;
		session_end(parley_session_find(ids[gone]), NULL);
		for (unsigned n = 0; parley_account_session("alice", n) != 0; n++) {
			assert_int_not_equal(parley_account_session("alice", n), ids[gone]);
			left++;
		}
		assert_int_equal(left, 2);
		for (int i = 0; i < 3; i++)
			session_end(parley_session_find(ids[i]), NULL);
		assert_int_equal(parley_account_session("alice", 0), 0);
		core_settle();
	}
}

static void
what_is_sent_to_an_account_reaches_all_sessions_but_one(void **state)
{
	struct stream *a = sessions_stream(), *b = sessions_stream(), *c = sessions_stream();
	struct parley_payload *p = sessions_payload("hi", NULL);
	parley_session_id but;

	sessions_bind(a, "alice", "a");
	but = sessions_bind(b, "alice", "b")->id;
	sessions_bind(c, "alice", "c");

	assert_int_equal(parley_send_account("alice", p, but), 2);
	assert_int_equal(parley_send_account("nobody", p, 0), 0);
	parley_payload_unref(&p);
	assert_int_equal(core_sent(a->conn), 1);
	assert_int_equal(core_sent(b->conn), 0);
	assert_int_equal(core_sent(c->conn), 1);
}

static void
a_session_that_ends_while_its_account_is_sent_to_holds_up_nobody(void **state)
{
	struct session_limits limits = sessions_limits(1, 1 << 20, 8);
	struct stream *a = sessions_stream(), *b = sessions_stream(), *c = sessions_stream();
	struct parley_session *lost;
	struct parley_payload *p = sessions_payload("hi", NULL);

	sessions_bind(a, "alice", "a");
	lost = sessions_bind(b, "alice", "b");
	sessions_bind(c, "alice", "c");
	session_set_limits(&limits);
	session_detach(lost);
	parley_send_account("alice", p, 0); /* the one frame that is kept */
	assert_int_equal(parley_send_account("alice", p, 0), 3);
	parley_payload_unref(&p);

	assert_true(parley_session_ended(lost));
	assert_int_equal(core_sent(a->conn), 2);
	assert_int_equal(core_sent(c->conn), 2);
}

/* ---- the end ------------------------------------------------------------------------------ */

static void
hooks_see_a_session_go_in_order_and_can_look_it_up(void **state)
{
	struct stream *stream = sessions_stream();
	struct parley_session *s = sessions_bind(stream, "alice", "phone");
	parley_session_id id = s->id;

	session_detach(s);
	session_end(s, NULL);
	session_end(s, NULL);
	core_settle();

	assert_int_equal(sessions_seen.count, 2);
	assert_string_equal(sessions_seen.hook[0], "detached");
	assert_string_equal(sessions_seen.hook[1], "ended");
	for (int i = 0; i < 2; i++) {
		assert_int_equal(sessions_seen.id[i], id);
		assert_true(sessions_seen.found[i]);
		assert_true(sessions_seen.ended[i]);
	}
	assert_null(parley_session_find(id));
}

static void
nothing_is_sent_to_a_session_that_has_ended(void **state)
{
	struct stream *stream = sessions_stream();
	struct parley_session *s = sessions_bind(stream, "alice", "phone");
	struct parley_payload *p = sessions_payload("late", NULL);

	parley_session_end(s->id, PARLEY_GONE, "enough");
	assert_false(parley_send(s->id, p));
	assert_int_equal(parley_send_account("alice", p, 0), 0);
	assert_false(parley_send(0, p));
	parley_payload_unref(&p);

	assert_int_equal(core_sent(stream->conn), 1);
	assert_non_null(strstr(core_last(stream->conn), "\"code\":\"gone\",\"text\":\"enough\""));
	assert_true(core_is_closed(stream->conn));
}

static void
a_session_in_use_stays_until_it_is_let_go(void **state)
{
	struct stream *stream = sessions_stream();
	struct parley_session *s = sessions_bind(stream, "alice", "phone");
	parley_session_id id = s->id;

	session_use(s);
	session_end(s, NULL);
	core_settle();
	assert_ptr_equal(parley_session_find(id), s);
	session_unuse(s);
	assert_null(parley_session_find(id));
}

static void
so_many_sessions_may_wait_for_their_connection(void **state)
{
	struct session_limits limits = sessions_limits(1000, 1 << 20, 5);
	static const char *const devices[] = { "a", "b", "c", "d" };
	parley_session_id ids[4];

	limits.detached = 2;
	session_set_limits(&limits);
	for (int i = 0; i < 4; i++)
		ids[i] = sessions_bind(sessions_stream(), "alice", devices[i])->id;
	for (int i = 0; i < 3; i++)
		session_detach(parley_session_find(ids[i]));
	core_settle();

	assert_non_null(parley_session_find(ids[0]));
	assert_non_null(parley_session_find(ids[1]));
	assert_null(parley_session_find(ids[2])); /* there was no room for a third */
	assert_non_null(parley_session_find(ids[3]));
	assert_int_equal(session_stats().detached, 2);
	assert_int_equal(session_stats().crowded, 1);
}

static void
without_a_resume_window_a_lost_connection_is_the_end(void **state)
{
	struct session_limits limits = sessions_limits(1000, 1 << 20, 8);
	struct stream *stream = sessions_stream();
	struct parley_session *s = sessions_bind(stream, "alice", "phone");

	limits.resume_seconds = 0;
	session_set_limits(&limits);
	session_detach(s);
	core_settle();

	assert_int_equal(sessions_seen.count, 1);
	assert_string_equal(sessions_seen.hook[0], "ended");
	assert_int_equal(session_stats().sessions, 0);
	assert_int_equal(session_stats().detached, 0);
}

static void
a_session_ends_when_nobody_resumes_it_in_time(void **state)
{
	struct session_limits limits = sessions_limits(1000, 1 << 20, 8);
	struct stream *stream = sessions_stream();

	limits.resume_seconds = 1;
	session_set_limits(&limits);
	session_detach(sessions_bind(stream, "alice", "phone"));

	assert_int_equal(parley_await_event(&sessions_seen.over, 10000), 0);
	assert_int_equal(session_stats().sessions, 0);
}

/* ---- holding ------------------------------------------------------------------------------ */

static void
messages_are_held_back_while_a_session_is_held(void **state)
{
	struct stream *stream = sessions_stream();
	struct parley_session *s = sessions_bind(stream, "alice", "phone");

	parley_session_hold(s->id, true);
	assert_false(parley_session_held_back(s->id));
	sessions_send(s, "event", NULL);
	sessions_send(s, "message", "m-1");
	assert_int_equal(core_sent(stream->conn), 1);
	assert_string_equal(core_last(stream->conn), "event");
	assert_int_equal(s->sent, 1); /* it does not count what it never got */
	assert_true(parley_session_held_back(s->id));
	assert_false(parley_session_held_back(s->id)); /* since the last call */
	parley_session_hold(s->id, false);
	sessions_send(s, "message", "m-2");

	assert_string_equal(core_last(stream->conn), "message");
	assert_false(parley_session_held_back(s->id));
	assert_false(parley_session_held_back(12345));
}

static void
messages_that_came_from_the_archive_are_not_sent_again(void **state)
{
	struct stream *stream = sessions_stream();
	struct parley_session *s = sessions_bind(stream, "alice", "phone");

	parley_session_passed(s->id, "m-2");
	sessions_send(s, "one", "m-1");
	sessions_send(s, "two", "m-2");
	assert_int_equal(s->sent, 0);
	sessions_send(s, "event", NULL);
	sessions_send(s, "three", "m-3");
	assert_int_equal(core_sent(stream->conn), 2);
	assert_string_equal(core_last(stream->conn), "three");
	assert_null(s->passed);
	parley_session_passed(12345, "m-4");
}

static int
tests(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, sessions_up, sessions_down)
	const struct CMUnitTest all[] = {
		TEST(an_id_is_never_found_again_though_its_slot_is_used_again),
		TEST(ids_that_never_were_are_not_found),
		TEST(many_sessions_are_found_each_by_its_id),
		TEST(a_session_tells_whose_it_is),
		TEST(the_same_device_takes_the_place_of_its_session),
		TEST(one_device_too_many_ends_the_oldest_session),
		TEST(a_lower_limit_is_kept_at_the_next_login),
		TEST(any_session_of_an_account_may_end_first),
		TEST(what_is_sent_to_an_account_reaches_all_sessions_but_one),
		TEST(a_session_that_ends_while_its_account_is_sent_to_holds_up_nobody),
		TEST(hooks_see_a_session_go_in_order_and_can_look_it_up),
		TEST(nothing_is_sent_to_a_session_that_has_ended),
		TEST(a_session_in_use_stays_until_it_is_let_go),
		TEST(so_many_sessions_may_wait_for_their_connection),
		TEST(without_a_resume_window_a_lost_connection_is_the_end),
		TEST(a_session_ends_when_nobody_resumes_it_in_time),
		TEST(messages_are_held_back_while_a_session_is_held),
		TEST(messages_that_came_from_the_archive_are_not_sent_again),
	};

	return cmocka_run_group_tests_name("session", all, NULL, NULL);
}

int
main(void)
{
	sessions_clock();
	return test_on_fiber(tests);
}
