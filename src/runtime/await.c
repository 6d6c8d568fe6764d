/* SPDX-License-Identifier: MIT */
/* await.c - waiting for an event or for time to pass. */
#include "runtime/runtime.h"

#include <event2/event.h>
#include <stddef.h>

static void
on_timeout(evutil_socket_t fd, short what, void *arg)
{
	task_wake(arg, PARLEY_TIMEDOUT);
}

static void
timeout_start(struct task *t, int ms)
{
	struct timeval after = { ms / 1000, ms % 1000 * 1000 };

	if (!t->timer_made) {
		evtimer_assign(&t->timer, loop_base(runtime.loop), on_timeout, t);
		t->timer_made = true;
	}
	evtimer_add(&t->timer, &after);
}

int
await_event(struct parley_event *event, int timeout_ms, const char *why)
{
	struct task *t = task_awaiting();
	int rc;

	if (task_is_canceled(t))
		return PARLEY_CANCELED;
	if (event->set)
		return event->rc;
	parley_assert(event->waiter == NULL);
	if (timeout_ms >= 0)
		timeout_start(t, timeout_ms);
	event->waiter = t;
	t->event = event;
	rc = task_wait(t, why);
	if (timeout_ms >= 0)
		evtimer_del(&t->timer);
	return rc;
}

int
parley_await_event(struct parley_event *event, int timeout_ms)
{
	return await_event(event, timeout_ms, "event");
}

int
parley_await_sleep(int ms)
{
	struct parley_event never = { 0 };
	int rc = await_event(&never, ms > 0 ? ms : 0, "sleep");

	return rc == PARLEY_TIMEDOUT ? 0 : rc;
}

void
parley_event_set(struct parley_event *event, int rc)
{
	assert_router();
	if (event->set)
		return;
	event->set = true;
	event->rc = rc;
	if (event->waiter != NULL)
		task_wake(event->waiter, rc);
	else if (event->then != NULL)
		event->then(event);
}

static void
on_event_post(struct post *post)
{
	struct event_post *p = (struct event_post *)post;

	parley_event_set(p->event, p->rc);
}

void
event_post(struct event_post *p, struct parley_event *e, int rc)
{
	p->post.fn = on_event_post;
	p->event = e;
	p->rc = rc;
	loop_post(runtime.loop, &p->post);
}
