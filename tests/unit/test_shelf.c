/* SPDX-License-Identifier: MIT */
/* test_shelf.c - what has changed since a moment, found in memory, is what a look at everything
 * finds. */
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

#define PAIRS  12
#define GROUPS 6
#define CHATS  (PAIRS + GROUPS)

static struct history history;
static struct keeper keeper; /* without any rule */

/* What alice's inbox should know of each chat: when it last changed, 0 for never. */
static struct model {
	char peer[PEER_SIZE], key[PARLEY_KEY_MAX];
	int64_t chat, member, set;
	bool in, gone;
} model[CHATS];

const void *
parley_service_find(const char *name, void **self_r)
{
	return NULL;
}

static void
begin(void)
{
	history = (struct history){ .chats_cached = 10,
		.chats = parley_table_new(),
		.shelves = parley_table_new(),
		.watches = parley_table_new(),
		.keeper = &keeper };
}

static void
forget(void)
{
	shelf_free_all(&history);
	assert_int_equal(history.spots_in_memory, 0);
	assert_int_equal(parley_table_count(history.watches), 0);
	chat_free_all(&history);
	parley_table_free(&history.chats);
	parley_table_free(&history.shelves);
	parley_table_free(&history.watches);
}

static int
up(void **state)
{
	people_up(state);
	assert_int_equal(store_declare(&messages_collection, NULL), 0);
	assert_int_equal(store_declare(&members_collection, NULL), 0);
	assert_int_equal(store_declare(&own_collection, NULL), 0);
	begin();
	memset(model, 0, sizeof model);
	for (int i = 0; i < CHATS; i++) {
		struct model *m = &model[i];

		snprintf(m->peer, sizeof m->peer, i < PAIRS ? "bob%d" : "#club%d", i);
		if (i < PAIRS)
			parley_chat_key("alice", m->peer, m->key);
		else
			memcpy(m->key, m->peer, sizeof m->peer);
	}
	return 0;
}

static int
down(void **state)
{
	forget();
	return people_down(state);
}

/* ---- what happens ------------------------------------------------------------------------- */

/* Other chats take the places in memory. */
static void
crowd_out(void)
{
	for (int i = 0; i < 15; i++) {
		struct parley_error err = { 0 };
		char name[16];
		struct chat *c;

		snprintf(name, sizeof name, "zoe%d", i);
		c = chat_get(&history, "zoe", name, &err);
		chat_put(&history, &c);
	}
}

/* As the hooks do; the chat may leave the memory between. */
static bool
say(struct model *m)
{
	bool group = m->peer[0] == '#';
	struct parley_append a = { 0 };
	struct parley_error err = { 0 };
	struct chat *c = chat_get(&history, "alice", m->peer, &err);
	char mid[37];

	if (c == NULL || (!group && chat_store_members(&history, c, &err) != 0))
		return false;
	chat_put(&history, &c);
	if (chance(4) == 0)
		crowd_out();
	parley_mid_new(mid);
	snprintf(a.stream, sizeof a.stream, "%s", m->key);
	parley_text_printf(&a.json,
	    "{\"mid\":\"%s\",\"from\":\"bob\",\"device\":\"d\",\"time\":%lld,\"text\":\"hi\"}", mid,
	    (long long)parley_now());
	parley_store_append(&messages_collection, &a);
	if (parley_await_event(&a.done, -1) != 0)
		return false;
	c = chat_known(&history, m->key);
	if (c != NULL) {
		chat_note(c, mid, "bob", a.seq, parley_now(), parley_now());
		shelf_chat_changed(&history, c);
	} else {
		shelf_key_changed(&history, m->key);
	}
	m->chat = parley_now();
	m->in = m->in || !group;
	return true;
}

static void
change(struct model *m)
{
	const struct parley_change what = {
		.chat = m->key, .from = "bob", .kind = "title", .text = "x", .module = "groups"
	};
	struct parley_error err = { 0 };

	assert_true(history_change(&history, &what, &err) > 0);
	m->chat = parley_now();
}

static void
come_or_go(struct model *m)
{
	struct parley_error err = { 0 };
	struct chat *c;
	int64_t seq;

	change(m);
	c = chat_get(&history, "alice", m->peer, &err);
	seq = c->head;
	chat_put(&history, &c);
	if (m->in && !m->gone) {
		assert_int_equal(history_leave(&history, m->key, "alice", seq, &err), 0);
		m->gone = true;
	} else {
		assert_int_equal(history_join(&history, m->key, "alice", seq, true, &err), 0);
		m->gone = false;
	}
	m->in = true;
	m->member = parley_now();
}

static void
set(struct model *m)
{
	struct parley_text json = { 0 };
	char key[PARLEY_KEY_MAX];

	snprintf(key, sizeof key, "alice/%s", m->peer);
	parley_text_printf(&json, "{\"changed\":%lld}", (long long)parley_now());
	assert_int_equal(parley_store_put(&own_collection, key, &json, NULL), 0);
	parley_text_fini(&json);
	shelf_set(&history, "alice", m->peer, parley_now());
	m->set = parley_now();
}

static void
something_happens(void)
{
	struct model *m = &model[chance(CHATS)];

	auth_advance(1000);
	switch (chance(8)) {
	case 0:
		if (m->peer[0] != '#' || (m->in && !m->gone))
			set(m);
		break;
	case 1:
		crowd_out();
		break;
	case 2:
		if (chance(10) == 0) { /* a restart */
			forget();
			begin();
		}
		break;
	case 3:
		if (m->peer[0] == '#')
			come_or_go(m);
		break;
	case 4:
		if (m->peer[0] == '#')
			change(m);
		else
			assert_true(say(m));
		break;
	default:
		assert_true(say(m));
	}
}

/* ---- what is found ------------------------------------------------------------------------ */

static bool
model_changed(const struct model *m, int64_t since)
{
	if (m->gone)
		return m->member >= since;
	return m->in && m->chat > 0 && (m->chat >= since || m->member >= since || m->set >= since);
}

static bool
shelf_has(const struct shelf *s, const char *peer, int64_t since)
{
	int64_t at = INT64_MAX;
	bool found = false;

	for (const struct spot *p = s->newest; p != NULL; p = p->older) {
		assert_true(p->at <= at);
		at = p->at;
		if (at >= since && strcmp(p->peer, peer) == 0)
			found = true;
	}
	return found;
}

static void
expect_as_modelled(int64_t since)
{
	struct parley_error err = { 0 };
	struct shelf *s = shelf_get(&history, "alice", &err);

	assert_non_null(s);
	assert_null(s->stirred);
	for (int i = 0; i < CHATS; i++)
		if (shelf_has(s, model[i].peer, since) != model_changed(&model[i], since))
			fail_msg("%s since %lld", model[i].peer, (long long)since);
	shelf_put(&history, &s);
}

static void
what_has_changed_is_found_whatever_is_in_memory(void **state)
{
	int64_t begun = parley_now();

	chance_begin();
	for (int i = 0; i < 1500; i++) {
		something_happens();
		if (chance(4) == 0)
			expect_as_modelled(parley_now() - (int64_t)chance(20) * 1000);
		if (chance(50) == 0)
			expect_as_modelled(begun);
	}
}

/* Of the fibers beside the test's, which must not assert. */
static unsigned left, failed;

static void
say_aside(void *arg)
{
	failed += !say(arg);
	left--;
}

static void
look_aside(void *arg)
{
	struct parley_error err = { 0 };
	struct shelf *s = shelf_get(&history, "alice", &err);

	failed += s == NULL;
	shelf_put(&history, &s);
	left--;
}

static void
what_changes_during_a_look_is_found_by_the_next(void **state)
{
	chance_begin();
	for (int i = 0; i < 40; i++)
		something_happens();
	for (int i = 0; i < 100; i++) {
		int64_t since;

		auth_advance(1000);
		since = parley_now();
		if (chance(3) == 0)
			crowd_out();
		if (chance(5) == 0) {
			forget();
			begin();
		}
		for (left = 0; left < 10; left++)
			if (chance(3) == 0)
				test_spawn(look_aside, NULL);
			else
				test_spawn(say_aside, &model[chance(PAIRS)]);
		while (left > 0)
			parley_store_get(&members_collection, "nothing", NULL); /* a moment */
		assert_int_equal(failed, 0);
		expect_as_modelled(since);
	}
}

static void
a_shelf_that_does_not_fit_goes_when_nobody_looks(void **state)
{
	struct parley_error err = { 0 };
	struct shelf *s, *other;

	history.chats_cached = 1; /* so eight places */
	for (int i = 0; i < PAIRS; i++)
		assert_true(say(&model[i]));
	s = shelf_get(&history, "alice", &err);
	other = shelf_get(&history, "bob1", &err);
	assert_int_equal(history.spots_in_memory, PAIRS + 1);
	shelf_put(&history, &other); /* the only one that nobody looks at */
	assert_int_equal(history.spots_in_memory, PAIRS);
	shelf_put(&history, &s);
	assert_int_equal(history.spots_in_memory, 0);
}

static int
tests(void)
{
	const struct CMUnitTest all[] = {
		cmocka_unit_test_setup_teardown(
		    what_has_changed_is_found_whatever_is_in_memory, up, down),
		cmocka_unit_test_setup_teardown(
		    what_changes_during_a_look_is_found_by_the_next, up, down),
		cmocka_unit_test_setup_teardown(
		    a_shelf_that_does_not_fit_goes_when_nobody_looks, up, down),
	};

	return cmocka_run_group_tests_name("shelf", all, NULL, NULL);
}

int
main(void)
{
	auth_clocks();
	return test_on_fiber(tests);
}
