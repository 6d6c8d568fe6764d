/* SPDX-License-Identifier: MIT */
/* control.c - account.create, some at a time, on a blocking socket. */
#include "control.h"

#include "load.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#define AT_ONCE 8 /* requests on their way: fewer than the node works on for one connection */

static FILE *
control_open(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	FILE *f;

	if (strlen(options.control) >= sizeof address.sun_path)
		load_die("--control: the path is too long");
	memcpy(address.sun_path, options.control, strlen(options.control));
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
		load_die("%s: %m", options.control);
	f = fdopen(fd, "r+");
	if (f == NULL)
		load_die("fdopen: %m");
	return f;
}

static void
expect_answers(FILE *f, unsigned count)
{
	char line[4096];

	while (count > 0) {
		if (fgets(line, sizeof line, f) == NULL)
			load_die("the control socket was closed");
		if (strstr(line, "\"type\":\"error\"") != NULL &&
		    strstr(line, "\"conflict\"") == NULL)
			load_die("account.create: %s", line);
		if (strstr(line, "\"type\":\"hello\"") == NULL)
			count--;
	}
}

void
control_make_accounts(unsigned count)
{
	FILE *f = control_open();
	unsigned waiting = 0;

	for (unsigned i = 0; i < count; i++) {
		fprintf(f,
		    "{\"type\":\"request\",\"id\":\"%u\",\"method\":\"account.create\",\"params\":{"
		    "\"name\":\"" USER_NAME "\",\"password\":\"%s\"}}\n",
		    i, i, options.password);
		if (++waiting < AT_ONCE && i + 1 < count)
			continue;
		fflush(f);
		expect_answers(f, waiting);
		waiting = 0;
	}
	fclose(f);
}
