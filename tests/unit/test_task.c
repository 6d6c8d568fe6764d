/* SPDX-License-Identifier: MIT */
/* test_task.c - fibers start, wait, and are woken by the first reason. */
#include "support/test.h"

#include "support/death.h"
#include "support/router.h"

#include <errno.h>
#include <parley/log.h>
#include <pthread.h>
#include <stdlib.h>

static int order[16], order_len;

static void
note(void *arg)
{
	order[order_len++] = (int)(intptr_t)arg;
}

static void
spawn_three(struct router *r)
{
	order_len = 0;
	for (intptr_t i = 0; i < 3; i++)
		assert_int_equal(parley_spawn("note", note, (void *)i), 0);
	assert_int_equal(order_len, 0);
	parley_await_sleep(0);
	assert_int_equal(order_len, 3);
	for (int i = 0; i < 3; i++)
		assert_int_equal(order[i], i);
	assert_int_equal(runtime_stats().spawned, 4);
}

static void
spawned_fibers_start_in_order_after_the_caller_suspends(void **state)
{
	router_run(NULL, spawn_three);
}

static void
wait_for_ever(void *arg)
{
	struct parley_event never = { 0 };

	parley_await_event(&never, -1);
}

static void
spawn_too_many(struct router *r)
{
	for (int i = 1; i < 8; i++)
		assert_int_equal(task_spawn(&r->others, "waiter", wait_for_ever, NULL), 0);
	assert_int_equal(task_spawn(&r->others, "one more", note, NULL), PARLEY_AGAIN);
	assert_int_equal(runtime_stats().refused, 1);
	assert_int_equal(runtime_stats().fibers_live, 8);
	assert_int_equal(runtime_stats().fibers_max, 8);
	scope_cancel(&r->others);
	assert_int_equal(await_scope_idle(&r->others, 10000), 0);
	r->others.canceled = false;
	assert_int_equal(task_spawn(&r->others, "one more", note, NULL), 0);
}

static void
no_more_fibers_start_than_there_is_room_for(void **state)
{
	static const struct runtime_config config = { .fibers = 8 };

	router_run(&config, spawn_too_many);
}

static struct {
	char order[8];
	struct parley_event gate;
} crowd;

static void
wait_at_gate(void *arg)
{
	parley_await_event(&crowd.gate, -1);
	strcat(crowd.order, "a");
}

static void
say_and_yield(void *arg)
{
	strcat(crowd.order, "b");
	parley_event_set(&crowd.gate, 0);
	task_yield();
	strcat(crowd.order, "c");
}

static void
spawn_reserved(struct router *r)
{
	crowd.order[0] = '\0';
	assert_int_equal(task_spawn(&r->others, "at the gate", wait_at_gate, NULL), 0);
	assert_int_equal(task_spawn(&r->others, "one more", wait_at_gate, NULL), PARLEY_AGAIN);
	task_spawn_reserved(&r->others, "reserved", say_and_yield, NULL);
	assert_int_equal(await_scope_idle(&r->others, 10000), 0);
	assert_string_equal(crowd.order, "bac"); /* who was ready first runs first */
	task_spawn_reserved(&r->others, "reserved", say_and_yield, NULL);
	assert_int_equal(await_scope_idle(&r->others, 10000), 0);
}

static void
one_fiber_is_in_reserve_when_all_others_wait(void **state)
{
	static const struct runtime_config config = { .fibers = 2 };

	router_run(&config, spawn_reserved);
}

static void
set_late(void *arg)
{
	parley_await_sleep(1);
	parley_event_set(arg, 7);
	parley_event_set(arg, 8);
}

static void
wait_for_events(struct router *r)
{
	struct parley_event early = { 0 }, late = { 0 }, never = { 0 };

	parley_event_set(&early, 5);
	assert_int_equal(parley_await_event(&early, -1), 5);
	parley_spawn("setter", set_late, &late);
	assert_int_equal(parley_await_event(&late, 10000), 7);
	assert_int_equal(parley_await_event(&late, 10000), 7);
	assert_int_equal(parley_await_event(&never, 1), PARLEY_TIMEDOUT);
	assert_int_equal(parley_await_event(&never, 0), PARLEY_TIMEDOUT);
	assert_null(never.waiter);
}

static void
an_event_wakes_its_fiber_with_the_first_value(void **state)
{
	router_run(NULL, wait_for_events);
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

static void
race_reasons(struct router *r)
{
	struct parley_event a = { 0 }, b = { 0 };
	struct wait set_first = { &a, 1 }, cancel_first = { &b, 1 };
	struct scope one, two;

	scope_open(&one, &r->others);
	scope_open(&two, &r->others);
	task_spawn(&one, "set first", wait_on, &set_first);
	task_spawn(&two, "cancel first", wait_on, &cancel_first);
	parley_await_sleep(0);
	parley_event_set(&a, 3);
	scope_cancel(&one);
	scope_cancel(&two);
	parley_event_set(&b, 3);
	assert_int_equal(await_scope_idle(&r->others, 10000), 0);
	assert_int_equal(set_first.rc, 3);
	assert_int_equal(cancel_first.rc, PARLEY_CANCELED);
	scope_close(&one);
	scope_close(&two);
}

static void
the_first_reason_to_wake_up_wins(void **state)
{
	router_run(NULL, race_reasons);
}

static void
free_set_event(struct router *r)
{
	struct parley_event *event = calloc(1, sizeof *event);
	struct wait w = { event, 1 };

	task_spawn(&r->others, "waiter", wait_on, &w);
	parley_await_sleep(0);
	parley_event_set(event, 2);
	free(event);
	assert_int_equal(await_scope_idle(&r->others, 10000), 0);
	assert_int_equal(w.rc, 2);
}

static void
a_set_event_may_be_freed_before_its_waiter_runs(void **state)
{
	router_run(NULL, free_set_event);
}

struct remote {
	struct event_post trip;
	struct parley_event event;
};

static void *
post_from_afar(void *arg)
{
	struct remote *remote = arg;

	event_post(&remote->trip, &remote->event, 11);
	return NULL;
}

static void
wait_for_thread(struct router *r)
{
	struct remote remote = { .event = { 0 } };
	pthread_t thread;

	pthread_create(&thread, NULL, post_from_afar, &remote);
	assert_int_equal(parley_await_event(&remote.event, 10000), 11);
	pthread_join(thread, NULL);
}

static void
another_thread_can_set_an_event(void **state)
{
	router_run(NULL, wait_for_thread);
}

static void
sleep_a_little(struct router *r)
{
	int64_t before = parley_monotonic();

	assert_int_equal(parley_await_sleep(30), 0);
	assert_true(parley_monotonic() - before >= 20); /* the loop's clock ticks every 4 ms */
	assert_int_equal(parley_await_sleep(-1), 0);
}

static void
sleep_takes_its_time(void **state)
{
	router_run(NULL, sleep_a_little);
}

static struct task_context child_context;
static struct scope *child_scope;

static void
look_around(void *arg)
{
	child_context = *task_context();
	child_scope = scope_current();
}

static void
inherit(struct router *r)
{
	*task_context() =
	    (struct task_context){ .module = "history", .stanza = "c-1", .session = 5 };
	assert_int_equal(parley_spawn("child", look_around, NULL), 0);
	parley_await_sleep(0);
	assert_ptr_equal(child_scope, &r->test);
	assert_string_equal(child_context.module, "history");
	assert_int_equal(child_context.session, 5);
	assert_null(child_context.stanza);
	assert_string_equal(task_context()->stanza, "c-1");

	task_spawn(&r->others, "stranger", look_around, NULL);
	parley_await_sleep(0);
	assert_ptr_equal(child_scope, &r->others);
	assert_null(child_context.module);
}

static void
a_spawned_fiber_inherits_scope_and_module_but_not_the_stanza(void **state)
{
	router_run(NULL, inherit);
}

static void
spoil_errno(void *arg)
{
	errno = EBADF;
}

static void
keep_errno(struct router *r)
{
	parley_spawn("spoiler", spoil_errno, NULL);
	errno = ENOENT;
	parley_await_sleep(0);
	assert_int_equal(errno, ENOENT);
}

static void
errno_survives_an_await(void **state)
{
	router_run(NULL, keep_errno);
}

static void
log_and_die(struct router *r)
{
	*task_context() =
	    (struct task_context){ .module = "roster", .stanza = "c-7", .session = 9 };
	parley_log_error("test", "these are the last words");
	abort();
}

static void
die_logging(void)
{
	router_run(NULL, log_and_die);
}

static void
a_log_line_carries_the_context_of_the_fiber(void **state)
{
	assert_dies(die_logging, "\"stanza\":\"c-7\"");
}

static struct timer *timer;
static int timer_calls;
static struct parley_event timer_done;

static void
on_third_call(void *arg)
{
	assert_false(task_here());
	if (++timer_calls < 3)
		return;
	timer_free(&timer);
	parley_event_set(&timer_done, 0);
}

static void
repeat_timer(struct router *r)
{
	timer_calls = 0;
	timer_done = (struct parley_event){ 0 };
	timer = timer_new(on_third_call, NULL);
	timer_start(timer, 1, true);
	assert_int_equal(parley_await_event(&timer_done, 10000), 0);
	assert_null(timer);
}

static void
a_timer_repeats_until_it_is_freed_by_itself(void **state)
{
	router_run(NULL, repeat_timer);
}

static void
count_call(void *arg)
{
	++*(int *)arg;
}

static void
stop_timers(struct router *r)
{
	int stopped = 0, once = 0;
	struct timer *a = timer_new(count_call, &stopped), *b = timer_new(count_call, &once);

	timer_start(a, 1, false);
	timer_start(b, 1, true);
	timer_start(b, 1, false); /* started again, it forgets how it was started before */
	timer_stop(a);
	parley_await_sleep(20);
	assert_int_equal(stopped, 0);
	assert_int_equal(once, 1);
	timer_free(&a);
	timer_free(&b);
	timer_free(&b);
}

static void
a_stopped_timer_does_not_fire(void **state)
{
	router_run(NULL, stop_timers);
}

static bool hurry;

static void
spawn_oneself(void *arg)
{
	if (!hurry)
		assert_int_equal(parley_spawn("again", spawn_oneself, NULL), 0);
}

static void
stop_hurrying(void *arg)
{
	hurry = true;
}

static void
starve_loop(struct router *r)
{
	struct timer *t = timer_new(stop_hurrying, NULL);

	hurry = false;
	timer_start(t, 1, false);
	task_spawn(&r->others, "again", spawn_oneself, NULL);
	assert_int_equal(await_scope_idle(&r->others, -1), 0);
	timer_free(&t);
}

static void
fibers_without_end_do_not_starve_the_loop(void **state)
{
	router_run(NULL, starve_loop);
}

static void
compute_without_end(struct router *r)
{
	while (runtime_stats().stalls == 0)
		continue;
	parley_await_sleep(0);
	assert_int_equal(runtime_stats().stalls, 1);
}

static void
a_fiber_that_keeps_the_router_is_noticed(void **state)
{
	static const struct runtime_config config = { .fibers = 8, .stall_ms = 10 };

	router_run(&config, compute_without_end);
}

static void
dump_fibers(struct router *r)
{
	char text[8192];
	size_t len;
	FILE *file = tmpfile();

	assert_non_null(file);
	task_spawn(&r->others, "patient waiter", wait_for_ever, NULL);
	parley_await_sleep(0);
	task_spawn(&r->others, "newcomer", note, NULL);
	task_context()->stanza = "c-9";
	runtime_dump(fileno(file));
	task_context()->stanza = NULL;
	rewind(file);
	len = fread(text, 1, sizeof text - 1, file);
	text[len] = '\0';
	fclose(file);
	assert_non_null(strstr(text, "3 fibers"));
	assert_non_null(strstr(text, "\"test\", "));
	assert_non_null(strstr(text, "ms old, runs"));
	assert_non_null(strstr(text, "stanza=\"c-9\""));
	assert_non_null(strstr(text, "\"patient waiter\""));
	assert_non_null(strstr(text, "waits for event"));
	assert_non_null(strstr(text, "waits for its start"));
	assert_non_null(strstr(text, "[0x")); /* a frame of the suspended one */
}

static void
the_dump_shows_what_everybody_waits_for(void **state)
{
	router_run(NULL, dump_fibers);
}

static void
await_in_noawait(struct router *r)
{
	parley_noawait_begin();
	parley_noawait_begin();
	parley_noawait_end();
	parley_await_sleep(0);
}

static void
die_in_noawait(void)
{
	router_run(NULL, await_in_noawait);
}

static void
awaiting_where_it_is_forbidden_aborts(void **state)
{
	assert_dies(die_in_noawait, "noawait == 0");
}

static void
die_on_bare_loop(void)
{
	struct loop *l = loop_new("router");

	runtime_start(l, &(struct runtime_config){ .fibers = 1 });
	parley_await_sleep(1);
}

static void
awaiting_on_the_bare_loop_aborts(void **state)
{
	assert_dies(die_on_bare_loop, "assertion failed: t != ");
}

static void
spawn_here(void *arg)
{
	task_spawn(scope_current(), "wrong", note, NULL);
}

static void *
set_here(void *arg)
{
	parley_event_set(arg, 0);
	return NULL;
}

static void
set_from_afar(struct router *r)
{
	struct parley_event event = { 0 };
	pthread_t thread;

	pthread_create(&thread, NULL, set_here, &event);
	pthread_join(thread, NULL);
}

static void
die_off_the_router(void)
{
	router_run(NULL, set_from_afar);
}

static void
setting_an_event_from_another_thread_aborts(void **state)
{
	assert_dies(die_off_the_router, "loop_is_here");
}

static void
spawn_on_worker(struct router *r)
{
	parley_await_work(spawn_here, NULL);
}

static void
die_on_a_worker(void)
{
	router_run(NULL, spawn_on_worker);
}

static void
a_worker_has_no_fiber_of_its_own(void **state)
{
	assert_dies(die_on_a_worker, "assertion failed: t != ");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spawned_fibers_start_in_order_after_the_caller_suspends),
		cmocka_unit_test(no_more_fibers_start_than_there_is_room_for),
		cmocka_unit_test(one_fiber_is_in_reserve_when_all_others_wait),
		cmocka_unit_test(an_event_wakes_its_fiber_with_the_first_value),
		cmocka_unit_test(the_first_reason_to_wake_up_wins),
		cmocka_unit_test(a_set_event_may_be_freed_before_its_waiter_runs),
		cmocka_unit_test(another_thread_can_set_an_event),
		cmocka_unit_test(sleep_takes_its_time),
		cmocka_unit_test(a_spawned_fiber_inherits_scope_and_module_but_not_the_stanza),
		cmocka_unit_test(errno_survives_an_await),
		cmocka_unit_test(a_log_line_carries_the_context_of_the_fiber),
		cmocka_unit_test(a_timer_repeats_until_it_is_freed_by_itself),
		cmocka_unit_test(a_stopped_timer_does_not_fire),
		cmocka_unit_test(fibers_without_end_do_not_starve_the_loop),
		cmocka_unit_test(a_fiber_that_keeps_the_router_is_noticed),
		cmocka_unit_test(the_dump_shows_what_everybody_waits_for),
		cmocka_unit_test(awaiting_where_it_is_forbidden_aborts),
		cmocka_unit_test(awaiting_on_the_bare_loop_aborts),
		cmocka_unit_test(setting_an_event_from_another_thread_aborts),
		cmocka_unit_test(a_worker_has_no_fiber_of_its_own),
	};

	return cmocka_run_group_tests_name("task", tests, NULL, NULL);
}
