/* SPDX-License-Identifier: MIT */
/* image_events.c - in place of libevent: the timers of the router's loop on virtual time, and no
 * sockets. Other threads wake it by an eventfd, which is none here. */
#include "sim/image.h"

#include <event2/event.h>
#include <event2/event_struct.h>
#include <parley/error.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define PENDING_MAX 4096
#define WAKE_FD     (1 << 30) /* no real one */
#define WAKE_US     200       /* the loop notices so late at most */
#define ROUND_US    50        /* and a round with something to do takes so long at most */

struct event_base {
	bool woken;
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

int __wrap_eventfd(unsigned value, int flags);
ssize_t __wrap_write(int fd, const void *bytes, size_t len);
ssize_t __real_write(int fd, const void *bytes, size_t len);
int __wrap_close(int fd);
int __real_close(int fd);

int
__wrap_eventfd(unsigned value, int flags)
{
	return WAKE_FD;
}

ssize_t
__wrap_write(int fd, const void *bytes, size_t len)
{
	if (fd != WAKE_FD)
		return __real_write(fd, bytes, len);
	the_base.woken = true;
	host->wake(host->life, &the_base, true, WAKE_US);
	return (ssize_t)len;
}

int
__wrap_close(int fd)
{
	return fd != WAKE_FD ? __real_close(fd) : 0;
}

void __wrap_sd_notify_ready(void);
void
__wrap_sd_notify_ready(void)
{
	host->ready(host->life, &the_base);
}

/* ---- libevent ----------------------------------------------------------------------------- */

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
	event->ev_fd = fd;
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
		return 0; /* the loop's own, and for signals, of which none come */
	event_del(event);
	parley_assert(pending_count < PENDING_MAX);
	us = (int64_t)after->tv_sec * 1000000 + after->tv_usec;
	pending[pending_count].event = event;
	pending[pending_count].at = host->now() + us;
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

	if (pending[i].every > 0)
		pending[i].at = host->now() + pending[i].every;
	else
		pending[i] = pending[--pending_count];
	event->ev_evcallback.evcb_cb_union.evcb_callback(
	    -1, EV_TIMEOUT, event->ev_evcallback.evcb_arg);
}

static void
call_timers(void)
{
	int64_t now = host->now();

	for (unsigned i = next_timer(); pending_count > 0 && pending[i].at <= now; i = next_timer())
		call_timer(i);
}

/* Posts are looked for by the loop itself, in every round. */
int
event_base_loop(struct event_base *base, int flags)
{
	if ((flags & EVLOOP_NONBLOCK) != 0)
		host->pause(1 + (int64_t)host->below(host->life, ROUND_US));
	else if (!base->woken && !image_take_inputs())
		host->wait(base, pending_count > 0 ? pending[next_timer()].at : INT64_MAX);
	base->woken = false;
	image_take_inputs();
	call_timers();
	return 0;
}
