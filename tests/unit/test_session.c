/* SPDX-License-Identifier: MIT */
#include "support/test.h"

#include "base/clock.h"
#include "core/hook.h"
#include "core/session.h"
#include "support/core.h"
#include "support/fiber.h"

#include <parley/module.h>
#include <stdio.h>
#include <string.h>

#define SEEN_MAX 32

/* What the hooks were told. */
static struct {
	const char *hook[SEEN_MAX];
	parley_session_id id[SEEN_MAX];
	bool found[SEEN_MAX], ended[SEEN_MAX];
	char mid[SEEN_MAX][37];
	unsigned count;
	struct parley_event over;
} seen;

static struct stream streams[256];
static unsigned streams_used;

static int64_t now = 1800000000000;

static int64_t
clock_read(void)
{
	return now;
}

static void
note(const char *hook, parley_session_id id, const char *mid)
{
	unsigned n = seen.count++;
	const struct parley_session *s = parley_session_find(id);

	if (n >= SEEN_MAX)
		return;
	seen.hook[n] = hook;
	seen.id[n] = id;
	seen.found[n] = s != NULL;
	seen.ended[n] = s != NULL && parley_session_ended(s);
	snprintf(seen.mid[n], sizeof seen.mid[n], "%s", mid);
}

static enum parley_verdict
on_detached(void *self, parley_session_id s, const struct parley_json *frame, bool resumed)
{
	note("detached", s, "");
	return PARLEY_PASS;
}

static enum parley_verdict
on_ended(void *self, parley_session_id s, const struct parley_json *frame, bool resumed)
{
	note("ended", s, "");
	parley_event_set(&seen.over, 0);
	return PARLEY_PASS;
}

static enum parley_verdict
on_acked(void *self, parley_session_id s, const char *mid)
{
	note("acked", s, mid);
	return PARLEY_PASS;
}

static const struct owner tester = { .module = "test" };

static const struct parley_hook hooks[] = {
	{ .name = "session-detached", .session = on_detached },
	{ .name = "session-ended", .session = on_ended },
	{ .name = "session-acked", .acked = on_acked },
	{ 0 },
};

static int
up(void **state)
{
	memset(&seen, 0, sizeof seen);
	streams_used = 0;
	core_up(NULL);
	for (const struct parley_hook *h = hooks; h->name != NULL; h++)
		assert_int_equal(hook_add(h, &tester, NULL), 0);
	return 0;
}

static int
down(void **state)
{
	core_down();
	return 0;
}

/* A connection with its stream, as the router makes one. */
static struct stream *
stream_open(void)
{
	struct stream *s = &streams[streams_used++];

	*s = (struct stream){ .conn = core_connect(false), .roles = PARLEY_ROLE_GUEST };
	s->facts = core_facts(s->conn);
	return s;
}

static struct parley_session *
bind(struct stream *stream, const char *account, const char *device)
{
	return session_bind(stream, account, device, PARLEY_ROLE_USER);
}

static struct parley_payload *
payload(const char *text, const char *mid)
{
	struct parley_text json = { 0 };
	struct parley_payload *p;

	parley_text_puts(&json, text);
	p = parley_payload_new(&json);
	if (mid != NULL)
		parley_payload_set_mid(p, mid);
	return p;
}

static void
send_text(struct parley_session *s, const char *text, const char *mid)
{
	struct parley_payload *p = payload(text, mid);

	session_send(s, p);
	parley_payload_unref(&p);
}

/* Frames "from" to "to" - 1, as text. */
static void
send_numbers(struct parley_session *s, unsigned from, unsigned to)
{
	char text[16];

	for (unsigned n = from; n < to; n++) {
		snprintf(text, sizeof text, "%u", n);
		send_text(s, text, NULL);
	}
}

static void
assert_numbers(conn_id conn, unsigned from, unsigned to)
{
	char text[16];

	assert_int_equal(core_sent(conn), to - from);
	for (unsigned n = from; n < to; n++) {
		snprintf(text, sizeof text, "%u", n);
		assert_string_equal(core_frame(conn, n - from), text);
	}
}

static struct session_limits
limits_of(uint32_t frames, size_t bytes, unsigned sessions)
{
	return (struct session_limits){ frames, bytes, 300, sessions };
}

/* ---- names -------------------------------------------------------------------------------- */

static void
an_id_is_never_found_again_though_its_slot_is_used_again(void **state)
{
	struct stream *one = stream_open(), *two = stream_open();
	parley_session_id first = bind(one, "alice", "phone")->id, second;

	session_end(parley_session_find(first), NULL);
	core_settle();
	assert_null(parley_session_find(first));
	second = bind(two, "alice", "phone")->id;

	assert_int_equal(first & 0xffffff, second & 0xffffff);
	assert_int_not_equal(first, second);
	assert_null(parley_session_find(first));
	assert_int_equal(parley_session_find(second)->id, second);
}

static void
ids_that_never_were_are_not_found(void **state)
{
	struct stream *stream = stream_open();
	parley_session_id id = bind(stream, "alice", "phone")->id;

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
		ids[i] = bind(stream_open(), name, "phone")->id;
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
	struct stream *stream = stream_open();
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
	struct stream *before = stream_open(), *after = stream_open();
	parley_session_id old = bind(before, "alice", "phone")->id;
	parley_session_id new = bind(after, "alice", "phone")->id;

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
	assert_int_equal(seen.count, 1);
	assert_string_equal(seen.hook[0], "ended");
	assert_int_equal(session_stats().sessions, 1);
	assert_int_equal(session_stats().detached, 0);
}

static void
one_device_too_many_ends_the_oldest_session(void **state)
{
	struct session_limits limits = limits_of(1000, 1 << 20, 3);
	struct stream *clients[4] = { stream_open(), stream_open(), stream_open(), stream_open() };
	static const char *const devices[] = { "a", "b", "c", "d" };
	parley_session_id ids[4];

	session_set_limits(&limits);
	for (int i = 0; i < 4; i++) {
		now += i == 1 ? -1000 : 10; /* the second one is the oldest */
		ids[i] = bind(clients[i], "alice", devices[i])->id;
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
	struct session_limits limits = limits_of(1000, 1 << 20, 1);
	struct stream *clients[4] = { stream_open(), stream_open(), stream_open(), stream_open() };
	static const char *const devices[] = { "a", "b", "c", "d" };

	for (int i = 0; i < 3; i++)
		bind(clients[i], "alice", devices[i]);
	session_set_limits(&limits);
	bind(clients[3], "alice", "d");

	assert_string_equal(
	    parley_session_device(parley_session_find(parley_account_session("alice", 0))), "d");
	assert_int_equal(parley_account_session("alice", 1), 0);
}

static void
any_session_of_an_account_may_end_first(void **state)
{
	static const char *const devices[] = { "a", "b", "c" };

	for (int gone = 0; gone < 3; gone++) {
		struct stream *clients[3] = { stream_open(), stream_open(), stream_open() };
		parley_session_id ids[3];
		unsigned left = 0;

		for (int i = 0; i < 3; i++)
			ids[i] = bind(clients[i], "alice", devices[i])->id;
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
	struct stream *a = stream_open(), *b = stream_open(), *c = stream_open();
	struct parley_payload *p = payload("hi", NULL);
	parley_session_id but;

	bind(a, "alice", "a");
	but = bind(b, "alice", "b")->id;
	bind(c, "alice", "c");

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
	struct session_limits limits = limits_of(1, 1 << 20, 8);
	struct stream *a = stream_open(), *b = stream_open(), *c = stream_open();
	struct parley_session *lost;
	struct parley_payload *p = payload("hi", NULL);

	bind(a, "alice", "a");
	lost = bind(b, "alice", "b");
	bind(c, "alice", "c");
	session_set_limits(&limits);
	session_detach(lost);
	parley_send_account("alice", p, 0); /* the one frame that is kept */
	assert_int_equal(parley_send_account("alice", p, 0), 3);
	parley_payload_unref(&p);

	assert_true(parley_session_ended(lost));
	assert_int_equal(core_sent(a->conn), 2);
	assert_int_equal(core_sent(c->conn), 2);
}

/* ---- what is kept ------------------------------------------------------------------------- */

static void
frames_are_kept_until_they_are_acknowledged(void **state)
{
	struct stream *stream = stream_open();
	struct parley_session *s = bind(stream, "alice", "phone");

	send_numbers(s, 0, 10);
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
	struct stream *before = stream_open(), *after = stream_open();
	struct parley_session *s = bind(before, "alice", "phone");
	unsigned sent = 0, acked = 0;

	/* Its 16 places fill up at every offset before it grows. */
	for (unsigned round = 0; round < 40; round++) {
		send_numbers(s, sent, sent + 13);
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
	struct stream *before = stream_open(), *after = stream_open();
	struct parley_session *s = bind(before, "alice", "phone");
	const uint64_t edge = UINT32_MAX;

	s->sent = s->acked = edge - 5;
	send_numbers(s, 0, 40);
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
a_count_higher_than_what_was_sent_is_refused(void **state)
{
	struct stream *stream = stream_open();
	struct parley_session *s = bind(stream, "alice", "phone");
	struct parley_error err = { 0 };

	send_numbers(s, 0, 3);
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
	struct stream *stream = stream_open();
	struct parley_session *s = bind(stream, "alice", "phone");

	send_text(s, "event", NULL);
	send_text(s, "first", "m-1");
	send_text(s, "second", "m-2");
	send_text(s, "event", NULL);
	send_text(s, "third", "m-3");
	session_ack(s, 1, NULL);
	session_ack(s, 4, NULL);

	assert_int_equal(seen.count, 1);
	assert_string_equal(seen.hook[0], "acked");
	assert_string_equal(seen.mid[0], "m-2");
	assert_int_equal(seen.id[0], s->id);
}

/* ---- too much is kept --------------------------------------------------------------------- */

static void
more_frames_than_are_kept_end_the_chance_to_resume(void **state)
{
	struct session_limits limits = limits_of(10, 1 << 20, 8);
	struct stream *before = stream_open(), *after = stream_open();
	struct parley_session *s = bind(before, "alice", "phone");

	session_set_limits(&limits);
	send_numbers(s, 0, 10);
	assert_false(s->overflowed);
	send_numbers(s, 10, 12);

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
	struct session_limits limits = limits_of(4, 1 << 20, 8);
	struct parley_session *s = bind(stream_open(), "alice", "phone");
	char mid[37];

	session_set_limits(&limits);
	for (int i = 0; i < 500; i++) {
		snprintf(mid, sizeof mid, "m-%03d", i);
		send_text(s, "message", mid);
	}
	assert_true(s->overflowed);
	session_ack(s, 498, NULL); /* of the latest, each is known */
	session_ack(s, 499, NULL);
	session_ack(s, 500, NULL);

	assert_int_equal(seen.count, 3);
	assert_string_equal(seen.mid[0], "m-497");
	assert_string_equal(seen.mid[1], "m-498");
	assert_string_equal(seen.mid[2], "m-499");
	assert_false(s->overflowed);
	assert_null(s->marks);
}

static void
more_bytes_than_are_kept_end_the_chance_to_resume(void **state)
{
	struct session_limits limits = limits_of(1000, 8, 8);
	struct stream *stream = stream_open();
	struct parley_session *s = bind(stream, "alice", "phone");

	session_set_limits(&limits);
	send_text(s, "12345678", NULL);
	assert_false(s->overflowed);
	send_text(s, "9", NULL);

	assert_true(s->overflowed);
	assert_int_equal(s->kept_bytes, 0);
	assert_null(s->kept);
}

static void
who_catches_up_after_all_can_resume_again(void **state)
{
	struct session_limits limits = limits_of(10, 1 << 20, 8);
	struct stream *before = stream_open(), *after = stream_open();
	struct parley_session *s = bind(before, "alice", "phone");

	session_set_limits(&limits);
	send_numbers(s, 0, 20);
	session_ack(s, 19, NULL);
	assert_true(s->overflowed);
	session_ack(s, 20, NULL);
	assert_false(s->overflowed);
	send_numbers(s, 20, 25);
	session_detach(s);

	assert_false(parley_session_ended(s));
	assert_ptr_equal(session_resume(after, "alice", "phone", s->resume, 22), s);
	session_replay(s);
	assert_numbers(after->conn, 22, 25);
}

static void
a_lost_session_that_can_keep_no_more_ends(void **state)
{
	struct session_limits limits = limits_of(2, 1 << 20, 8);
	struct stream *stream = stream_open();
	struct parley_session *s = bind(stream, "alice", "phone");
	parley_session_id id = s->id;

	session_set_limits(&limits);
	session_detach(s);
	send_numbers(s, 0, 2);
	assert_false(parley_session_ended(s));
	send_numbers(s, 2, 3);

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
		struct stream *before = stream_open(), *after = stream_open();
		struct parley_session *s = bind(before, "alice", "phone"), *again;

		send_numbers(s, 0, 6);
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
only_the_same_account_device_and_secret_resume(void **state)
{
	struct stream *before = stream_open(), *after = stream_open();
	struct parley_session *s = bind(before, "alice", "phone");
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
	struct stream *one = stream_open(), *two = stream_open();
	struct parley_session *a = bind(one, "alice", "a"), *b = bind(two, "alice", "b");

	assert_string_not_equal(a->resume, b->resume);
}

static void
a_client_that_is_back_before_its_loss_was_seen_resumes(void **state)
{
	struct stream *before = stream_open(), *after = stream_open();
	struct parley_session *s = bind(before, "alice", "phone");

	send_numbers(s, 0, 3);
	assert_ptr_equal(session_resume(after, "alice", "phone", s->resume, 1), s);

	assert_true(core_is_closed(before->conn));
	assert_int_equal(before->session, 0);
	assert_int_equal(before->roles, PARLEY_ROLE_GUEST);
	assert_ptr_equal(s->stream, after);
	assert_int_equal(session_stats().detached, 0);
	assert_int_equal(session_stats().resumed, 1);
	assert_int_equal(seen.count, 0); /* it was not away */
}

static void
an_ended_session_cannot_be_resumed(void **state)
{
	struct stream *before = stream_open(), *after = stream_open();
	struct parley_session *s = bind(before, "alice", "phone");
	char secret[27];

	snprintf(secret, sizeof secret, "%s", s->resume);
	session_end(s, NULL);
	assert_null(session_resume(after, "alice", "phone", secret, 0));
}

static void
what_is_sent_to_a_lost_session_waits_for_it(void **state)
{
	struct stream *before = stream_open(), *after = stream_open();
	struct parley_session *s = bind(before, "alice", "phone");

	send_numbers(s, 0, 2);
	session_detach(s);
	send_numbers(s, 2, 5);
	assert_int_equal(core_sent(before->conn), 2);
	assert_int_equal(core_sent(after->conn), 0);
	session_resume(after, "alice", "phone", s->resume, 2);
	session_replay(s);
	send_numbers(s, 5, 6);

	assert_numbers(after->conn, 2, 6);
}

/* ---- the end ------------------------------------------------------------------------------ */

static void
hooks_see_a_session_go_in_order_and_can_look_it_up(void **state)
{
	struct stream *stream = stream_open();
	struct parley_session *s = bind(stream, "alice", "phone");
	parley_session_id id = s->id;

	session_detach(s);
	session_end(s, NULL);
	session_end(s, NULL);
	core_settle();

	assert_int_equal(seen.count, 2);
	assert_string_equal(seen.hook[0], "detached");
	assert_string_equal(seen.hook[1], "ended");
	for (int i = 0; i < 2; i++) {
		assert_int_equal(seen.id[i], id);
		assert_true(seen.found[i]);
		assert_true(seen.ended[i]);
	}
	assert_null(parley_session_find(id));
}

static void
nothing_is_sent_to_a_session_that_has_ended(void **state)
{
	struct stream *stream = stream_open();
	struct parley_session *s = bind(stream, "alice", "phone");
	struct parley_payload *p = payload("late", NULL);

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
	struct stream *stream = stream_open();
	struct parley_session *s = bind(stream, "alice", "phone");
	parley_session_id id = s->id;

	session_use(s);
	session_end(s, NULL);
	core_settle();
	assert_ptr_equal(parley_session_find(id), s);
	session_unuse(s);
	assert_null(parley_session_find(id));
}

static void
without_a_resume_window_a_lost_connection_is_the_end(void **state)
{
	struct session_limits limits = limits_of(1000, 1 << 20, 8);
	struct stream *stream = stream_open();
	struct parley_session *s = bind(stream, "alice", "phone");

	limits.resume_seconds = 0;
	session_set_limits(&limits);
	session_detach(s);
	core_settle();

	assert_int_equal(seen.count, 1);
	assert_string_equal(seen.hook[0], "ended");
	assert_int_equal(session_stats().sessions, 0);
	assert_int_equal(session_stats().detached, 0);
}

static void
a_session_ends_when_nobody_resumes_it_in_time(void **state)
{
	struct session_limits limits = limits_of(1000, 1 << 20, 8);
	struct stream *stream = stream_open();

	limits.resume_seconds = 1;
	session_set_limits(&limits);
	session_detach(bind(stream, "alice", "phone"));

	assert_int_equal(parley_await_event(&seen.over, 10000), 0);
	assert_int_equal(session_stats().sessions, 0);
}

/* ---- holding ------------------------------------------------------------------------------ */

static void
messages_are_held_back_while_a_session_is_held(void **state)
{
	struct stream *stream = stream_open();
	struct parley_session *s = bind(stream, "alice", "phone");

	parley_session_hold(s->id, true);
	assert_false(parley_session_held_back(s->id));
	send_text(s, "event", NULL);
	send_text(s, "message", "m-1");
	assert_int_equal(core_sent(stream->conn), 1);
	assert_string_equal(core_last(stream->conn), "event");
	assert_int_equal(s->sent, 1); /* it does not count what it never got */
	assert_true(parley_session_held_back(s->id));
	assert_false(parley_session_held_back(s->id)); /* since the last call */
	parley_session_hold(s->id, false);
	send_text(s, "message", "m-2");

	assert_string_equal(core_last(stream->conn), "message");
	assert_false(parley_session_held_back(s->id));
	assert_false(parley_session_held_back(12345));
}

static int
tests(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, up, down)
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
		TEST(frames_are_kept_until_they_are_acknowledged),
		TEST(the_ring_of_kept_frames_goes_round_and_grows_in_order),
		TEST(counts_go_on_behind_32_bits),
		TEST(a_count_higher_than_what_was_sent_is_refused),
		TEST(an_acknowledgement_tells_the_newest_message_in_it),
		TEST(more_frames_than_are_kept_end_the_chance_to_resume),
		TEST(what_is_too_much_to_keep_is_still_acknowledged_by_its_mids),
		TEST(more_bytes_than_are_kept_end_the_chance_to_resume),
		TEST(who_catches_up_after_all_can_resume_again),
		TEST(a_lost_session_that_can_keep_no_more_ends),
		TEST(a_session_resumes_with_every_count_that_is_kept),
		TEST(only_the_same_account_device_and_secret_resume),
		TEST(every_session_has_another_secret),
		TEST(a_client_that_is_back_before_its_loss_was_seen_resumes),
		TEST(an_ended_session_cannot_be_resumed),
		TEST(what_is_sent_to_a_lost_session_waits_for_it),
		TEST(hooks_see_a_session_go_in_order_and_can_look_it_up),
		TEST(nothing_is_sent_to_a_session_that_has_ended),
		TEST(a_session_in_use_stays_until_it_is_let_go),
		TEST(without_a_resume_window_a_lost_connection_is_the_end),
		TEST(a_session_ends_when_nobody_resumes_it_in_time),
		TEST(messages_are_held_back_while_a_session_is_held),
	};

	return cmocka_run_group_tests_name("session", all, NULL, NULL);
}

int
main(void)
{
	clock_replace(clock_read, clock_read);
	return test_on_fiber(tests);
}
