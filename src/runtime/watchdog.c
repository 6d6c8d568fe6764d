/* SPDX-License-Identifier: MIT */
/* watchdog.c - a fiber that computes blocks everybody: this thread says which one. */
#include "runtime/watchdog.h"

#include "runtime/runtime.h"

#include <errno.h>
#include <parley/log.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>

/* It looks less and less often while nothing happens, down to once in so many milliseconds. */
enum { SLEEP_MAX = 1000, AGAIN_AFTER = 8 };

static struct {
	const struct loop *loop;
	int64_t bound;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stop; /* under the lock */
	_Atomic uint64_t stalls;
} watchdog;

/* Not parley_monotonic, which tests turn by hand. */
static int64_t
milliseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* False when it is time to end. */
static bool
sleep_for(int64_t ms)
{
	int64_t until = milliseconds() + ms;
	struct timespec t = { until / 1000, until % 1000 * 1000000 };
	bool stop;

	pthread_mutex_lock(&watchdog.lock);
	while (!watchdog.stop)
		if (pthread_cond_timedwait(&watchdog.wake, &watchdog.lock, &t) == ETIMEDOUT)
			break;
	stop = watchdog.stop;
	pthread_mutex_unlock(&watchdog.lock);
	return !stop;
}

static void
report(int64_t ms)
{
	const char *name = task_running_name();

	parley_log_warn("runtime", "the router has been busy for %lld ms: fiber=\"%s\"",
	    (long long)ms, name != NULL ? name : "none, on the bare loop");
}

static void *
watch(void *arg)
{
	uint64_t seen = 0;
	int64_t since = 0, sleep = watchdog.bound / 2, tell_at = 0;

	pthread_setname_np(pthread_self(), "watchdog");
	while (sleep_for(sleep)) {
		uint64_t pulse = loop_pulse(watchdog.loop);

		if (pulse != seen) {
			seen = pulse;
			since = milliseconds();
			tell_at = watchdog.bound;
			sleep = watchdog.bound / 2;
		} else if (pulse % 2 == 0) {
			sleep = sleep * 2 < SLEEP_MAX ? sleep * 2 : SLEEP_MAX;
		} else if (milliseconds() - since >= tell_at) {
			if (tell_at == watchdog.bound)
				atomic_fetch_add_explicit(
				    &watchdog.stalls, 1, memory_order_relaxed);
			report(milliseconds() - since);
			tell_at *= AGAIN_AFTER;
		}
	}
	return NULL;
}

static int
thread_start(void)
{
	sigset_t all, before;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&watchdog.thread, NULL, watch, NULL);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc;
}

int
watchdog_start(const struct loop *l, unsigned bound_ms)
{
	pthread_condattr_t attributes;
	int rc;

	watchdog.loop = l;
	watchdog.bound = bound_ms < 2 ? 2 : bound_ms;
	watchdog.stop = false;
	watchdog.stalls = 0;
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&watchdog.wake, &attributes);
	pthread_condattr_destroy(&attributes);
	pthread_mutex_init(&watchdog.lock, NULL);
	rc = thread_start();
	if (rc == 0)
		return 0;
	pthread_cond_destroy(&watchdog.wake);
	pthread_mutex_destroy(&watchdog.lock);
	errno = rc;
	return -1;
}

void
watchdog_stop(void)
{
	pthread_mutex_lock(&watchdog.lock);
	watchdog.stop = true;
	pthread_cond_signal(&watchdog.wake);
	pthread_mutex_unlock(&watchdog.lock);
	pthread_join(watchdog.thread, NULL);
	pthread_cond_destroy(&watchdog.wake);
	pthread_mutex_destroy(&watchdog.lock);
}

uint64_t
watchdog_stalls(void)
{
	return atomic_load_explicit(&watchdog.stalls, memory_order_relaxed);
}
