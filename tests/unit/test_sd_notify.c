/* SPDX-License-Identifier: MIT */
/* test_sd_notify.c - what systemd is told, read from a socket that plays systemd. */
#include "support/test.h"

#include "core/sd_notify.h"
#include "support/fiber.h"

#include <parley/await.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int
setup(void **state)
{
	static int fd;
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	socklen_t size;
	char path[64];

	/* In the abstract name space, as systemd's own can be. */
	snprintf(path, sizeof path, "@parley-test-%d", (int)getpid());
	memcpy(name.sun_path, path, strlen(path) + 1);
	name.sun_path[0] = '\0';
	size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (bind(fd, (const struct sockaddr *)&name, size) != 0)
		return -1;
	setenv("NOTIFY_SOCKET", path, 1);
	*state = &fd;
	return 0;
}

static int
teardown(void **state)
{
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	close(*(int *)*state);
	return 0;
}

/* The next datagram, or "". */
static const char *
told(void **state)
{
	static char text[256];
	ssize_t n = recv(*(int *)*state, text, sizeof text - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void
each_state_is_one_datagram(void **state)
{
	sd_notify_ready();
	assert_string_equal(told(state), "READY=1");
	sd_notify_stopping();
	assert_string_equal(told(state), "STOPPING=1");
	sd_notify_reloading();
	assert_memory_equal(told(state), "RELOADING=1\nMONOTONIC_USEC=", 27);
	assert_string_equal(told(state), "");
}

static void
without_systemd_nobody_is_told(void **state)
{
	unsetenv("NOTIFY_SOCKET");
	sd_notify_ready();
	setenv("NOTIFY_SOCKET", "relative", 1);
	sd_notify_ready();
	setenv("NOTIFY_SOCKET", "/nonexistent/socket", 1);
	sd_notify_ready();
	assert_string_equal(told(state), "");
}

static void
the_watchdog_is_answered_twice_as_often_as_asked(void **state)
{
	setenv("WATCHDOG_USEC", "20000", 1);
	sd_notify_watch();
	for (int i = 0; i < 3; i++) {
		const char *text = "";

		for (int tries = 0; text[0] == '\0' && tries < 1000; tries++) {
			assert_int_equal(parley_await_sleep(5), 0);
			text = told(state);
		}
		assert_string_equal(text, "WATCHDOG=1");
	}
	sd_notify_fini();
}

static void
another_process_watchdog_is_not_answered(void **state)
{
	setenv("WATCHDOG_USEC", "4000", 1);
	setenv("WATCHDOG_PID", "1", 1);
	sd_notify_watch();
	assert_int_equal(parley_await_sleep(20), 0);
	sd_notify_fini();
	assert_string_equal(told(state), "");
}

static int
tests(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest cases[] = {
		CASE(each_state_is_one_datagram),
		CASE(without_systemd_nobody_is_told),
		CASE(the_watchdog_is_answered_twice_as_often_as_asked),
		CASE(another_process_watchdog_is_not_answered),
	};

	return cmocka_run_group_tests_name("sd_notify", cases, NULL, NULL);
}

int
main(void)
{
	return test_on_fiber(tests);
}
