/* SPDX-License-Identifier: MIT */
/* timer.c - calls a function on the router after some time. */
#include "base/xalloc.h"
#include "runtime/runtime.h"

#include <event2/event.h>
#include <stdlib.h>

struct timer {
	struct event event;
	void (*fn)(void *arg);
	void *arg;
};

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct timer *t = arg;

	loop_busy(runtime.loop);
	t->fn(t->arg);
}

struct timer *
timer_new(void (*fn)(void *arg), void *arg)
{
	struct timer *t = xcalloc(1, sizeof *t);

	assert_router();
	t->fn = fn;
	t->arg = arg;
	evtimer_assign(&t->event, loop_base(runtime.loop), on_timer, t);
	return t;
}

void
timer_start(struct timer *t, int ms, bool repeat)
{
	struct timeval after = { ms / 1000, ms % 1000 * 1000 };

	assert_router();
	event_del(&t->event);
	event_assign(&t->event, loop_base(runtime.loop), -1, repeat ? EV_PERSIST : 0, on_timer, t);
	event_add(&t->event, &after);
}

void
timer_stop(struct timer *t)
{
	assert_router();
	event_del(&t->event);
}

void
timer_free(struct timer **t)
{
	if (*t == NULL)
		return;
	timer_stop(*t);
	free(*t);
	*t = NULL;
}
