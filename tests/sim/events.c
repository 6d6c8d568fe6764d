/* SPDX-License-Identifier: MIT */
/* events.c - in place of libevent: timers on virtual time, and no sockets. What is due first
 * happens first, be it a timer, a thread's work or something on the network; when nothing is due at
 * this moment, it is the next moment. */
#include "support/test.h"

#include "sim/sim.h"

#include <event2/event.h>
#include <event2/event_struct.h>
#include <parley/error.h>
#include <stdlib.h>
#include <string.h>

#define PENDING_MAX 1024

struct event_base {
	int unused;
};

struct event_config {
	int unused;
};

/* Timers that run. */
static struct {
	struct event *event;
	int64_t at, every;
	uint64_t number;
} pending[PENDING_MAX];
static unsigned pending_count;
static uint64_t numbers;
static struct event_base the_base;
static struct event_config the_config;

struct event_config *
event_config_new(void)
{
	return &the_config;
}

void
event_config_free(struct event_config *config)
{
}

int
event_config_set_flag(struct event_config *config, int flag)
{
	return 0;
}

int
event_config_require_features(struct event_config *config, int features)
{
	return 0;
}

struct event_base *
event_base_new_with_config(const struct event_config *config)
{
	pending_count = 0;
	numbers = 0;
	return &the_base;
}

void
event_base_free(struct event_base *base)
{
}

int
event_base_get_max_events(struct event_base *base, unsigned flags, int clear)
{
	return 0;
}

int
event_assign(struct event *event, struct event_base *base, evutil_socket_t fd, short what,
    event_callback_fn fn, void *arg)
{
	memset(event, 0, sizeof *event);
	event->ev_evcallback.evcb_cb_union.evcb_callback = fn;
	event->ev_evcallback.evcb_arg = arg;
	event->ev_events = what;
	return 0;
}

struct event *
event_new(struct event_base *base, evutil_socket_t fd, short what, event_callback_fn fn, void *arg)
{
	struct event *event = calloc(1, sizeof *event);

	parley_assert(event != NULL);
	event_assign(event, base, fd, what, fn, arg);
	return event;
}

void
event_free(struct event *event)
{
	event_del(event);
	free(event);
}

int
event_del(struct event *event)
{
	for (unsigned i = 0; i < pending_count; i++)
		if (pending[i].event == event)
			pending[i--] = pending[--pending_count];
	return 0;
}

int
event_add(struct event *event, const struct timeval *after)
{
	int64_t us;

	if (after == NULL)
		return 0; /* the loop's own: posts are looked for in every round */
	event_del(event);
	parley_assert(pending_count < PENDING_MAX);
	us = (int64_t)after->tv_sec * 1000000 + after->tv_usec;
	pending[pending_count].event = event;
	pending[pending_count].at = sim_now() + us;
	pending[pending_count].every = (event->ev_events & EV_PERSIST) != 0 ? us : 0;
	pending[pending_count++].number = numbers++;
	return 0;
}

static unsigned
next_timer(void)
{
	unsigned best = 0;

	for (unsigned i = 1; i < pending_count; i++)
		if (pending[i].at < pending[best].at ||
		    (pending[i].at == pending[best].at && pending[i].number < pending[best].number))
			best = i;
	return best;
}

static void
call_timer(unsigned i)
{
	struct event *event = pending[i].event;

	sim_advance_to(pending[i].at);
	if (pending[i].every > 0)
		pending[i].at = sim_now() + pending[i].every;
	else
		pending[i] = pending[--pending_count];
	event->ev_evcallback.evcb_cb_union.evcb_callback(
	    -1, EV_TIMEOUT, event->ev_evcallback.evcb_arg);
}

/* One thing, the next. With EVLOOP_NONBLOCK only when it is due by now. */
int
event_base_loop(struct event_base *base, int flags)
{
	unsigned i = next_timer();
	int64_t timer = pending_count > 0 ? pending[i].at : INT64_MAX;
	int64_t thread = threads_due(), other = sim_due();
	int64_t first = timer < thread ? timer : thread;

	first = other < first ? other : first;
	if ((flags & EVLOOP_NONBLOCK) != 0 && first > sim_now())
		return 0;
	if (first == INT64_MAX)
		fail_msg("nothing can happen any more");
	if (first == thread)
		threads_run_next();
	else if (first == timer)
		call_timer(i);
	else
		sim_call_next();
	return 0;
}
