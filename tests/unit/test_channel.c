/* SPDX-License-Identifier: MIT */
/* test_channel.c - who gets what is sent to a channel, and what comes and goes meanwhile. */
#include "support/test.h"

#include "core/channel.h"
#include "support/fiber.h"
#include "support/sessions.h"

#include <parley/module.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PEOPLE 40

static struct parley_channel *channel;

static int
up(void **state)
{
	sessions_up(state);
	channel = parley_channel_new();
	return 0;
}

static int
down(void **state)
{
	parley_channel_free(&channel);
	return sessions_down(state);
}

static unsigned
send_channel(struct parley_channel *ch, const char *text, parley_session_id but)
{
	struct parley_payload *p = sessions_payload(text, NULL);
	unsigned sent = parley_send_channel(ch, p, but);

	parley_payload_unref(&p);
	return sent;
}

/* ---- who is in it ------------------------------------------------------------------------- */

static void
an_account_is_in_it_once(void **state)
{
	assert_true(parley_channel_add(channel, "alice"));
	assert_false(parley_channel_add(channel, "alice"));
	assert_true(parley_channel_add(channel, "bob"));
	assert_true(parley_channel_has(channel, "alice"));
	assert_false(parley_channel_has(channel, "carol"));
	assert_int_equal(parley_channel_count(channel), 2);
	assert_int_equal(parley_channel_here(channel), 0);
	assert_true(parley_channel_remove(channel, "alice"));
	assert_false(parley_channel_remove(channel, "alice"));
	assert_false(parley_channel_has(channel, "alice"));
	assert_int_equal(parley_channel_count(channel), 1);
	assert_int_equal(channel_stats().accounts, 1);
}

static void
add_name(void *arg, const char *account)
{
	strcat(strcat(arg, account), " ");
}

static void
expect_here(const char *names)
{
	char found[100] = "";

	parley_channel_each_here(channel, add_name, found);
	assert_string_equal(found, names);
}

static void
who_is_here_is_known_whether_they_came_before_or_after(void **state)
{
	struct parley_session *s = sessions_bind(sessions_stream(), "alice", "phone");

	parley_channel_add(channel, "alice");
	parley_channel_add(channel, "bob");
	assert_int_equal(parley_channel_here(channel), 1);
	expect_here("alice ");
	sessions_bind(sessions_stream(), "bob", "phone");
	sessions_bind(sessions_stream(), "bob", "laptop");
	assert_int_equal(parley_channel_here(channel), 2);
	expect_here("alice bob ");
	session_end(s, NULL);
	assert_int_equal(parley_channel_here(channel), 1);
	expect_here("bob ");
	assert_int_equal(channel_stats().here, 1);
	core_settle();
	parley_channel_remove(channel, "bob");
	assert_int_equal(channel_stats().here, 0);
}

/* ---- sending ------------------------------------------------------------------------------ */

static void
every_session_of_its_accounts_gets_it_but_one(void **state)
{
	struct stream *phone = sessions_stream(), *laptop = sessions_stream(),
		      *bob = sessions_stream(), *eve = sessions_stream();
	struct parley_session *sender = sessions_bind(phone, "alice", "phone");

	sessions_bind(laptop, "alice", "laptop");
	sessions_bind(bob, "bob", "phone");
	sessions_bind(eve, "eve", "phone");
	parley_channel_add(channel, "alice");
	parley_channel_add(channel, "bob");
	parley_channel_add(channel, "away");

	assert_int_equal(send_channel(channel, "1", sender->id), 2);
	assert_int_equal(send_channel(channel, "2", 0), 3);
	assert_int_equal(core_sent(phone->conn), 1);
	assert_int_equal(core_sent(laptop->conn), 2);
	assert_int_equal(core_sent(bob->conn), 2);
	assert_int_equal(core_sent(eve->conn), 0);
	assert_int_equal(channel_stats().sent, 2);
}

static void
the_other_sessions_still_get_it_when_the_first_one_ends(void **state)
{
	struct stream *phone = sessions_stream(), *laptop = sessions_stream();
	struct parley_session *first = sessions_bind(phone, "alice", "phone");

	sessions_bind(laptop, "alice", "laptop");
	parley_channel_add(channel, "alice");
	session_end(first, NULL);
	assert_int_equal(parley_channel_here(channel), 1);
	assert_int_equal(send_channel(channel, "1", 0), 1);
	assert_numbers(laptop->conn, 1, 2);
}

static void
who_has_lost_the_connection_is_sent_it_when_it_is_back(void **state)
{
	struct stream *before = sessions_stream(), *after = sessions_stream();
	struct parley_session *s = sessions_bind(before, "alice", "phone");

	parley_channel_add(channel, "alice");
	session_detach(s);
	core_settle();
	assert_int_equal(send_channel(channel, "0", 0), 1);
	assert_ptr_equal(session_resume(after, "alice", "phone", s->resume, 0), s);
	session_replay(s);
	assert_numbers(after->conn, 0, 1);
}

/* A detached session that has been sent too much ends while the channel is gone through. */
static void
sessions_that_end_by_being_sent_too_much_do_not_disturb_the_others(void **state)
{
	struct session_limits limits = sessions_limits(2, 1 << 20, 32);
	struct stream *streams[PEOPLE];
	char name[16];
	unsigned ended = 0;

	session_set_limits(&limits);
	for (unsigned i = 0; i < PEOPLE; i++) {
		struct parley_session *s;

		snprintf(name, sizeof name, "user%u", i);
		streams[i] = sessions_stream();
		s = sessions_bind(streams[i], name, "phone");
		parley_channel_add(channel, name);
		if (i % 3 == 0)
			session_detach(s);
		ended += i % 3 == 0;
	}
	for (unsigned n = 0; n < 3; n++) {
		snprintf(name, sizeof name, "%u", n);
		assert_int_equal(send_channel(channel, name, 0), PEOPLE);
	}
	assert_int_equal(parley_channel_here(channel), PEOPLE - ended);
	assert_int_equal(send_channel(channel, "3", 0), PEOPLE - ended);
	for (unsigned i = 0; i < PEOPLE; i++)
		if (i % 3 != 0)
			assert_numbers(streams[i]->conn, 0, 4);
	core_settle();
}

/* ---- many --------------------------------------------------------------------------------- */

static void
an_account_may_be_in_many_channels(void **state)
{
	struct parley_channel *many[20];
	struct stream *stream = sessions_stream();
	struct parley_session *s;

	for (int i = 0; i < 20; i++) {
		many[i] = parley_channel_new();
		parley_channel_add(many[i], "alice");
	}
	s = sessions_bind(stream, "alice", "phone");
	assert_int_equal(channel_stats().here, 20);
	for (int i = 0; i < 20; i += 2)
		parley_channel_free(&many[i]);
	assert_null(many[0]);
	assert_int_equal(channel_stats().here, 10);
	assert_int_equal(channel_stats().channels, 11); /* with the test's own */
	for (int i = 1; i < 20; i += 2)
		assert_int_equal(send_channel(many[i], "1", 0), 1);
	session_end(s, NULL);
	for (int i = 1; i < 20; i += 2) {
		assert_int_equal(parley_channel_here(many[i]), 0);
		parley_channel_free(&many[i]);
	}
}

static void
a_message_keeps_a_channel_that_was_given_back_but_not_its_accounts(void **state)
{
	struct parley_channel *mine = parley_channel_new(), *held = channel_ref(mine);

	assert_true(parley_channel_in_use(mine));
	parley_channel_add(mine, "alice");
	sessions_bind(sessions_stream(), "alice", "phone");
	parley_channel_free(&mine);
	assert_int_equal(send_channel(held, "1", 0), 0);
	assert_int_equal(channel_stats().channels, 2);
	channel_unref(&held);
	assert_int_equal(channel_stats().channels, 1);
}

struct model {
	bool in, here;
	struct parley_session *session;
	struct stream *stream;
	unsigned sent;
};

/* What a list of all that should be so says too. */
static void
any_order_of_coming_and_going_comes_to_the_same(void **state)
{
	struct model people[PEOPLE] = { 0 };
	unsigned in = 0, here = 0, binds = 0;

	srand(7);
	for (int step = 0; step < 4000; step++) {
		struct model *p = &people[rand() % PEOPLE];
		char name[16];

		snprintf(name, sizeof name, "user%zu", (size_t)(p - people));
		if (rand() % 2 == 0) {
			p->in = !p->in;
			assert_true(p->in ? parley_channel_add(channel, name)
					  : parley_channel_remove(channel, name));
		} else if (p->session != NULL) {
			session_end(p->session, NULL);
			core_settle();
			p->session = NULL;
		} else if (binds++ < 200) {
			p->stream = sessions_stream();
			p->session = sessions_bind(p->stream, name, "phone");
		}
		in = here = 0;
		for (int i = 0; i < PEOPLE; i++) {
			in += people[i].in;
			here += people[i].in && people[i].session != NULL;
		}
		assert_int_equal(parley_channel_count(channel), in);
		assert_int_equal(send_channel(channel, "1", 0), here);
	}
}

static int
tests(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, up, down)
	const struct CMUnitTest all[] = {
		TEST(an_account_is_in_it_once),
		TEST(who_is_here_is_known_whether_they_came_before_or_after),
		TEST(every_session_of_its_accounts_gets_it_but_one),
		TEST(the_other_sessions_still_get_it_when_the_first_one_ends),
		TEST(who_has_lost_the_connection_is_sent_it_when_it_is_back),
		TEST(sessions_that_end_by_being_sent_too_much_do_not_disturb_the_others),
		TEST(an_account_may_be_in_many_channels),
		TEST(a_message_keeps_a_channel_that_was_given_back_but_not_its_accounts),
		TEST(any_order_of_coming_and_going_comes_to_the_same),
	};

	return cmocka_run_group_tests_name("channel", all, NULL, NULL);
}

int
main(void)
{
	sessions_clock();
	return test_on_fiber(tests);
}
