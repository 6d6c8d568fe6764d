/* SPDX-License-Identifier: MIT */
#include "support/test.h"

#include "core/intake.h"
#include "support/router.h"

#include <string.h>

#define FIBERS 4 /* one of them is the test's */

static const struct runtime_config few = { .fibers = FIBERS, .workers = 1, .worker_queue = 4 };

/* Each item runs, notes its letter, and waits until the gate opens. */
static struct {
	char order[64];
	struct parley_lane gate;
	struct parley_ticket closed; /* of the test, which keeps the gate */
	unsigned running, peak;
} work;

struct item {
	char letter[2];
};

static struct item items[32];

static void
begin(struct router *r)
{
	memset(&work, 0, sizeof work);
	intake_start(&r->others);
	parley_lane_join(&work.gate, &work.closed);
}

static void
item_run(void *arg)
{
	const struct item *item = arg;
	struct parley_ticket ticket;

	strcat(work.order, item->letter);
	if (++work.running > work.peak)
		work.peak = work.running;
	parley_lane_join(&work.gate, &ticket);
	parley_await_turn(&ticket);
	parley_lane_leave(&ticket);
	work.running--;
}

static void
start(unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++) {
		items[i].letter[0] = (char)('a' + i);
		intake_run("item", item_run, &items[i]);
	}
}

/* What the router does after each round. */
static void
go_round(void)
{
	parley_await_sleep(0);
	intake_retry();
}

static void
in_order(struct router *r)
{
	begin(r);
	start(0, 10);
	assert_int_equal(intake_waiting(), 10 - (FIBERS - 1));
	go_round();
	assert_string_equal(work.order, "abc");
	start(10, 12); /* others wait already: no overtaking */
	parley_lane_leave(&work.closed);
	while (strlen(work.order) < 12)
		go_round();

	assert_string_equal(work.order, "abcdefghijkl");
	assert_int_equal(intake_waiting(), 0);
	assert_int_equal(work.peak, FIBERS - 1);
	intake_stop();
}

static void
what_finds_no_fiber_waits_in_order(void **state)
{
	router_run(&few, in_order);
}

static void
at_once(struct router *r)
{
	begin(r);
	parley_lane_leave(&work.closed);
	start(0, 2);
	assert_int_equal(intake_waiting(), 0);
	parley_await_sleep(0);

	assert_string_equal(work.order, "ab");
	intake_stop();
}

static void
what_finds_a_fiber_does_not_wait(void **state)
{
	router_run(&few, at_once);
}

static void
dropped(struct router *r)
{
	begin(r);
	start(0, 8);
	parley_lane_leave(&work.closed);
	intake_stop();
	intake_retry();

	assert_int_equal(intake_waiting(), 0);
	assert_int_equal(await_scope_idle(&r->others, 10000), 0);
	assert_string_equal(work.order, "abc");
}

static void
what_still_waits_at_the_end_never_runs(void **state)
{
	router_run(&few, dropped);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_finds_no_fiber_waits_in_order),
		cmocka_unit_test(what_finds_a_fiber_does_not_wait),
		cmocka_unit_test(what_still_waits_at_the_end_never_runs),
	};

	return cmocka_run_group_tests_name("intake", tests, NULL, NULL);
}
