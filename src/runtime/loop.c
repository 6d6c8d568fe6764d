/* SPDX-License-Identifier: MIT */
/* loop.c - a libevent base, and a stack of posts that other threads push to without a lock. */
#include "runtime/loop.h"

#include "base/xalloc.h"

#include <event2/event.h>
#include <parley/error.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

struct loop {
	_Atomic(struct post *) posted; /* newest first */
	_Atomic(const char *) owner;   /* the mark of the thread it belongs to */
	_Atomic(const char *) runner;  /* of the thread that is in loop_run; or NULL */
	_Atomic uint64_t pulse;        /* odd while the thread works */
	_Atomic uint64_t posts, drains, wakes;
	const char *name;
	struct event_base *base;
	struct event *woken;
	int wake_fd;
	bool want_drain, stopped;
	bool quiet;           /* this round */
	atomic_bool stopping; /* the post below is on its way */
	struct post stop;
};

/* Its address tells threads apart; initial-exec, since every assertion asks for it. */
static _Thread_local __attribute__((tls_model("initial-exec"))) char thread_mark;

/* Written by one thread, read by others. */
static void
count(_Atomic uint64_t *counter, uint64_t more)
{
	uint64_t was = atomic_load_explicit(counter, memory_order_relaxed);

	atomic_store_explicit(counter, was + more, memory_order_relaxed);
}

static void
wake(struct loop *l)
{
	uint64_t one = 1;

	atomic_fetch_add_explicit(&l->wakes, 1, memory_order_relaxed);
	if (write(l->wake_fd, &one, sizeof one) != (ssize_t)sizeof one)
		parley_assert(!"an eventfd takes 2^64 - 2 wake-ups");
}

void
loop_post_chain(struct loop *l, struct post *newest, struct post *oldest)
{
	struct post *before = atomic_load_explicit(&l->posted, memory_order_relaxed);

	do {
		oldest->next = before;
	} while (!atomic_compare_exchange_weak_explicit(
	    &l->posted, &before, newest, memory_order_release, memory_order_relaxed));
	if (before != NULL)
		return;
	if (atomic_load_explicit(&l->runner, memory_order_relaxed) == &thread_mark)
		l->want_drain = true; /* it is awake */
	else
		wake(l);
}

void
loop_post(struct loop *l, struct post *p)
{
	loop_post_chain(l, p, p);
}

static struct post *
take_oldest_first(struct loop *l)
{
	struct post *p = atomic_exchange_explicit(&l->posted, NULL, memory_order_acquire);
	struct post *oldest = NULL;

	while (p != NULL) {
		struct post *older = p->next;

		p->next = oldest;
		oldest = p;
		p = older;
	}
	return oldest;
}

void
loop_drain(struct loop *l)
{
	struct post *p = NULL;
	uint64_t done = 0;

	if (atomic_load_explicit(&l->posted, memory_order_relaxed) != NULL)
		p = take_oldest_first(l);
	if (p == NULL)
		return;
	loop_busy(l);
	while (p != NULL) {
		struct post *next = p->next;

		p->fn(p);
		p = next;
		done++;
	}
	count(&l->posts, done);
	count(&l->drains, 1);
}

static void
on_wake(evutil_socket_t fd, short what, void *arg)
{
	loop_drain(arg);
}

static void
on_stop(struct post *p)
{
	struct loop *l = (struct loop *)((char *)p - offsetof(struct loop, stop));

	l->stopped = true;
}

/* No lock: a base is used by its thread alone. No cached time: after a long round, a timeout
 * counted from its beginning would come early. */
static struct event_base *
base_new(void)
{
	struct event_config *config = event_config_new();
	struct event_base *base;

	parley_assert(config != NULL);
	event_config_set_flag(config,
	    EVENT_BASE_FLAG_NOLOCK | EVENT_BASE_FLAG_IGNORE_ENV | EVENT_BASE_FLAG_NO_CACHE_TIME);
	event_config_require_features(config, EV_FEATURE_ET);
	base = event_base_new_with_config(config);
	event_config_free(config);
	parley_assert(base != NULL);
	return base;
}

struct loop *
loop_new(const char *name)
{
	struct loop *l = xcalloc(1, sizeof *l);

	l->name = name;
	l->owner = &thread_mark;
	l->stop.fn = on_stop;
	l->base = base_new();
	l->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	parley_assert(l->wake_fd >= 0);
	/* Edge triggered, so that each write wakes us and nobody ever has to read. */
	l->woken = event_new(l->base, l->wake_fd, EV_READ | EV_PERSIST | EV_ET, on_wake, l);
	parley_assert(l->woken != NULL && event_add(l->woken, NULL) == 0);
	return l;
}

void
loop_free(struct loop **l)
{
	if (*l == NULL)
		return;
	event_free((*l)->woken);
	event_base_free((*l)->base);
	close((*l)->wake_fd);
	free(*l);
	*l = NULL;
}

static void
own(struct loop *l)
{
	atomic_store_explicit(&l->owner, &thread_mark, memory_order_relaxed);
	atomic_store_explicit(&l->runner, &thread_mark, memory_order_relaxed);
	if (syscall(SYS_gettid) != getpid()) /* the first thread's name is the program's */
		pthread_setname_np(pthread_self(), l->name);
}

/* The events and posts of one round. */
static void
take_in(struct loop *l)
{
	int flags = EVLOOP_ONCE | (l->want_drain ? EVLOOP_NONBLOCK : 0);
	uint64_t drains = atomic_load_explicit(&l->drains, memory_order_relaxed);

	parley_assert(event_base_loop(l->base, flags) >= 0);
	l->want_drain = false;
	loop_busy(l);
	loop_drain(l);
	l->quiet = event_base_get_max_events(l->base, EVENT_BASE_COUNT_ACTIVE, 1) == 0 &&
		   drains == atomic_load_explicit(&l->drains, memory_order_relaxed);
}

void
loop_run(struct loop *l, void (*after_drain)(void *arg), void *arg)
{
	own(l);
	while (!l->stopped) {
		take_in(l);
		if (after_drain != NULL)
			after_drain(arg);
		count(&l->pulse, 1);
	}
	l->stopped = false;
	atomic_store_explicit(&l->runner, NULL, memory_order_relaxed);
	atomic_store(&l->stopping, false);
}

void
loop_stop(struct loop *l)
{
	if (!atomic_exchange(&l->stopping, true))
		loop_post(l, &l->stop);
}

struct event_base *
loop_base(struct loop *l)
{
	return l->base;
}

void
loop_want_drain(struct loop *l)
{
	l->want_drain = true;
}

bool
loop_was_quiet(const struct loop *l)
{
	return l->quiet;
}

bool
loop_is_here(const struct loop *l)
{
	return atomic_load_explicit(&l->owner, memory_order_relaxed) == &thread_mark;
}

void
loop_assert(const struct loop *l)
{
	parley_assert(loop_is_here(l));
}

void
loop_busy(struct loop *l)
{
	if (atomic_load_explicit(&l->pulse, memory_order_relaxed) % 2 == 0)
		count(&l->pulse, 1);
}

uint64_t
loop_pulse(const struct loop *l)
{
	return atomic_load_explicit(&l->pulse, memory_order_relaxed);
}

struct loop_stats
loop_stats(const struct loop *l)
{
	return (struct loop_stats){ l->posts, l->drains, l->wakes };
}
