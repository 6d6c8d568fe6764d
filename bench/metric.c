/* SPDX-License-Identifier: MIT */
/* metric.c - asks Parley for one of its metrics, on a blocking socket. */
#include "load.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static FILE *
metrics_open(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)options.metrics) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	FILE *f;

	if (inet_pton(AF_INET, options.host, &address.sin_addr) != 1)
		load_die("--metrics: %s is no address of IPv4", options.host);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
		load_die("--metrics: %m");
	f = fdopen(fd, "r+");
	if (f == NULL)
		load_die("fdopen: %m");
	return f;
}

int64_t
metric_read(const char *name)
{
	size_t len = strlen(name);
	int64_t value = -1;
	char line[1024];
	FILE *f;

	if (options.metrics == 0)
		return -1;
	f = metrics_open();
	fprintf(f, "GET /metrics HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", options.host);
	fflush(f);
	while (fgets(line, sizeof line, f) != NULL)
		if (strncmp(line, name, len) == 0 && line[len] == ' ')
			value = strtoll(line + len, NULL, 10);
	fclose(f);
	if (value < 0)
		load_die("--metrics: there is no %s", name);
	return value;
}
