/* SPDX-License-Identifier: MIT */
/* threads.c - the threads of the nodes, of which one runs at a time, until it waits. A thread whose
 * life has ended is never let on again, wherever it is: so ends a killed process, as seen from
 * outside. */
#include "support/test.h"

#include "sim/sim.h"

#include <parley/error.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>

#define THREADS_MAX 512

struct thread {
	pthread_t real;
	sem_t go;
	void *(*fn)(void *arg);
	void *arg;
	struct life *life; /* NULL: abandoned */
	const void *on;    /* waits for this; or NULL */
	int64_t due;
	uint64_t number;
	bool ended;
};

static struct thread *threads[THREADS_MAX]; /* those that may have a turn */
static unsigned thread_count;
static sem_t back; /* the simulation goes on */
static _Thread_local struct thread *self;

static void
semaphore_wait(sem_t *s)
{
	while (sem_wait(s) != 0)
		continue;
}

static void *
begin(void *arg)
{
	self = arg;
	semaphore_wait(&self->go);
	self->fn(self->arg);
	self->ended = true;
	thread_wake(self->life, self, true, 1);
	sem_post(&back);
	return NULL;
}

int
thread_create(struct life *life, pthread_t *thread, const pthread_attr_t *attr,
    void *(*fn)(void *arg), void *arg)
{
	struct thread *t = calloc(1, sizeof *t);
	int rc;

	parley_assert(t != NULL && thread_count < THREADS_MAX);
	*t = (struct thread){
		.fn = fn, .arg = arg, .life = life, .due = sim_now(), .number = sim_number()
	};
	threads[thread_count++] = t;
	sem_init(&t->go, 0, 0);
	rc = pthread_create(&t->real, attr, begin, t);
	*thread = t->real;
	return rc;
}

/* Gives the turn away. */
static void
rest(void)
{
	struct thread *t = self;

	t->number = sim_number();
	sem_post(&back);
	semaphore_wait(&t->go);
}

void
thread_wait(const void *on, int64_t until)
{
	parley_assert(self != NULL);
	self->on = on;
	self->due = until;
	rest();
	self->on = NULL;
}

void
thread_pause(int64_t us)
{
	thread_wait(NULL, sim_now() + us);
}

void
thread_wake(struct life *life, const void *on, bool all, int64_t within)
{
	for (unsigned i = 0; i < thread_count; i++) {
		struct thread *t = threads[i];

		if (t->on != on || t->life != life || t->ended)
			continue;
		t->on = NULL;
		t->due = sim_now() + (int64_t)life_chance(life, (uint64_t)within);
		t->number = sim_number();
		if (!all)
			break;
	}
}

/* Keeps the order of the others, so that what a world does is not changed by another one. */
static void
remove_thread(const struct thread *t)
{
	unsigned i = 0;

	while (threads[i] != t)
		i++;
	memmove(&threads[i], &threads[i + 1], (--thread_count - i) * sizeof *threads);
}

int
thread_join(pthread_t thread, void **result)
{
	unsigned i = 0;
	struct thread *t;
	int rc;

	while (!pthread_equal(threads[i]->real, thread))
		parley_assert(++i < thread_count);
	t = threads[i];
	while (!t->ended)
		thread_wait(t, INT64_MAX);
	rc = pthread_join(thread, result);
	remove_thread(t);
	sem_destroy(&t->go);
	free(t);
	return rc;
}

void
threads_abandon(const struct life *life)
{
	for (unsigned i = 0; i < thread_count; i++)
		if (threads[i]->life == life)
			remove_thread(threads[i--]);
}

void
thread_vanish(void)
{
	sem_post(&back);
	for (;;)
		semaphore_wait(&self->go);
}

static struct thread *
next_thread(void)
{
	struct thread *best = NULL;

	for (unsigned i = 0; i < thread_count; i++) {
		struct thread *t = threads[i];

		if (t->ended || t->due == INT64_MAX)
			continue;
		if (best == NULL || t->due < best->due ||
		    (t->due == best->due && t->number < best->number))
			best = t;
	}
	return best;
}

bool
threads_next(int64_t *at, uint64_t *number)
{
	const struct thread *t = next_thread();

	if (t == NULL)
		return false;
	*at = t->due;
	*number = t->number;
	return true;
}

void
threads_run_next(void)
{
	struct thread *t = next_thread();

	sem_post(&t->go);
	semaphore_wait(&back);
}
