/* SPDX-License-Identifier: MIT */
/* test_lane.c - fibers get their turn in the order of their tickets. */
#include "support/test.h"

#include "support/death.h"
#include "support/router.h"

enum { WALKERS = 12 };

static struct parley_lane lane;
static int turns[WALKERS], turns_len;
static int next_number;

static void
test_begins(void)
{
	lane = (struct parley_lane){ 0 };
	turns_len = 0;
	next_number = 0;
}

static void
join_sleep_and_take_turn(void *arg)
{
	int number = next_number++;
	struct parley_ticket ticket;

	parley_lane_join(&lane, &ticket);
	parley_await_sleep((WALKERS - number) % 5);
	assert_int_equal(parley_await_turn(&ticket), 0);
	turns[turns_len++] = number;
	if (number % 3 == 0)
		parley_await_sleep(1);
	parley_lane_leave(&ticket);
}

static void
keep_order(struct router *r)
{
	struct scope walkers;

	test_begins();
	scope_open(&walkers, &r->others);
	for (int i = 0; i < WALKERS; i++)
		task_spawn(&walkers, "walker", join_sleep_and_take_turn, NULL);
	assert_int_equal(await_scope_idle(&walkers, 10000), 0);
	scope_close(&walkers);
	assert_int_equal(turns_len, WALKERS);
	for (int i = 0; i < WALKERS; i++)
		assert_int_equal(turns[i], i);
	assert_null(lane.head);
	assert_null(lane.tail);
}

static void
turns_come_in_the_order_of_joining(void **state)
{
	router_run(NULL, keep_order);
}

static void
wait_for_turn(void *arg)
{
	int *rc_r = arg;
	struct parley_ticket ticket;

	parley_lane_join(&lane, &ticket);
	*rc_r = parley_await_turn(&ticket);
	parley_lane_leave(&ticket);
}

static void
leave_early(struct router *r)
{
	struct parley_ticket first, second, third;

	test_begins();
	parley_lane_join(&lane, &first);
	parley_lane_join(&lane, &second);
	parley_lane_join(&lane, &third);
	parley_lane_leave(&second);
	assert_false(third.turn.set);
	parley_lane_leave(&first);
	assert_int_equal(parley_await_turn(&third), 0);
	parley_lane_leave(&third);
	parley_lane_leave(&third);
	assert_null(lane.head);
	assert_null(lane.tail);
}

static void
a_ticket_may_leave_before_its_turn_and_twice(void **state)
{
	router_run(NULL, leave_early);
}

static void
leave_at_the_end(struct router *r)
{
	struct parley_ticket first, second, third;

	test_begins();
	parley_lane_join(&lane, &first);
	parley_lane_join(&lane, &second);
	parley_lane_leave(&second);
	parley_lane_join(&lane, &third);
	assert_false(third.turn.set);
	parley_lane_leave(&first);
	assert_true(third.turn.set);
	parley_lane_leave(&third);
}

static void
the_last_may_leave_and_another_join(void **state)
{
	router_run(NULL, leave_at_the_end);
}

static void
cancel_waiting(struct router *r)
{
	struct parley_ticket mine, after;
	int rc = 1;

	test_begins();
	parley_lane_join(&lane, &mine);
	task_spawn(&r->others, "waiter", wait_for_turn, &rc);
	parley_await_sleep(0);
	parley_lane_join(&lane, &after);

	scope_cancel(&r->others);
	assert_int_equal(await_scope_idle(&r->others, 10000), 0);

	assert_int_equal(rc, PARLEY_CANCELED);
	assert_false(after.turn.set);
	parley_lane_leave(&mine);
	assert_int_equal(parley_await_turn(&after), 0);
	parley_lane_leave(&after);
}

static void
who_is_cancelled_in_the_queue_lets_the_others_pass(void **state)
{
	router_run(NULL, cancel_waiting);
}

static struct parley_ticket kept;

static void
join_for_another(void *arg)
{
	parley_lane_join(&lane, &kept);
}

static void
hand_ticket_over(struct router *r)
{
	test_begins();
	task_spawn(&r->others, "joiner", join_for_another, NULL);
	assert_int_equal(await_scope_idle(&r->others, 10000), 0);
	assert_int_equal(parley_await_turn(&kept), 0);
	parley_lane_leave(&kept);
}

static void
a_ticket_off_the_stack_may_outlive_its_fiber(void **state)
{
	router_run(NULL, hand_ticket_over);
}

static void
forget_to_leave(struct router *r)
{
	struct parley_ticket ticket;

	test_begins();
	parley_lane_join(&lane, &ticket);
}

static void
die_with_ticket(void)
{
	router_run(NULL, forget_to_leave);
}

static void
a_ticket_on_the_stack_may_not(void **state)
{
	assert_dies(die_with_ticket, "tickets == 0");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(turns_come_in_the_order_of_joining),
		cmocka_unit_test(a_ticket_may_leave_before_its_turn_and_twice),
		cmocka_unit_test(the_last_may_leave_and_another_join),
		cmocka_unit_test(who_is_cancelled_in_the_queue_lets_the_others_pass),
		cmocka_unit_test(a_ticket_off_the_stack_may_outlive_its_fiber),
		cmocka_unit_test(a_ticket_on_the_stack_may_not),
	};

	return cmocka_run_group_tests_name("lane", tests, NULL, NULL);
}
