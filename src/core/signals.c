/* SPDX-License-Identifier: MIT */
/* signals.c - reads signals from a descriptor. Handlers would run on whichever fiber is running, on
 * its stack; and ThreadSanitizer, which delays them, would keep a signal with that fiber until the
 * fiber happens to run again, which may be never. */
#include "core/signals.h"

#include "runtime/loop.h"

#include <event2/event.h>
#include <parley/error.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

static struct {
	struct loop *loop;
	struct event *event;
	void (*fn)(int number);
	int fd;
} watch;

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct signalfd_siginfo s;

	loop_busy(watch.loop);
	while (read(fd, &s, sizeof s) == (ssize_t)sizeof s)
		watch.fn((int)s.ssi_signo);
	loop_want_drain(watch.loop);
}

void
signals_watch(struct loop *l, const int *numbers, size_t count, void (*fn)(int number))
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < count; i++)
		sigaddset(&set, numbers[i]);
	parley_assert(pthread_sigmask(SIG_BLOCK, &set, NULL) == 0);
	watch.loop = l;
	watch.fn = fn;
	watch.fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	parley_assert(watch.fd >= 0);
	watch.event = event_new(loop_base(l), watch.fd, EV_READ | EV_PERSIST, on_readable, NULL);
	parley_assert(watch.event != NULL && event_add(watch.event, NULL) == 0);
}

void
signals_end(void)
{
	if (watch.event == NULL)
		return;
	event_free(watch.event);
	watch.event = NULL;
	close(watch.fd);
}
