/* SPDX-License-Identifier: MIT */
/* workers.c - a bounded pool of threads for what blocks: jobs go there in batches and come back as
 * posts. A job's state belongs to the lock, as do its links while it is queued. */
#include "runtime/workers.h"

#include "base/xalloc.h"
#include "runtime/runtime.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* So many gathered jobs do not wait for the end of the round. */
enum { BATCH = 128 };

enum work_state { WORK_IDLE, WORK_GATHERED, WORK_QUEUED, WORK_RUNNING };

struct work_list {
	struct work *first, *last;
};

static struct {
	/* the router's */
	struct work_list gathered;
	unsigned gathered_count, queue_max, threads;
	pthread_t *thread;
	bool closed;
	uint64_t jobs, refused;

	/* everyone's */
	atomic_uint waiting, busy;
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct work_list queue;
	unsigned idle;
	bool stop;
} pool;

static void
list_append(struct work_list *l, struct work *w)
{
	w->prev = l->last;
	w->next = NULL;
	if (l->last != NULL)
		l->last->next = w;
	else
		l->first = w;
	l->last = w;
}

static void
list_remove(struct work_list *l, struct work *w)
{
	if (w->prev != NULL)
		w->prev->next = w->next;
	else
		l->first = w->next;
	if (w->next != NULL)
		w->next->prev = w->prev;
	else
		l->last = w->prev;
}

static void
list_append_all(struct work_list *l, struct work_list *more)
{
	if (l->last == NULL) {
		*l = *more;
	} else {
		l->last->next = more->first;
		more->first->prev = l->last;
		l->last = more->last;
	}
	*more = (struct work_list){ 0 };
}

void
workers_flush(void)
{
	unsigned wake = pool.gathered_count;

	if (wake == 0)
		return;
	pool.gathered_count = 0;
	pthread_mutex_lock(&pool.lock);
	for (struct work *w = pool.gathered.first; w != NULL; w = w->next)
		w->state = WORK_QUEUED;
	list_append_all(&pool.queue, &pool.gathered);
	if (wake > pool.idle)
		wake = pool.idle;
	pthread_mutex_unlock(&pool.lock);
	while (wake-- > 0)
		pthread_cond_signal(&pool.more);
}

static void
on_done(struct post *post)
{
	struct work *w = (struct work *)post;

	w->state = WORK_IDLE;
	if (w->waiter != NULL)
		task_wake(w->waiter, 0);
	else
		w->done(w);
}

static bool
submit(struct work *w)
{
	assert_router();
	if (pool.closed ||
	    atomic_load_explicit(&pool.waiting, memory_order_relaxed) >= pool.queue_max) {
		pool.refused++;
		return false;
	}
	atomic_fetch_add_explicit(&pool.waiting, 1, memory_order_relaxed);
	w->post.fn = on_done;
	w->context = *task_context();
	w->state = WORK_GATHERED;
	list_append(&pool.gathered, w);
	pool.jobs++;
	if (++pool.gathered_count >= BATCH)
		workers_flush();
	runtime_want_run();
	return true;
}

bool
work_submit(struct work *w)
{
	w->waiter = NULL;
	return submit(w);
}

/* The job lies on the fiber's stack, which stays where it is until the job is done. */
int
parley_await_work(void (*fn)(void *arg), void *arg)
{
	struct task *t = task_awaiting();
	struct work w = { .fn = fn, .arg = arg, .waiter = t };
	int rc;

	if (task_is_canceled(t))
		return PARLEY_CANCELED;
	if (!submit(&w))
		return PARLEY_AGAIN;
	t->job = &w;
	rc = task_wait(t, "work");
	t->job = NULL;
	return rc;
}

bool
workers_withdraw(struct work *w)
{
	bool taken = true;

	pthread_mutex_lock(&pool.lock);
	if (w->state == WORK_GATHERED) {
		list_remove(&pool.gathered, w);
		pool.gathered_count--;
	} else if (w->state == WORK_QUEUED) {
		list_remove(&pool.queue, w);
	} else {
		taken = false;
	}
	if (taken)
		w->state = WORK_IDLE;
	pthread_mutex_unlock(&pool.lock);
	if (taken)
		atomic_fetch_sub_explicit(&pool.waiting, 1, memory_order_relaxed);
	return taken;
}

/* With the lock held, which it gives up meanwhile. */
static void
work_run(struct work *w)
{
	w->state = WORK_RUNNING;
	pthread_mutex_unlock(&pool.lock);
	atomic_fetch_sub_explicit(&pool.waiting, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&pool.busy, 1, memory_order_relaxed);
	task_context_set(&w->context);
	w->fn(w->arg);
	task_context_set(NULL);
	atomic_fetch_sub_explicit(&pool.busy, 1, memory_order_relaxed);
	loop_post(runtime.loop, &w->post);
	pthread_mutex_lock(&pool.lock);
}

static void *
worker(void *arg)
{
	pthread_setname_np(pthread_self(), "worker");
	pthread_mutex_lock(&pool.lock);
	for (;;) {
		struct work *w = pool.queue.first;

		if (w != NULL) {
			list_remove(&pool.queue, w);
			work_run(w);
			continue;
		}
		if (pool.stop)
			break;
		pool.idle++;
		pthread_cond_wait(&pool.more, &pool.lock);
		pool.idle--;
	}
	pthread_mutex_unlock(&pool.lock);
	return NULL;
}

/* Signals are for the thread that waits for them. */
static int
thread_start(pthread_t *thread)
{
	sigset_t all, before;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(thread, NULL, worker, NULL);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc;
}

int
workers_start(unsigned threads, unsigned queue_max)
{
	memset(&pool, 0, sizeof pool);
	pthread_mutex_init(&pool.lock, NULL);
	pthread_cond_init(&pool.more, NULL);
	pool.queue_max = queue_max;
	pool.thread = xcalloc(threads, sizeof *pool.thread);
	for (; pool.threads < threads; pool.threads++) {
		int rc = thread_start(&pool.thread[pool.threads]);

		if (rc != 0) {
			workers_stop();
			errno = rc;
			return -1;
		}
	}
	return 0;
}

void
workers_stop(void)
{
	pool.closed = true;
	workers_flush();
	pthread_mutex_lock(&pool.lock);
	pool.stop = true;
	pthread_cond_broadcast(&pool.more);
	pthread_mutex_unlock(&pool.lock);
	for (unsigned i = 0; i < pool.threads; i++)
		pthread_join(pool.thread[i], NULL);
	pthread_cond_destroy(&pool.more);
	pthread_mutex_destroy(&pool.lock);
	free(pool.thread);
	pool.thread = NULL;
	pool.threads = 0;
}

struct workers_stats
workers_stats(void)
{
	return (struct workers_stats){ pool.waiting, pool.queue_max, pool.busy, pool.jobs,
		pool.refused };
}
