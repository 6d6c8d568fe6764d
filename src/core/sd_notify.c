/* SPDX-License-Identifier: MIT */
/* sd_notify.c - tells systemd how the node is: one datagram a state. */
#include "core/sd_notify.h"

#include "runtime/task.h"

#include <parley/log.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static struct timer *watch;

static void
tell(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t len = path != NULL ? strlen(path) : 0;
	socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
	int fd;

	if (len == 0 || len >= sizeof to.sun_path || (path[0] != '/' && path[0] != '@'))
		return;
	memcpy(to.sun_path, path, len);
	if (path[0] == '@')
		to.sun_path[0] = '\0'; /* the abstract name space */
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	if (sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&to, size) < 0)
		parley_log_warn("node", "systemd was not told, going on: %m");
	close(fd);
}

void
sd_notify_ready(void)
{
	tell("READY=1");
}

void
sd_notify_reloading(void)
{
	struct timespec now;
	char state[64];

	clock_gettime(CLOCK_MONOTONIC, &now);
	snprintf(state, sizeof state, "RELOADING=1\nMONOTONIC_USEC=%lld",
	    (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
	tell(state);
}

void
sd_notify_stopping(void)
{
	tell("STOPPING=1");
}

static void
watch_answer(void *arg)
{
	tell("WATCHDOG=1");
}

void
sd_notify_watch(void)
{
	const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
	long long interval = usec != NULL ? atoll(usec) : 0;

	if (interval < 2000 || (pid != NULL && atoll(pid) != getpid()))
		return;
	watch = timer_new(watch_answer, NULL);
	timer_start(watch, (int)(interval / 2000), true); /* twice as often as asked, in ms */
}

void
sd_notify_fini(void)
{
	timer_free(&watch);
}
