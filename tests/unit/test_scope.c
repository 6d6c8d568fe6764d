/* SPDX-License-Identifier: MIT */
/* test_scope.c - what is cancelled together ends together, and can be waited for. */
#include "support/test.h"

#include "support/router.h"

static int order[16], order_len;

static void
note(void *arg)
{
	order[order_len++] = (int)(intptr_t)arg;
}

static void
wait_for_ever(void *arg)
{
	struct parley_event never = { 0 };

	parley_await_event(&never, -1);
}

struct wait {
	struct parley_event *event;
	int rc;
};

static void
wait_on(void *arg)
{
	struct wait *w = arg;

	w->rc = parley_await_event(w->event, 10000);
}

static int codes[4];

static void
await_often(void *arg)
{
	struct parley_event set = { .set = true };

	codes[0] = parley_await_sleep(10000);
	codes[1] = parley_await_event(&set, -1);
	codes[2] = parley_await_work(note, NULL);
	parley_shield(true);
	parley_shield(true);
	parley_shield(false); /* they nest */
	codes[3] = parley_await_event(&set, -1);
	parley_shield(false);
	assert_int_equal(parley_await_sleep(0), PARLEY_CANCELED);
}

static void
cancel_sleeper(struct router *r)
{
	task_spawn(&r->others, "sleeper", await_often, NULL);
	parley_await_sleep(0);
	scope_cancel(&r->others);
	assert_int_equal(await_scope_idle(&r->others, 1000), 0);
	assert_int_equal(codes[0], PARLEY_CANCELED);
	assert_int_equal(codes[1], PARLEY_CANCELED);
	assert_int_equal(codes[2], PARLEY_CANCELED);
	assert_int_equal(codes[3], 0);
}

static void
hold_and_release(struct router *r)
{
	struct scope below;

	scope_open(&below, &r->others);
	scope_hold(&below);
	assert_int_equal(await_scope_idle(&r->others, 1), PARLEY_TIMEDOUT);
	scope_release(&below);
	assert_int_equal(await_scope_idle(&r->others, 1000), 0);
	scope_close(&below);
}

static void
what_is_held_is_not_idle(void **state)
{
	router_run(NULL, hold_and_release);
}

static void
cancellation_stays_until_the_shield_is_up(void **state)
{
	router_run(NULL, cancel_sleeper);
}

static void
sleep_shielded(void *arg)
{
	int *rc_r = arg;

	parley_shield(true);
	*rc_r = parley_await_sleep(5);
}

static void
cancel_shielded(struct router *r)
{
	int rc = 1;

	task_spawn(&r->others, "shielded", sleep_shielded, &rc);
	parley_await_sleep(0);
	scope_cancel(&r->others);
	assert_int_equal(await_scope_idle(&r->others, 10000), 0);
	assert_int_equal(rc, 0);
}

static void
a_shielded_fiber_is_not_woken(void **state)
{
	router_run(NULL, cancel_shielded);
}

static void
cancel_part_of_tree(struct router *r)
{
	struct parley_event never = { 0 }, never2 = { 0 }, never3 = { 0 };
	struct wait above = { &never, 1 }, inside = { &never2, 1 }, below = { &never3, 1 };
	struct scope module, session;

	scope_open(&module, &r->others);
	scope_open(&session, &module);
	task_spawn(&r->others, "above", wait_on, &above);
	task_spawn(&module, "inside", wait_on, &inside);
	task_spawn(&session, "below", wait_on, &below);
	assert_int_equal(r->others.count, 3);
	parley_await_sleep(0);

	scope_cancel(&module);
	assert_int_equal(await_scope_idle(&module, 10000), 0);

	assert_int_equal(above.rc, 1);
	assert_int_equal(inside.rc, PARLEY_CANCELED);
	assert_int_equal(below.rc, PARLEY_CANCELED);
	assert_int_equal(r->others.count, 1);
	assert_int_equal(await_scope_idle(&r->others, 0), PARLEY_TIMEDOUT);
	parley_event_set(&never, 4);
	assert_int_equal(await_scope_idle(&r->others, 10000), 0);
	assert_int_equal(above.rc, 4);
	scope_close(&session);
	scope_close(&module);
}

static void
a_scope_is_cancelled_with_all_below_it(void **state)
{
	router_run(NULL, cancel_part_of_tree);
}

static void
note_if_canceled(void *arg)
{
	order[order_len++] = parley_await_sleep(0);
}

static void
spawn_in_canceled(struct router *r)
{
	order_len = 0;
	scope_cancel(&r->others);
	assert_int_equal(task_spawn(&r->others, "late", note_if_canceled, NULL), 0);
	assert_int_equal(await_scope_idle(&r->others, 10000), 0);
	assert_int_equal(order_len, 1);
	assert_int_equal(order[0], PARLEY_CANCELED);
}

static void
a_fiber_of_a_cancelled_scope_learns_it_at_its_first_await(void **state)
{
	router_run(NULL, spawn_in_canceled);
}

static void
await_idle_of_test_peer(void *arg)
{
	struct scope *peer = arg;

	order[order_len++] = await_scope_idle(peer, -1);
}

static void
cancel_who_waits_for_idle(struct router *r)
{
	struct scope peer;

	order_len = 0;
	scope_open(&peer, &r->test);
	task_spawn(&peer, "peer", wait_for_ever, NULL);
	task_spawn(&r->others, "waiter", await_idle_of_test_peer, &peer);
	parley_await_sleep(0);
	scope_cancel(&r->others);
	assert_int_equal(await_scope_idle(&r->others, 10000), 0);
	assert_int_equal(order[0], PARLEY_CANCELED);
	scope_cancel(&peer);
	assert_int_equal(await_scope_idle(&peer, 10000), 0);
	scope_close(&peer);
}

static void
who_waits_for_a_scope_can_be_cancelled(void **state)
{
	router_run(NULL, cancel_who_waits_for_idle);
}

static void
close_in_any_order(struct router *r)
{
	struct scope s[4];

	for (int i = 0; i < 4; i++)
		scope_open(&s[i], &r->others);
	scope_close(&s[2]);
	scope_close(&s[3]);
	scope_close(&s[0]);
	assert_ptr_equal(r->others.child, &s[1]);
	scope_close(&s[1]);
	assert_null(r->others.child);
}

static void
scopes_close_in_any_order(void **state)
{
	router_run(NULL, close_in_any_order);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cancellation_stays_until_the_shield_is_up),
		cmocka_unit_test(what_is_held_is_not_idle),
		cmocka_unit_test(a_shielded_fiber_is_not_woken),
		cmocka_unit_test(a_scope_is_cancelled_with_all_below_it),
		cmocka_unit_test(a_fiber_of_a_cancelled_scope_learns_it_at_its_first_await),
		cmocka_unit_test(who_waits_for_a_scope_can_be_cancelled),
		cmocka_unit_test(scopes_close_in_any_order),
	};

	return cmocka_run_group_tests_name("scope", tests, NULL, NULL);
}
