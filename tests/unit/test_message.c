/* SPDX-License-Identifier: MIT */
/* test_message.c - the way of a message, with an archive and a check of the test's own. */
#include "support/test.h"

#include "core/hook.h"
#include "core/message.h"
#include "support/auth.h"
#include "support/fiber.h"
#include "support/people.h"

#include <parley/module.h>
#include <stdio.h>
#include <string.h>

#define MANY 16

/* The test's archive keeps what it is given until the test commits it. */
static struct {
	char archived[256]; /* ids in the order of the archive */
	char delivered[256];
	struct parley_message *waiting[MANY];
	unsigned count, delivered_count;
	bool at_once; /* commits by itself */
	struct parley_event slow, held;
	struct parley_channel *channel; /* where messages to groups go, or NULL */
	bool late;                      /* the archive refuses */
	bool named;                     /* a check has noted who is mentioned */
} seen;

static void
mention(struct parley_message *m)
{
	assert_false(parley_message_mentions(m, "bob"));
	parley_message_mention(m, "bobby");
	parley_message_mention(m, "carol");
	assert_true(parley_message_mentions(m, "bobby"));
	assert_true(parley_message_mentions(m, "carol"));
	assert_false(parley_message_mentions(m, "bob"));
	assert_false(parley_message_mentions(m, "arol"));
	parley_message_mention(m, "*");
	assert_true(parley_message_mentions(m, "bob"));
	assert_false(parley_message_names(m, "bob"));
	assert_true(parley_message_names(m, "bobby"));
	seen.named = true;
}

static enum parley_verdict
check(void *self, struct parley_message *m)
{
	assert_string_equal(m->mid, "");
	if (parley_message_to_group(m) && seen.channel != NULL)
		parley_message_set_channel(m, seen.channel);
	if (m->text == NULL) {
		if (strcmp(parley_json_string(parley_json_get(m->frame, "forward")), "it") == 0)
			parley_message_set_text(m, "forwarded!", 9);
		return PARLEY_PASS;
	}
	if (strcmp(m->text, "naming") == 0)
		mention(m);
	if (strcmp(m->text, "slow") == 0)
		parley_await_event(&seen.slow, -1);
	if (strcmp(m->text, "spam") == 0)
		return parley_message_refuse(m, PARLEY_LIMIT, "too %s", "much");
	return strcmp(m->text, "mute") == 0 ? PARLEY_DONE : PARLEY_PASS;
}

static void
commit(unsigned n, int rc)
{
	struct parley_message *m = seen.waiting[n];

	if (rc != 0)
		m->append.err = (struct parley_error){ .code = PARLEY_LIMIT, .text = "disk full" };
	parley_event_set(&m->append.done, rc);
}

static enum parley_verdict
archive(void *self, struct parley_message *m)
{
	if (seen.late)
		return parley_message_refuse(m, PARLEY_NOT_ALLOWED, "you were removed");
	strcat(seen.archived, m->id);
	seen.waiting[seen.count] = m;
	m->append.seq = ++seen.count;
	m->archiving = true;
	if (seen.at_once)
		parley_event_set(&m->append.done, 0);
	return PARLEY_PASS;
}

/* Only "old-1" was there before. */
static enum parley_verdict
refused(void *self, struct parley_message *m)
{
	bool known = strcmp(m->id, "old-1") == 0;

	m->archiving = true;
	m->append.seq = 7;
	m->append.seek = true;
	m->append.err.code = known ? PARLEY_OK : PARLEY_NOT_FOUND;
	parley_event_set(&m->append.done, known ? 0 : -1);
	return PARLEY_PASS;
}

static enum parley_verdict
archived(void *self, struct parley_message *m)
{
	m->seq = m->append.seq;
	if (m->append.seek)
		m->repeated = true;
	else
		m->repeated = m->seq > 1 && strcmp(m->text, "again") == 0;
	return PARLEY_PASS;
}

static enum parley_verdict
delivered(void *self, struct parley_message *m)
{
	strcat(seen.delivered, m->id);
	if (strcmp(m->text, "held") == 0)
		parley_await_event(&seen.held, -1);
	test_yield(); /* it may await */
	seen.delivered_count++;
	return PARLEY_PASS;
}

static const struct parley_hook hooks[] = {
	{ .name = "message-check", .message = check },
	{ .name = "message-refused", .message = refused },
	{ .name = "message-archive", .message = archive },
	{ .name = "message-archived", .message = archived },
	{ .name = "message-delivered", .message = delivered },
	{ 0 },
};
static const struct owner owner = { .module = "test" };

static conn_id alice, alices_laptop, bob;

static int
up(void **state)
{
	memset(&seen, 0, sizeof seen);
	people_up(state);
	message_set_longest(100);
	for (const struct parley_hook *h = hooks; h->name != NULL; h++)
		assert_int_equal(hook_add(h, &owner, NULL), 0);
	alice = people_login("alice", "phone");
	alices_laptop = people_login("alice", "laptop");
	bob = people_login("bob", "phone");
	return 0;
}

static void
say(conn_id conn, const char *id, const char *to, const char *text)
{
	char frame[512];

	snprintf(frame, sizeof frame,
	    "{\"type\":\"message\",\"id\":\"%s\",\"to\":\"%s\",\"text\":\"%s\"}", id, to, text);
	core_receive(conn, frame);
}

/* The frame, after its login, that a connection was sent. */
static const char *
got(conn_id conn, unsigned n)
{
	return core_frame(conn, PEOPLE_LOGIN_FRAMES + n);
}

static unsigned
count(conn_id conn)
{
	return core_sent(conn) - PEOPLE_LOGIN_FRAMES;
}

static void
assert_has(const char *frame, const char *part)
{
	if (strstr(frame, part) == NULL)
		fail_msg("%s has not %s", frame, part);
}

/* ---- delivery ----------------------------------------------------------------------------- */

static void
a_message_reaches_every_device_and_its_sender_the_answer(void **state)
{
	conn_id bobs_laptop = people_login("bob", "laptop");

	seen.at_once = true;
	say(alice, "c-1", "Bob@localhost", "hi");
	core_settle();

	assert_int_equal(count(alice), 1);
	assert_has(got(alice, 0), "{\"type\":\"result\",\"id\":\"c-1\",\"mid\":\"");
	assert_has(got(alice, 0), "\"seq\":1,");
	assert_int_equal(count(bob), 1);
	assert_has(got(bob, 0), "\"from\":\"alice@localhost/phone\",\"to\":\"bob@localhost\","
				"\"chat\":\"alice@localhost\",\"seq\":1,");
	assert_null(strstr(got(bob, 0), "\"id\""));
	assert_string_equal(got(bobs_laptop, 0), got(bob, 0));
	assert_int_equal(count(alices_laptop), 1);
	assert_has(got(alices_laptop, 0), "\"chat\":\"bob@localhost\"");
	assert_has(got(alices_laptop, 0), "\"id\":\"c-1\"");
	assert_string_equal(seen.delivered, "c-1");
}

static void
a_note_to_oneself_goes_to_ones_other_devices_once(void **state)
{
	seen.at_once = true;
	say(alice, "c-1", "alice@localhost/laptop", "hi");
	core_settle();

	assert_int_equal(count(alice), 1);
	assert_has(got(alice, 0), "\"type\":\"result\"");
	assert_int_equal(count(alices_laptop), 1);
	assert_has(got(alices_laptop, 0), "\"chat\":\"alice@localhost\"");
	assert_has(got(alices_laptop, 0), "\"to\":\"alice@localhost\",");
}

static void
nothing_is_told_before_it_is_durable(void **state)
{
	say(alice, "c-1", "bob@localhost", "hi");
	test_yield();
	assert_int_equal(seen.count, 1);
	assert_int_equal(count(alice) + count(alices_laptop) + count(bob), 0);
	commit(0, 0);
	core_settle();

	assert_int_equal(count(alice), 1);
	assert_int_equal(count(bob), 1);
}

static void
what_was_archived_is_delivered_though_the_sender_has_gone(void **state)
{
	say(alice, "c-1", "bob@localhost", "hi");
	test_yield();
	session_end(people_session("alice", "phone"), NULL);
	core_lose(alice);
	commit(0, 0);
	core_settle();

	assert_int_equal(count(bob), 1);
	assert_int_equal(count(alices_laptop), 1);
	assert_string_equal(seen.delivered, "c-1");
}

static void
what_could_not_be_archived_is_not_delivered(void **state)
{
	say(alice, "c-1", "bob@localhost", "hi");
	test_yield();
	commit(0, -1);
	core_settle();

	assert_string_equal(got(alice, 0),
	    "{\"type\":\"error\",\"id\":\"c-1\",\"code\":\"limit\",\"text\":\"disk full\"}");
	assert_int_equal(count(bob) + count(alices_laptop), 0);
	assert_string_equal(seen.delivered, "");
}

/* One commit has both; what is done for the first afterwards takes its time. */
static void
what_a_module_awaits_afterwards_holds_up_nobody(void **state)
{
	say(alice, "c-1", "bob@localhost", "held");
	say(bob, "c-2", "alice@localhost", "hi");
	test_yield();
	assert_int_equal(seen.count, 2);
	commit(0, 0);
	commit(1, 0);
	test_yield();
	assert_int_equal(count(alice), 2);
	assert_int_equal(count(bob), 2);
	assert_string_equal(seen.delivered, "c-1");
	message_round();
	test_yield();
	assert_string_equal(seen.delivered, "c-1c-2");

	say(bob, "c-3", "alice@localhost", "hi");
	test_yield();
	commit(2, 0);
	test_yield();
	assert_int_equal(count(alice), 3);
	assert_string_equal(seen.delivered, "c-1c-2c-3");
	parley_event_set(&seen.held, 0);
	core_settle();
	assert_int_equal(seen.delivered_count, 3);
}

static void
a_retry_is_answered_and_not_delivered_again(void **state)
{
	seen.at_once = true;
	say(alice, "c-1", "bob@localhost", "hi");
	say(alice, "c-1", "bob@localhost", "again");
	core_settle();

	assert_int_equal(count(alice), 2);
	assert_has(got(alice, 1), "\"repeated\":true");
	assert_int_equal(count(bob), 1);
	assert_int_equal(seen.delivered_count, 1);
}

/* ---- groups ------------------------------------------------------------------------------- */

static void
a_message_to_a_group_goes_to_its_channel(void **state)
{
	conn_id carol = people_login("carol", "phone"), eve = people_login("eve", "phone");

	seen.at_once = true;
	seen.channel = parley_channel_new();
	parley_channel_add(seen.channel, "alice");
	parley_channel_add(seen.channel, "bob");
	parley_channel_add(seen.channel, "carol");
	say(alice, "c-1", "Club@rooms.localhost", "hi");
	core_settle();

	assert_int_equal(count(alice), 1);
	assert_has(got(alice, 0), "\"type\":\"result\"");
	assert_int_equal(count(bob), 1);
	assert_has(got(bob, 0),
	    "\"from\":\"alice@localhost/phone\",\"to\":\"club@rooms.localhost\","
	    "\"chat\":\"club@rooms.localhost\",\"seq\":1,");
	assert_null(strstr(got(bob, 0), "\"id\""));
	assert_string_equal(got(carol, 0), got(bob, 0));
	assert_int_equal(count(alices_laptop), 1);
	assert_has(got(alices_laptop, 0), "\"id\":\"c-1\"");
	assert_int_equal(count(eve), 0);
	assert_string_equal(seen.delivered, "c-1");
	assert_false(parley_channel_in_use(seen.channel));
	parley_channel_free(&seen.channel);
}

static enum parley_grade
grade(void *self, const char *account, const struct parley_message *m)
{
	assert_ptr_equal(self, &seen);
	assert_int_equal(m->seq, 1);
	return strcmp(account, "bob") == 0 ? PARLEY_GRADE_MENTION : PARLEY_GRADE_MESSAGE;
}

static enum parley_verdict
graded(void *self, struct parley_message *m)
{
	m->grade = grade;
	m->grade_self = &seen;
	return PARLEY_PASS;
}

static void
each_reader_is_told_whether_to_be_drawn_to_it(void **state)
{
	static const struct parley_hook hook = {
		.name = "message-archived", .priority = 1, .message = graded
	};
	conn_id carol = people_login("carol", "phone"), dave = people_login("dave", "phone");

	assert_int_equal(hook_add(&hook, &owner, NULL), 0);
	seen.at_once = true;
	seen.channel = parley_channel_new();
	parley_channel_add(seen.channel, "bob");
	parley_channel_add(seen.channel, "carol");
	parley_channel_add(seen.channel, "dave");
	say(alice, "c-1", "club@rooms.localhost", "hi");
	core_settle();

	assert_has(got(bob, 0), ",\"notify\":\"mention\"}");
	assert_has(got(carol, 0), ",\"notify\":\"message\"}");
	assert_string_equal(got(dave, 0), got(carol, 0));
	assert_null(strstr(got(alices_laptop, 0), "notify"));
	parley_channel_free(&seen.channel);
}

static void
a_group_that_is_given_back_while_a_message_is_archived_gets_nothing(void **state)
{
	seen.channel = parley_channel_new();
	parley_channel_add(seen.channel, "bob");
	say(alice, "c-1", "club@rooms.localhost", "hi");
	test_yield();
	assert_int_equal(seen.count, 1);
	assert_true(parley_channel_in_use(seen.channel));
	parley_channel_free(&seen.channel);
	commit(0, 0);
	core_settle();

	assert_int_equal(count(bob), 0);
	assert_int_equal(count(alice), 1);
}

/* ---- order -------------------------------------------------------------------------------- */

static void
messages_of_a_session_are_archived_in_the_order_of_their_arrival(void **state)
{
	seen.at_once = true;
	say(alice, "1", "bob@localhost", "slow");
	say(alice, "2", "bob@localhost", "hi");
	say(alice, "3", "bob@localhost", "spam");
	say(alice, "4", "bob@localhost", "hi");
	test_yield();
	assert_string_equal(seen.archived, "");
	assert_int_equal(
	    count(alice), 0); /* a refusal waits, too: it may be a retry of the first */
	parley_event_set(&seen.slow, 0);
	core_settle();

	assert_string_equal(seen.archived, "124");
	assert_int_equal(count(alice), 4);
	assert_has(got(alice, 2), "\"id\":\"3\"");
	assert_has(got(alice, 2), "\"code\":\"limit\"");
	assert_int_equal(count(bob), 3);
	for (unsigned n = 0; n < 3; n++) {
		char seq[16];

		snprintf(seq, sizeof seq, "\"seq\":%u,", n + 1);
		assert_has(got(bob, n), seq);
	}
	assert_true(strcmp(strstr(got(bob, 0), "\"mid\""), strstr(got(bob, 1), "\"mid\"")) < 0);
	assert_true(strcmp(strstr(got(bob, 1), "\"mid\""), strstr(got(bob, 2), "\"mid\"")) < 0);
}

static void
a_slow_check_holds_up_nobody_else(void **state)
{
	seen.at_once = true;
	say(alice, "1", "bob@localhost", "slow");
	say(bob, "2", "alice@localhost", "hi");
	say(alices_laptop, "3", "bob@localhost", "hi");
	test_yield();
	assert_string_equal(seen.archived, "23");
	parley_event_set(&seen.slow, 0);
	core_settle();
	assert_string_equal(seen.archived, "231");
}

/* ---- refusals ----------------------------------------------------------------------------- */

static void
assert_refused(const char *to, const char *text, const char *code, const char *where)
{
	unsigned before = core_sent(alice);

	say(alice, "c-9", to, text);
	core_settle();
	assert_int_equal(core_sent(alice), before + 1);
	assert_has(core_last(alice), "{\"type\":\"error\",\"id\":\"c-9\",");
	assert_has(core_last(alice), code);
	if (where != NULL)
		assert_has(core_last(alice), where);
	assert_int_equal(count(bob) + count(alices_laptop), 0);
	assert_int_equal(seen.count, 0);
	assert_string_equal(seen.delivered, "");
}

static void
a_message_may_be_refused_by_a_module(void **state)
{
	assert_refused("bob@localhost", "spam", "\"code\":\"limit\",\"text\":\"too much\"", NULL);
	assert_refused("bob@localhost", "mute", "\"code\":\"not-allowed\"", NULL);
}

static void
what_is_refused_may_be_a_retry_of_what_was_not(void **state)
{
	unsigned before = core_sent(alice);

	seen.late = true;
	for (unsigned i = 0; i < 3; i++) {
		static const char *const to[] = { "bob@localhost", "nobody@localhost",
			"bob at home" };

		say(alice, "old-1", to[i], "hi");
		core_settle();
		assert_int_equal(core_sent(alice), before + i + 1);
		assert_has(core_last(alice), "{\"type\":\"result\",\"id\":\"old-1\",");
		assert_has(core_last(alice), "\"seq\":7,");
		assert_has(core_last(alice), "\"repeated\":true");
	}
	assert_int_equal(count(bob), 0);
	assert_string_equal(seen.delivered, "");
}

static void
a_message_to_nobody_is_refused(void **state)
{
	assert_refused("nobody@localhost", "hi", "\"code\":\"not-found\"", NULL);
	assert_refused("bob@elsewhere.example", "hi", "\"code\":\"not-implemented\"", "\"/to\"");
	assert_refused("localhost", "hi", "\"code\":\"bad-request\"", "\"/to\"");
	assert_refused("bob at home", "hi", "\"code\":\"bad-request\"", "\"/to\"");
}

static void
a_message_to_a_group_that_no_module_knows_is_refused(void **state)
{
	assert_refused("club@rooms.localhost", "hi", "\"code\":\"not-found\"", "\"/to\"");
	assert_refused("rooms.localhost", "hi", "\"code\":\"bad-request\"", "\"/to\"");
}

static void
the_archive_may_still_refuse_before_it_is_queued(void **state)
{
	seen.late = true;
	assert_refused("bob@localhost", "hi", "\"code\":\"not-allowed\"", NULL);
}

static void
a_message_without_text_needs_a_check_that_fills_it_in(void **state)
{
	static const char frame[] = "{\"type\":\"message\",\"id\":\"%s\",\"to\":"
				    "\"bob@localhost\"%s}";
	char text[200];

	seen.at_once = true;
	snprintf(text, sizeof text, frame, "1", "");
	core_receive(alice, text);
	snprintf(text, sizeof text, frame, "2", ",\"forward\":\"nothing\"");
	core_receive(alice, text);
	snprintf(text, sizeof text, frame, "3", ",\"forward\":\"it\"");
	core_receive(alice, text);
	core_settle();

	assert_int_equal(count(alice), 3);
	assert_has(got(alice, 0), "\"text\":\"is required\",\"where\":\"/text\"");
	assert_has(got(alice, 1), "\"text\":\"is required\",\"where\":\"/text\"");
	assert_has(got(alice, 2), "\"type\":\"result\"");
	assert_int_equal(count(bob), 1);
	assert_has(got(bob, 0), "\"text\":\"forwarded\"}");
}

static void
a_check_notes_who_is_mentioned(void **state)
{
	seen.at_once = true;
	say(alice, "c-1", "bob@localhost", "naming");
	core_settle();
	assert_true(seen.named);
}

static void
a_message_over_the_nodes_own_limit_is_refused(void **state)
{
	char text[203] = "";

	memset(text, 'x', 101);
	assert_refused("bob@localhost", text, "\"code\":\"too-large\"", "\"/text\"");
	text[0] = '\0';
	for (int i = 0; i < 100; i++)
		strcat(text, "\xc3\xa9"); /* 100 characters of 2 bytes */
	seen.at_once = true;
	say(alice, "c-1", "bob@localhost", text);
	core_settle();
	assert_int_equal(count(bob), 1);
}

static void
the_order_goes_on_behind_refused_messages(void **state)
{
	seen.at_once = true;
	for (int i = 0; i < 20; i++)
		say(alice, "x", "nobody@localhost", "hi");
	say(alice, "1", "bob@localhost", "hi");
	core_settle();

	assert_int_equal(count(alice), 21);
	assert_int_equal(count(bob), 1);
}

static void
a_message_of_a_session_that_has_ended_is_not_sent(void **state)
{
	seen.at_once = true;
	say(alice, "c-1", "bob@localhost", "hi");
	session_end(people_session("alice", "phone"), NULL); /* before its fiber runs */
	core_settle();

	assert_int_equal(seen.count, 0);
	assert_int_equal(count(bob), 0);
}

/* ---- names -------------------------------------------------------------------------------- */

static void
a_chat_has_one_name_from_both_sides(void **state)
{
	char one[PARLEY_KEY_MAX], two[PARLEY_KEY_MAX];

	parley_chat_key("alice", "bob", one);
	parley_chat_key("bob", "alice", two);
	assert_string_equal(one, "alice+bob");
	assert_string_equal(two, "alice+bob");
	parley_chat_key("bob", "bob", one);
	assert_string_equal(one, "bob+bob");
}

static int
tests(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, up, people_down)
	const struct CMUnitTest all[] = {
		TEST(a_message_reaches_every_device_and_its_sender_the_answer),
		TEST(a_note_to_oneself_goes_to_ones_other_devices_once),
		TEST(nothing_is_told_before_it_is_durable),
		TEST(what_was_archived_is_delivered_though_the_sender_has_gone),
		TEST(what_could_not_be_archived_is_not_delivered),
		TEST(what_a_module_awaits_afterwards_holds_up_nobody),
		TEST(a_retry_is_answered_and_not_delivered_again),
		TEST(a_message_to_a_group_goes_to_its_channel),
		TEST(each_reader_is_told_whether_to_be_drawn_to_it),
		TEST(a_group_that_is_given_back_while_a_message_is_archived_gets_nothing),
		TEST(messages_of_a_session_are_archived_in_the_order_of_their_arrival),
		TEST(a_slow_check_holds_up_nobody_else),
		TEST(a_message_may_be_refused_by_a_module),
		TEST(what_is_refused_may_be_a_retry_of_what_was_not),
		TEST(a_message_to_nobody_is_refused),
		TEST(a_message_to_a_group_that_no_module_knows_is_refused),
		TEST(the_archive_may_still_refuse_before_it_is_queued),
		TEST(a_message_without_text_needs_a_check_that_fills_it_in),
		TEST(a_check_notes_who_is_mentioned),
		TEST(a_message_over_the_nodes_own_limit_is_refused),
		TEST(the_order_goes_on_behind_refused_messages),
		TEST(a_message_of_a_session_that_has_ended_is_not_sent),
		TEST(a_chat_has_one_name_from_both_sides),
	};

	return cmocka_run_group_tests_name("message", all, NULL, NULL);
}

int
main(void)
{
	auth_clocks();
	return test_on_fiber(tests);
}
