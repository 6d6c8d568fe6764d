/* SPDX-License-Identifier: MIT */
/* test_workers.c - jobs run on other threads, come back, are bounded and can be taken back. */
#include "support/test.h"

#include "support/router.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

static const struct runtime_config one_worker = { .fibers = 64, .workers = 1, .worker_queue = 4 };

/* Keeps the only worker busy until the test lets go. */
static sem_t begun, let_go;

static void
block(void *arg)
{
	sem_post(&begun);
	sem_wait(&let_go);
}

static void
add_one(void *arg)
{
	++*(int *)arg;
}

static void
nothing(void *arg)
{
}

struct outcome {
	int rc, ran;
};

static void
await_add_one(void *arg)
{
	struct outcome *o = arg;

	o->rc = parley_await_work(add_one, &o->ran);
}

static void
await_block(void *arg)
{
	struct outcome *o = arg;

	o->rc = parley_await_work(block, NULL);
	o->ran = parley_await_work(nothing, NULL);
}

/* Until the worker has it, so that what comes next stays in the queue. */
static void
occupy_worker(struct scope *s, struct outcome *o)
{
	sem_init(&begun, 0, 0);
	sem_init(&let_go, 0, 0);
	*o = (struct outcome){ 1, 1 };
	task_spawn(s, "blocker", await_block, o);
	while (sem_trywait(&begun) != 0)
		parley_await_sleep(0);
}

static void
note_thread(void *arg)
{
	*(pthread_t *)arg = pthread_self();
}

static void
run_elsewhere(struct router *r)
{
	pthread_t where = pthread_self();
	int x = 41;

	assert_int_equal(parley_await_work(note_thread, &where), 0);
	assert_false(pthread_equal(where, pthread_self()));
	assert_int_equal(parley_await_work(add_one, &x), 0);
	assert_int_equal(x, 42);
	assert_int_equal(runtime_stats().jobs, 2);
	assert_int_equal(runtime_stats().jobs_queued, 0);
}

static void
a_job_runs_on_another_thread_and_its_fiber_goes_on(void **state)
{
	router_run(NULL, run_elsewhere);
}

static void
fill_queue(struct router *r)
{
	struct outcome blocker, waiting[6];

	occupy_worker(&r->others, &blocker);
	for (int i = 0; i < 6; i++) {
		waiting[i] = (struct outcome){ 1, 0 };
		task_spawn(&r->others, "waiter", await_add_one, &waiting[i]);
	}
	parley_await_sleep(0);
	assert_int_equal(runtime_stats().jobs_queued, 4);
	assert_int_equal(runtime_stats().refused, 2);
	assert_int_equal(runtime_stats().workers_busy, 1);
	assert_int_equal(waiting[4].rc, PARLEY_AGAIN);
	assert_int_equal(waiting[5].rc, PARLEY_AGAIN);

	sem_post(&let_go);
	assert_int_equal(await_scope_idle(&r->others, 10000), 0);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(waiting[i].rc, 0);
		assert_int_equal(waiting[i].ran, 1);
	}
	assert_int_equal(waiting[5].ran, 0);
}

static void
a_full_queue_refuses(void **state)
{
	router_run(&one_worker, fill_queue);
}

static void
cancel_queued(struct router *r)
{
	struct outcome blocker, queued = { 1, 0 };
	struct scope session;

	scope_open(&session, &r->others);
	occupy_worker(&r->test, &blocker);
	task_spawn(&session, "waiter", await_add_one, &queued);
	parley_await_sleep(0);
	assert_int_equal(runtime_stats().jobs_queued, 1);

	scope_cancel(&session);
	assert_int_equal(await_scope_idle(&session, 10000), 0);

	assert_int_equal(queued.rc, PARLEY_CANCELED);
	assert_int_equal(queued.ran, 0);
	assert_int_equal(runtime_stats().jobs_queued, 0);
	scope_close(&session);
	sem_post(&let_go);
	while (runtime_stats().fibers_live > 1)
		parley_await_sleep(1);
}

static void
cancelling_takes_a_queued_job_back(void **state)
{
	router_run(&one_worker, cancel_queued);
}

static void
cancel_running(struct router *r)
{
	struct outcome blocker;

	occupy_worker(&r->others, &blocker);
	scope_cancel(&r->others);
	assert_int_equal(await_scope_idle(&r->others, 5), PARLEY_TIMEDOUT);
	sem_post(&let_go);
	assert_int_equal(await_scope_idle(&r->others, 10000), 0);

	assert_int_equal(blocker.rc, 0); /* it has run */
	assert_int_equal(blocker.ran, PARLEY_CANCELED);
}

static void
cancelling_waits_for_a_running_job(void **state)
{
	router_run(&one_worker, cancel_running);
}

/* Between the fiber that submits and the end of the round the job is with neither thread. */
static void
cancel_at_once(void *arg)
{
	scope_cancel(arg);
}

static void
cancel_gathered(struct router *r)
{
	struct outcome gathered = { 1, 0 };
	struct scope session;

	scope_open(&session, &r->others);
	task_spawn(&session, "waiter", await_add_one, &gathered);
	task_spawn(&r->others, "canceler", cancel_at_once, &session);
	assert_int_equal(await_scope_idle(&session, 10000), 0);

	assert_int_equal(gathered.rc, PARLEY_CANCELED);
	assert_int_equal(gathered.ran, 0);
	scope_close(&session);
}

static void
cancelling_takes_a_job_back_that_was_not_handed_over(void **state)
{
	router_run(&one_worker, cancel_gathered);
}

struct callback_job {
	struct work work;
	int ran;
	struct parley_event done;
};

static void
on_callback_done(struct work *w)
{
	struct callback_job *j = (struct callback_job *)w;

	assert_router();
	assert_false(task_here());
	parley_event_set(&j->done, j->ran);
}

static void
use_callback(struct router *r)
{
	struct callback_job j = { .work = { .fn = add_one, .done = on_callback_done } };

	j.work.arg = &j.ran;
	assert_true(work_submit(&j.work));
	assert_int_equal(parley_await_event(&j.done, 10000), 1);
	j.done = (struct parley_event){ 0 };
	assert_true(work_submit(&j.work));
	assert_int_equal(parley_await_event(&j.done, 10000), 2);
}

static void
the_callback_form_ends_on_the_router(void **state)
{
	router_run(NULL, use_callback);
}

static int finished;

static void
on_finished(struct work *w)
{
	finished++;
}

static struct work last_jobs[3];
static int last_ran;

static void
leave_jobs_behind(struct router *r)
{
	for (int i = 0; i < 3; i++) {
		last_jobs[i] =
		    (struct work){ .fn = add_one, .arg = &last_ran, .done = on_finished };
		assert_true(work_submit(&last_jobs[i]));
	}
}

static void
what_is_queued_at_the_end_is_done_and_told(void **state)
{
	finished = 0;
	router_run(&one_worker, leave_jobs_behind);
	assert_int_equal(finished, 3);
	assert_int_equal(last_ran, 3);
}

static void
copy_context(void *arg)
{
	assert_false(task_here());
	*(struct task_context *)arg = *task_context();
}

static void
see_context(struct router *r)
{
	struct task_context seen;

	*task_context() =
	    (struct task_context){ .module = "roster", .stanza = "c-7", .session = 9 };
	assert_int_equal(parley_await_work(copy_context, &seen), 0);
	assert_string_equal(seen.module, "roster");
	assert_string_equal(seen.stanza, "c-7");
	assert_int_equal(seen.session, 9);
}

static void
a_worker_takes_over_the_context(void **state)
{
	router_run(NULL, see_context);
}

enum { MANY = 1000 };

static void
await_many(void *arg)
{
	struct outcome *o = arg;

	for (int i = 0; i < 20 && o->rc == 0; i++)
		o->rc = parley_await_work(add_one, &o->ran);
}

static struct outcome many[MANY];

static void
submit_many(struct router *r)
{
	for (int i = 0; i < MANY; i++)
		assert_int_equal(task_spawn(&r->others, "many", await_many, &many[i]), 0);
	assert_int_equal(await_scope_idle(&r->others, 60000), 0);
	for (int i = 0; i < MANY; i++) {
		assert_int_equal(many[i].rc, 0);
		assert_int_equal(many[i].ran, 20);
	}
	assert_int_equal(runtime_stats().jobs, MANY * 20);
}

static void
a_thousand_fibers_share_four_workers(void **state)
{
	static const struct runtime_config config = { .fibers = MANY + 1, .worker_queue = MANY };

	router_run(&config, submit_many);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_job_runs_on_another_thread_and_its_fiber_goes_on),
		cmocka_unit_test(a_full_queue_refuses),
		cmocka_unit_test(cancelling_takes_a_queued_job_back),
		cmocka_unit_test(cancelling_waits_for_a_running_job),
		cmocka_unit_test(cancelling_takes_a_job_back_that_was_not_handed_over),
		cmocka_unit_test(the_callback_form_ends_on_the_router),
		cmocka_unit_test(what_is_queued_at_the_end_is_done_and_told),
		cmocka_unit_test(a_worker_takes_over_the_context),
		cmocka_unit_test(a_thousand_fibers_share_four_workers),
	};

	return cmocka_run_group_tests_name("workers", tests, NULL, NULL);
}
