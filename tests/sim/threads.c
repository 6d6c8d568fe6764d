/* SPDX-License-Identifier: MIT */
/* threads.c - the workers and the store's writer, one at a time: a thread runs when the loop lets
 * it, until it waits for a condition. What it waits for takes chance's time. Linked with --wrap for
 * the functions of pthreads that are used. */
#include "support/test.h"

#include "sim/sim.h"

#include <parley/error.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>

#define THREADS_MAX 16
#define WORK_US     1500 /* what a thread does begins so late at most */

struct thread {
	pthread_t real;
	sem_t go;
	void *(*fn)(void *arg);
	void *arg;
	pthread_cond_t *waits; /* for this; NULL: it may run when it is due */
	int64_t due;
	bool used, ended;
};

static struct thread threads[THREADS_MAX];
static sem_t back; /* the loop's thread goes on */
static _Thread_local struct thread *self;

int __real_pthread_create(
    pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *arg), void *arg);
int __real_pthread_join(pthread_t thread, void **result);
int __wrap_pthread_create(
    pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *arg), void *arg);
int __wrap_pthread_join(pthread_t thread, void **result);
int __wrap_pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex);
int __wrap_pthread_cond_timedwait(
    pthread_cond_t *cond, pthread_mutex_t *mutex, const struct timespec *until);
int __wrap_pthread_cond_signal(pthread_cond_t *cond);
int __wrap_pthread_cond_broadcast(pthread_cond_t *cond);

static void
semaphore_wait(sem_t *s)
{
	while (sem_wait(s) != 0)
		continue;
}

static void
let_run(struct thread *t)
{
	sem_post(&t->go);
	semaphore_wait(&back);
}

static void *
begin(void *arg)
{
	self = arg;
	semaphore_wait(&self->go);
	self->fn(self->arg);
	self->ended = true;
	sem_post(&back);
	return NULL;
}

int
__wrap_pthread_create(
    pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *arg), void *arg)
{
	struct thread *t = threads;
	int rc;

	parley_assert(self == NULL);
	while (t->used)
		parley_assert(++t < threads + THREADS_MAX);
	*t = (struct thread){ .fn = fn, .arg = arg, .due = sim_now(), .used = true };
	sem_init(&t->go, 0, 0);
	rc = __real_pthread_create(&t->real, attr, begin, t);
	*thread = t->real;
	return rc;
}

int
__wrap_pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex)
{
	parley_assert(self != NULL);
	self->waits = cond;
	pthread_mutex_unlock(mutex);
	sem_post(&back);
	semaphore_wait(&self->go);
	return pthread_mutex_lock(mutex);
}

/* Only the watchdog waits so, which has nothing to do where time stands still while one works. */
int
__wrap_pthread_cond_timedwait(
    pthread_cond_t *cond, pthread_mutex_t *mutex, const struct timespec *until)
{
	return __wrap_pthread_cond_wait(cond, mutex);
}

static int
signal_waiting(const pthread_cond_t *cond, bool all)
{
	for (struct thread *t = threads; t < threads + THREADS_MAX; t++) {
		if (!t->used || t->waits != cond)
			continue;
		t->waits = NULL;
		t->due = sim_now() + (int64_t)sim_below(WORK_US);
		if (!all)
			break;
	}
	return 0;
}

int
__wrap_pthread_cond_signal(pthread_cond_t *cond)
{
	return signal_waiting(cond, false);
}

int
__wrap_pthread_cond_broadcast(pthread_cond_t *cond)
{
	return signal_waiting(cond, true);
}

int
__wrap_pthread_join(pthread_t thread, void **result)
{
	struct thread *t = threads;
	int rc;

	while (!t->used || !pthread_equal(t->real, thread))
		parley_assert(++t < threads + THREADS_MAX);
	while (!t->ended) {
		parley_assert(t->waits == NULL);
		let_run(t);
	}
	rc = __real_pthread_join(thread, result);
	sem_destroy(&t->go);
	t->used = false;
	return rc;
}

static struct thread *
next_thread(void)
{
	struct thread *best = NULL;

	for (struct thread *t = threads; t < threads + THREADS_MAX; t++)
		if (t->used && !t->ended && t->waits == NULL &&
		    (best == NULL || t->due < best->due))
			best = t;
	return best;
}

int64_t
threads_due(void)
{
	const struct thread *t = next_thread();

	return t != NULL ? t->due : INT64_MAX;
}

void
threads_run_next(void)
{
	struct thread *t = next_thread();

	sim_advance_to(t->due);
	let_run(t);
}
