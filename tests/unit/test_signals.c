/* SPDX-License-Identifier: MIT */
/* test_signals.c - every signal is heard, whenever it comes. */
#include "support/test.h"

#include "core/signals.h"
#include "runtime/loop.h"
#include "runtime/task.h"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { ROUNDS = 200, PATIENCE_MS = 10000 };

static struct {
	struct loop *loop;
	struct scope scope;
	struct timer *patience;
	unsigned heard[64], rounds;
	bool late;
} run;

/* As another process would: ThreadSanitizer does not see that we do it. */
static void
send(int number)
{
	syscall(SYS_kill, getpid(), number);
}

static void
send_on_a_fiber(void *arg)
{
	run.rounds++;
	send(SIGUSR1);
}

/* Only the signal keeps things going, so a lost one is noticed. */
static void
on_signal(int number)
{
	run.heard[number]++;
	if (number == SIGUSR1 && run.rounds < ROUNDS)
		assert_int_equal(task_spawn(&run.scope, "sender", send_on_a_fiber, NULL), 0);
	else
		loop_stop(run.loop);
}

static void
on_patience(void *arg)
{
	run.late = true;
	loop_stop(run.loop);
}

static void
on_drain(void *arg)
{
	runtime_run();
}

static int
up(void **state)
{
	static const int numbers[] = { SIGUSR1, SIGTERM, SIGHUP };
	struct runtime_config config = { .fibers = 4, .workers = 1 };

	run.loop = loop_new("test");
	assert_int_equal(runtime_start(run.loop, &config), 0);
	scope_open(&run.scope, NULL);
	run.patience = timer_new(on_patience, NULL);
	timer_start(run.patience, PATIENCE_MS, false);
	signals_watch(run.loop, numbers, sizeof numbers / sizeof *numbers, on_signal);
	return 0;
}

static int
down(void **state)
{
	signals_end();
	timer_free(&run.patience);
	scope_close(&run.scope);
	runtime_stop();
	loop_free(&run.loop);
	run.rounds = 0;
	return 0;
}

static void
a_signal_is_heard_that_comes_while_a_fiber_runs(void **state)
{
	assert_int_equal(task_spawn(&run.scope, "sender", send_on_a_fiber, NULL), 0);
	loop_want_drain(run.loop);
	loop_run(run.loop, on_drain, NULL);

	assert_false(run.late);
	assert_int_equal(run.heard[SIGUSR1], ROUNDS);
}

static void
signals_that_come_together_are_all_heard(void **state)
{
	send(SIGHUP);
	send(SIGTERM);
	loop_run(run.loop, on_drain, NULL);

	assert_false(run.late);
	assert_int_equal(run.heard[SIGHUP], 1);
	assert_int_equal(run.heard[SIGTERM], 1);
}

static void
one_that_comes_after_the_end_does_not_kill(void **state)
{
	signals_end();
	send(SIGTERM);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, up, down)
	const struct CMUnitTest all[] = {
		TEST(a_signal_is_heard_that_comes_while_a_fiber_runs),
		TEST(signals_that_come_together_are_all_heard),
		TEST(one_that_comes_after_the_end_does_not_kill),
	};

	return cmocka_run_group_tests_name("signals", all, NULL, NULL);
}
