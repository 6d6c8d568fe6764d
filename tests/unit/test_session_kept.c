/* SPDX-License-Identifier: MIT */
/* test_session_kept.c - what a session keeps until it is acknowledged, and resuming with it. */
#include "support/test.h"

#include "support/fiber.h"
#include "support/sessions.h"

#include <parley/module.h>
#include <stdio.h>
#include <string.h>

/* ---- what is kept ------------------------------------------------------------------------- */

static void
frames_are_kept_until_they_are_acknowledged(void **state)
{
	struct stream *stream = sessions_stream();
	struct parley_session *s = sessions_bind(stream, "alice", "phone");

	sessions_send_numbers(s, 0, 10);
	assert_int_equal(s->kept_bytes, 10);
	assert_int_equal(session_ack(s, 7, NULL), 0);
	assert_int_equal(s->kept_bytes, 3);
	assert_int_equal(session_ack(s, 10, NULL), 0);

	assert_int_equal(s->kept_bytes, 0);
	assert_null(s->kept);
	assert_numbers(stream->conn, 0, 10);
	assert_int_equal(session_stats().frames, 10);
}

static void
the_ring_of_kept_frames_goes_round_and_grows_in_order(void **state)
{
	struct stream *before = sessions_stream(), *after = sessions_stream();
	struct parley_session *s = sessions_bind(before, "alice", "phone");
	unsigned sent = 0, acked = 0;

	/* Its 16 places fill up at every offset before it grows. */
	for (unsigned round = 0; round < 40; round++) {
		sessions_send_numbers(s, sent, sent + 13);
		sent += 13;
		acked += 12;
		assert_int_equal(session_ack(s, acked, NULL), 0);
	}
	session_detach(s);
	assert_ptr_equal(session_resume(after, "alice", "phone", s->resume, acked), s);
	session_replay(s);
	assert_numbers(after->conn, acked, sent);
}

static void
counts_go_on_behind_32_bits(void **state)
{
	struct stream *before = sessions_stream(), *after = sessions_stream();
	struct parley_session *s = sessions_bind(before, "alice", "phone");
	const uint64_t edge = UINT32_MAX;

	s->sent = s->acked = edge - 5;
	sessions_send_numbers(s, 0, 40);
	assert_int_equal(session_ack(s, edge + 1, NULL), 0);
	assert_true(s->acked == edge + 1);
	assert_int_equal(session_ack(s, 7, NULL), 0); /* nothing but an old count */
	assert_true(s->acked == edge + 1);
	assert_int_equal(session_ack(s, edge + 36, NULL), -1);
	assert_false(parley_session_ended(s));

	session_detach(s);
	assert_null(session_resume(after, "alice", "phone", s->resume, 2)); /* 32 bits of it */
	assert_ptr_equal(session_resume(after, "alice", "phone", s->resume, edge + 10), s);
	session_replay(s);
	assert_numbers(after->conn, 15, 40);
}

static void
t42_a_count_higher_than_what_was_sent_is_refused(void **state)
{
	struct stream *stream = sessions_stream();
	struct parley_session *s = sessions_bind(stream, "alice", "phone");
	struct parley_error err = { 0 };

	sessions_send_numbers(s, 0, 3);
	assert_int_equal(session_ack(s, 4, &err), -1);

	assert_int_equal(err.code, PARLEY_BAD_REQUEST);
	assert_string_equal(err.where, "/count");
	assert_string_equal(err.text, "is 4, but only 3 frames were sent");
	assert_int_equal(session_ack(s, UINT64_MAX, NULL), -1);
	assert_int_equal(s->acked, 0);
	assert_int_equal(session_ack(s, 3, NULL), 0);
}

static void
an_acknowledgement_tells_the_newest_message_in_it(void **state)
{
	struct stream *stream = sessions_stream();
	struct parley_session *s = sessions_bind(stream, "alice", "phone");

	sessions_send(s, "event", NULL);
	sessions_send(s, "first", "m-1");
	sessions_send(s, "second", "m-2");
	sessions_send(s, "event", NULL);
	sessions_send(s, "third", "m-3");
	session_ack(s, 1, NULL);
	session_ack(s, 4, NULL);

	assert_int_equal(sessions_seen.count, 1);
	assert_string_equal(sessions_seen.hook[0], "acked");
	assert_string_equal(sessions_seen.mid[0], "m-2");
	assert_int_equal(sessions_seen.id[0], s->id);
}

/* ---- too much is kept --------------------------------------------------------------------- */

static void
t42_more_frames_than_are_kept_end_the_chance_to_resume(void **state)
{
	struct session_limits limits = sessions_limits(10, 1 << 20, 8);
	struct stream *before = sessions_stream(), *after = sessions_stream();
	struct parley_session *s = sessions_bind(before, "alice", "phone");

	session_set_limits(&limits);
	sessions_send_numbers(s, 0, 10);
	assert_false(s->overflowed);
	sessions_send_numbers(s, 10, 12);

	assert_true(s->overflowed);
	assert_numbers(before->conn, 0, 12); /* it is connected: nothing is lost yet */
	assert_int_equal(session_stats().overflows, 1);
	for (uint64_t count = 0; count <= 12; count++)
		assert_null(session_resume(after, "alice", "phone", s->resume, count));
	session_detach(s);
	assert_true(parley_session_ended(s));
}

static void
what_is_too_much_to_keep_is_still_acknowledged_by_its_mids(void **state)
{
	struct session_limits limits = sessions_limits(4, 1 << 20, 8);
	struct parley_session *s = sessions_bind(sessions_stream(), "alice", "phone");
	char mid[37];

	session_set_limits(&limits);
	for (int i = 0; i < 500; i++) {
		snprintf(mid, sizeof mid, "m-%03d", i);
		sessions_send(s, "message", mid);
	}
	assert_true(s->overflowed);
	session_ack(s, 498, NULL); /* of the latest, each is known */
	session_ack(s, 499, NULL);
	session_ack(s, 500, NULL);

	assert_int_equal(sessions_seen.count, 3);
	assert_string_equal(sessions_seen.mid[0], "m-497");
	assert_string_equal(sessions_seen.mid[1], "m-498");
	assert_string_equal(sessions_seen.mid[2], "m-499");
	assert_false(s->overflowed);
	assert_null(s->marks);
}

static void
t42_more_bytes_than_are_kept_end_the_chance_to_resume(void **state)
{
	struct session_limits limits = sessions_limits(1000, 8, 8);
	struct stream *stream = sessions_stream();
	struct parley_session *s = sessions_bind(stream, "alice", "phone");

	session_set_limits(&limits);
	sessions_send(s, "12345678", NULL);
	assert_false(s->overflowed);
	sessions_send(s, "9", NULL);

	assert_true(s->overflowed);
	assert_int_equal(s->kept_bytes, 0);
	assert_null(s->kept);
}

static void
t42_what_all_sessions_keep_together_is_bounded(void **state)
{
	struct session_limits limits = sessions_limits(100, 1 << 20, 8);
	struct parley_session *a = sessions_bind(sessions_stream(), "alice", "phone");
	struct parley_session *b = sessions_bind(sessions_stream(), "bob", "phone");

	limits.all_bytes = session_stats().kept_bytes + 20;
	session_set_limits(&limits);
	sessions_send(a, "0123456789", NULL);
	sessions_send(b, "0123456789", NULL);
	assert_false(a->overflowed || b->overflowed);
	sessions_send(b, "x", NULL);
	assert_true(b->overflowed);
	assert_int_equal(limits.all_bytes - session_stats().kept_bytes, 10);
	sessions_send(a, "0123456789", NULL); /* there is room again */
	assert_false(a->overflowed);
	session_ack(a, 2, NULL);
	assert_int_equal(limits.all_bytes - session_stats().kept_bytes, 20);
	sessions_send(a, "0123456789", NULL);
	session_end(a, NULL);
	assert_int_equal(limits.all_bytes - session_stats().kept_bytes, 20);
}

static void
who_catches_up_after_all_can_resume_again(void **state)
{
	struct session_limits limits = sessions_limits(10, 1 << 20, 8);
	struct stream *before = sessions_stream(), *after = sessions_stream();
	struct parley_session *s = sessions_bind(before, "alice", "phone");

	session_set_limits(&limits);
	sessions_send_numbers(s, 0, 20);
	session_ack(s, 19, NULL);
	assert_true(s->overflowed);
	session_ack(s, 20, NULL);
	assert_false(s->overflowed);
	sessions_send_numbers(s, 20, 25);
	session_detach(s);

	assert_false(parley_session_ended(s));
	assert_ptr_equal(session_resume(after, "alice", "phone", s->resume, 22), s);
	session_replay(s);
	assert_numbers(after->conn, 22, 25);
}

static void
a_lost_session_that_can_keep_no_more_ends(void **state)
{
	struct session_limits limits = sessions_limits(2, 1 << 20, 8);
	struct stream *stream = sessions_stream();
	struct parley_session *s = sessions_bind(stream, "alice", "phone");
	parley_session_id id = s->id;

	session_set_limits(&limits);
	session_detach(s);
	sessions_send_numbers(s, 0, 2);
	assert_false(parley_session_ended(s));
	sessions_send_numbers(s, 2, 3);

	assert_true(parley_session_ended(s));
	core_settle();
	assert_null(parley_session_find(id));
	assert_int_equal(session_stats().detached, 0);
}

/* ---- resuming ----------------------------------------------------------------------------- */

static void
a_session_resumes_with_every_count_that_is_kept(void **state)
{
	for (uint64_t count = 0; count <= 7; count++) {
		struct stream *before = sessions_stream(), *after = sessions_stream();
		struct parley_session *s = sessions_bind(before, "alice", "phone"), *again;

		sessions_send_numbers(s, 0, 6);
		session_ack(s, 2, NULL);
		session_detach(s);
		again = session_resume(after, "alice", "phone", s->resume, count);
		if (count < 2 || count > 6) {
			assert_null(again);
			assert_int_equal(after->session, 0);
			continue;
		}
		assert_ptr_equal(again, s);
		assert_int_equal(s->acked, count);
		session_replay(s);
		assert_numbers(after->conn, (unsigned)count, 6);
		assert_true(core_is_live(after->conn));
		assert_int_equal(session_stats().detached, 0);
	}
}

static void
t41_only_the_same_account_device_and_secret_resume(void **state)
{
	struct stream *before = sessions_stream(), *after = sessions_stream();
	struct parley_session *s = sessions_bind(before, "alice", "phone");
	char secret[27], wrong[64];

	snprintf(secret, sizeof secret, "%s", s->resume);
	assert_int_equal(strlen(secret), 26);
	session_detach(s);
	assert_null(session_resume(after, "alice", "laptop", secret, 0));
	assert_null(session_resume(after, "bob", "phone", secret, 0));
	assert_null(session_resume(after, "alice", "phone", "", 0));
	assert_null(session_resume(after, "alice", "phone", "x", 0));
	snprintf(wrong, sizeof wrong, "%sx", secret);
	assert_null(session_resume(after, "alice", "phone", wrong, 0));
	for (size_t i = 0; i < 26; i++) {
		snprintf(wrong, sizeof wrong, "%s", secret);
		wrong[i] = wrong[i] == 'a' ? 'b' : 'a';
		assert_null(session_resume(after, "alice", "phone", wrong, 0));
	}

	assert_ptr_equal(session_resume(after, "alice", "phone", secret, 0), s);
}

static void
every_session_has_another_secret(void **state)
{
	struct stream *one = sessions_stream(), *two = sessions_stream();
	struct parley_session *a = sessions_bind(one, "alice", "a"),
			      *b = sessions_bind(two, "alice", "b");

	assert_string_not_equal(a->resume, b->resume);
}

static void
a_client_that_is_back_before_its_loss_was_seen_resumes(void **state)
{
	struct stream *before = sessions_stream(), *after = sessions_stream();
	struct parley_session *s = sessions_bind(before, "alice", "phone");

	sessions_send_numbers(s, 0, 3);
	assert_ptr_equal(session_resume(after, "alice", "phone", s->resume, 1), s);

	assert_true(core_is_closed(before->conn));
	assert_int_equal(before->session, 0);
	assert_int_equal(before->roles, PARLEY_ROLE_GUEST);
	assert_ptr_equal(s->stream, after);
	assert_int_equal(session_stats().detached, 0);
	assert_int_equal(session_stats().resumed, 1);
	assert_int_equal(sessions_seen.count, 0); /* it was not away */
}

static void
t41_t44_an_ended_session_cannot_be_resumed(void **state)
{
	struct stream *before = sessions_stream(), *after = sessions_stream();
	struct parley_session *s = sessions_bind(before, "alice", "phone");
	char secret[27];

	snprintf(secret, sizeof secret, "%s", s->resume);
	session_end(s, NULL);
	assert_null(session_resume(after, "alice", "phone", secret, 0));
}

static void
what_is_sent_to_a_lost_session_waits_for_it(void **state)
{
	struct stream *before = sessions_stream(), *after = sessions_stream();
	struct parley_session *s = sessions_bind(before, "alice", "phone");

	sessions_send_numbers(s, 0, 2);
	session_detach(s);
	sessions_send_numbers(s, 2, 5);
	assert_int_equal(core_sent(before->conn), 2);
	assert_int_equal(core_sent(after->conn), 0);
	session_resume(after, "alice", "phone", s->resume, 2);
	session_replay(s);
	sessions_send_numbers(s, 5, 6);

	assert_numbers(after->conn, 2, 6);
}

static int
tests(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, sessions_up, sessions_down)
	const struct CMUnitTest all[] = {
		TEST(frames_are_kept_until_they_are_acknowledged),
		TEST(the_ring_of_kept_frames_goes_round_and_grows_in_order),
		TEST(counts_go_on_behind_32_bits),
		TEST(t42_a_count_higher_than_what_was_sent_is_refused),
		TEST(an_acknowledgement_tells_the_newest_message_in_it),
		TEST(t42_more_frames_than_are_kept_end_the_chance_to_resume),
		TEST(what_is_too_much_to_keep_is_still_acknowledged_by_its_mids),
		TEST(t42_more_bytes_than_are_kept_end_the_chance_to_resume),
		TEST(t42_what_all_sessions_keep_together_is_bounded),
		TEST(who_catches_up_after_all_can_resume_again),
		TEST(a_lost_session_that_can_keep_no_more_ends),
		TEST(a_session_resumes_with_every_count_that_is_kept),
		TEST(t41_only_the_same_account_device_and_secret_resume),
		TEST(every_session_has_another_secret),
		TEST(a_client_that_is_back_before_its_loss_was_seen_resumes),
		TEST(t41_t44_an_ended_session_cannot_be_resumed),
		TEST(what_is_sent_to_a_lost_session_waits_for_it),
	};

	return cmocka_run_group_tests_name("session_kept", all, NULL, NULL);
}

int
main(void)
{
	sessions_clock();
	return test_on_fiber(tests);
}
