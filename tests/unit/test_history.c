/* SPDX-License-Identifier: MIT */
/* test_history.c - the journal of chats and who takes part, on a store in memory. */
#include "support/test.h"

#include "store/store.h"
#include "support/auth.h"
#include "support/chance.h"
#include "support/fiber.h"
#include "support/people.h"

#include "../../modules/history/keep.h"
#include "../../modules/history/shelf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct history history;
static struct keeper keeper; /* without any rule */

const void *
parley_service_find(const char *name, void **self_r)
{
	return NULL;
}

static void
forget(void)
{
	shelf_free_all(&history);
	chat_free_all(&history);
	parley_table_free(&history.chats);
	parley_table_free(&history.shelves);
	parley_table_free(&history.watches);
}

/* Forgets what is in memory, as a restart does. */
static void
restart(void)
{
	forget();
	history = (struct history){ .chats_cached = 10,
		.chats = parley_table_new(),
		.shelves = parley_table_new(),
		.watches = parley_table_new(),
		.keeper = &keeper };
}

static int
up(void **state)
{
	people_up(state);
	assert_int_equal(store_declare(&messages_collection, NULL), 0);
	assert_int_equal(store_declare(&members_collection, NULL), 0);
	assert_int_equal(store_declare(&moments_collection, NULL), 0);
	history = (struct history){ .chats_cached = 10,
		.chats = parley_table_new(),
		.shelves = parley_table_new(),
		.watches = parley_table_new(),
		.keeper = &keeper };
	return 0;
}

static int
down(void **state)
{
	forget();
	return people_down(state);
}

/* ---- short forms -------------------------------------------------------------------------- */

/* What the callbacks of a change have seen. */
struct seen {
	char frame[1024];
	int64_t applied, stored;
	enum parley_code fail; /* of store */
	struct parley_event *wait;
};

static void
apply(void *arg, int64_t seq, struct parley_payload *frame)
{
	struct seen *seen = arg;

	assert_int_equal(seen->stored, 0);
	seen->applied = seq;
	snprintf(seen->frame, sizeof seen->frame, "%s", frame->json);
}

static int
store(void *arg, int64_t seq, struct parley_error *err)
{
	struct seen *seen = arg;

	assert_int_equal(seen->applied, seq);
	if (seen->wait != NULL)
		parley_await_event(seen->wait, -1);
	seen->stored = seq;
	return seen->fail == PARLEY_OK ? 0 : parley_fail(err, seen->fail, NULL, "no room");
}

static const char *leaving; /* with the change */

static int64_t
try_change(const char *chat, const char *kind, const char *who, const char *text, struct seen *seen,
    struct parley_error *err)
{
	const struct parley_change what = {
		.chat = chat,
		.from = "alice",
		.device = "phone",
		.kind = kind,
		.who = who,
		.text = text,
		.leaver = leaving,
		.apply = apply,
		.store = store,
		.module = "groups",
		.arg = seen,
	};

	return history_change(&history, &what, err);
}

static int64_t
change(const char *kind, const char *who, const char *text, struct seen *seen)
{
	struct parley_error err = { 0 };
	int64_t seq = try_change("#club", kind, who, text, seen, &err);

	if (seq < 0)
		fail_msg("%s", err.text);
	return seq;
}

static int64_t
simple_change(void)
{
	struct seen seen = { 0 };

	return change("title", NULL, "x", &seen);
}

/* Archives a message, as the core does. */
static int64_t
say(const char *key, const char *from)
{
	struct parley_append a = { 0 };
	struct chat *c;
	char mid[37];

	parley_mid_new(mid);
	snprintf(a.stream, sizeof a.stream, "%s", key);
	parley_text_printf(&a.json,
	    "{\"mid\":\"%s\",\"from\":\"%s\",\"device\":\"d\",\"time\":%lld,\"text\":\"hi\"}", mid,
	    from, (long long)parley_now());
	parley_store_append(&messages_collection, &a);
	assert_int_equal(parley_await_event(&a.done, -1), 0);
	history_note(&history, mid);
	c = chat_known(&history, key);
	if (c != NULL)
		chat_note(c, mid, from, a.seq, parley_now(), parley_now());
	return a.seq;
}

static void
join(const char *account, int64_t seq, bool whole)
{
	assert_int_equal(history_join(&history, "#club", account, seq, whole, NULL), 0);
}

static void
leave(const char *account, int64_t seq)
{
	assert_int_equal(history_leave(&history, "#club", account, seq, NULL), 0);
}

/* A copy of what is known of a member; name "" when there is none who may read. */
static struct member
member_of(const char *account)
{
	struct parley_error err = { 0 };
	struct chat *c = chat_get(&history, account, "#club", &err);
	struct member *m = member_reader(&history, c, account, &err), copy = { 0 };

	if (m != NULL)
		copy = *m;
	else
		assert_int_equal(err.code, PARLEY_NOT_FOUND);
	chat_put(&history, &c);
	return copy;
}

static int64_t
unread(const char *account)
{
	struct parley_error err = { 0 };
	struct chat *c = chat_get(&history, account, "#club", &err);
	struct member *m = member_get(&history, c, account, &err);
	int64_t n = member_unread(c, m, &err);

	chat_put(&history, &c);
	return n;
}

/* ---- changes ------------------------------------------------------------------------------ */

static void
a_change_is_durable_then_applied_then_stored(void **state)
{
	struct seen seen = { 0 };
	struct parley_error err = { 0 };
	struct parley_doc *doc;

	assert_int_equal(change("added", "bob", NULL, &seen), 1);
	assert_int_equal(seen.applied, 1);
	assert_int_equal(seen.stored, 1);
	assert_non_null(strstr(seen.frame, "\"from\":\"alice@localhost/phone\""));
	assert_non_null(strstr(seen.frame, "\"to\":\"club@rooms.localhost\""));
	assert_non_null(strstr(seen.frame, "\"chat\":\"club@rooms.localhost\",\"seq\":1,"));
	assert_non_null(
	    strstr(seen.frame, "\"change\":{\"kind\":\"added\",\"who\":\"bob@localhost\"}}"));
	doc = parley_store_get(&messages_collection, "#club/1", &err);
	assert_non_null(doc);
	assert_null(parley_json_get(doc->root, "todo"));
	parley_doc_free(&doc);
	seen = (struct seen){ 0 };
	assert_int_equal(change("title", NULL, "The \"club\"", &seen), 2);
	assert_non_null(strstr(seen.frame, "{\"kind\":\"title\",\"text\":\"The \\\"club\\\"\"}"));
}

/* Lets the store and the other fibers work. */
static void
pause_a_little(void)
{
	parley_store_get(&members_collection, "nothing", NULL);
}

static char order[32];
static struct parley_event first_waits;

static void
first_change(void *arg)
{
	strcat(order, "a");
	change("title", NULL, "first", arg);
	strcat(order, "b");
}

static void
second_change(void *arg)
{
	struct seen seen = { 0 };

	strcat(order, "c");
	change("title", NULL, "second", &seen);
	strcat(order, "d");
}

static void
changes_of_a_chat_are_made_one_after_the_other(void **state)
{
	struct seen first = { .wait = &first_waits };

	order[0] = '\0';
	first_waits = (struct parley_event){ 0 };
	test_spawn(first_change, &first);
	test_spawn(second_change, NULL);
	while (first.applied == 0)
		pause_a_little();
	for (int i = 0; i < 20; i++)
		pause_a_little();
	assert_string_equal(order, "ac");
	assert_int_equal(say("#club", "bob"), 2); /* a message does not wait */
	parley_event_set(&first_waits, 0);
	while (strlen(order) < 4)
		pause_a_little();
	assert_string_equal(order, "acbd");
	assert_int_equal(simple_change(), 4);
}

static struct {
	struct chat *chat;
	struct member *member;
	int64_t unread;
	bool done;
} counting;

static void
count_unread(void *arg)
{
	struct parley_error err = { 0 };

	counting.unread = member_unread(counting.chat, counting.member, &err);
	counting.done = true;
}

static void
read_all(void *arg)
{
	counting.member->read = counting.chat->head;
}

/* The first count of a chat looks for its changes in the store. */
static void
what_is_read_while_it_is_counted_is_not_unread(void **state)
{
	struct parley_error err = { 0 };

	join("bob", simple_change(), true);
	say("#club", "alice");
	restart();
	counting.chat = chat_get(&history, "bob", "#club", &err);
	counting.member = member_get(&history, counting.chat, "bob", &err);
	counting.done = false;
	assert_int_not_equal(member_read(counting.member), counting.chat->head);
	test_spawn(count_unread, NULL);
	test_spawn(read_all, NULL);
	while (!counting.done)
		pause_a_little();
	assert_int_equal(counting.unread, 0);
	chat_put(&history, &counting.chat);
}

/* ---- what was missed ---------------------------------------------------------------------- */

static char heard[256];

static void
hear_missed(void *arg, const char *mid, const char *device, struct parley_text *frame)
{
	const char *chat = strstr(frame->s, "\"seq\":");

	assert_non_null(chat);
	snprintf(heard + strlen(heard), sizeof heard - strlen(heard), "%s%.7s ", device, chat);
}

/* A message from somebody's device "d", in a chat of two. */
static void
write_to(const char *from, const char *to)
{
	char key[PARLEY_KEY_MAX];
	struct parley_error err = { 0 };
	struct chat *c = chat_get(&history, from, to, &err);

	assert_int_equal(chat_store_members(&history, c, &err), 0);
	chat_put(&history, &c);
	parley_chat_key(from, to, key);
	say(key, from);
}

static int
missed(const char *account, bool *more)
{
	heard[0] = '\0';
	return history_missed(&history, account, "0", 10, hear_missed, NULL, more, NULL);
}

/* Another chat may have been read already when it was archived. */
static void
what_is_archived_while_chats_are_read_is_told_later(void **state)
{
	char until[37];
	bool more;

	write_to("bob", "alice");
	write_to("carol", "alice");
	snprintf(until, sizeof until, "%s", history.latest);
	write_to("bob", "alice");
	write_to("carol", "alice");
	snprintf(history.latest, sizeof history.latest, "%s", until);
	assert_int_equal(missed("alice", &more), 2);
	assert_string_equal(heard, "\"seq\":1 \"seq\":1 ");
	assert_false(more);
	write_to("carol", "alice");
	assert_int_equal(missed("alice", &more), 5);
	assert_string_equal(heard, "\"seq\":1 \"seq\":1 \"seq\":2 \"seq\":2 \"seq\":3 ");
}

static void
a_device_is_named_when_it_is_ones_own(void **state)
{
	bool more;

	write_to("alice", "bob");
	write_to("bob", "alice");
	assert_int_equal(missed("alice", &more), 2);
	assert_string_equal(heard, "d\"seq\":1 \"seq\":2 ");
}

/* ---- what a crash has interrupted --------------------------------------------------------- */

static char undone[256];

static int
note_undone(void *arg, const struct parley_undone *entry, struct parley_error *err)
{
	size_t len = strlen(undone);

	snprintf(undone + len, sizeof undone - len, "%s/%lld %s %s %s;", entry->chat,
	    (long long)entry->seq, entry->from, entry->kind, entry->text);
	return arg != NULL ? parley_fail(err, PARLEY_LIMIT, NULL, "no room") : 0;
}

static void
what_was_not_stored_is_found_again(void **state)
{
	struct seen seen = { .fail = PARLEY_LIMIT };
	struct parley_error err = { 0 };

	undone[0] = '\0';
	simple_change();
	assert_int_equal(change("title", NULL, "one", &seen), 2);
	seen = (struct seen){ .fail = PARLEY_LIMIT };
	assert_int_equal(change("topic", NULL, "two", &seen), 3);
	restart();
	assert_int_equal(history_redo(&history, "other", note_undone, NULL, &err), 0);
	assert_string_equal(undone, "");
	assert_int_equal(history_redo(&history, "groups", note_undone, &undone, &err), -1);
	assert_int_equal(err.code, PARLEY_LIMIT);
	assert_string_equal(undone, "#club/2 alice title one;");
	undone[0] = '\0';
	assert_int_equal(history_redo(&history, "groups", note_undone, NULL, &err), 0);
	assert_string_equal(undone, "#club/2 alice title one;#club/3 alice topic two;");
	undone[0] = '\0';
	assert_int_equal(history_redo(&history, "groups", note_undone, NULL, &err), 0);
	assert_string_equal(undone, "");
}

/* Done after it, the first would undo the second. */
static void
what_was_not_stored_is_done_before_anything_else_changes(void **state)
{
	struct seen seen = { .fail = PARLEY_LIMIT };
	struct parley_error err = { 0 };

	undone[0] = '\0';
	simple_change();
	assert_int_equal(history_redo(&history, "groups", note_undone, &undone, &err), 0);
	assert_int_equal(change("title", NULL, "one", &seen), 2);
	seen = (struct seen){ 0 };
	assert_int_equal(history_settle(&history, "#club", &err), -1);
	assert_string_equal(undone, "#club/2 alice title one;");

	undone[0] = '\0';
	history.owed.redoers[0].arg = NULL; /* there is room again */
	assert_int_equal(change("topic", NULL, "two", &seen), 3);
	assert_int_equal(seen.stored, 3);
	assert_int_equal(history_settle(&history, "#club", &err), 0);
	assert_string_equal(undone, "#club/2 alice title one;");
}

/* What a fiber does again, and then tells of. */
struct again {
	int failures; /* yet to come */
	int64_t seq;
	struct parley_event done;
};

static int
do_again(void *arg, const struct parley_undone *entry, struct parley_error *err)
{
	struct again *again = arg;

	if (again->failures > 0) {
		again->failures--;
		return parley_fail(err, PARLEY_LIMIT, NULL, "no room");
	}
	again->seq = entry->seq;
	parley_event_set(&again->done, 0);
	return 0;
}

/* In a chat of its own: fibers of other tests may still look after theirs. */
static void
what_was_not_stored_is_done_by_itself(void **state)
{
	struct seen seen = { .fail = PARLEY_LIMIT };
	struct again again = { .failures = 1 };
	struct parley_error err = { 0 };

	assert_int_equal(history_redo(&history, "groups", do_again, &again, &err), 0);
	assert_int_equal(try_change("#alone", "title", NULL, "one", &seen, &err), 1);
	assert_int_equal(history.owed_chats, 1);
	assert_int_equal(parley_await_event(&again.done, 60000), 0);
	assert_int_equal(again.failures, 0);
	assert_int_equal(again.seq, 1);

	seen = (struct seen){ 0 };
	again.seq = 0;
	assert_int_equal(try_change("#alone", "topic", NULL, "two", &seen, &err), 2);
	assert_int_equal(again.seq, 0); /* nothing was left */
	assert_int_equal(history.owed_chats, 0);
}

static void
no_more_changes_wait_for_the_store_than_may(void **state)
{
	struct seen seen = { .fail = PARLEY_LIMIT };
	struct parley_error err = { 0 };

	undone[0] = '\0';
	assert_int_equal(history_redo(&history, "groups", note_undone, NULL, &err), 0);
	history.owed_chats = OWED_MOST - 1; /* others */
	assert_int_equal(change("title", NULL, "one", &seen), 1);
	assert_int_equal(history.owed_chats, OWED_MOST);
	seen = (struct seen){ 0 };
	assert_int_equal(try_change("#other", "title", NULL, "two", &seen, &err), -1);
	assert_int_equal(err.code, PARLEY_BUSY);
	assert_true(err.retry_after > 0);
	assert_int_equal(seen.applied, 0);
	assert_int_equal(history.owed.refused, 1);

	assert_int_equal(change("title", NULL, "three", &seen), 2); /* does what is owed first */
	assert_string_equal(undone, "#club/1 alice title one;");
	assert_int_equal(history.owed_chats, OWED_MOST - 1);
	seen = (struct seen){ 0 };
	assert_int_equal(try_change("#other", "title", NULL, "two", &seen, &err), 1);
	assert_int_equal(history.owed.under_way, 0);
}

/* Archives a change of a message, which cannot be put in force. */
static int
change_message(const char *chat, struct parley_error *err)
{
	const struct parley_error no_room = { .code = PARLEY_LIMIT };
	struct entry e = { .from = "alice", .todo = "history" };
	struct chat *c = chat_get(&history, "alice", chat, err);
	int rc;

	e.chat = c;
	e.change = (struct change){ .kind = "delete", .target = "gone", .on = -1 };
	rc = entry_begin(&history, &e, err);
	if (rc == 0)
		rc = entry_append(&history, &e, err);
	if (rc == 0)
		owed_fail(&history, &e, &no_room);
	entry_end(&history, &e);
	chat_put(&history, &c);
	return rc;
}

static void
changes_of_messages_count_among_those_that_may_wait(void **state)
{
	struct chat *c;
	struct reading rd;
	struct parley_error err = { 0 };

	history.owed_chats = OWED_MOST - 1;
	assert_int_equal(change_message("#club", &err), 0);
	assert_int_equal(history.owed_chats, OWED_MOST);
	assert_int_equal(change_message("#other", &err), -1);
	assert_int_equal(err.code, PARLEY_BUSY);
	assert_int_equal(history.owed.refused, 1);
	c = chat_get(&history, "alice", "#club", &err);
	assert_int_equal(reading_begin(&rd, &history, c, &err), 0); /* does what is owed first */
	reading_end(&rd);
	chat_put(&history, &c);
	assert_int_equal(history.owed_chats, OWED_MOST - 1);
	assert_int_equal(history.owed.under_way, 0);
	assert_int_equal(change_message("#other", &err), 0);
	assert_int_equal(history_settle(&history, "#other", &err), 0);
	assert_int_equal(history.owed_chats, OWED_MOST - 1);
}

/* A change on a fiber of its own. */
struct trial {
	struct seen seen;
	int64_t seq;
};

static void
try_aside(void *arg)
{
	struct trial *t = arg;
	struct parley_error err = { 0 };

	t->seq = try_change("#other", "title", NULL, "x", &t->seen, &err);
}

static void
changes_under_way_count_among_those_that_may_wait(void **state)
{
	struct parley_event wait = { 0 };
	struct trial first = { .seen = { .wait = &wait } };
	struct seen second = { 0 };
	struct parley_error err = { 0 };

	history.owed_chats = OWED_MOST - 1;
	test_spawn(try_aside, &first);
	while (first.seen.applied == 0)
		test_yield();
	assert_int_equal(try_change("#club", "title", NULL, "y", &second, &err), -1);
	assert_int_equal(err.code, PARLEY_BUSY);
	parley_event_set(&wait, 0);
	while (first.seq == 0)
		test_yield();
	assert_int_equal(first.seq, 1);
	assert_int_equal(try_change("#club", "title", NULL, "y", &second, &err), 1);
}

/* ---- who takes part ----------------------------------------------------------------------- */

static void
a_member_reads_from_where_they_joined_or_everything(void **state)
{
	simple_change();
	say("#club", "alice");
	assert_string_equal(member_of("bob").name, "");
	join("alice", 1, true);
	join("bob", 3, false);
	for (int again = 0; again < 2; again++) {
		assert_int_equal(member_of("alice").from, 0);
		assert_int_equal(member_of("bob").from, 3);
		assert_int_equal(member_of("bob").read, 3);
		assert_string_equal(member_of("eve").name, "");
		restart();
	}
}

static void
who_has_left_reads_nothing_until_they_come_back(void **state)
{
	simple_change();
	join("bob", 1, true);
	leave("bob", 4);
	assert_string_equal(member_of("bob").name, "");
	restart();
	assert_string_equal(member_of("bob").name, "");
	join("bob", 9, false);
	assert_int_equal(member_of("bob").from, 9);
	restart();
	assert_int_equal(member_of("bob").from, 9);
}

static void
who_has_left_reads_nothing_while_that_cannot_be_stored(void **state)
{
	struct seen seen = { .fail = PARLEY_LIMIT };
	struct parley_error err = { 0 };

	undone[0] = '\0';
	simple_change();
	join("bob", 1, true);
	join("carol", 1, true);
	assert_int_equal(history_redo(&history, "groups", note_undone, &undone, &err), 0);
	leaving = "bob";
	assert_int_equal(change("left", NULL, NULL, &seen), 2);
	leaving = NULL;
	assert_string_equal(member_of("bob").name, "");
	chat_free_members(&history, chat_known(&history, "#club"));
	chat_known(&history, "#club")->members = parley_table_new();
	assert_string_equal(member_of("bob").name, "");
	assert_string_equal(member_of("carol").name, "carol");
	leave("bob", 2);
	history.owed.redoers[0].arg = NULL;
	assert_int_equal(history_settle(&history, "#club", &err), 0);
	restart();
	assert_string_equal(member_of("bob").name, "");
}

static void
joining_and_leaving_again_for_the_same_entry_is_harmless(void **state)
{
	simple_change();
	join("bob", 1, true);
	leave("bob", 4);
	join("bob", 1, true); /* as redo does */
	assert_string_equal(member_of("bob").name, "");
	join("bob", 6, true);
	leave("bob", 4);
	assert_string_equal(member_of("bob").name, "bob");
	leave("eve", 7); /* never was in it */
	assert_string_equal(member_of("eve").name, "");
}

/* ---- counting ----------------------------------------------------------------------------- */

static void
changes_are_not_unread_and_own_messages_are_read(void **state)
{
	simple_change();
	join("alice", 1, true);
	join("bob", 1, true);
	say("#club", "alice");
	simple_change();
	say("#club", "alice");
	simple_change();
	for (int again = 0; again < 2; again++) {
		assert_int_equal(unread("bob"), 2);
		assert_int_equal(unread("alice"), 0);
		restart();
	}
	assert_int_equal(say("#club", "bob"), 6);
	for (int again = 0; again < 2; again++) {
		assert_int_equal(unread("bob"), 0);
		assert_int_equal(unread("alice"), 1);
		restart();
	}
}

/* What is known of a chat must be the same when it is read from the store. */
static void
expect_same_when_read(void)
{
	struct parley_error err = { 0 };
	struct chat *c = chat_get(&history, "alice", "#club", &err), before;
	int64_t unread_before[2] = { unread("alice"), unread("bob") };

	assert_int_equal(chat_count_changes(c, &err), 0);
	before = *c;
	chat_put(&history, &c);
	restart();
	c = chat_get(&history, "alice", "#club", &err);
	assert_int_equal(chat_count_changes(c, &err), 0);
	assert_int_equal(c->head, before.head);
	assert_int_equal(c->last, before.last);
	assert_int_equal(c->changes, before.changes);
	assert_int_equal(c->last_change, before.last_change);
	assert_string_equal(c->head_mid, before.head_mid);
	assert_string_equal(c->last_mid, before.last_mid);
	chat_put(&history, &c);
	assert_int_equal(unread("alice"), unread_before[0]);
	assert_int_equal(unread("bob"), unread_before[1]);
}

static unsigned left;

static void
change_aside(void *arg)
{
	simple_change();
	left--;
}

static void
say_aside(void *arg)
{
	say("#club", arg);
	left--;
}

/* Some messages and some changes, all on their way at the same time. */
static void
happen_at_once(void)
{
	static char alice[] = "alice", bob[] = "bob";

	for (left = 0; left < 12 && chance(12) > 0; left++)
		if (chance(3) == 0)
			test_spawn(change_aside, NULL);
		else
			test_spawn(say_aside, chance(2) ? alice : bob);
	while (left > 0)
		pause_a_little();
}

static void
only_the_last_times_of_a_position_are_kept(void **state)
{
	struct parley_error err = { 0 };
	struct chat *c = chat_get(&history, "alice", "bob", &err);
	struct member *m = chat_member(c, "bob");
	char key[PARLEY_KEY_MAX];
	struct moments moments;
	struct parley_doc *doc;

	for (int64_t i = 1; i <= MOMENTS_MAX + 10; i++)
		moments_add(c, m, MOMENTS_READ, (i - 1) * 10, i * 10, 1000 + i);
	moments_add(c, m, MOMENTS_READ, 100, 150, 9999); /* not forward */
	member_key(key, "bob", c);
	doc = parley_store_get(&moments_collection, key, &err);
	assert_non_null(doc);
	moments_read(&moments, doc, MOMENTS_RECEIVED);
	assert_int_equal(moments.count, 0);
	moments_read(&moments, doc, MOMENTS_READ);
	assert_int_equal(moments.count, MOMENTS_MAX);
	for (int64_t i = 1; i <= MOMENTS_MAX + 10;
	     i++) /* of each the last message, and one before */
		for (int64_t seq = i * 10 - 5; seq <= i * 10; seq += 5)
			assert_int_equal(moment_of(&moments, seq), i <= 11 ? 0 : 1000 + i);
	assert_int_equal(moment_of(&moments, MOMENTS_MAX * 10 + 101), 0);
	parley_doc_free(&doc);
	chat_put(&history, &c);
}

static void
what_was_read_before_has_no_time(void **state)
{
	struct parley_error err = { 0 };
	struct chat *c = chat_get(&history, "alice", "bob", &err);
	char key[PARLEY_KEY_MAX];
	struct moments moments;
	struct parley_doc *doc;

	moments_add(c, chat_member(c, "bob"), MOMENTS_RECEIVED, 40, 50, 1000);
	member_key(key, "bob", c);
	doc = parley_store_get(&moments_collection, key, &err);
	moments_read(&moments, doc, MOMENTS_RECEIVED);
	assert_int_equal(moment_of(&moments, 40), 0);
	assert_int_equal(moment_of(&moments, 41), 1000);
	assert_int_equal(moment_of(&moments, 51), 0);
	parley_doc_free(&doc);
	chat_put(&history, &c);
}

static void
what_is_counted_is_what_is_in_the_store(void **state)
{
	chance_begin();
	simple_change();
	join("alice", 1, true);
	join("bob", 1, true);
	for (int i = 0; i < 60; i++) {
		happen_at_once();
		if (chance(3) == 0)
			expect_same_when_read();
	}
}

/* ---- what is large, and what was cut short ------------------------------------------------ */

/* As large as a document may be. */
static void
say_much(const char *from)
{
	static char text[PARLEY_DOC_MAX - 200];
	struct parley_append a = { .stream = "#club" };
	char mid[37];

	memset(text, 'x', sizeof text - 1);
	parley_mid_new(mid);
	parley_text_printf(&a.json,
	    "{\"mid\":\"%s\",\"from\":\"%s\",\"device\":\"d\",\"time\":1,\"text\":\"%s\"}", mid,
	    from, text);
	parley_store_append(&messages_collection, &a);
	assert_int_equal(parley_await_event(&a.done, -1), 0);
}

/* Together they are more than one look into the store may find. */
static void
many_large_messages_that_are_unread_are_no_hindrance(void **state)
{
	enum { LARGE = 70 };
	struct parley_error err = { 0 };
	struct member *m;
	struct chat *c;

	join("bob", simple_change(), true);
	say("#club", "bob");
	for (int i = 0; i < LARGE; i++)
		say_much("alice");
	restart();
	c = chat_get(&history, "bob", "#club", &err);
	m = c != NULL ? member_get(&history, c, "bob", &err) : NULL;
	if (m == NULL)
		fail_msg("%s", err.text);
	assert_int_equal(member_read(m), 2);
	assert_int_equal(member_unread(c, m, &err), LARGE);
	assert_int_equal(member_move(&history, c, m, c->head, 3, c->head, &err), 0);
	assert_int_equal(member_unread(c, m, &err), LARGE);
	chat_put(&history, &c);
}

/* The fiber that walks over all chats does so once more. */
static void
walk(void)
{
	static bool begun;
	uint64_t walks = history.walks;

	if (!begun)
		assert_int_equal(walk_begin(&history, NULL), 0);
	begun = true;
	walk_wake(&history, false);
	for (int i = 0; i < 30000 && history.walks == walks; i++)
		parley_await_sleep(1);
	assert_int_not_equal(history.walks, walks);
}

/* It went on removing when the node was stopped, and nothing is to be removed since. */
static void
a_walk_that_has_nothing_left_to_do_lets_another_one_begin(void **state)
{
	assert_int_equal(store_declare(&keep_collection, NULL), 0);
	say("#club", "alice");
	snprintf(keeper.position, sizeof keeper.position, "#club");
	walk();
	assert_int_not_equal(keeper.sizes.time, 0);
	assert_int_equal(keeper.sizes.chats, 1);
	assert_int_equal(keeper.sizes.all.messages, 1);
}

/* It had been stored where the chat begins, and nothing was removed yet. */
static void
what_a_kill_has_left_is_removed_and_told_to_who_was_away(void **state)
{
	struct parley_text json = { 0 };
	struct parley_error err = { 0 };
	struct parley_doc *last;

	assert_int_equal(store_declare(&keep_collection, NULL), 0);
	for (int i = 0; i < 5; i++)
		say("#club", "alice");
	parley_text_puts(&json, "{\"first\":4,\"swept\":77}");
	assert_int_equal(parley_store_put(&keep_collection, "#club", &json, &err), 0);
	parley_text_fini(&json);
	keeper.any = keeper.some_rule = true;
	walk();
	keeper.any = keeper.some_rule = false;
	assert_int_equal(history.removed, 3);
	assert_null(parley_store_get(&messages_collection, "#club/3", &err));
	last = parley_store_get(&messages_collection, "#club/5", &err);
	assert_non_null(last);
	assert_int_equal(parley_json_int(parley_json_get(last->root, "swept"), 0), 77);
	parley_doc_free(&last);
}

static int
tests(void)
{
	const struct CMUnitTest all[] = {
		cmocka_unit_test_setup_teardown(
		    a_change_is_durable_then_applied_then_stored, up, down),
		cmocka_unit_test_setup_teardown(
		    changes_of_a_chat_are_made_one_after_the_other, up, down),
		cmocka_unit_test_setup_teardown(
		    what_is_read_while_it_is_counted_is_not_unread, up, down),
		cmocka_unit_test_setup_teardown(
		    what_is_archived_while_chats_are_read_is_told_later, up, down),
		cmocka_unit_test_setup_teardown(a_device_is_named_when_it_is_ones_own, up, down),
		cmocka_unit_test_setup_teardown(what_was_not_stored_is_found_again, up, down),
		cmocka_unit_test_setup_teardown(
		    what_was_not_stored_is_done_before_anything_else_changes, up, down),
		cmocka_unit_test_setup_teardown(what_was_not_stored_is_done_by_itself, up, down),
		cmocka_unit_test_setup_teardown(
		    no_more_changes_wait_for_the_store_than_may, up, down),
		cmocka_unit_test_setup_teardown(
		    changes_under_way_count_among_those_that_may_wait, up, down),
		cmocka_unit_test_setup_teardown(
		    changes_of_messages_count_among_those_that_may_wait, up, down),
		cmocka_unit_test_setup_teardown(
		    a_member_reads_from_where_they_joined_or_everything, up, down),
		cmocka_unit_test_setup_teardown(
		    who_has_left_reads_nothing_until_they_come_back, up, down),
		cmocka_unit_test_setup_teardown(
		    who_has_left_reads_nothing_while_that_cannot_be_stored, up, down),
		cmocka_unit_test_setup_teardown(
		    joining_and_leaving_again_for_the_same_entry_is_harmless, up, down),
		cmocka_unit_test_setup_teardown(
		    changes_are_not_unread_and_own_messages_are_read, up, down),
		cmocka_unit_test_setup_teardown(
		    only_the_last_times_of_a_position_are_kept, up, down),
		cmocka_unit_test_setup_teardown(what_was_read_before_has_no_time, up, down),
		cmocka_unit_test_setup_teardown(what_is_counted_is_what_is_in_the_store, up, down),
		cmocka_unit_test_setup_teardown(
		    many_large_messages_that_are_unread_are_no_hindrance, up, down),
		cmocka_unit_test_setup_teardown(
		    a_walk_that_has_nothing_left_to_do_lets_another_one_begin, up, down),
		cmocka_unit_test_setup_teardown(
		    what_a_kill_has_left_is_removed_and_told_to_who_was_away, up, down),
	};

	return cmocka_run_group_tests_name("history", all, NULL, NULL);
}

int
main(void)
{
	auth_clocks();
	return test_on_fiber(tests);
}
