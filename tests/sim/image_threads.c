/* SPDX-License-Identifier: MIT */
/* image_threads.c - a node's threads, of which the simulation lets one run at a time: until it
 * waits for a condition, or for a lock that another has. */
#include "sim/image.h"

#include <pthread.h>
#include <stdbool.h>
#include <time.h>

#define WORK_US 1500 /* what a thread does begins so late at most */
#define LOCK_US 20   /* and this long it waits before it tries a lock again */

int __wrap_pthread_create(
    pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *arg), void *arg);
int __wrap_pthread_join(pthread_t thread, void **result);
int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex);
int __wrap_pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex);
int __wrap_pthread_cond_timedwait(
    pthread_cond_t *cond, pthread_mutex_t *mutex, const struct timespec *until);
int __wrap_pthread_cond_signal(pthread_cond_t *cond);
int __wrap_pthread_cond_broadcast(pthread_cond_t *cond);

int
__wrap_pthread_create(
    pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *arg), void *arg)
{
	return host->thread_create(host->life, thread, attr, fn, arg);
}

int
__wrap_pthread_join(pthread_t thread, void **result)
{
	return host->thread_join(thread, result);
}

int
__wrap_pthread_mutex_lock(pthread_mutex_t *mutex)
{
	while (pthread_mutex_trylock(mutex) != 0)
		host->pause(1 + (int64_t)host->below(host->life, LOCK_US));
	return 0;
}

int
__wrap_pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex)
{
	pthread_mutex_unlock(mutex);
	host->wait(cond, INT64_MAX);
	return __wrap_pthread_mutex_lock(mutex);
}

/* Only the watchdog waits so, which has nothing to do where time stands still while one works, and
 * who ends the log. */
int
__wrap_pthread_cond_timedwait(
    pthread_cond_t *cond, pthread_mutex_t *mutex, const struct timespec *until)
{
	return __wrap_pthread_cond_wait(cond, mutex);
}

int
__wrap_pthread_cond_signal(pthread_cond_t *cond)
{
	host->wake(host->life, cond, false, WORK_US);
	return 0;
}

int
__wrap_pthread_cond_broadcast(pthread_cond_t *cond)
{
	host->wake(host->life, cond, true, WORK_US);
	return 0;
}
